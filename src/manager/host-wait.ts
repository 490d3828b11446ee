/**
 * Host wait: how a host thread waits for completions: spins and parks as its strategy says, or sleeps on its event
 * loop. Runs on: the channel's host thread.
 *
 * Every sleep is announced by the doorbell's protocol, and ends after NET_MS at the latest to look again.
 */
import type { Sleeper } from '../sharedarraybuffer-queue/doorbell.js'
import {
  createIdleStrategy,
  IDLE_SPIN,
  type IdleStrategy,
} from '../sharedarraybuffer-queue/idle-strategy.js'
import type { HostWaitStrategy } from './engine-options.js'

/** Empty looks before a waiting thread parks, at most; ~60 ns each. */
const WAIT_SPINS = 2000
/** A host that only ever spins looks at the clock that seldom. */
const CLOCK_EVERY_EMPTY = 1024
/** A parked host looks by itself this often; finding work then is a rescue, and counted. */
const NET_MS = 50

export class HostWait {
  private readonly sleeper: Sleeper
  private readonly hasCompletions: () => boolean
  private idle: IdleStrategy = createIdleStrategy('adaptive', WAIT_SPINS)

  /** @param hasCompletions whether there is something to reap; asked at every look */
  constructor(sleeper: Sleeper, hasCompletions: () => boolean) {
    this.sleeper = sleeper
    this.hasCompletions = hasCompletions
  }

  get strategy(): HostWaitStrategy {
    return this.idle.name as HostWaitStrategy
  }

  set strategy(name: HostWaitStrategy) {
    this.idle = createIdleStrategy(name, WAIT_SPINS)
  }

  /** Blocks this thread until something has arrived, at most `timeoutMs`. Returns whether something has. */
  wait(timeoutMs: number): boolean {
    const { idle, hasCompletions } = this
    if (hasCompletions()) return true
    const deadline = performance.now() + timeoutMs
    for (;;) {
      for (let spins = 1; idle.idle() === IDLE_SPIN; spins++) {
        if (hasCompletions()) {
          idle.reset()
          return true
        }
        if (spins % CLOCK_EVERY_EMPTY === 0 && performance.now() >= deadline) return false
      }
      const before = performance.now()
      if (before >= deadline) return hasCompletions()
      this.sleeper.park(Math.min(deadline - before, NET_MS), hasCompletions)
      idle.parked(performance.now() - before)
      if (hasCompletions()) return true
    }
  }

  /** As `wait`, with the event loop running meanwhile. */
  async waitAsync(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      if (this.hasCompletions()) return true
      const left = deadline - performance.now()
      if (left <= 0) return false
      await this.sleeper.sleepOnEventLoop(Math.min(left, NET_MS), this.hasCompletions, 'ref')
    }
  }
}
