/**
 * main.ts: `irpool profile` from the command line to the exit code.
 *
 * Runs on: the main thread of the command. Loaded by URL from src/cli/profile-command.ts.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL, fileURLToPath } from 'node:url'
import { painter, usesColour } from '../../src/cli/colour.js'
import type { CommandStreams } from '../../src/cli/command.js'
import { reportUsageError } from '../../src/cli/usage-error.js'
import { childRunner } from '../child-process.js'
import { readEnvironment } from '../environment.js'
import { EXIT_FAILED, EXIT_OK, EXIT_VERIFICATION, isVerified } from '../exit-codes.js'
import { formatCount } from '../format.js'
import { watchSignals } from '../main.js'
import type { Measurement, Scenario } from '../scenario.js'
import { renderFlamePage } from './flame-page.js'
import { FunctionPlaces } from './layer.js'
import { renderHotFunctions, renderLayerTable } from './layer-table.js'
import type { NamedThread } from './layer-table.js'
import { profileReport } from './profile-json.js'
import { COMMAND, HELP, parseProfileOptions, selectScenario } from './profile-options.js'
import type { ProfileOptions } from './profile-options.js'
import { requireTrace } from '../trace-file.js'
import { profileThread } from './thread-profile.js'
import { nameThreads } from './thread-role.js'
import { findLogs, profilerArguments, readLog } from './v8-log.js'

const HOT_FUNCTIONS = 10
/** The folder of this build: what is below it is told apart by layer. */
const BUILD_ROOT = new URL('../../', import.meta.url)

/** Profiles what these words of the command line ask for and answers the exit code. */
export async function runProfile(
  argv: readonly string[],
  streams: CommandStreams,
): Promise<number> {
  try {
    const options = parseProfileOptions(argv)
    if (options.help) return print(streams, HELP)
    const scenarios = (await import('../scenarios.js')).default()
    return await profile(selectScenario(scenarios, options), options, streams)
  } catch (error) {
    return reportUsageError(error, streams.stderr)
  }
}

function print({ stdout }: CommandStreams, text: string): number {
  stdout.write(text)
  return EXIT_OK
}

async function profile(
  scenario: Scenario,
  options: ProfileOptions,
  streams: CommandStreams,
): Promise<number> {
  const { durationMs, warmupMs, workers, quick, traceFile } = options.bench
  if (traceFile !== undefined) await requireTrace(COMMAND, traceFile)
  const folder = options.keepFolder ?? mkdtempSync(path.join(os.tmpdir(), 'irpool-profile-'))
  const earlier = new Set(findLogs(folder))
  const environment = readEnvironment()
  streams.stderr.write(`irpool profile: ${scenario.name} for ${durationMs / 1000} s …\n`)
  const interruption = watchSignals(process)
  const trace = traceFile === undefined ? {} : { trace: traceFile }
  const request = {
    name: scenario.name,
    ...(scenario.workload === undefined ? {} : { workload: scenario.workload }),
    durationMs,
    warmupMs,
    options: { workers, quick, ...trace },
  }
  const outcome = await childRunner(undefined, { execArgv: childOptions(folder) })(
    request,
    interruption.signal,
  )
  interruption.release()
  // Nobody is told of the folder, so nobody would clear it away.
  if (outcome.kind !== 'measured' && options.keepFolder === undefined) {
    rmSync(folder, { recursive: true, force: true })
  }
  if (outcome.kind === 'interrupted') return interruption.exitCode()
  if (outcome.kind === 'skipped') {
    return print(streams, `${scenario.name}: skipped: ${outcome.why}\n`)
  }
  if (outcome.kind === 'failed') return fail(streams, `${scenario.name} failed: ${outcome.why}`)
  const { measurement } = outcome
  const logs = findLogs(folder).filter((log) => !earlier.has(log))
  const threads = await readThreads(logs, streams)
  if (threads === undefined) return EXIT_FAILED
  printProfile(scenario, measurement, threads, streams)
  const run = {
    environment,
    scenario: scenario.name,
    settings: { durationMs, warmupMs, workers },
    operationsPerSecond: measurement.operations / measurement.seconds,
  }
  const report = profileReport(run, threads)
  const written =
    write(options.jsonFile, () => `${JSON.stringify(report)}\n`, streams) &&
    write(options.htmlFile, () => renderFlamePage(report), streams)
  streams.stdout.write(placesOf(folder, options))
  if (!isVerified(measurement)) return wrongAnswers(scenario, streams)
  return written ? EXIT_OK : EXIT_FAILED
}

/** Options of node for the child: this process's own, the profiler, and the mark in each thread's log. */
function childOptions(folder: string): string[] {
  const mark = pathToFileURL(fileURLToPath(new URL('./thread-mark.js', import.meta.url))).href
  return [...process.execArgv, ...profilerArguments(folder), `--import=${mark}`]
}

/** Reads all logs, one after the other: each takes some hundred megabytes while it is read. */
async function readThreads(
  logs: readonly string[],
  streams: CommandStreams,
): Promise<readonly NamedThread[] | undefined> {
  const places = new FunctionPlaces(BUILD_ROOT.href)
  try {
    const threads = []
    for (const log of logs) threads.push(profileThread(log, await readLog(log), places))
    if (threads.length > 0) return nameThreads(threads)
    fail(streams, 'node wrote no logs: is --prof possible with this node?')
  } catch (error) {
    fail(streams, error instanceof Error ? error.message : String(error))
  }
  return undefined
}

function printProfile(
  { name, unit }: Scenario,
  { operations, seconds }: Measurement,
  threads: readonly NamedThread[],
  { stdout }: CommandStreams,
): void {
  const paint = painter(usesColour(stdout, process.env))
  const rate = `${formatCount(operations / seconds)} ${unit.includes('/s') ? unit : 'operations/s'}`
  stdout.write(`${paint('bold', name)}: ${rate} under the profiler, start and warm-up included

${renderLayerTable(threads)}
${renderHotFunctions(threads, HOT_FUNCTIONS)}`)
}

function placesOf(folder: string, { htmlFile, jsonFile }: ProfileOptions): string {
  const lines = [
    `raw logs: ${folder}`,
    ...(htmlFile === undefined ? [] : [`flame graphs: ${htmlFile}`]),
    ...(jsonFile === undefined ? [] : [`JSON: ${jsonFile}`]),
  ]
  return `${lines.join('\n')}\n`
}

function write(file: string | undefined, content: () => string, streams: CommandStreams): boolean {
  if (file === undefined) return true
  try {
    writeFileSync(file, content())
    return true
  } catch (error) {
    fail(streams, `'${file}' could not be written: ${String(error)}`)
    return false
  }
}

function fail({ stderr }: CommandStreams, what: string): number {
  stderr.write(`irpool profile: ${what}\n`)
  return EXIT_FAILED
}

function wrongAnswers({ name }: Scenario, { stderr }: CommandStreams): number {
  stderr.write(`irpool profile: some answers of ${name} were wrong: do not trust this profile\n`)
  return EXIT_VERIFICATION
}
