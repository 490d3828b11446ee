/**
 * A request on its worker: one object a slot, made when the channel is attached and used for every IRP
 * that comes through that slot, so that presenting and completing allocate nothing.
 * Runs on: the worker that the request was routed to. HOT above the line in the class.
 *
 *   FREE ──take──► WAITING ──present──► OWNED ◄──unmark── CANCELABLE ──cancel──► CANCELING
 *     ▲               │ ◄─forward,─────  │ │ ──mark────►    │ purge in a handler
 *     │               │   requeue        │ │                ▼
 *     │            cancel                │ send ──► SENT  CANCEL_DUE ──► CANCELING
 *     └───────────────┴─────complete─────┴───────────◄────────────────────────┘
 *
 * Invariants: only a request that a driver owns can be completed, and completing makes it FREE, so each
 * IRP is completed once whatever the driver does with the object afterwards. A request that needs more
 * than its result written (it came from a level above, its driver made it, it has a context, …) is
 * special: it is OWNED_SPECIAL where others are OWNED, and so takes the slow way out by itself.
 */
import { RESULT_SHIFT } from '../abi/channel-layout.js'
import {
  IRP_CANCEL,
  IRP_LENGTH,
  IRP_ROW,
  ROW_DEVICE_SHIFT,
  ROW_MAJOR_MASK,
} from '../abi/irp-layout.js'
import { IRP_MJ_DEVICE_CONTROL, IRP_MJ_READ, IRP_MJ_WRITE } from '../abi/major-function.js'
import {
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_PENDING,
  STATUS_SUCCESS,
  toIoStatus,
} from '../abi/ntstatus.js'
import {
  load as sharedLoad,
  read as sharedRead,
  write as sharedWrite,
} from '../sharedarraybuffer-queue/access.js'
import type { ChannelPort } from './channel-port.js'
import type { QueueGate } from './queue-gate.js'
import {
  INFORMATION_LENGTH_MISMATCH,
  INVALID_COMPLETION_STATUS,
  NULL_IRP,
  REQUEST_ALREADY_SENT,
  REQUEST_IS_CANCELABLE,
  requestViolation,
} from './wdf-violation.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const load = sharedLoad
const read = sharedRead
const write = sharedWrite
const SHIFT = RESULT_SHIFT
const LENGTH = IRP_LENGTH
/** What KMDF writes into an IRP that nobody has completed. */
const NO_STATUS = -1

/** What a result has room for. */
const MAX_INFORMATION = 0x7fffffff

export const REQUEST_FREE = 0
/** In a queue, not yet presented; the Framework owns it. */
export const REQUEST_WAITING = 1
/** Presented; the driver owns it and it is not cancelable. */
export const REQUEST_OWNED = 2
/** The driver owns it and gave a cancel callback. */
export const REQUEST_CANCELABLE = 3
/** EvtRequestCancel was called and owns the completion. */
export const REQUEST_CANCELING = 4
/** EvtRequestCancel will be called: the cancel came while another callback ran. */
export const REQUEST_CANCEL_DUE = 5
/** The driver sent it to an I/O target and gets it back from there. */
export const REQUEST_SENT = 6
/** Cancelled in a queue by something that a callback did; ended, or given to EvtIoCanceledOnQueue, after it. */
export const REQUEST_DOOMED = 7
/** As OWNED, for a request whose end takes more than writing its result. */
export const REQUEST_OWNED_SPECIAL = 8

export type EvtRequestCancel = (request: never) => unknown

export class DispatchedRequest {
  readonly words: Int32Array
  /** First word of the slot. */
  readonly base: number
  /** The word that says a handler has seen this request. */
  readonly presentedMark: number
  readonly slot: number
  readonly port: ChannelPort
  /** The queue that presents it; the framework's own gate for requests that no queue gets. */
  gate: QueueGate
  state = REQUEST_FREE
  /** Names this use of the slot (irp-layout); the host knows the same number. */
  sequence = 0
  next: DispatchedRequest | null = null
  previous: DispatchedRequest | null = null
  /** Its end takes more than writing its result; see the head. */
  isSpecial = false
  // Below this line: only for drivers that ask.
  /** A driver has had it before it came into the queue where it waits. */
  wasDelivered = false
  /** Sequence of the last IRP about which EvtIoCanceledOnQueue was called. */
  toldOfCancel = 0
  evtRequestCancel: EvtRequestCancel | null = null

  constructor(port: ChannelPort, slot: number, gate: QueueGate) {
    this.words = port.words
    this.base = port.memory.slotWord(slot)
    this.presentedMark = port.presentedMarks + slot
    this.slot = slot
    this.port = port
    this.gate = gate
  }

  /** Row of the dispatch table: device and major function. */
  get row(): number {
    return read(this.words, this.base + IRP_ROW)
  }

  /** IRP_MJ_… of the request. */
  get majorFunction(): number {
    return read(this.words, this.base + IRP_ROW) & ROW_MAJOR_MASK
  }

  /** Number of the device it was sent to. */
  get deviceId(): number {
    return read(this.words, this.base + IRP_ROW) >>> ROW_DEVICE_SHIFT
  }

  /**
   * Completes the request with `status` and Information 0. The driver may not touch it afterwards.
   * WdfRequestComplete.
   * @throws WdfViolation when the driver does not own it, or `status` is STATUS_PENDING.
   */
  complete(status: number): void {
    if (this.state !== REQUEST_OWNED || status !== 0) this.completeSlowly(status, 0)
    else this.finish(0, 0)
  }

  /**
   * Completes the request with `status` and `information` (bytes transferred, as a rule).
   * WdfRequestCompleteWithInformation.
   * @throws WdfViolation as `complete`, and when a success reports more bytes than the caller's buffer has.
   */
  completeWithInformation(status: number, information: number): void {
    if (
      this.state !== REQUEST_OWNED ||
      status !== 0 ||
      (information | 0) !== information ||
      information < 0 ||
      information > read(this.words, this.base + LENGTH)
    ) {
      this.completeSlowly(status, information)
    } else {
      this.finish(0, information)
    }
  }

  /** Ends the request without checks: the Framework's own way out. */
  end(status: number, information: number): void {
    if (this.isSpecial) this.port.turn.hooks.endSpecial(this, status, information)
    else this.finish(status, information)
  }

  /** Writes the result, hands the slot back, opens the gate. For a request that is not special (any more). */
  finish(status: number, information: number): void {
    const { port, gate } = this
    this.state = REQUEST_FREE
    const result = port.results + (port.completions.stage(this.slot) << SHIFT)
    write(this.words, result, status)
    write(this.words, result + 1, information)
    gate.owned--
    if (gate.demand !== 0) port.turn.makeReady(gate)
    if (port.isInTurn === false) port.turn.wake()
  }

  /** The driver owns it, and it is neither cancelable nor sent. */
  get isOwned(): boolean {
    return this.state === REQUEST_OWNED || this.state === REQUEST_OWNED_SPECIAL
  }

  /** A driver of its queue's device has had it. Of one that is being ended, too. */
  get wasSeen(): boolean {
    if (this.wasDelivered) return true
    return this.state !== REQUEST_WAITING && this.state !== REQUEST_DOOMED
  }

  /** The state of an owned request. */
  get ownedState(): number {
    return this.isSpecial ? REQUEST_OWNED_SPECIAL : REQUEST_OWNED
  }

  /** True once somebody asked to cancel this request. Only for requests not marked cancelable. */
  isCanceled(): boolean {
    if (!this.isOwned) requestViolation(this, REQUEST_IS_CANCELABLE)
    return this.cancelIsRequested()
  }

  /**
   * Gives the request a cancel callback. WdfRequestMarkCancelableEx.
   * @returns STATUS_SUCCESS; STATUS_CANCELLED when it was cancelled already, and then the callback is not
   *   called and the caller completes; STATUS_INVALID_DEVICE_REQUEST when it is cancelable already, or not
   *   the driver's.
   * @throws WdfViolation when it has been completed.
   */
  markCancelableEx(evtRequestCancel: EvtRequestCancel): number {
    if (this.state === REQUEST_FREE) requestViolation(this, NULL_IRP)
    if (!this.isOwned) return STATUS_INVALID_DEVICE_REQUEST
    if (this.cancelIsRequested() || this.gate.cancelsOwned) return STATUS_CANCELLED
    this.evtRequestCancel = evtRequestCancel
    this.state = REQUEST_CANCELABLE
    return STATUS_SUCCESS
  }

  /**
   * As markCancelableEx, but an earlier cancel calls the callback at once. WdfRequestMarkCancelable.
   * @throws WdfViolation where markCancelableEx returns STATUS_INVALID_DEVICE_REQUEST.
   */
  markCancelable(evtRequestCancel: EvtRequestCancel): void {
    if (!this.isOwned) requestViolation(this, REQUEST_IS_CANCELABLE)
    if (this.markCancelableEx(evtRequestCancel) === STATUS_SUCCESS) return
    this.evtRequestCancel = evtRequestCancel
    this.state = REQUEST_CANCELABLE
    this.callCancel()
  }

  /**
   * Takes the callback away. WdfRequestUnmarkCancelable.
   * @returns STATUS_SUCCESS; STATUS_CANCELLED when the callback was called, or will be, and owns the completion;
   *   STATUS_INVALID_DEVICE_REQUEST when the request is not cancelable.
   */
  unmarkCancelable(): number {
    switch (this.state) {
      case REQUEST_CANCELING:
      case REQUEST_CANCEL_DUE:
      case REQUEST_FREE:
        return STATUS_CANCELLED
      case REQUEST_CANCELABLE:
        this.state = this.ownedState
        this.evtRequestCancel = null
        return STATUS_SUCCESS
      default:
        return STATUS_INVALID_DEVICE_REQUEST
    }
  }

  /** Calls EvtRequestCancel, which owns the completion from here on. */
  callCancel(): void {
    const callback = this.evtRequestCancel
    this.evtRequestCancel = null
    this.state = REQUEST_CANCELING
    if (callback !== null)
      this.port.turn.callHandler(this, callback as (request: unknown) => unknown)
  }

  /** Before a handler sees it: if this thread dies in the handler, nobody else may get the request. */
  markPresented(): void {
    write(this.words, this.presentedMark, this.sequence)
  }

  /**
   * Tells later whether this object still stands for the same IRP at the same queue. Allocates: for
   * asynchronous handlers.
   */
  currentUse(): () => boolean {
    const { sequence, gate } = this
    return () => this.state !== REQUEST_FREE && this.sequence === sequence && this.gate === gate
  }

  /** Somebody asked to cancel this IRP. */
  cancelIsRequested(): boolean {
    return load(this.words, this.base + IRP_CANCEL) === this.sequence
  }

  /** Everything that is not plain STATUS_SUCCESS of an ordinary request by its owner. */
  private completeSlowly(status: number, information: number): void {
    // What most special requests do: they end without more checks than the others.
    if (
      this.state === REQUEST_OWNED_SPECIAL &&
      status === 0 &&
      (information | 0) === information &&
      information >= 0 &&
      information <= read(this.words, this.base + LENGTH)
    ) {
      this.end(0, information)
      return
    }
    this.end(this.checkCompletion(status, information), information)
  }

  /** Returns the status to report. */
  private checkCompletion(status: number, information: number): number {
    const { state } = this
    switch (state) {
      case REQUEST_OWNED:
      case REQUEST_OWNED_SPECIAL:
      case REQUEST_CANCELING:
        break
      case REQUEST_CANCELABLE:
      case REQUEST_CANCEL_DUE:
        requestViolation(this, REQUEST_IS_CANCELABLE)
      // oxlint-disable-next-line no-fallthrough -- requestViolation never returns
      case REQUEST_SENT:
        requestViolation(this, REQUEST_ALREADY_SENT)
      // oxlint-disable-next-line no-fallthrough -- requestViolation never returns
      default:
        requestViolation(this, NULL_IRP)
    }
    if (!Number.isInteger(status) || status === STATUS_PENDING || status === NO_STATUS) {
      requestViolation(this, INVALID_COMPLETION_STATUS, status)
    }
    const ioStatus = toIoStatus(status | 0)
    if (ioStatus < 0) return ioStatus
    if (!Number.isInteger(information) || information < 0 || information > this.maxInformation()) {
      requestViolation(this, INFORMATION_LENGTH_MISMATCH, information)
    }
    return ioStatus
  }

  /** What the caller's buffer holds; drivers among themselves (internal device controls) agree on their own. */
  private maxInformation(): number {
    switch (this.majorFunction) {
      case IRP_MJ_READ:
      case IRP_MJ_WRITE:
      case IRP_MJ_DEVICE_CONTROL:
        return read(this.words, this.base + IRP_LENGTH)
      default:
        return MAX_INFORMATION
    }
  }
}
