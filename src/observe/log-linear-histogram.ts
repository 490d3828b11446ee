/**
 * log-linear-histogram.ts: counts of durations in buckets whose width grows with the value.
 *
 * Runs on: any thread; one thread records into an instance. In shared memory, others may read it once that
 * thread has ended or sent a message after its last record: its words are plain.
 *
 * Layout for 2^k sub-buckets (k = subBucketBits), values in whole nanoseconds:
 *
 *   bytes 0 .. 31                 totals: how many, the largest, the sum, not used (64-bit floats)
 *   bytes 32 ..                   counts, 32 bits each:
 *     values 0 .. 2^k - 1         one bucket each, exact
 *     values 2^e .. 2^(e+1) - 1   2^k buckets of 2^(e-k) each, for e = k .. 36
 *
 * So a bucket is at most 1/2^k of its value wide (3.1 % at k = 5) and 2^37 ns = 137 s is the limit; longer
 * durations count in the last bucket, while `max` stays exact.
 *
 * Invariants: `record` allocates nothing. (V8 boxes a number above 2^31 - 1 when it is passed to a function
 * that was not inlined; that is 2.1 s and rare.) A bucket count wraps after 2^31 values.
 */

/** Durations in nanoseconds; all 0 when nothing was recorded. Percentiles are bucket edges, never too small. */
export interface DurationsNs {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly p9999: number
  /** Exact. */
  readonly max: number
}

/** Where a histogram lies: `byteOffset` is a multiple of 8, and `histogramBytes` follow it. */
export interface HistogramPlace {
  readonly buffer: ArrayBufferLike
  readonly byteOffset?: number
}

export const DEFAULT_SUB_BUCKET_BITS = 5
/** 2^37 ns, just above 137 s. */
const LIMIT_EXPONENT = 37
const TWO_POW_31 = 2 ** 31
const LARGEST_NS = 2 ** LIMIT_EXPONENT - 1
/** Values beyond 31 bits are brought down by this many bits, for the shift operators know only 32. */
const LARGE_SHIFT = 16

const TOTALS = 4
const TOTALS_BYTES = TOTALS * 8
const COUNT = 0
const MAX = 1
const SUM = 2

/** Bytes that a histogram takes, a multiple of 8 (k = 5: 1056 buckets, 4256 bytes). */
export function histogramBytes(subBucketBits = DEFAULT_SUB_BUCKET_BITS): number {
  return TOTALS_BYTES + bucketsOf(subBucketBits) * 4
}

export class LogLinearHistogram {
  readonly subBucketBits: number
  readonly #counts: Int32Array
  /** Floats, since all of them may pass 31 bits; in an array, because a field would be a new object each time. */
  readonly #totals: Float64Array

  /**
   * `subBucketBits` 1 to 10: precision against memory. Without a `place`, in memory of its own; with one, it
   * goes on from what lies there (zeroed memory is an empty histogram).
   */
  constructor(subBucketBits = DEFAULT_SUB_BUCKET_BITS, place?: HistogramPlace) {
    const buckets = bucketsOf(subBucketBits)
    const { buffer = new ArrayBuffer(histogramBytes(subBucketBits)), byteOffset = 0 } = place ?? {}
    this.subBucketBits = subBucketBits
    this.#totals = new Float64Array(buffer, byteOffset, TOTALS)
    this.#counts = new Int32Array(buffer, byteOffset + TOTALS_BYTES, buckets)
  }

  /** Number of recorded values. */
  get count(): number {
    return this.#totals[COUNT]!
  }

  /** The largest recorded value, exact; 0 when there is none. */
  get max(): number {
    return this.#totals[MAX]!
  }

  /** The mean of the values, not of their buckets; 0 when there are none. */
  get mean(): number {
    const count = this.#totals[COUNT]!
    return count === 0 ? 0 : this.#totals[SUM]! / count
  }

  /** Counts one duration, nanoseconds. Fractions are cut off; negative values count as 0. */
  record(valueNs: number): void {
    const counts = this.#counts
    const index = bucketOf(valueNs, this.subBucketBits)
    counts[index] = counts[index]! + 1
    const totals = this.#totals
    totals[COUNT] = totals[COUNT]! + 1
    if (valueNs > 0) totals[SUM] = totals[SUM]! + valueNs
    if (valueNs > totals[MAX]!) totals[MAX] = Math.floor(valueNs)
  }

  /**
   * Counts a duration of something that should have happened every `intervalNs`, and with it those that it kept
   * from happening: one `intervalNs` shorter, one twice as much shorter, … So a pause of the measuring thread
   * cannot hide what it would have measured (coordinated omission).
   */
  recordWithExpectedInterval(valueNs: number, intervalNs: number): void {
    this.record(valueNs)
    if (!(intervalNs > 0)) return
    for (let missed = valueNs - intervalNs; missed >= intervalNs; missed -= intervalNs) {
      this.record(missed)
    }
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
    const totals = this.#totals
    totals[COUNT] = totals[COUNT]! + other.#totals[COUNT]!
    totals[SUM] = totals[SUM]! + other.#totals[SUM]!
    totals[MAX] = Math.max(totals[MAX]!, other.#totals[MAX]!)
  }

  /** Forgets everything. */
  reset(): void {
    this.#counts.fill(0)
    this.#totals.fill(0)
  }

  summary(): DurationsNs {
    return {
      count: this.count,
      mean: Math.round(this.mean),
      p50: this.percentile(50),
      p90: this.percentile(90),
      p99: this.percentile(99),
      p999: this.percentile(99.9),
      p9999: this.percentile(99.99),
      max: this.max,
    }
  }
}

/** The rank, from 1, that `percent` (0 to 100) of `count` values reach. */
export function nearestRank(percent: number, count: number): number {
  // 99.9 % of 1000 is a hair above 999 in binary and must not become 1000.
  return Math.max(1, Math.ceil((percent * count) / 100 - 1e-6))
}

function bucketsOf(subBucketBits: number): number {
  if (!Number.isInteger(subBucketBits) || subBucketBits < 1 || subBucketBits > 10) {
    throw new RangeError(`subBucketBits ${subBucketBits}: expected a whole number from 1 to 10`)
  }
  return (LIMIT_EXPONENT - subBucketBits + 1) << subBucketBits
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
