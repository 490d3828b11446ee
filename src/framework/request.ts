/**
 * Request (WDFREQUEST): an IRP as its driver sees it: parameters, buffers, where it may go next.
 * Runs on: the worker that presents it. One object a slot, reused: do not keep it after completing.
 * Completion and cancelation are in dispatch/dispatched-request, sending in request-sender.
 */
import {
  IRP_BUFFER,
  IRP_FILE,
  IRP_INPUT_BUFFER,
  IRP_INPUT_LENGTH,
  IRP_IO_CONTROL,
  IRP_LENGTH,
  IRP_OFFSET_HI,
  IRP_OFFSET_LO,
} from '../abi/irp-layout.js'
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import {
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_SUCCESS,
  STATUS_WDF_BUSY,
  STATUS_WDF_REQUEST_INVALID_STATE,
} from '../abi/ntstatus.js'
import type { ChannelPort } from '../dispatch/channel-port.js'
import { DispatchedRequest, REQUEST_FREE, REQUEST_SENT } from '../dispatch/dispatched-request.js'
import type { QueueGate } from '../dispatch/queue-gate.js'
import {
  NO_CURRENT_TYPE,
  NOT_DRIVER_CREATED,
  NULL_IRP,
  NOT_IN_EVT_IO_STOP,
  REQUEST_IS_CANCELABLE,
  requestViolation,
} from '../dispatch/wdf-violation.js'
import { read } from '../sharedarraybuffer-queue/access.js'
import { WdfStatusError } from './errors.js'
import type { FileObject } from './file-object.js'
import type { FrameworkObject, ObjectReports } from './framework-object.js'
import { IoQueue } from './io-queue.js'
import type { EvtRequestCompletionRoutine, IoTarget } from './io-target.js'
import { RequestExtras } from './request-extras.js'
import { memoryOf, type RequestMemory } from './request-memory.js'
import type { RequestBuffers } from './request-buffers.js'
import { objectOfRequest } from './request-object.js'
import type { RequestSender, SendOptions } from './request-sender.js'

/** What requests need of the Framework. */
export interface RequestServices {
  readonly sender: RequestSender
  readonly objectReports: ObjectReports
  fileObjectOf(request: Request): FileObject
}

const HIGH = 2 ** 32

export class Request extends DispatchedRequest {
  /** @internal */
  buffers: RequestBuffers
  /** @internal */
  extras: RequestExtras | null = null
  private readonly services: RequestServices

  constructor(
    port: ChannelPort,
    slot: number,
    gate: QueueGate,
    buffers: RequestBuffers,
    services: RequestServices,
  ) {
    super(port, slot, gate)
    this.buffers = buffers
    this.services = services
  }

  /** Bytes to read or write; the output length of an IOCTL. */
  get length(): number {
    return read(this.words, this.base + IRP_LENGTH)
  }

  /** Parameters.Read/Write.DeviceOffset, in bytes, 0 to 2^53 - 1. */
  get deviceOffset(): number {
    const low = read(this.words, this.base + IRP_OFFSET_LO)
    const high = read(this.words, this.base + IRP_OFFSET_HI)
    return high === 0 && low >= 0 ? low : high * HIGH + (low >>> 0)
  }

  /** Control code of an IOCTL. */
  get ioControlCode(): number {
    return read(this.words, this.base + IRP_IO_CONTROL)
  }

  /** Input length of an IOCTL, in bytes. */
  get inputBufferLength(): number {
    return read(this.words, this.base + IRP_INPUT_LENGTH)
  }

  /** Output length of an IOCTL, in bytes. */
  get outputBufferLength(): number {
    return read(this.words, this.base + IRP_LENGTH)
  }

  /** The file (open handle) that the request came through. WdfRequestGetFileObject. */
  get fileObject(): FileObject {
    return this.services.fileObjectOf(this)
  }

  /** The queue that presented it, null for one that came past all queues. WdfRequestGetIoQueue. */
  get ioQueue(): IoQueue | null {
    return this.gate instanceof IoQueue ? this.gate : null
  }

  /** It stands for an IRP whose resources could not be allocated. WdfRequestIsReserved. */
  get isReserved(): boolean {
    return (this.extras?.reserve ?? null) !== null
  }

  /** Number of that file in its channel. */
  get fileId(): number {
    return read(this.words, this.base + IRP_FILE)
  }

  /**
   * The bytes that the caller sent: of a write, or the input of an IOCTL. WdfRequestRetrieveInputBuffer.
   * @throws WdfStatusError STATUS_INVALID_DEVICE_REQUEST on a read, STATUS_BUFFER_TOO_SMALL when there
   *   are fewer than `minimumLength` bytes or none at all.
   */
  retrieveInputBuffer(minimumLength = 0): Uint8Array {
    switch (this.majorFunction) {
      case IRP_MJ_WRITE:
        return this.buffer(IRP_BUFFER, IRP_LENGTH, minimumLength, 'input')
      case IRP_MJ_DEVICE_CONTROL:
      case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        return this.buffer(IRP_INPUT_BUFFER, IRP_INPUT_LENGTH, minimumLength, 'input')
      default:
        return this.noBuffer('input')
    }
  }

  /**
   * The bytes that the caller wants filled: of a read, or the output of an IOCTL (for METHOD_IN_DIRECT:
   * the second buffer with more data for the driver). WdfRequestRetrieveOutputBuffer.
   * With METHOD_BUFFERED input and output are the same bytes: read the input before writing output.
   * @throws WdfStatusError as retrieveInputBuffer, with "a write" for "a read".
   */
  retrieveOutputBuffer(minimumLength = 0): Uint8Array {
    switch (this.majorFunction) {
      case IRP_MJ_READ:
      case IRP_MJ_DEVICE_CONTROL:
      case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        return this.buffer(IRP_BUFFER, IRP_LENGTH, minimumLength, 'output')
      default:
        return this.noBuffer('output')
    }
  }

  /** The bytes of retrieveInputBuffer as a memory object that ends with the request. WdfRequestRetrieveInputMemory. */
  retrieveInputMemory(): RequestMemory {
    return memoryOf(this, 'inputMemory')
  }

  /** The bytes of retrieveOutputBuffer, likewise. WdfRequestRetrieveOutputMemory. */
  retrieveOutputMemory(): RequestMemory {
    return memoryOf(this, 'outputMemory')
  }

  /**
   * Puts the request behind another queue of the same device. WdfRequestForwardToIoQueue.
   * @returns STATUS_SUCCESS (also when it has been cancelled: it then ends there); STATUS_WDF_BUSY when the
   *   queue does not accept, STATUS_INVALID_DEVICE_REQUEST when it is the same queue or another device's:
   *   the driver keeps the request then.
   * @throws WdfViolation when the driver does not own it, or it is marked cancelable.
   */
  forwardToIoQueue(destination: IoQueue): number {
    if (!this.isOwned) requestViolation(this, REQUEST_IS_CANCELABLE)
    const { gate } = this
    const device = gate instanceof IoQueue ? gate.device : null
    if (gate === destination || (device !== null && destination.device !== device)) {
      return STATUS_INVALID_DEVICE_REQUEST
    }
    if (!destination.livesHere) return STATUS_INVALID_DEVICE_REQUEST
    if (!destination.state.accepts) return STATUS_WDF_BUSY
    this.port.turn.redirect(this, destination)
    return STATUS_SUCCESS
  }

  /**
   * Gives a request of a manual queue back to its head. WdfRequestRequeue.
   * @returns STATUS_SUCCESS, also when it has been cancelled: it then ends there;
   *   STATUS_INVALID_DEVICE_REQUEST when its queue is not manual: the driver keeps the request then.
   * @throws WdfViolation when it is not owned, or marked cancelable.
   */
  requeue(): number {
    if (!this.isOwned) requestViolation(this, REQUEST_IS_CANCELABLE)
    const { gate } = this
    if (!(gate instanceof IoQueue) || gate.dispatchType !== 'manual') {
      return STATUS_INVALID_DEVICE_REQUEST
    }
    this.port.turn.putBack(this)
    return STATUS_SUCCESS
  }

  /**
   * Completes, with a hint how much the waiting thread should gain: above 0 the completion is published at
   * once instead of at the end of the turn. WdfRequestCompleteWithPriorityBoost.
   */
  completeWithPriorityBoost(status: number, priorityBoost: number): void {
    this.complete(status)
    if (priorityBoost > 0) this.port.publish()
  }

  /**
   * Within EvtIoStop: tells that the driver will not complete the request now. With `requeue` it goes back to
   * the head of its queue and is presented again in D0; without, the driver keeps it and gets EvtIoResume.
   * WdfRequestStopAcknowledge.
   * @throws WdfViolation outside EvtIoStop, or with `requeue` while it is marked cancelable.
   */
  stopAcknowledge(requeue: boolean): void {
    const { extras, gate } = this
    if (extras?.isInEvtIoStop !== true || !(gate instanceof IoQueue)) {
      requestViolation(this, NOT_IN_EVT_IO_STOP)
    }
    if (requeue && !this.isOwned) requestViolation(this, REQUEST_IS_CANCELABLE)
    extras.isInEvtIoStop = false
    if (requeue) this.port.turn.putBack(this)
    else gate.power.keep(this)
  }

  // I/O targets.

  /** Called when the request comes back from an I/O target. WdfRequestSetCompletionRoutine. */
  setCompletionRoutine(
    completionRoutine: EvtRequestCompletionRoutine | null,
    context?: unknown,
  ): void {
    const extras = this.useExtras()
    extras.completionRoutine = completionRoutine
    extras.completionContext = context
  }

  /** The level below gets the parameters and buffers of this one. WdfRequestFormatRequestUsingCurrentType. */
  formatRequestUsingCurrentType(): void {
    if (this.state === REQUEST_SENT) requestViolation(this, REQUEST_IS_CANCELABLE)
    const extras = this.useExtras()
    if (extras.isDriverCreated) requestViolation(this, NO_CURRENT_TYPE)
    extras.formatAsItIs()
  }

  /**
   * Sends the request to an I/O target. WdfRequestSend.
   * @returns true: its completion routine is called once, perhaps before this returns; false: it was not sent
   *   and `getStatus` says why. With `sendAndForget`, true: it is the driver's no more.
   * @throws WdfViolation when it is not owned, marked cancelable, or sent already.
   */
  send(target: IoTarget, options: SendOptions = NO_OPTIONS): boolean {
    return this.services.sender.send(this, target, options)
  }

  /** As send, and waits for the end without blocking the worker. WDF_REQUEST_SEND_OPTION_SYNCHRONOUS. */
  sendSynchronously(target: IoTarget, options: SendOptions = NO_OPTIONS): Promise<boolean> {
    return this.services.sender.sendAndWait(this, target, options)
  }

  /** Tries to cancel the request where it was sent; false when it is not sent. WdfRequestCancelSentRequest. */
  cancelSentRequest(): boolean {
    return this.services.sender.cancelSent(this)
  }

  /** Status of the last send: why it was refused, or how it ended. WdfRequestGetStatus. */
  getStatus(): number {
    return this.extras?.status ?? STATUS_SUCCESS
  }

  /** Bytes that the last send transferred. WdfRequestGetInformation of a request that came back. */
  getInformation(): number {
    return this.extras?.information ?? 0
  }

  /**
   * Makes a request that came back ready for another send. WdfRequestReuse.
   * @returns STATUS_SUCCESS, STATUS_WDF_REQUEST_INVALID_STATE while it is sent.
   */
  reuse(status: number = STATUS_SUCCESS): number {
    if (this.state === REQUEST_SENT) return STATUS_WDF_REQUEST_INVALID_STATE
    const extras = this.useExtras()
    extras.clearFormat()
    extras.status = status
    extras.information = 0
    return STATUS_SUCCESS
  }

  /** Deletes a request that the driver created. WdfObjectDelete. @throws WdfViolation for any other. */
  delete(): void {
    const { extras } = this
    if (extras?.isDriverCreated !== true) requestViolation(this, NOT_DRIVER_CREATED)
    if (extras.object === null) this.services.sender.remove(this)
    else extras.object.delete()
  }

  /**
   * Its place among Framework objects: typed contexts, children, references. Made when it is first asked for, and
   * gone with the request, or with the last reference.
   */
  get object(): FrameworkObject<Request> {
    return this.extras?.object ?? objectOfRequest(this, this.services.objectReports)
  }

  /** @internal For `object.delete()` of a driver's own. */
  whyNotDeletable(): undefined {
    this.services.sender.checkRemovable(this)
  }

  /** @internal Nobody references a driver's own request any more. */
  destroyed(): void {
    if (this.extras?.isDriverCreated === true && this.isOwned) this.services.sender.remove(this)
  }

  /** The driver's own state for this request, empty at first and gone with it. */
  get context(): Record<string, unknown> {
    const { extras: known } = this
    // EvtDestroy asks for it when the request itself has gone.
    if (known?.hasContext === true && known.context !== null) return known.context
    const extras = this.useExtras()
    extras.hasContext = true
    extras.context = {}
    return extras.context
  }

  /** @internal What only some requests have; the request is special from now on. */
  useExtras(): RequestExtras {
    if (this.state === REQUEST_FREE) requestViolation(this, NULL_IRP)
    this.extras ??= new RequestExtras()
    if (!this.isSpecial) {
      this.isSpecial = true
      if (this.isOwned) this.state = this.ownedState
    }
    return this.extras
  }

  /** @internal The request that a host sent, of which this one is a part. */
  get origin(): Request {
    return this.extras?.upper?.origin ?? this
  }

  /** @internal */
  isOfFile(file: FileObject): boolean {
    return this.fileId === file.fileId && this.origin.port.memory.id === file.channelId
  }

  private buffer(at: number, lengthAt: number, minimumLength: number, which: string): Uint8Array {
    const length = read(this.words, this.base + lengthAt)
    if (length === 0 || length < minimumLength) {
      throw new WdfStatusError(
        STATUS_BUFFER_TOO_SMALL,
        `the caller's ${which} buffer has ${length} bytes, the driver needs ${Math.max(1, minimumLength)}`,
        length,
      )
    }
    return this.buffers.view(read(this.words, this.base + at), length)
  }

  private noBuffer(which: string): never {
    throw new WdfStatusError(
      STATUS_INVALID_DEVICE_REQUEST,
      `a request of major function ${this.majorFunction} has no ${which} buffer`,
      this.majorFunction,
    )
  }
}

const NO_OPTIONS: SendOptions = {}
