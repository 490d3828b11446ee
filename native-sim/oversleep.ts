// How much later than asked a sleeping thread wakes up: learnt from its own sleeps, so that it can ask for less.
// Runs on: the thread that sleeps; one object belongs to one thread.

/** A thread that was kept from running, and not just slow to wake, tells nothing about the next time. */
const LONGEST_NS = 150_000
/** Share of a new observation in the estimate. */
const WEIGHT = 1 / 8

export class Oversleep {
  /** [0] the estimate in nanoseconds: a field would be boxed anew each time. */
  readonly #ns = new Float64Array(1)

  /** What to expect, 0 .. 150,000 ns. */
  get expectedNs(): number {
    return this.#ns[0] ?? 0
  }

  /** A sleep lasted that much longer than it was asked for. */
  observe(ns: number): void {
    const observed = Math.min(LONGEST_NS, Math.max(0, ns))
    this.#ns[0] = this.expectedNs + (observed - this.expectedNs) * WEIGHT
  }
}
