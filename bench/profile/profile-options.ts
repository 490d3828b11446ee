/**
 * profile-options.ts: the command line of `irpool profile`: its own options, and the benchmark's.
 *
 * Runs on: the main thread of the command. Everything is checked here, before anything runs.
 */
import { accessSync, constants, mkdirSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { parseOptions } from '../../src/cli/parse-options.js'
import { UsageError } from '../../src/cli/usage-error.js'
import { OPTIONS as BENCH_OPTIONS, parseBenchOptions } from '../bench-options.js'
import type { BenchOptions } from '../bench-options.js'
import { matchesAny, splitPatterns } from '../name-pattern.js'
import { requireWritable } from '../output-file.js'
import type { Scenario } from '../scenario.js'
import { missingTrace, unusedTrace } from '../trace-file.js'
import { WORKLOAD_OPTIONS } from '../workload/workload-options.js'
import { customScenarios } from '../workload/workload-scenario.js'

export const COMMAND = 'irpool profile'
const DEFAULT_PATTERN = 'irp/batch/depth-1024'
/** Some three thousand ticks a thread. */
const DEFAULT_DURATION_S = 3

const OWN_OPTIONS = {
  html: { type: 'string' },
  json: { type: 'string' },
  keep: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** The benchmark's that say what runs and how. Its reports, judgements and rounds are not for one run. */
const { sweep: _sweep, ...WORKLOAD } = WORKLOAD_OPTIONS
const { only, duration, workers, trace } = BENCH_OPTIONS
const SHARED_OPTIONS = { only, duration, workers, trace, ...WORKLOAD }

export interface ProfileOptions {
  readonly help: boolean
  /** Parts of the scenario's name, or a glob. */
  readonly pattern: string
  readonly bench: BenchOptions
  readonly htmlFile?: string
  readonly jsonFile?: string
  /** Where the raw logs go; a folder of the system's otherwise. */
  readonly keepFolder?: string
}

/** Parses and checks everything but the pattern. Throws UsageError. */
export function parseProfileOptions(argv: readonly string[]): ProfileOptions {
  const given = parseOptions(COMMAND, argv, { ...SHARED_OPTIONS, ...OWN_OPTIONS }, ['PATTERN'])
  const words = ['--duration', `${DEFAULT_DURATION_S}`, ...benchWords(argv)]
  const bench = parseBenchOptions(words, COMMAND)
  const pattern = given.positionals[0] ?? bench.only.join(',')
  if (pattern !== '' && bench.workloads.length > 0) {
    throw new UsageError(
      COMMAND,
      `'${pattern}' and the options of a workload (${Object.keys(bench.workloads[0]!.parameters).join(', ')}): expected one of them`,
    )
  }
  const html = given.text('html')
  const json = given.text('json')
  const keep = given.text('keep')
  return {
    help: given.has('help'),
    pattern,
    bench,
    ...(html === undefined ? {} : { htmlFile: requireWritable(COMMAND, '--html', html) }),
    ...(json === undefined ? {} : { jsonFile: requireWritable(COMMAND, '--json', json) }),
    ...(keep === undefined ? {} : { keepFolder: requireFolder(keep) }),
  }
}

/** The words that are the benchmark's options. The whole line has been checked before. */
function benchWords(argv: readonly string[]): string[] {
  const options = { ...SHARED_OPTIONS, ...OWN_OPTIONS }
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true })
  return tokens.flatMap((token) => {
    if (token.kind !== 'option' || Object.hasOwn(OWN_OPTIONS, token.name)) return []
    return token.value === undefined ? [token.rawName] : [`${token.rawName}=${token.value}`]
  })
}

/**
 * The one scenario to profile: that of the pattern's name, or the first that it matches; without a pattern the
 * workload of the command line, or the default one. Throws UsageError when nothing matches.
 */
export function selectScenario(
  scenarios: readonly Scenario[],
  { pattern, bench }: Pick<ProfileOptions, 'pattern' | 'bench'>,
): Scenario {
  const { traceFile } = bench
  const [custom] = pattern === '' ? customScenarios(bench.workloads) : []
  const wanted = pattern === '' ? DEFAULT_PATTERN : pattern
  const possible = scenarios.filter(
    ({ needsTrace }) => needsTrace !== true || traceFile !== undefined,
  )
  const found = custom ?? findScenario(possible, wanted)
  if (found === undefined) {
    if (findScenario(scenarios, wanted) !== undefined) throw missingTrace(COMMAND, `'${wanted}'`)
    const names = possible.map(({ name }) => `  ${name}`).join('\n')
    throw new UsageError(COMMAND, `no scenario matches '${wanted}'; there are\n${names}`)
  }
  if (traceFile !== undefined && found.needsTrace !== true) throw unusedTrace(COMMAND, traceFile)
  return found
}

function findScenario(scenarios: readonly Scenario[], wanted: string): Scenario | undefined {
  return (
    scenarios.find(({ name }) => name === wanted) ??
    scenarios.find(({ name }) => matchesAny(name, splitPatterns(wanted)))
  )
}

function requireFolder(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
    return path.resolve(folder)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(COMMAND, `--keep '${folder}': expected a folder to write to (${why})`)
  }
}

export const HELP = `Usage: ${COMMAND} [PATTERN] [options]

Runs one variant of the benchmark under 'node --prof' and reads the log of every thread: what each was busy
with, by layer and by function. Time asleep (Atomics.wait, an idle event loop) is told and left out of the
shares. PATTERN is a name, a part of one or a glob (default ${DEFAULT_PATTERN}; 'irpool bench --list').

Options:
  --html FILE         one page with a flame graph per thread; needs no network
  --json FILE         the same figures for programs (schema irpool-profile/1)
  --keep DIR          put the raw logs there, to be read with 'node --prof-process'
  --duration SECONDS  how long to measure (default ${DEFAULT_DURATION_S})
  -h, --help          this text

The options of 'irpool bench' that say what runs and how mean the same here: --workers, --trace, and those of a
workload of your own (--depth, --batch, --rate, …), which is then profiled instead of PATTERN.

Examples:
  ${COMMAND}
  ${COMMAND} promise/depth-64 --workers 2 --html flames.html
  ${COMMAND} --depth 256 --batch 16 --hosts 2
  ${COMMAND} 'rival/piscina*' --keep logs && node --prof-process logs/*-v8.log

Exit codes: 0 profiled, 1 the variant failed or a log could not be read, 2 wrong usage, 3 a wrong answer,
130 interrupted.
`
