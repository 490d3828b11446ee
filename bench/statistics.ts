/**
 * statistics.ts: the little arithmetic that a handful of runs needs.
 *
 * Runs on: any thread. Inputs are never changed.
 */
import { nearestRank } from '../src/observe/log-linear-histogram.js'

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

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('no values: expected at least one')
  return [...values].sort((left, right) => left - right)
}
