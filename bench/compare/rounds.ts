/**
 * rounds.ts: runs of two builds in turns, and the pairs that come out.
 *
 * Runs on: the main thread of the command; it only waits while a child measures.
 *
 * Order ABBA: the build that goes first changes from round to round, so that a machine which slowly gets faster
 * or slower, or a first run that warms something up, favours neither.
 */
import type { Pair } from './judgement.js'
import type { Figures, Measurable } from './measurable.js'

export interface RoundsPlan {
  readonly measurables: readonly Measurable[]
  readonly rounds: number
  /** Build folders. */
  readonly base: string
  readonly current: string
  readonly signal: AbortSignal
  /** Before each run: how many ended, how many there are, and what is next. */
  readonly onRun?: (ended: number, total: number, name: string, round: number) => void
}

/** One figure of both builds, with a pair for each round. */
export interface Series {
  readonly name: string
  readonly unit: string
  readonly lowerIsBetter: boolean
  readonly pairs: Pair[]
}

export interface Failure {
  readonly name: string
  /** Which of the builds. */
  readonly build: 'base' | 'current'
  readonly kind: 'failed' | 'wrong'
  readonly why: string
}

export interface ComparedRounds {
  readonly series: readonly Series[]
  readonly failures: readonly Failure[]
  readonly interrupted: boolean
}

const ORDERS = [
  ['base', 'current'],
  ['current', 'base'],
] as const

/** Runs all rounds. What fails once is not run again; an abort ends all with the pairs that are whole. */
export async function runPairs(plan: RoundsPlan): Promise<ComparedRounds> {
  const series = new Map<string, Series>()
  const failures: Failure[] = []
  const total = plan.rounds * plan.measurables.length * 2
  let ended = 0
  for (let round = 1; round <= plan.rounds; round++) {
    for (const measurable of plan.measurables) {
      if (failures.some(({ name }) => name === measurable.name)) continue
      const found: Partial<Record<'base' | 'current', ReadonlyMap<string, number>>> = {}
      for (const build of ORDERS[(round - 1) % 2]!) {
        plan.onRun?.(ended++, total, measurable.name, round)
        const figures = await measurable.run(plan[build], plan.signal)
        if (figures.kind === 'interrupted') {
          return { series: [...series.values()], failures, interrupted: true }
        }
        if (figures.kind === 'figures') found[build] = figures.values
        else failures.push(failureOf(measurable.name, build, figures))
      }
      if (found.base !== undefined && found.current !== undefined) {
        addPairs(series, measurable, found.base, found.current)
      }
    }
  }
  return { series: [...series.values()], failures, interrupted: plan.signal.aborted }
}

function failureOf(
  name: string,
  build: 'base' | 'current',
  { kind, why }: Extract<Figures, { kind: 'failed' | 'wrong' }>,
): Failure {
  return { name, build, kind, why }
}

/** A figure that only one build has is left out: there is nothing to compare. */
function addPairs(
  all: Map<string, Series>,
  { unit, lowerIsBetter }: Measurable,
  base: ReadonlyMap<string, number>,
  current: ReadonlyMap<string, number>,
): void {
  for (const [name, value] of current) {
    const baseValue = base.get(name)
    if (baseValue === undefined) continue
    let series = all.get(name)
    if (series === undefined) {
      series = { name, unit, lowerIsBetter, pairs: [] }
      all.set(name, series)
    }
    series.pairs.push({ base: baseValue, current: value })
  }
}
