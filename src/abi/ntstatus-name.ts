/**
 * Names of statuses, for messages and error codes. Runs on: any thread; never on the path of an IRP.
 */
import * as ntstatus from './ntstatus.js'

const names = new Map<number, string>()
for (const [name, value] of Object.entries(ntstatus)) {
  if (typeof value === 'number') names.set(value, name)
}

/** `STATUS_CANCELLED` for 0xC0000120; `0xC0FFEE00` for a value without a name. */
export function statusName(status: number): string {
  return names.get(status) ?? statusHex(status)
}

/** The status as people write it: `0xC0000120`. */
export function statusHex(status: number): string {
  return `0x${(status >>> 0).toString(16).toUpperCase().padStart(8, '0')}`
}
