import { describe, expect, it } from 'vitest'
import { Random } from '../../../native-sim/random.js'
import { histogramBytes, LogLinearHistogram } from '../../../src/observe/log-linear-histogram.js'

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

  it('is all zeros as a summary when nothing was recorded, and one value is all of its percentiles', () => {
    const zeros = { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, p9999: 0, max: 0 }
    const histogram = new LogLinearHistogram()
    expect(histogram.summary()).toEqual(zeros)
    histogram.record(12_345)
    const [p50, p90, p99, p999, p9999] = Array.from({ length: 5 }, () => 12_345)
    const same = { mean: 12_345, p50, p90, p99, p999, p9999, max: 12_345 }
    expect(histogram.summary()).toEqual({ count: 1, ...same })
  })

  it('has percentiles that are those of the sorted values, at most 1/32 too large', () => {
    const random = new Random(1)
    const histogram = new LogLinearHistogram()
    const values = Array.from({ length: 20_000 }, () => 10 ** (9 * random.nextFloat()))
    for (const value of values) histogram.record(value)
    values.sort((a, b) => a - b)
    for (const percent of [0.1, 10, 50, 90, 99, 99.9, 99.99, 100]) {
      const exact = values[Math.ceil((percent / 100) * values.length - 1e-6) - 1]!
      const found = histogram.percentile(percent)
      expect(found).toBeGreaterThanOrEqual(Math.floor(exact))
      expect(found).toBeLessThanOrEqual(exact * (1 + 1 / 32))
    }
    const sum = values.reduce((left, right) => left + right, 0)
    expect(histogram.mean).toBeCloseTo(sum / values.length, 3)
  })

  it('lies in shared memory, between its neighbours, for another instance to read', () => {
    const bytes = histogramBytes()
    expect(bytes % 8).toBe(0)
    const buffer = new SharedArrayBuffer(3 * bytes)
    const [before, own, after] = [0, 1, 2].map(
      (index) => new LogLinearHistogram(5, { buffer, byteOffset: index * bytes }),
    )
    for (const value of [0, 5, 1000, 500e9]) own!.record(value)
    const other = new LogLinearHistogram(5, { buffer, byteOffset: bytes })
    expect(other.summary()).toEqual(own!.summary())
    expect([other.count, before!.count, after!.count]).toEqual([4, 0, 0])
  })

  it('adds what a long one kept from happening', () => {
    const histogram = new LogLinearHistogram(10)
    histogram.recordWithExpectedInterval(450, 100)
    expect(histogram.count).toBe(4)
    expect([25, 50, 75, 100].map((percent) => histogram.percentile(percent))).toEqual([
      150, 250, 350, 450,
    ])
    histogram.recordWithExpectedInterval(99, 100)
    histogram.recordWithExpectedInterval(10_000, 0)
    expect(histogram.count).toBe(6)
  })
})
