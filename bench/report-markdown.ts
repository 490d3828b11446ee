/**
 * report-markdown.ts: the result of a benchmark as blocks of the README between markers: all figures, and the few
 * that its first screen shows.
 *
 * Runs on: the main thread of bench/readme-table.ts.
 * Figures in documents are generated, never typed.
 */
import { describeBuild } from './environment.js'
import { formatDuration, formatUnit, threeDigits } from './format.js'
import { formatLedger } from './ledger.js'
import { overloadWarnings } from './overload-warnings.js'
import type { BenchReport, ScenarioReport } from './report-json.js'
import type { LatencyNs } from './scenario.js'
import { shownRatios } from './shown-ratios.js'

/** A block of the README: `all` has every figure, `headline` those of the first screen. */
export type Block = 'all' | 'headline'

/** What people ask first: how many, how soon, and beside what they use today. */
const HEADLINES: readonly (readonly [name: string, what: string])[] = [
  ['irp/batch/depth-1024', '**irpool**, batch API, 1024 in flight'],
  ['rival/post-message/depth-1024', 'postMessage, a message per request, 1024 in flight'],
  [
    'rival/post-message-object/depth-1024',
    'postMessage, an object per request and a Map, 1024 in flight',
  ],
  ['irp/promise/depth-64', '**irpool**, promise API, 64 in flight'],
  ['rival/post-message/depth-64', 'postMessage, 64 in flight'],
  ['rival/post-message-object/depth-64', 'postMessage, objects and a Map, 64 in flight'],
  ['rival/piscina-tasks-64/depth-64', 'Piscina, a task per request, 64 in flight'],
  ['rival/comlink/depth-64', 'Comlink, a call per request, 64 in flight'],
  ['irp/batch/depth-1', '**irpool**, one in flight'],
  ['rival/post-message/depth-1', 'postMessage, one in flight'],
  ['native/null-driver/depth-1024', 'the limit: the same path in C++, 1024 in flight'],
]
const HEADLINE_HEADINGS = [
  'one request there and back, answered by one worker',
  'a second',
  'p50',
  'p99',
]

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

/** The README with one block replaced. Throws when its markers are missing, doubled or out of order. */
export function replaceBlock(readme: string, block: Block, markdown: string): string {
  const beginMarker = `<!-- bench:${block}:begin -->`
  const endMarker = `<!-- bench:${block}:end -->`
  const begin = readme.indexOf(beginMarker)
  const end = readme.indexOf(endMarker)
  const doubled = begin !== readme.lastIndexOf(beginMarker) || end !== readme.lastIndexOf(endMarker)
  if (begin === -1 || end < begin || doubled) {
    throw new Error(`expected exactly one ${beginMarker} and one ${endMarker} after it`)
  }
  const head = readme.slice(0, begin + beginMarker.length)
  return `${head}\n\n${markdown.trim()}\n\n${readme.slice(end)}`
}

/** The first screen's table. Leaves out what was not measured. */
export function renderHeadline(report: BenchReport): string {
  const rows = HEADLINES.flatMap(([name, what]) => {
    const scenario = report.scenarios.find((candidate) => candidate.name === name)
    if (scenario?.median === undefined) return []
    const { median, latencyNs, noisy } = scenario
    const cells = [what, `${threeDigits(median)}${noisy === undefined ? '' : ' noisy'}`]
    return [[...cells, ...percentileCells(latencyNs)]]
  })
  return `${renderTable(HEADLINE_HEADINGS, rows)}\n\n${environmentLine(report)}`
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
  blocks.push(...overloadWarnings(report.scenarios))
  if (report.ledger.accepted > 0) {
    blocks.push(`Every answer was checked: ${formatLedger(report.ledger)}.`)
  }
  return blocks.join('\n\n')
}

function environmentLine({ environment, settings }: BenchReport): string {
  const { node, cpu, cores, date } = environment
  const runs = settings.runs === 1 ? 'one run' : `median of ${settings.runs} interleaved runs`
  const workers = settings.workers === 1 ? '1 worker' : `${settings.workers} workers`
  return [
    `Measured ${date.slice(0, 10)}: Node ${node}, ${cpu}, ${cores} cores, ${describeBuild(environment)};`,
    `${runs} of ${settings.durationMs / 1000} s each, ${workers}.`,
  ].join(' ')
}

function renderRows(scenarios: readonly ScenarioReport[], report: BenchReport): string {
  return renderTable(
    HEADINGS,
    scenarios.map((scenario) => cellsOf(scenario, report)),
  )
}

function renderTable(headings: readonly string[], unescaped: readonly string[][]): string {
  const rows = unescaped.map((cells) => cells.map(escapeCell))
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((cells) => cells[column]!.length)),
  )
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => align(cell, column, widths[column]!)).join(' | ')} |`
  const rule = widths.map((width, column) =>
    RIGHT_ALIGNED.has(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  )
  return [line(headings), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n')
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
  const native = own.find(({ kind }) => kind === 'native')
  const spread = `${threeDigits(min)} – ${threeDigits(max)}`
  return [
    name,
    `${threeDigits(median)} ${formatUnit(scenario)} (${spread})${noisy === undefined ? '' : ' noisy'}`,
    ...percentileCells(latencyNs),
    cpuSecondsPerMillion === 0 ? '' : threeDigits(cpuSecondsPerMillion),
    native === undefined ? '' : native.value.toFixed(2),
    shownRatios(own, scenario.name)
      .map(
        ({ value, kind, rival }) =>
          `${threeDigits(value)}× ${kind === 'p50' ? 'p50 of ' : ''}\`${rival}\``,
      )
      .join(', '),
  ]
}

function percentileCells(latencyNs: LatencyNs | undefined): string[] {
  if (latencyNs === undefined) return ['', '']
  return [formatDuration(latencyNs.p50), formatDuration(latencyNs.p99)]
}

function align(cell: string, column: number, width: number): string {
  return RIGHT_ALIGNED.has(column) ? cell.padStart(width) : cell.padEnd(width)
}

function escapeCell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ')
}
