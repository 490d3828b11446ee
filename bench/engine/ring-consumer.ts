/**
 * ring-consumer.ts: takes numbers from a ring at full speed and sums them up.
 *
 * Runs on: a worker thread. HOT: `consumeSome` allocates nothing and is called by nobody else.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { SpscConsumer } from '../../src/sharedarraybuffer-queue/index.js'

export interface RingJob {
  readonly buffer: SharedArrayBuffer
  readonly base: number
  /** Word 0: producer stores 1 (Atomics) after its last publish. */
  readonly stop: Int32Array
}

export interface RingAnswer {
  readonly count: number
  /** Sum of all numbers, int32. */
  readonly sum: number
}

const LIMIT = 4096
const POLLS_PER_LOOK = 4096

const { buffer, base, stop }: RingJob = workerData
const consumer = new SpscConsumer(new Int32Array(buffer), base)
const values = new Int32Array(LIMIT)
let count = 0
let sum = 0

/** Returns how many numbers there were. */
function consumeSome(): number {
  const taken = consumer.takeBatch(values)
  consumer.release()
  let partial = 0
  for (let i = 0; i < taken; i++) partial = (partial + (values[i] as number)) | 0
  sum = (sum + partial) | 0
  count += taken
  return taken
}

function ringConsumerRun(): void {
  let isLast = false
  while (!isLast) {
    // Looked at before the polls: what was published before the stop is seen by one of them.
    isLast = Atomics.load(stop, 0) !== 0
    for (let poll = 0; poll < POLLS_PER_LOOK; poll++) consumeSome()
  }
  while (consumeSome() !== 0);
}

parentPort!.postMessage('ready')
ringConsumerRun()
const answer: RingAnswer = { count, sum }
parentPort!.postMessage(answer)
