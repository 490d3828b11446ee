import { describe, expect, it } from 'vitest'
import { Random } from '../../../native-sim/index.js'
import { FEWEST_ROUNDS, isSlowerBeyond, judge } from '../../../bench/compare/judgement.js'
import type { Pair } from '../../../bench/compare/judgement.js'

const RULES = { lowerIsBetter: false, margin: 0.05 }

/** Pairs whose second run is `speedup` times the first; both vary by up to ± noise, each by itself. */
function synthetic(rounds: number, speedup: number, noise: number, seed = 7): Pair[] {
  const random = new Random(seed)
  const about = (value: number) => value * (1 + noise * (2 * (random.nextBelow(1e6) / 1e6) - 1))
  return Array.from({ length: rounds }, () => ({
    base: about(1000),
    current: about(1000 * speedup),
  }))
}

describe('judge', () => {
  it.each([
    [1.2, 0.02, 'faster'],
    [0.8, 0.02, 'slower'],
    [1, 0.01, 'no difference'],
    [1.01, 0.3, 'too noisy to judge'],
    [0.98, 0.3, 'too noisy to judge'],
  ] as const)('of a build %f times as fast, with noise of %f: %s', (speedup, noise, verdict) => {
    expect(judge(synthetic(20, speedup, noise), RULES).verdict).toBe(verdict)
  })

  it('is seldom misled: equal builds are called different in few of a hundred comparisons', () => {
    const misled = Array.from({ length: 100 }, (_, seed) =>
      judge(synthetic(10, 1, 0.1, seed), RULES),
    )
    const wrong = misled.filter(({ verdict }) => verdict === 'faster' || verdict === 'slower')
    expect(wrong.length).toBeLessThanOrEqual(10)
  })

  it('has an interval around the median ratio, the same one every time', () => {
    const pairs = synthetic(12, 1.1, 0.05)
    const judgement = judge(pairs, RULES)
    expect(judgement.low).toBeLessThanOrEqual(judgement.speedup)
    expect(judgement.high).toBeGreaterThanOrEqual(judgement.speedup)
    expect(judge(pairs, RULES)).toEqual(judgement)
  })

  it('cancels what disturbs both runs of a round', () => {
    const drifting = Array.from({ length: 10 }, (_, round) => ({
      base: 100 * (round + 1),
      current: 110 * (round + 1),
    }))
    const { speedup, low, high, verdict } = judge(drifting, RULES)
    expect([speedup, low, high].map((value) => value.toFixed(6))).toEqual(Array(3).fill('1.100000'))
    expect(verdict).toBe('faster')
  })

  it('turns costs around: less is faster', () => {
    const pairs = synthetic(20, 0.8, 0.01)
    const { speedup, verdict } = judge(pairs, { ...RULES, lowerIsBetter: true })
    expect(verdict).toBe('faster')
    expect(speedup).toBeCloseTo(1.25, 1)
  })

  it('says nothing after too few rounds, however clear they look', () => {
    expect(judge(synthetic(FEWEST_ROUNDS - 1, 2, 0), RULES).verdict).toBe('too few rounds')
    expect(judge(synthetic(FEWEST_ROUNDS, 2, 0), RULES).verdict).toBe('faster')
    expect(() => judge([], RULES)).toThrow(RangeError)
  })
})

describe('isSlowerBeyond', () => {
  it.each([
    [0.8, 0.01, true],
    [0.97, 0.005, false],
    [0.93, 0.2, false],
    [1.2, 0.01, false],
  ])(
    'of %f times the speed with noise of %f, and a limit of 5 %%: %s',
    (speedup, noise, beyond) => {
      expect(isSlowerBeyond(judge(synthetic(20, speedup, noise), RULES), 0.05)).toBe(beyond)
    },
  )
})
