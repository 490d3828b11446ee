/**
 * log-linear-histogram.ts: counts of durations in buckets whose width grows with the value.
 *
 * Runs on: any thread; one instance belongs to one thread.
 *
 * Layout for 2^k sub-buckets (k = subBucketBits), values in whole nanoseconds:
 *
 *   values 0 .. 2^k - 1           one bucket each, exact
 *   values 2^e .. 2^(e+1) - 1     2^k buckets of 2^(e-k) each, for e = k .. 36
 *
 * So a bucket is at most 1/2^k of its value wide (3.1 % at k = 5) and 2^37 ns = 137 s is the limit; longer
 * durations count in the last bucket, while `max` stays exact.
 *
 * Invariants: `record` allocates nothing. (V8 boxes a number above 2^31 - 1 when it is passed to a function
 * that was not inlined; that is 2.1 s and rare.) A bucket count wraps after 2^31 values.
 */

import { nearestRank } from './statistics.js'

/** 2^37 ns, just above 137 s. */
const LIMIT_EXPONENT = 37
const TWO_POW_31 = 2 ** 31
const LARGEST_NS = 2 ** LIMIT_EXPONENT - 1
/** Values beyond 31 bits are brought down by this many bits, for the shift operators know only 32. */
const LARGE_SHIFT = 16

export class LogLinearHistogram {
  readonly subBucketBits: number
  readonly #counts: Int32Array
  /** [0] the sum of all counts, [1] the largest value. Floats, since both may pass 31 bits. */
  readonly #totals = new Float64Array(2)

  /** `subBucketBits` 1 to 10: precision against memory (k = 5: 1056 buckets, 4 KiB). */
  constructor(subBucketBits = 5) {
    if (!Number.isInteger(subBucketBits) || subBucketBits < 1 || subBucketBits > 10) {
      throw new RangeError(`subBucketBits ${subBucketBits}: expected a whole number from 1 to 10`)
    }
    this.subBucketBits = subBucketBits
    this.#counts = new Int32Array((LIMIT_EXPONENT - subBucketBits + 1) << subBucketBits)
  }

  /** Number of recorded values. */
  get count(): number {
    return this.#totals[0]!
  }

  /** The largest recorded value, exact; 0 when there is none. */
  get max(): number {
    return this.#totals[1]!
  }

  /** Counts one duration, nanoseconds. Fractions are cut off; negative values count as 0. */
  record(valueNs: number): void {
    const counts = this.#counts
    const index = bucketOf(valueNs, this.subBucketBits)
    counts[index] = counts[index]! + 1
    const totals = this.#totals
    totals[0] = totals[0]! + 1
    if (valueNs > totals[1]!) totals[1] = Math.floor(valueNs)
  }

  /** The upper edge of the bucket that holds the `percent` (0 to 100) rank, never above `max`; 0 when empty. */
  percentile(percent: number): number {
    const rank = nearestRank(percent, this.count)
    let seen = 0
    for (let index = 0; index < this.#counts.length; index++) {
      seen += this.#counts[index]!
      if (seen >= rank) return Math.min(this.max, upperEdgeOf(index, this.subBucketBits))
    }
    return this.max
  }

  /** Adds the other's counts to these. Throws RangeError when the precision differs. */
  merge(other: LogLinearHistogram): void {
    if (other.subBucketBits !== this.subBucketBits) {
      throw new RangeError(
        `cannot merge a histogram of ${other.subBucketBits} sub-bucket bits into one of ${this.subBucketBits}`,
      )
    }
    const theirs = other.#counts
    for (let index = 0; index < theirs.length; index++) {
      this.#counts[index] = this.#counts[index]! + theirs[index]!
    }
    this.#totals[0] = this.#totals[0]! + other.#totals[0]!
    this.#totals[1] = Math.max(this.#totals[1]!, other.#totals[1]!)
  }

  /** Forgets everything. */
  reset(): void {
    this.#counts.fill(0)
    this.#totals.fill(0)
  }
}

function bucketOf(valueNs: number, bits: number): number {
  if (!(valueNs > 0)) return 0
  if (valueNs >= TWO_POW_31) {
    const reduced = Math.min(valueNs, LARGEST_NS) / 2 ** LARGE_SHIFT
    return (LARGE_SHIFT << bits) + bucketOfInt32(Math.floor(reduced), bits)
  }
  return bucketOfInt32(valueNs | 0, bits)
}

function bucketOfInt32(value: number, bits: number): number {
  const shift = 31 - Math.clz32(value) - bits
  // Below 2^k the value is its own bucket; above, (shift + 1) whole blocks lie before this one's first.
  return shift < 0 ? value : (shift << bits) + (value >>> shift)
}

function upperEdgeOf(index: number, bits: number): number {
  const block = index >>> bits
  if (block === 0) return index
  const withinBlock = index & ((1 << bits) - 1)
  const shift = block - 1
  return ((1 << bits) + withinBlock + 1) * 2 ** shift - 1
}
