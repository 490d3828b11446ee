/**
 * judgement.ts: what may be concluded from two builds' runs of one variant.
 *
 * Runs on: any thread. The same samples give the same judgement: the generator's seed is fixed.
 *
 * The two runs of a round stand side by side in time, so each round gives one ratio, and what disturbed both of
 * them cancels out. The speed-up is the median ratio; its interval holds 95 % of the medians that come out when
 * rounds are drawn again (bootstrap).
 * Nothing is said about a difference that the interval does not exclude, however large it looks.
 */
import { Random } from '../../native-sim/index.js'
import { median, percentile } from '../statistics.js'

/** With fewer rounds, chance alone puts all of them on one side too often. */
export const FEWEST_ROUNDS = 8
const REDRAWS = 2000
const SEED = 20
const LOW_PERCENT = 2.5
const HIGH_PERCENT = 97.5

/** One round: both builds once. */
export interface Pair {
  readonly base: number
  readonly current: number
}

export type Verdict =
  | 'faster'
  | 'slower'
  | 'no difference'
  | 'too noisy to judge'
  | 'too few rounds'

export interface Judgement {
  readonly rounds: number
  readonly baseMedian: number
  readonly currentMedian: number
  /** How many times as fast the current build is as the base, the median of all rounds: below 1 is slower. */
  readonly speedup: number
  /** 95 % interval of `speedup`. */
  readonly low: number
  readonly high: number
  readonly verdict: Verdict
}

export interface JudgementRules {
  /** The figure is a cost: a smaller one is faster. */
  readonly lowerIsBetter: boolean
  /** What counts as no difference, as a share: 0.05 is 5 %. */
  readonly margin: number
}

/** Compares all rounds of one variant. Throws RangeError when there are none. */
export function judge(pairs: readonly Pair[], rules: JudgementRules): Judgement {
  const ratios = pairs.map(({ base, current }) =>
    rules.lowerIsBetter ? base / current : current / base,
  )
  const random = new Random(SEED)
  const redrawn = Array.from({ length: REDRAWS }, () =>
    median(ratios.map(() => ratios[random.nextBelow(ratios.length)]!)),
  )
  const low = percentile(redrawn, LOW_PERCENT)
  const high = percentile(redrawn, HIGH_PERCENT)
  return {
    rounds: pairs.length,
    baseMedian: median(pairs.map(({ base }) => base)),
    currentMedian: median(pairs.map(({ current }) => current)),
    speedup: median(ratios),
    low,
    high,
    verdict: pairs.length < FEWEST_ROUNDS ? 'too few rounds' : verdictOf(low, high, rules.margin),
  }
}

/** An interval on one side of 1 is a difference; one close around it is none; any other is noise. */
function verdictOf(low: number, high: number, margin: number): Verdict {
  const isWithinMargin = low >= 1 - margin && high <= 1 + margin
  if (low > 1) return 'faster'
  if (high < 1) return 'slower'
  return isWithinMargin ? 'no difference' : 'too noisy to judge'
}

/** True when the build is slower by more than `share`, beyond what noise can explain. */
export function isSlowerBeyond({ high, verdict }: Judgement, share: number): boolean {
  return verdict === 'slower' && high < 1 - share
}

/** True when nothing may be concluded. */
export function isUnjudged({ verdict }: Judgement): boolean {
  return verdict === 'too noisy to judge' || verdict === 'too few rounds'
}
