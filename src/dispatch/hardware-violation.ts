/**
 * Violations of the rules for interrupts, DPCs, timers, work items and DMA: KMDF's bug check 0x10D, thrown in the
 * driver's own callback. Runs on: worker; never on the path of a correct driver. Codes: kmdf.md 8.1.
 */
import { WdfViolation } from './wdf-violation.js'

export type HardwareViolationCode =
  | 'WDF_DMA_FATAL_ERROR'
  | 'WDF_INVALID_LOCK_OPERATION'
  | 'WDF_RECURSIVE_LOCK'
  | 'WDF_IRQL_MISMATCH'

/** Throws a WdfViolation with one of these codes. */
export function hardwareViolation(
  code: HardwareViolationCode,
  message: string,
  value: unknown,
): never {
  throw new WdfViolation(code, message, value)
}
