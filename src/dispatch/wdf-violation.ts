/**
 * WdfViolation: what KMDF answers with bug check 0x10D, thrown here in the driver's own callback: it
 * fails that request or device, never the engine. Runs on: worker; never on the path of a correct driver.
 * Codes: kmdf.md 8.1.
 */
import { statusHex } from '../abi/ntstatus-name.js'
import type { DispatchedRequest } from './dispatched-request.js'

export type WdfViolationCode =
  | 'WDF_REQUEST_FATAL_ERROR'
  | 'WDF_VERIFIER_FATAL_ERROR'
  | 'WDF_QUEUE_FATAL_ERROR'
  | 'WDF_INVALID_HANDLE'
  | 'WDF_RECURSIVE_LOCK'
  | 'WDF_INVALID_LOCK_OPERATION'
  | 'WDF_DMA_FATAL_ERROR'
  | 'WDF_IRQL_MISMATCH'
  | 'WDF_OBJECT_ERROR'

/** Sub-codes of WDF_REQUEST_FATAL_ERROR, with what the driver did and should do. */
export const NULL_IRP = 'the driver does not own it: it was completed before (complete it once)'
export const INFORMATION_LENGTH_MISMATCH =
  'Information is larger than the caller’s buffer (report at most its length)'
export const REQUEST_IS_CANCELABLE =
  'it is marked cancelable, or not owned (call unmarkCancelable first, and stop if it says STATUS_CANCELLED)'
export const REQUEST_ALREADY_SENT =
  'it was sent to an I/O target and has not come back (wait for its completion routine)'
export const NOT_IN_EVT_IO_STOP =
  'stopAcknowledge is for the request that EvtIoStop was called with'
export const NOT_DRIVER_CREATED =
  'only requests that a driver created are deleted (complete it instead)'
export const NO_CURRENT_TYPE =
  'a request that a driver created has no type yet (format it for a read, a write or a device control)'
export const DRIVER_CREATED = 'a request that a driver created is deleted, not completed'
export const INVALID_COMPLETION_STATUS =
  'a request is completed with a final NTSTATUS (a 32-bit integer other than STATUS_PENDING and -1)'

export class WdfViolation extends Error {
  readonly code: WdfViolationCode
  readonly bugCheck = 0x10d
  readonly value: unknown

  constructor(code: WdfViolationCode, message: string, value: unknown) {
    super(message)
    this.name = 'WdfViolation'
    this.code = code
    this.value = value
  }
}

/** Throws for a misused request. */
export function requestViolation(
  request: DispatchedRequest,
  reason: string,
  value?: unknown,
): never {
  const shown = typeof value === 'number' ? `, given ${value} (${statusHex(value)})` : ''
  throw new WdfViolation(
    'WDF_REQUEST_FATAL_ERROR',
    `request in slot ${request.slot} of channel ${request.port.memory.id}: ${reason}${shown}`,
    value ?? request.slot,
  )
}
