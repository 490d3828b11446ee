import { describe, expect, it } from 'vitest'
import {
  AdaptiveSpinThenPark,
  createIdleStrategy,
  IDLE_EVENT_LOOP,
  IDLE_PARK,
  IDLE_SPIN,
  type IdleStrategy,
} from '../../../src/sharedarraybuffer-queue/idle-strategy.js'

/** Empty polls until it wants to park. */
function spinsUntilPark(strategy: IdleStrategy): number {
  for (let spins = 0; ; spins++) {
    const answer = strategy.idle()
    if (answer === IDLE_PARK) return spins
    expect(answer).toBe(IDLE_SPIN)
  }
}

describe('idle strategies', () => {
  it.each([
    ['busy-spin', IDLE_SPIN],
    ['park', IDLE_PARK],
    ['event-loop', IDLE_EVENT_LOOP],
  ] as const)('%s always gives the same answer', (name, answer) => {
    const strategy = createIdleStrategy(name)
    expect(strategy.name).toBe(name)
    for (let i = 0; i < 5; i++) expect(strategy.idle()).toBe(answer)
    strategy.reset()
    strategy.parked(1)
    expect(strategy.idle()).toBe(answer)
  })

  it('are told apart by three answers', () => {
    expect(new Set([IDLE_SPIN, IDLE_PARK, IDLE_EVENT_LOOP]).size).toBe(3)
  })
})

/** Far from the duration that tells a short park from a long one. */
const SHORT_MS = 0.001
const LONG_MS = 50

describe('AdaptiveSpinThenPark', () => {
  it('spins to its limit, then asks to park, each time', () => {
    const strategy = new AdaptiveSpinThenPark(64, 10)
    expect([1, 2, 3].map(() => spinsUntilPark(strategy))).toEqual([64, 64, 64])
  })

  it('halves the limit after a long park, down to the least', () => {
    const strategy = new AdaptiveSpinThenPark(64, 10)
    const limits = [1, 2, 3, 4, 5].map(() => {
      const limit = spinsUntilPark(strategy)
      strategy.parked(LONG_MS)
      return limit
    })
    expect(limits).toEqual([64, 32, 16, 10, 10])
  })

  it('doubles the limit after a short park, up to the most', () => {
    const strategy = new AdaptiveSpinThenPark(64, 5)
    for (let i = 0; i < 9; i++) strategy.parked(LONG_MS)
    const limits = [1, 2, 3, 4, 5, 6].map(() => {
      const limit = spinsUntilPark(strategy)
      strategy.parked(SHORT_MS)
      return limit
    })
    expect(limits).toEqual([5, 10, 20, 40, 64, 64])
  })

  it('starts counting anew after work, and keeps its limit', () => {
    const strategy = new AdaptiveSpinThenPark(64, 4)
    strategy.parked(LONG_MS)
    for (let i = 0; i < 31; i++) strategy.idle()
    strategy.reset()
    strategy.reset()
    expect(spinsUntilPark(strategy)).toBe(32)
  })

  it('has the most for the least when that is less', () => {
    const strategy = createIdleStrategy('adaptive', 20)
    expect(strategy.name).toBe('adaptive')
    for (let i = 0; i < 3; i++) strategy.parked(LONG_MS)
    expect(spinsUntilPark(strategy)).toBe(20)
  })

  it('parks at once when it may not spin at all', () => {
    const strategy = createIdleStrategy('adaptive', 0)
    strategy.parked(SHORT_MS)
    expect([1, 2].map(() => spinsUntilPark(strategy))).toEqual([0, 0])
  })
})
