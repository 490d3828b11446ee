/**
 * The clock of the machines: time-outs only. Tests and the trace move one by hand.
 * Runs on: the device's home worker.
 */
import { MAX_TIMER_MS } from '../../abi/timer-limit.js'

export interface Clock {
  /** Calls `due` once after `ms` milliseconds, unless the function it returns is called before. */
  after(ms: number, due: () => void): () => void
}

/** Real time. A running timer makes its worker sleep on the event loop, where it is heard. */
export const realClock: Clock = {
  after(ms, due) {
    // Node's timers end at once for more than they can count.
    if (ms > MAX_TIMER_MS) return () => {}
    const timer = setTimeout(due, ms)
    return () => clearTimeout(timer)
  },
}

/** Time that moves only when it is told to. */
export class ManualClock implements Clock {
  #now = 0
  readonly #timers = new Map<() => void, number>()

  /** Milliseconds since it was made. */
  get now(): number {
    return this.#now
  }

  after(ms: number, due: () => void): () => void {
    const timer = (): void => due()
    this.#timers.set(timer, this.#now + ms)
    return () => this.#timers.delete(timer)
  }

  /** Lets time pass; timers run in order of their time, at their time. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let timer = this.#nextUntil(end); timer !== undefined; timer = this.#nextUntil(end)) {
      this.#now = this.#timers.get(timer)!
      this.#timers.delete(timer)
      timer()
    }
    this.#now = end
  }

  #nextUntil(end: number): (() => void) | undefined {
    let first: (() => void) | undefined
    for (const [timer, at] of this.#timers) {
      if (at <= end && (first === undefined || at < this.#timers.get(first)!)) first = timer
    }
    return first
  }
}
