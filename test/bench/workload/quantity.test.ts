import { describe, expect, it } from 'vitest'
import { parseCount, parseDurationNs, parseQuantity } from '../../../bench/workload/quantity.js'

describe('quantities', () => {
  it('are decimal for rates', () => {
    expect(['7', '1.5k', '2M', '1G'].map(parseQuantity)).toEqual([7, 1500, 2e6, 1e9])
  })

  it('are binary and whole for counts and bytes', () => {
    expect(['7', '4k', '4K', '4KiB', '1M'].map(parseCount)).toEqual([7, 4096, 4096, 4096, 2 ** 20])
    expect(parseCount('1.5k')).toBeNaN()
  })

  it('are times only with a unit', () => {
    expect(['750ns', '200us', '200µs', '1.5ms', '2s'].map(parseDurationNs)).toEqual([
      750, 200_000, 200_000, 1_500_000, 2e9,
    ])
  })

  it.each(['', 'k', '-1', '1e3', ' 1', '1kk', '0x10', '1 k'])('are nothing in %j', (text) => {
    expect([parseQuantity(text), parseCount(text), parseDurationNs(text)]).toEqual([
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ])
  })

  it('are no times without a unit', () => {
    expect(parseDurationNs('200')).toBeNaN()
  })
})
