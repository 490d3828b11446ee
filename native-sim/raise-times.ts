// Raise times: when a device's lines were raised, for whoever measures how long an interrupt takes to be serviced.
// Runs on: the hardware's thread writes, the line's worker reads.
//
//   float line * KEPT + (number & (KEPT - 1))   when the line was raised for the number-th time, shared-clock nanoseconds
//
// Plain words, written before RAISED is stored: who has seen the number may read its time, for KEPT raises.

import { createSharedClock } from './shared-clock.js'

const KEPT = 1024

/** Memory for the raise times of that many lines; hand it to the device as `raiseTimes`, and to who reads. */
export function createRaiseTimes(lineCount: number): SharedArrayBuffer {
  return new SharedArrayBuffer(lineCount * KEPT * 8)
}

/** When a line was raised for the `raised`-th time (LINE_RAISED, in 32 bits). */
export function raiseTimeNs(times: Float64Array, line: number, raised: number): number {
  return times[line * KEPT + (raised & (KEPT - 1))] ?? 0
}

/** The writer's side, of one line. */
export class RaiseTimes {
  readonly #times: Float64Array
  readonly #clock = createSharedClock()

  constructor(buffer: SharedArrayBuffer, line: number) {
    this.#times = new Float64Array(buffer, line * KEPT * 8, KEPT)
  }

  note(raised: number): void {
    this.#times[raised & (KEPT - 1)] = this.#clock()
  }
}
