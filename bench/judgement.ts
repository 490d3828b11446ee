/**
 * judgement.ts: whether a run is good enough: not slower than another one, and no p99 above the limit.
 *
 * Runs on: the orchestrator's main thread, after the runs.
 */
import type { Paint } from '../src/cli/colour.js'
import type { BenchOptions } from './bench-options.js'
import { type Comparison, compareReports, renderComparison } from './comparison.js'
import { formatDuration } from './format.js'
import type { BenchReport } from './report-json.js'

export interface Judgement {
  readonly comparison?: Comparison
  /** Names of the variants whose p99 is above the limit. */
  readonly tooLate: readonly string[]
  /** A variant is slower than it may be, by either measure. */
  readonly isSlower: boolean
  /** A limit was given, and nothing was measured that it is for: it has not been kept. */
  readonly hasNoP99: boolean
  /** A variant could not be compared. */
  readonly isTooNoisy: boolean
}

/** What a limit on latency is not for: others' code, and what has no engine. */
const EXEMPT = /^(rival|native|disruptor)\//

export function judge(
  report: BenchReport,
  base: BenchReport | undefined,
  { failBelow, maxP99Ns }: Pick<BenchOptions, 'failBelow' | 'maxP99Ns'>,
): Judgement {
  const comparison = base === undefined ? undefined : compareReports(base, report, failBelow)
  const verdicts = comparison?.scenarios.map(({ verdict }) => verdict) ?? []
  const timed = report.scenarios.flatMap(({ name, latencyNs }) =>
    latencyNs === undefined || EXEMPT.test(name) ? [] : [{ name, p99: latencyNs.p99 }],
  )
  const limitNs = maxP99Ns ?? Infinity
  const tooLate = timed.filter(({ p99 }) => p99 > limitNs).map(({ name }) => name)
  return {
    ...(comparison === undefined ? {} : { comparison }),
    tooLate,
    hasNoP99: maxP99Ns !== undefined && timed.length === 0,
    isSlower: verdicts.includes('slower') || tooLate.length > 0,
    isTooNoisy: verdicts.includes('too noisy'),
  }
}

export function renderJudgement(
  { comparison, tooLate, hasNoP99 }: Judgement,
  { compareFile = '', maxP99Ns }: Pick<BenchOptions, 'compareFile' | 'maxP99Ns'>,
  paint: Paint,
): string {
  const parts: string[] = []
  if (comparison !== undefined) parts.push(renderComparison(comparison, compareFile, paint))
  if (maxP99Ns !== undefined) {
    const limit = formatDuration(maxP99Ns)
    const late = hasNoP99
      ? `nothing was measured that has a p99 to hold against ${limit}`
      : `p99 above ${limit}: ${tooLate.join(', ')}`
    const isKept = !hasNoP99 && tooLate.length === 0
    const text = isKept ? `every p99 is at most ${limit}` : paint('red', late)
    parts.push(`${text}\n`)
  }
  return parts.join('')
}
