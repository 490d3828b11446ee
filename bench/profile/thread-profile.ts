/**
 * thread-profile.ts: what one thread spent its time on: ticks per layer, per function, and its call tree.
 *
 * Runs on: the main thread of the command.
 * Invariants: the layers' ticks add up to `ticks`; the tree has all of them but the parked ones.
 */
import { addStack, emptyTree } from './call-tree.js'
import type { CallNode } from './call-tree.js'
import type { FunctionPlace, FunctionPlaces, Layer } from './layer.js'
import { TickReader } from './tick-frames.js'
import { roleOf } from './thread-role.js'
import type { ThreadRole } from './thread-role.js'
import { TICK_US, VM_IDLE } from './v8-log.js'
import type { Tick, V8Profile } from './v8-log.js'

export interface FunctionTicks extends FunctionPlace {
  /** Ticks while it ran itself. */
  self: number
  /** Ticks while it was on the stack; a recursive one counts once. */
  total: number
}

export interface ThreadProfile extends ThreadRole {
  /** The raw log. */
  readonly log: string
  /** From its first line in the log to its last tick, in ticks. */
  readonly lived: number
  /** All ticks: parked or busy. What is missing of `lived` is time without a processor. */
  readonly ticks: number
  readonly parked: number
  readonly layers: ReadonlyMap<Layer, number>
  /** By self ticks, most first; parked ticks are left out. */
  readonly functions: readonly FunctionTicks[]
  readonly tree: CallNode
}

/** Sums up one thread's log. */
export function profileThread(
  log: string,
  profile: V8Profile,
  places: FunctionPlaces,
): ThreadProfile {
  const reader = new TickReader(profile, places)
  const layers = new Map<Layer, number>()
  const functions = new Map<string, FunctionTicks>()
  const tree = emptyTree('thread')
  let ticks = 0
  let beforeUs = 0
  for (const tick of profile.ticks) {
    const { layer, stack } = reader.read(tick)
    const weight = weightOf(tick, beforeUs)
    ticks += weight
    beforeUs = tick.tm
    layers.set(layer, (layers.get(layer) ?? 0) + weight)
    if (layer === 'parked') continue
    addStack(tree, stack)
    countFunctions(functions, stack)
  }
  return {
    ...roleOf(profile),
    log,
    lived: Math.max(ticks, ticksIn(beforeUs)),
    ticks,
    parked: layers.get('parked') ?? 0,
    layers,
    functions: [...functions.values()].sort((left, right) => right.self - left.self),
    tree,
  }
}

/**
 * Node blocks the profiler's signal while the event loop sleeps, so one tick at its end stands for the whole sleep.
 */
function weightOf({ tm, vm }: Tick, beforeUs: number): number {
  return vm === VM_IDLE ? Math.max(1, ticksIn(tm - beforeUs)) : 1
}

function ticksIn(us: number): number {
  return Math.round(us / TICK_US)
}

function countFunctions(
  functions: Map<string, FunctionTicks>,
  stack: readonly FunctionPlace[],
): void {
  const seen = new Set<FunctionTicks>()
  let last: FunctionTicks | undefined
  for (const frame of stack) {
    const key = `${frame.name} ${frame.place} ${frame.layer}`
    last = functions.get(key)
    if (last === undefined) {
      last = { ...frame, self: 0, total: 0 }
      functions.set(key, last)
    }
    if (!seen.has(last)) last.total++
    seen.add(last)
  }
  if (last !== undefined) last.self++
}
