/**
 * Latency histogram: counts by powers of two with eight steps each, so that a percentile is right to 12.5 %.
 * Runs on: host. Recording allocates nothing.
 */
const STEPS_SHIFT = 3
const STEPS = 1 << STEPS_SHIFT
const POWERS = 32

export class LatencyHistogram {
  count = 0
  readonly #counts = new Float64Array(POWERS * STEPS)

  /** Microseconds, 0 to 2^31. */
  record(microseconds: number): void {
    const value = (microseconds | 0) + STEPS
    const power = 31 - Math.clz32(value)
    const step = (value >> (power - STEPS_SHIFT)) & (STEPS - 1)
    this.#counts[(power - STEPS_SHIFT) * STEPS + step]!++
    this.count++
  }

  /** The value, in microseconds, that `fraction` of all records do not exceed; 0 when there are none. */
  percentile(fraction: number): number {
    let left = Math.ceil(this.count * fraction)
    if (left === 0) return 0
    for (let i = 0; i < this.#counts.length; i++) {
      left -= this.#counts[i] as number
      if (left > 0) continue
      const power = Math.floor(i / STEPS)
      return (STEPS + (i % STEPS) + 1) * 2 ** power - STEPS - 1
    }
    return 0
  }

  reset(): void {
    this.count = 0
    this.#counts.fill(0)
  }
}
