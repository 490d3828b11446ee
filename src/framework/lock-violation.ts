/**
 * Lock violation: what KMDF bug-checks for a misused lock, thrown in the driver's own callback.
 * Runs on: worker; never on the path of a correct driver. Codes: kmdf.md 8.1, 8.3.
 */
import { WdfViolation, type WdfViolationCode } from '../dispatch/wdf-violation.js'

type LockViolationCode = Extract<
  WdfViolationCode,
  'WDF_RECURSIVE_LOCK' | 'WDF_INVALID_LOCK_OPERATION'
>

/** Throws for a misused lock. */
export function lockViolation(code: LockViolationCode, lock: string, reason: string): never {
  throw new WdfViolation(code, `lock "${lock}": ${reason}`, lock)
}

/** This thread would wait for itself. */
export function recursiveAcquire(lock: string): never {
  lockViolation(
    'WDF_RECURSIVE_LOCK',
    lock,
    'this worker holds it already and would wait for itself (release it before acquiring it again, and ' +
      'before awaiting anything)',
  )
}

export function foreignRelease(lock: string): never {
  lockViolation(
    'WDF_INVALID_LOCK_OPERATION',
    lock,
    'this worker does not hold it (release once per acquire, on the worker that acquired it)',
  )
}

export function promiseUnderLock(lock: string): never {
  lockViolation(
    'WDF_INVALID_LOCK_OPERATION',
    lock,
    'the function of run() returned a promise, and the lock was released before it settled (use a WaitLock ' +
      'and runAsync)',
  )
}
