/** What spin locks and wait locks share, on both of them. */
import { beforeEach, describe, expect, it } from 'vitest'
import { LOCK_FREE, lockOwner } from '../../../src/abi/lock-layout.js'
import type { LockPlace } from '../../../src/framework/owned-lock.js'
import { SpinLock } from '../../../src/framework/spin-lock.js'
import { WaitLock } from '../../../src/framework/wait-lock.js'
import { lockPlace, LockWorkers } from '../../harness/lock-workers.js'
import { violationOf } from '../../harness/violation.js'

describe.each([
  ['spin lock', SpinLock],
  ['wait lock', WaitLock],
] as const)('a %s', (what, Lock) => {
  let workers: LockWorkers
  let place: LockPlace
  let mine: SpinLock | WaitLock
  let other: SpinLock | WaitLock
  const on = (worker: number) =>
    new Lock({ name: `of worker ${worker}`, place, party: workers.party(worker) })
  const owner = (): number | undefined => place.words[place.base]

  beforeEach(() => {
    workers = new LockWorkers()
    place = lockPlace()
    mine = on(0)
    other = on(1)
  })

  it('is one lock for all workers', () => {
    mine.acquire()
    expect(owner()).toBe(lockOwner(0, 1))
    expect(other.tryAcquire()).toBe(false)
    mine.release()
    expect(other.tryAcquire()).toBe(true)
    expect(mine.tryAcquire()).toBe(false)
  })

  it('acquired twice: WDF_RECURSIVE_LOCK, and it stays held', () => {
    mine.acquire()
    expect(() => mine.acquire()).toThrow(violationOf('WDF_RECURSIVE_LOCK', 'of worker 0'))
    expect(mine.tryAcquire()).toBe(false)
    expect(owner()).toBe(lockOwner(0, 1))
    mine.release()
    expect(owner()).toBe(LOCK_FREE)
  })

  it('released by another worker: WDF_INVALID_LOCK_OPERATION, and its owner keeps it', () => {
    mine.acquire()
    const refusal = violationOf('WDF_INVALID_LOCK_OPERATION', 'of worker 1')
    expect(() => other.release()).toThrow(refusal)
    expect(owner()).toBe(lockOwner(0, 1))
    mine.release()
    expect(() => mine.release()).toThrow(violationOf('WDF_INVALID_LOCK_OPERATION', 'of worker 0'))
  })

  it.each(['acquire', 'tryAcquire'] as const)(
    'of a dead owner: %s takes it over, says so once, and marks what it guards',
    (how) => {
      other.acquire()
      workers.die(1)
      mine[how]()
      expect(owner()).toBe(lockOwner(0, 1))
      expect(mine.abandoned).toBe(true)
      expect(workers.recoveries).toEqual([
        { lock: 'of worker 0', deadWorker: 1, deadIncarnation: 1 },
      ])
      mine.release()
      expect(mine.abandoned).toBe(false)
      mine.acquire()
      expect(mine.abandoned).toBe(false)
      expect(workers.recoveries).toHaveLength(1)
    },
  )

  it('of its own predecessor is taken over too', () => {
    mine.acquire()
    workers.die(0)
    const successor = on(0)
    successor.acquire()
    expect(successor.abandoned).toBe(true)
    expect(workers.recoveries).toMatchObject([{ deadWorker: 0, deadIncarnation: 1 }])
    // Whatever the dead thread's objects still did would be refused.
    expect(() => mine.release()).toThrow(violationOf('WDF_INVALID_LOCK_OPERATION', 'of worker 0'))
    expect(successor.abandoned).toBe(true)
  })

  it('a release that fails leaves the mark', () => {
    other.acquire()
    workers.die(1)
    mine.acquire()
    place.words[place.base] = lockOwner(2, 1)
    expect(() => mine.release()).toThrow(violationOf('WDF_INVALID_LOCK_OPERATION', 'of worker 0'))
    expect(mine.abandoned).toBe(true)
  })

  it('without a place or a party is one of its own, for one thread', () => {
    const [local, another] = [new Lock(), new Lock()]
    expect(local.name).toBe(what)
    local.acquire()
    expect(another.tryAcquire()).toBe(true)
    expect(() => local.acquire()).toThrow(violationOf('WDF_RECURSIVE_LOCK', what))
    local.release()
  })
})
