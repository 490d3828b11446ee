/**
 * workload.ts: a load that somebody put together on the command line: what is sent, to what, how many at once
 * and how fast. Plain data: it travels to the child process and to the threads of its hosts.
 *
 * Runs on: any thread.
 */
import type { DispatchType } from '../../src/index.js'
import type { IdleStrategyName } from '../../src/sharedarraybuffer-queue/index.js'
import { formatCount } from '../format.js'

/** Scopes that an option can name. */
export type Scope = 'device' | 'queue' | 'none'
export type ArrivalName = 'fixed' | 'poisson'

/** What a device does with a request. `module`: a driver of the user's. */
export type Handler =
  | { readonly kind: 'null' }
  /** Computes for so many microseconds. */
  | { readonly kind: 'spin'; readonly microseconds: number }
  /** Awaits a timer of so many milliseconds. */
  | { readonly kind: 'async'; readonly milliseconds: number }
  | { readonly kind: 'ramdisk' }
  | { readonly kind: 'module'; readonly url: string }

/** How often requests are sent: as soon as fewer than `depth` are in flight, or at a rate of all hosts together. */
export type Rate =
  | { readonly kind: 'closed' }
  | { readonly kind: 'per-second'; readonly requests: number }
  /** Of the rate that a closed loop of the same load reached just before, 0 to 1. */
  | { readonly kind: 'share-of-peak'; readonly share: number }

export interface Workload {
  readonly rate: Rate
  readonly arrival: ArrivalName
  /** Requests in flight at most, each host. */
  readonly depth: number
  /** Requests per submit at most. */
  readonly batch: number
  readonly workers: number
  /** Threads that send, each with a channel of its own. */
  readonly hosts: number
  readonly devices: number
  /** Drivers on top of each other, each device. */
  readonly stack: number
  readonly dispatch: DispatchType
  readonly scope: Scope
  readonly handler: Handler
  /** Reads, in per cent; the rest are writes. */
  readonly readPercent: number
  readonly blockBytes: number
  readonly waitStrategy: IdleStrategyName
  /** Every byte read is checked. */
  readonly verify: boolean
  /** Times every request also in a closed loop, and by stage where the driver can; a tenth slower. */
  readonly timesAll: boolean
}

export const DEFAULT_WORKLOAD: Workload = {
  rate: { kind: 'closed' },
  arrival: 'fixed',
  depth: 64,
  batch: 32,
  workers: 1,
  hosts: 1,
  devices: 1,
  stack: 1,
  dispatch: 'sequential',
  scope: 'device',
  handler: { kind: 'null' },
  readPercent: 100,
  blockBytes: 512,
  waitStrategy: 'adaptive',
  verify: false,
  timesAll: false,
}

export function isOpenLoop({ rate }: Workload): boolean {
  return rate.kind !== 'closed'
}

/** At least two batches in flight, so that one can be on its way while the other comes back. */
export function effectiveBatch({ batch, depth }: Workload): number {
  return Math.max(1, Math.min(batch, depth >> 1))
}

/** `null`, `spin:20`, `async:1`, `ramdisk`, or the driver's URL. */
export function handlerText(handler: Handler): string {
  if (handler.kind === 'spin') return `spin:${handler.microseconds}`
  if (handler.kind === 'async') return `async:${handler.milliseconds}`
  return handler.kind === 'module' ? handler.url : handler.kind
}

/** One line for people: everything that makes a difference. */
export function describeWorkload(workload: Workload): string {
  const { depth, workers, hosts, devices, dispatch, scope, handler, readPercent } = workload
  const { blockBytes, waitStrategy, verify } = workload
  const isOwn = handler.kind === 'ramdisk' || handler.kind === 'module'
  const parts = [
    rateText(workload),
    `${depth} in flight`,
    `batch ${effectiveBatch(workload)}`,
    `${handlerText(handler)} driver${isOwn ? '' : `, ${dispatch} queue, ${scope} scope`}`,
    counted(devices, 'device'),
    counted(workers, 'worker'),
    counted(hosts, 'host'),
    `${readPercent} % reads of ${blockBytes} bytes`,
    ...(waitStrategy === 'adaptive' ? [] : [`wait strategy ${waitStrategy}`]),
    ...(verify ? ['every byte read verified'] : []),
  ]
  return parts.join(', ')
}

function rateText({ rate, arrival }: Workload): string {
  if (rate.kind === 'closed') return 'closed loop'
  const arrivals = arrival === 'fixed' ? 'evenly spaced' : 'Poisson'
  const speed =
    rate.kind === 'per-second'
      ? `${formatCount(rate.requests)} a second`
      : `${Math.round(rate.share * 100)} % of peak`
  return `open loop, ${speed}, ${arrivals}, latency from the intended send time`
}

function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}
