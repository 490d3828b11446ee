/**
 * tree.ts: `irpool tree FILE`: prints the device stacks of a described system.
 *
 * Runs on: the main thread of the command. FILE is a module; its default export is what Engine.start takes, or
 * a list of devices. The system is started for the moment of the look, and stopped again.
 */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type DeviceOptions, Engine, type EngineOptions, renderTree } from '../index.js'
import type { CommandStreams } from './command.js'
import { parseOptions } from './parse-options.js'
import { UsageError } from './usage-error.js'

const NAME = 'irpool tree'
const DEFAULT_COLUMNS = 80

const HELP = `Usage: ${NAME} FILE [options]

Prints the device nodes of a system and their stacks, top to bottom: role, driver,
queues with dispatch type, request types, synchronization scope and worker.

FILE is a JavaScript module whose default export is what Engine.start takes,
or just a list of devices:

  export default [{ name: 'disk', driver: new URL('./disk.js', import.meta.url) }]

The system is started, printed and stopped; its drivers' EvtDriverDeviceAdd runs.

Options:
      --ascii  draw with plain ASCII
      --json   print the descriptions as JSON instead
  -h, --help   this text
`

/** Runs the command with the words behind its name and answers the exit code. */
export async function runTree(argv: readonly string[], streams: CommandStreams): Promise<number> {
  const boolean = { type: 'boolean' } as const
  const options = parseOptions(
    NAME,
    argv,
    { ascii: boolean, json: boolean, help: { type: 'boolean', short: 'h' } },
    ['FILE'],
  )
  if (options.has('help')) {
    streams.stdout.write(HELP)
    return 0
  }
  const [file] = options.positionals
  if (file === undefined) throw new UsageError(NAME, 'FILE is missing: a module with a system')
  const system = await load(file)
  await show(system, options.has('json'), options.has('ascii'), streams)
  return 0
}

async function show(
  system: EngineOptions,
  json: boolean,
  ascii: boolean,
  { stdout }: CommandStreams,
): Promise<void> {
  const engine = await Engine.start(system)
  const devices = engine.devices()
  await engine.stop()
  const width = stdout.columns ?? DEFAULT_COLUMNS
  const text = json
    ? `${JSON.stringify(devices, null, 2)}\n`
    : renderTree(devices, { ascii, width })
  stdout.write(text)
}

async function load(file: string): Promise<EngineOptions> {
  let module: { readonly default?: unknown }
  try {
    module = await import(pathToFileURL(resolve(file)).href)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(NAME, `'${file}' cannot be loaded: ${message}`)
  }
  const system = module.default
  if (Array.isArray(system)) return { devices: system as readonly DeviceOptions[] }
  if (typeof system === 'object' && system !== null) return system
  throw new UsageError(
    NAME,
    `'${file}' has no system as its default export: an object for Engine.start, or a list of devices`,
  )
}
