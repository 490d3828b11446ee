/**
 * closed-loop.ts: the bookkeeping of a closed loop: a fixed number of requests in flight, each answered
 * request replaced by the next until the time is up, every answer checked.
 *
 * Runs on: the submitting thread of a child process.
 *
 * Slots 0 .. depth-1 have at most one request each in flight; slot s issues the ids s, s + depth, s + 2
 * depth, …, so an answer's id alone tells its slot (id modulo depth, a power of two).
 * Checked: the id is the one in flight on its slot (so exactly once), the status is success, and the sum of
 * all `information` is the sum of all lengths asked for. Every request of the run is, window or not.
 */
import { percentilesOf } from '../latency.js'
import { LogLinearHistogram } from '../../src/observe/log-linear-histogram.js'
import { MeasurementWindow } from '../measurement-window.js'
import type { Window, WindowFigures } from '../measurement-window.js'
import type { Measurement, ScenarioContext } from '../scenario.js'

/** Every so many requests are timed. Prime to every depth, so that all slots get their turn. */
const SAMPLE_EVERY = 13
/** Ids stay small integers however long the run is; a multiple of every depth, so slots stay right. */
const ID_MASK = 0x3fff_ffff
const NOTHING_IN_FLIGHT = -1
const BLOCK_BYTES = 512
/** Requests go to all parts of a disk of this size in turn. */
const OFFSET_MASK = 0x0fff_ffff
/** What is unanswered this long after the last request was issued is lost. */
const DRAIN_LIMIT_MS = 5000

/** IRP_MJ_READ. */
export const MAJOR_READ = 3
export const STATUS_SUCCESS = 0

/** Bytes that the request with this id asks for: 512 to 4096, so that mixed-up answers show in the sum. */
export function lengthOf(id: number): number {
  return ((id & 7) + 1) * BLOCK_BYTES
}

/** Where on its device the request with this id starts, bytes. */
export function offsetOf(id: number): number {
  return (id * BLOCK_BYTES) & OFFSET_MASK
}

export class ClosedLoop {
  readonly depth: number
  readonly #context: ScenarioContext
  readonly #inFlightId: Int32Array
  readonly #nextId: Int32Array
  /** When the slot's request was issued, milliseconds; 0 when it is not one of the timed. */
  readonly #issuedAtMs: Float64Array
  readonly #latency = new LogLinearHistogram()
  readonly #window: Window
  readonly #drained: Promise<void>
  #resolveDrained: () => void = () => {}
  #phase: 'warm-up' | 'measured' | 'drain' = 'warm-up'
  #phaseEndsAtMs: number
  #windowStartsAtMs = 0
  #completedAtStart = 0
  #operations = 0
  #figures: WindowFigures | undefined
  #untilSample = 0
  #issued = 0
  #completed = 0
  #duplicates = 0
  #errors = 0
  #expectedInformation = 0
  #information = 0

  /** `depth` requests in flight, a power of two. The warm-up begins now. */
  constructor(depth: number, context: ScenarioContext, window: Window = new MeasurementWindow()) {
    if (!Number.isInteger(Math.log2(depth))) {
      throw new RangeError(`depth ${depth}: expected a power of two`)
    }
    this.depth = depth
    this.#context = context
    this.#window = window
    this.#inFlightId = new Int32Array(depth).fill(NOTHING_IN_FLIGHT)
    this.#nextId = Int32Array.from({ length: depth }, (_, slot) => slot)
    this.#issuedAtMs = new Float64Array(depth)
    this.#phaseEndsAtMs = performance.now() + context.warmupMs
    this.#drained = new Promise((resolve) => {
      this.#resolveDrained = resolve
    })
  }

  /** Books the slot's next request as in flight and answers its id. */
  issue(slot: number): number {
    const id = this.#nextId[slot]!
    this.#nextId[slot] = (id + this.depth) & ID_MASK
    this.#inFlightId[slot] = id
    this.#issued++
    this.#expectedInformation += lengthOf(id)
    if (this.#untilSample === 0) {
      this.#untilSample = SAMPLE_EVERY
      this.#issuedAtMs[slot] = performance.now()
    }
    this.#untilSample--
    return id
  }

  /** Books and checks an answer. True when the slot is to issue again, false when the time is up. */
  complete(id: number, status: number, information: number): boolean {
    const slot = id & (this.depth - 1)
    if (this.#inFlightId[slot] !== id) {
      this.#duplicates++
      return false
    }
    this.#inFlightId[slot] = NOTHING_IN_FLIGHT
    this.#completed++
    this.#information += information
    if (status !== STATUS_SUCCESS) this.#errors++
    if (this.#issuedAtMs[slot] !== 0) this.#completeSample(slot)
    if (this.#phase !== 'drain') return true
    if (this.#completed === this.#issued) this.#resolveDrained()
    return false
  }

  /** The clock is read with the timed requests only; phases change here. */
  #completeSample(slot: number): void {
    const nowMs = performance.now()
    const issuedAtMs = this.#issuedAtMs[slot]!
    this.#issuedAtMs[slot] = 0
    if (this.#phase === 'measured' && issuedAtMs >= this.#windowStartsAtMs) {
      this.#latency.record(Math.round((nowMs - issuedAtMs) * 1e6))
    }
    if (nowMs < this.#phaseEndsAtMs) return
    if (this.#phase === 'warm-up') this.#openWindow(nowMs)
    else if (this.#phase === 'measured') this.#closeWindow()
  }

  #openWindow(nowMs: number): void {
    this.#phase = 'measured'
    this.#phaseEndsAtMs = nowMs + this.#context.durationMs
    this.#windowStartsAtMs = nowMs
    this.#completedAtStart = this.#completed
    this.#window.begin()
  }

  #closeWindow(): void {
    this.#figures = this.#window.end()
    this.#operations = this.#completed - this.#completedAtStart
    this.#phase = 'drain'
    setTimeout(() => this.#resolveDrained(), DRAIN_LIMIT_MS).unref()
  }

  /** Resolves when all is answered (or lost) after the time is up. */
  async finished(notes: Readonly<Record<string, number | string>> = {}): Promise<Measurement> {
    await this.#drained
    const lost = this.#issued - this.#completed
    const wrongSum = this.#information !== this.#expectedInformation
    const checksumOk = lost === 0 && this.#duplicates === 0 && this.#errors === 0 && !wrongSum
    const latency = this.#latency
    return {
      operations: this.#operations,
      ...this.#figures!,
      ...(latency.count === 0 ? {} : { latencyNs: percentilesOf(latency) }),
      checksumOk,
      notes: checksumOk ? notes : { ...notes, ...this.#complaints(lost, wrongSum) },
    }
  }

  #complaints(lost: number, wrongSum: boolean): Record<string, number | string> {
    return {
      lost,
      duplicates: this.#duplicates,
      errors: this.#errors,
      ...(wrongSum ? { sum: `${this.#information} instead of ${this.#expectedInformation}` } : {}),
    }
  }
}
