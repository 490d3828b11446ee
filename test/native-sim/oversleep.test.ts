import { describe, expect, it } from 'vitest'
import { Oversleep } from '../../native-sim/oversleep.js'

const after = (observations: number[]) => {
  const oversleep = new Oversleep()
  for (const ns of observations) oversleep.observe(ns)
  return oversleep.expectedNs
}
const often = (ns: number) => Array.from({ length: 100 }, () => ns)

describe('Oversleep', () => {
  it('learns what comes again, and forgets what does not', () => {
    expect(after([])).toBe(0)
    expect(after(often(60_000))).toBeCloseTo(60_000, 0)
    expect(after([...often(60_000), ...often(10_000)])).toBeCloseTo(10_000, 0)
  })

  it('does not let one long stall or an early wake-up spoil the estimate', () => {
    expect(after([...often(60_000), 1e9])).toBeLessThan(75_000)
    expect(after(often(-5))).toBe(0)
    expect(after(often(1e9))).toBeLessThanOrEqual(150_000)
  })
})
