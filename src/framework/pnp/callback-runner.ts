/**
 * Calls one driver callback and makes a status of whatever comes back. Runs on: the device's home worker.
 *
 *   returns nothing, or a number       that status; nothing is success
 *   throws or rejects                  the error's own failure status, or STATUS_UNSUCCESSFUL; reported
 *   STATUS_NOT_SUPPORTED               a failure, and a violation that is reported: KMDF's verifier breaks there
 *   a promise that does not settle     STATUS_IO_TIMEOUT after the watchdog's time, reported by name
 *
 * A synchronous callback that never returns holds its worker; no code on this thread can tell. The observer is told
 * where the worker is (`calling`), so that main's watchdog can name it. Class extensions are called before (`pre`) and after (`post`) the driver, in the order given;
 * a failed one ends the row. Source: kmdf.md 6.4; [WDF] cxpnppowercallbacks.cpp.
 */
import {
  isSuccess,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../abi/ntstatus.js'
import type { CallbackName } from '../../abi/callback-names.js'
import type { Device } from '../device.js'
import { failureStatusOf } from '../errors.js'
import { Patience } from '../patience.js'
import type { Clock } from './clock.js'
import type { DeviceCallbackName, DeviceCallbacks } from './device-callbacks.js'
import { isThenable, type Steps } from './state-machine.js'

/** How far a callback with its class extensions got. */
export const CALLBACK_FAILED_IN_PRE = 1
export const CALLBACK_CALLED = 2
export const CALLBACK_SUCCEEDED = 3
export const CALLBACK_FAILED_IN_POST = 4

export interface CallbackOutcome {
  readonly status: number
  /** CALLBACK_…: what has to be undone depends on whether the driver itself was called and succeeded. */
  readonly progress: number
}

/** A class extension's callbacks around the driver's. */
export interface ClassExtension {
  readonly pre?: DeviceCallbacks
  readonly post?: DeviceCallbacks
}

/** What a callback runner tells. All optional; `name` is the callback's KMDF name. */
export interface CallbackObserver {
  /** The driver's code is about to be on the stack; returns what `called` gets when it has returned. */
  calling?(name: CallbackName): number
  called?(before: number): void
  /** The driver is about to be called, or would be, had it that callback (`implemented`: it has). */
  started?(name: DeviceCallbackName, implemented: boolean, args: readonly unknown[]): void
  ended?(name: DeviceCallbackName, status: number): void
  /** It threw or rejected. */
  threw?(name: DeviceCallbackName, error: unknown): void
  /** It broke a rule. */
  violated?(name: DeviceCallbackName, rule: string): void
  /** It has not returned for `ms` milliseconds. */
  overdue?(name: DeviceCallbackName, ms: number): void
}

export interface CallbackRunnerOptions {
  readonly callbacks: DeviceCallbacks
  readonly extensions?: readonly ClassExtension[]
  readonly observer?: CallbackObserver
  readonly clock: Clock
  /** Milliseconds after which a callback whose promise has not settled has failed. */
  readonly watchdogMs: number
}

type AnyCallback = (...args: readonly unknown[]) => unknown

export class CallbackRunner {
  readonly #device: Device
  readonly #options: CallbackRunnerOptions
  readonly #observer: CallbackObserver
  readonly #patience: Patience

  constructor(device: Device, options: CallbackRunnerOptions) {
    this.#device = device
    this.#options = options
    this.#observer = options.observer ?? {}
    this.#patience = new Patience(options.clock, options.watchdogMs)
  }

  /** True when the driver or a class extension has that callback. */
  has(name: DeviceCallbackName): boolean {
    const { callbacks, extensions = [] } = this.#options
    return [callbacks, ...extensions.flatMap(({ pre, post }) => [pre, post])].some(
      (owner) => owner?.[name] !== undefined,
    )
  }

  /** Calls class extensions, driver, class extensions; ends at the first that fails. */
  *run(name: DeviceCallbackName, ...args: readonly unknown[]): Steps<CallbackOutcome> {
    const { callbacks, extensions = [] } = this.#options
    for (const { pre } of extensions) {
      const status = yield* this.#call(name, pre, args)
      if (!isSuccess(status)) return { status, progress: CALLBACK_FAILED_IN_PRE }
    }
    this.#observer.started?.(name, callbacks[name] !== undefined, args)
    const own = yield* this.#call(name, callbacks, args)
    this.#observer.ended?.(name, own)
    if (!isSuccess(own)) return { status: own, progress: CALLBACK_CALLED }
    for (const { post } of extensions) {
      const status = yield* this.#call(name, post, args)
      if (!isSuccess(status)) return { status, progress: CALLBACK_FAILED_IN_POST }
    }
    return { status: own, progress: CALLBACK_SUCCEEDED }
  }

  *#call(
    name: DeviceCallbackName,
    owner: DeviceCallbacks | undefined,
    args: readonly unknown[],
  ): Steps<number> {
    const callback = owner?.[name] as AnyCallback | undefined
    if (callback === undefined) return STATUS_SUCCESS
    try {
      const before = this.#observer.calling?.(name) ?? 0
      let result: unknown
      try {
        result = callback.call(owner, this.#device, ...args)
      } finally {
        this.#observer.called?.(before)
      }
      if (isThenable(result)) result = yield* this.#settled(name, result)
      const status = typeof result === 'number' ? result | 0 : STATUS_SUCCESS
      if (status === STATUS_NOT_SUPPORTED) {
        this.#observer.violated?.(name, 'returned STATUS_NOT_SUPPORTED, which it never may')
      }
      return status
    } catch (error) {
      this.#observer.threw?.(name, error)
      return failureStatusOf(error) ?? STATUS_UNSUCCESSFUL
    }
  }

  *#settled(name: DeviceCallbackName, promise: PromiseLike<unknown>): Steps<unknown> {
    const patience = this.#patience
    return yield patience.settled(name, promise, () => this.#observer.overdue?.(name, patience.ms))
  }
}
