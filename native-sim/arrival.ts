// Arrival processes: when the next request is due. An open loop takes its due times from one of these and
// measures latency from the due time, so that a slow engine cannot slow its own load down.
// Runs on: the producer's thread; one object belongs to one thread.
// Invariant: delays are not rounded (a third of a nanosecond counts at 3 MHz); a sum of them keeps the mean rate.

import { SimulationError } from './errors.js'
import type { Random } from './random.js'

const NS_PER_SECOND = 1e9

export interface ArrivalProcess {
  /** Nanoseconds between the previous arrival (at first: the start) and this one; 0 or more, not rounded. */
  nextDelayNs(): number
}

/** One arrival every 1 / rateHz seconds. */
export class FixedRate implements ArrivalProcess {
  readonly #delayNs: number

  /** @throws SimulationError unless rateHz is a finite number above 0. */
  constructor(rateHz: number) {
    this.#delayNs = meanDelayNs(rateHz)
  }

  nextDelayNs(): number {
    return this.#delayNs
  }
}

/** Independent arrivals: exponentially distributed delays, mean 1 / rateHz seconds. */
export class Poisson implements ArrivalProcess {
  readonly #meanNs: number
  readonly #random: Random

  /** @throws SimulationError unless rateHz is a finite number above 0. */
  constructor(rateHz: number, random: Random) {
    this.#meanNs = meanDelayNs(rateHz)
    this.#random = random
  }

  nextDelayNs(): number {
    return this.#random.nextExponential(this.#meanNs)
  }
}

/** Bursts of `burstLength` arrivals back to back, then a gap that keeps the mean rate over all of them. */
export class Bursts implements ArrivalProcess {
  readonly #burstLength: number
  readonly #gapNs: number
  readonly #random: Random | undefined
  #left = 0

  /**
   * @param burstLength arrivals a burst, 1 .. 2^31-1
   * @param rateHz arrivals (not bursts) a second
   * @param random given: the gaps are exponentially distributed; left out: all equal
   * @throws SimulationError
   */
  constructor(burstLength: number, rateHz: number, random?: Random) {
    if (!Number.isInteger(burstLength) || burstLength < 1 || burstLength > 0x7fff_ffff) {
      throw new SimulationError('burstLength', burstLength, 'a whole number from 1 to 2147483647')
    }
    this.#burstLength = burstLength
    this.#gapNs = meanDelayNs(rateHz) * burstLength
    this.#random = random
  }

  nextDelayNs(): number {
    if (this.#left > 0) {
      this.#left--
      return 0
    }
    this.#left = this.#burstLength - 1
    return this.#random === undefined ? this.#gapNs : this.#random.nextExponential(this.#gapNs)
  }
}

/** The pace at which a trace was recorded, `speed` times as fast; its first request is due at once. */
export class RecordedPace implements ArrivalProcess {
  readonly #timeUs: Float64Array
  readonly #nsPerUs: number
  #row = 0

  /**
   * @param timeUs the times of the requests, never decreasing (a BlockTrace's column)
   * @param speed 1 = as recorded, 1000 = a thousand times as fast
   * @throws SimulationError unless speed is a finite number above 0
   */
  constructor(timeUs: Float64Array, speed: number) {
    if (!(speed > 0 && speed < Infinity)) {
      throw new SimulationError('speed', speed, 'a finite number above 0')
    }
    this.#timeUs = timeUs
    this.#nsPerUs = 1000 / speed
  }

  /** Infinity after the last request. */
  nextDelayNs(): number {
    const row = this.#row++
    if (row >= this.#timeUs.length) return Infinity
    const nowUs = this.#timeUs[row] ?? 0
    return (nowUs - (this.#timeUs[Math.max(0, row - 1)] ?? 0)) * this.#nsPerUs
  }
}

/** No delay at all: the producer's depth alone bounds it. */
export class ClosedLoop implements ArrivalProcess {
  nextDelayNs(): number {
    return 0
  }
}

function meanDelayNs(rateHz: number): number {
  const delayNs = NS_PER_SECOND / rateHz
  if (typeof rateHz !== 'number' || !(rateHz > 0) || !(delayNs > 0 && delayNs < Infinity)) {
    throw new SimulationError('rateHz', rateHz, 'a finite number above 0 (requests a second)')
  }
  return delayNs
}
