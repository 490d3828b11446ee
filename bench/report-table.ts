/**
 * report-table.ts: the result of a benchmark as a table for people.
 *
 * Runs on: the main thread of the orchestrator, or of a child run by hand.
 */
import type { Paint } from '../src/cli/colour.js'
import { painter } from '../src/cli/colour.js'
import { isVerified } from './exit-codes.js'
import { formatDuration, formatUnit, threeDigits } from './format.js'
import { formatLedger } from './ledger.js'
import type { MeasuredReport, RatioReport, ScenarioReport } from './report-json.js'
import { renderCosts, renderStages } from './report-costs.js'
import type { Measurement, Scenario } from './scenario.js'
import { shownRatios } from './shown-ratios.js'
import { figures, labelsOf } from './summary.js'
import { alignedLine, columnWidths, lineWidth } from './text-table.js'

const HEADINGS = [
  '',
  'median',
  'min – max',
  'unit',
  'p50',
  'p99',
  'CPU s/M',
  'B/IRP',
  'of C++',
  'ratio',
]
const LEFT_ALIGNED = new Set([0, 3, 9])
const GAP = '  '
const NOISY_MARK = '~'

export interface TableOptions {
  readonly paint: Paint
  /** Width of the terminal; ratios move below the table when they do not fit. Unlimited by default and when 0. */
  readonly columns?: number | undefined
}

/** The table, with a heading per group, notes on what is missing in it, and a newline at its end. */
export function renderTable(
  scenarios: readonly ScenarioReport[],
  ratios: readonly RatioReport[],
  { paint, columns = Infinity }: TableOptions,
): string {
  const all = scenarios.map((scenario) => cellsOf(scenario, ratios))
  const fullWidth = lineWidth(columnWidths(HEADINGS, all))
  const ratiosFit = columns === 0 || fullWidth <= columns
  const rows = ratiosFit ? all : all.map((cells) => cells.slice(0, -1))
  const widths = columnWidths(HEADINGS, rows)
  const lines: string[] = []
  let group: string | undefined
  for (const [index, scenario] of scenarios.entries()) {
    if (scenario.group !== group) {
      group = scenario.group
      if (index > 0) lines.push('')
      lines.push(paint('bold', group))
      lines.push(paint('dim', alignedLine(HEADINGS.slice(0, widths.length), widths, LEFT_ALIGNED)))
    }
    lines.push(rowOf(scenario, rows[index]!, widths, paint))
  }
  if (!ratiosFit && ratios.length > 0) lines.push('', ...ratioLines(ratios, paint))
  lines.push(...legend(scenarios, paint))
  return `${lines.join('\n')}\n`
}

/** What `node build/bench/child.js NAME` prints. */
export function renderSingleRun(scenario: Scenario, run: Measurement): string {
  const { notes: _, ...numbers } = figures([run])
  const reports = [{ ...labelsOf(scenario), ...numbers }]
  const paint = painter(false)
  const lines = [`${scenario.title}\n`, renderTable(reports, [], { paint })]
  const more = [renderCosts(reports, paint), renderStages(reports, paint)]
  for (const table of more) if (table !== '') lines.push(table)
  if (run.scavenges !== undefined) lines.push(`scavenges ${run.scavenges}\n`)
  for (const [key, value] of Object.entries(run.notes ?? {})) lines.push(`${key} ${value}\n`)
  if (run.ledger !== undefined) lines.push(`${formatLedger(run.ledger)}\n`)
  lines.push(`answers ${isVerified(run) ? 'verified' : 'WRONG: this figure means nothing'}\n`)
  return lines.join('')
}

function cellsOf(scenario: ScenarioReport, ratios: readonly RatioReport[]): string[] {
  if (!isMeasured(scenario)) return [`  ${scenario.name}`]
  const { name, median, min, max, latencyNs, cpuSecondsPerMillion, bytesAllocatedPerIrp } = scenario
  const own = ratios.filter((candidate) => candidate.scenario === name)
  const native = own.find(({ kind }) => kind === 'native')
  return [
    `  ${name}`,
    `${scenario.noisy === undefined ? '' : NOISY_MARK}${threeDigits(median)}`,
    `${threeDigits(min)} – ${threeDigits(max)}`,
    formatUnit(scenario),
    latencyNs === undefined ? '' : formatDuration(latencyNs.p50),
    latencyNs === undefined ? '' : formatDuration(latencyNs.p99),
    cpuSecondsPerMillion === 0 ? '' : threeDigits(cpuSecondsPerMillion),
    bytesAllocatedPerIrp === undefined ? '' : threeDigits(bytesAllocatedPerIrp),
    native === undefined ? '' : native.value.toFixed(2),
    shownRatios(own, name).map(ratioText).join(', '),
  ]
}

function rowOf(
  scenario: ScenarioReport,
  cells: readonly string[],
  widths: readonly number[],
  paint: Paint,
): string {
  const line = alignedLine(cells, widths, LEFT_ALIGNED)
  if (isMeasured(scenario)) return scenario.noisy === undefined ? line : paint('yellow', line)
  const { skipped, failed, unverified } = scenario
  const name = cells[0]!.padEnd(widths[0]!)
  if (skipped !== undefined) return paint('dim', `${name}${GAP}skipped: ${skipped}`)
  if (failed !== undefined) return paint('red', `${name}${GAP}failed: ${failed}`)
  return paint('red', `${name}${GAP}WRONG ANSWERS: ${unverified}`)
}

function ratioLines(ratios: readonly RatioReport[], paint: Paint): string[] {
  const names = new Set(ratios.map(({ scenario }) => scenario))
  const shown = [...names].flatMap((name) => shownRatios(ratios, name))
  return [
    paint('bold', 'ratios'),
    ...shown.map(
      ({ scenario, rival, value, kind }) =>
        `  ${threeDigits(value)}× ${scenario} ÷ ${shortName(rival)}${kind === 'p50' ? ' (p50)' : ''}`,
    ),
  ]
}

function legend(scenarios: readonly ScenarioReport[], paint: Paint): string[] {
  if (!scenarios.some(({ noisy }) => noisy !== undefined)) return []
  const text = `${NOISY_MARK} other processes used more than 5 % of the machine during a run, twice`
  return ['', paint('yellow', text)]
}

/** `30.4× post-message/depth-1024`, `1.20× p50 of latency/bare/spin`. */
function ratioText({ value, rival, kind }: RatioReport): string {
  return `${threeDigits(value)}× ${kind === 'p50' ? 'p50 of ' : ''}${shortName(rival)}`
}

function shortName(name: string): string {
  return name.replace(/^rival\//, '')
}

function isMeasured(report: ScenarioReport): report is MeasuredReport {
  return report.median !== undefined
}
