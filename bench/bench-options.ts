/**
 * bench-options.ts: the command line of `irpool bench`: what may be given, and what it must be.
 *
 * Runs on: the main thread of the command. Everything is checked here, before anything runs.
 */
import { type ParsedOptions, parseOptions } from '../src/cli/parse-options.js'
import { UsageError } from '../src/cli/usage-error.js'
import { matchesAny, splitPatterns } from './name-pattern.js'
import { requireDistinct, requireReadable, requireWritable } from './output-file.js'
import type { Scenario } from './scenario.js'
import { missingTrace, unusedTrace } from './trace-file.js'
import { parseDurationNs } from './workload/quantity.js'
import {
  MAX_WORKERS,
  parseWorkloads,
  WORKLOAD_OPTIONS,
  type GivenWorkload,
} from './workload/workload-options.js'
import { customScenarios } from './workload/workload-scenario.js'

export const COMMAND = 'irpool bench'

/** Three rounds of some thirty variants, with start and warm-up, take a minute and a half. */
export const FULL = { runs: 3, durationMs: 200 }
/** One round of the quick variants takes ten seconds. */
export const QUICK = { runs: 1, durationMs: 250 }
/** A workload by itself has time. */
export const CUSTOM = { runs: 3, durationMs: 1000 }

export const OPTIONS = {
  quick: { type: 'boolean' },
  all: { type: 'boolean' },
  json: { type: 'string' },
  html: { type: 'string' },
  markdown: { type: 'string' },
  runs: { type: 'string' },
  duration: { type: 'string' },
  only: { type: 'string' },
  trace: { type: 'string' },
  timeline: { type: 'string' },
  workers: { type: 'string' },
  compare: { type: 'string' },
  'fail-below': { type: 'string' },
  'max-p99': { type: 'string' },
  ...WORKLOAD_OPTIONS,
  list: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

type Given = ParsedOptions<keyof typeof OPTIONS>

export interface BenchOptions {
  readonly action: 'run' | 'list' | 'help'
  readonly quick: boolean
  readonly all: boolean
  readonly runs: number
  readonly durationMs: number
  readonly warmupMs: number
  readonly workers: number
  /** The patterns of `--only`. */
  readonly only: readonly string[]
  /** What was put together on the command line; one for each value of a sweep. */
  readonly workloads: readonly GivenWorkload[]
  /** The option that a sweep varies. */
  readonly sweep?: string
  readonly jsonFile?: string
  readonly htmlFile?: string
  readonly markdownFile?: string
  readonly traceFile?: string
  readonly timelineFile?: string
  readonly compareFile?: string
  /** How much slower than the base is a failure, 0 to 1. */
  readonly failBelow: number
  /** A p99 above is a failure, nanoseconds. */
  readonly maxP99Ns?: number
}

const FAIL_BELOW = 0.05

/** Parses and checks everything but `--only`. Throws UsageError, in the name of `command`. */
export function parseBenchOptions(argv: readonly string[], command = COMMAND): BenchOptions {
  const given = parseOptions(command, argv, OPTIONS)
  const quick = given.has('quick')
  const sweep = given.text('sweep')
  const workloads = parseWorkloads(
    command,
    (name) => given.text(name) ?? (given.has(name) ? 'yes' : undefined),
    sweep,
  )
  const preset = quick ? QUICK : workloads.length > 0 ? CUSTOM : FULL
  const seconds = { min: 0.01, max: 3600, unit: 'seconds' }
  const durationMs = Math.round(given.number('duration', preset.durationMs / 1000, seconds) * 1000)
  const only = given.text('only')
  const maxP99 = given.text('max-p99')
  if (quick && given.has('all')) {
    throw new UsageError(command, '--quick and --all: expected one of them')
  }
  if (given.has('all') && (only !== undefined || workloads.length > 0)) {
    const other = only === undefined ? 'a workload of your own' : `--only '${only}'`
    throw new UsageError(command, `--all and ${other}: expected one of them`)
  }
  return {
    action: given.has('help') ? 'help' : given.has('list') ? 'list' : 'run',
    quick,
    all: given.has('all'),
    runs: given.number('runs', preset.runs, { min: 1, max: 1000, integer: true }),
    durationMs,
    warmupMs: warmupOf(durationMs),
    workers: given.number('workers', 1, { min: 1, max: MAX_WORKERS, integer: true }),
    only: only === undefined ? [] : requirePatterns(command, only),
    workloads,
    failBelow: parseFailBelow(command, given),
    ...(sweep === undefined ? {} : { sweep: sweep.split('=')[0]! }),
    ...(maxP99 === undefined ? {} : { maxP99Ns: parseMaxP99(command, maxP99) }),
    ...filesOf(command, given),
  }
}

/** Long enough to compile what is hot, and bounded for very long windows. */
function warmupOf(durationMs: number): number {
  return Math.round(Math.min(1000, durationMs))
}

function filesOf(command: string, given: Given) {
  const read = (name: 'trace' | 'compare') => {
    const file = given.text(name)
    return file === undefined ? undefined : requireReadable(command, `--${name}`, file)
  }
  const write = (name: 'json' | 'html' | 'markdown' | 'timeline') => {
    const file = given.text(name)
    return file === undefined ? undefined : requireWritable(command, `--${name}`, file)
  }
  const [traceFile, compareFile] = [read('trace'), read('compare')]
  const [jsonFile, htmlFile] = [write('json'), write('html')]
  const [markdownFile, timelineFile] = [write('markdown'), write('timeline')]
  // The base of a comparison is read before: it may be what the new run is written to.
  requireDistinct(command, {
    '--trace': traceFile,
    '--json': jsonFile,
    '--html': htmlFile,
    '--markdown': markdownFile,
    '--timeline': timelineFile,
  })
  return {
    ...(jsonFile === undefined ? {} : { jsonFile }),
    ...(htmlFile === undefined ? {} : { htmlFile }),
    ...(markdownFile === undefined ? {} : { markdownFile }),
    ...(traceFile === undefined ? {} : { traceFile }),
    ...(timelineFile === undefined ? {} : { timelineFile }),
    ...(compareFile === undefined ? {} : { compareFile }),
  }
}

function parseFailBelow(command: string, given: Given): number {
  const text = given.text('fail-below')
  if (text === undefined) return FAIL_BELOW
  if (!given.has('compare')) {
    throw new UsageError(command, `--fail-below '${text}': there is nothing to --compare with`)
  }
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1] ?? Number.NaN)
  if (percent > 0 && percent < 100) return percent / 100
  throw new UsageError(command, `--fail-below '${text}': expected a share below 100%, such as 5%`)
}

function parseMaxP99(command: string, text: string): number {
  const ns = parseDurationNs(text)
  if (ns > 0) return ns
  throw new UsageError(command, `--max-p99 '${text}': expected a time such as 200us or 1.5ms`)
}

/**
 * The scenarios that the options ask for. Throws UsageError when a pattern of `--only` names none, and when
 * none of them needs the trace that is there, or the other way round.
 */
export function selectScenarios(scenarios: readonly Scenario[], options: BenchOptions): Scenario[] {
  const { action, only, quick, all, traceFile, workloads } = options
  const custom = customScenarios(workloads)
  const possible = scenarios.filter(
    ({ needsTrace }) => needsTrace !== true || traceFile !== undefined,
  )
  // Who names scenarios gets them, also those that --quick or the standard set would leave out.
  const isMeant = ({ name, quick: isQuick, isExtra }: Scenario) => {
    if (only.length > 0) return matchesAny(name, only)
    if (quick) return isQuick === true
    return all || action === 'list' || isExtra !== true
  }
  // A workload runs by itself, beside what a pattern names.
  const isAlone = only.length === 0 && custom.length > 0
  const selected = isAlone ? [] : possible.filter(isMeant)
  for (const pattern of only) {
    if (!selected.some(({ name }) => matchesAny(name, [pattern]))) {
      throw nothingMatches(scenarios, possible, pattern)
    }
  }
  if (traceFile !== undefined && !selected.some(({ needsTrace }) => needsTrace === true)) {
    throw unusedTrace(COMMAND, traceFile)
  }
  return [...custom, ...selected]
}

function nothingMatches(
  scenarios: readonly Scenario[],
  possible: readonly Scenario[],
  pattern: string,
): UsageError {
  const what = `--only '${pattern}'`
  if (scenarios.some(({ name }) => matchesAny(name, [pattern]))) return missingTrace(COMMAND, what)
  const names = possible.map(({ name }) => `  ${name}`).join('\n')
  return new UsageError(COMMAND, `${what}: no scenario matches; there are\n${names}`)
}

function requirePatterns(command: string, text: string): string[] {
  const patterns = splitPatterns(text)
  if (patterns.length > 0) return patterns
  throw new UsageError(
    command,
    `--only '${text}': expected parts of names or globs, comma-separated`,
  )
}
