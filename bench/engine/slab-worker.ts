/**
 * slab-worker.ts: touches and completes the slots of slab.ts: reads a request, writes its result beside its
 * completion.
 *
 * Runs on: a worker thread. HOT: `touchSome` allocates nothing and is called by nobody else.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { IRP_LENGTH, IRP_OFFSET_LO, IRP_ROW, IRP_SLOT_SHIFT } from '../../src/abi/irp-layout.js'
import { IRP_MJ_READ } from '../../src/abi/major-function.js'
import { SpscConsumer, SpscProducer } from '../../src/sharedarraybuffer-queue/index.js'

/** Word indexes, but `stop`: main stores 1 (Atomics) once all has been reaped. */
export interface SlabJob {
  readonly buffer: SharedArrayBuffer
  readonly submissions: number
  readonly completions: number
  readonly results: number
  readonly slots: number
  readonly batch: number
  readonly stop: Int32Array
}

export interface SlabAnswer {
  /** Of all offsets read, int32. */
  readonly sum: number
}

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const LENGTH = IRP_LENGTH
const OFFSET_LO = IRP_OFFSET_LO
const ROW = IRP_ROW
const SLOT_SHIFT = IRP_SLOT_SHIFT
const READ = IRP_MJ_READ
const POLLS_PER_LOOK = 4096

const { buffer, submissions, completions, results, slots, batch, stop }: SlabJob = workerData
const words = new Int32Array(buffer)
const taken = new SpscConsumer(words, submissions)
const done = new SpscProducer(words, completions)
let sum = 0

function touchSome(): void {
  const count = taken.available(batch)
  let partial = 0
  for (let i = 0; i < count; i++) {
    const slot = taken.take()
    const base = slots + (slot << SLOT_SHIFT)
    const result = results + (done.stage(slot) << 1)
    partial = (partial + words[base + OFFSET_LO]!) | 0
    words[result] = words[base + ROW] === READ ? 0 : -1
    words[result + 1] = words[base + LENGTH]!
  }
  taken.release()
  done.publish()
  sum = (sum + partial) | 0
}

function slabWorkerRun(): void {
  while (Atomics.load(stop, 0) === 0) {
    for (let poll = 0; poll < POLLS_PER_LOOK; poll++) touchSome()
  }
}

parentPort!.postMessage('ready')
slabWorkerRun()
const answer: SlabAnswer = { sum }
parentPort!.postMessage(answer)
