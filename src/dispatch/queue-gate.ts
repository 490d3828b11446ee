/**
 * Queue gate: the part of an I/O queue that every request passes. Decides by counting, never by locking.
 * Runs on: the one worker that the queue lives on. HOT.
 *
 * Invariants: requests wait in `head … tail` in order of arrival and leave from the head; a request may
 * go past them only when there are none. At most `limit` are driver-owned: 1 for a sequential queue,
 * NumberOfPresentedRequests for a parallel one, 0 while the queue does not dispatch (stopped, manual).
 *
 * `demand` is all that the path of a request looks at: how many wait, in the low bits, and DUTY while
 * the queue's slow half wants to see what comes and goes (draining, a callback that is due, …). A queue
 * that uses nothing of it has demand 0 whenever nothing waits.
 */
import type { DispatchedRequest } from './dispatched-request.js'

/** A handler's result: nothing, or a promise when the handler is asynchronous. */
export type HandlerResult = unknown

/** One signature a handler; `EvtIoDefault` takes any of their places and ignores what it does not name. */
export type EvtIoTransfer = (
  queue: QueueGate,
  request: DispatchedRequest,
  length: number,
) => HandlerResult
export type EvtIoControl = (
  queue: QueueGate,
  request: DispatchedRequest,
  outputBufferLength: number,
  inputBufferLength: number,
  ioControlCode: number,
) => HandlerResult

/** In `demand`: the slow half is asked about every request that comes, and after every one that ends. */
export const DUTY = 1 << 28
const WAITING = DUTY - 1

/** The slow half of a queue: states, callbacks. Asked only while `demand` has DUTY. */
export interface QueueDuties {
  /** A request wants in; false when it was refused, and has ended. */
  admits(request: DispatchedRequest): boolean
  /** A request that its driver had goes back before all others. */
  takesBack(): void
  /** A cancelled request that a driver had before; false when the Framework shall end it. */
  takesCanceled(request: DispatchedRequest): boolean
  /** A request in state CANCEL_DUE: its EvtRequestCancel is called by `attend`. */
  cancelLater(request: DispatchedRequest): void
  /** Calls the callbacks that are due. Never runs inside a handler. */
  attend(): void
}

export class QueueGate {
  /** How many requests the driver may own at once. */
  limit = 0
  /** How many it owns now. */
  owned = 0
  /** First and last waiting request, linked through `next`. */
  head: DispatchedRequest | null = null
  tail: DispatchedRequest | null = null
  /** In the turn's list of gates that have waiting requests and room for one. */
  isReady = false
  /** Requests that wait, and DUTY. */
  demand = 0
  allowZeroLengthRequests = false
  evtIoRead: EvtIoTransfer
  evtIoWrite: EvtIoTransfer
  evtIoDeviceControl: EvtIoControl
  evtIoInternalDeviceControl: EvtIoControl
  /** For any other major function that was routed here. */
  evtIoDefault: EvtIoTransfer
  // Below this line nothing is touched on the path of a request that finds the gate open.
  duties: QueueDuties | null = null
  /** Stop-and-purge, purge: a request is cancelled as soon as its driver marks it cancelable. */
  cancelsOwned = false

  constructor(evtIoNone: EvtIoTransfer) {
    this.evtIoRead = evtIoNone
    this.evtIoWrite = evtIoNone
    this.evtIoDeviceControl = evtIoNone
    this.evtIoInternalDeviceControl = evtIoNone
    this.evtIoDefault = evtIoNone
  }

  /** How many requests wait. */
  get queued(): number {
    return this.demand & WAITING
  }

  /** Puts a request behind all others. */
  append(request: DispatchedRequest): void {
    const tail = this.tail
    request.previous = tail
    request.next = null
    if (tail === null) this.head = request
    else tail.next = request
    this.tail = request
    this.demand++
  }

  /** Puts a request before all others. */
  prepend(request: DispatchedRequest): void {
    const head = this.head
    request.previous = null
    request.next = head
    if (head === null) this.tail = request
    else head.previous = request
    this.head = request
    this.demand++
  }

  /** Takes a waiting request out, wherever it stands. */
  remove(request: DispatchedRequest): void {
    const { previous, next } = request
    if (previous === null) this.head = next
    else previous.next = next
    if (next === null) this.tail = previous
    else next.previous = previous
    request.previous = null
    request.next = null
    this.demand--
  }
}
