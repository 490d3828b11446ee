/**
 * Patience: how long the Framework waits for what a driver's callback has promised. Runs on: worker, control plane;
 * never on the path of a request.
 *
 * A callback that never returns holds its worker, and main's watchdog ends that. One whose promise never settles
 * holds only whoever waits for it, which is every control operation behind it: it has failed when its time
 * (`callbackTimeoutMs`) is over. How the promise ends after that is nobody's business any more.
 */
import { STATUS_IO_TIMEOUT } from '../abi/ntstatus.js'
import type { Clock } from './pnp/clock.js'

/** Where nobody says anything else. */
export const DEFAULT_PATIENCE_MS = 60_000

/** A promise of a driver's that did not settle. */
export class CallbackHungError extends Error {
  readonly code = 'ERR_IRP_CALLBACK_HUNG'
  readonly ntstatus = STATUS_IO_TIMEOUT
  /** The callback, or the module. */
  readonly value: string

  constructor(what: string, ms: number) {
    super(`${what}: its promise has not settled for ${ms} ms (callbackTimeoutMs)`)
    this.name = 'CallbackHungError'
    this.value = what
  }
}

export class Patience {
  readonly #clock: Clock
  readonly ms: number

  /** `ms`: Infinity waits for ever. */
  constructor(clock: Clock, ms = DEFAULT_PATIENCE_MS) {
    this.#clock = clock
    this.ms = ms
  }

  /** Settles as `promise` does, or rejects with a CallbackHungError. `overdue` is called before that. */
  settled<T>(what: string, promise: PromiseLike<T>, overdue?: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const giveUp = this.#clock.after(this.ms, () => {
        overdue?.()
        reject(new CallbackHungError(what, this.ms))
      })
      promise.then(
        (value) => {
          giveUp()
          resolve(value)
        },
        (error: Error) => {
          giveUp()
          reject(error)
        },
      )
    })
  }
}
