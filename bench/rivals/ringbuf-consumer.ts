/**
 * ringbuf-consumer.ts: takes numbers from ringbuf.js's ring at full speed and sums them up.
 *
 * Runs on: a worker thread.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { RingBuffer } from 'ringbuf.js'

export interface RingbufJob {
  readonly buffer: SharedArrayBuffer
  /** Word 0: producer stores 1 (Atomics) after its last push. */
  readonly stop: Int32Array
}

export interface RingbufAnswer {
  readonly count: number
  /** Sum of all numbers, int32. */
  readonly sum: number
}

const LIMIT = 4096
const POLLS_PER_LOOK = 4096

const { buffer, stop }: RingbufJob = workerData
const ring = new RingBuffer(buffer, Int32Array)
const taken = new Int32Array(LIMIT)
let count = 0
let sum = 0

/** Returns how many numbers there were. */
function popSome(): number {
  const available = ring.pop(taken)
  let partial = 0
  for (let i = 0; i < available; i++) partial = (partial + taken[i]!) | 0
  sum = (sum + partial) | 0
  count += available
  return available
}

function ringbufConsumerRun(): void {
  let isLast = false
  while (!isLast) {
    // Looked at before the polls: what was pushed before the stop is seen by one of them.
    isLast = Atomics.load(stop, 0) !== 0
    for (let poll = 0; poll < POLLS_PER_LOOK; poll++) popSome()
  }
  while (popSome() !== 0);
}

parentPort!.postMessage('ready')
ringbufConsumerRun()
const answer: RingbufAnswer = { count, sum }
parentPort!.postMessage(answer)
