import { describe, expect, it } from 'vitest'
import { formatCount, formatDuration, threeDigits } from '../../bench/format.js'

describe('format', () => {
  it('separates thousands', () => {
    expect(formatCount(14_600_000.4)).toBe('14,600,000')
    expect(formatCount(7)).toBe('7')
  })

  it('picks the unit of a duration', () => {
    expect(
      [999, 1000, 19_750, 999_949, 999_500, 999.6, 1_204_000, 9.999e8, 2.5e9].map(formatDuration),
    ).toEqual([
      '999 ns',
      '1.00 µs',
      '19.8 µs',
      '1.00 ms',
      '1.00 ms',
      '1.00 µs',
      '1.20 ms',
      '1.00 s',
      '2.50 s',
    ])
  })

  it('shows about three digits', () => {
    expect([0.0714, 0.9999, 1, 9.999, 12.34, 99.99, 123.4, 5678].map(threeDigits)).toEqual([
      '0.071',
      '1.00',
      '1.00',
      '10.0',
      '12.3',
      '100',
      '123',
      '5,678',
    ])
  })
})
