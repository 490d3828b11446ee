/**
 * comparison.ts: this run beside another one: which variants have become faster or slower, and of which that
 * cannot be said.
 *
 * Runs on: the orchestrator's main thread, after the runs.
 *
 * A change is the ratio of medians less 1, turned round where less is better. The noise of a variant is half
 * the spread of its runs by their median, of whichever of the two runs spreads more; a change that is not
 * larger is no change that anybody can see. A variant with a single run has no spread to judge by.
 */
import type { Paint } from '../src/cli/colour.js'
import type { BenchReport, ScenarioReport } from './report-json.js'
import { alignedLine, columnWidths } from './text-table.js'

export type Verdict = 'same' | 'faster' | 'slower' | 'too noisy'

export interface ComparedScenario {
  readonly name: string
  /** -0.1 is ten per cent slower. */
  readonly change: number
  readonly noise: number
  readonly verdict: Verdict
}

export interface Comparison {
  readonly scenarios: readonly ComparedScenario[]
  /** Measured here or there only. */
  readonly missing: readonly string[]
  /** Set when the two runs were on different processors or versions of Node. */
  readonly otherMachine?: string
  readonly threshold: number
}

/** Compares what both have measured. */
export function compareReports(
  base: BenchReport,
  current: BenchReport,
  threshold: number,
): Comparison {
  const bases = new Map(base.scenarios.map((scenario) => [scenario.name, scenario]))
  const isBoth = ({ name, median }: ScenarioReport) =>
    median !== undefined && bases.get(name)?.median !== undefined
  const scenarios = current.scenarios
    .filter(isBoth)
    .map((scenario) => compareScenario(bases.get(scenario.name)!, scenario, threshold))
  const missing = current.scenarios.filter((scenario) => !isBoth(scenario)).map(({ name }) => name)
  const there = `${base.environment.cpu}, Node ${base.environment.node}`
  const here = `${current.environment.cpu}, Node ${current.environment.node}`
  return { scenarios, missing, threshold, ...(there === here ? {} : { otherMachine: there }) }
}

function compareScenario(
  base: ScenarioReport,
  current: ScenarioReport,
  threshold: number,
): ComparedScenario {
  const ratio = (current.median ?? 0) / (base.median ?? 0)
  const change = current.lowerIsBetter === true ? 1 / ratio - 1 : ratio - 1
  const noise = Math.max(noiseOf(base), noiseOf(current))
  return { name: current.name, change, noise, verdict: verdictOf(change, noise, threshold) }
}

function noiseOf({ median, min, max, runs }: ScenarioReport): number {
  if (median === undefined || min === undefined || max === undefined || runs < 2) return Infinity
  return median === 0 ? 0 : (max - min) / 2 / median
}

function verdictOf(change: number, noise: number, threshold: number): Verdict {
  // Runs that spread less than the threshold, and a change below it: nothing has happened.
  if (Math.abs(change) < threshold && noise < threshold) return 'same'
  if (noise >= Math.abs(change)) return 'too noisy'
  if (Math.abs(change) < threshold) return 'same'
  return change < 0 ? 'slower' : 'faster'
}

export function renderComparison(comparison: Comparison, baseFile: string, paint: Paint): string {
  const { scenarios, missing, otherMachine, threshold } = comparison
  const headings = ['', 'change', 'noise', 'verdict']
  const rows = scenarios.map(({ name, change, noise, verdict }) => [
    `  ${name}`,
    `${change >= 0 ? '+' : ''}${percent(change)}`,
    noise === Infinity ? 'one run' : `±${percent(noise)}`,
    verdict,
  ])
  const widths = columnWidths(headings, rows)
  const left = new Set([0, 3])
  const lines = [
    paint('bold', `compared with ${baseFile}; slower by ${percent(threshold)} is a failure`),
    paint('dim', alignedLine(headings, widths, left)),
  ]
  for (const [index, cells] of rows.entries()) {
    const line = alignedLine(cells, widths, left)
    const { verdict } = scenarios[index]!
    if (verdict === 'slower') lines.push(paint('red', line))
    else lines.push(verdict === 'too noisy' ? paint('yellow', line) : line)
  }
  if (missing.length > 0) lines.push(`  not in both: ${missing.join(', ')}`)
  if (otherMachine !== undefined) {
    lines.push(paint('yellow', `  that run was on ${otherMachine}: only ratios mean something`))
  }
  if (scenarios.some(({ verdict }) => verdict === 'too noisy')) {
    const advice =
      'where the noise is larger than the effect there is no verdict: more --runs, a quiet machine'
    lines.push(paint('yellow', `  ${advice}`))
  }
  return `${lines.join('\n')}\n`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
