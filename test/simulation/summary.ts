/** Summary: what many seeds did, added up, and in words. Runs on: the simulation's one thread. */
import { FAULT_KINDS } from './fault-book.js'
import { messageOf } from './kernel.js'
import type { SimulationResult } from './simulate.js'

export class Summary {
  seeds = 0
  steps = 0
  accesses = 0
  requests = 0
  virtualMs = 0
  readonly faults: Record<string, number> = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0]))
  readonly violations: { readonly seed: number; readonly message: string }[] = []

  add({ seed, failure, steps, accesses, requests, virtualMs, faults }: SimulationResult): void {
    this.seeds++
    this.steps += steps
    this.accesses += accesses
    this.requests += requests
    this.virtualMs += virtualMs
    for (const kind of FAULT_KINDS) {
      this.faults[kind] = (this.faults[kind] ?? 0) + faults.counts[kind]
    }
    if (failure !== undefined) this.violations.push({ seed, message: messageOf(failure) })
  }

  toString(): string {
    const { seeds, steps, accesses, requests, virtualMs, violations } = this
    const hours = (virtualMs / 3_600_000).toFixed(2)
    const faults = FAULT_KINDS.map((kind) => `${kind} ${this.faults[kind]}`)
    return [
      `simulation: seeds ${seeds}, steps ${steps}, shared accesses ${accesses}, requests ${requests}, virtual time ${hours} h`,
      `faults of ${faults.length} kinds: ${faults.join(', ')}`,
      `violations ${violations.length}`,
    ].join('\n')
  }
}
