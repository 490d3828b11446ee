/**
 * Injection: failures of allocations, delays of calls and completions that come later, drawn from a seed: the same
 * driver doing the same things meets them at the same places. Runs on: worker.
 */
import { STATUS_INSUFFICIENT_RESOURCES } from '../abi/ntstatus.js'
import { WdfStatusError } from '../framework/errors.js'
import type { VerifierSettings } from '../irp/violation-report.js'

export class Injection {
  allocations = 0
  failures = 0
  delays = 0
  pended = 0
  readonly #settings: VerifierSettings
  readonly #drawFailure: () => number
  readonly #drawDelay: () => number
  readonly #drawPending: () => number

  constructor(settings: VerifierSettings, worker: number) {
    this.#settings = settings
    this.#drawFailure = drawer((settings.allocationFailures?.seed ?? 0) + worker)
    this.#drawDelay = drawer((settings.forcedDelays?.seed ?? 0) + worker)
    this.#drawPending = drawer((settings.forcePending?.seed ?? 0) + worker)
  }

  /** True: the allocation that is about to be made shall fail. */
  fails(): boolean {
    const { allocationFailures: wanted } = this.#settings
    this.allocations++
    if (wanted === null || this.allocations <= wanted.after) return false
    if (this.#drawFailure() >= wanted.probability) return false
    this.failures++
    return true
  }

  /** @throws WdfStatusError STATUS_INSUFFICIENT_RESOURCES where an allocation shall fail. */
  allocate(what: string): void {
    if (!this.fails()) return
    throw new WdfStatusError(
      STATUS_INSUFFICIENT_RESOURCES,
      `the verifier lets the allocation of ${what} fail`,
      this.allocations,
    )
  }

  /** True: what is about to be sent shall not come back before `send` returns. */
  pends(): boolean {
    const { forcePending: wanted } = this.#settings
    if (wanted === null || this.#drawPending() >= wanted.probability) return false
    this.pended++
    return true
  }

  /** Takes a while, now and then: other threads get ahead of this one. */
  delay(): void {
    const { forcedDelays: wanted } = this.#settings
    if (wanted === null || this.#drawDelay() >= wanted.probability) return
    this.delays++
    const until = performance.now() + (this.#drawDelay() * wanted.maxMicroseconds) / 1000
    while (performance.now() < until);
  }
}

/** Numbers from 0 to 1 (Mulberry32): a seed gives the same ones everywhere. */
function drawer(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
