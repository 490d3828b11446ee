// Fault plan: what simulated hardware is to do wrong, how often, from one seed; and what it really did.
// Runs on: the hardware's thread. The same seed and the same steps give the same faults.

import { SimulationError } from './errors.js'
import { Random } from './random.js'

/** Probabilities are 0 to 1, each of one event of its kind; times are microseconds. */
export interface FaultOptions {
  /** Default 1. */
  readonly seed?: number
  /** A message interrupt arrives that much later. */
  readonly lateInterrupt?: { readonly probability: number; readonly delayUs: number }
  /** A message interrupt is never raised. A level cannot be lost. */
  readonly lostInterrupt?: { readonly probability: number }
  /** An interrupt without a cause, at a poll of the device. */
  readonly spuriousInterrupt?: { readonly probability: number }
  /** A level line stays active that long after its cause has gone; Infinity: for ever. */
  readonly stuckInterrupt?: { readonly probability: number; readonly forUs: number }
  /** A transfer takes that much longer. */
  readonly slowDma?: { readonly probability: number; readonly delayUs: number }
  /** A transfer fails, and nothing is written. */
  readonly failedDma?: { readonly probability: number }
  /** The device is pulled out that long after its first poll. */
  readonly surpriseRemovalAtUs?: number
}

/** How often each fault was injected. */
export interface FaultCounts {
  readonly late: number
  readonly lost: number
  readonly spurious: number
  readonly stuck: number
  readonly slowDma: number
  readonly failedDma: number
  readonly removed: number
}

const KINDS = [
  'lateInterrupt',
  'lostInterrupt',
  'spuriousInterrupt',
  'stuckInterrupt',
  'slowDma',
  'failedDma',
] as const
type Kind = (typeof KINDS)[number]
/** What a kind needs besides its probability, microseconds. */
const TIMES: Partial<Record<Kind, string>> = {
  lateInterrupt: 'delayUs',
  stuckInterrupt: 'forUs',
  slowDma: 'delayUs',
}
/** Probability of a kind that was not asked for. */
const NEVER = -1

/** No fault kind but these, so that a misspelt one does not pass for a healthy device. */
const OPTIONS: readonly string[] = [...KINDS, 'seed', 'surpriseRemovalAtUs']

export class FaultPlan {
  late = 0
  lost = 0
  spurious = 0
  stuck = 0
  slowDma = 0
  failedDma = 0
  removed = 0
  readonly #options: FaultOptions
  readonly #random: Random
  // Probabilities, NEVER for a kind that was not asked for: a healthy device pays a comparison a question.
  readonly #late: number
  readonly #lost: number
  readonly #spurious: number
  readonly #stuck: number
  readonly #slow: number
  readonly #failed: number
  #removalUs = Infinity
  #hasStarted = false

  /** @throws SimulationError */
  constructor(options: FaultOptions = {}) {
    checkFaults(options)
    this.#options = options
    const probabilityOf = (kind: Kind): number => options[kind]?.probability ?? NEVER
    this.#late = probabilityOf('lateInterrupt')
    this.#lost = probabilityOf('lostInterrupt')
    this.#spurious = probabilityOf('spuriousInterrupt')
    this.#stuck = probabilityOf('stuckInterrupt')
    this.#slow = probabilityOf('slowDma')
    this.#failed = probabilityOf('failedDma')
    this.#random = new Random(options.seed ?? 1)
  }

  get counts(): FaultCounts {
    const { late, lost, spurious, stuck, slowDma, failedDma, removed } = this
    return { late, lost, spurious, stuck, slowDma, failedDma, removed }
  }

  /** Whether the device is to be gone by now. Says so once. */
  isRemovedNow(nowUs: number): boolean {
    if (!this.#hasStarted) {
      this.#hasStarted = true
      this.#removalUs = nowUs + (this.#options.surpriseRemovalAtUs ?? Infinity)
    }
    if (nowUs < this.#removalUs) return false
    this.#removalUs = Infinity
    this.removed++
    return true
  }

  /** When the device will be pulled out; Infinity if never. */
  get removalUs(): number {
    return this.#removalUs
  }

  losesInterrupt(): boolean {
    if (!this.#strikes(this.#lost)) return false
    this.lost++
    return true
  }

  /** How much later an interrupt comes, 0 = in time. */
  interruptDelayUs(): number {
    if (!this.#strikes(this.#late)) return 0
    this.late++
    return this.#options.lateInterrupt?.delayUs ?? 0
  }

  raisesForNothing(): boolean {
    if (!this.#strikes(this.#spurious)) return false
    this.spurious++
    return true
  }

  /** How long a line stays active after its cause has gone, 0 = not at all. */
  stuckUs(): number {
    if (!this.#strikes(this.#stuck)) return 0
    this.stuck++
    return this.#options.stuckInterrupt?.forUs ?? 0
  }

  /** How much longer a transfer takes, 0 = as long as ever. */
  dmaDelayUs(): number {
    if (!this.#strikes(this.#slow)) return 0
    this.slowDma++
    return this.#options.slowDma?.delayUs ?? 0
  }

  failsDma(): boolean {
    if (!this.#strikes(this.#failed)) return false
    this.failedDma++
    return true
  }

  /** A kind that was not asked for draws nothing: it leaves the sequence of the others as it is. */
  #strikes(probability: number): boolean {
    return probability >= 0 && this.#random.nextFloat() < probability
  }
}

/** @throws SimulationError for an unknown kind, a probability outside 0 to 1, or a time below 0. */
export function checkFaults(options: FaultOptions): void {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) {
      throw new SimulationError('faults', name, `made of ${OPTIONS.join(', ')}`)
    }
  }
  for (const kind of KINDS) {
    const fault = options[kind]
    if (fault === undefined) continue
    const { probability } = fault
    if (!isFrom0(probability) || probability > 1) {
      throw new SimulationError(`faults.${kind}.probability`, probability, 'a number from 0 to 1')
    }
    const time = TIMES[kind]
    const value: unknown = time === undefined ? 0 : Reflect.get(fault, time)
    if (isFrom0(value)) continue
    throw new SimulationError(`faults.${kind}.${time}`, value, 'microseconds, 0 or more')
  }
  const { surpriseRemovalAtUs = 0 } = options
  if (!(surpriseRemovalAtUs >= 0)) {
    throw new SimulationError(
      'faults.surpriseRemovalAtUs',
      surpriseRemovalAtUs,
      'microseconds, 0 or more',
    )
  }
}

function isFrom0(value: unknown): boolean {
  return typeof value === 'number' && value >= 0
}
