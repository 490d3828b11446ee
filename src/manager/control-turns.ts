/**
 * Control turns: control operations of an engine, one after the other, and none that a user asks for once the engine
 * stops. Runs on: main.
 */
import { EngineError } from './errors.js'

export class ControlTurns {
  readonly #ready: () => Promise<void>
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  /** `ready`: what an operation waits for besides those before it. */
  constructor(ready: () => Promise<void>) {
    this.#ready = ready
  }

  /** Runs an operation after those before it, and when `ready` says so. */
  take<T>(action: () => Promise<T>, ready = this.#ready): Promise<T> {
    const result = this.#last.then(ready).then(action)
    this.#last = result.catch(() => {})
    return result
  }

  /** As `take`, for what a user asks for. `value`: of what. @throws EngineError ERR_IRP_CLOSED after `close`. */
  ask<T>(value: unknown, action: () => Promise<T>): Promise<T> {
    return this.take(() => {
      this.check(value)
      return action()
    })
  }

  /** @throws EngineError ERR_IRP_CLOSED after `close`. */
  check(value: unknown): void {
    if (!this.#isClosed) return
    throw new EngineError('ERR_IRP_CLOSED', 'the engine is stopped: start another one', value)
  }

  /** Nothing that a user asks for is done from now on. Resolves when what is being done has ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#last
  }
}
