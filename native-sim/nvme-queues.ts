// The NVMe-like device's ends of its queues: submission queues are read, completion queues written.
// Runs on: the hardware's thread. Layout of the entries: src/abi/nvme-registers.
//
// Invariants: a submission entry is read only when the tail doorbell has covered it. Completions are posted plainly,
// but for the first since the last `publish`: its word with the phase is stored by that, when all others are there. A
// driver looks at a completion only when it has seen the one before, so it sees none of them, or all.

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
const COMPLETION_WORDS = NVME_CQE_WORDS
const RESULT = CQE_RESULT
const SUBMISSION = CQE_SUBMISSION
const STATUS = CQE_STATUS
const STATUS_SHIFT = CQE_STATUS_SHIFT

export class SubmissionQueue {
  readonly id: number
  readonly entries: number
  readonly completionQueue: CompletionQueue
  /** Next entry to fetch. */
  head = 0
  /** Its doorbell was rung with what is no place of it: nothing is fetched any more, until the controller is reset. */
  isBroken = false
  readonly #memory: QueueMemory

  constructor(id: number, memory: QueueMemory, entries: number, completionQueue: CompletionQueue) {
    this.id = id
    this.#memory = memory
    this.entries = entries
    this.completionQueue = completionQueue
  }

  /** The words that the entries lie in. */
  get words(): Int32Array {
    return this.#memory.words
  }

  /** Index in `words` of the next entry's first one. */
  get nextEntry(): number {
    return this.#memory.first + this.head * ENTRY_WORDS
  }

  /** The next entry is not needed any more. */
  advance(): void {
    this.head = this.head + 1 === this.entries ? 0 : this.head + 1
  }

  /** Copies the next command to `target[at …]`, and goes on to the one after it. */
  fetch(target: Int32Array, at: number): void {
    const { words, nextEntry } = this
    for (let i = 0; i < ENTRY_WORDS; i++) target[at + i] = read(words, nextEntry + i)
    this.advance()
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
  /** Completions posted that the driver has not been shown. */
  posted = 0
  private readonly memory: QueueMemory
  private tail = 0
  private phase = CQE_PHASE
  /** Of the first of them: index and value of its word with the phase. */
  private firstWord = 0
  private firstStatus = 0

  constructor(id: number, memory: QueueMemory, entries: number, vector: number) {
    this.id = id
    this.memory = memory
    this.entries = entries
    this.vector = vector
  }

  /** True when there is no room for one more, as far as `head` says; one place always stays empty. */
  get isFull(): boolean {
    const next = this.tail + 1 === this.entries ? 0 : this.tail + 1
    return next === this.head
  }

  post(submission: SubmissionQueue, commandId: number, status: number, result: number): void {
    const { words, first } = this.memory
    const entry = first + this.tail * COMPLETION_WORDS
    write(words, entry + RESULT, result)
    write(words, entry + SUBMISSION, submission.head | (submission.id << 16))
    const word = commandId | this.phase | (status << STATUS_SHIFT)
    if (this.posted++ === 0) {
      this.firstWord = entry + STATUS
      this.firstStatus = word
    } else {
      write(words, entry + STATUS, word)
    }
    if (++this.tail < this.entries) return
    this.tail = 0
    this.phase ^= CQE_PHASE
  }

  /** Shows the driver what has been posted. */
  publish(): void {
    if (this.posted === 0) return
    this.posted = 0
    store(this.memory.words, this.firstWord, this.firstStatus)
  }
}
