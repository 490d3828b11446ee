/**
 * Request handle: what a driver has instead of a request: a proxy that knows which IRP it was given for, and looks at
 * every use of it. Names that no rule is about go through to the request. Runs on: worker.
 */
import type { Request } from '../framework/request.js'
import { currentActivation } from './activation.js'
import { ACCESS_RULES } from './access-rules.js'
import { COMPLETION_RULES } from './completion-rules.js'
import { RequestCall } from './request-call.js'
import type { RequestUse } from './request-use.js'
import { SEND_RULES } from './send-rules.js'
import type { Verifier } from './verifier.js'

/** Checks a call, makes it, and answers what the driver gets. */
export type MethodRule = (call: RequestCall) => unknown

const METHODS: Readonly<Record<string, MethodRule>> = { ...COMPLETION_RULES, ...SEND_RULES }

export class RequestHandle implements ProxyHandler<Request> {
  readonly #verifier: Verifier
  readonly #use: RequestUse
  readonly #methods = new Map<string, (...args: unknown[]) => unknown>()

  constructor(verifier: Verifier, use: RequestUse) {
    this.#verifier = verifier
    this.#use = use
  }

  get(request: Request, name: string | symbol): unknown {
    const activation = currentActivation()
    if (activation === null || typeof name === 'symbol') return Reflect.get(request, name)
    if (Object.hasOwn(METHODS, name)) return this.#method(name as keyof Request)
    if (!Object.hasOwn(ACCESS_RULES, name)) return Reflect.get(request, name)
    const call = new RequestCall(this.#verifier, this.#use, name as keyof Request, [], activation)
    this.#verifier.enter()
    ACCESS_RULES[name]?.(call)
    return Reflect.get(request, name)
  }

  #method(name: keyof Request): (...args: unknown[]) => unknown {
    let method = this.#methods.get(name)
    if (method !== undefined) return method
    const verifier = this.#verifier
    const use = this.#use
    method = (...args) => {
      const activation = currentActivation()
      const call = new RequestCall(verifier, use, name, args, activation ?? undefined)
      if (activation === null) return call.proceed()
      verifier.enter()
      return METHODS[name]?.(call)
    }
    this.#methods.set(name, method)
    return method
  }
}
