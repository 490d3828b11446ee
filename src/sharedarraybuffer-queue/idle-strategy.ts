/**
 * Idle strategies: what a thread does when a poll found nothing. Loops are `poll(limit): number`; the
 * strategy stands outside, so that every loop can be stepped in a test without a thread.
 * Runs on: the polling thread.
 *
 *   busy-spin    never sleeps: lowest latency, a whole core
 *   adaptive     spins for a while, then asks to park; the while follows how long the last parks were
 *   park         asks to park at once: least CPU, a futex wake-up per burst
 *   event-loop   asks to sleep on the event loop: for threads that have other things to do
 */
import { pause } from './access.js'

export const IDLE_STRATEGIES = ['busy-spin', 'adaptive', 'park', 'event-loop'] as const

export type IdleStrategyName = (typeof IDLE_STRATEGIES)[number]

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
  /** The thread slept that long, and there was work at the end or not. */
  parked(durationMs: number): void
}

export class BusySpin implements IdleStrategy {
  readonly name = 'busy-spin'
  idle(): number {
    pause()
    return IDLE_SPIN
  }
  reset(): void {}
  parked(): void {}
}

export class Park implements IdleStrategy {
  readonly name = 'park'
  idle(): number {
    return IDLE_PARK
  }
  reset(): void {}
  parked(): void {}
}

export class EventLoop implements IdleStrategy {
  readonly name = 'event-loop'
  idle(): number {
    return IDLE_EVENT_LOOP
  }
  reset(): void {}
  parked(): void {}
}

/** Woken sooner than this after parking: a little more spinning would have saved the wake-up. */
const SHORT_PARK_MS = 0.1

const WASTED_BEFORE_YIELDING = 3
const PARKS_WHILE_YIELDING = 256
const YIELDING_SPINS = 16

/**
 * Spins up to a limit of empty polls, then parks. The limit follows the parks: one that ended soon doubles
 * it (up to `maxSpins`), one that lasted halves it (down to `minSpins`). So two threads that feed each
 * other do not fall into waking each other for every batch, and a thread that is fed seldom burns little.
 *
 * When even the longest spin is in vain and work comes as soon as the thread parks, its feeder waits for
 * this very processor. Then it parks at once for a while, and tries again later.
 */
export class AdaptiveSpinThenPark implements IdleStrategy {
  readonly name = 'adaptive'
  readonly minSpins: number
  readonly maxSpins: number
  private limit: number
  private spins = 0
  /** Longest spins in a row that were in vain. */
  private wasted = 0
  /** Parks left before spinning is tried again. */
  private yielding = 0

  constructor(maxSpins = 4000, minSpins = 500) {
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
    return IDLE_PARK
  }

  reset(): void {
    if (this.spins === 0) return
    this.spins = 0
    this.wasted = 0
  }

  parked(durationMs: number): void {
    if (this.yielding > 0) {
      if (--this.yielding === 0) this.limit = this.minSpins
    } else if (durationMs >= SHORT_PARK_MS) {
      this.limit = Math.max(this.minSpins, this.limit >> 1)
      this.wasted = 0
    } else if (this.limit < this.maxSpins) {
      this.limit = Math.min(this.maxSpins, this.limit << 1)
    } else if (++this.wasted >= WASTED_BEFORE_YIELDING) {
      this.yielding = PARKS_WHILE_YIELDING
      this.limit = Math.min(YIELDING_SPINS, this.minSpins)
      this.wasted = 0
    }
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
