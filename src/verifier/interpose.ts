/**
 * Interpose: puts a function between a driver and one method of one object. The object stays the same one, its class
 * untouched: only a worker whose verifier is on has such objects. Calls of the Framework's own go straight through.
 * Runs on: worker.
 */
import { currentActivation, runFramework } from './activation.js'
import type { Verifier } from './verifier.js'

type MethodName<T> = {
  [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never
}[keyof T]

type Between<F> = F extends (...args: infer A) => infer R
  ? (proceed: (...args: A) => R, ...args: A) => R
  : never

/** `between` is called instead of the method; `proceed` is the method. */
export function interpose<T extends object, K extends MethodName<T>>(
  verifier: Verifier,
  object: T,
  name: K,
  between: Between<T[K]>,
): void {
  const method = (object[name] as (...args: unknown[]) => unknown).bind(object)
  const proceed = (...args: unknown[]): unknown => runFramework(() => method(...args))
  const call = between as unknown as (...args: unknown[]) => unknown
  const value = (...args: unknown[]): unknown => {
    if (currentActivation() === null) return method(...args)
    verifier.enter()
    return call(proceed, ...args)
  }
  Object.defineProperty(object, name, { value, configurable: true, writable: true })
}

/** `seen` gets what a getter answers, each time. */
export function interposeGetter<T extends object, K extends keyof T>(
  object: T,
  name: K,
  seen: (value: T[K]) => void,
): void {
  const prototype = Object.getPrototypeOf(object) as object
  const get = (): T[K] => {
    const value = runFramework(() => Reflect.get(prototype, name, object) as T[K])
    seen(value)
    return value
  }
  Object.defineProperty(object, name, { get, configurable: true })
}
