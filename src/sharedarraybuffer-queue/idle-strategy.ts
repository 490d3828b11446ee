/**
 * Idle strategies: what a thread does when a poll found nothing. Loops are `poll(limit): number`; the
 * strategy stands outside, so that every loop can be stepped in a test without a thread.
 * Runs on: the polling thread.
 *
 *   busy-spin    never sleeps: lowest latency, a whole core
 *   adaptive     spins for a while, then asks to park; the while follows whether spinning paid off lately
 *   park         asks to park at once: least CPU, a futex wake-up per burst
 *   event-loop   asks to sleep on the event loop: for threads that have other things to do
 */
import { pause } from './access.js'

export type IdleStrategyName = 'busy-spin' | 'adaptive' | 'park' | 'event-loop'

/** What the loop should do next. */
export const IDLE_SPIN = 0
export const IDLE_PARK = 1
export const IDLE_EVENT_LOOP = 2

export interface IdleStrategy {
  readonly name: IdleStrategyName
  /** The last poll found nothing: spin once more (IDLE_SPIN), or sleep in one of two ways. */
  idle(): number
  /** The last poll found work. */
  reset(): void
}

export class BusySpin implements IdleStrategy {
  readonly name = 'busy-spin'
  idle(): number {
    pause()
    return IDLE_SPIN
  }
  reset(): void {}
}

export class Park implements IdleStrategy {
  readonly name = 'park'
  idle(): number {
    return IDLE_PARK
  }
  reset(): void {}
}

export class EventLoop implements IdleStrategy {
  readonly name = 'event-loop'
  idle(): number {
    return IDLE_EVENT_LOOP
  }
  reset(): void {}
}

/**
 * Spins up to a limit of empty polls, then parks. Work that arrives while spinning doubles the limit
 * (up to `maxSpins`), a park halves it (down to `minSpins`): a thread that is never fed in time stops
 * burning the core that its feeder may need.
 */
export class AdaptiveSpinThenPark implements IdleStrategy {
  readonly name = 'adaptive'
  readonly minSpins: number
  readonly maxSpins: number
  private limit: number
  private spins = 0

  constructor(maxSpins = 4000, minSpins = 1000) {
    this.maxSpins = maxSpins
    this.minSpins = Math.min(minSpins, maxSpins)
    this.limit = maxSpins
  }

  idle(): number {
    if (this.spins < this.limit) {
      this.spins++
      pause()
      return IDLE_SPIN
    }
    this.spins = 0
    this.limit = Math.max(this.minSpins, this.limit >> 1)
    return IDLE_PARK
  }

  reset(): void {
    if (this.spins === 0) return
    this.spins = 0
    this.limit = Math.min(this.maxSpins, this.limit << 1)
  }
}

/** The strategy of that name; `spins` bounds the adaptive one's empty polls (~20 ns each). */
export function createIdleStrategy(name: IdleStrategyName, spins?: number): IdleStrategy {
  switch (name) {
    case 'busy-spin':
      return new BusySpin()
    case 'park':
      return new Park()
    case 'event-loop':
      return new EventLoop()
    default:
      return new AdaptiveSpinThenPark(spins)
  }
}
