/**
 * Spin lock (WDFSPINLOCK): for short stretches that several workers of a device share. Protocol, and what a
 * death leaves behind: owner-word. Runs on: any worker that has a part of the device.
 *
 * A thread that does not get it looks again for a few microseconds, then sleeps: with more threads than
 * processors its owner may be waiting for this very processor. Who sleeps longest is not served first.
 * Not held across an `await`: the next handler of the same worker would find it held by itself.
 */
import { OwnedLock, type LockOptions } from './owned-lock.js'
import { TOOK } from './owner-word.js'

/** About 10 µs: longer than what a spin lock should guard, shorter than a sleep and a wake-up. */
const SPINS = 256

export class SpinLock extends OwnedLock {
  readonly kind = 'spin'

  /** WdfSpinLockCreate. */
  constructor(options: LockOptions = {}) {
    super(options, 'spin lock', SPINS)
    this.keepTo(options.party?.order)
  }

  /**
   * WdfSpinLockAcquire. Blocks this thread, event loop included, until it has the lock.
   * @throws WdfViolation WDF_RECURSIVE_LOCK when this worker holds it.
   */
  acquire(): void {
    const outcome = this.word.take(Infinity)
    if (outcome !== TOOK) this.settle(outcome, true)
  }
}
