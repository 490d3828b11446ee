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
  /** A variant could not be compared. */
  readonly isTooNoisy: boolean
}

/** What a limit on latency is not for: others' code, and what has no engine. */
const EXEMPT = /^(rival|native|disruptor)\//

export function judge(
  report: BenchReport,
  base: BenchReport | undefined,
  { failBelow, maxP99Ns = Infinity }: Pick<BenchOptions, 'failBelow' | 'maxP99Ns'>,
): Judgement {
  const comparison = base === undefined ? undefined : compareReports(base, report, failBelow)
  const verdicts = comparison?.scenarios.map(({ verdict }) => verdict) ?? []
  const tooLate = report.scenarios.flatMap(({ name, latencyNs }) =>
    (latencyNs?.p99 ?? 0) > maxP99Ns && !EXEMPT.test(name) ? [name] : [],
  )
  return {
    ...(comparison === undefined ? {} : { comparison }),
    tooLate,
    isSlower: verdicts.includes('slower') || tooLate.length > 0,
    isTooNoisy: verdicts.includes('too noisy'),
  }
}

export function renderJudgement(
  { comparison, tooLate }: Judgement,
  { compareFile = '', maxP99Ns }: Pick<BenchOptions, 'compareFile' | 'maxP99Ns'>,
  paint: Paint,
): string {
  const parts: string[] = []
  if (comparison !== undefined) parts.push(renderComparison(comparison, compareFile, paint))
  if (maxP99Ns !== undefined) {
    const limit = formatDuration(maxP99Ns)
    const text =
      tooLate.length === 0
        ? `every p99 is at most ${limit}`
        : paint('red', `p99 above ${limit}: ${tooLate.join(', ')}`)
    parts.push(`${text}\n`)
  }
  return parts.join('')
}
