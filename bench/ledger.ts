/**
 * ledger.ts: the account of all requests of a run, its sum over scenarios, and the one line that tells it.
 *
 * Runs on: any thread.
 * Invariant checked here: accepted = completed + in flight, completed = success + error + cancelled +
 * worker died, nothing twice, nothing lost, and (after a drain) nothing in flight.
 */

import { addLedgers as sumOfLedgers, formatLedger, type Ledger } from '../src/irp/ledger.js'

export { formatLedger, type Ledger }

export const EMPTY_LEDGER: Ledger = sumOfLedgers([])

export function addLedgers(left: Ledger, right: Ledger): Ledger {
  return sumOfLedgers([left, right])
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
