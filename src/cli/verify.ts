/**
 * verify.ts: `irpool verify DRIVER`: runs a driver under the verifier with generated requests, and tells which rules
 * it broke.
 *
 * Runs on: the main thread of the command. Exit code 0: no rule was broken; 1: some were.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  drivers,
  Engine,
  formatLedger,
  formatViolation,
  VERIFIER_RULES,
  type ViolationReport,
} from '../index.js'
import type { CommandStreams } from './command.js'
import { parseOptions } from './parse-options.js'
import { UsageError } from './usage-error.js'
import { runVerifyWorkload } from './verify-workload.js'

const NAME = 'irpool verify'
const DEVICE = 'verified'
const DEFAULT_REQUESTS = 2000

const HELP = `Usage: ${NAME} DRIVER [options]

Runs a driver under the verifier against generated requests (reads, writes, device
controls of many sizes; some cancelled, some timed out; power down and up meanwhile)
and prints each of KMDF's rules that it breaks: where, what happened to the request
before, and what to do. Requests may fail: only broken rules count.

DRIVER is a module with a driver as its default export, or the name of a shipped one:
${Object.keys(drivers).join(', ')}.

Options:
      --requests N      how many requests (default ${DEFAULT_REQUESTS})
      --seed N          of the generated requests (default 1)
      --parameters JSON what the driver gets as deviceInit.parameters
      --filter          put it on top of a null device, as a filter
      --failures P      let allocations fail with that probability (0 to 1)
      --delays P        delay calls into the Framework with that probability
      --pending P       let what it sends down come back after send, with that probability
      --rules           list the rules, and how each is checked
      --json            print the reports as JSON
  -h, --help            this text
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

/** Runs the command with the words behind its name and answers the exit code. */
export async function runVerify(argv: readonly string[], streams: CommandStreams): Promise<number> {
  const { stdout } = streams
  const options = parseOptions(
    NAME,
    argv,
    {
      requests: text,
      seed: text,
      parameters: text,
      filter: flag,
      failures: text,
      delays: text,
      pending: text,
      rules: flag,
      json: flag,
      help: { type: 'boolean', short: 'h' },
    },
    ['DRIVER'],
  )
  if (options.has('help')) {
    stdout.write(HELP)
    return 0
  }
  if (options.has('rules')) {
    stdout.write(listRules())
    return 0
  }
  const [named] = options.positionals
  if (named === undefined)
    throw new UsageError(NAME, 'DRIVER is missing: a module, or a shipped one')
  const seed = options.number('seed', 1, { min: 0, max: 2 ** 31, integer: true })
  const requests = options.number('requests', DEFAULT_REQUESTS, { min: 1, max: 1e7, integer: true })
  const share = { min: 0, max: 1 }
  const level = {
    driver: driverOf(named),
    parameters: parametersOf(options.text('parameters')),
  }
  const engine = await Engine.start({
    workers: 1,
    verifier: {
      allocationFailures: { seed, probability: options.number('failures', 0, share) },
      forcedDelays: { seed, probability: options.number('delays', 0, share) },
      forcePending: { seed, probability: options.number('pending', 0, share) },
    },
  })
  const reports: ViolationReport[] = []
  engine.on('violation', (report) => reports.push(report))
  engine.on('driverFault', () => {})
  const stack = [{ ...level, role: 'filter' as const }, { driver: drivers.null }]
  try {
    await engine.addDevice({ name: DEVICE, ...(options.has('filter') ? { stack } : level) })
    await runVerifyWorkload(engine, DEVICE, requests, seed)
    await engine.removeDevice(DEVICE)
  } catch (error) {
    stdout.write(`the device is not added: ${(error as Error).message}\n`)
  }
  const [summary] = await engine.verifierSummaries()
  await engine.stop()
  if (options.has('json')) {
    stdout.write(`${JSON.stringify({ reports, summary, ledger: engine.ledger() }, null, 2)}\n`)
  } else {
    for (const report of reports) stdout.write(`${formatViolation(report)}\n\n`)
    stdout.write(`${formatLedger(engine.ledger())}\n`)
    if (summary !== null && summary !== undefined) {
      const { callbacks, calls, violations, failedAllocations, delays, pended } = summary
      stdout.write(
        `verifier: callbacks ${callbacks} calls ${calls} violations ${violations} (told ${reports.length}) ` +
          `allocations failed ${failedAllocations} calls delayed ${delays} sends pended ${pended}\n`,
      )
    }
  }
  return reports.length === 0 ? 0 : 1
}

function driverOf(named: string): URL {
  if (Object.hasOwn(drivers, named)) return drivers[named as keyof typeof drivers]
  const path = resolve(named)
  if (existsSync(path)) return pathToFileURL(path)
  throw new UsageError(
    NAME,
    `'${named}' is neither a file nor a shipped driver (${Object.keys(drivers).join(', ')})`,
  )
}

function parametersOf(json: string | undefined): Record<string, unknown> {
  if (json === undefined) return {}
  let parameters: unknown
  try {
    parameters = JSON.parse(json)
  } catch (cause) {
    throw new UsageError(NAME, `--parameters '${json}': ${(cause as Error).message}`)
  }
  if (typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters)) {
    return parameters as Record<string, unknown>
  }
  throw new UsageError(NAME, `--parameters '${json}': expected an object`)
}

function listRules(): string {
  const width = Math.max(...[...VERIFIER_RULES.keys()].map((name) => name.length))
  const lines = [...VERIFIER_RULES.values()].map(
    ({ name, standing, says, note }) =>
      `${name.padEnd(width)}  ${standing.padEnd(12)}  ${says} (${note})`,
  )
  return `${lines.join('\n')}\n`
}
