// The clock of simulated hardware: real for threads, virtual for tests.
// Runs on: the hardware's thread (or the one that steps it).

export interface HardwareClock {
  /** Microseconds since any moment; never goes back. */
  nowUs(): number
}

export class RealClock implements HardwareClock {
  nowUs(): number {
    return performance.now() * 1000
  }
}

/** Stands still until it is moved. */
export class VirtualClock implements HardwareClock {
  #nowUs = 0

  nowUs(): number {
    return this.#nowUs
  }

  advance(us: number): void {
    this.#nowUs += us
  }
}
