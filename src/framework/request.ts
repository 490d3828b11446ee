/**
 * Request (WDFREQUEST): an IRP as its driver sees it: parameters, buffers, completion.
 * Runs on: the worker that presents it. One object a slot, reused: do not keep it after completing.
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
import { STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_DEVICE_REQUEST } from '../abi/ntstatus.js'
import type { ChannelPort } from '../dispatch/channel-port.js'
import { DispatchedRequest } from '../dispatch/dispatched-request.js'
import type { QueueGate } from '../dispatch/queue-gate.js'
import type { BufferViews } from '../irp/buffer-views.js'
import { read } from '../sharedarraybuffer-queue/access.js'
import { WdfStatusError } from './errors.js'
import type { FileObject } from './file-object.js'

/** Finds the file object of a request; the framework's books, injected. */
export type FileObjectLookup = (request: Request) => FileObject

const HIGH = 2 ** 32

export class Request extends DispatchedRequest {
  private readonly views: BufferViews
  private readonly fileObjectOf: FileObjectLookup

  constructor(
    port: ChannelPort,
    slot: number,
    gate: QueueGate,
    views: BufferViews,
    fileObjectOf: FileObjectLookup,
  ) {
    super(port, slot, gate)
    this.views = views
    this.fileObjectOf = fileObjectOf
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
    return this.fileObjectOf(this)
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

  private buffer(at: number, lengthAt: number, minimumLength: number, which: string): Uint8Array {
    const length = read(this.words, this.base + lengthAt)
    if (length === 0 || length < minimumLength) {
      throw new WdfStatusError(
        STATUS_BUFFER_TOO_SMALL,
        `the caller's ${which} buffer has ${length} bytes, the driver needs ${Math.max(1, minimumLength)}`,
        length,
      )
    }
    return this.views.view(read(this.words, this.base + at), length)
  }

  private noBuffer(which: string): never {
    throw new WdfStatusError(
      STATUS_INVALID_DEVICE_REQUEST,
      `a request of major function ${this.majorFunction} has no ${which} buffer`,
      this.majorFunction,
    )
  }
}
