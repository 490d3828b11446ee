/**
 * Checks of what a caller of the promise API passes. Runs on: host. Each throws EngineError with the value
 * and what to do, before anything has been taken.
 */
import { EngineError } from './errors.js'
import type { RequestOptions } from './irp-call.js'

/** The class of all typed arrays, which has no name of its own. */
const TypedArray = Object.getPrototypeOf(Uint8Array) as { new (): Uint8Array }

/** The bytes of a view. @throws EngineError ERR_IRP_BUFFER for what is no view, and for one whose memory has gone. */
export function asBytes(buffer: ArrayBufferView, operation: string): Uint8Array {
  if (!ArrayBuffer.isView(buffer)) {
    const message = `${operation} needs a typed array, a DataView or a Buffer, not ${describe(buffer)}`
    throw new EngineError('ERR_IRP_BUFFER', message, buffer)
  }
  if (buffer instanceof Uint8Array && buffer.byteLength > 0) return buffer
  try {
    const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
    // A view that its buffer shrank away from says that it is empty; only its methods tell.
    if (bytes.length === 0 && buffer instanceof TypedArray) buffer.at(0)
    return bytes
  } catch (cause) {
    const message = `${operation} got a detached view: its buffer was transferred away or shrunk`
    throw new EngineError('ERR_IRP_BUFFER', message, buffer, cause)
  }
}

/** What was passed instead of a view. */
function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value
  const name = (value.constructor as { name?: unknown } | undefined)?.name
  const isBuffer = value instanceof ArrayBuffer || value instanceof SharedArrayBuffer
  return isBuffer ? `${String(name)}: pass new Uint8Array(buffer)` : `an object (${String(name)})`
}

/** @throws EngineError ERR_IRP_OFFSET unless 0 <= offset <= 2^53 - 1 and whole. */
export function checkOffset(offset: number | undefined): number {
  if (offset === undefined) return 0
  if (Number.isSafeInteger(offset) && offset >= 0) return offset
  throw new EngineError(
    'ERR_IRP_OFFSET',
    `an offset of ${String(offset)} bytes is not a whole number from 0 to 2^53 - 1`,
    offset,
  )
}

/** @throws EngineError ERR_IRP_IOCTL unless the code is a 32-bit integer. */
export function checkIoctlCode(code: number): void {
  if (Number.isInteger(code) && code >= -(2 ** 31) && code < 2 ** 32) return
  throw new EngineError(
    'ERR_IRP_IOCTL',
    `a control code of ${String(code)} is not a 32-bit integer; build one with ctlCode()`,
    code,
  )
}

/** @throws EngineError ERR_IRP_OPTION for a time-out or signal that is none. */
export function checkOptions(options: RequestOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new EngineError('ERR_IRP_OPTION', 'options are an object, such as { offset: 0 }', options)
  }
  const { timeoutMs, signal } = options
  const isTime = typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs < 2 ** 31
  if (timeoutMs !== undefined && !isTime) {
    throw new EngineError(
      'ERR_IRP_OPTION',
      `timeoutMs ${String(timeoutMs)} is not a number of milliseconds above 0 and below 2^31`,
      timeoutMs,
    )
  }
  const listen: unknown = (signal as { addEventListener?: unknown } | null)?.addEventListener
  if (signal !== undefined && typeof listen !== 'function') {
    throw new EngineError('ERR_IRP_OPTION', 'signal is not an AbortSignal', signal)
  }
}
