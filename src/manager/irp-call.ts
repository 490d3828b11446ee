/**
 * IRP call: one request of the promise API, from the call to the settled promise. Runs on: host.
 */
import type { ChannelFile } from './channel-file.js'

/** How a request ended. */
export interface IrpResult {
  /** NTSTATUS, a signed 32-bit integer; >= 0 is success. */
  readonly status: number
  /** Bytes transferred, as a rule. */
  readonly information: number
}

export interface RequestOptions {
  /** Aborting asks for cancellation; the promise settles once the request has ended. */
  readonly signal?: AbortSignal
  /** Asks for cancellation after that time; the request then ends with STATUS_IO_TIMEOUT. */
  readonly timeoutMs?: number
  /** False: resolve with the status, also when it is a failure. Default true. */
  readonly rejectOnFailure?: boolean
}

export interface TransferOptions extends RequestOptions {
  /** Byte offset on the device, 0 to 2^53 - 1. Default 0. */
  readonly offset?: number
}

/** No block of the channel's buffers belongs to the call. */
export const NO_BLOCK = -1

/** Why a call may be cancelled: a time-out, a signal, or both. */
export interface CallWatch {
  timer: NodeJS.Timeout | undefined
  signal: AbortSignal | undefined
  onAbort: (() => void) | undefined
  timedOut: boolean
}

export class IrpCall {
  readonly file: ChannelFile
  /** `read`, `ioctl`, for messages. */
  readonly operation: string
  /** Control code of an IOCTL. */
  readonly code: number | undefined
  resolve!: (result: IrpResult) => void
  reject!: (error: Error) => void
  rejectOnFailure = true
  /** Position of its block in the channel's memory, NO_BLOCK when the caller's buffer is there itself. */
  block = NO_BLOCK
  /** Position of the bytes that the driver wrote. */
  copyFrom = 0
  /** Where they go; undefined when there are none or they are there already. */
  copyOut: Uint8Array | undefined = undefined
  watch: CallWatch | undefined = undefined

  /** The promise of this call. */
  readonly promise: Promise<IrpResult>

  constructor(file: ChannelFile, operation: string, code?: number) {
    this.file = file
    this.operation = operation
    this.code = code
    // V8 takes this executor in whole, and writing to a new object needs no mark for the collector.
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
  }

  /** What the call was, for messages: `ioctl 0x222000`. */
  get title(): string {
    const { operation, code } = this
    return code === undefined ? operation : `${operation} 0x${(code >>> 0).toString(16)}`
  }

  /** Stops listening for reasons to cancel. */
  disarm(): void {
    const { watch } = this
    if (watch?.timer !== undefined) clearTimeout(watch.timer)
    if (watch?.onAbort !== undefined) watch.signal?.removeEventListener('abort', watch.onAbort)
  }
}
