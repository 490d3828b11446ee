import { describe, expect, it } from 'vitest'
import { Bursts, ClosedLoop, FixedRate, Poisson, RecordedPace } from '../../native-sim/arrival.js'
import type { ArrivalProcess } from '../../native-sim/arrival.js'
import { SimulationError } from '../../native-sim/errors.js'
import { Random } from '../../native-sim/random.js'

const take = (process: ArrivalProcess, count: number) =>
  Array.from({ length: count }, () => process.nextDelayNs())
const sum = (delays: number[]) => delays.reduce((total, delay) => total + delay, 0)

describe('arrival processes', () => {
  it('FixedRate: equal delays, not rounded', () => {
    expect(take(new FixedRate(4), 3)).toEqual([250_000_000, 250_000_000, 250_000_000])
    expect(sum(take(new FixedRate(3_000_000), 3000))).toBeCloseTo(1_000_000, 3)
  })

  it('Poisson: the mean rate, and as much spread as mean', () => {
    const delays = take(new Poisson(1_000_000, new Random(1)), 50_000)
    const mean = sum(delays) / delays.length
    const variance = sum(delays.map((delay) => (delay - mean) ** 2)) / delays.length
    expect(Math.abs(mean - 1000)).toBeLessThan(20)
    expect(Math.abs(Math.sqrt(variance) - 1000)).toBeLessThan(40)
    expect(take(new Poisson(10, new Random(2)), 9)).toEqual(take(new Poisson(10, new Random(2)), 9))
  })

  it('RecordedPace: the pace of the record, from its first request on', () => {
    const timeUs = Float64Array.of(100, 100, 103, 1103)
    expect(take(new RecordedPace(timeUs, 1), 5)).toEqual([0, 0, 3000, 1e6, Infinity])
    expect(take(new RecordedPace(timeUs, 1000), 4)).toEqual([0, 0, 3, 1000])
    expect(take(new RecordedPace(timeUs, 0.5), 4)).toEqual([0, 0, 6000, 2e6])
    for (const speed of [0, -1, NaN, Infinity]) {
      expect(() => new RecordedPace(timeUs, speed)).toThrow(SimulationError)
    }
  })

  it('Bursts: N back to back, then the gap that keeps the rate', () => {
    expect(take(new Bursts(4, 1000), 9)).toEqual([4e6, 0, 0, 0, 4e6, 0, 0, 0, 4e6])
    expect(take(new Bursts(1, 1000), 3)).toEqual([1e6, 1e6, 1e6])
  })

  it('Bursts with random gaps: the same bursts, the same rate', () => {
    const delays = take(new Bursts(8, 1_000_000, new Random(3)), 160_000)
    expect(delays.every((delay, index) => delay === 0 || index % 8 === 0)).toBe(true)
    expect(Math.abs(sum(delays) / delays.length - 1000)).toBeLessThan(20)
    expect(delays[0]).not.toBe(delays[8])
  })

  it('ClosedLoop: never a delay', () => {
    expect(take(new ClosedLoop(), 3)).toEqual([0, 0, 0])
  })

  it('refuses rates and burst lengths that make no sense, and says so', () => {
    const random = new Random(1)
    for (const rate of [0, -5, NaN, Infinity, 1e-320]) {
      expect(() => new FixedRate(rate)).toThrow(SimulationError)
      expect(() => new Poisson(rate, random)).toThrow(SimulationError)
      expect(() => new Bursts(4, rate)).toThrow(SimulationError)
    }
    for (const length of [0, -1, 1.5, NaN, 2 ** 31]) {
      expect(() => new Bursts(length, 1000)).toThrow(SimulationError)
    }
    expect(() => new FixedRate(-5)).toThrow(
      expect.objectContaining({
        code: 'ERR_IRP_SIMULATION_OPTION',
        option: 'rateHz',
        value: -5,
        message: 'rateHz must be a finite number above 0 (requests a second), got -5',
      }),
    )
  })
})
