/**
 * null-reads.ts: a closed loop of reads at full speed through the batch API, every completion checked.
 *
 * Runs on: the main thread of a child process. What happens per request is in null-read-steps.ts; here is
 * what happens per batch.
 */
import type { Channel, ChannelBuffer, IrpFile } from '../../src/index.js'
import { LogLinearHistogram } from '../../src/observe/log-linear-histogram.js'
import {
  READ_BYTES,
  advanced,
  completedReads,
  distance,
  due,
  laneOf,
  nullReadsOnBatch,
  nullReadsOnCompletion,
  openBooks,
  prepareSome,
  prepareSpread,
  readBooks,
} from './null-read-steps.js'
import { LONGEST_PARK_MS } from '../longest-park.js'

const REAP_LIMIT = 256
/** Every so many batches one request is timed. Prime, so that it is in step with nothing. */
const SAMPLE_EVERY = 13
const ROUNDS_PER_TURN = 64
/** Empty polls in a row, and then this thread parks: somebody else has the worker's core. */
const SPINS = 250
const DRAIN_LIMIT_MS = 5000

export interface NullReadsPlan {
  readonly channel: Channel
  /** Of each lane its files, which take turns; the lanes are on workers of their own. */
  readonly lanes: readonly (readonly IrpFile[])[]
  readonly buffer: ChannelBuffer
  /** Requests in flight, all lanes together; at least as many as lanes. */
  readonly depth: number
  /** Requests per submit. */
  readonly batch: number
  /** A callback for each completion, or one for up to 256 of them. */
  readonly callback: 'each' | 'batch'
}

/** One per process: its books are the module's. */
export class NullReads {
  readonly latency = new LogLinearHistogram()
  readonly #plan: NullReadsPlan
  readonly #laneDepth: number
  readonly #batch: number
  /** Of each lane: the context of the next request. */
  readonly #next: Int32Array
  #issued = 0
  #untilSample = SAMPLE_EVERY
  /** Context of the request that is being timed. */
  #sample = 0
  #isSampling = false
  #sampleStartedMs = 0
  #emptyPolls = 0

  constructor(plan: NullReadsPlan) {
    this.#plan = plan
    this.#laneDepth = Math.floor(plan.depth / plan.lanes.length)
    // At least two batches a lane, so that one can be on its way while the other comes back.
    this.#batch = Math.max(1, Math.min(plan.batch, this.#laneDepth >> 1))
    this.#next = Int32Array.from(plan.lanes, (_, lane) => lane)
    openBooks(this.#next)
  }

  get completed(): number {
    return completedReads()
  }

  turns(): void {
    for (let round = 0; round < ROUNDS_PER_TURN; round++) {
      this.#fill()
      this.#reap()
    }
  }

  /** Issues whole batches as long as they fit. */
  #fill(): void {
    const { lanes } = this.#plan
    const batch = this.#batch
    for (let lane = 0; lane < lanes.length; lane++) {
      while (distance(due[lane]!, this.#next[lane]!) + batch <= this.#laneDepth) {
        this.#issue(lane)
      }
    }
  }

  #issue(lane: number): void {
    const { channel, lanes, buffer } = this.#plan
    const batch = this.#batch
    const files = lanes[lane]!
    const from = this.#next[lane]!
    if (--this.#untilSample <= 0 && !this.#isSampling) this.#startSample(from)
    const handle =
      files.length === 1
        ? prepareSome(channel, files[0]!, buffer, from, batch)
        : prepareSpread(channel, files, buffer, from, batch)
    const submitted = channel.submit()
    if (submitted !== batch) throw refused(handle, submitted, batch)
    this.#next[lane] = advanced(from, batch)
    this.#issued += batch
  }

  #reap(): number {
    const { channel, callback } = this.#plan
    const count =
      callback === 'batch'
        ? channel.reapBatch(REAP_LIMIT, nullReadsOnBatch)
        : channel.reap(REAP_LIMIT, nullReadsOnCompletion)
    if (count === 0) this.#parkAfterManyPolls()
    else this.#emptyPolls = 0
    if (this.#isSampling) this.#endSample()
    return count
  }

  /** Rare with a core for each thread, and without one the difference between slow and stuck. */
  #parkAfterManyPolls(): void {
    if (++this.#emptyPolls < SPINS) return
    this.#emptyPolls = 0
    this.#plan.channel.wait(LONGEST_PARK_MS)
  }

  /** Times one request of a batch, each time another: the first of all comes back soonest. */
  #startSample(from: number): void {
    const position = this.latency.count % this.#batch
    this.#untilSample = SAMPLE_EVERY
    this.#isSampling = true
    this.#sample = advanced(from, position)
    this.#sampleStartedMs = performance.now()
  }

  #endSample(): void {
    if (distance(this.#sample, due[laneOf(this.#sample)]!) <= 0) return
    this.latency.record(Math.round((performance.now() - this.#sampleStartedMs) * 1e6))
    this.#isSampling = false
  }

  /** The warm-up is over: latencies count from here. */
  forgetLatencies(): void {
    this.latency.reset()
    this.#isSampling = false
  }

  /** Waits for all that is in flight, and says what was wrong in the whole run; nothing when all was right. */
  drain(): Readonly<Record<string, number>> {
    const untilMs = performance.now() + DRAIN_LIMIT_MS
    while (this.completed < this.#issued && performance.now() < untilMs) this.#reap()
    const { completed, information, wrong } = readBooks()
    const lost = this.#issued - completed
    const complaints = { lost, wrong, wrongBytes: information - this.#issued * READ_BYTES }
    return Object.values(complaints).every((count) => count === 0) ? {} : complaints
  }
}

function refused(handle: number, submitted: number, batch: number): Error {
  return new Error(
    `the channel took ${submitted} of ${batch} requests; the last prepare answered ${handle}`,
  )
}
