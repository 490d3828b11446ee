/** Violations by code, for tests of misuse. Runs on: the test's own thread. */
import { expect } from 'vitest'
import type { WdfViolationCode } from '../../src/dispatch/wdf-violation.js'

/** Matches a WdfViolation with that code and offending value. */
export function violationOf(code: WdfViolationCode, value: unknown): Error {
  return expect.objectContaining({ name: 'WdfViolation', code, value }) as Error
}
