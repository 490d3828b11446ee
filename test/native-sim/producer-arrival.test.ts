import { describe, expect, it } from 'vitest'
import { ClosedLoop } from '../../native-sim/arrival.js'
import { BlockTraceColumns } from '../../native-sim/block-trace-columns.js'
import { SimulationError } from '../../native-sim/errors.js'
import { type Arrival, createArrivals } from '../../native-sim/producer-arrival.js'

const delays = (arrival: Arrival, seed = 1) => {
  const arrivals = createArrivals(arrival, seed)
  return Array.from({ length: 5 }, () => arrivals.nextDelayNs())
}

function trace() {
  const rows = new BlockTraceColumns()
  for (const timeUs of [7, 9, 9, 12]) rows.add(timeUs, 0, 512, 0)
  return rows.finish()
}

describe('createArrivals', () => {
  it('makes the process of each kind', () => {
    expect(delays({ kind: 'fixed-rate', rateHz: 1e6 })).toEqual([1000, 1000, 1000, 1000, 1000])
    expect(delays({ kind: 'bursts', rateHz: 1e6, burstLength: 2 })).toEqual([
      2000, 0, 2000, 0, 2000,
    ])
    expect(delays({ kind: 'trace', trace: trace() })).toEqual([0, 2000, 0, 3000, Infinity])
    expect(delays({ kind: 'trace', trace: trace(), pace: 4 })).toEqual([0, 500, 0, 750, Infinity])
    expect(createArrivals({ kind: 'closed-loop' }, 1)).toBeInstanceOf(ClosedLoop)
    const fast = { kind: 'trace', trace: trace(), pace: 'as-fast-as-possible' } as const
    expect(createArrivals(fast, 1)).toBeInstanceOf(ClosedLoop)
  })

  it('draws by the seed', () => {
    for (const arrival of [
      { kind: 'poisson', rateHz: 1e6 },
      { kind: 'bursts', rateHz: 1e6, burstLength: 2, gaps: 'exponential' },
    ] as const) {
      expect(delays(arrival)).toEqual(delays(arrival))
      expect(delays(arrival)).not.toEqual(delays(arrival, 2))
    }
  })

  it('refuses what makes no sense', () => {
    const wrong: Record<string, unknown>[] = [
      { kind: 'uniform' },
      { kind: undefined },
      { kind: 'poisson', rateHz: 0 },
      { kind: 'fixed-rate' },
      { kind: 'bursts', rateHz: 1, burstLength: 0 },
      { kind: 'bursts', rateHz: 1, burstLength: 1, gaps: 'none' },
      { kind: 'trace', trace: trace(), pace: 0 },
      { kind: 'trace', trace: trace(), pace: 'fast' },
    ]
    for (const arrival of wrong) {
      expect(() => Reflect.apply(createArrivals, undefined, [arrival, 1])).toThrow(SimulationError)
    }
  })
})
