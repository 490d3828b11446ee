import { describe, expect, it } from 'vitest'
import { SimulationError } from '../../native-sim/errors.js'
import { Random } from '../../native-sim/random.js'

function draw(seed: number): number[] {
  const random = new Random(seed)
  return Array.from({ length: 20 }, () => random.nextInt32())
}

describe('Random', () => {
  it('gives the published xoshiro128** numbers for the state 1, 2, 3, 4', () => {
    const random = Random.fromState(1, 2, 3, 4)
    const drawn = Array.from({ length: 10 }, () => random.nextInt32() >>> 0)
    expect(drawn).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ])
  })

  it('fills its state through splitmix32', () => {
    const random = new Random(0)
    const drawn = Array.from({ length: 4 }, () => random.nextInt32() >>> 0)
    expect(drawn).toEqual([1789933344, 44971166, 2521387044, 3848737593])
    const state = Random.fromState(1684164658, 3653269916, 2939563536, 2141751570)
    expect(Array.from({ length: 4 }, () => state.nextInt32() >>> 0)).toEqual(drawn)
  })

  it('repeats itself for one seed and not for another', () => {
    expect(draw(42)).toEqual(draw(42))
    expect(draw(42)).not.toEqual(draw(43))
    expect(draw(-1)).toEqual(draw(2 ** 32 - 1))
    expect(draw(42).some((value) => value < 0)).toBe(true)
  })

  it('refuses seeds and states it would have to change', () => {
    for (const seed of [1.5, NaN, Infinity, 2 ** 32, -(2 ** 31) - 1]) {
      expect(() => new Random(seed)).toThrow(SimulationError)
    }
    expect(() => Random.fromState(0, 0, 0, 0)).toThrow(/one is not zero/)
  })
})

describe('Random.nextBelow', () => {
  it.each([30, 51])('is unbiased below 3 * 2^%i, where a plain remainder is not', (power) => {
    // A remainder of all 2^32 or 2^53 draws puts one half of them, not one third, into the lowest third.
    const random = new Random(7)
    const thirds = [0, 0, 0]
    for (let i = 0; i < 30_000; i++) {
      const third = Math.floor(random.nextBelow(3 * 2 ** power) / 2 ** power)
      thirds[third] = (thirds[third] ?? 0) + 1
    }
    expect(thirds).toHaveLength(3)
    for (const count of thirds) expect(Math.abs(count - 10_000)).toBeLessThan(400)
  })

  it('stays within 0 .. n-1 and reaches both ends', () => {
    const random = new Random(8)
    for (const n of [1, 2, 3, 6, 7]) {
      const seen = new Set(Array.from({ length: 500 }, () => random.nextBelow(n)))
      expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
    }
  })

  it('covers ranges up to 2^53', () => {
    const random = new Random(9)
    for (const n of [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 3 * 2 ** 51, 2 ** 53]) {
      let largest = 0
      for (let i = 0; i < 1000; i++) {
        const value = random.nextBelow(n)
        expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true)
        largest = Math.max(largest, value)
      }
      expect(largest).toBeGreaterThan(n * 0.95)
    }
  })

  it('refuses what is no count', () => {
    const random = new Random(1)
    for (const n of [0, -1, 1.5, NaN, Infinity, 2 ** 53 + 2]) {
      expect(() => random.nextBelow(n)).toThrow(SimulationError)
    }
  })
})

describe('Random.nextFloat and nextExponential', () => {
  it('spreads evenly over 0 <= x < 1', () => {
    const random = new Random(3)
    const tenths = Array.from({ length: 10 }, () => 0)
    for (let i = 0; i < 50_000; i++) {
      const tenth = Math.floor(random.nextFloat() * 10)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    expect(tenths).toHaveLength(10)
    for (const count of tenths) expect(Math.abs(count - 5000)).toBeLessThan(300)
  })

  it('has the mean and the median of an exponential distribution', () => {
    const random = new Random(4)
    const drawn = Array.from({ length: 50_000 }, () => random.nextExponential(20))
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length
    const below = drawn.filter((value) => value < 20 * Math.LN2).length / drawn.length
    expect(mean).toBeCloseTo(20, 0)
    expect(below).toBeCloseTo(0.5, 1)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0)
  })

  it('gives 0 for the mean 0 and refuses a mean that is none', () => {
    const random = new Random(5)
    expect(random.nextExponential(0)).toBeCloseTo(0, 12)
    for (const mean of [-1, NaN, Infinity]) {
      expect(() => random.nextExponential(mean)).toThrow(SimulationError)
    }
  })
})
