// Counts durations in buckets that are at most 1/32 of their value wide, so that percentiles need no list.
// Runs on: any thread; one object belongs to one thread.
// The bucket is read off the bits of the duration as a 32-bit float, whose exponent and first 5 digits are just
// that: the bucket's number. 1 ns .. 2^40 ns (18 minutes); shorter and longer ones count in the end buckets.
// Invariant: `record` allocates nothing. A bucket's count wraps after 2^32 values.

const DIGITS = 5
const SHIFT = 23 - DIGITS
const FIRST_BUCKET = 127 << DIGITS
const BUCKETS = 40 << DIGITS

/** Durations in nanoseconds; all 0 when nothing was recorded. Percentiles are at most 3.2 % above the truth. */
export interface DurationsNs {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** Exact. */
  readonly max: number
}

export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS)
  /** count, sum, max: in an array, because a field that holds a fraction would be a new object each time. */
  readonly #totals = new Float64Array(3)
  readonly #float = new Float32Array(1)
  readonly #bits = new Int32Array(this.#float.buffer)

  /** Counts one duration; negative ones count as 0. */
  record(ns: number): void {
    this.#float[0] = ns
    const bucket = ((this.#bits[0] ?? 0) >> SHIFT) - FIRST_BUCKET
    const index = bucket < 0 ? 0 : bucket < BUCKETS ? bucket : BUCKETS - 1
    this.#counts[index] = (this.#counts[index] ?? 0) + 1
    const totals = this.#totals
    totals[0] = (totals[0] ?? 0) + 1
    totals[1] = (totals[1] ?? 0) + (ns > 0 ? ns : 0)
    if (ns > (totals[2] ?? 0)) totals[2] = ns
  }

  /** Upper edge of the bucket in which this share (0 to 1) of the durations is reached, at most the longest. */
  quantile(share: number): number {
    const [count = 0, , max = 0] = this.#totals
    const rank = Math.max(1, Math.ceil(share * count))
    let seen = 0
    for (let index = 0; index < BUCKETS - 1; index++) {
      seen += this.#counts[index] ?? 0
      if (seen < rank) continue
      this.#bits[0] = (index + 1 + FIRST_BUCKET) << SHIFT
      return Math.min(max, this.#float[0] ?? 0)
    }
    return max
  }

  summary(): DurationsNs {
    const [count = 0, sum = 0, max = 0] = this.#totals
    return {
      count,
      mean: count === 0 ? 0 : Math.round(sum / count),
      p50: Math.round(this.quantile(0.5)),
      p99: Math.round(this.quantile(0.99)),
      p999: Math.round(this.quantile(0.999)),
      max: Math.round(max),
    }
  }
}
