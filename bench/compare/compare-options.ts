/**
 * compare-options.ts: the command line of `npm run bench:compare`.
 *
 * Runs on: the main thread of the command. Everything but the revision is checked here.
 */
import { parseOptions } from '../../src/cli/parse-options.js'
import { UsageError } from '../../src/cli/usage-error.js'
import { MAX_WORKERS } from '../workload/workload-options.js'
import { splitPatterns } from '../name-pattern.js'
import { FEWEST_ROUNDS } from './judgement.js'

export const COMMAND = 'bench:compare'
const DEFAULT_ROUNDS = 10
const DEFAULT_DURATION_S = 0.5
const DEFAULT_MARGIN = 0.05
const MICRO_TIME_MS = 100
const WARMUP_MS = 300

const OPTIONS = {
  pattern: { type: 'string' },
  runs: { type: 'string' },
  duration: { type: 'string' },
  workers: { type: 'string' },
  micro: { type: 'boolean' },
  'fail-below': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

export interface CompareOptions {
  readonly help: boolean
  /** Anything git understands. */
  readonly revision: string
  /** Empty: the default ones. */
  readonly patterns: readonly string[]
  readonly rounds: number
  readonly durationMs: number
  readonly warmupMs: number
  readonly workers: number
  /** The micro-benchmarks instead of the scenarios. */
  readonly micro: boolean
  readonly microTimeMs: number
  /** A share: 0.05 is 5 %. */
  readonly failBelow: number | undefined
  /** What counts as no difference. */
  readonly margin: number
}

/** Parses and checks. Throws UsageError. */
export function parseCompareOptions(argv: readonly string[]): CompareOptions {
  const given = parseOptions(COMMAND, argv, OPTIONS, ['REV'])
  const help = given.has('help')
  const revision = given.positionals[0]
  if (revision === undefined && !help) {
    throw new UsageError(COMMAND, 'name a git revision to compare with, e.g. main or HEAD~1')
  }
  const failBelow = readShare(given.text('fail-below'))
  const seconds = { min: 0.01, max: 3600, unit: 'seconds' }
  return {
    help,
    revision: revision ?? '',
    patterns: splitPatterns(given.text('pattern') ?? ''),
    rounds: given.number('runs', DEFAULT_ROUNDS, { min: 1, max: 1000, integer: true }),
    durationMs: Math.round(given.number('duration', DEFAULT_DURATION_S, seconds) * 1000),
    warmupMs: WARMUP_MS,
    workers: given.number('workers', 1, { min: 1, max: MAX_WORKERS, integer: true }),
    micro: given.has('micro'),
    microTimeMs: MICRO_TIME_MS,
    failBelow,
    margin: failBelow ?? DEFAULT_MARGIN,
  }
}

/** `5%` or `5`, as 0.05. */
function readShare(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const percent = /^(\d+\.?\d*|\.\d+) ?%?$/.exec(text)?.[1]
  const share = Number(percent) / 100
  if (share > 0 && share < 1) return share
  throw new UsageError(
    COMMAND,
    `--fail-below '${text}': expected a percentage above 0 and below 100`,
  )
}

export const HELP = `Usage: npm run ${COMMAND} -- REV [options]

Builds another git revision in a folder of its own, runs variants of both builds in turns (REV, this, this,
REV, …), each run in a process of its own, and says whether this working tree is faster, slower or neither.
Nothing is said when the noise is larger than the difference.

Options:
  --pattern P         variants: comma-separated parts of names or globs (default: the engine's quick ones)
  --micro             the micro-benchmarks (bench:micro) instead of the variants
  --runs N            rounds, each build once in each (default ${DEFAULT_ROUNDS}; at least ${FEWEST_ROUNDS} for a judgement)
  --duration SECONDS  measured window of each run (default ${DEFAULT_DURATION_S})
  --workers N         worker threads that answer, 1 to ${MAX_WORKERS} (default 1)
  --fail-below P%     end with exit code 1 when a variant is slower by more than that, noise allowed for
  -h, --help          this text

Verdicts, from the 95 % interval of the speed-up:
  faster, slower      the whole interval lies on one side of 1
  no difference       the whole interval lies within ${DEFAULT_MARGIN * 100} % of 1 (or within --fail-below)
  too noisy to judge  neither: run more rounds, or on a quieter machine

Examples:
  npm run ${COMMAND} -- main
  npm run ${COMMAND} -- HEAD~1 --pattern 'irp/batch/*' --runs 20 --fail-below 5%
  npm run ${COMMAND} -- v0.1.0 --micro --pattern ring,dispatch

Exit codes: 0 compared, 1 slower beyond --fail-below or a run failed, 2 wrong usage, 3 a wrong answer,
4 with --fail-below: nothing is that much slower, but not all could be judged, 130 interrupted.
`
