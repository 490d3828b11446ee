/**
 * child.ts: entry point that runs one scenario in this very process.
 *
 *   node build/bench/child.js NAME                  by hand: prints a table for people
 *   node --prof build/bench/child.js NAME           the same under the profiler, one log per thread
 *   … --duration-ms N --warmup-ms N --json-fd 3     by the orchestrator: one JSON line on that descriptor
 *   … --workload JSON                               likewise: what the scenario of that name runs
 *
 * Runs on: the main thread of a process of its own.
 * Exit codes: 0 measured or skipped, 1 could not run, 2 usage, 3 an answer was wrong.
 */
import { writeSync } from 'node:fs'
import { suggest } from '../src/cli/edit-distance.js'
import { parseOptions } from '../src/cli/parse-options.js'
import { EXIT_USAGE, UsageError } from '../src/cli/usage-error.js'
import { MAX_WORKERS } from './workload/workload-options.js'
import { CUSTOM_GROUP, workloadScenario } from './workload/workload-scenario.js'
import type { Workload } from './workload/workload.js'
import type { ChildMessage } from './child-process.js'
import { EXIT_FAILED, EXIT_OK, EXIT_VERIFICATION, isVerified } from './exit-codes.js'
import { renderSingleRun } from './report-table.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from './scenario.js'

/** Long enough for a profile when run by hand. */
const DEFAULT_DURATION_MS = 3000
const DEFAULT_WARMUP_MS = 500
const COMMAND = 'child.js'
const MILLISECONDS = { max: 86_400_000, integer: true, unit: 'milliseconds' }

const OPTIONS = {
  'duration-ms': { type: 'string' },
  'warmup-ms': { type: 'string' },
  'json-fd': { type: 'string' },
  scenarios: { type: 'string' },
  workers: { type: 'string' },
  trace: { type: 'string' },
  workload: { type: 'string' },
  quick: { type: 'boolean' },
} as const

interface ChildArguments {
  readonly scenario: Scenario
  readonly context: ScenarioContext
  readonly jsonDescriptor: number | undefined
}

async function readArguments(argv: readonly string[]): Promise<ChildArguments> {
  const given = parseOptions(COMMAND, argv, OPTIONS, ['NAME'])
  const url = given.text('scenarios') ?? new URL('./scenarios.js', import.meta.url).href
  const list: { default(): readonly Scenario[] } = await import(url)
  const trace = given.text('trace')
  const workload = given.text('workload')
  return {
    scenario:
      workload === undefined
        ? findScenario(list.default(), given.positionals[0])
        : workloadOf(given.positionals[0] ?? 'custom', workload),
    context: {
      durationMs: given.number('duration-ms', DEFAULT_DURATION_MS, { min: 1, ...MILLISECONDS }),
      warmupMs: given.number('warmup-ms', DEFAULT_WARMUP_MS, { min: 0, ...MILLISECONDS }),
      options: {
        workers: given.number('workers', 1, { min: 1, max: MAX_WORKERS, integer: true }),
        quick: given.has('quick'),
        ...(trace === undefined ? {} : { trace }),
      },
    },
    jsonDescriptor: given.has('json-fd')
      ? given.number('json-fd', 0, { min: 1, max: 1023, integer: true })
      : undefined,
  }
}

function workloadOf(name: string, json: string): Scenario {
  const workload: Workload = JSON.parse(json)
  return workloadScenario(name, CUSTOM_GROUP, workload)
}

function findScenario(scenarios: readonly Scenario[], name: string | undefined): Scenario {
  const names = scenarios.map((scenario) => scenario.name)
  if (name === undefined) {
    throw new UsageError(COMMAND, `name a scenario: ${names.join(', ')}`)
  }
  const scenario = scenarios.find((candidate) => candidate.name === name)
  if (scenario === undefined) {
    throw new UsageError(COMMAND, `no scenario is named '${name}'${suggest(name, names)}`)
  }
  return scenario
}

function messageOf(result: Measurement | Skipped): ChildMessage {
  return 'skipped' in result ? result : { measurement: result }
}

/** For the orchestrator one line of JSON, for a person a table. */
function report({ scenario, jsonDescriptor }: ChildArguments, message: ChildMessage): void {
  if (jsonDescriptor !== undefined) writeSync(jsonDescriptor, `${JSON.stringify(message)}\n`)
  else if ('measurement' in message) {
    process.stdout.write(renderSingleRun(scenario, message.measurement))
  } else if ('skipped' in message) {
    process.stdout.write(`${scenario.name}: skipped: ${message.skipped}\n`)
  } else process.stderr.write(`${scenario.name}: failed: ${message.failed}\n`)
}

async function main(): Promise<number> {
  let given: ChildArguments
  try {
    given = await readArguments(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n`)
    return EXIT_USAGE
  }
  try {
    const result = await given.scenario.run(given.context)
    report(given, messageOf(result))
    return 'skipped' in result || isVerified(result) ? EXIT_OK : EXIT_VERIFICATION
  } catch (error) {
    report(given, {
      failed: error instanceof Error ? (error.stack ?? error.message) : String(error),
    })
    return EXIT_FAILED
  }
}

// Not process.exitCode: a scenario that leaves a handle open must not keep the next one waiting.
process.exit(await main())
