/**
 * Queue gate: the part of an I/O queue that every request passes. Decides by counting, never by locking.
 * Runs on: the one worker that the queue lives on. HOT.
 *
 * Invariants: requests wait in `head … tail` in order of arrival and leave from the head; a request may
 * go past them only when there are none. At most `limit` are driver-owned: 1 for a sequential queue,
 * NumberOfPresentedRequests for a parallel one, 0 while the queue does not dispatch (stopped, manual).
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
  allowZeroLengthRequests = false
  evtIoRead: EvtIoTransfer
  evtIoWrite: EvtIoTransfer
  evtIoDeviceControl: EvtIoControl
  evtIoInternalDeviceControl: EvtIoControl
  /** For any other major function that was routed here. */
  evtIoDefault: EvtIoTransfer
  // Below this line nothing is touched on the path of a request that finds the gate open.
  queued = 0

  constructor(evtIoNone: EvtIoTransfer) {
    this.evtIoRead = evtIoNone
    this.evtIoWrite = evtIoNone
    this.evtIoDeviceControl = evtIoNone
    this.evtIoInternalDeviceControl = evtIoNone
    this.evtIoDefault = evtIoNone
  }

  /** Puts a request behind all others. */
  append(request: DispatchedRequest): void {
    const tail = this.tail
    request.previous = tail
    request.next = null
    if (tail === null) this.head = request
    else tail.next = request
    this.tail = request
    this.queued++
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
    this.queued--
  }
}
