/**
 * place-books.ts: the books of a host about its requests: which places are in flight, whether each came back
 * once and right, and how long it took.
 *
 * Runs on: the host's thread. HOT: nothing is allocated per request.
 *
 * A place is a number from 0 to depth - 1: the context of the one request in flight that has it, its buffer and
 * its stamps. The free ones are a stack, so that the warmest buffer is used next.
 * Times are shared-clock nanoseconds; 0 where a request is not timed.
 */
import type { RequestVerifier } from '../../native-sim/request-verifier.js'
import type { HostHistograms } from './host-histograms.js'

export interface PlaceBooksOptions {
  readonly depth: number
  readonly host: number
  readonly blockBytes: number
  /** False where a driver may move as many bytes as it likes. */
  readonly checksInformation: boolean
  readonly histograms: HostHistograms
  /** What the driver writes, or null. */
  readonly stamps: Float64Array | null
  /** A verifier a device, or none. */
  readonly verifiers: readonly RequestVerifier[]
}

/** Indexes into `times`. */
export const HALF = 0
export const NOW = 1
export const DUE = 2
const TWO_31 = 2 ** 31

export class PlaceBooks {
  readonly free: Int32Array
  freeCount: number
  /** When a request should have been sent; 0 when it is not timed. */
  readonly dueNs: Float64Array
  /** When it was. */
  readonly sentNs: Float64Array
  readonly isWrite: Uint8Array
  readonly device: Int32Array
  readonly offsetBytes: Float64Array
  /** Timed requests in flight. */
  timed = 0
  /**
   * [HALF] after that, latencies count for the second half of the window; [NOW] when a batch of completions was
   * seen; [DUE] of the next `take`. In an array: as arguments, fractions are new objects each time.
   */
  readonly times = new Float64Array([Infinity, 0, 0])
  readonly #options: PlaceBooksOptions
  readonly #inFlight: Uint8Array
  readonly #firstStamp: number
  /** Sums, as floats: they pass 31 bits. [0] sent, [1] completed, [2] bytes that should have moved, [3] that did. */
  readonly #sums = new Float64Array(4)
  #failures = 0
  #duplicates = 0

  constructor(options: PlaceBooksOptions) {
    const { depth, host } = options
    this.#options = options
    this.free = Int32Array.from({ length: depth }, (_, i) => depth - 1 - i)
    this.freeCount = depth
    this.dueNs = new Float64Array(depth)
    this.sentNs = new Float64Array(depth)
    this.isWrite = new Uint8Array(depth)
    this.device = new Int32Array(depth)
    this.offsetBytes = new Float64Array(depth)
    this.#inFlight = new Uint8Array(depth)
    this.#firstStamp = host * depth
  }

  get inFlight(): number {
    return this.free.length - this.freeCount
  }

  get completed(): number {
    return this.#sums[1]!
  }

  /** Number of the stamps of a place, and of its requests' offset in blocks. */
  stampOf(place: number): number {
    return this.#firstStamp + place
  }

  /** The place on top of the stack is in flight from now on; due at `times[DUE]`. */
  take(): void {
    const place = this.free[--this.freeCount]!
    const dueNs = this.times[DUE]!
    this.#inFlight[place] = 1
    this.dueNs[place] = dueNs
    if (dueNs !== 0) this.timed++
    this.#sums[0] = this.#sums[0]! + 1
    this.#sums[2] = this.#sums[2]! + this.#options.blockBytes
  }

  /** The last `count` places that were taken are sent at that time. */
  sent(count: number, nowNs: number): void {
    for (let i = this.freeCount; i < this.freeCount + count; i++) {
      this.sentNs[this.free[i]!] = nowNs
    }
  }

  /** A batch of completions, seen at `times[NOW]`: context, NTSTATUS, Information, handle each. */
  completedBatch(batch: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      this.#completedOne(batch[4 * i]!, batch[4 * i + 1]!, batch[4 * i + 2]!)
    }
  }

  #completedOne(place: number, status: number, information: number): void {
    if (this.#inFlight[place] !== 1) {
      this.#duplicates++
      return
    }
    this.#inFlight[place] = 0
    this.free[this.freeCount++] = place
    const sums = this.#sums
    sums[1] = sums[1]! + 1
    sums[3] = sums[3]! + information
    if (status < 0) this.#failures++
    if (this.#options.verifiers.length > 0) this.#verify(place, status, information)
    if (this.dueNs[place] !== 0) this.#time(place)
  }

  #time(place: number): void {
    const { histograms, stamps } = this.#options
    const nowNs = this.times[NOW]!
    const dueNs = this.dueNs[place]!
    this.timed--
    const half = nowNs < this.times[HALF]! ? histograms.firstHalf : histograms.secondHalf
    // An integer passes to a function as it is; a fraction, and what may be one, is a new object each time.
    const isShort = nowNs - dueNs < TWO_31
    if (isShort) half.record((nowNs - dueNs) | 0)
    else half.record(nowNs - dueNs)
    if (stamps === null) return
    const { stages } = histograms
    const at = this.stampOf(place) << 1
    const began = stamps[at]!
    const done = stamps[at + 1]!
    const sentNs = this.sentNs[place]!
    if (isShort) {
      stages.send.record((sentNs - dueNs) | 0)
      stages.dispatch.record((began - sentNs) | 0)
      stages.handler.record((done - began) | 0)
      stages.reap.record((nowNs - done) | 0)
    } else {
      stages.send.record(sentNs - dueNs)
      stages.dispatch.record(began - sentNs)
      stages.handler.record(done - began)
      stages.reap.record(nowNs - done)
    }
  }

  #verify(place: number, status: number, moved: number): void {
    const verifier = this.#options.verifiers[this.device[place]!]!
    const { blockBytes } = this.#options
    const offset = this.offsetBytes[place]!
    const number = this.completed
    if (this.isWrite[place] === 1) {
      if (status < 0) verifier.failedWrite(place)
      else verifier.completedWrite(place, number, offset, blockBytes, moved)
    } else if (status >= 0) verifier.completedRead(place, number, offset, blockBytes, moved)
  }

  /** What was wrong in the whole run; nothing when all was right. Call it after the drain. */
  complaints(): Record<string, number | string> {
    const [sent = 0, completed = 0, expected = 0, moved = 0] = this.#sums
    const { checksInformation, verifiers } = this.#options
    const mismatches = verifiers.flatMap(({ firstMismatches }) => firstMismatches)
    const complaints = {
      lost: sent - completed,
      duplicates: this.#duplicates,
      failures: this.#failures,
      wrongBytes: checksInformation ? moved - expected : 0,
      mismatches: verifiers.reduce((sum, verifier) => sum + verifier.mismatches, 0),
    }
    const found = Object.entries(complaints).filter(([, count]) => count !== 0)
    const first =
      mismatches[0] === undefined ? {} : { firstMismatch: JSON.stringify(mismatches[0]) }
    return { ...Object.fromEntries(found), ...first }
  }

  /** Reads whose every byte was right. */
  verifiedReads(): number {
    return this.#options.verifiers.reduce((sum, { verified }) => sum + verified, 0)
  }
}
