/**
 * The doorbell's two halves on one thread: what happens between two steps of the other half is done from
 * `hasWork`, which the sleeper asks at the one instant that matters. Two threads are in the thread tests.
 */
import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  DOORBELL_EPOCH,
  DOORBELL_EVENT_LOOP,
  DOORBELL_PARKED,
  DOORBELL_RUNNING,
  DOORBELL_STATE,
  DOORBELL_WORDS,
} from '../../../src/abi/doorbell-layout.js'
import { Ringer, Sleeper } from '../../../src/sharedarraybuffer-queue/doorbell.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'

const BASE = 32
/** Longer than any test: a sleep that ends by it shows as a rescue or as a test that times out. */
const LONG_MS = 20_000

let words: Int32Array
let sleeper: Sleeper
let ringer: Ringer
const state = () => words[BASE + DOORBELL_STATE]
const epoch = () => words[BASE + DOORBELL_EPOCH]
const never = () => false
/** Work that is there when asked for the n-th time. */
function workAt(n: number): () => boolean {
  let asked = 0
  return () => ++asked >= n
}

beforeEach(() => {
  words = new Int32Array(new SharedArrayBuffer((BASE + DOORBELL_WORDS) * 4))
  words[BASE + DOORBELL_STATE] = DOORBELL_PARKED
  sleeper = new Sleeper(words, BASE)
  ringer = new Ringer(words, BASE)
})

describe('Ringer', () => {
  it('does not ring a thread that runs', () => {
    expect(state()).toBe(DOORBELL_RUNNING)
    ringer.ring()
    expect([ringer.rings, epoch()]).toEqual([0, 0])
  })

  it.each([DOORBELL_PARKED, DOORBELL_EVENT_LOOP])('rings a thread in state %i', (sleeping) => {
    words[BASE + DOORBELL_STATE] = sleeping
    ringer.ring()
    expect([ringer.rings, epoch()]).toEqual([1, 1])
  })

  it('rings whatever the state says when told to', () => {
    ringer.ringSleeper()
    expect([ringer.rings, epoch()]).toEqual([1, 1])
  })
})

describe('Sleeper.park', () => {
  it('announces itself, looks again, and does not sleep when work is there', () => {
    let seen: number | undefined
    sleeper.park(LONG_MS, () => {
      seen = state()
      return true
    })
    expect(seen).toBe(DOORBELL_PARKED)
    expect([sleeper.parks, sleeper.rescues, state()]).toEqual([0, 0, DOORBELL_RUNNING])
  })

  it('does not sleep through a ring that came after its last look', () => {
    const wait = vi.spyOn(Atomics, 'wait')
    let asked = 0
    sleeper.park(500, () => {
      asked++
      // Published and rung between the look and the wait: the epoch has moved by then.
      if (asked === 1) ringer.ring()
      return asked > 1
    })
    expect(wait.mock.results).toMatchObject([{ value: 'not-equal' }])
    wait.mockRestore()
    expect(ringer.rings).toBe(1)
    expect([sleeper.parks, sleeper.rescues, state()]).toEqual([1, 0, DOORBELL_RUNNING])
  })

  it('ends at the time-out, which is no rescue when there was nothing to do', () => {
    sleeper.park(1, never)
    expect([sleeper.parks, sleeper.rescues, state()]).toEqual([1, 0, DOORBELL_RUNNING])
  })

  it('counts a rescue when the time-out found work that nobody rang for', () => {
    sleeper.park(1, workAt(2))
    expect([sleeper.parks, sleeper.rescues]).toEqual([1, 1])
  })

  it('sleeps again after a ring that is over', () => {
    ringer.ringSleeper()
    sleeper.park(1, workAt(2))
    expect([sleeper.parks, sleeper.rescues]).toEqual([1, 1])
  })
})

describe('Sleeper.sleepOnEventLoop', () => {
  it('does not sleep when work is there', async () => {
    await sleeper.sleepOnEventLoop(LONG_MS, () => true, 'ref')
    expect([sleeper.parks, state()]).toEqual([0, DOORBELL_RUNNING])
  })

  it('resolves when it is rung, with the event loop running meanwhile', async () => {
    let turns = 0
    const sleep = sleeper.sleepOnEventLoop(LONG_MS, never, 'ref')
    expect(state()).toBe(DOORBELL_EVENT_LOOP)
    for (; turns < 3; turns++) await eventLoopTurn()
    ringer.ring()
    await sleep
    expect(turns).toBe(3)
    expect([sleeper.parks, sleeper.rescues, state()]).toEqual([1, 0, DOORBELL_RUNNING])
  })

  it('does not sleep through a ring that came after its last look', async () => {
    await sleeper.sleepOnEventLoop(
      LONG_MS,
      () => {
        ringer.ring()
        return false
      },
      'ref',
    )
    expect([ringer.rings, sleeper.rescues, state()]).toEqual([1, 0, DOORBELL_RUNNING])
  })

  it('resolves when this thread wakes itself', async () => {
    const sleep = sleeper.sleepOnEventLoop(LONG_MS, never, 'ref')
    sleeper.wakeLocally()
    expect(state()).toBe(DOORBELL_RUNNING)
    await sleep
    expect(sleeper.rescues).toBe(0)
  })

  it('does nothing when this thread wakes itself and nobody sleeps', async () => {
    sleeper.wakeLocally()
    const sleep = sleeper.sleepOnEventLoop(LONG_MS, never, 'ref')
    sleeper.wakeLocally()
    await sleep
    sleeper.wakeLocally()
    expect(epoch()).toBe(1)
  })

  it('counts a time-out as a rescue only if there was work', async () => {
    await sleeper.sleepOnEventLoop(1, never, 'ref')
    expect([sleeper.parks, sleeper.rescues, state()]).toEqual([1, 0, DOORBELL_RUNNING])
    await sleeper.sleepOnEventLoop(1, workAt(2), 'ref')
    expect([sleeper.parks, sleeper.rescues]).toEqual([2, 1])
  })

  it.each(['wakes itself', 'times out', 'is rung'] as const)(
    'leaves no waiter behind when it %s: the next sleep has its own end',
    async (end) => {
      const first = sleeper.sleepOnEventLoop(end === 'times out' ? 1 : LONG_MS, never, 'ref')
      if (end === 'wakes itself') sleeper.wakeLocally()
      else if (end === 'is rung') ringer.ring()
      await first

      let ended = 0
      const second = sleeper.sleepOnEventLoop(LONG_MS, never, 'ref').then(() => {
        ended++
      })
      for (let turns = 0; turns < 5; turns++) await eventLoopTurn()
      expect([ended, state()]).toEqual([0, DOORBELL_EVENT_LOOP])
      ringer.ring()
      await second
      await eventLoopTurn()
      expect([ended, state(), sleeper.parks]).toEqual([1, DOORBELL_RUNNING, 2])
    },
  )

  it('is not said to run while it sleeps, when it is woken and sleeps again in one turn', async () => {
    const sleeps: Promise<void>[] = []
    for (let i = 0; i < 10; i++) {
      const sleep = sleeper.sleepOnEventLoop(LONG_MS, never, 'ref')
      sleeper.wakeLocally()
      sleeps.push(sleep)
    }
    await Promise.all(sleeps)
    const last = sleeper.sleepOnEventLoop(LONG_MS, never, 'ref')
    for (let turns = 0; turns < 5; turns++) await eventLoopTurn()
    expect(state()).toBe(DOORBELL_EVENT_LOOP)
    ringer.ring()
    await last
    expect(ringer.rings).toBe(1)
  })
})

describe('a sleep inside another one of the same thread', () => {
  it.each(['a park that found nothing', 'a park with work', 'a second sleep with work'])(
    '%s leaves the outer one announced',
    async (inner) => {
      const outer = sleeper.sleepOnEventLoop(1000, never, 'ref')
      if (inner === 'a park that found nothing') sleeper.park(1, never)
      else if (inner === 'a park with work') sleeper.park(1, () => true)
      else void sleeper.sleepOnEventLoop(1, () => true, 'ref')
      const announced = state()
      sleeper.wakeLocally()
      ringer.ringSleeper()
      await outer
      expect(announced).toBe(DOORBELL_EVENT_LOOP)
    },
  )
})
