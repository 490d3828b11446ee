/**
 * Callback lock: WdfObjectAcquireLock of a device or queue whose callbacks all run on one worker. There the
 * lock is the place: callbacks run to completion one after the other, so a plain flag is enough, and all
 * it can find is misuse. A device whose callbacks run on several workers has a SpinLock for this.
 * Runs on: the worker that the object lives on.
 */
import { FrameworkLock } from './framework-lock.js'
import type { LockKind, LockLevel, LockOrder } from './lock-order.js'
import { foreignRelease, recursiveAcquire } from './lock-violation.js'

export interface CallbackLockOptions {
  readonly name: string
  /** 'passive' for an object whose handlers run at PASSIVE_LEVEL. */
  readonly kind: LockKind
  readonly level?: LockLevel
  /** The verifier's lock order of this worker; absent when it is off. */
  readonly order?: LockOrder
}

export class CallbackLock extends FrameworkLock {
  readonly kind: LockKind
  #isHeld = false

  constructor(options: CallbackLockOptions) {
    super(options.name, options.level)
    this.kind = options.kind
    this.keepTo(options.order)
  }

  /**
   * WdfObjectAcquireLock. Never waits.
   * @throws WdfViolation WDF_RECURSIVE_LOCK when it is held, also by a handler that awaits something.
   */
  acquire(): void {
    if (this.#isHeld) recursiveAcquire(this.name)
    this.#isHeld = true
  }

  tryAcquire(): boolean {
    if (this.#isHeld) return false
    this.#isHeld = true
    return true
  }

  /**
   * WdfObjectReleaseLock.
   * @throws WdfViolation WDF_INVALID_LOCK_OPERATION when it is not held.
   */
  release(): void {
    if (!this.#isHeld) foreignRelease(this.name)
    this.#isHeld = false
  }
}
