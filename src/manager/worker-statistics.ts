/**
 * What a worker has counted, as a reader sees it. Runs on: any thread that has the engine's control block.
 */
import {
  STAT_BATCHES,
  STAT_DRIVER_FAULTS,
  STAT_EVENT_LOOP_TURNS,
  STAT_PARKS,
  STAT_REJECTED,
  STAT_REQUESTS,
  STAT_RESCUES,
  STAT_RINGS,
  WORKER_INCARNATION,
  WORKER_STATISTICS,
  workerBlockWord,
} from '../abi/engine-layout.js'
import { load } from '../sharedarraybuffer-queue/access.js'

/** All counters run free in 32 bits; a worker brings them up to date whenever it has a moment. */
export interface WorkerStatistics {
  readonly worker: number
  /** 1 for the first thread, one more after every death. */
  readonly incarnation: number
  /** Ring entries and waiting requests dealt with. */
  readonly requests: number
  /** Turns that found work. */
  readonly batches: number
  readonly parks: number
  /** Sleeps that ended by time-out although there was work: 0 in a correct run. */
  readonly rescues: number
  readonly eventLoopTurns: number
  readonly driverFaults: number
  /** Ring entries that were no request. */
  readonly rejected: number
  /** Hosts woken. */
  readonly rings: number
}

export function readWorkerStatistics(words: Int32Array, worker: number): WorkerStatistics {
  const block = workerBlockWord(worker)
  const counter = (at: number): number => load(words, block + WORKER_STATISTICS + at) >>> 0
  return {
    worker,
    incarnation: load(words, block + WORKER_INCARNATION),
    requests: counter(STAT_REQUESTS),
    batches: counter(STAT_BATCHES),
    parks: counter(STAT_PARKS),
    rescues: counter(STAT_RESCUES),
    eventLoopTurns: counter(STAT_EVENT_LOOP_TURNS),
    driverFaults: counter(STAT_DRIVER_FAULTS),
    rejected: counter(STAT_REJECTED),
    rings: counter(STAT_RINGS),
  }
}
