/**
 * main.ts: `npm run bench:compare` from the command line to the exit code.
 *
 * Runs on: the main thread of a process of its own, in a checkout of the repository (git and npm are needed).
 */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { painter, usesColour } from '../../src/cli/colour.js'
import type { CommandStreams } from '../../src/cli/command.js'
import { reportUsageError, UsageError } from '../../src/cli/usage-error.js'
import { watchForeignCpu, FOREIGN_CPU_LIMIT } from '../cpu-noise.js'
import { readEnvironment } from '../environment.js'
import { EXIT_FAILED, EXIT_OK, EXIT_TOO_NOISY, EXIT_VERIFICATION } from '../exit-codes.js'
import { watchSignals } from '../main.js'
import type { Interruption } from '../main.js'
import { createProgress } from '../progress.js'
import { COMMAND, HELP, parseCompareOptions } from './compare-options.js'
import type { CompareOptions } from './compare-options.js'
import { renderComparison, renderFailures } from './compare-report.js'
import type { Compared } from './compare-report.js'
import { isSlowerBeyond, isUnjudged, judge } from './judgement.js'
import { microMeasurable, ProtocolError, selectScenarios } from './measurable.js'
import type { Measurable } from './measurable.js'
import { buildRevision, OtherBuildError } from './other-build.js'
import type { OtherBuild } from './other-build.js'
import { runPairs } from './rounds.js'
import type { ComparedRounds } from './rounds.js'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const HERE = path.join(ROOT, 'build')

/** Compares with what these words of the command line name and answers the exit code. */
export async function runCompare(
  argv: readonly string[],
  streams: CommandStreams,
): Promise<number> {
  try {
    const options = parseCompareOptions(argv)
    if (options.help) {
      streams.stdout.write(HELP)
      return EXIT_OK
    }
    return await compareWith(options, streams)
  } catch (error) {
    if (error instanceof OtherBuildError || error instanceof ProtocolError) {
      streams.stderr.write(`${COMMAND}: ${error.message}\n`)
      return EXIT_FAILED
    }
    return reportUsageError(error, streams.stderr)
  }
}

async function compareWith(options: CompareOptions, streams: CommandStreams): Promise<number> {
  const interruption = watchSignals(process)
  const tell = (what: string) => streams.stderr.write(`${COMMAND}: ${what} …\n`)
  let other: OtherBuild | undefined
  try {
    other = await buildRevision(ROOT, options.revision, interruption.signal, tell)
    return await measure(options, other, interruption, streams)
  } catch (error) {
    if (interruption.signal.aborted) return interruption.exitCode()
    throw error
  } finally {
    other?.remove()
    interruption.release()
  }
}

async function measure(
  options: CompareOptions,
  other: OtherBuild,
  interruption: Interruption,
  streams: CommandStreams,
): Promise<number> {
  const base = path.join(other.root, 'build')
  const measurables = await select(options, base, streams)
  const paint = painter(usesColour(streams.stdout, process.env))
  const { commit } = readEnvironment()
  const { revision, rounds } = options
  streams.stdout.write(
    `${paint('bold', COMMAND)}: this build (${commit}) against ${revision} (${other.commit}), ${rounds} rounds in turns\n\n`,
  )
  const runMs = options.durationMs + options.warmupMs
  const progress = createProgress(streams.stderr, process.env, runMs)
  const endWatch = watchForeignCpu()
  const { signal } = interruption
  const onRun = progress.update
  const result = await runPairs({ measurables, rounds, base, current: HERE, signal, onRun })
  const foreign = endWatch() ?? 0
  progress.clear()
  const compared = judgeAll(result, options)
  streams.stdout.write(renderComparison(compared, revision, paint))
  streams.stdout.write(renderFailures(result.failures, revision))
  if (foreign > FOREIGN_CPU_LIMIT) {
    const share = `${Math.round(foreign * 100)} %`
    streams.stdout.write(paint('yellow', `Others used ${share} of this machine meanwhile.\n`))
  }
  if (result.interrupted) return interruption.exitCode()
  return exitCodeOf(result, compared, options, streams)
}

async function select(
  options: CompareOptions,
  base: string,
  { stderr }: CommandStreams,
): Promise<readonly Measurable[]> {
  if (options.micro) return [microMeasurable(options)]
  const { measurables, onlyHere, onlyThere } = await selectScenarios(HERE, base, options)
  const missing = [
    ...onlyHere.map((name) => `${name}: only in this build`),
    ...onlyThere.map((name) => `${name}: only in ${options.revision}`),
  ]
  for (const line of missing) stderr.write(`${COMMAND}: ${line}\n`)
  if (measurables.length > 0) return measurables
  throw new UsageError(
    COMMAND,
    `no variant of both builds matches '${options.patterns.join(',')}'; see 'irpool bench --list'`,
  )
}

function judgeAll({ series }: ComparedRounds, { margin }: CompareOptions): Compared[] {
  return series.map((one) => {
    const { lowerIsBetter } = one
    return { ...one, judgement: judge(one.pairs, { lowerIsBetter, margin }) }
  })
}

function exitCodeOf(
  { failures }: ComparedRounds,
  compared: readonly Compared[],
  { failBelow }: CompareOptions,
  { stdout }: CommandStreams,
): number {
  if (failures.some(({ kind }) => kind === 'wrong')) return EXIT_VERIFICATION
  if (failures.length > 0) return EXIT_FAILED
  if (failBelow === undefined) return EXIT_OK
  const slower = compared.filter(({ judgement }) => isSlowerBeyond(judgement, failBelow))
  if (slower.length === 0)
    return compared.some(({ judgement }) => isUnjudged(judgement)) ? EXIT_TOO_NOISY : EXIT_OK
  const names = slower.map(({ name }) => name).join(', ')
  stdout.write(`slower by more than ${failBelow * 100} %: ${names}\n`)
  return EXIT_FAILED
}
