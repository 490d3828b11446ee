/**
 * Options of the verifier, with their defaults and limits. Runs on: main.
 */
import { MAX_TIMER_MS } from '../abi/timer-limit.js'
import type {
  AllocationFailures,
  ForcedDelays,
  ForcePending,
  VerifierSettings,
  ViolationAction,
} from '../irp/violation-report.js'
import { CHECKED_RULES } from '../verifier/rules.js'
import { checkObject, refuse } from './engine-options.js'

export interface VerifierOptions {
  /** Names of the rules to report; `VERIFIER_RULES` has them. Default: all. */
  readonly rules?: readonly string[]
  /**
   * Beside the `violation` event. `report` (default): nothing, the driver goes on. `throw`: a WdfViolation at the
   * offending call, as a bug check that harms one request; a request that nobody can end any more is ended.
   * `failDevice`: throws, and the device fails: its requests end, its stop sequence runs.
   */
  readonly onViolation?: ViolationAction
  /** Lets allocations fail (queues, requests, locks, timers, views of buffers, …) with STATUS_INSUFFICIENT_RESOURCES. */
  readonly allocationFailures?: Partial<AllocationFailures>
  /** Lets calls into the Framework take longer, so that other threads get ahead. */
  readonly forcedDelays?: Partial<ForcedDelays>
  /**
   * Lets requests that a driver sends to a device of its own worker come back later, never inside `send`: as Driver
   * Verifier's Force Pending I/O Requests. Finds drivers that take them for done when `send` returns.
   */
  readonly forcePending?: Partial<ForcePending>
  /** How long a driver without EvtIoStop may keep its device from going down, in milliseconds. Default 1000. */
  readonly stopPatienceMs?: number
}

const ACTIONS: readonly string[] = ['report', 'throw', 'failDevice']
const VARIABLE = 'IRPOOL_VERIFIER'
const MAX_DELAY_US = 1e6

/** Null when the verifier is off. @throws EngineError ERR_IRP_OPTION for what cannot be. */
export function checkVerifier(
  option: boolean | VerifierOptions | undefined,
  environment: string | undefined = process.env[VARIABLE],
): VerifierSettings | null {
  const options = option === undefined ? fromEnvironment(environment) : option
  if (options === false) return null
  if (options === true) return checkVerifier({})
  if (typeof options !== 'object' || options === null) {
    refuse('verifier', options, 'true, false or an object')
  }
  const { rules, onViolation = 'report', stopPatienceMs = 1000 } = options
  if (!ACTIONS.includes(onViolation)) {
    refuse('verifier.onViolation', onViolation, `one of ${ACTIONS.join(', ')}`)
  }
  if (
    !(typeof stopPatienceMs === 'number' && stopPatienceMs >= 0 && stopPatienceMs <= MAX_TIMER_MS)
  ) {
    refuse('verifier.stopPatienceMs', stopPatienceMs, 'a number of milliseconds from 0')
  }
  return {
    rules: checkRules(rules),
    onViolation,
    allocationFailures: checkFailures(options.allocationFailures),
    forcedDelays: checkDelays(options.forcedDelays),
    forcePending: checkPending(options.forcePending),
    stopPatienceMs,
  }
}

function fromEnvironment(value: string | undefined): boolean | VerifierOptions {
  if (value === undefined || value === '' || value === '0') return false
  if (value === '1') return true
  if (ACTIONS.includes(value)) return { onViolation: value as ViolationAction }
  return refuse(`environment variable ${VARIABLE}`, value, `0, 1 or one of ${ACTIONS.join(', ')}`)
}

function checkRules(rules: readonly string[] | undefined): readonly string[] | null {
  if (rules === undefined) return null
  if (!Array.isArray(rules)) refuse('verifier.rules', rules, 'a list of names')
  for (const rule of rules as readonly string[]) {
    if (!CHECKED_RULES.includes(rule)) {
      refuse('verifier.rules', rule, 'a rule that is checked: see VERIFIER_RULES')
    }
  }
  return [...(rules as readonly string[])]
}

function checkFailures(
  options: Partial<AllocationFailures> | undefined,
): AllocationFailures | null {
  if (options === undefined) return null
  const name = 'verifier.allocationFailures'
  checkObject(name, options)
  const { seed = 1, probability = 0.06, after = 0 } = options
  checkSeed(`${name}.seed`, seed)
  checkProbability(`${name}.probability`, probability)
  if (!(Number.isInteger(after) && after >= 0)) {
    refuse(`${name}.after`, after, 'a whole number from 0')
  }
  return { seed, probability, after }
}

function checkDelays(options: Partial<ForcedDelays> | undefined): ForcedDelays | null {
  if (options === undefined) return null
  const name = 'verifier.forcedDelays'
  checkObject(name, options)
  const { seed = 1, probability = 0.01, maxMicroseconds = 100 } = options
  checkSeed(`${name}.seed`, seed)
  checkProbability(`${name}.probability`, probability)
  if (!(maxMicroseconds >= 0 && maxMicroseconds <= MAX_DELAY_US)) {
    refuse(`${name}.maxMicroseconds`, maxMicroseconds, `a number from 0 to ${MAX_DELAY_US}`)
  }
  return { seed, probability, maxMicroseconds }
}

function checkPending(options: Partial<ForcePending> | undefined): ForcePending | null {
  if (options === undefined) return null
  const name = 'verifier.forcePending'
  if (typeof options !== 'object' || options === null) refuse(name, options, 'an object')
  const { seed = 1, probability = 1 } = options
  checkSeed(`${name}.seed`, seed)
  checkProbability(`${name}.probability`, probability)
  return { seed, probability }
}

function checkSeed(name: string, seed: number): void {
  if (!Number.isInteger(seed)) refuse(name, seed, 'a whole number')
}

function checkProbability(name: string, probability: number): void {
  if (!(probability >= 0 && probability <= 1)) refuse(name, probability, 'a number from 0 to 1')
}
