/**
 * charts.ts: which charts a report gives, as data for assets/charts.js and as tables with the same figures.
 *
 * Runs on: the main thread of the command.
 */
import { formatDuration, threeDigits } from '../format.js'
import type { BenchReport, MeasuredReport, ScenarioReport } from '../report-json.js'
import type { LatencyNs } from '../scenario.js'

export interface Series {
  readonly label: string
  readonly values: readonly (number | null)[]
}

export interface Chart {
  readonly id: string
  readonly title: string
  /** What is to be seen, in a sentence, for who cannot see it. */
  readonly summary: string
  readonly x: readonly number[]
  /** Texts for whole x, where they are no numbers. */
  readonly labels?: readonly string[]
  readonly xLabel: string
  readonly format: 'ns' | 'rate'
  readonly log: boolean
  readonly series: readonly Series[]
}

const PERCENTILES = ['p50', 'p90', 'p99', 'p999', 'p9999', 'max'] as const
export const PERCENTILE_LABELS = ['p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max']
const MOST_SERIES = 12

export function isMeasured(report: ScenarioReport): report is MeasuredReport {
  return report.median !== undefined
}

/** Whose figures they are. */
export function kindOf(name: string): 'ours' | 'rival' | 'native' {
  if (name.startsWith('native/')) return 'native'
  return name.startsWith('rival/') ? 'rival' : 'ours'
}

export function formatValue(format: Chart['format'], value: number | null): string {
  if (value === null) return '–'
  return format === 'ns' ? formatDuration(value) : threeDigits(value)
}

/** All that the figures of this report are enough for. */
export function chartsOf(report: BenchReport): Chart[] {
  return [percentileChart(report), loadChart(report), ...sweepCharts(report)].flatMap(
    (chart) => chart ?? [],
  )
}

function latencyOf({ latencyNs }: MeasuredReport, key: keyof LatencyNs): number | null {
  // A logarithmic axis has no place for nothing.
  return latencyNs === undefined ? null : Math.max(1, latencyNs[key])
}

function percentileChart({ scenarios }: BenchReport): Chart | undefined {
  const withLatency = scenarios
    .filter(isMeasured)
    .filter(({ name, latencyNs }) => latencyNs !== undefined && kindOf(name) === 'ours')
    .slice(0, MOST_SERIES)
  if (withLatency.length === 0) return undefined
  const p99s = withLatency.map((scenario) => latencyOf(scenario, 'p99')!)
  return {
    id: 'percentiles',
    title: 'Latency percentiles',
    summary: `Latencies of ${withLatency.length} variants from the median to the longest; their p99 lies between ${formatDuration(Math.min(...p99s))} and ${formatDuration(Math.max(...p99s))}.`,
    x: PERCENTILES.map((_, index) => index),
    labels: PERCENTILE_LABELS,
    xLabel: 'percentile',
    format: 'ns',
    log: true,
    series: withLatency.map((scenario) => ({
      label: scenario.name,
      values: PERCENTILES.map((key) => latencyOf(scenario, key)),
    })),
  }
}

/** Open loops at several rates: where latency leaves the ground. */
function loadChart({ scenarios }: BenchReport): Chart | undefined {
  const points = scenarios
    .filter(isMeasured)
    .filter(({ notes, latencyNs }) => latencyNs !== undefined && offeredOf(notes) > 0)
    .sort((left, right) => offeredOf(left.notes) - offeredOf(right.notes))
  if (points.length < 2) return undefined
  const last = points.at(-1)!
  return {
    id: 'load',
    title: 'Latency against offered load',
    summary: `Latency from the intended send time at ${points.length} rates; at the highest, ${threeDigits(offeredOf(last.notes))} a second, p99 is ${formatDuration(last.latencyNs!.p99)}.`,
    x: points.map(({ notes }) => offeredOf(notes)),
    xLabel: 'requests offered a second',
    format: 'ns',
    log: true,
    series: (['p50', 'p99', 'p999'] as const).map((key) => ({
      label: key === 'p999' ? 'p99.9' : key,
      values: points.map((point) => latencyOf(point, key)),
    })),
  }
}

function offeredOf(notes: MeasuredReport['notes']): number {
  const offered = notes?.['offeredRate']
  return typeof offered === 'number' ? offered : 0
}

function sweepCharts({ scenarios, settings }: BenchReport): Chart[] {
  const { sweep } = settings
  if (sweep === undefined) return []
  const points = scenarios
    .filter(isMeasured)
    .filter(({ parameters }) => parameters?.[sweep] !== undefined)
  if (points.length < 2) return []
  const values = points.map(({ parameters }) => parameters![sweep]!)
  // Values such as 1, 16, 256 would lie on top of each other: side by side, with their names.
  const axis = {
    x: values.map((_, index) => index),
    labels: values.map(String),
    xLabel: `--${sweep}`,
  }
  const medians = points.map(({ median }) => median)
  const best = medians.indexOf(Math.max(...medians))
  return [
    {
      ...axis,
      id: 'sweep-throughput',
      title: `Throughput by ${sweep}`,
      summary: `${points[0]!.unit} at ${points.length} values of ${sweep}; the most, ${threeDigits(medians[best]!)}, at ${values[best]!}.`,
      format: 'rate',
      log: false,
      series: [
        { label: 'median', values: medians },
        { label: 'least', values: points.map(({ min }) => min) },
        { label: 'most', values: points.map(({ max }) => max) },
      ],
    },
    {
      ...axis,
      id: 'sweep-latency',
      title: `Latency by ${sweep}`,
      summary: `Percentiles of the latency at ${points.length} values of ${sweep}.`,
      format: 'ns',
      log: true,
      series: (['p50', 'p99', 'p999'] as const).map((key) => ({
        label: key === 'p999' ? 'p99.9' : key,
        values: points.map((point) => latencyOf(point, key)),
      })),
    },
  ]
}
