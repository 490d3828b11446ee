import { describe, expect, it } from 'vitest'
import { cutSleeps, WorkerWatch } from '../../../bench/timeline/worker-watch.js'
import {
  DOORBELL_EVENT_LOOP,
  DOORBELL_PARKED,
  DOORBELL_RUNNING,
  DOORBELL_STATE,
} from '../../../src/abi/doorbell-layout.js'
import { engineBytes, WORKER_DOORBELL, workerBlockWord } from '../../../src/abi/engine-layout.js'

it('turns what it sees of the doorbells into spans', () => {
  const words = new Int32Array(new SharedArrayBuffer(engineBytes(2)))
  let now = 0
  const watch = new WorkerWatch(words, 2, () => now)
  const lookAt = (at: number, worker: number, state: number) => {
    Atomics.store(words, workerBlockWord(worker) + WORKER_DOORBELL + DOORBELL_STATE, state)
    now = at
    watch.look()
  }
  lookAt(10, 0, DOORBELL_RUNNING)
  lookAt(20, 0, DOORBELL_RUNNING)
  lookAt(30, 1, DOORBELL_PARKED)
  lookAt(40, 0, DOORBELL_EVENT_LOOP)
  lookAt(50, 1, DOORBELL_RUNNING)
  now = 60
  expect(watch.spans()).toEqual([
    { worker: 1, state: 'running', begin: 10, end: 30 },
    { worker: 0, state: 'running', begin: 10, end: 40 },
    { worker: 1, state: 'parked', begin: 30, end: 50 },
    { worker: 0, state: 'on its event loop', begin: 40, end: 60 },
    { worker: 1, state: 'running', begin: 50, end: 60 },
  ])
})

describe('cutSleeps', () => {
  const asleep = { worker: 1, state: 'parked', begin: 10, end: 20 } as const

  it('ends a sleep where its worker worked', () => {
    expect(cutSleeps([asleep], [[12], [5, 14, 15]])).toEqual([
      { ...asleep, end: 14 },
      { worker: 1, state: 'running', begin: 14, end: 20 },
    ])
  })

  it('leaves the others alone', () => {
    const awake = { ...asleep, state: 'running' } as const
    expect(cutSleeps([asleep, awake], [[12], [5, 10, 20, 25]])).toEqual([asleep, awake])
    expect(cutSleeps([awake], [[], [15]])).toEqual([awake])
    expect(cutSleeps([asleep], [[], []])).toEqual([asleep])
  })
})
