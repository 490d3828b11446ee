/**
 * bench-options.ts: the command line of `irpool bench`: what may be given, and what it must be.
 *
 * Runs on: the main thread of the command. Everything is checked here, before anything runs.
 */
import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import { parseOptions } from '../src/cli/parse-options.js'
import { UsageError } from '../src/cli/usage-error.js'
import { matchesAny, splitPatterns } from './name-pattern.js'
import type { Scenario } from './scenario.js'

export const COMMAND = 'irpool bench'

export const MAX_WORKERS = 64
/** Three rounds of some twenty-five variants, with start and warm-up, take a minute. */
const FULL = { runs: 3, durationMs: 350 }
/** One round of the quick variants takes ten seconds. */
const QUICK = { runs: 1, durationMs: 300 }

export const OPTIONS = {
  quick: { type: 'boolean' },
  json: { type: 'string' },
  runs: { type: 'string' },
  duration: { type: 'string' },
  only: { type: 'string' },
  trace: { type: 'string' },
  timeline: { type: 'string' },
  workers: { type: 'string' },
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

export interface BenchOptions {
  readonly action: 'run' | 'list' | 'help'
  readonly quick: boolean
  readonly runs: number
  readonly durationMs: number
  readonly warmupMs: number
  readonly workers: number
  /** The patterns of `--only`. */
  readonly only: readonly string[]
  readonly jsonFile?: string
  readonly traceFile?: string
  readonly timelineFile?: string
}

/** Parses and checks everything but `--only`. Throws UsageError. */
export function parseBenchOptions(argv: readonly string[]): BenchOptions {
  const given = parseOptions(COMMAND, argv, OPTIONS)
  const quick = given.has('quick')
  const preset = quick ? QUICK : FULL
  const seconds = { min: 0.01, max: 3600, unit: 'seconds' }
  const durationMs = Math.round(given.number('duration', preset.durationMs / 1000, seconds) * 1000)
  const only = given.text('only')
  const json = given.text('json')
  const trace = given.text('trace')
  const timeline = given.text('timeline')
  return {
    action: given.has('help') ? 'help' : given.has('list') ? 'list' : 'run',
    quick,
    runs: given.number('runs', preset.runs, { min: 1, max: 1000, integer: true }),
    durationMs,
    // Long enough to compile what is hot, and bounded for very long windows.
    warmupMs: Math.min(1000, Math.round(durationMs * 0.6)),
    workers: given.number('workers', 1, { min: 1, max: MAX_WORKERS, integer: true }),
    only: only === undefined ? [] : requirePatterns(only),
    ...(json === undefined ? {} : { jsonFile: requireWritable('json', json) }),
    ...(timeline === undefined ? {} : { timelineFile: requireWritable('timeline', timeline) }),
    ...(trace === undefined ? {} : { traceFile: requireReadable(trace) }),
  }
}

/** The scenarios that the options ask for. Throws UsageError when `--only` leaves none. */
export function selectScenarios(scenarios: readonly Scenario[], options: BenchOptions): Scenario[] {
  const { only, quick, traceFile } = options
  const possible = scenarios.filter(
    ({ needsTrace }) => needsTrace !== true || traceFile !== undefined,
  )
  if (only.length === 0) return possible.filter((scenario) => !quick || scenario.quick === true)
  // Who names scenarios gets them, also those that --quick alone would leave out.
  const selected = possible.filter(({ name }) => matchesAny(name, only))
  if (selected.length > 0) return selected
  const names = possible.map(({ name }) => `  ${name}`).join('\n')
  throw new UsageError(
    COMMAND,
    `--only '${only.join(',')}': no scenario matches; there are\n${names}`,
  )
}

function requirePatterns(text: string): string[] {
  const patterns = splitPatterns(text)
  if (patterns.length > 0) return patterns
  throw new UsageError(
    COMMAND,
    `--only '${text}': expected parts of names or globs, comma-separated`,
  )
}

function requireReadable(file: string): string {
  try {
    accessSync(file, constants.R_OK)
    if (statSync(file).isFile()) return path.resolve(file)
  } catch {
    throw new UsageError(COMMAND, `--trace '${file}': expected a file that exists and can be read`)
  }
  throw new UsageError(COMMAND, `--trace '${file}': expected a file, this is none`)
}

/** A minute of measuring must not end in "no such folder". */
function requireWritable(option: string, file: string): string {
  const folder = path.dirname(path.resolve(file))
  try {
    accessSync(folder, constants.W_OK)
  } catch {
    throw new UsageError(
      COMMAND,
      `--${option} '${file}': expected a file in a folder that can be written`,
    )
  }
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true) {
    throw new UsageError(COMMAND, `--${option} '${file}': expected a file, this is a folder`)
  }
  return path.resolve(file)
}

export const HELP = `Usage: ${COMMAND} [options]

Measures how many requests per second another thread answers: through the engine and through what one
would use instead. Every variant runs in a process of its own, in interleaved rounds; every answer is
checked; warm-up is excluded. Takes about a minute.

Options:
  --quick             the most telling variants once, about ten seconds
  --runs N            rounds, 1 to 1000 (default ${FULL.runs}; ${QUICK.runs} with --quick)
  --duration SECONDS  measured window of each run, 0.01 to 3600 (default ${FULL.durationMs / 1000}; ${QUICK.durationMs / 1000} with --quick)
  --only PATTERN      comma-separated parts of names, or globs with * and ?
  --workers N         worker threads that answer, 1 to ${MAX_WORKERS} (default 1)
  --trace FILE        a block I/O trace for the scenarios that replay one
  --json FILE         also write the result as JSON (schema irpool-bench/1)
  --timeline FILE     afterwards record some requests step by step, as a trace for ui.perfetto.dev
  --list              name the variants and run nothing
  -h, --help          this text

Examples:
  ${COMMAND} --quick
  ${COMMAND} --only 'rival/*' --runs 5
  ${COMMAND} --only depth-64 --duration 2 --json depth-64.json
  node --prof build/bench/child.js irp/batch/depth-1024    profile one variant

Exit codes: 0 measured, 1 a variant failed, 2 wrong usage, 3 a wrong answer, 130 interrupted (what was
measured so far is printed).
`
