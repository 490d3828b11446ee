import { describe, expect, it } from 'vitest'
import { LogLinearHistogram } from '../../bench/log-linear-histogram.js'

/** One value alone: every percentile is the upper edge of its bucket, cut at the value itself. */
function edgeOf(valueNs: number, largerNs: number): number {
  const histogram = new LogLinearHistogram()
  histogram.record(valueNs)
  histogram.record(largerNs)
  return histogram.percentile(50)
}

describe('LogLinearHistogram', () => {
  it('is exact below 2^k', () => {
    const histogram = new LogLinearHistogram(5)
    for (let value = 0; value < 32; value++) histogram.record(value)
    for (let value = 0; value < 32; value++) {
      expect(histogram.percentile(((value + 1) / 32) * 100)).toBe(value)
    }
  })

  it('never answers less than the value and at most 1/2^k more, over the whole range', () => {
    for (let exponent = 0; exponent < 36.9; exponent += 0.37) {
      const value = Math.floor(2 ** exponent)
      const edge = edgeOf(value, 2 ** 40)
      expect(edge).toBeGreaterThanOrEqual(value)
      expect(edge).toBeLessThanOrEqual(value * (1 + 1 / 32))
    }
  })

  it('has no gap or overlap where 31 bits end', () => {
    for (const value of [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32]) {
      const edge = edgeOf(value, 2 ** 40)
      expect(edge).toBeGreaterThanOrEqual(value)
      expect(edge).toBeLessThanOrEqual(value * (1 + 1 / 32))
    }
    expect(edgeOf(2 ** 31, 2 ** 40)).toBeGreaterThan(edgeOf(2 ** 31 - 1, 2 ** 40))
  })

  it('keeps the maximum exact and puts what is too long into the last bucket', () => {
    const histogram = new LogLinearHistogram()
    histogram.record(1000)
    histogram.record(500e9)
    expect(histogram.max).toBe(500e9)
    expect(histogram.count).toBe(2)
    expect(histogram.percentile(100)).toBe(2 ** 37 - 1)
  })

  it('counts negative and fractional values as whole ones from 0', () => {
    const histogram = new LogLinearHistogram()
    histogram.record(-5)
    histogram.record(3.9)
    expect(histogram.percentile(50)).toBe(0)
    expect(histogram.percentile(100)).toBe(3)
    expect(histogram.max).toBe(3)
  })

  it('finds ranks among many values', () => {
    const histogram = new LogLinearHistogram(10)
    for (let value = 1; value <= 1000; value++) histogram.record(value)
    expect(histogram.percentile(50)).toBe(500)
    expect(histogram.percentile(99)).toBe(990)
    expect(histogram.percentile(99.9)).toBe(999)
  })

  it('merges as if all had been recorded in one', () => {
    const [left, right, both] = [0, 0, 0].map(() => new LogLinearHistogram())
    for (let value = 1; value < 5000; value += 7) {
      ;(value % 2 === 0 ? left! : right!).record(value)
      both!.record(value)
    }
    left!.merge(right!)
    expect(left!.count).toBe(both!.count)
    expect(left!.max).toBe(both!.max)
    for (const percent of [1, 50, 90, 99.9]) {
      expect(left!.percentile(percent)).toBe(both!.percentile(percent))
    }
  })

  it('refuses to merge another precision and to be built with a senseless one', () => {
    expect(() => new LogLinearHistogram(4).merge(new LogLinearHistogram(5))).toThrow(/5 sub-bucket/)
    for (const bits of [0, 11, 2.5, Number.NaN]) {
      expect(() => new LogLinearHistogram(bits)).toThrow(RangeError)
    }
  })

  it('is empty at first and after a reset', () => {
    const histogram = new LogLinearHistogram()
    expect(histogram.percentile(99)).toBe(0)
    histogram.record(77)
    histogram.reset()
    expect([histogram.count, histogram.max, histogram.percentile(50)]).toEqual([0, 0, 0])
  })
})
