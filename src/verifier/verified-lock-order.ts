/**
 * Verified lock order: the Framework's lock order, with the verifier told about who does not keep it.
 * Runs on: worker.
 */
import { LockOrder, type OrderedLock } from '../framework/lock-order.js'
import { type Activation, runActivation } from './activation.js'
import type { Verifier } from './verifier.js'

export class VerifiedLockOrder extends LockOrder {
  /** The callback that is acquiring a lock: the check is the Framework's. */
  caller: Activation | null | undefined
  readonly #verifier: Verifier

  constructor(verifier: Verifier) {
    super()
    this.#verifier = verifier
  }

  override check(lock: OrderedLock): void {
    try {
      super.check(lock)
    } catch (error) {
      const { caller } = this
      const tell = (): void => this.#verifier.violation('LockOrder', (error as Error).message)
      if (caller === undefined || caller === null) tell()
      else runActivation(caller, tell)
      throw error
    }
  }
}
