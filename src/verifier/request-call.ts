/**
 * Request call: one call of a driver on a request: who calls what with which arguments. Runs on: worker.
 */
import { REQUEST_CANCELABLE, REQUEST_CANCEL_DUE } from '../dispatch/dispatched-request.js'
import { NULL_IRP, requestViolation } from '../dispatch/wdf-violation.js'
import type { Request } from '../framework/request.js'
import { type Activation, DIRQL, runFramework } from './activation.js'
import { callSite } from './call-site.js'
import type { RequestUse } from './request-use.js'
import type { Verifier } from './verifier.js'

type Method = (...args: unknown[]) => unknown

export class RequestCall {
  readonly verifier: Verifier
  readonly use: RequestUse
  readonly name: keyof Request
  readonly args: readonly unknown[]
  /** The callback that calls; undefined outside of all callbacks. */
  readonly activation: Activation | undefined
  #site: string | undefined

  constructor(
    verifier: Verifier,
    use: RequestUse,
    name: keyof Request,
    args: readonly unknown[],
    activation: Activation | undefined,
  ) {
    this.verifier = verifier
    this.use = use
    this.name = name
    this.args = args
    this.activation = activation
  }

  /** Where the driver calls. */
  get site(): string {
    this.#site ??= callSite()
    return this.#site
  }

  get request(): Request {
    return this.use.request
  }

  get isCancelable(): boolean {
    const { state } = this.request
    return state === REQUEST_CANCELABLE || state === REQUEST_CANCEL_DUE
  }

  /** Calls the Framework. */
  proceed(args: readonly unknown[] = this.args): unknown {
    const { request } = this
    const method = request[this.name] as Method
    return runFramework(() => method.apply(request, [...args]))
  }

  note(what: string): void {
    this.use.note(what, this.site)
  }

  violation(rule: string, message: string): void {
    const { use, site } = this
    this.verifier.violation(rule, message, { use, site })
  }

  /** @throws WdfViolation: what is over is never passed on, its slot may be another IRP's by now. */
  refuse(): never {
    requestViolation(this.request, NULL_IRP)
  }

  /** Methods of requests are for DISPATCH_LEVEL and below. */
  checkLevel(): void {
    if ((this.activation?.level ?? 0) < DIRQL) return
    this.violation('KmdfIrql', `${this.name} was called at the level of an interrupt`)
  }
}
