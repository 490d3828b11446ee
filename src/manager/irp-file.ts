/**
 * IRP file: an open handle on a device; the promise API. Also usable on the batch path of its channel.
 * Runs on: the channel's host thread.
 *
 * Buffers: a view of a `ChannelBuffer`'s bytes is used where it lies (direct); any other view is copied
 * into the channel and back (buffered). METHOD_BUFFERED uses one system buffer for input and output;
 * the other methods use two, and METHOD_NEITHER is treated as direct.
 */
import { METHOD_BUFFERED, methodOf } from '../abi/ctl-code.js'
import {
  IRP_MJ_CLEANUP,
  IRP_MJ_CLOSE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import { STATUS_CANCELLED, STATUS_INSUFFICIENT_RESOURCES } from '../abi/ntstatus.js'
import type { Channel } from './channel.js'
import { ChannelFile } from './channel-file.js'
import type { DeviceRoute } from './device-directory.js'
import { EngineError } from './errors.js'
import { IrpCall, type IrpResult, type RequestOptions, type TransferOptions } from './irp-call.js'
import { asBytes, checkIoctlCode, checkOffset, checkOptions } from './request-checks.js'

const NO_BYTES = new Uint8Array(0)
const NO_OPTIONS: TransferOptions = {}

export class IrpFile extends ChannelFile {
  private readonly channel: Channel
  private closing: Promise<void> | undefined

  /** @internal Made by `open`. */
  constructor(channel: Channel, fileId: number, device: DeviceRoute) {
    super(channel.id, fileId, device)
    this.channel = channel
  }

  /**
   * Reads into `buffer` from `options.offset`. Resolves with the bytes read as `information`.
   * @throws (rejects) IrpError with the status, EngineError for bad arguments.
   */
  read(buffer: ArrayBufferView, options: TransferOptions = NO_OPTIONS): Promise<IrpResult> {
    return this.transfer(IRP_MJ_READ, 'read', buffer, options)
  }

  /** Writes `buffer` at `options.offset`. Resolves with the bytes written as `information`. */
  write(buffer: ArrayBufferView, options: TransferOptions = NO_OPTIONS): Promise<IrpResult> {
    return this.transfer(IRP_MJ_WRITE, 'write', buffer, options)
  }

  /**
   * True when it is time to wait: as many calls of the channel are out as its high-water mark says, or one was
   * refused for want of room. As `writableNeedDrain` of a stream.
   */
  get needDrain(): boolean {
    return this.channel.waterMarks.needDrain
  }

  /** Resolves when the calls have come down to the low-water mark; at once when there is nothing to wait for. */
  drained(): Promise<void> {
    return this.channel.waterMarks.drained()
  }

  /** Sends a control code with an input and an output buffer, either of which may be absent. */
  ioctl(
    code: number,
    input?: ArrayBufferView | null,
    output?: ArrayBufferView | null,
    options: RequestOptions = NO_OPTIONS,
  ): Promise<IrpResult> {
    return this.control(IRP_MJ_DEVICE_CONTROL, 'ioctl', code, input, output, options)
  }

  /** As `ioctl`, as IRP_MJ_INTERNAL_DEVICE_CONTROL: between drivers. */
  internalIoctl(
    code: number,
    input?: ArrayBufferView | null,
    output?: ArrayBufferView | null,
    options: RequestOptions = NO_OPTIONS,
  ): Promise<IrpResult> {
    return this.control(
      IRP_MJ_INTERNAL_DEVICE_CONTROL,
      'internal ioctl',
      code,
      input,
      output,
      options,
    )
  }

  /** Asks the device to make what was written durable (IRP_MJ_FLUSH_BUFFERS). */
  flush(options: RequestOptions = NO_OPTIONS): Promise<IrpResult> {
    const call = new IrpCall(this, 'flush')
    try {
      this.begin(call, options)
      if (!this.isAborted(call, options)) {
        const handle = this.channel.prepareBare(IRP_MJ_FLUSH_BUFFERS, this, 0)
        this.channel.calls.enter(call, handle, options)
      }
    } catch (error) {
      call.reject(error as Error)
    }
    return call.promise
  }

  /**
   * Closes the handle: cancels its requests, CLEANUP, and CLOSE once the last of them has ended.
   * Completions of its batch requests are kept for the next `reap`. Closing twice is one closing.
   */
  close(): Promise<void> {
    this.closing ??= this.closeOnce()
    return this.closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private async closeOnce(): Promise<void> {
    this.openOn = 0
    const channel = this.channel
    if (channel.isClosed) return
    channel.cancelFile(this)
    await this.bare(IRP_MJ_CLEANUP, 'cleanup')
    while (channel.hasRequestsOf(this)) {
      // Batch requests of this file: taken here, kept for the caller's next reap.
      channel.reapNow(channel.slots.slotCount, channel.onSetAside)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    // The other workers of the device have file objects of their own to forget.
    const others = this.otherWorkers(channel.memory.geometry.workerCount)
    await Promise.all(others.map((worker) => this.bare(IRP_MJ_CLOSE, 'close', worker)))
    await this.bare(IRP_MJ_CLOSE, 'close')
    channel.forgetFile(this)
  }

  /** Create, cleanup and close: taken even while the engine stops, and waiting for a slot if need be. */
  private async bare(
    major: number,
    operation: string,
    worker = this.workers[major] as number,
  ): Promise<IrpResult> {
    const channel = this.channel
    for (;;) {
      const call = new IrpCall(this, operation)
      call.rejectOnFailure = false
      channel.calls.enter(call, channel.prepareBare(major, this, 0, worker), NO_OPTIONS)
      channel.publish()
      const result = await call.promise
      if (result.status !== STATUS_INSUFFICIENT_RESOURCES) return result
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  /** @internal IRP_MJ_CREATE, sent by `open`. */
  create(major: number): Promise<IrpResult> {
    return this.bare(major, 'open')
  }

  private transfer(
    major: number,
    operation: string,
    buffer: ArrayBufferView,
    options: TransferOptions,
  ): Promise<IrpResult> {
    const { channel } = this
    // The plain call, flat: V8 compiles it as a whole with its caller. What is refused here took nothing; the long way
    // finds out why.
    if (isPlain(options) && buffer instanceof Uint8Array) {
      const at = channel.positionOf(buffer)
      if (at >= 0) {
        const { byteLength } = buffer
        const { offset = 0 } = options
        const span = channel.spanA.move(at, byteLength)
        const route = this.workers[major] as number
        const handle = channel.prepareTransfer(major, route, this, span, byteLength, offset, 0)
        if (handle >= 0) {
          const call = new IrpCall(this, operation)
          call.rejectOnFailure = options.rejectOnFailure !== false
          channel.calls.enterPlain(call, handle)
          return call.promise
        }
      }
    }
    const call = new IrpCall(this, operation)
    try {
      this.startTransfer(call, major, buffer, options)
    } catch (error) {
      call.reject(error as Error)
    }
    return call.promise
  }

  /** Throws for bad arguments, before anything has been taken. */
  private startTransfer(
    call: IrpCall,
    major: number,
    buffer: ArrayBufferView,
    options: TransferOptions,
  ): void {
    this.begin(call, options)
    const bytes = asBytes(buffer, call.operation)
    const offset = checkOffset(options.offset)
    if (this.isAborted(call, options)) return
    const { channel } = this
    const { byteLength } = bytes
    let at = channel.positionOf(bytes)
    if (at < 0 && byteLength > 0) {
      channel.refuseControlPart(bytes)
      at = channel.takeBlock(byteLength)
      if (at < 0) {
        channel.calls.enter(call, STATUS_INSUFFICIENT_RESOURCES, options)
        return
      }
      call.block = at
      if (major === IRP_MJ_WRITE) channel.memory.bytes.set(bytes, at)
      else {
        call.copyOut = bytes
        call.copyFrom = at
      }
    }
    const span = channel.spanA.move(at, byteLength)
    const route = this.workers[major] ?? 0
    const handle = channel.prepareTransfer(major, route, this, span, byteLength, offset, 0)
    channel.calls.enter(call, handle, options)
  }

  private control(
    major: number,
    operation: string,
    code: number,
    input: ArrayBufferView | null | undefined,
    output: ArrayBufferView | null | undefined,
    options: RequestOptions,
  ): Promise<IrpResult> {
    const call = new IrpCall(this, operation, code)
    try {
      this.startControl(call, major, code, input, output, options)
    } catch (error) {
      call.reject(error as Error)
    }
    return call.promise
  }

  /** Throws for bad arguments, before anything has been taken. */
  private startControl(
    call: IrpCall,
    major: number,
    code: number,
    input: ArrayBufferView | null | undefined,
    output: ArrayBufferView | null | undefined,
    options: RequestOptions,
  ): void {
    checkIoctlCode(code)
    this.begin(call, options)
    if (this.isAborted(call, options)) return
    const inBytes = input == null ? NO_BYTES : asBytes(input, call.title)
    const outBytes = output == null ? NO_BYTES : asBytes(output, call.title)
    const { channel } = this
    const buffered = methodOf(code) === METHOD_BUFFERED
    let inAt = buffered ? -1 : channel.positionOf(inBytes)
    let outAt = buffered ? -1 : channel.positionOf(outBytes)
    // One block for what is not there already: the system buffer, or input and output side by side.
    const inRoom = inAt < 0 ? inBytes.byteLength : 0
    const outRoom = outAt < 0 ? outBytes.byteLength : 0
    const outStart = buffered ? 0 : Math.ceil(inRoom / 8) * 8
    const size = buffered ? Math.max(inRoom, outRoom) : outStart + outRoom
    if (size > 0) {
      channel.refuseControlPart(inBytes)
      channel.refuseControlPart(outBytes)
      const block = channel.takeBlock(size)
      if (block < 0) {
        channel.calls.enter(call, STATUS_INSUFFICIENT_RESOURCES, options)
        return
      }
      call.block = block
      if (inRoom > 0) channel.memory.bytes.set(inBytes, block)
      if (inAt < 0) inAt = block
      if (outAt < 0) {
        outAt = block + outStart
        if (outRoom > 0) {
          call.copyOut = outBytes
          call.copyFrom = outAt
          // METHOD_IN_DIRECT's second buffer also carries data to the driver.
          if (!buffered) channel.memory.bytes.set(outBytes, outAt)
        }
      }
    }
    const inLength = inBytes.byteLength
    const outLength = outBytes.byteLength
    const handle = channel.prepareControl(
      major,
      this,
      code,
      channel.spanA.move(inAt, inLength),
      inLength,
      channel.spanB.move(outAt, outLength),
      outLength,
      0,
    )
    channel.calls.enter(call, handle, options)
  }

  /** Checks the file and the options of a call. @throws EngineError ERR_IRP_CLOSED, ERR_IRP_OPTION. */
  private begin(call: IrpCall, options: RequestOptions): void {
    if (this.openOn === 0 || this.channel.openId === 0) {
      const { name } = this.device
      const message = `${call.title} of ${name}: the file is closed; open it again`
      throw new EngineError('ERR_IRP_CLOSED', message, name)
    }
    if (options === NO_OPTIONS) return
    checkOptions(options)
    call.rejectOnFailure = options.rejectOnFailure !== false
  }

  /** Ends a call whose signal was aborted before it began. */
  private isAborted(call: IrpCall, { signal }: RequestOptions): boolean {
    if (signal === undefined || !signal.aborted) return false
    call.watch = { timer: undefined, signal, onAbort: undefined, timedOut: false }
    this.channel.calls.enter(call, STATUS_CANCELLED, NO_OPTIONS)
    return true
  }
}

/** Options that ask for nothing to be watched. */
function isPlain(options: TransferOptions): boolean {
  if (typeof options !== 'object' || options === null) return false
  return options.signal === undefined && options.timeoutMs === undefined
}
