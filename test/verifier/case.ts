/**
 * Case: a good and a bad driver for one rule. Runs on: the test's own thread.
 */
import type { CaseDriver } from './bench.js'

export interface VerifierCase {
  readonly rule: string
  /** `isBad`: the driver that breaks the rule; otherwise one that does the same thing right. */
  readonly driver: (isBad: boolean) => CaseDriver
}

export function rule(name: string, driver: (isBad: boolean) => CaseDriver): VerifierCase {
  return { rule: name, driver }
}
