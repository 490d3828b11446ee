/**
 * Errors that carry an NTSTATUS, and the form in which an error crosses from a worker to the host.
 * Runs on: any thread; never on the path of an IRP that succeeds.
 */
import { statusHex, statusName } from '../abi/ntstatus-name.js'
import type { ErrorReport } from '../irp/device-description.js'

/** A Framework call that KMDF answers with a failure status. Uncaught in a handler, it fails the request with it. */
export class WdfStatusError extends Error {
  /** Name of the status, `STATUS_BUFFER_TOO_SMALL`. */
  readonly code: string
  /** The status as a signed 32-bit integer. */
  readonly ntstatus: number
  /** The offending value. */
  readonly value: unknown

  constructor(ntstatus: number, message: string, value?: unknown) {
    // A message that quotes another error's may end with the status already.
    const ending = `[${statusName(ntstatus)} ${statusHex(ntstatus)}]`
    super(message.endsWith(ending) ? message : `${message} ${ending}`)
    this.name = 'WdfStatusError'
    this.code = statusName(ntstatus)
    this.ntstatus = ntstatus
    this.value = value
  }
}

/** An error has so many causes behind each other at most, circles included. */
const MAX_CAUSES = 4

/** Turns whatever was thrown into plain data. */
export function reportError(error: unknown, causes = MAX_CAUSES): ErrorReport {
  if (!(error instanceof Error)) return { name: 'Error', message: `threw ${String(error)}` }
  const { cause } = error
  const { code, ntstatus, value } = error as { code?: unknown; ntstatus?: unknown; value?: unknown }
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof ntstatus === 'number' ? { ntstatus } : {}),
    ...(typeof value === 'string' || typeof value === 'number' ? { value } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
    ...(cause === undefined || causes === 0 ? {} : { cause: reportError(cause, causes - 1) }),
  }
}

/** The status an error asks for, when it carries a failure status of its own. */
export function failureStatusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const { ntstatus } = error as { ntstatus?: unknown }
  return typeof ntstatus === 'number' && ntstatus < 0 ? ntstatus | 0 : undefined
}
