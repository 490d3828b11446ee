/**
 * ledger.ts: the account of all requests of a run, its sum over scenarios, and the one line that tells it.
 *
 * Runs on: any thread.
 * Invariant checked here: accepted = completed + in flight, completed = success + error + cancelled +
 * worker died, nothing twice, nothing lost, and (after a drain) nothing in flight.
 */

/** Counts of requests. The engine's own ledger has this shape. */
export interface Ledger {
  readonly accepted: number
  readonly completed: number
  readonly success: number
  readonly error: number
  readonly cancelled: number
  readonly workerDied: number
  readonly inFlight: number
  readonly duplicates: number
  readonly lost: number
}

export const EMPTY_LEDGER: Ledger = {
  accepted: 0,
  completed: 0,
  success: 0,
  error: 0,
  cancelled: 0,
  workerDied: 0,
  inFlight: 0,
  duplicates: 0,
  lost: 0,
}

export function addLedgers(left: Ledger, right: Ledger): Ledger {
  return {
    accepted: left.accepted + right.accepted,
    completed: left.completed + right.completed,
    success: left.success + right.success,
    error: left.error + right.error,
    cancelled: left.cancelled + right.cancelled,
    workerDied: left.workerDied + right.workerDied,
    inFlight: left.inFlight + right.inFlight,
    duplicates: left.duplicates + right.duplicates,
    lost: left.lost + right.lost,
  }
}

/** True when a drained ledger adds up: see the invariant in the head of this file. */
export function ledgerBalances(ledger: Ledger): boolean {
  const { completed, success, error, cancelled, workerDied } = ledger
  return (
    ledger.inFlight === 0 &&
    ledger.accepted === completed &&
    completed === success + error + cancelled + workerDied &&
    ledger.duplicates === 0 &&
    ledger.lost === 0
  )
}

/** `accepted A completed C (success S, error E, cancelled X, worker died W) in flight F duplicates 0 lost 0`. */
export function formatLedger(ledger: Ledger): string {
  const { accepted, completed, success, error, cancelled, workerDied } = ledger
  const outcomes = `success ${success}, error ${error}, cancelled ${cancelled}, worker died ${workerDied}`
  const rest = `in flight ${ledger.inFlight} duplicates ${ledger.duplicates} lost ${ledger.lost}`
  return `accepted ${accepted} completed ${completed} (${outcomes}) ${rest}`
}
