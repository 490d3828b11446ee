import { expect, it } from 'vitest'
import * as layout from '../../../src/abi/engine-layout.js'
import { readWorkerStatistics } from '../../../src/manager/worker-statistics.js'

/** What the test stores as -1 - offset, read as unsigned. */
const at = (offset: number) => 2 ** 32 - 1 - offset

it('reads each counter of that worker, as an unsigned number', () => {
  const words = new Int32Array(new SharedArrayBuffer(layout.engineBytes(2)))
  const block = layout.workerBlockWord(1)
  words[block + layout.WORKER_INCARNATION] = 3
  for (let i = 0; i < layout.STAT_COUNT; i++) words[block + layout.WORKER_STATISTICS + i] = -1 - i
  expect(readWorkerStatistics(words, 1)).toEqual({
    worker: 1,
    incarnation: 3,
    requests: at(layout.STAT_REQUESTS),
    batches: at(layout.STAT_BATCHES),
    parks: at(layout.STAT_PARKS),
    rescues: at(layout.STAT_RESCUES),
    eventLoopTurns: at(layout.STAT_EVENT_LOOP_TURNS),
    driverFaults: at(layout.STAT_DRIVER_FAULTS),
    rejected: at(layout.STAT_REJECTED),
    rings: at(layout.STAT_RINGS),
  })
  expect(readWorkerStatistics(words, 0)).toMatchObject({ worker: 0, incarnation: 0, requests: 0 })
})
