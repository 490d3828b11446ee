/**
 * profile-json.ts: a profile as JSON, for programs and for the page of flame graphs.
 *
 * Runs on: the main thread of the command.
 */
import type { Environment } from '../environment.js'
import type { CallNode } from './call-tree.js'
import { prunedTree } from './call-tree.js'
import { hottestFunctions, layerRows, secondsOf } from './layer-table.js'
import type { NamedThread } from './layer-table.js'
import type { FunctionTicks } from './thread-profile.js'
import { TICK_US } from './v8-log.js'

export const SCHEMA = 'irpool-profile/1'
const FUNCTIONS = 100
/** Less than that share of a thread's busy time is not worth a frame. */
const SMALLEST_SHARE = 0.001

/** One thread, as the JSON has it. All counts are ticks. */
export interface ThreadReport {
  readonly name: string
  readonly role: string
  readonly threadId?: number
  readonly log: string
  readonly lived: number
  readonly ticks: number
  readonly parked: number
  /** What `lived` stands for. */
  readonly seconds: number
  readonly layers: Readonly<Record<string, number>>
  readonly functions: readonly FunctionTicks[]
  readonly tree: CallNode
}

export interface ProfileReport {
  readonly schema: typeof SCHEMA
  readonly environment: Environment
  readonly scenario: string
  readonly settings: {
    readonly durationMs: number
    readonly warmupMs: number
    readonly workers: number
  }
  readonly operationsPerSecond: number
  readonly tickUs: number
  readonly threads: readonly ThreadReport[]
}

export type ProfiledRun = Omit<ProfileReport, 'schema' | 'tickUs' | 'threads'>

export function profileReport(run: ProfiledRun, threads: readonly NamedThread[]): ProfileReport {
  return { schema: SCHEMA, ...run, tickUs: TICK_US, threads: threads.map(threadReport) }
}

function threadReport(thread: NamedThread): ThreadReport {
  const { name, role, threadId, log, lived, ticks, parked, tree } = thread
  const rows = layerRows([thread]).map(({ layer, ticks: counts }) => [layer, counts[0]!] as const)
  return {
    name,
    role,
    ...(threadId === undefined ? {} : { threadId }),
    log,
    lived,
    ticks,
    parked,
    seconds: secondsOf(lived),
    layers: Object.fromEntries(rows),
    functions: hottestFunctions(thread, FUNCTIONS),
    tree: prunedTree(tree, SMALLEST_SHARE),
  }
}
