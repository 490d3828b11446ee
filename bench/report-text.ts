/**
 * report-text.ts: everything around the table: what is measured and where, and what to make of it.
 *
 * Runs on: the orchestrator's main thread.
 */
import type { Paint } from '../src/cli/colour.js'
import { FOREIGN_CPU_LIMIT } from './cpu-noise.js'
import { describeBuild } from './environment.js'
import type { Environment } from './environment.js'
import { formatLedger } from './ledger.js'
import { overloadWarnings } from './overload-warnings.js'
import type { BenchReport, BenchSettings } from './report-json.js'
import { renderCosts, renderStages } from './report-costs.js'
import { renderTable } from './report-table.js'
import type { TableOptions } from './report-table.js'
import type { Scenario } from './scenario.js'

/** Printed before the first run. */
export function renderHeader(
  variants: number,
  settings: BenchSettings,
  environment: Environment,
  paint: Paint,
): string {
  const { runs, durationMs, warmupMs, workers } = settings
  const { node, platform, cpu, cores, loadAverage, date } = environment
  const rounds = runs === 1 ? 'one round' : `${runs} interleaved rounds`
  return `${paint('bold', 'irpool bench')}: requests answered by another thread, per second
  ${rounds} of ${count(variants, 'variant')}, each run in a process of its own: ${Number((warmupMs / 1000).toFixed(2))} s warm-up, ${durationMs / 1000} s measured, ${count(workers, 'worker')}
  every answer is checked; figures are medians of the rounds; ratios are ratios of medians
  ${cpu}, ${count(cores, 'core')}, load average ${loadAverage} before the start
  Node ${node} ${platform}, ${describeBuild(environment)}, ${date}

`
}

/** Printed after the last run. */
export function renderReport(report: BenchReport, table: TableOptions): string {
  const { paint } = table
  const lines: string[] = []
  if (report.interrupted === true) {
    lines.push(paint('yellow', 'interrupted; measured so far:'), '')
  }
  if (report.scenarios.length > 0) {
    lines.push(renderTable(report.scenarios, report.ratios, table))
    for (const more of [
      renderCosts(report.scenarios, paint),
      renderStages(report.scenarios, paint),
    ]) {
      if (more !== '') lines.push(more)
    }
  }
  lines.push(formatLedger(report.ledger), ...judgement(report, paint))
  return `${lines.join('\n')}\n`
}

/** The reader's warnings: what must not be concluded from these figures. */
function judgement({ tooBusy, scenarios, environment }: BenchReport, paint: Paint): string[] {
  const limit = `${FOREIGN_CPU_LIMIT * 100} %`
  const lines: string[] = []
  if (tooBusy === true) {
    const text = `This machine was too busy to judge: others used more than ${limit} of it during too many runs.`
    lines.push(paint('yellow', `${text} Run again when it is quiet.`))
  }
  lines.push(...overloadWarnings(scenarios).map((text) => paint('yellow', text)))
  if (environment.cores < 2) {
    lines.push(paint('yellow', 'Only one core: submitter and worker took turns on it.'))
  }
  if (scenarios.some(({ unverified }) => unverified !== undefined)) {
    lines.push(paint('red', 'Some answers were wrong: those variants have no figures.'))
  }
  return lines
}

/** `irpool bench --list`: `quick` are those of --quick, `extra` those that only --all or a pattern brings. */
export function renderList(scenarios: readonly Scenario[]): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length))
  const lines = scenarios.map(
    ({ name, title, quick, isExtra }) =>
      `${name.padEnd(width)}  ${quick === true ? 'quick' : isExtra === true ? 'extra' : '     '}  ${title}`,
  )
  return `${lines.join('\n')}\n`
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
