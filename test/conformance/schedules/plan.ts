/**
 * Plan: what a schedule's drivers look like, drawn from its seed: workers, scope, levels, queues.
 * Runs on: the schedule's own thread.
 */
import type { Random } from '../../../native-sim/random.js'
import type { DispatchType, SynchronizationScope } from '../../../src/irp/device-description.js'

export interface QueuePlan {
  readonly dispatchType: DispatchType
  /** 0: unlimited. */
  readonly limit: number
  readonly allowZeroLengthRequests: boolean
  readonly hasEvtIoCanceledOnQueue: boolean
  /** EvtIoRead and EvtIoWrite instead of EvtIoDefault. */
  readonly hasOwnHandlers: boolean
  readonly takesWrites: boolean
}

export interface Plan {
  readonly workers: number
  readonly scope: SynchronizationScope
  /** Queues of each level, top first; the first queue of a level is its default queue. */
  readonly levels: readonly (readonly QueuePlan[])[]
  readonly events: number
}

const SCOPES: readonly SynchronizationScope[] = ['inherit', 'device', 'queue']

export function drawPlan(random: Random): Plan {
  const levelCount = 1 + random.nextBelow(2)
  return {
    workers: levelCount > 1 ? 1 : 1 + random.nextBelow(2),
    scope: SCOPES[random.nextBelow(SCOPES.length)] ?? 'inherit',
    levels: Array.from({ length: levelCount }, () => [
      drawQueue(random, ['sequential', 'parallel'], false),
      drawQueue(random, ['sequential', 'parallel', 'manual'], true),
      drawQueue(random, ['manual', 'parallel'], false),
    ]),
    events: 10 + random.nextBelow(60),
  }
}

function drawQueue(random: Random, types: DispatchType[], mayTakeWrites: boolean): QueuePlan {
  const dispatchType = types[random.nextBelow(types.length)] ?? 'manual'
  return {
    dispatchType,
    limit: dispatchType === 'parallel' ? random.nextBelow(4) : 0,
    allowZeroLengthRequests: random.nextBelow(2) === 0,
    hasEvtIoCanceledOnQueue: random.nextBelow(2) === 0,
    hasOwnHandlers: random.nextBelow(2) === 0,
    takesWrites: mayTakeWrites && random.nextBelow(2) === 0,
  }
}

/** Requests that a queue's driver may own by presentation. */
export function limitOf({ dispatchType, limit }: QueuePlan): number {
  if (dispatchType === 'manual') return 0
  if (dispatchType === 'sequential') return 1
  return limit === 0 ? Infinity : limit
}
