/**
 * I/O target (WDFIOTARGET): where a driver sends requests: the next lower device of its stack (local), or
 * another device by name (remote). Holds the target's state and the requests that wait for its start.
 * Runs on: the worker of the driver that uses it. Source: FxIoTarget; kmdf.md 4.4.
 *
 *   created ─open─► started ◄─start─ stopped            send while started: sent
 *      ▲               │  ──stop──►    │                      stopped: kept, sent in order by start
 *      └─────close─────┴──purge──► purged                     purged, closed, deleted: refused
 */
import {
  STATUS_INVALID_DEVICE_STATE,
  STATUS_SUCCESS,
  STATUS_WDF_DEVICE_REMOVED_NOT_SENT,
  STATUS_WDF_REQUEST_INVALID_STATE,
} from '../abi/ntstatus.js'
import {
  IRP_BUFFER,
  IRP_INPUT_BUFFER,
  IRP_INPUT_LENGTH,
  IRP_IO_CONTROL,
  IRP_LENGTH,
  IRP_OFFSET_HI,
  IRP_OFFSET_LO,
  IRP_ROW,
} from '../abi/irp-layout.js'
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import { REQUEST_SENT } from '../dispatch/dispatched-request.js'
import { FrameworkObject, type ObjectAttributes } from './framework-object.js'
import { checkOffset } from './io-target-checks.js'
import { DriverBuffers, INPUT_PLACE } from './request-buffers.js'
import type { Request } from './request.js'
import type { RequestSender } from './request-sender.js'
import { bytesOf, memoryBehind, type TransferBuffer } from './transfer-buffer.js'

export type IoTargetState =
  | 'started'
  | 'stopped'
  | 'closedForQueryRemove'
  | 'closed'
  | 'deleted'
  | 'purged'

/** What becomes of requests that a target has when it stops. WDF_IO_TARGET_SENT_IO_ACTION. */
export type SentIoAction = 'cancelSentIo' | 'waitForSentIoToComplete' | 'leaveSentIoPending'
/** WDF_IO_TARGET_PURGE_IO_ACTION. */
export type PurgeIoAction = 'purgeIoAndWait' | 'purgeIo'

/** How a sent request ended; a completion routine may read it while it runs. WDF_REQUEST_COMPLETION_PARAMS. */
export interface CompletionParams {
  readonly status: number
  /** Bytes transferred, as a rule. */
  readonly information: number
}

/** A sent request has come back: its driver owns it again. Never called inside `send` of a refused request. */
export type EvtRequestCompletionRoutine = (
  request: Request,
  target: IoTarget,
  params: CompletionParams,
  context: unknown,
) => unknown

const TWO_32 = 2 ** 32

/** Brings a request of this target to its device. */
export interface TargetRoute {
  /** Takes over `child`, which ends through the framework when the device has completed it. */
  submit(child: Request): void
  /** A request can be handed on whole, without coming back. Only one that stays on this worker can. */
  readonly canForget: boolean
  forget(request: Request): void
}

export class IoTarget {
  /** Name of the device it leads to; null for a local target without a device below. */
  deviceName: string | null
  /** @internal */
  route: TargetRoute | null
  /** @internal How many are sent and have not come back. */
  sent = 0
  /** @internal Requests that wait for `start`, in order. */
  readonly pended = new Set<Request>()
  private readonly sender: RequestSender
  /** WdfIoTargetGetState. */
  state: IoTargetState
  private whenEmpty: (() => void)[] = []
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject<this>

  /** @internal Drivers use `device.ioTarget` and `device.createIoTarget()`. */
  constructor(
    sender: RequestSender,
    state: IoTargetState,
    deviceName: string | null,
    route: TargetRoute | null,
    parent: FrameworkObject,
    kind: 'localTarget' | 'ioTarget' = 'localTarget',
    attributes: ObjectAttributes<never> = {},
  ) {
    this.object = new FrameworkObject<this>(kind, this, parent, attributes)
    this.sender = sender
    this.state = state
    this.deviceName = deviceName
    this.route = route
  }

  /**
   * Sends again, kept requests first, in order. WdfIoTargetStart.
   * @returns STATUS_SUCCESS, STATUS_INVALID_DEVICE_STATE when the target is closed or deleted.
   */
  start(): number {
    if (this.#isGone()) return STATUS_INVALID_DEVICE_STATE
    this.state = 'started'
    for (const request of this.pended) {
      // A completion routine may have stopped or purged the target meanwhile.
      if (!this.#isStarted()) break
      this.pended.delete(request)
      this.sender.resubmit(request, this)
    }
    return STATUS_SUCCESS
  }

  /**
   * Keeps what is sent from now on. What was sent before is cancelled, waited for or left, as `action` says.
   * Await it outside a handler of a request that it waits for. WdfIoTargetStop.
   */
  async stop(action: SentIoAction = 'waitForSentIoToComplete'): Promise<void> {
    if (this.#isGone()) return
    this.state = 'stopped'
    if (action === 'cancelSentIo') this.#cancelSent()
    if (action !== 'leaveSentIoPending') await this.#empty()
  }

  /**
   * Refuses what is sent from now on, ends what is kept (STATUS_WDF_DEVICE_REMOVED_NOT_SENT) and cancels
   * what was sent. WdfIoTargetPurge.
   */
  async purge(action: PurgeIoAction = 'purgeIoAndWait'): Promise<void> {
    if (this.#isGone()) return
    this.state = 'purged'
    this.#failPended()
    this.#cancelSent()
    if (action === 'purgeIoAndWait') await this.#empty()
  }

  /** As purge, and lets the device go. A remote target can be opened again. WdfIoTargetClose. */
  async close(): Promise<void> {
    if (this.#isGone()) return
    await this.purge()
    this.state = 'closed'
    this.route = null
  }

  /** @internal Its driver's device has gone, or its driver deletes it: WdfObjectDelete is `object.delete()`. */
  dispose(): void {
    if (this.state === 'deleted') return
    // First of all: what comes back now must not be sent again.
    this.state = 'deleted'
    this.#failPended()
    this.#cancelSent()
    this.route = null
  }

  /** @internal As `deferring` of the sender: for the verifier. */
  deferring<T>(action: () => T): T {
    return this.sender.deferring(action)
  }

  /** @internal */
  opened(deviceName: string, route: TargetRoute): void {
    this.deviceName = deviceName
    this.route = route
    this.state = 'started'
  }

  /**
   * Makes `request` a read into `buffer` for this target: bytes, a memory object, or a part of one, which then stays
   * until the request has come back. WdfIoTargetFormatRequestForRead.
   * @returns STATUS_SUCCESS, or STATUS_WDF_REQUEST_INVALID_STATE while the request is sent.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER for an offset or buffer that cannot be, STATUS_BUFFER_TOO_SMALL
   *   for a part beyond its memory; WdfViolation WDF_INVALID_HANDLE for memory that is gone.
   */
  formatRequestForRead(request: Request, buffer: TransferBuffer | null, deviceOffset = 0): number {
    return this.#formatTransfer(request, IRP_MJ_READ, buffer, deviceOffset)
  }

  /** As formatRequestForRead, a write. WdfIoTargetFormatRequestForWrite. */
  formatRequestForWrite(request: Request, buffer: TransferBuffer | null, deviceOffset = 0): number {
    return this.#formatTransfer(request, IRP_MJ_WRITE, buffer, deviceOffset)
  }

  /** Makes `request` a device control for this target. WdfIoTargetFormatRequestForIoctl. */
  formatRequestForIoctl(
    request: Request,
    ioControlCode: number,
    input: TransferBuffer | null = null,
    output: TransferBuffer | null = null,
  ): number {
    return this.#formatControl(request, IRP_MJ_DEVICE_CONTROL, ioControlCode, input, output)
  }

  /** Makes `request` an internal device control. WdfIoTargetFormatRequestForInternalIoctl. */
  formatRequestForInternalIoctl(
    request: Request,
    ioControlCode: number,
    input: TransferBuffer | null = null,
    output: TransferBuffer | null = null,
  ): number {
    const major = IRP_MJ_INTERNAL_DEVICE_CONTROL
    return this.#formatControl(request, major, ioControlCode, input, output)
  }

  /**
   * Reads and waits without blocking the worker. WdfIoTargetSendReadSynchronously.
   * `timeoutMs`: cancel it after that time; it then ends with STATUS_IO_TIMEOUT.
   */
  sendReadSynchronously(
    buffer: TransferBuffer,
    deviceOffset = 0,
    timeoutMs?: number,
  ): Promise<CompletionParams> {
    return this.sender.sendNew(this, timeoutMs, (request) =>
      this.formatRequestForRead(request, buffer, deviceOffset),
    )
  }

  /** As sendReadSynchronously, a write. WdfIoTargetSendWriteSynchronously. */
  sendWriteSynchronously(
    buffer: TransferBuffer,
    deviceOffset = 0,
    timeoutMs?: number,
  ): Promise<CompletionParams> {
    return this.sender.sendNew(this, timeoutMs, (request) =>
      this.formatRequestForWrite(request, buffer, deviceOffset),
    )
  }

  /** As sendReadSynchronously, a device control. WdfIoTargetSendIoctlSynchronously. */
  sendIoctlSynchronously(
    ioControlCode: number,
    input: TransferBuffer | null = null,
    output: TransferBuffer | null = null,
    timeoutMs?: number,
  ): Promise<CompletionParams> {
    return this.sender.sendNew(this, timeoutMs, (request) =>
      this.formatRequestForIoctl(request, ioControlCode, input, output),
    )
  }

  /** As sendIoctlSynchronously, internal. WdfIoTargetSendInternalIoctlSynchronously. */
  sendInternalIoctlSynchronously(
    ioControlCode: number,
    input: TransferBuffer | null = null,
    output: TransferBuffer | null = null,
    timeoutMs?: number,
  ): Promise<CompletionParams> {
    return this.sender.sendNew(this, timeoutMs, (request) =>
      this.formatRequestForInternalIoctl(request, ioControlCode, input, output),
    )
  }

  /** @internal A sent request has come back. */
  returned(): void {
    this.sent--
    if (this.sent > 0 || this.whenEmpty.length === 0) return
    const waiting = this.whenEmpty
    this.whenEmpty = []
    for (const resolve of waiting) resolve()
    this.sender.wantEventLoop()
  }

  #isStarted(): boolean {
    return this.state === 'started'
  }

  #isGone(): boolean {
    return this.state === 'closed' || this.state === 'deleted'
  }

  #cancelSent(): void {
    if (this.sent > 0) this.sender.cancelAllSent(this)
  }

  #failPended(): void {
    for (const request of this.pended) {
      this.pended.delete(request)
      this.sender.returnUnsent(request, STATUS_WDF_DEVICE_REMOVED_NOT_SENT)
    }
  }

  #empty(): Promise<void> {
    if (this.sent === 0) return Promise.resolve()
    return new Promise((resolve) => this.whenEmpty.push(resolve))
  }

  #formatTransfer(
    request: Request,
    major: number,
    buffer: TransferBuffer | null,
    offset: number,
  ): number {
    const bytes = bytesOf(buffer)
    checkOffset(offset)
    if (request.state === REQUEST_SENT) return STATUS_WDF_REQUEST_INVALID_STATE
    const extras = request.useExtras()
    const words = extras.nextWords.fill(0)
    words[IRP_ROW] = major
    words[IRP_LENGTH] = bytes?.byteLength ?? 0
    words[IRP_OFFSET_LO] = offset | 0
    words[IRP_OFFSET_HI] = Math.floor(offset / TWO_32)
    extras.format(new DriverBuffers(bytes, null), memoryBehind(buffer))
    return STATUS_SUCCESS
  }

  #formatControl(
    request: Request,
    major: number,
    code: number,
    input: TransferBuffer | null,
    output: TransferBuffer | null,
  ): number {
    const inputBytes = bytesOf(input)
    const outputBytes = bytesOf(output)
    if (request.state === REQUEST_SENT) return STATUS_WDF_REQUEST_INVALID_STATE
    const extras = request.useExtras()
    const words = extras.nextWords.fill(0)
    words[IRP_ROW] = major
    words[IRP_LENGTH] = outputBytes?.byteLength ?? 0
    words[IRP_IO_CONTROL] = code | 0
    words[IRP_INPUT_LENGTH] = inputBytes?.byteLength ?? 0
    words[IRP_BUFFER] = 0
    words[IRP_INPUT_BUFFER] = INPUT_PLACE
    const buffers = new DriverBuffers(outputBytes, inputBytes)
    extras.format(buffers, memoryBehind(input), memoryBehind(output))
    return STATUS_SUCCESS
  }
}
