/**
 * report-costs.ts: what the figures of the main table took: sleeps, wake-ups, batches, collections, and the
 * far end of the latencies; and latencies by stage, where they were measured.
 *
 * Runs on: the main thread of the orchestrator, or of a child run by hand.
 */
import type { Paint } from '../src/cli/colour.js'
import { formatCount, formatDuration, threeDigits } from './format.js'
import type { ScenarioReport } from './report-json.js'
import { ALL_STAGES } from './scenario.js'
import type { LatencyNs } from './scenario.js'
import { alignedLine, columnWidths } from './text-table.js'

const COST_HEADINGS = [
  '',
  'p99.9',
  'p99.99',
  'max',
  'parks w/h',
  'wake-ups w/h',
  'rescues',
  'IRP/batch',
  'GCs',
  'GC max',
]
const STAGE_HEADINGS = ['', 'stage', 'p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max']
const FIRST = new Set([0])
const FIRST_TWO = new Set([0, 1])

/** Empty when no scenario has counters. Workers and host are apart: `12 / 3`. */
export function renderCosts(scenarios: readonly ScenarioReport[], paint: Paint): string {
  const rows = scenarios.flatMap((scenario) =>
    scenario.counters === undefined ? [] : [costCells(scenario)],
  )
  if (rows.length === 0) return ''
  const heading = 'what it took: sleeps and wake-ups of workers / host, batches, collections'
  return renderRows(heading, COST_HEADINGS, rows, FIRST, paint)
}

/** Empty when no scenario has stages. */
export function renderStages(scenarios: readonly ScenarioReport[], paint: Paint): string {
  const rows = scenarios.flatMap(({ name, stagesNs, latencyNs }) => {
    if (stagesNs === undefined || latencyNs === undefined) return []
    return [
      ...ALL_STAGES.flatMap((stage) => {
        const latency = stagesNs[stage]
        return latency === undefined ? [] : [['', stage, ...durations(latency)]]
      }),
      ['', 'all', ...durations(latencyNs)],
    ].map((cells, i) => (i === 0 ? [`  ${name}`, ...cells.slice(1)] : cells))
  })
  if (rows.length === 0) return ''
  const hasInterrupts = scenarios.some(({ stagesNs }) => stagesNs?.interrupt !== undefined)
  const heading = hasInterrupts
    ? 'latency by stage: of interrupts sent → line raised, raised → ISR, ISR → DPC, DPC → completed, completed → reaped'
    : 'latency by stage: due → sent, sent → handler begins, handler → completed, completed → reaped'
  return renderRows(heading, STAGE_HEADINGS, rows, FIRST_TWO, paint)
}

function costCells({ name, counters, latencyNs, gc }: ScenarioReport): string[] {
  const { workerParks, hostParks, workerWakeUps, hostWakeUps, rescues, requestsPerBatch } =
    counters!
  return [
    `  ${name}`,
    ...(latencyNs === undefined ? ['', '', ''] : durations(latencyNs).slice(-3)),
    `${formatCount(workerParks)} / ${formatCount(hostParks)}`,
    `${formatCount(workerWakeUps)} / ${formatCount(hostWakeUps)}`,
    formatCount(rescues),
    threeDigits(requestsPerBatch),
    gc === undefined ? '' : formatCount(gc.count),
    gc === undefined || gc.count === 0 ? '' : formatDuration(gc.maxMs * 1e6),
  ]
}

function durations({ p50, p90, p99, p999, p9999, max }: LatencyNs): string[] {
  return [p50, p90, p99, p999, p9999, max].map(formatDuration)
}

function renderRows(
  heading: string,
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  leftAligned: ReadonlySet<number>,
  paint: Paint,
): string {
  const widths = columnWidths(headings, rows)
  const lines = rows.map((cells) => alignedLine(cells, widths, leftAligned))
  const head = paint('dim', alignedLine(headings, widths, leftAligned))
  return `${[paint('bold', heading), head, ...lines].join('\n')}\n`
}
