/**
 * The engine's control block: what main, the workers and every host thread share. A few lines a worker.
 * Runs on: any thread. Numbers only.
 *
 *   line pair 0    words 0-1   MAGIC, WORKER_COUNT   written once at creation
 *   line pair 1    word 32     ACCEPTING   main: 1 = hosts may submit, 0 = stopping (Atomics)
 *              word 33     CROWDED     main, once: 1 = workers and a host outnumber the processors
 *   line pair 2+   per worker, WORKER_BLOCK_WORDS apart:
 *     +0    DOORBELL      of the worker (doorbell-layout, two line pairs)
 *     +64   CONTROL       main adds 1: give your event loop a turn (Atomics)
 *     +65   STOP          main stores 1: leave the loop (Atomics)
 *     +66   INCARNATION   main: 1 for the first thread, + 1 whenever one died (Atomics)
 *     +67   FAILED        main stores 1: no successor will come (Atomics)
 *     +68   HEARTBEAT     worker: another number whenever it looks at the clock (Atomics)
 *     +69   PLACE         worker: the driver callback it is in (callback-names), 0 = none (plain; see callback-place)
 *     +70   ACCUSED       hosts add 1: its completion ring says what cannot be (Atomics)
 *     +96   statistics    worker stores (Atomics, once a turn at most), anybody loads; run free in 32 bits
 */
import { DOORBELL_WORDS } from './doorbell-layout.js'
import { LINE_PAIR_WORDS } from './ring-layout.js'

export const ENGINE_MAGIC = 0
export const ENGINE_WORKER_COUNT = 1
export const ENGINE_ACCEPTING = LINE_PAIR_WORDS
export const ENGINE_CROWDED = LINE_PAIR_WORDS + 1
export const ENGINE_MAGIC_VALUE = 0x49525045

export const WORKER_DOORBELL = 0
export const WORKER_CONTROL = DOORBELL_WORDS
export const WORKER_STOP = DOORBELL_WORDS + 1
export const WORKER_INCARNATION = DOORBELL_WORDS + 2
export const WORKER_FAILED = DOORBELL_WORDS + 3
export const WORKER_HEARTBEAT = DOORBELL_WORDS + 4
export const WORKER_PLACE = DOORBELL_WORDS + 5
export const WORKER_ACCUSED = DOORBELL_WORDS + 6
export const WORKER_STATISTICS = DOORBELL_WORDS + LINE_PAIR_WORDS
export const WORKER_BLOCK_WORDS = DOORBELL_WORDS + 2 * LINE_PAIR_WORDS

/** Statistics, as offsets from WORKER_STATISTICS. */
export const STAT_REQUESTS = 0
export const STAT_BATCHES = 1
export const STAT_PARKS = 2
export const STAT_RESCUES = 3
export const STAT_EVENT_LOOP_TURNS = 4
export const STAT_DRIVER_FAULTS = 5
export const STAT_REJECTED = 6
export const STAT_RINGS = 7
export const STAT_COUNT = 8

const ENGINE_HEADER_WORDS = 2 * LINE_PAIR_WORDS

/** First word of worker `worker`'s block. */
export function workerBlockWord(worker: number): number {
  return ENGINE_HEADER_WORDS + worker * WORKER_BLOCK_WORDS
}

/** Bytes of the whole control block. */
export function engineBytes(workerCount: number): number {
  return workerBlockWord(workerCount) * 4
}
