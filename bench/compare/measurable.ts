/**
 * measurable.ts: what can be run of two builds: what there is in both of them, and how to run one of it.
 *
 * Runs on: the main thread of the command.
 *
 * Both builds run in processes of their own that this build starts: so the protocol of its child (scenario.ts,
 * child-process.ts), or the table of its micro-benchmarks, is what the other build has to speak.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { childRunner } from '../child-process.js'
import { isVerified } from '../exit-codes.js'
import { matchesAny } from '../name-pattern.js'
import type { Scenario } from '../scenario.js'
import type { CompareOptions } from './compare-options.js'

/** The figures of one run, by name; or why there are none. */
export type Figures =
  | { readonly kind: 'figures'; readonly values: ReadonlyMap<string, number> }
  | { readonly kind: 'failed' | 'wrong'; readonly why: string }
  | { readonly kind: 'interrupted' }

/** Something to run once per round and build; it gives one figure or many. */
export interface Measurable {
  readonly name: string
  readonly unit: string
  readonly lowerIsBetter: boolean
  run(build: string, signal: AbortSignal): Promise<Figures>
}

export interface Selection {
  readonly measurables: readonly Measurable[]
  /** Asked for, and only in one of the builds. */
  readonly onlyHere: readonly string[]
  readonly onlyThere: readonly string[]
}

const PROTOCOL_HINT = ' (the protocol of its benchmark may be another than the present one)'

/** Thrown when the other build cannot be driven by this one. */
export class ProtocolError extends Error {
  readonly code = 'ERR_IRP_BENCH_PROTOCOL'

  constructor(what: string) {
    super(
      `the other revision does not speak the present protocol of the benchmark: ${what}; compare with a later one`,
    )
  }
}

/** The scenarios of both builds that the options ask for. */
export async function selectScenarios(
  here: string,
  there: string,
  options: CompareOptions,
): Promise<Selection> {
  const [ours, theirs] = await Promise.all([listScenarios(here), listScenarios(there)])
  const isAsked = ({ name, needsTrace, quick }: Scenario) =>
    needsTrace !== true &&
    (options.patterns.length === 0
      ? quick === true && name.startsWith('irp/')
      : matchesAny(name, options.patterns))
  const names = new Set(theirs.map(({ name }) => name))
  const asked = ours.filter(isAsked)
  return {
    measurables: asked
      .filter(({ name }) => names.has(name))
      .map((scenario) => scenarioMeasurable(scenario, options)),
    onlyHere: asked.filter(({ name }) => !names.has(name)).map(({ name }) => name),
    onlyThere: theirs
      .filter((scenario) => isAsked(scenario) && !ours.some(({ name }) => name === scenario.name))
      .map(({ name }) => name),
  }
}

async function listScenarios(build: string): Promise<readonly Scenario[]> {
  const file = path.join(build, 'bench/scenarios.js')
  if (!existsSync(file)) throw new ProtocolError('it has no bench/scenarios.js')
  const list: { default?: () => readonly Scenario[] } = await import(pathToFileURL(file).href)
  if (typeof list.default !== 'function') throw new ProtocolError('its scenarios.js has no list')
  return list.default()
}

function scenarioMeasurable(scenario: Scenario, options: CompareOptions): Measurable {
  const { name, unit, lowerIsBetter = false } = scenario
  const { durationMs, warmupMs, workers } = options
  const request = { name, durationMs, warmupMs, options: { workers, quick: false } }
  return {
    name,
    unit,
    lowerIsBetter,
    async run(build, signal) {
      const script = path.join(build, 'bench/child.js')
      const outcome = await childRunner(undefined, { script })(request, signal)
      if (outcome.kind === 'interrupted') return outcome
      if (outcome.kind === 'skipped') return { kind: 'failed', why: `skipped: ${outcome.why}` }
      if (outcome.kind === 'failed') return { kind: 'failed', why: explained(outcome.why) }
      const { measurement } = outcome
      if (!isVerified(measurement)) return { kind: 'wrong', why: 'some answers were wrong' }
      const value = measurement.value ?? measurement.operations / measurement.seconds
      return { kind: 'figures', values: new Map([[name, value]]) }
    },
  }
}

/** A child that does not know an option, or writes another message, gives no measurement. */
function explained(why: string): string {
  const isMute = why.startsWith('no measurement came back') || why.startsWith('not a measurement')
  return isMute ? `${why}${PROTOCOL_HINT}` : why
}

const MICRO_ROW = /^ *(\d+\.\d+) +\d+\.\d+ +\d+ {2}(\S.*)$/gm

/** All micro-benchmarks that the patterns name, as one run; which there are, only their tables tell. */
export function microMeasurable({ microTimeMs, patterns }: CompareOptions): Measurable {
  return {
    name: 'micro-benchmarks',
    unit: 'ns',
    lowerIsBetter: true,
    async run(build, signal) {
      const script = path.join(build, 'bench/micro/main.js')
      if (!existsSync(script)) throw new ProtocolError('it has no bench/micro/main.js')
      const argv = [script, '--time-ms', `${microTimeMs}`]
      if (patterns.length > 0) argv.push(patterns.join(','))
      try {
        const { stdout } = await promisify(execFile)(process.execPath, argv, { signal })
        const values = readMicroTable(stdout)
        if (values.size > 0) return { kind: 'figures', values }
        return { kind: 'failed', why: `it printed no table of the present form${PROTOCOL_HINT}` }
      } catch (error) {
        if (signal.aborted) return { kind: 'interrupted' }
        return { kind: 'failed', why: error instanceof Error ? error.message : String(error) }
      }
    },
  }
}

/** Name → median nanoseconds, from what bench:micro prints. */
export function readMicroTable(text: string): ReadonlyMap<string, number> {
  return new Map([...text.matchAll(MICRO_ROW)].map(([, median, name]) => [name!, Number(median)]))
}
