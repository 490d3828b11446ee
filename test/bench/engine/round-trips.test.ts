import { afterEach, describe, expect, it, vi } from 'vitest'
import { RoundTrips } from '../../../bench/engine/round-trips.js'

/** A clock that a trip moves on by so many milliseconds, and each look by a hundredth. */
function slowTrips(tripMs: number) {
  let nowMs = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (nowMs += 0.01))
  return () => {
    nowMs += tripMs
    return true
  }
}

describe('RoundTrips', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('times every trip and counts the wrong ones', () => {
    const numbers: number[] = []
    const trips = new RoundTrips((number) => numbers.push(number) % 2 === 0, 'none')
    trips.turns()
    expect(numbers).toEqual(Array.from({ length: 16 }, (_, i) => i))
    expect([trips.trips, trips.wrong, trips.latency.count]).toEqual([16, 8, 16])
  })

  it('warms the code up before paced trips, and counts none of it but what was wrong', () => {
    let made = 0
    const trips = new RoundTrips(() => ++made !== 7, 'sleep')
    trips.warmUp()
    expect(made).toBeGreaterThan(10_000)
    expect([trips.trips, trips.wrong, trips.latency.count]).toEqual([0, 1, 0])
    const unpaced = new RoundTrips(() => ++made > 0, 'none')
    made = 0
    unpaced.warmUp()
    expect(made).toBe(0)
  })

  it('counts what a long trip kept from starting, where trips have a pace', () => {
    const trip = slowTrips(0.1)
    const paced = new RoundTrips(trip, 'microsecond')
    paced.turns()
    // 110 µs each: itself and one for each microsecond of it.
    expect(paced.latency.count).toBeGreaterThan(16 * 100)
    const unpaced = new RoundTrips(trip, 'none')
    unpaced.turns()
    expect(unpaced.latency.count).toBe(16)
    expect(unpaced.latency.percentile(50)).toBeGreaterThanOrEqual(110_000)
  })
})
