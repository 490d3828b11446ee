// The producer's loop: takes completions, sends what is due, and waits. One turn:
//
//   1 reap    hands every completion (up to 256) to the books, frees its place
//   2 clock   once; the time of all of these completions, and of what is sent next
//   3 send    prepares what is due and has a place (up to 256), then one submit
//   4 wait    only if nothing happened: parked until a completion comes or 50 µs before the next arrival
//
// Runs on: the producer's thread. HOT: nothing is allocated per request. The methods are named for profiles.
// Invariant: the context of a request is its place, 0 .. depth-1; a place is on the free stack or in flight.

import {
  type Channel,
  type ChannelBuffer,
  type IrpFile,
  STATUS_INSUFFICIENT_RESOURCES,
  statusName,
} from '../src/index.js'
import { load } from '../src/sharedarraybuffer-queue/access.js'
import { Oversleep } from './oversleep.js'
import { ProducerBooks } from './producer-books.js'
import type { ProducerEnd } from './producer-report.js'
import type { RequestSchedule } from './request-schedule.js'
import type { RequestVerifier } from './request-verifier.js'

/** The part of a channel that the loop uses. */
export type ProducerChannel = Pick<
  Channel,
  'prepareRead' | 'prepareWrite' | 'submit' | 'reap' | 'wait' | 'cancelAll'
>

export interface ProducerLoopParts {
  readonly channel: ProducerChannel
  readonly file: IrpFile
  /** One per place. */
  readonly buffers: readonly ChannelBuffer[]
  readonly schedule: RequestSchedule
  readonly verifier: RequestVerifier | null
  /** Infinity: no limit. */
  readonly durationMs: number
  /** Not 0 in its first word: stop. */
  readonly stopWords: Int32Array
  /** Nanoseconds since any moment. */
  readonly clock: () => number
}

const BATCH_LIMIT = 256
/** A sleep may end late: the last piece before the due time is spent looking. */
const SPIN_NS = 50_000
/** A wait ends at least that often, for `stop` and to see whether the engine still accepts. */
const WAIT_SLICE_NS = 10e6
/** How long requests in flight may take at the end, before they are cancelled, and afterwards. */
const DRAIN_NS = 5e9
const CANCEL_GRACE_NS = 1e9

export class ProducerLoop {
  readonly books: ProducerBooks
  readonly #parts: ProducerLoopParts
  readonly #channel: ProducerChannel
  readonly schedule: RequestSchedule
  readonly #onCompletion: (place: number, status: number, information: number) => void
  /** Places without a request: a stack, so that the warmest buffer is used next. */
  readonly #free: Int32Array
  #freeCount: number
  /** [0] now, [1] when the run is over, in nanoseconds: fields would be boxed anew each time. */
  readonly #times = new Float64Array(2)
  readonly #oversleep = new Oversleep()
  #end: ProducerEnd | undefined

  constructor(parts: ProducerLoopParts) {
    const depth = parts.buffers.length
    this.#parts = parts
    this.#channel = parts.channel
    this.schedule = parts.schedule
    this.books = new ProducerBooks(depth, parts.verifier)
    this.#free = Int32Array.from({ length: depth }, (_, i) => depth - 1 - i)
    this.#freeCount = depth
    this.#onCompletion = (place, status, information): void => {
      this.#free[this.#freeCount++] = place
      this.books.completed(place, status, information)
    }
  }

  get inFlight(): number {
    return this.#free.length - this.#freeCount
  }

  /** Runs to the end, and until nothing is in flight. */
  interruptProducerRun(): ProducerEnd {
    const start = this.#parts.clock()
    this.books.startNs = start
    this.schedule.begin(start)
    this.#times[1] = start + this.#parts.durationMs * 1e6
    while (this.#end === undefined) {
      if (this.interruptProducerTurn() === 0) this.interruptProducerWait()
    }
    this.#interruptProducerDrain()
    this.books.seconds = (this.#now() - this.books.startNs) / 1e9
    return this.#end
  }

  /** @returns how many requests were taken or sent. */
  private interruptProducerTurn(): number {
    const reaped = this.interruptProducerReap()
    if (load(this.#parts.stopWords, 0) !== 0) this.#end ??= 'stop'
    else if (this.#now() >= (this.#times[1] ?? 0)) this.#end ??= 'duration'
    return reaped + this.interruptProducerSend()
  }

  /** Sleeps until there is something to do: a completion, or nearly the next arrival. */
  private interruptProducerWait(): void {
    const start = this.#parts.clock()
    let sleepNs = WAIT_SLICE_NS
    if (this.schedule.isOpenLoop && this.#freeCount > 0) {
      const leftNs = this.schedule.dueNs - start - SPIN_NS - this.#oversleep.expectedNs
      if (leftNs <= 0) return
      sleepNs = Math.min(sleepNs, leftNs)
    }
    if (this.#channel.wait(sleepNs / 1e6)) return
    this.#oversleep.observe(this.#parts.clock() - start - sleepNs)
    if (this.#channel.submit() < 0) this.#end ??= 'engine-stopped'
  }

  /** Takes completions; then the clock is read, once for all of them. */
  private interruptProducerReap(): number {
    const before = this.#freeCount
    const reaped = this.#channel.reap(BATCH_LIMIT, this.#onCompletion)
    const now = this.#parts.clock()
    this.#times[0] = now
    this.books.addLatencies(this.#free, before, this.#freeCount, now)
    return reaped
  }

  /** Sends what is due, as far as there are places. */
  private interruptProducerSend(): number {
    const schedule = this.schedule
    const now = this.#now()
    let count = 0
    while (count < BATCH_LIMIT && this.#end === undefined) {
      if (!schedule.hasNext()) this.#end = 'requests'
      else if (!schedule.isDue(now)) break
      else if (this.#freeCount > 0 && this.#interruptProducerPrepare(now)) count++
      else {
        if (schedule.isOpenLoop || this.#freeCount > 0) schedule.refuse()
        break
      }
    }
    if (count === 0 || this.#channel.submit() >= 0) return count
    // The engine stops: what was prepared has been taken back, and its places lie just above the stack.
    this.#freeCount += count
    this.#end = 'engine-stopped'
    return 0
  }

  /** False: the channel has no slot. */
  #interruptProducerPrepare(now: number): boolean {
    const { file, buffers } = this.#parts
    const { source } = this.schedule
    const { isWrite, offsetBytes, sizeBytes } = source
    const place = this.#free[this.#freeCount - 1] ?? 0
    const buffer = buffers[place]
    if (buffer === undefined) throw new RangeError(`there is no place ${place}`)
    const handle =
      isWrite === 1
        ? this.#channel.prepareWrite(file, buffer, sizeBytes, offsetBytes, place)
        : this.#channel.prepareRead(file, buffer, sizeBytes, offsetBytes, place)
    if (handle < 0) return refused(handle, sizeBytes, offsetBytes)
    this.#freeCount--
    this.schedule.take()
    if (isWrite === 1) this.#parts.verifier?.submittedWrite(place, offsetBytes, sizeBytes)
    else this.#parts.verifier?.submittedRead(place, offsetBytes, sizeBytes)
    const { isOpenLoop, dueNs } = this.schedule
    if (isOpenLoop) this.books.submittedLate(place, source, dueNs, now)
    else this.books.submitted(place, source, now)
    return true
  }

  /** Takes what is in flight; cancels it after a while, and at last lets it be. */
  #interruptProducerDrain(): void {
    const deadline = this.#now() + DRAIN_NS
    let isCancelled = false
    while (this.inFlight > 0 && this.#now() < deadline + CANCEL_GRACE_NS) {
      if (this.interruptProducerReap() > 0) continue
      if (!isCancelled && this.#now() >= deadline) {
        this.#channel.cancelAll()
        isCancelled = true
      }
      this.#channel.wait(WAIT_SLICE_NS / 1e6)
    }
  }

  #now(): number {
    return this.#times[0] ?? 0
  }
}

/** Only a full channel is worth another try. */
function refused(status: number, sizeBytes: number, offsetBytes: number): false {
  if (status === STATUS_INSUFFICIENT_RESOURCES) return false
  throw new Error(`channel refused ${sizeBytes} bytes at ${offsetBytes}: ${statusName(status)}`)
}
