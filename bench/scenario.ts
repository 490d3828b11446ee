/**
 * scenario.ts: what one variant of the benchmark is, and the registry of all of them.
 *
 * A scenario drives one way of getting requests answered by another thread, checks every answer and
 * says how much was done in how long. It knows nothing of rounds, processes, tables or files.
 *
 * Runs on: any thread (types and a list only).
 * Invariant: names are unique; the order of registration is the order of rounds and of the tables.
 */
import type { Ledger } from './ledger.js'
import type { Workload } from './workload/workload.js'

/** What the person at the command line chose; the same for every scenario of a run. */
export interface ScenarioOptions {
  /** Worker threads that answer requests, >= 1. */
  readonly workers: number
  /** True for `--quick`: use fewer resources where that is possible. */
  readonly quick: boolean
  /** Path of a block I/O trace to replay; checked for existence before anything runs. */
  readonly trace?: string
}

export interface ScenarioContext {
  /** Length of the measured window, milliseconds. */
  readonly durationMs: number
  /** To be spent under the same load before the window opens, milliseconds. */
  readonly warmupMs: number
  readonly options: ScenarioOptions
}

/** Nanoseconds. */
export interface LatencyNs {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly p9999: number
  readonly max: number
}

/** What the threads of an engine counted inside the window. */
export interface Counters {
  /** Times that workers, and the host, went to sleep. */
  readonly workerParks: number
  readonly hostParks: number
  /** Doorbells that were rung because somebody slept: a system call each. */
  readonly workerWakeUps: number
  readonly hostWakeUps: number
  /** Sleeps that a time-out ended although there was work, of the whole run: 0 when all is right. */
  readonly rescues: number
  /** Worker turns that found work. */
  readonly batches: number
  /** Requests per such turn, the mean. */
  readonly requestsPerBatch: number
}

/** Pauses of the submitting thread by its garbage collector. */
export interface GcPauses {
  readonly count: number
  readonly totalMs: number
  readonly maxMs: number
}

/**
 * The parts of a latency, in the order of time; each is a distribution of its own.
 * `send`: from when it was due to the submit that published it; `dispatch`: to the first line of the handler;
 * `handler`: to its completion by the driver; `reap`: to the host's callback.
 */
export const STAGES = ['send', 'dispatch', 'handler', 'reap'] as const
/**
 * The parts of an interrupt-driven request. `device`: from the submit to the interrupt, through queue, handler,
 * register write and device; `interrupt`: line raised to ISR; `dpc`: ISR to DPC; `complete`: to its completion by
 * the driver; `reap`: to the host's callback.
 */
export const INTERRUPT_STAGES = ['device', 'interrupt', 'dpc', 'complete', 'reap'] as const
export type Stage = (typeof STAGES)[number] | (typeof INTERRUPT_STAGES)[number]
/** Every stage there is, in the order of time. */
export const ALL_STAGES: readonly Stage[] = [...STAGES.slice(0, -1), ...INTERRUPT_STAGES]
/** Those that were measured. */
export type StagesNs = Readonly<Partial<Record<Stage, LatencyNs>>>

/** One run of one scenario. Everything but `checksumOk` and `ledger` is about the window alone. */
export interface Measurement {
  /** Requests completed inside the window. */
  readonly operations: number
  /** The figure itself, in the scenario's unit, where that is not operations per second. */
  readonly value?: number
  /** Length of the window as measured, seconds. */
  readonly seconds: number
  /** CPU used by the whole process (all threads) inside the window, seconds. */
  readonly cpuSeconds: number
  readonly latencyNs?: LatencyNs
  /** JavaScript heap allocated by the submitting thread inside the window, bytes. */
  readonly bytesAllocated?: number
  /** Young-generation collections of the submitting thread inside the window. */
  readonly scavenges?: number
  readonly gc?: GcPauses
  readonly counters?: Counters
  readonly stagesNs?: StagesNs
  /** Every request of the whole run, warm-up and drain included, was answered exactly once and right. */
  readonly checksumOk: boolean
  /** Taken after the drain; must balance with nothing in flight. Engine scenarios have one. */
  readonly ledger?: Ledger
  /** Anything else worth a word: why a check failed, what was special. */
  readonly notes?: Readonly<Record<string, number | string>>
}

/** Answered by a scenario whose machine lacks something, instead of a measurement. */
export interface Skipped {
  readonly skipped: string
}

export interface Scenario {
  /** Unique, `kind/variant/depth-N`, e.g. `rival/post-message/depth-64`. */
  readonly name: string
  /** Of operations per second, e.g. `IRP/s`; or of `value`. */
  readonly unit: string
  /** The figure is a cost: the tables say so. */
  readonly lowerIsBetter?: boolean
  /** Heading under which the tables put it. */
  readonly group: string
  /** A few plain words for people. */
  readonly title: string
  /** Part of `--quick`, which must end in about ten seconds all in all. */
  readonly quick?: boolean
  /** Left out unless `--all` or a pattern asks for it: a run must stay within a minute. */
  readonly isExtra?: boolean
  /** Only there when a trace was given. */
  readonly needsTrace?: boolean
  /** Names of scenarios to print a ratio to; the tables show the first, the JSON all. */
  readonly comparedWith?: readonly string[]
  /** Name of the scenario whose p50 its own is compared with: a bare hand-over beside ours. */
  readonly latencyOf?: string
  /** Name of its twin in C++: the tables show which fraction of that is reached. */
  readonly native?: string
  /** Set where a workload was put together on the command line: option → value. */
  readonly parameters?: Readonly<Record<string, number | string>>
  /** What it runs, where that is a workload: the child process gets it as data. */
  readonly workload?: Workload
  /** Warms up, measures, drains and verifies. Rejects when it could not run at all. */
  run(context: ScenarioContext): Promise<Measurement | Skipped>
}

const registered = new Map<string, Scenario>()

/** Appends to the registry. Throws when a name is taken. */
export function registerScenarios(scenarios: readonly Scenario[]): void {
  for (const scenario of scenarios) {
    if (registered.has(scenario.name)) {
      throw new Error(`two scenarios are named '${scenario.name}': give one of them another name`)
    }
    registered.set(scenario.name, scenario)
  }
}

/** All scenarios in order of registration. */
export function registeredScenarios(): readonly Scenario[] {
  return [...registered.values()]
}
