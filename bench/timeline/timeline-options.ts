/**
 * timeline-options.ts: the command line of `irpool timeline`.
 *
 * Runs on: the main thread of the command. Everything is checked here, before anything runs.
 */
import { parseOptions } from '../../src/cli/parse-options.js'
import { UsageError } from '../../src/cli/usage-error.js'
import { requireWritable } from '../output-file.js'
import { MAX_WORKERS } from '../workload/workload-options.js'
import type { RecordingPlan } from './recording.js'

export const COMMAND = 'irpool timeline'
const MAX_DEPTH = 65_536
const MAX_REQUESTS = 100_000

/** What is recorded unless something else is asked for. */
export const DEFAULT_PLAN: RecordingPlan = {
  workers: 1,
  depth: 64,
  batch: 16,
  requests: 1000,
  warmupMs: 300,
  handlerUs: 0,
}

const OPTIONS = {
  workers: { type: 'string' },
  depth: { type: 'string' },
  batch: { type: 'string' },
  requests: { type: 'string' },
  'handler-us': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

export interface TimelineOptions {
  readonly help: boolean
  readonly file: string
  readonly plan: RecordingPlan
}

/** Parses and checks. Throws UsageError. */
export function parseTimelineOptions(argv: readonly string[]): TimelineOptions {
  const given = parseOptions(COMMAND, argv, OPTIONS, ['FILE'])
  const help = given.has('help')
  const file = given.positionals[0]
  if (file === undefined && !help) {
    throw new UsageError(COMMAND, 'name the file to write, e.g. timeline.json')
  }
  const whole = (name: 'workers' | 'depth' | 'batch' | 'requests', max: number) =>
    given.number(name, DEFAULT_PLAN[name], { min: 1, max, integer: true })
  const depth = whole('depth', MAX_DEPTH)
  const defaultBatch = Math.min(DEFAULT_PLAN.batch, depth)
  return {
    help,
    file: help ? '' : requireWritable(COMMAND, '', file ?? ''),
    plan: {
      ...DEFAULT_PLAN,
      depth,
      workers: whole('workers', MAX_WORKERS),
      batch: given.number('batch', defaultBatch, { min: 1, max: depth, integer: true }),
      requests: whole('requests', MAX_REQUESTS),
      handlerUs: given.number('handler-us', 0, { min: 0, max: 1e6, unit: 'microseconds' }),
    },
  }
}

export const HELP = `Usage: ${COMMAND} FILE [options]

Records some requests in a row, each step of each, and writes a trace for ui.perfetto.dev or chrome://tracing:
a track per thread with arrows from submit to dispatch, handler and reap; where each request was; how many
were in the ring, in the queue and in the handler of each device; and the devices' power states.

Options:
  --workers N         worker threads, each with one device, 1 to ${MAX_WORKERS} (default ${DEFAULT_PLAN.workers})
  --depth N           requests in flight, 1 to ${MAX_DEPTH} (default ${DEFAULT_PLAN.depth})
  --batch N           requests per submit, 1 to depth (default ${DEFAULT_PLAN.batch}, or depth where that is less)
  --requests N        how many to record, 1 to ${MAX_REQUESTS} (default ${DEFAULT_PLAN.requests})
  --handler-us US     busy work in the handler of each request, microseconds (default ${DEFAULT_PLAN.handlerUs})
  -h, --help          this text

Stamping costs some hundred nanoseconds a request: distances are true, rates are those of 'irpool bench'.

Examples:
  ${COMMAND} timeline.json
  ${COMMAND} timeline.json --workers 2 --depth 8 --batch 2 --handler-us 20

Exit codes: 0 written, 1 the recording failed or the file could not be written, 2 wrong usage.
`
