/**
 * Framework lock: what callback locks, spin locks and wait locks have in common for their users.
 * Runs on: worker.
 *
 * `using held = lock.hold()` releases at the end of the block, whatever happens in it; `lock.run(action)` is
 * the same where `using` does not exist. The guard is the lock itself, so neither allocates a guard (what a
 * compiler makes of `using` for older targets does; `run`, or acquire and release, on hot paths).
 */
import {
  watchLockOrder,
  type LockKind,
  type LockLevel,
  type LockOrder,
  type OrderedLock,
} from './lock-order.js'
import { promiseUnderLock } from './lock-violation.js'

export abstract class FrameworkLock {
  /** In messages; has no other meaning. */
  readonly name: string
  abstract readonly kind: LockKind
  /** The level that the verifier's lock order checks; undefined: not checked. */
  readonly level: LockLevel | undefined

  constructor(name: string, level: LockLevel | undefined) {
    this.name = name
    this.level = level
  }

  abstract acquire(): unknown
  /** True if it was free and is now held here; false if anybody holds it, this worker included. */
  abstract tryAcquire(): boolean
  abstract release(): void

  /** Acquires; the returned guard releases when its block ends: `using held = lock.hold()`. */
  hold(): Disposable {
    this.acquire()
    return this
  }

  [Symbol.dispose](): void {
    this.release()
  }

  /** Runs `action` while holding the lock; hands on what it returns or throws. Not for async functions. */
  run<T>(action: () => T extends PromiseLike<unknown> ? never : T): T {
    this.acquire()
    let result: T
    try {
      result = action()
    } finally {
      this.release()
    }
    if (isThenable(result)) {
      // What it settles with is lost; an unhandled rejection would end the worker.
      result.then(undefined, () => {})
      promiseUnderLock(this.name)
    }
    return result
  }

  /** Called last by the constructor of each kind of lock. */
  protected keepTo(order: LockOrder | undefined): void {
    if (order === undefined || this.level === undefined) return
    watchLockOrder(this as this & OrderedLock, order)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === 'function'
}
