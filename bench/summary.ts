/**
 * summary.ts: from single runs to one figure per scenario, and from figures to ratios.
 *
 * Runs on: the orchestrator's main thread, after the runs.
 * The median of the runs is the figure, minimum and maximum are its spread; latency percentiles, CPU, bytes
 * and counters are medians of the runs' own figures too. Of latencies and pauses the longest is that of all
 * runs, and rescues are the sum of all: one would be too many.
 */
import type { RunRecord } from './orchestrator.js'
import { isVerified } from './exit-codes.js'
import { EMPTY_LEDGER, addLedgers } from './ledger.js'
import type { Ledger } from './ledger.js'
import { allMeasurements } from './orchestrator.js'
import type { RatioReport, ScenarioReport, UnmeasuredReport } from './report-json.js'
import { ALL_STAGES } from './scenario.js'
import type { Counters, GcPauses, LatencyNs, Measurement, Scenario, StagesNs } from './scenario.js'
import { median } from './statistics.js'

type Labels = Pick<
  ScenarioReport,
  'name' | 'unit' | 'group' | 'title' | 'lowerIsBetter' | 'parameters'
>

/** One report per scenario that ran at least once, in the order given. */
export function summarize(
  scenarios: readonly Scenario[],
  records: readonly RunRecord[],
): ScenarioReport[] {
  return scenarios.flatMap((scenario) => {
    const own = records.filter((record) => record.name === scenario.name)
    return own.length === 0 ? [] : [summarizeOne(scenario, own)]
  })
}

/** What a report takes over from its scenario. */
export function labelsOf(scenario: Scenario): Labels {
  const { name, unit, group, title, lowerIsBetter, parameters } = scenario
  return {
    name,
    unit,
    group,
    title,
    ...(lowerIsBetter === true ? { lowerIsBetter } : {}),
    ...(parameters === undefined ? {} : { parameters }),
  }
}

function summarizeOne(scenario: Scenario, records: readonly RunRecord[]): ScenarioReport {
  const labels = labelsOf(scenario)
  const bad = whyUnmeasured(records)
  if (bad !== undefined) return { ...labels, runs: 0, ...bad }
  const kept = records.filter((record) => record.kept)
  const shares = kept.flatMap(({ foreignCpuShare }) => foreignCpuShare ?? [])
  const noisyRuns = kept.filter((record) => record.noisy).length
  return {
    ...labels,
    ...figures(allMeasurements(kept)),
    ...(noisyRuns > 0 ? { noisy: noisyRuns } : {}),
    ...(shares.length > 0 ? { foreignCpuShare: rounded(Math.max(...shares), 3) } : {}),
  }
}

/** A wrong answer, a failure or a skip voids the scenario's other runs, in this order. */
function whyUnmeasured(
  records: readonly RunRecord[],
): Pick<UnmeasuredReport, 'skipped' | 'failed' | 'unverified'> | undefined {
  const wrong = allMeasurements(records).find((measurement) => !isVerified(measurement))
  if (wrong !== undefined) return { unverified: describeWrong(wrong) }
  for (const { outcome } of records) if (outcome.kind === 'failed') return { failed: outcome.why }
  for (const { outcome } of records) if (outcome.kind === 'skipped') return { skipped: outcome.why }
  return undefined
}

function describeWrong({ checksumOk, notes }: Measurement): string {
  const reason = checksumOk ? 'the ledger does not balance' : 'the check of the answers failed'
  const details = Object.entries(notes ?? {}).map(([key, value]) => `${key} ${value}`)
  return details.length === 0 ? reason : `${reason} (${details.join(', ')})`
}

/** The figures of some runs of one scenario. */
export function figures(runs: readonly Measurement[]) {
  const values = runs.map((run) => run.value ?? run.operations / run.seconds)
  const measured = runs.filter((run) => run.operations > 0)
  const latencies = runs.flatMap((run) => run.latencyNs ?? [])
  const pauses = runs.flatMap((run) => run.gc ?? [])
  const counters = runs.flatMap((run) => run.counters ?? [])
  const stages = runs.flatMap((run) => run.stagesNs ?? [])
  const bytes = measured.flatMap((run) =>
    run.bytesAllocated === undefined ? [] : run.bytesAllocated / run.operations,
  )
  const cpu = measured.map((run) => run.cpuSeconds / (run.operations / 1e6))
  const notes = runs.at(-1)?.notes ?? {}
  return {
    median: roundedFigure(median(values)),
    min: roundedFigure(Math.min(...values)),
    max: roundedFigure(Math.max(...values)),
    runs: runs.length,
    ...(latencies.length > 0 ? { latencyNs: mergeLatencies(latencies) } : {}),
    ...(stages.length > 0 ? { stagesNs: mergeStages(stages) } : {}),
    cpuSecondsPerMillion: cpu.length === 0 ? 0 : rounded(median(cpu), 4),
    ...(bytes.length > 0 ? { bytesAllocatedPerIrp: rounded(median(bytes), 2) } : {}),
    ...(pauses.length > 0 ? { gc: mergePauses(pauses) } : {}),
    ...(counters.length > 0 ? { counters: mergeCounters(counters) } : {}),
    ...(Object.keys(notes).length > 0 ? { notes } : {}),
  }
}

function mergeLatencies(latencies: readonly LatencyNs[]): LatencyNs {
  const middle = (key: 'p50' | 'p90' | 'p99' | 'p999' | 'p9999') =>
    Math.round(median(latencies.map((latency) => latency[key])))
  return {
    p50: middle('p50'),
    p90: middle('p90'),
    p99: middle('p99'),
    p999: middle('p999'),
    p9999: middle('p9999'),
    max: Math.max(...latencies.map((latency) => latency.max)),
  }
}

function mergeStages(runs: readonly StagesNs[]): StagesNs {
  const merged = ALL_STAGES.flatMap((stage) => {
    const latencies = runs.flatMap((run) => run[stage] ?? [])
    return latencies.length === 0 ? [] : [[stage, mergeLatencies(latencies)]]
  })
  return Object.fromEntries(merged) as StagesNs
}

function mergePauses(pauses: readonly GcPauses[]): GcPauses {
  return {
    count: median(pauses.map(({ count }) => count)),
    totalMs: rounded(median(pauses.map(({ totalMs }) => totalMs)), 3),
    maxMs: rounded(Math.max(...pauses.map(({ maxMs }) => maxMs)), 3),
  }
}

function mergeCounters(counters: readonly Counters[]): Counters {
  const middle = (key: keyof Counters) => rounded(median(counters.map((run) => run[key])), 1)
  return {
    workerParks: middle('workerParks'),
    hostParks: middle('hostParks'),
    workerWakeUps: middle('workerWakeUps'),
    hostWakeUps: middle('hostWakeUps'),
    rescues: counters.reduce((sum, { rescues }) => sum + rescues, 0),
    batches: middle('batches'),
    requestsPerBatch: middle('requestsPerBatch'),
  }
}

/** Ratios for all pairs that `comparedWith`, `latencyOf` and `native` name and that were both measured. */
export function ratiosOf(
  scenarios: readonly Scenario[],
  reports: readonly ScenarioReport[],
): RatioReport[] {
  const medians = new Map(reports.map((report) => [report.name, report.median ?? 0]))
  const p50s = new Map(reports.map((report) => [report.name, report.latencyNs?.p50 ?? 0]))
  const ratio = (scenario: string, rival: string | undefined, of = medians): RatioReport[] => {
    if (rival === undefined) return []
    const value = (of.get(scenario) ?? 0) / (of.get(rival) ?? 0)
    if (!(value > 0 && value < Infinity)) return []
    return [{ name: `${scenario} ÷ ${rival}`, value: rounded(value, 3), scenario, rival }]
  }
  return scenarios.flatMap(({ name, comparedWith = [], latencyOf, native }) => [
    ...comparedWith.flatMap((rival) => ratio(name, rival)),
    ...ratio(name, latencyOf, p50s).map((found) => ({ ...found, kind: 'p50' as const })),
    ...ratio(name, native).map((found) => ({ ...found, kind: 'native' as const })),
  ])
}

/** The sum of the ledgers of all runs, repeated ones included. */
export function totalLedger(records: readonly RunRecord[]): Ledger {
  const ledgers = allMeasurements(records).flatMap(({ ledger }) => ledger ?? [])
  return ledgers.reduce(addLedgers, EMPTY_LEDGER)
}

/** Whole operations per second; of a small figure what matters. */
function roundedFigure(value: number): number {
  return value >= 100 ? Math.round(value) : rounded(value, 3)
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
