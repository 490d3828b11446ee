/**
 * compare-report.ts: the comparison as a table for people.
 *
 * Runs on: the main thread of the command.
 */
import type { Paint, Style } from '../../src/cli/colour.js'
import { formatUnit, threeDigits } from '../format.js'
import type { Judgement, Verdict } from './judgement.js'
import type { Failure, Series } from './rounds.js'

export interface Compared extends Series {
  readonly judgement: Judgement
}

const STYLES: Readonly<Record<Verdict, Style>> = {
  faster: 'green',
  slower: 'red',
  'no difference': 'dim',
  'too noisy to judge': 'yellow',
  'too few rounds': 'yellow',
}
const NUMBERS = 4

/** The table, with a newline at its end; empty when nothing was compared. */
export function renderComparison(
  compared: readonly Compared[],
  base: string,
  paint: Paint,
): string {
  if (compared.length === 0) return ''
  const heading = ['', base, 'this build', 'speed-up', '95 %', 'unit', '']
  const rows = compared.map(cellsOf)
  const widths = heading.map((_, column) =>
    Math.max(...[heading, ...rows].map((cells) => cells[column]!.length)),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column >= 1 && column <= NUMBERS
          ? cell.padStart(widths[column]!)
          : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd()
  const lines = compared.map(({ judgement: { verdict } }, row) => {
    const [label, ...rest] = [line(rows[row]!.slice(0, -1)), verdict]
    return `${label}  ${paint(STYLES[verdict], rest.join(''))}`
  })
  return `${[paint('dim', line(heading)), ...lines].join('\n')}\n`
}

function cellsOf(series: Compared): string[] {
  const { baseMedian, currentMedian, speedup, low, high, verdict } = series.judgement
  const unit = formatUnit({
    unit: series.unit,
    ...(series.lowerIsBetter ? { lowerIsBetter: true as const } : {}),
  })
  return [
    series.name,
    threeDigits(baseMedian),
    threeDigits(currentMedian),
    `${speedup.toFixed(3)}×`,
    `${low.toFixed(3)} – ${high.toFixed(3)}`,
    unit,
    verdict,
  ]
}

/** A line for each run that gave no figure. */
export function renderFailures(failures: readonly Failure[], base: string): string {
  const lines = failures.map(({ name, build, why }) => {
    const where = build === 'base' ? base : 'this build'
    return `${name}: failed in ${where}: ${why}`
  })
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}
