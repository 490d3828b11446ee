/**
 * Lets the machines of one device run one after another on one thread, where KMDF has a thread for each.
 * Runs on: the device's home worker.
 * Invariants: a machine never runs inside another one's entry function, so an event that is posted there is
 * handled when that machine waits; machines run in the order in which they got something to do.
 */

export interface Runnable {
  /** Runs until the machine waits for an event or for a callback's promise. */
  advance(): void
}

export class MachineScheduler {
  readonly #ready: Runnable[] = []
  #running = false

  /** Has a machine run: now, or after the one that is running. */
  schedule(machine: Runnable): void {
    if (!this.#ready.includes(machine)) this.#ready.push(machine)
    if (this.#running) return
    this.#running = true
    try {
      for (let next = this.#ready.shift(); next !== undefined; next = this.#ready.shift()) {
        next.advance()
      }
    } finally {
      this.#running = false
    }
  }
}
