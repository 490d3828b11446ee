/**
 * Fault book: which kinds of fault a seed injects, how often each strikes, and how often it did. Each seed takes some
 * of the kinds only: fewer kinds, more often, lead further than all of them together.
 * Runs on: the simulation's one thread.
 */
import type { Random } from '../../native-sim/random.js'

/** Probability of each kind, at each chance to strike, in a seed that has it. */
const RATES = {
  /** The thread of a worker ends, between any two accesses of a step. */
  'worker death': 0.006,
  /** A successor's thread ends before main knows that it runs. */
  'early death': 0.3,
  /** A handler never returns: the watchdog ends its thread. */
  'worker hang': 0.03,
  /** An exception outside every handler ends the thread. */
  'uncaught exception': 0.02,
  /** The thread that owns a channel ends. */
  'host death': 0.05,
  /** A notify reaches nobody: the net's time-out finds the work. */
  'lost wake-up': 0.05,
  /** A notify takes up to 30 ms. */
  'late wake-up': 0.15,
  /** Virtual time leaps, up to five seconds. */
  'clock jump': 0.002,
  /** A message of the control plane takes up to 200 ms; ports overtake each other. */
  'slow control plane': 0.2,
  /** The driver throws in a handler. */
  'driver throws': 0.05,
  /** The driver completes what it has completed. */
  'double completion': 0.05,
  /** The driver keeps a request until it is cancelled, or the device goes. */
  'never completes': 0.2,
  /** A message interrupt is never raised, or late. */
  'lost interrupt': 0.02,
  /** An interrupt without a cause. */
  'spurious interrupt': 0.02,
  /** A transfer takes longer, or fails. */
  'bad DMA': 0.05,
  /** The device is pulled out. */
  'surprise removal': 0.01,
  /** Slots or buffers are too few for what is asked: the submission is refused. Counted where it happens. */
  'no resources': 0,
} as const

export type FaultKind = keyof typeof RATES
export const FAULT_KINDS = Object.keys(RATES) as FaultKind[]

export class FaultBook {
  readonly counts: Record<FaultKind, number>
  /** No fault any more: what was begun has to end. */
  isQuiet = false
  readonly #rates = new Map<FaultKind, number>()
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
    this.counts = Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 0])) as typeof this.counts
    // One seed in eight has no fault at all: what it does must be perfect.
    const isCalm = random.nextBelow(8) === 0
    for (const kind of FAULT_KINDS) {
      if (!isCalm && random.nextBelow(3) === 0) this.#rates.set(kind, RATES[kind])
    }
  }

  has(kind: FaultKind): boolean {
    return this.#rates.has(kind)
  }

  /** Whether a fault strikes now; counted. */
  strikes(kind: FaultKind): boolean {
    const rate = this.#rates.get(kind)
    if (rate === undefined || rate === 0 || this.isQuiet) return false
    if (this.#random.nextFloat() >= rate) return false
    this.counts[kind]++
    return true
  }

  count(kind: FaultKind, times = 1): void {
    this.counts[kind] += times
  }

  /** Probability of a kind that something else draws for itself; 0 in a seed without it. */
  rate(kind: FaultKind): number {
    return this.#rates.get(kind) ?? 0
  }
}
