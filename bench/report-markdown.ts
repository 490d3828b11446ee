/**
 * report-markdown.ts: the result of a benchmark as the block of the README between two markers.
 *
 * Runs on: the main thread of bench/readme-table.ts.
 * Figures in documents are generated, never typed.
 */
import { formatDuration, formatUnit, threeDigits } from './format.js'
import { formatLedger } from './ledger.js'
import type { BenchReport, ScenarioReport } from './report-json.js'

export const BEGIN_MARKER = '<!-- bench:begin -->'
export const END_MARKER = '<!-- bench:end -->'

const HEADINGS = [
  'variant',
  'median (min – max)',
  'p50',
  'p99',
  'CPU s per million',
  'of C++',
  'ratio',
]
const RIGHT_ALIGNED = new Set([1, 2, 3, 4, 5])

/** The README with its block replaced. Throws when the markers are missing, doubled or out of order. */
export function replaceBlock(readme: string, markdown: string): string {
  const begin = readme.indexOf(BEGIN_MARKER)
  const end = readme.indexOf(END_MARKER)
  const doubled =
    begin !== readme.lastIndexOf(BEGIN_MARKER) || end !== readme.lastIndexOf(END_MARKER)
  if (begin === -1 || end < begin || doubled) {
    throw new Error(`expected exactly one ${BEGIN_MARKER} and one ${END_MARKER} after it`)
  }
  const head = readme.slice(0, begin + BEGIN_MARKER.length)
  return `${head}\n\n${markdown.trim()}\n\n${readme.slice(end)}`
}

/** A sentence on how and where, a table per group, and the ledger. */
export function renderMarkdown(report: BenchReport): string {
  const blocks = [environmentLine(report)]
  for (const group of new Set(report.scenarios.map((scenario) => scenario.group))) {
    const rows = report.scenarios.filter((scenario) => scenario.group === group)
    blocks.push(`**${escapeCell(group)}**`, renderRows(rows, report))
  }
  if (report.tooBusy === true)
    blocks.push('The machine was too busy for these figures to be judged.')
  if (report.ledger.accepted > 0) {
    blocks.push(`Every answer was checked: ${formatLedger(report.ledger)}.`)
  }
  return blocks.join('\n\n')
}

function environmentLine({ environment, settings }: BenchReport): string {
  const { node, cpu, cores, date, commit } = environment
  const runs = settings.runs === 1 ? 'one run' : `median of ${settings.runs} interleaved runs`
  const workers = settings.workers === 1 ? '1 worker' : `${settings.workers} workers`
  return [
    `Measured ${date.slice(0, 10)}: Node ${node}, ${cpu}, ${cores} cores, commit ${commit};`,
    `${runs} of ${settings.durationMs / 1000} s each, ${workers}.`,
  ].join(' ')
}

function renderRows(scenarios: readonly ScenarioReport[], report: BenchReport): string {
  const rows = scenarios.map((scenario) => cellsOf(scenario, report).map(escapeCell))
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((cells) => cells[column]!.length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => align(cell, column, widths[column]!)).join(' | ')} |`
  const rule = widths.map((width, column) =>
    RIGHT_ALIGNED.has(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  )
  return [line(HEADINGS), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n')
}

function cellsOf(scenario: ScenarioReport, { ratios }: BenchReport): string[] {
  const name = `\`${scenario.name}\` ${scenario.title}`
  if (scenario.median === undefined) {
    const { skipped, failed, unverified } = scenario
    return [
      name,
      skipped === undefined ? `failed: ${failed ?? unverified}` : 'skipped',
      '',
      '',
      '',
      '',
      '',
    ]
  }
  const { median, min, max, latencyNs, noisy, cpuSecondsPerMillion } = scenario
  const own = ratios.filter((candidate) => candidate.scenario === scenario.name)
  const ratio = own.find(({ kind }) => kind !== 'native')
  const native = own.find(({ kind }) => kind === 'native')
  const spread = `${threeDigits(min)} – ${threeDigits(max)}`
  return [
    name,
    `${threeDigits(median)} ${formatUnit(scenario)} (${spread})${noisy === undefined ? '' : ' noisy'}`,
    latencyNs === undefined ? '' : formatDuration(latencyNs.p50),
    latencyNs === undefined ? '' : formatDuration(latencyNs.p99),
    cpuSecondsPerMillion === 0 ? '' : threeDigits(cpuSecondsPerMillion),
    native === undefined ? '' : native.value.toFixed(2),
    ratio === undefined
      ? ''
      : `${threeDigits(ratio.value)}× ${ratio.kind === 'p50' ? 'p50 of ' : ''}\`${ratio.rival}\``,
  ]
}

function align(cell: string, column: number, width: number): string {
  return RIGHT_ALIGNED.has(column) ? cell.padStart(width) : cell.padEnd(width)
}

function escapeCell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ')
}
