/**
 * Plan: what a seed's engine looks like: workers, devices with their stacks and queues, hosts. Runs on: the
 * simulation's one thread.
 */
import type { DispatchType, SynchronizationScope } from '../../src/irp/device-description.js'
import type { IdleStrategyName } from '../../src/sharedarraybuffer-queue/idle-strategy.js'
import type { Kernel } from './kernel.js'

/** What a level's driver may do with a request. */
export const BEHAVIOURS = [
  'complete',
  'fail',
  'complete later',
  'asynchronous',
  'cancelable',
  'park and pull',
  'send down',
  'send and forget',
] as const
export type Behaviour = (typeof BEHAVIOURS)[number]

export interface QueuePlan {
  readonly dispatchType: Exclude<DispatchType, 'manual'>
  /** Requests that it presents at once; Infinity: any number. */
  readonly limit: number
  readonly powerManaged: boolean
  readonly hasEvtIoStop: boolean
}

export interface LevelPlan {
  /** The default queue, then, if there is one, the queue for writes. */
  readonly queues: readonly QueuePlan[]
  readonly behaviours: readonly Behaviour[]
  /** EvtDevice… callbacks take that long at most; 0: they are synchronous. */
  readonly callbackMs: number
}

export interface DevicePlan {
  readonly name: string
  readonly worker: number
  readonly scope: SynchronizationScope
  /** Top first. */
  readonly levels: readonly LevelPlan[]
}

export interface HostPlan {
  readonly api: 'promise' | 'batch'
  readonly slots: number
  readonly operations: number
}

export interface Plan {
  readonly workers: number
  readonly slots: number
  readonly waitStrategy: IdleStrategyName
  readonly watchdogMs: number
  readonly restart: { maxDeaths: number; windowMs: number; backoffMs: number }
  readonly devices: readonly DevicePlan[]
  /** Hosts with a thread and a channel of their own; main is one more. */
  readonly hosts: readonly HostPlan[]
  readonly operations: number
  readonly mainOperations: number
  /** The engine stops while hosts are still at work. */
  readonly stopsEarly: boolean
  readonly hasHardware: boolean
}

export function drawPlan(kernel: Kernel): Plan {
  const below = (n: number): number => kernel.random.nextBelow(n)
  const workers = 1 + below(3)
  const devices = 1 + below(2)
  return {
    workers,
    slots: 8 << below(5),
    waitStrategy: kernel.pick(['adaptive', 'adaptive', 'park', 'event-loop'] as const),
    watchdogMs: 200 + below(800),
    restart: { maxDeaths: below(10), windowMs: 1000 + below(9000), backoffMs: below(100) },
    devices: Array.from({ length: devices }, (_, i) => drawDevice(kernel, `device${i}`, workers)),
    hosts: Array.from({ length: below(4) }, () => ({
      api: kernel.pick(['promise', 'batch', 'batch'] as const),
      slots: 1 << below(6),
      operations: 3 + below(20),
    })),
    operations: 3 + below(20),
    mainOperations: below(10),
    stopsEarly: below(4) === 0,
    hasHardware: below(3) === 0,
  }
}

function drawDevice(kernel: Kernel, name: string, workers: number): DevicePlan {
  const levels = kernel.pick([1, 1, 1, 2, 3])
  return {
    name,
    worker: kernel.random.nextBelow(workers),
    scope: levels > 1 ? 'device' : kernel.pick(['device', 'queue', 'none'] as const),
    levels: Array.from({ length: levels }, (_, i) => drawLevel(kernel, i < levels - 1)),
  }
}

function drawLevel(kernel: Kernel, hasLower: boolean): LevelPlan {
  const possible = BEHAVIOURS.filter((behaviour) => hasLower || !behaviour.startsWith('send'))
  const some = possible.filter(() => kernel.chance(0.5))
  const queues = 1 + kernel.random.nextBelow(2)
  return {
    queues: Array.from({ length: queues }, () => drawQueue(kernel)),
    behaviours: some.length === 0 ? possible : some,
    callbackMs: kernel.pick([0, 0, 5]),
  }
}

function drawQueue(kernel: Kernel): QueuePlan {
  const dispatchType = kernel.pick(['sequential', 'parallel'] as const)
  const limit = kernel.pick([1, 2, 4, Infinity])
  return {
    dispatchType,
    limit: dispatchType === 'sequential' ? 1 : limit,
    powerManaged: kernel.chance(0.8),
    hasEvtIoStop: kernel.chance(0.8),
  }
}
