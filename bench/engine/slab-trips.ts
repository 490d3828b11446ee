/**
 * slab-trips.ts: main's side of the slab round trip: fills slots, submits their numbers, reaps and checks.
 *
 * Runs on: the main thread of a child process; the other thread is slab-worker.ts. HOT: nothing is allocated.
 *
 * Checked: slots come back in the order in which they were sent, each with status and Information right, and
 * the thread's sum over the offsets it read is main's.
 */
import {
  IRP_BUFFER,
  IRP_FILE,
  IRP_LENGTH,
  IRP_OFFSET_HI,
  IRP_OFFSET_LO,
  IRP_ROW,
  IRP_SLOT_SHIFT,
} from '../../src/abi/irp-layout.js'
import { IRP_MJ_READ } from '../../src/abi/major-function.js'
import { ringWords } from '../../src/abi/ring-layout.js'
import {
  Arena,
  initializeRing,
  SpscConsumer,
  SpscProducer,
} from '../../src/sharedarraybuffer-queue/index.js'
import type { SlabAnswer, SlabJob } from './slab-worker.js'

const DEPTH = 1024
export const SLAB_BATCH = 256
const BATCH = SLAB_BATCH
const READ_BYTES = 512
const OFFSET_SHIFT = 9
const OFFSET_MASK = 0x0fff_ffff
const BUFFER_BYTE = 4096
const ROUNDS_PER_TURN = 64
const DRAIN_LIMIT_MS = 5000
// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const ROW = IRP_ROW
const FILE = IRP_FILE
const LENGTH = IRP_LENGTH
const OFFSET_LO = IRP_OFFSET_LO
const OFFSET_HI = IRP_OFFSET_HI
const BUFFER = IRP_BUFFER
const SLOT_SHIFT = IRP_SLOT_SHIFT
const READ = IRP_MJ_READ

export class SlabTrips {
  readonly job: SlabJob
  readonly #words: Int32Array
  readonly #submissions: SpscProducer
  readonly #completions: SpscConsumer
  /** Sums, as floats: they pass 31 bits. [0] slots reaped, [1] Information. */
  readonly #sums = new Float64Array(2)
  /** Free-running, like the rings' positions. */
  #issued = 0
  #reaped = 0
  /** Sum of all offsets sent, int32. */
  #offsets = 0
  #wrong = 0

  constructor() {
    const arena = new Arena((2 * ringWords(DEPTH) + 2 * DEPTH + (DEPTH << IRP_SLOT_SHIFT)) * 4)
    const submissions = arena.take('submissions', ringWords(DEPTH))
    const completions = arena.take('completions', ringWords(DEPTH))
    const results = arena.take('results', 2 * DEPTH)
    const slots = arena.take('slots', DEPTH << IRP_SLOT_SHIFT)
    initializeRing(arena.words, submissions, DEPTH)
    initializeRing(arena.words, completions, DEPTH)
    const stop = new Int32Array(new SharedArrayBuffer(4))
    const { buffer } = arena
    this.job = { buffer, submissions, completions, results, slots, batch: BATCH, stop }
    this.#words = arena.words
    this.#submissions = new SpscProducer(arena.words, submissions)
    this.#completions = new SpscConsumer(arena.words, completions)
  }

  get completed(): number {
    return this.#sums[0]!
  }

  turns(): void {
    for (let round = 0; round < ROUNDS_PER_TURN; round++) {
      while (((this.#issued - this.#reaped) | 0) + BATCH <= DEPTH) this.#submitBatch()
      this.#reapBatch()
    }
  }

  #submitBatch(): void {
    const words = this.#words
    const submissions = this.#submissions
    const from = this.#issued
    const { slots } = this.job
    let offsets = 0
    for (let i = 0; i < BATCH; i++) {
      const slot = (from + i) & (DEPTH - 1)
      const base = slots + (slot << SLOT_SHIFT)
      const offset = ((from + i) << OFFSET_SHIFT) & OFFSET_MASK
      words[base + ROW] = READ
      words[base + FILE] = 1
      words[base + LENGTH] = READ_BYTES
      words[base + OFFSET_LO] = offset
      words[base + OFFSET_HI] = 0
      words[base + BUFFER] = BUFFER_BYTE
      submissions.stage(slot)
      offsets = (offsets + offset) | 0
    }
    submissions.publish()
    this.#issued = (from + BATCH) | 0
    this.#offsets = (this.#offsets + offsets) | 0
  }

  #reapBatch(): number {
    const words = this.#words
    const completions = this.#completions
    const from = this.#reaped
    const { results } = this.job
    const count = completions.available(BATCH)
    let information = 0
    let wrong = 0
    for (let i = 0; i < count; i++) {
      const result = results + (completions.place << 1)
      const slot = completions.take()
      if (slot !== ((from + i) & (DEPTH - 1)) || words[result] !== 0) wrong++
      information += words[result + 1]!
    }
    completions.release()
    this.#reaped = (from + count) | 0
    this.#wrong += wrong
    this.#sums[0] = this.#sums[0]! + count
    this.#sums[1] = this.#sums[1]! + information
    return count
  }

  /** Takes what is in flight. What was wrong in the whole run; nothing when all was right. */
  drain(): Readonly<Record<string, number>> {
    const untilMs = performance.now() + DRAIN_LIMIT_MS
    while (this.#reaped !== this.#issued && performance.now() < untilMs) this.#reapBatch()
    const complaints = {
      lost: (this.#issued - this.#reaped) | 0,
      wrong: this.#wrong,
      wrongBytes: this.#sums[1]! - this.completed * READ_BYTES,
    }
    return Object.fromEntries(Object.entries(complaints).filter(([, count]) => count !== 0))
  }

  /** Whether the thread has read what was written. */
  isSumRight({ sum }: SlabAnswer): boolean {
    return sum === this.#offsets
  }
}
