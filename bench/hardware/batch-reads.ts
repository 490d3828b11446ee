/**
 * batch-reads.ts: a closed loop of reads through the batch API.
 *
 * Runs on: the main thread of a child process. HOT.
 */
import type { Channel, IrpFile } from '../../src/index.js'
import { READ_BYTES } from './interrupt-stamps.js'
import type { ReadBooks } from './read-books.js'
import { LONGEST_PARK_MS } from '../longest-park.js'

const REAP_LIMIT = 256
const ROUNDS_PER_TURN = 16
/** Every so many batches one request is timed. Prime, so that it is in step with nothing. */
const SAMPLE_EVERY = 13
const DRAIN_LIMIT_MS = 5000

export class BatchReads {
  readonly #channel: Channel
  readonly #file: IrpFile
  readonly #books: ReadBooks
  readonly #batch: number
  readonly #free: Int32Array
  #freeCount: number
  #untilSample = SAMPLE_EVERY
  #samples = 0

  /** @param batch requests per submit, at most as many as the books have buffers */
  constructor(channel: Channel, file: IrpFile, books: ReadBooks, batch: number) {
    this.#channel = channel
    this.#file = file
    this.#books = books
    this.#batch = batch
    this.#freeCount = books.buffers.length
    this.#free = Int32Array.from({ length: this.#freeCount }, (_, i) => this.#freeCount - 1 - i)
  }

  turns(): void {
    for (let round = 0; round < ROUNDS_PER_TURN; round++) {
      while (this.#freeCount >= this.#batch) this.#issue()
      this.#reap()
    }
  }

  /** Waits for what is in flight. */
  drain(): void {
    const untilMs = performance.now() + DRAIN_LIMIT_MS
    while (this.#freeCount < this.#free.length && performance.now() < untilMs) this.#reap()
  }

  #issue(): void {
    const books = this.#books
    const sampled = books.timesAll ? -1 : this.#sampledPlace()
    const nowNs = books.timesAll || sampled >= 0 ? books.clock() : 0
    for (let i = 0; i < this.#batch; i++) {
      const place = this.#free[--this.#freeCount]!
      books.begin(place, books.timesAll || place === sampled ? nowNs : 0)
      const buffer = books.buffers[place]!
      const offset = place * READ_BYTES
      const handle = this.#channel.prepareRead(this.#file, buffer, READ_BYTES, offset, place)
      if (handle < 0) throw new Error(`prepareRead answered ${handle}`)
    }
    this.#channel.submit()
  }

  /** Of some batches one place, each time another of the batch; -1: none. */
  #sampledPlace(): number {
    if (--this.#untilSample > 0) return -1
    this.#untilSample = SAMPLE_EVERY
    return this.#free[this.#freeCount - 1 - (this.#samples++ % this.#batch)]!
  }

  #reap(): void {
    const count = this.#channel.reapBatch(REAP_LIMIT, this.#onBatch)
    if (count === 0) this.#channel.wait(LONGEST_PARK_MS)
  }

  readonly #onBatch = (batch: Int32Array, count: number): void => {
    for (let i = 0; i < count; i++) {
      const place = batch[4 * i]!
      this.#free[this.#freeCount++] = place
      this.#books.end(place, batch[4 * i + 1]!, batch[4 * i + 2]!)
    }
  }
}
