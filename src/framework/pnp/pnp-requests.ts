/**
 * Plug and Play requests of one device, one at a time as a PnP manager sends them: the next one starts when the
 * one before it was completed, and none while the system sleeps. Runs on: the device's home worker. Source: kmdf.md 6.5, 6.7.
 * Invariant: a request that was issued is completed exactly once, also when the machine drops its event.
 */
import { STATUS_SUCCESS } from '../../abi/ntstatus.js'
import type { PnpEvent } from './pnp-table.js'

/** Requests that somebody can make, by the event that they become. */
export type PnpRequestEvent = Extract<
  PnpEvent,
  | 'StartDevice'
  | 'QueryStop'
  | 'CancelStop'
  | 'Stop'
  | 'QueryRemove'
  | 'CancelRemove'
  | 'Remove'
  | 'SurpriseRemove'
  | 'Eject'
>

interface PnpRequest {
  readonly event: PnpRequestEvent
  status: number
  readonly complete: (status: number) => void
}

export interface PnpRequestEvents {
  /** Hands a request's event to the machine. */
  post(event: PnpRequestEvent): void
  /** True while the machine has not taken that event yet. */
  isQueued(event: PnpRequestEvent): boolean
  /** False while the system sleeps, or is on its way. */
  mayIssue(): boolean
  /** No request is under way. */
  idle(): void
  /** For traces. */
  issued?(event: PnpRequestEvent): void
  completed?(event: PnpRequestEvent, status: number): void
}

export class PnpRequests {
  readonly #events: PnpRequestEvents
  readonly #waiting: PnpRequest[] = []
  #pending: PnpRequest | undefined

  constructor(events: PnpRequestEvents) {
    this.#events = events
  }

  /** Issues a request, behind those before it. Resolves with its status. */
  issue(event: PnpRequestEvent): Promise<number> {
    return new Promise((complete) => {
      this.#waiting.push({ event, status: STATUS_SUCCESS, complete })
      this.next()
    })
  }

  /** What the pending request will be completed with. */
  setStatus(status: number): void {
    const request = this.#taken()
    if (request !== undefined) request.status = status
  }

  /** Completes the request that the machine is working on, if it is one that ends here and not at removal. */
  finish(): void {
    const request = this.#taken()
    if (request !== undefined && request.event !== 'Remove') this.#complete(request, request.status)
  }

  /** The removal has been processed. */
  finishRemove(): void {
    const request = this.#taken()
    if (request?.event === 'Remove') this.#complete(request, STATUS_SUCCESS)
  }

  /** The machine dropped a request's event. */
  drop(event: PnpEvent, status: number): void {
    if (this.#pending?.event === event) this.#complete(this.#pending, status)
  }

  get isPending(): boolean {
    return this.#pending !== undefined
  }

  /** Issues the next request if it may be issued now. */
  next(): void {
    if (this.#pending !== undefined || !this.#events.mayIssue()) return
    this.#pending = this.#waiting.shift()
    if (this.#pending === undefined) return
    this.#events.issued?.(this.#pending.event)
    this.#events.post(this.#pending.event)
  }

  #taken(): PnpRequest | undefined {
    const request = this.#pending
    return request === undefined || this.#events.isQueued(request.event) ? undefined : request
  }

  #complete(request: PnpRequest, status: number): void {
    this.#pending = undefined
    this.#events.completed?.(request.event, status)
    request.complete(status)
    this.next()
    if (this.#pending === undefined) this.#events.idle()
  }
}
