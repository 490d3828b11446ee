/**
 * Held lock: a lock that a driver's callback acquired and has not released. Runs on: worker.
 */
export type LockSort = 'spin' | 'wait' | 'interrupt'

export interface HeldLock {
  readonly lock: object
  readonly kind: LockSort
  readonly name: string
  /** Where it was acquired. */
  readonly site: string
}

/** The rules about each sort: taking turns, and being released in the end. */
export const LOCK_RULE: Record<LockSort, { readonly turns: string; readonly release: string }> = {
  spin: { turns: 'WdfSpinlock', release: 'WdfSpinLockRelease' },
  wait: { turns: 'WdfWaitlock', release: 'WdfWaitlockRelease' },
  interrupt: { turns: 'WdfInterruptLock', release: 'WdfInterruptLockRelease' },
}
