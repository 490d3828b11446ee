/**
 * round-trips.ts: one request after the other, each timed from the moment it is sent to its answer.
 *
 * Runs on: the thread that sends. The 16 bytes or so that each trip allocates are the clock's.
 *
 *   none          the next request follows at once
 *   sleep         50 µs asleep after each answer: long enough for the other side to have gone to sleep
 *   microsecond   1 µs of looking at the clock, as the Disruptor's ping-pong has it. A trip that took longer
 *                 counts with those that it kept from starting (coordinated omission).
 */
import { LogLinearHistogram } from '../../src/observe/log-linear-histogram.js'

export type Pause = 'none' | 'sleep' | 'microsecond'

const TRIPS_PER_TURN = 16
/** A run with pauses makes a few thousand trips: too few for its code to be compiled well in the warm-up. */
const WARM_UP_TRIPS = 20_000
const SLEEP_MS = 0.05
const MICROSECOND_MS = 0.001
const MICROSECOND_NS = 1000
/** Nobody ever wakes it. */
const pauseWord = new Int32Array(new SharedArrayBuffer(4))

export class RoundTrips {
  readonly latency = new LogLinearHistogram()
  trips = 0
  wrong = 0
  readonly #trip: (number: number) => boolean
  readonly #pause: Pause

  /** `trip` sends a request with this int32, waits, and says whether the answer was right. */
  constructor(trip: (number: number) => boolean, pause: Pause) {
    this.#trip = trip
    this.#pause = pause
  }

  /** Trips without pauses that count nowhere, so that paused ones are not those of code not yet compiled. */
  warmUp(): void {
    if (this.#pause === 'none') return
    for (let i = 0; i < WARM_UP_TRIPS; i++) if (!this.#trip(i)) this.wrong++
  }

  turns(): void {
    const trip = this.#trip
    const isPaced = this.#pause === 'microsecond'
    let startMs = performance.now()
    for (let i = 0; i < TRIPS_PER_TURN; i++) {
      if (!trip(this.trips | 0)) this.wrong++
      this.trips++
      const endMs = performance.now()
      const tripNs = Math.round((endMs - startMs) * 1e6)
      if (isPaced) this.latency.recordWithExpectedInterval(tripNs, MICROSECOND_NS)
      else this.latency.record(tripNs)
      startMs = this.#pauseAfter(endMs)
    }
  }

  #pauseAfter(endMs: number): number {
    if (this.#pause === 'none') return endMs
    if (this.#pause === 'sleep') Atomics.wait(pauseWord, 0, 0, SLEEP_MS)
    let nowMs = performance.now()
    while (nowMs < endMs + MICROSECOND_MS) nowMs = performance.now()
    return nowMs
  }
}
