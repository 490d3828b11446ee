/**
 * Guaranteed forward progress: a queue that goes on when its driver cannot allocate what a request needs,
 * with requests that were reserved, resources and all, when the policy was assigned.
 * Runs on: the worker that the queue lives on (each of them, for a queue that lives on all).
 *
 *   arrives ─► EvtIoAllocateRequestResources ──ok──► queue
 *                    │ fails                           ▲
 *                    ▼                                 │ stands for it, and ends it with its own result
 *                 policy ──use──► reserved request ────┘
 *                    │              ▲ none is free: the request waits, and can be cancelled meanwhile
 *                    └──fail──► STATUS_UNSUCCESSFUL
 *
 * What waits for a reserved request waits behind a gate of its own, whose limit is their number: a reserved
 * request that comes back opens it. Invariant: in use + free = reserved.
 * Source: FxIoQueue::AssignForwardProgressPolicy, GetReservedRequest; kmdf.md 3.9.
 */
import { IRP_CANCEL, IRP_SLOT_WORDS } from '../abi/irp-layout.js'
import {
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../abi/ntstatus.js'
import {
  REQUEST_FREE,
  REQUEST_SENT,
  REQUEST_WAITING,
  type DispatchedRequest,
} from '../dispatch/dispatched-request.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import { QueueGate } from '../dispatch/queue-gate.js'
import { read, store, write } from '../sharedarraybuffer-queue/access.js'
import { failureStatusOf, WdfStatusError } from './errors.js'
import type { FileObject } from './file-object.js'
import type { IoQueue } from './io-queue.js'
import type { LocalRequests } from './local-requests.js'
import type { Request } from './request.js'
import { releaseObject } from './request-object.js'

/** What EvtIoWdmIrpForForwardProgress decides. WDF_IO_FORWARD_PROGRESS_ACTION. */
export type ForwardProgressAction = 'failRequest' | 'useReservedRequest'

/** Allocates what a request needs; a failure status, or an error, says that it could not. */
// oxlint-disable-next-line typescript/no-invalid-void-type
export type EvtIoAllocateResources = (queue: IoQueue, request: Request) => number | void

/** WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY. */
export interface ForwardProgressPolicy {
  /** Requests to reserve, from 1 to 65,536; on each worker that the queue lives on. */
  readonly totalForwardProgressRequests: number
  /**
   * Which requests get a reserved one when their resources cannot be allocated: all of them; those that
   * EvtIoWdmIrpForForwardProgress says; those that are paging I/O (there is none here, so they all fail).
   */
  readonly policy: 'alwaysUseReserved' | 'useExamine' | 'pagingIo'
  /** Called for each reserved request, now; keep its resources in `request.context`. */
  readonly EvtIoAllocateResourcesForReservedRequest?: EvtIoAllocateResources
  /** Called for each request that arrives, before its queue gets it. */
  readonly EvtIoAllocateRequestResources?: EvtIoAllocateResources
  /** With `useExamine`: looks at a request whose resources could not be allocated; it is not owned. */
  readonly EvtIoWdmIrpForForwardProgress?: (
    queue: IoQueue,
    request: Request,
  ) => ForwardProgressAction
}

const MAX_RESERVED = 65_536
const POLICIES: readonly unknown[] = ['alwaysUseReserved', 'useExamine', 'pagingIo']
const CALLBACKS = [
  'EvtIoAllocateResourcesForReservedRequest',
  'EvtIoAllocateRequestResources',
  'EvtIoWdmIrpForForwardProgress',
] as const

export class ForwardProgress {
  readonly #queue: IoQueue
  readonly #turn: DispatchTurn
  readonly #locals: LocalRequests
  readonly #policy: ForwardProgressPolicy
  readonly #free: Request[] = []
  /** Requests that have a reserved one, and those that wait for one. */
  readonly #gate: QueueGate

  /** @throws WdfStatusError as IoQueue.assignForwardProgressPolicy. */
  constructor(
    queue: IoQueue,
    turn: DispatchTurn,
    locals: LocalRequests,
    policy: ForwardProgressPolicy,
  ) {
    checkPolicy(policy)
    this.#queue = queue
    this.#turn = turn
    this.#locals = locals
    this.#policy = policy
    this.#gate = new QueueGate((_gate, request) => this.#useReserved(request as Request))
    this.#gate.limit = policy.totalForwardProgressRequests
    // Its queue decides what becomes of transfers of no bytes.
    this.#gate.allowZeroLengthRequests = true
    while (this.#free.length < policy.totalForwardProgressRequests) this.#reserve()
  }

  /** Requests that wait for a reserved one. */
  get waiting(): number {
    return this.#gate.queued
  }

  /**
   * Whether an arriving request has what it needs. False: it has been refused, or a reserved request stands
   * for it, or it waits for one.
   */
  admits(arriving: DispatchedRequest): boolean {
    const request = arriving as Request
    const { extras } = request
    if (request.wasDelivered || extras?.reserve || extras?.hasResources) return true
    const wasOwned = request.isOwned
    request.isSpecial = true
    request.state = REQUEST_WAITING
    if (this.#allocate(this.#policy.EvtIoAllocateRequestResources, request) >= 0) {
      request.useExtras().hasResources = true
      if (wasOwned) request.state = request.ownedState
      return true
    }
    if (this.#action(request) === 'useReservedRequest')
      this.#turn.deliver(this.#gate, request, false)
    else this.#refuse(request)
    return false
  }

  /** A reserved request has ended: whoever waits is next. */
  takeBack(request: Request): void {
    request.state = REQUEST_FREE
    request.evtRequestCancel = null
    request.extras?.recycle()
    this.#free.push(request)
  }

  /** Cancels what waits for a reserved request; of that file only, if one is given. */
  cancelWaiting(file: FileObject | null): void {
    const waiting: Request[] = []
    for (let request = this.#gate.head; request !== null; request = request.next) {
      if (file === null || (request as Request).isOfFile(file)) waiting.push(request as Request)
    }
    for (const request of waiting) this.#turn.cancel(request)
  }

  /** Its device has gone, and everything has ended: the reserved requests go, too. */
  dispose(): void {
    const { requestAttributes } = this.#queue.device
    for (const request of this.#free.splice(0)) {
      request.state = REQUEST_WAITING
      const object = request.extras?.object ?? null
      if (object !== null && !releaseObject(request, object, object.dispose())) {
        this.#locals.drop(request)
        continue
      }
      const attributes = object === null ? requestAttributes : undefined
      this.#call('EvtCleanup of a reserved request', () => attributes?.EvtCleanup?.(request))
      this.#call('EvtDestroy of a reserved request', () => attributes?.EvtDestroy?.(request))
      this.#locals.give(request)
    }
  }

  #reserve(): void {
    const request = this.#locals.take()
    // It is nobody's request yet: there is nothing to complete.
    this.#turn.leave(request.gate)
    request.useExtras().reserve = this
    request.state = REQUEST_WAITING
    const callback = this.#policy.EvtIoAllocateResourcesForReservedRequest
    const status = this.#allocate(callback, request)
    if (status >= 0) {
      this.takeBack(request)
      return
    }
    for (const reserved of [...this.#free.splice(0), request]) this.#locals.give(reserved)
    throw new WdfStatusError(
      status,
      'EvtIoAllocateResourcesForReservedRequest failed: nothing has been reserved',
    )
  }

  #allocate(callback: EvtIoAllocateResources | undefined, request: Request): number {
    if (callback === undefined) return STATUS_SUCCESS
    try {
      const status = callback(this.#queue, request)
      return typeof status === 'number' ? status | 0 : STATUS_SUCCESS
    } catch (error) {
      this.#turn.hooks.callbackThrew(this.#queue, 'the allocation of resources', error)
      return failureStatusOf(error) ?? STATUS_INSUFFICIENT_RESOURCES
    }
  }

  #action(request: Request): ForwardProgressAction {
    const { policy, EvtIoWdmIrpForForwardProgress } = this.#policy
    if (policy === 'alwaysUseReserved') return 'useReservedRequest'
    let action: ForwardProgressAction = 'failRequest'
    this.#call('EvtIoWdmIrpForForwardProgress', () => {
      action = EvtIoWdmIrpForForwardProgress?.(this.#queue, request) ?? action
    })
    return action
  }

  #refuse(request: Request): void {
    request.gate = this.#queue
    this.#queue.owned++
    request.end(STATUS_UNSUCCESSFUL, 0)
  }

  /** `upper` has a place: a reserved request goes into the queue for it. */
  #useReserved(upper: Request): void {
    const reserved = this.#locals.renew(this.#free.pop() as Request)
    const { words, base } = reserved
    for (let i = 0; i < IRP_SLOT_WORDS; i++)
      write(words, base + i, read(upper.words, upper.base + i))
    store(words, base + IRP_CANCEL, upper.cancelIsRequested() ? reserved.sequence : 0)
    reserved.buffers = upper.buffers
    reserved.useExtras().upper = upper
    const extras = upper.useExtras()
    extras.child = reserved
    extras.propagates = true
    upper.state = REQUEST_SENT
    this.#turn.redirect(reserved, this.#queue, false)
  }

  #call(name: string, callback: () => void): void {
    try {
      callback()
    } catch (error) {
      this.#turn.hooks.callbackThrew(this.#queue, name, error)
    }
  }
}

function checkPolicy(policy: ForwardProgressPolicy): void {
  const { totalForwardProgressRequests: total, policy: name } = policy
  if (!Number.isInteger(total) || total < 1) {
    refuse(STATUS_INVALID_PARAMETER, `${total} requests cannot be reserved: 1 or more can`, total)
  }
  if (total > MAX_RESERVED) {
    refuse(
      STATUS_INSUFFICIENT_RESOURCES,
      `${total} requests cannot be reserved: at most ${MAX_RESERVED} can`,
      total,
    )
  }
  if (!POLICIES.includes(name)) {
    refuse(
      STATUS_INVALID_PARAMETER,
      `policy ${JSON.stringify(name)} is not one of ${POLICIES.join(', ')}`,
      name,
    )
  }
  for (const callback of CALLBACKS) {
    if (policy[callback] !== undefined && typeof policy[callback] !== 'function') {
      refuse(STATUS_INVALID_PARAMETER, `${callback} is not a function`, policy[callback])
    }
  }
  if (name === 'useExamine' && policy.EvtIoWdmIrpForForwardProgress === undefined) {
    refuse(
      STATUS_INVALID_PARAMETER,
      'policy useExamine needs EvtIoWdmIrpForForwardProgress, which decides',
      name,
    )
  }
}

function refuse(status: number, message: string, value: unknown): never {
  throw new WdfStatusError(status, message, value)
}
