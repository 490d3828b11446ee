// The NVMe-like device's ends of its queues: submission queues are read, completion queues written.
// Runs on: the hardware's thread. Layout of the entries: src/abi/nvme-registers.
//
// Invariants: a submission entry is read only when the tail doorbell has covered it. A completion entry's words
// are written plainly, the one with the phase last (store), so a driver that sees the phase sees the rest.

import {
  CQE_PHASE,
  CQE_RESULT,
  CQE_STATUS,
  CQE_STATUS_SHIFT,
  CQE_SUBMISSION,
  NVME_CQE_WORDS,
  NVME_SQE_WORDS,
} from '../src/abi/nvme-registers.js'
import {
  read as sharedRead,
  store,
  write as sharedWrite,
} from '../src/sharedarraybuffer-queue/access.js'
import type { QueueMemory } from './dma-space.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const write = sharedWrite
const ENTRY_WORDS = NVME_SQE_WORDS

export class SubmissionQueue {
  readonly id: number
  readonly entries: number
  readonly completionQueue: CompletionQueue
  /** Next entry to fetch. */
  head = 0
  readonly #memory: QueueMemory

  constructor(id: number, memory: QueueMemory, entries: number, completionQueue: CompletionQueue) {
    this.id = id
    this.#memory = memory
    this.entries = entries
    this.completionQueue = completionQueue
  }

  /** Copies the next command to `target[at …]`, and goes on to the one after it. */
  fetch(target: Int32Array, at: number): void {
    const { words, first } = this.#memory
    const entry = first + this.head * ENTRY_WORDS
    for (let i = 0; i < ENTRY_WORDS; i++) target[at + i] = read(words, entry + i)
    this.head = this.head + 1 === this.entries ? 0 : this.head + 1
  }
}

export class CompletionQueue {
  readonly id: number
  readonly entries: number
  /** Line to raise, -1 = none. */
  readonly vector: number
  /** The driver's head doorbell, as it was looked at last. */
  head = 0
  /** Commands that are done but for their completion, for which there was no room. */
  readonly waiting: number[] = []
  /** Completions posted since the line was raised last. */
  posted = 0
  readonly #memory: QueueMemory
  #tail = 0
  #phase = CQE_PHASE

  constructor(id: number, memory: QueueMemory, entries: number, vector: number) {
    this.id = id
    this.#memory = memory
    this.entries = entries
    this.vector = vector
  }

  /** True when there is no room for one more, as far as `head` says; one place always stays empty. */
  get isFull(): boolean {
    const next = this.#tail + 1 === this.entries ? 0 : this.#tail + 1
    return next === this.head
  }

  post(submission: SubmissionQueue, commandId: number, status: number, result: number): void {
    const { words, first } = this.#memory
    const entry = first + this.#tail * NVME_CQE_WORDS
    write(words, entry + CQE_RESULT, result)
    write(words, entry + CQE_SUBMISSION, submission.head | (submission.id << 16))
    store(words, entry + CQE_STATUS, commandId | this.#phase | (status << CQE_STATUS_SHIFT))
    this.posted++
    if (++this.#tail < this.entries) return
    this.#tail = 0
    this.#phase ^= CQE_PHASE
  }
}
