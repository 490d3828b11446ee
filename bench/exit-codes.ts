/**
 * exit-codes.ts: how the benchmark ends, for scripts, and what counts as verified.
 *
 * Runs on: any thread.
 */
import { ledgerBalances } from './ledger.js'
import type { Measurement } from './scenario.js'

export const EXIT_OK = 0
/** A scenario could not run, was slower than it may be, or the result could not be written. */
export const EXIT_FAILED = 1
/** An answer was wrong, missing or given twice, or a ledger does not balance. */
export const EXIT_VERIFICATION = 3
/** The runs spread more than the change that was to be judged. */
export const EXIT_TOO_NOISY = 4
/** SIGINT; what was measured so far is printed. */
export const EXIT_INTERRUPTED = 130
/** SIGTERM; likewise. */
export const EXIT_TERMINATED = 143

/** True when every answer of the run was right and its ledger, if there is one, balances. */
export function isVerified({ checksumOk, ledger }: Measurement): boolean {
  return checksumOk && (ledger === undefined || ledgerBalances(ledger))
}
