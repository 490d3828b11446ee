/**
 * The wait lock's time-outs, and its asynchronous side: handlers of one worker and of several, on one thread.
 * That it blocks and wakes threads is in test/thread/locks.test.ts.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { LOCK_FREE } from '../../../src/abi/lock-layout.js'
import { STATUS_SUCCESS, STATUS_TIMEOUT } from '../../../src/abi/ntstatus.js'
import type { LockPlace } from '../../../src/framework/owned-lock.js'
import { WaitLock } from '../../../src/framework/wait-lock.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'
import { lockPlace, LockWorkers } from '../../harness/lock-workers.js'
import { failureOf } from '../../harness/status.js'
import { violationOf } from '../../harness/violation.js'

let workers: LockWorkers
let place: LockPlace
let mine: WaitLock
let other: WaitLock

beforeEach(() => {
  workers = new LockWorkers()
  place = lockPlace()
  mine = new WaitLock({ name: 'mine', place, party: workers.party(0) })
  other = new WaitLock({ name: 'other', place, party: workers.party(1) })
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** Counts the timers that run of those set from now on: the process may have some of its own. */
function countTimers(): () => number {
  const running = new Set<unknown>()
  const { setTimeout: set, clearTimeout: clear } = globalThis
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms?: number) => {
    const timer = set(() => {
      running.delete(timer)
      run()
    }, ms)
    running.add(timer)
    return timer
  })
  vi.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => {
    running.delete(timer)
    clear(timer)
  })
  return () => running.size
}

describe('acquire', () => {
  it('says STATUS_SUCCESS, or STATUS_TIMEOUT and is not held', () => {
    expect(other.acquire()).toBe(STATUS_SUCCESS)
    expect([mine.acquire(0), mine.acquire(2)]).toEqual([STATUS_TIMEOUT, STATUS_TIMEOUT])
    other.release()
    expect(mine.acquire(0)).toBe(STATUS_SUCCESS)
    expect(() => mine.acquire(0)).toThrow(violationOf('WDF_RECURSIVE_LOCK', 'mine'))
  })

  it.each([-1, Number.NaN, 'soon' as unknown as number])('%o is no time-out', (timeoutMs) => {
    expect(() => mine.acquire(timeoutMs)).toThrow(failureOf('STATUS_INVALID_PARAMETER'))
    expect(() => mine.acquireAsync(timeoutMs)).toThrow(failureOf('STATUS_INVALID_PARAMETER'))
    expect(place.words[place.base]).toBe(LOCK_FREE)
  })
})

describe('acquireAsync', () => {
  it('of a free lock has it at once', async () => {
    const acquired = mine.acquireAsync()
    expect(other.tryAcquire()).toBe(false)
    expect(await acquired).toBe(STATUS_SUCCESS)
  })

  it('waits for another worker without blocking the event loop', async () => {
    other.acquire()
    const got: number[] = []
    const acquired = mine.acquireAsync().then((status) => got.push(status))
    await eventLoopTurn()
    expect(got).toEqual([])
    other.release()
    await acquired
    expect(got).toEqual([STATUS_SUCCESS])
    expect(other.tryAcquire()).toBe(false)
    mine.release()
  })

  it('serves handlers of one worker in their order, one at a time', async () => {
    const log: string[] = []
    const handler = async (name: string): Promise<void> => {
      await mine.acquireAsync()
      log.push(`+${name}`)
      await eventLoopTurn()
      log.push(`-${name}`)
      mine.release()
    }
    await Promise.all(['a', 'b', 'c', 'd'].map(handler))
    expect(log.join('')).toBe('+a-a+b-b+c-c+d-d')
    expect(place.words[place.base]).toBe(LOCK_FREE)
  })

  it('takes turns with another worker', async () => {
    let inside = 0
    let most = 0
    let turns = 0
    const handler = async (lock: WaitLock): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        await lock.acquireAsync()
        most = Math.max(most, ++inside)
        await eventLoopTurn()
        turns++
        inside--
        lock.release()
      }
    }
    await Promise.all([handler(mine), handler(other), handler(mine), handler(other)])
    expect([turns, most]).toEqual([80, 1])
    expect(place.words[place.base]).toBe(LOCK_FREE)
  })

  it('times out: the others in line go on', async () => {
    other.acquire()
    const patient = mine.acquireAsync()
    const hasty = [mine.acquireAsync(0), mine.acquireAsync(2), mine.acquireAsync(5)]
    expect(await Promise.all(hasty)).toEqual([STATUS_TIMEOUT, STATUS_TIMEOUT, STATUS_TIMEOUT])
    other.release()
    expect(await patient).toBe(STATUS_SUCCESS)
    mine.release()
  })

  it('times out at the head of the line: the next one is the head', async () => {
    other.acquire()
    const hasty = mine.acquireAsync(2)
    const patient = mine.acquireAsync()
    expect(await hasty).toBe(STATUS_TIMEOUT)
    other.release()
    expect(await patient).toBe(STATUS_SUCCESS)
  })

  it('that timed out leaves no timer and nothing that would take the lock later', async () => {
    const timers = countTimers()
    other.acquire()
    expect(await mine.acquireAsync(2)).toBe(STATUS_TIMEOUT)
    expect(timers()).toBe(0)
    other.release()
    await eventLoopTurn()
    await eventLoopTurn()
    expect(place.words[place.base]).toBe(LOCK_FREE)
    // The wait that is left over from then does not get in the way.
    other.acquire()
    const later = mine.acquireAsync()
    other.release()
    expect(await later).toBe(STATUS_SUCCESS)
    expect(timers()).toBe(0)
  })

  it('a number of milliseconds that no timer can count is no limit', async () => {
    other.acquire()
    const patient = mine.acquireAsync(2 ** 40)
    await eventLoopTurn()
    other.release()
    expect(await patient).toBe(STATUS_SUCCESS)
  })

  it('finds that the owner died, although nobody rings for it', async () => {
    other.acquire()
    const acquired = mine.acquireAsync()
    await eventLoopTurn()
    workers.die(1)
    expect(await acquired).toBe(STATUS_SUCCESS)
    expect(mine.abandoned).toBe(true)
    expect(workers.recoveries).toEqual([{ lock: 'mine', deadWorker: 1, deadIncarnation: 1 }])
  })

  it('holds across an await: a blocking acquire of the same worker would wait for itself', async () => {
    await mine.acquireAsync()
    await eventLoopTurn()
    expect(() => mine.acquire(1)).toThrow(violationOf('WDF_RECURSIVE_LOCK', 'mine'))
    expect(await mine.acquireAsync(1)).toBe(STATUS_TIMEOUT)
  })
})

describe('the wait on the event loop', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  it('ends by the release, not by its net', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    other.acquire()
    const acquired = mine.acquireAsync()
    other.release()
    expect(await acquired).toBe(STATUS_SUCCESS)
  })

  it('is one a lock, however often the net goes off and whoever waits', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const waits = vi.spyOn(Atomics, 'waitAsync')
    other.acquire()
    const acquired = [mine.acquireAsync(), mine.acquireAsync()]
    vi.advanceTimersByTime(1000)
    expect(waits).toHaveBeenCalledTimes(1)
    other.release()
    await acquired[0]
    mine.release()
    expect(await acquired[1]).toBe(STATUS_SUCCESS)
  })

  it('does not begin when the release came just before it; the next in line waits, with one timer', async () => {
    const timers = countTimers()
    const wait = Atomics.waitAsync.bind(Atomics)
    const releasedBefore = (lock: WaitLock) => () => {
      lock.release()
      return wait(place.words, place.base, -1)
    }
    other.acquire()
    const first = mine.acquireAsync()
    const [second, third] = [mine.acquireAsync(10_000), mine.acquireAsync()]
    vi.spyOn(Atomics, 'waitAsync').mockImplementationOnce(releasedBefore(mine))
    other.release()
    expect([await first, await second]).toEqual([STATUS_SUCCESS, STATUS_SUCCESS])
    expect(timers()).toBe(1)
    mine.release()
    expect(await third).toBe(STATUS_SUCCESS)
    expect(timers()).toBe(0)
  })
})

describe('holdAsync and runAsync', () => {
  it('release at the end of the block', async () => {
    {
      using _held = await mine.holdAsync()
      await eventLoopTurn()
      expect(other.tryAcquire()).toBe(false)
    }
    expect(other.tryAcquire()).toBe(true)
  })

  it('hand on the result or the error once it has settled, and release', async () => {
    const result = mine.runAsync(async () => {
      await eventLoopTurn()
      return other.tryAcquire() ? 'free' : 'held'
    })
    expect(await result).toBe('held')
    const broken = mine.runAsync(() => Promise.reject(new Error('broken')))
    await expect(broken).rejects.toThrow('broken')
    expect(other.tryAcquire()).toBe(true)
  })
})
