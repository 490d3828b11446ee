import { describe, expect, it } from 'vitest'
import { LatencyHistogram } from '../../native-sim/latency-histogram.js'
import { Random } from '../../native-sim/random.js'

describe('LatencyHistogram', () => {
  it('is all zeros when nothing was recorded', () => {
    const zeros = { count: 0, mean: 0, p50: 0, p99: 0, p999: 0, max: 0 }
    expect(new LatencyHistogram().summary()).toEqual(zeros)
  })

  it('quantiles are those of the sorted values, at most 1/32 too large', () => {
    const random = new Random(1)
    const histogram = new LatencyHistogram()
    const values = Array.from({ length: 20_000 }, () => 10 ** (9 * random.nextFloat()))
    for (const value of values) histogram.record(value)
    values.sort((a, b) => a - b)
    for (const share of [0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1]) {
      const exact = values[Math.ceil(share * values.length) - 1] ?? 0
      const found = histogram.quantile(share)
      expect(found).toBeGreaterThanOrEqual(exact * (1 - 2 ** -23))
      expect(found).toBeLessThanOrEqual(exact * (1 + 2 / 32))
    }
    expect(histogram.summary().max).toBe(Math.round(values.at(-1) ?? 0))
  })

  it('one value is all of its quantiles', () => {
    const histogram = new LatencyHistogram()
    histogram.record(12_345)
    expect(histogram.summary()).toEqual({
      count: 1,
      mean: 12_345,
      p50: 12_345,
      p99: 12_345,
      p999: 12_345,
      max: 12_345,
    })
  })

  it('values off both ends count in the end buckets', () => {
    const histogram = new LatencyHistogram()
    for (const ns of [-5, 0, 0.3, 2 ** 50]) histogram.record(ns)
    const { count, max, p50 } = histogram.summary()
    expect({ count, max }).toEqual({ count: 4, max: 2 ** 50 })
    expect(p50).toBeLessThanOrEqual(2)
    expect(histogram.quantile(1)).toBe(2 ** 50)
  })
})
