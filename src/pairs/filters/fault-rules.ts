/**
 * FaultRules: which requests the fault filter lets fail or wait. Runs on: the filter's worker.
 * The first rule that hits decides. One seed, one order of requests: the same faults.
 */
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
  type Request,
} from '../../index.js'

const MAJORS = {
  read: IRP_MJ_READ,
  write: IRP_MJ_WRITE,
  flush: IRP_MJ_FLUSH_BUFFERS,
  deviceControl: IRP_MJ_DEVICE_CONTROL,
  any: -1,
} as const

const MAX_DELAY_MS = 2 ** 31 - 1

export interface FaultRule {
  /** Default any. */
  readonly on?: keyof typeof MAJORS
  /** An NTSTATUS that is an error: the request ends with it and never goes down. */
  readonly status?: number
  /** It waits so many milliseconds first. Without a status it goes down then. */
  readonly delayMs?: number
  /** How often a request that fits is hit, 0 to 1. Default 1. */
  readonly probability?: number
  /** Only reads and writes that touch bytes from `from` (default 0) up to, not including, `to` (default: the end). */
  readonly from?: number
  readonly to?: number
  /** Lets the first so many that fit pass. Default 0. */
  readonly after?: number
  /** Hits at most so many. Default: no limit. */
  readonly count?: number
}

export interface FaultParameters {
  readonly rules: readonly FaultRule[]
  /** A whole number. Default 1. */
  readonly seed?: number
}

/** What happens to a request: an end (status not 0), perhaps after a while, or only the while. */
export interface Fault {
  readonly status: number
  readonly delayMs: number
}

class ActiveRule {
  readonly fault: Fault
  readonly major: number
  readonly probability: number
  readonly from: number
  readonly to: number
  readonly hasRange: boolean
  toPass: number
  left: number

  constructor(rule: FaultRule, index: number) {
    const { on = 'any', status = 0, delayMs = 0, probability = 1, after = 0 } = rule
    const { from = 0, to = Infinity, count = Infinity } = rule
    const refuse = (name: keyof FaultRule, wanted: string): never => {
      throw new RangeError(`rule ${index}: ${name} is ${String(rule[name])}; it must be ${wanted}`)
    }
    if (!Object.hasOwn(MAJORS, on)) refuse('on', `one of ${Object.keys(MAJORS).join(', ')}`)
    const isError = status === (status | 0) && status >>> 30 === 3
    if (rule.status !== undefined && !isError) refuse('status', 'an NTSTATUS that is an error')
    if (!(delayMs >= 0 && delayMs <= MAX_DELAY_MS)) refuse('delayMs', `from 0 to ${MAX_DELAY_MS}`)
    if (status === 0 && delayMs === 0) refuse('status', 'given where there is no delayMs')
    if (!(probability >= 0 && probability <= 1)) refuse('probability', 'from 0 to 1')
    if (!(from >= 0)) refuse('from', '0 or more')
    if (!(to > from)) refuse('to', 'more than from')
    if (!(Number.isInteger(after) && after >= 0)) refuse('after', 'a whole number from 0')
    if (!(count === Infinity || (Number.isInteger(count) && count >= 0))) {
      refuse('count', 'a whole number from 0')
    }
    this.fault = { status, delayMs }
    this.major = MAJORS[on]
    this.probability = probability
    this.hasRange = rule.from !== undefined || rule.to !== undefined
    this.from = from
    this.to = to
    this.toPass = after
    this.left = count
  }

  fits(request: Request): boolean {
    const { majorFunction } = request
    if (this.major !== -1 && this.major !== majorFunction) return false
    if (!this.hasRange) return true
    if (majorFunction !== IRP_MJ_READ && majorFunction !== IRP_MJ_WRITE) return false
    const first = request.deviceOffset
    return first < this.to && first + request.length > this.from
  }
}

export class FaultRules {
  readonly #rules: readonly ActiveRule[]
  #state: number

  /** Throws a RangeError or TypeError that names the wrong rule. */
  constructor(parameters: Readonly<Record<string, unknown>>) {
    const { rules, seed = 1 } = parameters as Partial<FaultParameters>
    if (!Array.isArray(rules)) {
      throw new TypeError(
        'the fault filter needs parameters { rules: [{ on, status, delayMs, … }] }',
      )
    }
    if (!Number.isInteger(seed)) throw new RangeError(`seed is ${seed}; it must be a whole number`)
    this.#rules = rules.map((rule: FaultRule, index) => new ActiveRule(rule, index))
    this.#state = seed | 0
  }

  /** Null: the request goes down. */
  decide(request: Request): Fault | null {
    for (const rule of this.#rules) {
      if (rule.left === 0 || !rule.fits(request)) continue
      if (rule.toPass > 0) {
        rule.toPass--
        continue
      }
      if (rule.probability < 1 && this.#random() >= rule.probability) continue
      rule.left--
      return rule.fault
    }
    return null
  }

  /** From 0 to 1: splitmix32. */
  #random(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0
    let bits = this.#state ^ (this.#state >>> 16)
    bits = Math.imul(bits, 0x21f0aaad)
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97)
    return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32
  }
}
