/**
 * Behaviours: what a driver of a chaos run shall do with a request. Runs on: any thread; numbers only.
 */
import type { Random } from '../../native-sim/random.js'

export const AT_ONCE = 0
/** From setImmediate. */
export const LATER = 1
/** Held for a moment, cancelable. */
export const CANCELABLE = 2
/** Held for a moment; a cancel changes nothing. */
export const HOLD = 3
/** Asks once whether it was cancelled. */
export const POLLS = 4
/** The handler throws. */
export const THROW = 5

/** Held until it is cancelled. */
export const FOREVER = 6

const RARE = [LATER, CANCELABLE, HOLD, POLLS, THROW]
/** One request in so many does not simply complete: most of the load is plain. */
const RARE_EVERY = 200

export function drawBehaviour(random: Random): number {
  if (random.nextBelow(RARE_EVERY) !== 0) return AT_ONCE
  return RARE[random.nextBelow(RARE.length)] as number
}
