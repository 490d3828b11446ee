/**
 * The wait-wake request of a device: pending while the device, or the system behind it, may be woken by it.
 * Runs on: the device's home worker. Source: IRP_MN_WAIT_WAKE; kmdf.md 6.8, 6.9.
 *
 * On the power policy owner the policy machine sends it and hears how it ends. On a bus driver's child that owns
 * the wake line but not the policy, it comes from the driver above and the power machine ends it.
 * Invariant: at most one is pending, and it ends once: signalled, cancelled or failed.
 */
import {
  isSuccess,
  STATUS_CANCELLED,
  STATUS_DEVICE_BUSY,
  STATUS_SUCCESS,
} from '../../abi/ntstatus.js'

export type WakeEnd = 'WakeSucceeded' | 'WakeFailed' | 'WakeCanceled'

/** Policy owner's half. */
export class SentWaitWake {
  readonly #ended: (success: boolean) => void
  #isPending = false

  constructor(ended: (success: boolean) => void) {
    this.#ended = ended
  }

  get isPending(): boolean {
    return this.#isPending
  }

  sent(): void {
    this.#isPending = true
  }

  /** The bus ended it: STATUS_SUCCESS when the device signalled wake. True when there was one to end. */
  end(status: number): boolean {
    if (!this.#isPending) return false
    this.#isPending = false
    this.#ended(isSuccess(status))
    return true
  }

  /** False when it had ended before. */
  cancel(): boolean {
    return this.end(STATUS_CANCELLED)
  }
}

interface Arrived {
  readonly complete: (status: number) => void
  status: number
}

/** Bus side's half. */
export class ReceivedWaitWake {
  readonly #post: (event: WakeEnd | 'WakeArrival') => void
  #pending: Arrived | undefined
  #ending: Arrived | undefined

  constructor(post: (event: WakeEnd | 'WakeArrival') => void) {
    this.#post = post
  }

  get isPending(): boolean {
    return this.#pending !== undefined
  }

  /** A request from the driver above. Resolves when it ends; STATUS_DEVICE_BUSY while an earlier one has not ended. */
  arrive(): Promise<number> {
    if (this.#pending !== undefined || this.#ending !== undefined) {
      return Promise.resolve(STATUS_DEVICE_BUSY)
    }
    return new Promise((complete) => {
      this.#pending = { complete, status: STATUS_SUCCESS }
      this.#post('WakeArrival')
    })
  }

  /** The wake line fired, the request was cancelled, or it fails: the power machine completes it. */
  indicate(status: number): boolean {
    if (this.#pending === undefined) return false
    this.#ending = this.#pending
    this.#ending.status = status
    this.#pending = undefined
    if (status === STATUS_CANCELLED) this.#post('WakeCanceled')
    else this.#post(isSuccess(status) ? 'WakeSucceeded' : 'WakeFailed')
    return true
  }

  /** Completes the request that was indicated. */
  completeIndicated(): void {
    this.#ending?.complete(this.#ending.status)
    this.#ending = undefined
  }

  /** Completes the pending request with a failure at once: the machine itself could not arm the bus. */
  fail(status: number): void {
    this.#pending?.complete(status)
    this.#pending = undefined
  }
}
