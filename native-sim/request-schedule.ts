// The next request and when it is due: a source of requests and an arrival process, in step.
// Runs on: the producer's thread; one object belongs to one thread. HOT: nothing is allocated per request.
// Invariant: the next request is drawn once and kept until it is taken, so that time never changes the sequence.

import { type ArrivalProcess, ClosedLoop } from './arrival.js'
import type { RequestSource } from './request-source.js'

export class RequestSchedule {
  /** Its fields tell the next request, while `hasNext`. */
  readonly source: RequestSource
  /** Requests have due times of their own; in a closed loop each is due as soon as there is a place for it. */
  readonly isOpenLoop: boolean
  /** Arrivals that found no place when they were due. */
  refusals = 0
  readonly #arrivals: ArrivalProcess
  readonly #requests: number
  /** [0] when the next request is due, in nanoseconds: a field would be boxed anew each time. */
  readonly #times = new Float64Array(1)
  #drawn = 0
  #hasNext = false
  #wasRefused = false

  /** @param requests how many there are at most; Infinity: as many as the source has */
  constructor(source: RequestSource, arrivals: ArrivalProcess, requests: number) {
    this.source = source
    this.isOpenLoop = !(arrivals instanceof ClosedLoop)
    this.#arrivals = arrivals
    this.#requests = requests
  }

  /** The time from which the first arrival counts. */
  begin(nowNs: number): void {
    this.#times[0] = nowNs
  }

  /** When the next request is due, in an open loop. */
  get dueNs(): number {
    return this.#times[0] ?? 0
  }

  /** Draws the next request if the last one was taken. False: there is none left. */
  hasNext(): boolean {
    if (this.#hasNext) return true
    if (this.#drawn >= this.#requests || !this.source.advance()) return false
    this.#drawn++
    this.#hasNext = true
    this.#wasRefused = false
    if (this.isOpenLoop) this.#times[0] = this.dueNs + this.#arrivals.nextDelayNs()
    return true
  }

  /** Is it time for the next request? */
  isDue(nowNs: number): boolean {
    return !this.isOpenLoop || this.dueNs <= nowNs
  }

  /** The next request has been sent. */
  take(): void {
    this.#hasNext = false
  }

  /** The next request was due and could not be sent; counted once a request. */
  refuse(): void {
    if (this.#wasRefused) return
    this.#wasRefused = true
    this.refusals++
  }
}
