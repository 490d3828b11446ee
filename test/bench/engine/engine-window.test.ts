import { describe, expect, it } from 'vitest'
import { EngineWindow } from '../../../bench/engine/engine-window.js'
import type { Engine, WorkerStatistics } from '../../../src/index.js'

const ZERO: Omit<WorkerStatistics, 'worker'> = {
  incarnation: 1,
  requests: 0,
  batches: 0,
  parks: 0,
  rescues: 0,
  eventLoopTurns: 0,
  driverFaults: 0,
  rejected: 0,
  rings: 0,
}

/** An engine of which only the counters are there. */
function fakeEngine() {
  const workers: WorkerStatistics[] = [
    { ...ZERO, worker: 0 },
    { ...ZERO, worker: 1 },
  ]
  const sleeper = { parks: 0, rescues: 0 }
  const bells = [{ rings: 0 }, { rings: 0 }]
  const ports = bells.map((bell) => ({ bell }))
  const channel = { sleeper, ports }
  const engine = { statistics: () => workers, channel } as unknown as Engine
  const count = (worker: number, changes: Partial<WorkerStatistics>) => {
    workers[worker] = { ...workers[worker]!, ...changes }
  }
  return { engine, count, sleeper, bells }
}

describe('EngineWindow', () => {
  it('counts what happened inside, on all workers, and rescues whenever they happened', () => {
    const { engine, count, sleeper, bells } = fakeEngine()
    const window = new EngineWindow(engine)
    count(0, { requests: 100, batches: 10, parks: 5, rescues: 1, rings: 2 })
    window.begin()
    count(0, { requests: 300, batches: 15, parks: 6, rings: 4 })
    count(1, { requests: 50, batches: 5, parks: 1, rings: 1 })
    sleeper.parks = 7
    bells[0]!.rings += 2
    bells[1]!.rings += 4
    window.end()
    count(1, { requests: 1000, rescues: 2 })
    sleeper.rescues = 4
    expect(window.requests).toBe(250)
    expect(window.counters()).toEqual({
      workerParks: 2,
      hostParks: 7,
      workerWakeUps: 6,
      hostWakeUps: 3,
      rescues: 7,
      batches: 10,
      requestsPerBatch: 25,
    })
  })

  it('survives the wrap of a counter', () => {
    const { engine, count } = fakeEngine()
    const window = new EngineWindow(engine)
    count(0, { requests: 2 ** 32 - 6, batches: 2 ** 32 - 1 })
    window.begin()
    count(0, { requests: 4, batches: 4 })
    window.end()
    expect(window.requests).toBe(10)
    expect(window.counters()).toMatchObject({ batches: 5, requestsPerBatch: 2 })
  })
})
