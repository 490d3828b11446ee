/**
 * Channel run: hosts and workers of a channel as actors, and the judge that all channel scenarios share.
 *
 * A host prepares and submits its requests as slots allow, reaps, and sleeps when there is nothing; a
 * worker polls and sleeps. Requests are named by their context, which their handler finds as the offset.
 */
import {
  STATUS_CANCELLED,
  STATUS_DEVICE_NOT_CONNECTED,
  STATUS_DRIVER_PROCESS_TERMINATED,
} from '../../../src/abi/ntstatus.js'
import { CHANNEL_ATTENTION } from '../../../src/abi/channel-layout.js'
import { RING_TAIL } from '../../../src/abi/ring-layout.js'
import { type Actor, actor, type NextStep } from '../engine/actor.js'
import type { Request } from '../../../src/framework/request.js'
import { must, type Rest } from '../engine/scenario.js'
import {
  attachHost,
  attachPort,
  type Handler,
  type Host,
  keep,
  type Memories,
  prepareRead,
  type Source,
  startWorker,
  type Worker,
} from '../shipped.js'

/** Sleeps of the scenarios end by being woken; a time-out is the search's to choose. */
const LONG_MS = 50

export const complete: Handler = (worker, request) => {
  worker.served.push(request.deviceOffset)
  request.completeWithInformation(0, request.deviceOffset)
}

/** Completed by a later turn of the worker. */
export const hold: Handler = (worker, request) => {
  worker.served.push(request.deviceOffset)
  worker.held.push(request)
}

export type Load = (words: Int32Array, index: number) => number

export type HostStep = (host: Host) => NextStep

/** Takes completions until `total` were told; sleeps when there are none. Comes back to step `step`. */
export function reapAll(total: number, step: number): HostStep {
  return (host) => {
    const { channel, told } = host
    channel.reapNow(total, keep(told))
    must('duplicate', told.length <= total, `${told.length} completions of ${total} requests`)
    if (told.length === total) return undefined
    if (!channel.hasCompletions()) sleepOnce(host)
    return step
  }
}

/** Goes on looking for completions and deaths, as a host does for as long as it lives. */
export function liveOn(step: number): HostStep {
  return (host) => {
    host.channel.reapNow(8, keep(host.told))
    if (!host.channel.hasCompletions()) sleepOnce(host)
    return step
  }
}

export function sleepOnce({ channel }: Host): void {
  channel.sleeper.park(LONG_MS, () => channel.hasCompletions())
}

/** Prepares reads from context `from` on while there are slots, and submits them. */
export function sendReads(from: number, count: number): HostStep {
  return (host) => {
    for (let context = from; context < from + count; context++) prepareRead(host, context)
    host.submitted.push(host.channel.submit())
  }
}

/** A host that does those steps. */
export function hostActor(
  source: Source,
  memories: Memories,
  steps: readonly HostStep[],
  options: { index?: number; start: number; route?: number },
): Actor {
  const name = memories.channels.length > 1 ? `host ${options.index ?? 0}` : 'host'
  return actor(name, () => attachHost(source, memories, options), steps)
}

export interface WorkerOptions {
  readonly worker?: number
  /** Requests that each queue presents at once. */
  readonly limits?: readonly number[]
  readonly handler?: Handler
  /** The first queue is manual: the driver takes a request out of it when nothing else is to be done. */
  readonly isManual?: boolean
  readonly isMortal?: boolean
}

/** Polls; completes one of those held, when nothing else is to be done; sleeps. */
export function workOrSleep(self: Worker, isManual = false): void {
  if (self.turn.poll(128) !== 0) return
  const request = self.held.shift() ?? (isManual ? retrieve(self) : undefined)
  if (request !== undefined) finishHeld(request)
  else self.sleeper.park(LONG_MS, () => self.turn.hasWork())
}

function retrieve({ turn, queues, served }: Worker): Worker['held'][number] | undefined {
  const [queue] = queues
  const request = queue === undefined ? null : (turn.retrieve(queue) as Request | null)
  if (request === null) return undefined
  served.push(request.deviceOffset)
  return request
}

function finishHeld(request: Worker['held'][number]): void {
  if (request.state === CANCELABLE && request.unmarkCancelable() !== 0) return
  if (request.state === OWNED) request.completeWithInformation(0, request.deviceOffset)
}

const OWNED = 2
const CANCELABLE = 3

/** A worker that takes part in all channels from the beginning. */
export function workerActor(
  source: Source,
  memories: Memories,
  options: WorkerOptions = {},
): Actor {
  const { worker = 0, limits = [1], handler = complete, isManual, isMortal = false } = options
  const name = memories.workers > 1 ? `worker ${worker}` : 'worker'
  const attach = (): Worker => {
    const self = startWorker(source, memories, { worker, limits, handler })
    for (const memory of memories.channels) attachPort(source, self, memory, worker)
    return self
  }
  const turn = (self: Worker): number => {
    workOrSleep(self, isManual)
    return 0
  }
  return actor(name, attach, [turn], isMortal ? ({ served }: Worker) => served : undefined)
}

/** Throws unless the host was told of every request once, has all slots free, and does not sleep beside work. */
export function judgeHost(host: Rest, total: number, load: Load): void {
  const { channel, told } = host.root as Host
  const { duplicates } = channel
  must('duplicate', duplicates === 0, `${duplicates} completions were rejected`)
  const isThere = channel.ports.some(
    ({ completions: { words, base, head } }) => load(words, base + RING_TAIL) !== head,
  )
  must('lost wake-up', !isThere, 'the host sleeps beside a completion')
  const isDue = load(channel.words, CHANNEL_ATTENTION) !== channel.attention
  must('lost wake-up', host.status === 'finished' || !isDue, 'the host sleeps beside a death')
  const contexts = told.map(({ context }) => context).toSorted((a, b) => a - b)
  must('duplicate', new Set(contexts).size === contexts.length, `told of ${contexts.join(', ')}`)
  must('lost', contexts.length === total, `told of ${contexts.join(', ')}, of ${total} requests`)
  for (const { context, status, information } of told) {
    const isRight = status !== 0 || information === context
    must('content', isRight, `request ${context} ended with Information ${information}`)
  }
  const { inFlight } = channel
  must('leak', inFlight === 0, `${inFlight} slots are not free`)
  const ledger = channel.ledger()
  must('lost', ledger.lost === 0, `the ledger has lost ${ledger.lost}`)
  const isCounted = ledger.accepted === total && ledger.completed === total
  must('lost', isCounted, `accepted ${ledger.accepted}, completed ${ledger.completed}, of ${total}`)
  must('lost wake-up', channel.sleeper.rescues === 0, 'a rescue')
}

/** Throws when a worker sleeps beside work, or says that a host is broken. */
export function judgeWorker(worker: Rest, load: Load): void {
  if (worker.status === 'dead') return
  const { ports, held, queues, sleeper } = worker.root as Worker
  for (const { submissions, rejected } of ports) {
    const { words, base, head } = submissions
    const isThere = load(words, base + RING_TAIL) !== head
    must('lost wake-up', !isThere, 'a worker sleeps beside a submission')
    must('duplicate', rejected === 0, `${rejected} entries of a ring were no requests`)
  }
  must('lost', held.length === 0, `${held.length} requests are held`)
  const waiting = queues.reduce((sum, { queued }) => sum + queued, 0)
  must('lost', waiting === 0, `${waiting} requests wait in queues`)
  must(
    'leak',
    queues.every(({ owned }) => owned === 0),
    'a queue counts requests that have ended',
  )
  must('lost wake-up', sleeper.rescues === 0, 'a rescue')
}

/** Throws unless `served` is in order of acceptance. */
export function judgeOrder(served: readonly number[]): void {
  const isOrdered = served.every((context, i) => i === 0 || context > (served[i - 1] as number))
  must('order', isOrdered, `served in order ${served.join(', ')}`)
}

/** Statuses of a host's requests by context. */
export function statusesOf(host: Rest): number[] {
  const statuses: number[] = []
  for (const { context, status } of (host.root as Host).told) statuses[context] = status
  return statuses
}

export const CANCELLED = STATUS_CANCELLED
export const DIED = STATUS_DRIVER_PROCESS_TERMINATED
export const NOT_CONNECTED = STATUS_DEVICE_NOT_CONNECTED
