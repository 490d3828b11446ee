/** Statuses by name, for tests with a table of names. Runs on: the test's own thread. */
import { expect } from 'vitest'
import * as ntstatus from '../../src/abi/ntstatus.js'

export type StatusName = Extract<keyof typeof ntstatus, `STATUS_${string}`>

const byName = new Map<string, unknown>(Object.entries(ntstatus))

/** The value of a status. */
export function statusOf(name: StatusName): number {
  return Number(byName.get(name))
}

/** Matches an error of the Framework with that status. */
export function failureOf(name: StatusName): unknown {
  return expect.objectContaining({ name: 'WdfStatusError', code: name, ntstatus: statusOf(name) })
}

/** Code of the error that the action throws, undefined if it throws none. */
export function codeOf(action: () => unknown): string | undefined {
  try {
    action()
    return undefined
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}
