/**
 * orchestrator.ts: who runs when: rounds of all variants in turn, each run in a process of its own.
 *
 * Runs on: the main thread of the command; it only waits while a child measures.
 *
 * Interleaving (all variants once, then all again) spreads a machine's slow drift over all of them alike.
 * A run during which others used more than FOREIGN_CPU_LIMIT of the machine is repeated once, the less
 * disturbed one of the two is kept, and if that is still above the limit it is marked noisy.
 * On a machine that is busy all the time repeats are in vain: after some of them there are no more.
 * A variant that was skipped, failed or gave a wrong answer is not run again.
 */
import type { ChildOutcome, ChildRequest, RunChild } from './child-process.js'
import { FOREIGN_CPU_LIMIT } from './cpu-noise.js'
import { isVerified } from './exit-codes.js'
import type { Measurement, Scenario } from './scenario.js'

/** One run that came to an end, in the order of time. */
export interface RunRecord {
  readonly name: string
  /** 1 is the first. */
  readonly round: number
  readonly outcome: Exclude<ChildOutcome, { kind: 'interrupted' }>
  /** Share of the machine others used meanwhile, 0 to 1; undefined where nothing is known. */
  readonly foreignCpuShare: number | undefined
  readonly noisy: boolean
  /** False for the more disturbed one of a repeated run: verified, but left out of the figures. */
  readonly kept: boolean
}

export interface RoundsPlan {
  readonly scenarios: readonly Scenario[]
  readonly rounds: number
  readonly request: Omit<ChildRequest, 'name' | 'workload'>
  readonly runChild: RunChild
  /** Starts watching the machine; the answer ends it. */
  readonly watchForeignCpu: () => () => number | undefined
  readonly signal: AbortSignal
  /** Before each run: runs ended so far, runs in all, what comes next. */
  readonly onRun?: (ended: number, total: number, name: string, round: number) => void
}

export interface RoundsResult {
  readonly records: readonly RunRecord[]
  readonly interrupted: boolean
}

/** So many repeats that were disturbed too, and a run of a minute does not become one of two. */
export const VAIN_REPEATS_LIMIT = 10

/** Runs all rounds; ends early, with what there is, when the signal is aborted. */
export async function runRounds(plan: RoundsPlan): Promise<RoundsResult> {
  const records: RunRecord[] = []
  const over = new Set<string>()
  let ended = 0
  let vainRepeats = 0
  for (let round = 1; round <= plan.rounds; round++) {
    for (const scenario of plan.scenarios) {
      const { name } = scenario
      if (over.has(name)) continue
      const total = ended + runsLeft(plan, round, name, over)
      plan.onRun?.(ended, total, name, round)
      const runs = await runWithRepeats(
        plan,
        scenario,
        round,
        vainRepeats < VAIN_REPEATS_LIMIT ? 1 : 0,
      )
      records.push(...runs.records)
      if (runs.interrupted) return { records, interrupted: true }
      if (runs.records.some(endsVariant)) over.add(name)
      if (runs.records.length > 1 && runs.records.every(({ noisy }) => noisy)) vainRepeats++
      ended++
    }
  }
  return { records, interrupted: plan.signal.aborted }
}

function runsLeft(plan: RoundsPlan, round: number, name: string, over: Set<string>): number {
  const position = plan.scenarios.findIndex((scenario) => scenario.name === name)
  const thisRound = plan.scenarios.slice(position).filter((scenario) => !over.has(scenario.name))
  const perRound = plan.scenarios.length - over.size
  return thisRound.length + (plan.rounds - round) * perRound
}

async function runWithRepeats(plan: RoundsPlan, scenario: Scenario, round: number, repeats: 0 | 1) {
  const first = await runOnce(plan, scenario, round)
  if (first === undefined) return { records: [], interrupted: true }
  if (!first.noisy || repeats === 0 || endsVariant(first))
    return { records: [first], interrupted: false }
  const second = await runOnce(plan, scenario, round)
  if (second === undefined) return { records: [first], interrupted: true }
  const secondKept = endsVariant(second) || second.foreignCpuShare! < first.foreignCpuShare!
  const records = [
    { ...first, kept: !secondKept },
    { ...second, kept: secondKept },
  ]
  return { records, interrupted: false }
}

async function runOnce(
  plan: RoundsPlan,
  { name, workload }: Scenario,
  round: number,
): Promise<RunRecord | undefined> {
  const stopWatching = plan.watchForeignCpu()
  const outcome = await plan.runChild(
    { name, ...plan.request, ...(workload === undefined ? {} : { workload }) },
    plan.signal,
  )
  const foreignCpuShare = stopWatching()
  if (outcome.kind === 'interrupted') return undefined
  const noisy = outcome.kind === 'measured' && (foreignCpuShare ?? 0) > FOREIGN_CPU_LIMIT
  return { name, round, outcome, foreignCpuShare, noisy, kept: true }
}

function endsVariant({ outcome }: RunRecord): boolean {
  return outcome.kind !== 'measured' || !isVerified(outcome.measurement)
}

/** All measurements, the discarded ones of repeated runs included: verification spares none. */
export function allMeasurements(records: readonly RunRecord[]): Measurement[] {
  return records.flatMap(({ outcome }) =>
    outcome.kind === 'measured' ? [outcome.measurement] : [],
  )
}
