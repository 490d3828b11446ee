// The ways a producer's requests can arrive, as options, and the arrival process of each.
// Runs on: main checks by making one; the producer's thread makes the one it uses.

import {
  type ArrivalProcess,
  Bursts,
  ClosedLoop,
  FixedRate,
  Poisson,
  RecordedPace,
} from './arrival.js'
import type { BlockTrace } from './block-trace-columns.js'
import { SimulationError } from './errors.js'
import { Random } from './random.js'

export type Arrival =
  /** At full speed: a request as soon as fewer than `depth` are in flight. */
  | { readonly kind: 'closed-loop' }
  /** One every 1 / rateHz seconds. */
  | { readonly kind: 'fixed-rate'; readonly rateHz: number }
  /** Independent of each other, rateHz a second on average. */
  | { readonly kind: 'poisson'; readonly rateHz: number }
  /** burstLength at once, then a gap that keeps the rate; gaps are equal, or as random as a Poisson process's. */
  | {
      readonly kind: 'bursts'
      readonly rateHz: number
      readonly burstLength: number
      readonly gaps?: 'equal' | 'exponential'
    }
  /** A recorded sequence; pace 1 (default) as recorded, 10 ten times as fast. */
  | {
      readonly kind: 'trace'
      readonly trace: BlockTrace
      readonly pace?: number | 'as-fast-as-possible'
    }

/** Arrivals draw from a sequence of their own, so that they leave the sequence of requests as it is. */
const ARRIVAL_STREAM = 0x5bd1_e995

/** @throws SimulationError */
export function createArrivals(arrival: Arrival, seed: number): ArrivalProcess {
  const { kind } = arrival
  const random = new Random((seed ^ ARRIVAL_STREAM) | 0)
  switch (kind) {
    case 'closed-loop':
      return new ClosedLoop()
    case 'fixed-rate':
      return new FixedRate(arrival.rateHz)
    case 'poisson':
      return new Poisson(arrival.rateHz, random)
    case 'bursts':
      return createBursts(arrival, random)
    case 'trace':
      return createReplay(arrival)
    default:
      throw new SimulationError(
        'arrival.kind',
        kind,
        'closed-loop, fixed-rate, poisson, bursts or trace',
      )
  }
}

function createBursts(arrival: Arrival & { kind: 'bursts' }, random: Random): ArrivalProcess {
  const { burstLength, rateHz, gaps = 'equal' } = arrival
  if (gaps === 'equal') return new Bursts(burstLength, rateHz)
  if (gaps === 'exponential') return new Bursts(burstLength, rateHz, random)
  throw new SimulationError('arrival.gaps', gaps, 'equal or exponential')
}

function createReplay({ trace, pace = 1 }: Arrival & { kind: 'trace' }): ArrivalProcess {
  if (pace === 'as-fast-as-possible') return new ClosedLoop()
  if (!(typeof pace === 'number' && pace > 0 && pace < Infinity)) {
    throw new SimulationError(
      'arrival.pace',
      pace,
      "a finite number above 0, or 'as-fast-as-possible'",
    )
  }
  return new RecordedPace(trace.timeUs, pace)
}
