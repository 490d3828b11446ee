import { describe, expect, it } from 'vitest'
import { sumOfFirst } from '../../../bench/engine/ring.js'

describe('sumOfFirst', () => {
  it('adds as the consumer does, number by number in 32 bits', () => {
    let sum = 0
    for (let i = 0; i < 100_000; i++) sum = (sum + i) | 0
    expect(sumOfFirst(100_000)).toBe(sum)
    expect([0, 1, 2, 3].map(sumOfFirst)).toEqual([0, 0, 1, 3])
  })

  it('knows that numbers begin anew after 2^32', () => {
    // All 32-bit numbers together are 2^31 modulo 2^32; then 0 + 1 + 2 once more.
    expect(sumOfFirst(2 ** 32 + 3)).toBe((-(2 ** 31) + 3) | 0)
  })
})
