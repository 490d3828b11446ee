/**
 * trace-command.ts: `irpool trace`.
 *
 * Runs on: the main thread of the command, and so does the driver that is traced.
 */
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type * as Irpool from '../index.js'
import type { ScenarioName, TracePnpOptions } from '../index.js'
import { painter, usesColour } from './colour.js'
import type { Command } from './command.js'
import { suggest } from './edit-distance.js'
import { parseOptions, type ParsedOptions } from './parse-options.js'
import { UsageError } from './usage-error.js'

const COMMAND = 'irpool trace'
const OPTIONS = {
  fail: { type: 'string' },
  parameters: { type: 'string' },
  timeout: { type: 'string' },
  own: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const
type Option = keyof typeof OPTIONS

type Library = typeof Irpool

export const traceCommand: Command = {
  name: 'trace',
  summary: "print the order of a driver's Plug and Play and power callbacks in a scenario",
  async run(argv, streams) {
    const parsed = parseOptions<Option>(COMMAND, argv, OPTIONS, ['DRIVER', 'SCENARIO'])
    // Loaded here, so that `irpool --version` need not.
    const library = await import('../index.js')
    if (parsed.has('help')) {
      streams.stdout.write(helpText(library))
      return 0
    }
    const trace = await library.tracePnp(traceOptions(library, parsed))
    if (parsed.has('json')) {
      streams.stdout.write(`${JSON.stringify(trace, null, 2)}\n`)
    } else {
      const paint = painter(usesColour(streams.stdout, process.env))
      const dim = (text: string): string => paint('dim', text)
      const onlyDriver = parsed.has('own')
      streams.stdout.write(library.formatPnpTrace(trace, { onlyDriver, dim }))
    }
    return trace.stuck === undefined ? 0 : 1
  },
}

function traceOptions(library: Library, parsed: ParsedOptions<Option>): TracePnpOptions {
  const [driver, scenario] = parsed.positionals
  const names = Object.keys(library.PNP_SCENARIOS)
  if (driver === undefined) throw new UsageError(COMMAND, 'expected a DRIVER and a SCENARIO')
  if (scenario === undefined || !names.includes(scenario)) {
    const problem =
      scenario === undefined ? 'expected a SCENARIO' : `unknown scenario '${scenario}'`
    const hint = scenario === undefined ? '' : suggest(scenario, names)
    throw new UsageError(COMMAND, problem + (hint === '' ? `: one of ${names.join(', ')}` : hint))
  }
  const fail = failures(parsed.text('fail'), library)
  const parameters = parametersOf(parsed.text('parameters'))
  const seconds = parsed.number('timeout', 10, { min: 0.01, max: 3600, unit: 'seconds' })
  return {
    driver: driverUrl(driver, library),
    scenario: scenario as ScenarioName,
    timeoutMs: seconds * 1000,
    fail,
    parameters,
  }
}

function driverUrl(driver: string, { drivers }: Library): URL {
  if (Object.hasOwn(drivers, driver)) return drivers[driver as keyof typeof drivers]
  if (/^[a-z][a-z0-9+.-]+:/i.test(driver)) return new URL(driver)
  if (existsSync(driver)) return pathToFileURL(driver)
  const known = Object.keys(drivers)
  throw new UsageError(
    COMMAND,
    `no driver '${driver}'${suggest(driver, known)}: give ${known.join(', ')}, or a file`,
  )
}

/** `EvtDeviceD0Entry` or `EvtDeviceD0Entry=STATUS_DEVICE_BUSY`, several with commas. */
function failures(text: string | undefined, library: Library): Record<string, number> {
  const fail: Record<string, number> = {}
  for (const part of text?.split(',') ?? []) {
    const [name = '', status = 'STATUS_UNSUCCESSFUL'] = part.split('=')
    const value: unknown = library[status as keyof Library]
    if (!library.DEVICE_CALLBACK_NAMES.includes(name as never)) {
      const hint = suggest(name, library.DEVICE_CALLBACK_NAMES)
      throw new UsageError(COMMAND, `--fail '${part}': no callback is called '${name}'${hint}`)
    }
    if (!status.startsWith('STATUS_') || typeof value !== 'number' || value >= 0) {
      throw new UsageError(COMMAND, `--fail '${part}': '${status}' is no failure status`)
    }
    fail[name] = value
  }
  return fail
}

function parametersOf(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>
    }
  } catch {
    // Said below.
  }
  throw new UsageError(COMMAND, `--parameters '${text}': expected a JSON object`)
}

function helpText({ PNP_SCENARIOS, drivers }: Library): string {
  const entries = Object.entries(PNP_SCENARIOS)
  const width = Math.max(...entries.map(([name]) => name.length))
  const scenarios = entries.map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
  return `Usage: ${COMMAND} DRIVER SCENARIO [options]

Runs a driver through a scenario of its device's life, without an engine and in simulated time, and prints
one line a callback with the states of the Plug and Play, power and power policy machines.
Lines marked '.' are callbacks that the driver does not have, and steps of the Framework.

DRIVER     ${Object.keys(drivers).join(', ')}, or a file with a driver module
SCENARIO
${scenarios.join('\n')}

Options:
  --fail CALLBACK[=STATUS],…  let callbacks fail, with STATUS_UNSUCCESSFUL unless said otherwise
  --parameters JSON           parameters of the device
  --own                       only what the driver has a part in
  --timeout SECONDS           real time that a callback may take (10)
  --json                      the trace as data
  -h, --help                  this text

Examples:
  ${COMMAND} ramdisk start
  ${COMMAND} ./my-driver.js wake --own
  ${COMMAND} ./my-driver.js idle --fail EvtDeviceD0Exit
`
}
