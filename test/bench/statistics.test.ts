import { describe, expect, it } from 'vitest'
import { median, percentile } from '../../bench/statistics.js'

describe('median', () => {
  it('is the middle of an odd number of values, whatever their order', () => {
    expect(median([9, 1, 5])).toBe(5)
  })

  it('is the mean of the two middle ones of an even number', () => {
    expect(median([10, 1, 2, 4])).toBe(3)
  })

  it('compares numbers, not their text, and leaves its input alone', () => {
    const values = [100, 20, 3]
    expect(median(values)).toBe(20)
    expect(values).toEqual([100, 20, 3])
  })

  it('refuses to make up a value from nothing', () => {
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

  it('is the nearest rank', () => {
    expect(percentile(hundred, 50)).toBe(50)
    expect(percentile(hundred, 99)).toBe(99)
    expect(percentile(hundred, 99.1)).toBe(100)
  })

  it('is not carried one rank too far by binary fractions', () => {
    const thousand = Array.from({ length: 1000 }, (_, index) => index + 1)
    expect(percentile(thousand, 99.9)).toBe(999)
    expect(percentile(thousand, 99.91)).toBe(1000)
  })

  it('reaches both ends', () => {
    expect(percentile(hundred, 0)).toBe(1)
    expect(percentile(hundred, 100)).toBe(100)
    expect(percentile([7], 50)).toBe(7)
  })

  it('names a value that is out of range', () => {
    expect(() => percentile(hundred, 101)).toThrow(/percentile 101/)
    expect(() => percentile(hundred, Number.NaN)).toThrow(RangeError)
  })
})
