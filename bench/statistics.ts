/**
 * statistics.ts: the little arithmetic that a handful of runs needs.
 *
 * Runs on: any thread. Inputs are never changed.
 */

/** The middle value, or the mean of the two middle ones. Throws RangeError when there are none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values)
  const middle = sorted.length >> 1
  const upper = sorted[middle]!
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2
}

/**
 * The smallest value that at least `percent` (0 to 100) of all values do not exceed (nearest rank).
 * Throws RangeError when there are no values or when `percent` is out of range.
 */
export function percentile(values: readonly number[], percent: number): number {
  if (!(percent >= 0 && percent <= 100)) {
    throw new RangeError(`percentile ${percent}: expected a number from 0 to 100`)
  }
  const sorted = ascending(values)
  return sorted[nearestRank(percent, sorted.length) - 1]!
}

/** The rank, from 1, that `percent` (0 to 100) of `count` values reach. */
export function nearestRank(percent: number, count: number): number {
  // 99.9 % of 1000 is a hair above 999 in binary and must not become 1000.
  return Math.max(1, Math.ceil((percent * count) / 100 - 1e-6))
}

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('no values: expected at least one')
  return [...values].sort((left, right) => left - right)
}
