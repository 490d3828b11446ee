import { expect, it } from 'vitest'
import { LatencyHistogram } from '../../../src/nbd/latency-histogram.js'

it('is right to an eighth, at every size', () => {
  for (const value of [0, 1, 7, 8, 100, 1000, 12_345, 1_000_000, 2 ** 30]) {
    const histogram = new LatencyHistogram()
    histogram.record(value)
    const told = histogram.percentile(0.99)
    expect(told).toBeGreaterThanOrEqual(value)
    expect(told).toBeLessThanOrEqual(value + value / 8 + 1)
  }
})

it('tells percentiles of many, and nothing of none', () => {
  const histogram = new LatencyHistogram()
  expect(histogram.percentile(0.5)).toBe(0)
  for (let i = 0; i < 99; i++) histogram.record(10)
  histogram.record(5000)
  expect(histogram.percentile(0.5)).toBeLessThan(12)
  expect(histogram.percentile(0.99)).toBeLessThan(12)
  expect(histogram.percentile(1)).toBeGreaterThanOrEqual(5000)
  histogram.reset()
  expect([histogram.count, histogram.percentile(1)]).toEqual([0, 0])
})
