/**
 * Ledger: what became of every accepted request. accepted = completed + in flight, at every instant.
 * Runs on: the channel's host thread; the numbers are private to it.
 */
export interface Ledger {
  readonly accepted: number
  readonly completed: number
  readonly success: number
  readonly error: number
  readonly cancelled: number
  readonly workerDied: number
  readonly inFlight: number
  /** Completions of slots that were not in flight, or not at that worker: rejected. */
  readonly duplicates: number
  /** Accepted, not completed, not in flight: must be 0. */
  readonly lost: number
}

/** The one line that tells it, everywhere. */
export function formatLedger(ledger: Ledger): string {
  return (
    `accepted ${ledger.accepted} completed ${ledger.completed} (success ${ledger.success}, ` +
    `error ${ledger.error}, cancelled ${ledger.cancelled}, worker died ${ledger.workerDied}) ` +
    `in flight ${ledger.inFlight} duplicates ${ledger.duplicates} lost ${ledger.lost}`
  )
}

/** The sum of several ledgers. */
export function addLedgers(ledgers: readonly Ledger[]): Ledger {
  const sum = (of: (ledger: Ledger) => number): number =>
    ledgers.reduce((total, ledger) => total + of(ledger), 0)
  return {
    accepted: sum((l) => l.accepted),
    completed: sum((l) => l.completed),
    success: sum((l) => l.success),
    error: sum((l) => l.error),
    cancelled: sum((l) => l.cancelled),
    workerDied: sum((l) => l.workerDied),
    inFlight: sum((l) => l.inFlight),
    duplicates: sum((l) => l.duplicates),
    lost: sum((l) => l.lost),
  }
}
