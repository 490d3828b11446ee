/**
 * Errors a host sees. Runs on: host.
 *   IrpError      a request ended with a failure status: `code` is its name, `ntstatus` its number
 *   EngineError   the library was used wrongly: `code` ERR_IRP_…, the value, what to do
 */
import { statusHex, statusName } from '../abi/ntstatus-name.js'

export class IrpError extends Error {
  /** Name of the status, `STATUS_CANCELLED`. */
  readonly code: string
  /** The status as a signed 32-bit integer. */
  readonly ntstatus: number
  readonly information: number
  /** What was asked of which device: `read of disk0`. */
  readonly operation: string

  constructor(ntstatus: number, operation: string, information = 0, cause?: unknown) {
    const name = statusName(ntstatus)
    super(
      `${operation} ended with ${name} (${statusHex(ntstatus)})`,
      cause === undefined ? undefined : { cause },
    )
    this.name = 'IrpError'
    this.code = name
    this.ntstatus = ntstatus
    this.information = information
    this.operation = operation
  }
}

export type EngineErrorCode =
  | 'ERR_IRP_OPTION'
  | 'ERR_IRP_BUFFER'
  | 'ERR_IRP_OFFSET'
  | 'ERR_IRP_IOCTL'
  | 'ERR_IRP_CLOSED'
  | 'ERR_IRP_NO_SUCH_DEVICE'
  | 'ERR_IRP_DEVICE_EXISTS'
  | 'ERR_IRP_DEVICE_POWER'
  | 'ERR_IRP_BUFFERS_FULL'
  | 'ERR_IRP_CHANNEL_MOVED'
  | 'ERR_IRP_WORKER_LOST'
  | 'ERR_IRP_CALLBACK_HUNG'
  | 'ERR_IRP_START_TIMEOUT'

export class EngineError extends Error {
  readonly code: EngineErrorCode
  readonly value: unknown

  constructor(code: EngineErrorCode, message: string, value: unknown, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'EngineError'
    this.code = code
    this.value = value
  }
}
