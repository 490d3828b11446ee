/**
 * host-load.ts: a host of a workload at work: takes completions, sends what is due, waits when there is neither.
 *
 * Runs on: a thread of host-thread.ts. HOT: nothing is allocated per request.
 *
 * Closed loop: whole batches as long as they fit. One batch in TIME_EVERY is timed, or all of them.
 * Open loop: whatever is due, at most a batch a submit. When a request is due is decided by the arrivals
 * alone; if it cannot be sent then, because everything is in flight or this thread was not running, it waits,
 * and its latency counts from when it was due.
 */
import type { ArrivalProcess, Random } from '../../native-sim/index.js'
import { Oversleep } from '../../native-sim/oversleep.js'
import type { RequestVerifier } from '../../native-sim/request-verifier.js'
import type { Channel, ChannelBuffer, IrpFile } from '../../src/index.js'
import { DUE, NOW, type PlaceBooks } from './place-books.js'
import type { Addressing } from './workload-devices.js'

export interface HostLoadParts {
  readonly channel: Pick<
    Channel,
    'prepareRead' | 'prepareWrite' | 'submit' | 'reapBatch' | 'wait' | 'hasCompletions'
  >
  readonly files: readonly IrpFile[]
  /** One a place. */
  readonly buffers: readonly ChannelBuffer[]
  readonly books: PlaceBooks
  readonly batch: number
  readonly blockBytes: number
  /** Every how many batches of a closed loop are timed: 1 = all. */
  readonly timeEvery: number
  /** When requests are due; null in a closed loop. */
  readonly arrivals: ArrivalProcess | null
  readonly addressing: Addressing
  /** The host's own part of each device. */
  readonly spanBytes: number
  readonly firstByte: number
  readonly readPercent: number
  readonly random: Random
  readonly verifiers: readonly RequestVerifier[]
  /** Shared-clock nanoseconds. */
  readonly clock: () => number
}

/** Of a closed loop with an idle worker, a few thousandths of the time. */
export const TIME_EVERY = 13
const REAP_LIMIT = 256
const ROUNDS_PER_TURN = 16
/** A sleep may end late: the last piece before the due time is spent looking. */
const LOOK_NS = 50_000
/** Looks at the clock before anything else is looked at again. */
const LOOKS = 128
const LONGEST_WAIT_MS = 10
const DRAIN_LIMIT_MS = 8000
/** Gaps drawn beforehand; after the last one they come again. */
const GAPS = 2 ** 16
const PERCENT_OF_32_BITS = 2 ** 32 / 100

export class HostLoad {
  readonly books: PlaceBooks
  readonly #parts: HostLoadParts
  readonly #blocks: number
  readonly #readsBelow: number
  readonly #oversleep = new Oversleep()
  readonly #onBatch: (batch: Int32Array, count: number) => void
  /** Gaps between arrivals, drawn beforehand: the logarithms are not this thread's work during the run. */
  readonly #gapsNs: Float64Array
  #gap = 0
  /** [0] when the next request is due: a field would be boxed anew each time. */
  readonly #times = new Float64Array(1)
  #batches = 0
  #sequence = 0

  constructor(parts: HostLoadParts) {
    const { books } = parts
    this.#parts = parts
    this.books = books
    this.#gapsNs = drawGaps(parts.arrivals)
    this.#blocks = Math.max(1, Math.floor(parts.spanBytes / parts.blockBytes))
    this.#readsBelow = parts.readPercent * PERCENT_OF_32_BITS
    this.#onBatch = function hostLoadOnBatch(batch, count) {
      if (books.timed !== 0) books.times[NOW] = parts.clock()
      books.completedBatch(batch, count)
    }
  }

  /** The first request is due now; what was due before and has not been sent is forgotten. */
  begin(): void {
    this.#times[0] = this.#parts.clock()
  }

  turns(): void {
    for (let round = 0; round < ROUNDS_PER_TURN; round++) {
      const reaped = this.#parts.channel.reapBatch(REAP_LIMIT, this.#onBatch)
      const sent = this.#parts.arrivals === null ? this.#sendClosed() : this.#sendDue()
      if (reaped + sent === 0) this.#rest()
    }
  }

  #sendClosed(): number {
    const { books, batch, timeEvery, clock } = this.#parts
    let sent = 0
    while (books.freeCount >= batch) {
      const isTimed = this.#batches++ % timeEvery === 0
      const nowNs = isTimed ? clock() : 0
      books.times[DUE] = nowNs
      for (let i = 0; i < batch; i++) this.#prepare()
      this.#submit(batch, nowNs)
      sent += batch
    }
    return sent
  }

  #sendDue(): number {
    const { books, batch, clock } = this.#parts
    const nowNs = clock()
    let count = 0
    const times = this.#times
    while (count < batch && books.freeCount > 0 && times[0]! <= nowNs) {
      books.times[DUE] = times[0]!
      this.#prepare()
      times[0] = times[0]! + this.#gapsNs[this.#gap]!
      this.#gap = (this.#gap + 1) % GAPS
      count++
    }
    if (count !== 0) this.#submit(count, clock())
    return count
  }

  /** Prepares the next request on the next free place, due at `times[DUE]` of the books. */
  #prepare(): void {
    const { channel, files, buffers, books, blockBytes, random, readPercent, verifiers } =
      this.#parts
    const place = books.free[books.freeCount - 1]!
    const device = this.#sequence++ % files.length
    const file = files[device]!
    const offset = this.#offsetOf(place)
    const isRead = readPercent === 100 || random.nextInt32() >>> 0 < this.#readsBelow
    const buffer = buffers[place]!
    const handle = isRead
      ? channel.prepareRead(file, buffer, blockBytes, offset, place)
      : channel.prepareWrite(file, buffer, blockBytes, offset, place)
    if (handle < 0) throw new Error(`the channel refused a request: status ${handle}`)
    books.take()
    if (verifiers.length === 0) return
    books.device[place] = device
    books.offsetBytes[place] = offset
    books.isWrite[place] = isRead ? 0 : 1
    const verifier = verifiers[device]!
    if (isRead) verifier.submittedRead(place, offset, blockBytes)
    else verifier.submittedWrite(place, offset, blockBytes)
  }

  #offsetOf(place: number): number {
    const { addressing, blockBytes, firstByte, books, random } = this.#parts
    if (addressing === 'stamp') return books.stampOf(place) * blockBytes
    const block =
      addressing === 'random' ? random.nextBelow(this.#blocks) : this.#sequence % this.#blocks
    return firstByte + block * blockBytes
  }

  #submit(count: number, nowNs: number): void {
    const { channel, books } = this.#parts
    if (nowNs !== 0) books.sent(count, nowNs)
    const submitted = channel.submit()
    if (submitted !== count) throw new Error(`the channel took ${submitted} of ${count} requests`)
  }

  /** Nothing came and nothing is due: waits for a completion, or until shortly before the next arrival. */
  #rest(): void {
    const { channel, books, arrivals, clock } = this.#parts
    if (arrivals === null || books.freeCount === 0) {
      channel.wait(LONGEST_WAIT_MS)
      return
    }
    const startNs = clock()
    const leftNs = this.#times[0]! - startNs - LOOK_NS - this.#oversleep.expectedNs
    if (leftNs <= 0) {
      this.#look()
      return
    }
    const waitNs = Math.min(leftNs, LONGEST_WAIT_MS * 1e6)
    if (!channel.wait(waitNs / 1e6)) this.#oversleep.observe(clock() - startNs - waitNs)
  }

  /** The next arrival is near: looks at the clock in a loop of its own, where a time is not an object. */
  #look(): void {
    const { channel, clock } = this.#parts
    const dueNs = this.#times[0]!
    let looks = LOOKS
    while (--looks > 0 && clock() < dueNs && !channel.hasCompletions());
  }

  /** Takes what is in flight, for some seconds at most. */
  drain(): void {
    const { channel, books } = this.#parts
    const untilMs = performance.now() + DRAIN_LIMIT_MS
    while (books.inFlight > 0 && performance.now() < untilMs) {
      if (channel.reapBatch(REAP_LIMIT, this.#onBatch) === 0) channel.wait(1)
    }
  }
}

function drawGaps(arrivals: ArrivalProcess | null): Float64Array {
  if (arrivals === null) return new Float64Array(0)
  return Float64Array.from({ length: GAPS }, () => arrivals.nextDelayNs())
}
