/**
 * main.ts: `irpool bench` from the command line to the exit code.
 *
 * Runs on: the main thread of the command. Loaded by URL from src/cli/bench-command.ts.
 */
import type { EventEmitter } from 'node:events'
import { writeFileSync } from 'node:fs'
import { painter, usesColour } from '../src/cli/colour.js'
import type { CommandStreams } from '../src/cli/command.js'
import { reportUsageError, UsageError } from '../src/cli/usage-error.js'
import { HELP } from './bench-help.js'
import { COMMAND, parseBenchOptions, selectScenarios } from './bench-options.js'
import type { BenchOptions } from './bench-options.js'
import { childRunner } from './child-process.js'
import type { RunChild } from './child-process.js'
import { watchForeignCpu } from './cpu-noise.js'
import { readEnvironment } from './environment.js'
import {
  EXIT_FAILED,
  EXIT_INTERRUPTED,
  EXIT_OK,
  EXIT_TERMINATED,
  EXIT_TOO_NOISY,
  EXIT_VERIFICATION,
} from './exit-codes.js'
import { readAssets } from './html/assets.js'
import { renderPage } from './html/page.js'
import { judge, renderJudgement, type Judgement } from './judgement.js'
import { runRounds } from './orchestrator.js'
import { createProgress } from './progress.js'
import { SCHEMA, isTooBusy, readReport, writeReport } from './report-json.js'
import type { BenchReport, ScenarioReport } from './report-json.js'
import { renderMarkdown } from './report-markdown.js'
import { renderHeader, renderList, renderReport } from './report-text.js'
import type { Scenario } from './scenario.js'
import { ratiosOf, summarize, totalLedger } from './summary.js'
import { writeTimeline } from './timeline/main.js'
import { requireTrace } from './trace-file.js'

/** What surrounds a run; tests bring their own. */
export interface BenchIo extends CommandStreams {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly scenarios: readonly Scenario[]
  readonly runChild: RunChild
  readonly watchForeignCpu: () => () => number | undefined
  /** Emits SIGINT and SIGTERM. */
  readonly signals: EventEmitter
}

/** Start, drain and end of a child process; only the first guess of the remaining time needs it. */
const PROCESS_OVERHEAD_MS = 200

/** Runs the benchmark with these words of the command line and answers the exit code. */
export async function runBench(
  argv: readonly string[],
  given: Partial<BenchIo> = {},
): Promise<number> {
  const io: BenchIo = { ...(await defaultIo(given)), ...given }
  try {
    const options = parseBenchOptions(argv)
    if (options.action === 'help') return print(io, HELP)
    const scenarios = selectScenarios(io.scenarios, options)
    if (options.action === 'list') return print(io, renderList(scenarios))
    return await measure(scenarios, options, io)
  } catch (error) {
    return reportUsageError(error, io.stderr)
  }
}

async function defaultIo(given: Partial<BenchIo>): Promise<BenchIo> {
  const scenarios = given.scenarios ?? (await import('./scenarios.js')).default()
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    environment: process.env,
    scenarios,
    runChild: childRunner(),
    watchForeignCpu,
    signals: process,
  }
}

function print(io: BenchIo, text: string): number {
  io.stdout.write(text)
  return EXIT_OK
}

async function measure(
  scenarios: readonly Scenario[],
  options: BenchOptions,
  io: BenchIo,
): Promise<number> {
  const { runs, durationMs, warmupMs, workers, quick, sweep, traceFile } = options
  const { compareFile } = options
  const base = compareFile === undefined ? undefined : readBase(compareFile, scenarios)
  if (traceFile !== undefined) await requireTrace(COMMAND, traceFile)
  const swept = sweep === undefined ? {} : { sweep }
  const settings = { runs, durationMs, warmupMs, workers, quick, ...swept }
  const environment = readEnvironment()
  const paint = painter(usesColour(io.stdout, io.environment))
  io.stdout.write(renderHeader(scenarios.length, settings, environment, paint))
  const expectedRunMs = warmupMs + durationMs + PROCESS_OVERHEAD_MS
  const progress = createProgress(io.stderr, io.environment, expectedRunMs)
  const interruption = watchSignals(io.signals)
  const trace = traceFile === undefined ? {} : { trace: traceFile }
  const result = await runRounds({
    scenarios,
    rounds: runs,
    request: { durationMs, warmupMs, options: { workers, quick, ...trace } },
    runChild: io.runChild,
    watchForeignCpu: io.watchForeignCpu,
    signal: interruption.signal,
    onRun: progress.update,
  })
  interruption.release()
  progress.clear()
  if (result.interrupted && result.records.length === 0) {
    // A file that is there may be the base of somebody's comparisons.
    io.stdout.write('interrupted before anything was measured; nothing was written\n')
    return interruption.exitCode()
  }
  const reports = summarize(scenarios, result.records)
  const report: BenchReport = {
    schema: SCHEMA,
    environment,
    settings,
    scenarios: reports,
    ratios: ratiosOf(scenarios, reports),
    ledger: totalLedger(result.records),
    ...(result.interrupted ? { interrupted: true as const } : {}),
    ...(isTooBusy(reports) ? { tooBusy: true as const } : {}),
  }
  io.stdout.write(renderReport(report, { paint, columns: io.stdout.columns }))
  const judgement = judge(report, base, options)
  io.stdout.write(renderJudgement(judgement, options, paint))
  const written = writeReports(report, options, io)
  if (result.interrupted) return interruption.exitCode()
  const { timelineFile } = options
  const drawn = timelineFile === undefined || (await writeTimeline(timelineFile, { workers }, io))
  return exitCodeOf(reports, written && drawn, judgement)
}

/** Before a minute is spent on measuring what it should be compared with. */
function readBase(file: string, scenarios: readonly Scenario[]): BenchReport {
  let base: BenchReport
  try {
    base = readReport(file)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(COMMAND, `--compare '${file}': expected the JSON of a run: ${why}`)
  }
  const measured = new Set(base.scenarios.filter(({ runs }) => runs > 0).map(({ name }) => name))
  if (scenarios.some(({ name }) => measured.has(name))) return base
  throw new UsageError(
    COMMAND,
    `--compare '${file}': nothing of what runs was measured there: choose other variants, or another base`,
  )
}

/** Every file that was asked for; one that fails does not keep the next from being written. */
function writeReports(report: BenchReport, options: BenchOptions, io: BenchIo): boolean {
  const { jsonFile, htmlFile, markdownFile } = options
  const outcomes = [
    tryWrite('json', jsonFile, io, (file) => writeReport(file, report)),
    tryWrite('html', htmlFile, io, (file) => writeFileSync(file, renderPage(report, readAssets()))),
    tryWrite('markdown', markdownFile, io, (file) =>
      writeFileSync(file, `${renderMarkdown(report)}\n`),
    ),
  ]
  return outcomes.every(Boolean)
}

function tryWrite(
  option: string,
  file: string | undefined,
  io: BenchIo,
  write: (file: string) => void,
): boolean {
  if (file === undefined) return true
  try {
    write(file)
    return true
  } catch (error) {
    io.stderr.write(`${COMMAND}: --${option} '${file}': ${String(error)}\n`)
    return false
  }
}

function exitCodeOf(
  reports: readonly ScenarioReport[],
  written: boolean,
  { isSlower, isTooNoisy, hasNoP99 }: Judgement,
): number {
  if (reports.some(({ unverified }) => unverified !== undefined)) return EXIT_VERIFICATION
  const failed = reports.some((report) => report.failed !== undefined)
  if (failed || isSlower || hasNoP99 || !written) return EXIT_FAILED
  return isTooNoisy ? EXIT_TOO_NOISY : EXIT_OK
}

/** A run that SIGINT or SIGTERM may end. */
export interface Interruption {
  readonly signal: AbortSignal
  readonly exitCode: () => number
  /** Leaves the signals alone again. */
  release(): void
}

/** Turns SIGINT and SIGTERM into an abort that kills the running child. */
export function watchSignals(signals: EventEmitter): Interruption {
  const controller = new AbortController()
  let code = EXIT_INTERRUPTED
  const onInterrupt = () => controller.abort()
  const onTerminate = () => {
    code = EXIT_TERMINATED
    controller.abort()
  }
  signals.on('SIGINT', onInterrupt)
  signals.on('SIGTERM', onTerminate)
  return {
    signal: controller.signal,
    exitCode: () => code,
    release() {
      signals.off('SIGINT', onInterrupt)
      signals.off('SIGTERM', onTerminate)
    },
  }
}
