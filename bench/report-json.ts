/**
 * report-json.ts: the result of a benchmark as data, schema `irpool-bench/1`.
 *
 * Runs on: the orchestrator's main thread.
 * The schema may grow; fields never change their meaning or go away.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Environment } from './environment.js'
import type { Ledger } from './ledger.js'
import type { Counters, GcPauses, LatencyNs, StagesNs } from './scenario.js'

export const SCHEMA = 'irpool-bench/1'

interface ScenarioLabels {
  readonly name: string
  readonly unit: string
  readonly group: string
  readonly title: string
  /** There when the figure is a cost. */
  readonly lowerIsBetter?: true
  /** Of a workload put together on the command line: option → value. */
  readonly parameters?: Readonly<Record<string, number | string>>
}

export interface MeasuredReport extends ScenarioLabels {
  /** Operations per second, or what else the unit says: the median of the runs, the least and the most. */
  readonly median: number
  readonly min: number
  readonly max: number
  readonly runs: number
  readonly latencyNs?: LatencyNs
  /** CPU seconds of the whole process per million operations; 0 where there were none. */
  readonly cpuSecondsPerMillion: number
  readonly bytesAllocatedPerIrp?: number
  /** Medians of the runs, but `maxMs`: the longest pause of all. */
  readonly gc?: GcPauses
  /** Medians of the runs, but `rescues`: all of them. */
  readonly counters?: Counters
  /** Latency by stage. */
  readonly stagesNs?: StagesNs
  /** How many of the runs were disturbed by other processes even after a repeat; absent when none. */
  readonly noisy?: number
  /** The largest share of the machine that others used during a kept run, 0 to 1. */
  readonly foreignCpuShare?: number
  readonly notes?: Readonly<Record<string, number | string>>
  readonly skipped?: never
  readonly failed?: never
  readonly unverified?: never
}

/** Without figures; exactly one of the three reasons is there. */
export interface UnmeasuredReport extends ScenarioLabels {
  readonly runs: 0
  readonly median?: never
  readonly min?: never
  readonly max?: never
  readonly noisy?: never
  readonly latencyNs?: never
  readonly stagesNs?: never
  readonly counters?: never
  readonly gc?: never
  /** The machine lacks something. */
  readonly skipped?: string
  /** It could not run. */
  readonly failed?: string
  /** It ran and gave wrong answers, which makes its speed meaningless. */
  readonly unverified?: string
}

export type ScenarioReport = MeasuredReport | UnmeasuredReport

export interface RatioReport {
  /** `scenario ÷ rival`. */
  readonly name: string
  readonly value: number
  readonly scenario: string
  readonly rival: string
  /**
   * `native`: the rival is the C++ twin, the value is the fraction of its speed. `p50`: the value is one median
   * latency by the other. Absent: one median figure by the other.
   */
  readonly kind?: 'native' | 'p50'
}

export interface BenchSettings {
  readonly runs: number
  readonly durationMs: number
  readonly warmupMs: number
  readonly workers: number
  readonly quick: boolean
  /** The option that a sweep varied. */
  readonly sweep?: string
}

export interface BenchReport {
  readonly schema: typeof SCHEMA
  readonly environment: Environment
  readonly settings: BenchSettings
  readonly scenarios: readonly ScenarioReport[]
  readonly ratios: readonly RatioReport[]
  readonly ledger: Ledger
  /** There when the run was cut short. */
  readonly interrupted?: true
  /** There when other processes disturbed too many runs for the figures to be judged. */
  readonly tooBusy?: true
}

/** Writes the report for people and programs to read: indented, with a newline at its end. */
export function writeReport(file: string, report: BenchReport): void {
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
}

/** Reads one back. Throws when it is no report of this schema. */
export function readReport(file: string): BenchReport {
  const read: Partial<BenchReport> | null = JSON.parse(readFileSync(file, 'utf8'))
  if (read?.schema !== SCHEMA) {
    const found = JSON.stringify(read?.schema) ?? 'missing'
    throw new Error(`${file}: its schema is ${found}, expected "${SCHEMA}"`)
  }
  const { environment, settings, scenarios } = read
  if (environment === undefined || settings === undefined || !Array.isArray(scenarios)) {
    throw new Error(`${file}: it has no environment, settings or scenarios: it is not whole`)
  }
  return read as BenchReport
}

/** True when more than a third of the kept runs, or every run of some scenario, were disturbed. */
export function isTooBusy(scenarios: readonly ScenarioReport[]): boolean {
  const runs = scenarios.reduce((sum, scenario) => sum + scenario.runs, 0)
  const noisy = scenarios.reduce((sum, scenario) => sum + (scenario.noisy ?? 0), 0)
  return noisy * 3 > runs || scenarios.some(({ noisy: own, runs: of }) => of > 0 && own === of)
}
