import { describe, expect, it } from 'vitest'
import { MeasurementWindow } from '../../bench/measurement-window.js'

const KEPT = 64
const ROUNDS = 200_000
/** Eight doubles and a header at least; V8 rounds up, never down. */
const LEAST_BYTES = 8 * 8

/** Allocates through many young generations, so that most of it is gone again at the end. */
function allocate(): number {
  const kept: number[][] = Array.from({ length: KEPT }, () => [0])
  for (let round = 0; round < ROUNDS; round++) {
    kept[round % KEPT] = [round, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5]
  }
  return kept.length
}

describe('MeasurementWindow', () => {
  it('counts what was allocated, although collections took it away meanwhile', () => {
    const window = new MeasurementWindow()
    window.begin()
    expect(allocate()).toBe(KEPT)
    const figures = window.end()
    expect(figures.bytesAllocated).toBeGreaterThanOrEqual(ROUNDS * LEAST_BYTES)
    expect(figures.bytesAllocated).toBeLessThan(ROUNDS * LEAST_BYTES * 4)
    expect(figures.scavenges).toBeGreaterThan(0)
    const { count, totalMs, maxMs } = figures.gc
    expect(count).toBeGreaterThanOrEqual(figures.scavenges)
    expect(maxMs).toBeGreaterThan(0)
    expect(totalMs).toBeGreaterThanOrEqual(maxMs)
    expect(figures.seconds).toBeGreaterThan(0)
    expect(figures.cpuSeconds).toBeGreaterThan(0)
  })

  it('counts next to nothing when next to nothing is allocated', () => {
    // V8 itself may take memory in one of them: it compiles, or finishes a collection, when it likes.
    const bytes = Array.from({ length: 10 }, () => {
      const window = new MeasurementWindow()
      window.begin()
      return window.end().bytesAllocated
    })
    expect(Math.min(...bytes)).toBeLessThan(100_000)
  })
})
