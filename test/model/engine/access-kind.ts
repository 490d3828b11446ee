/**
 * Kinds of accesses that an actor can be suspended at. Runs on: the checker's own thread. Numbers only.
 */
export const READ = 0
export const WRITE = 1
export const LOAD = 2
export const STORE = 3
export const ADD = 4
export const EXCHANGE = 5
export const COMPARE_EXCHANGE = 6
export const WAIT = 7
export const NOTIFY = 8
/** The model's own: a busy wait, enabled once its guard holds of the word's value. */
export const AWAIT = 9
/** No access: the actor's program has ended, or threw. */
export const FINISHED = 10
export const THREW = 11

/** Results of WAIT. */
export const TIMED_OUT = 0
export const WOKEN = 1

export const KIND_NAMES = [
  'read',
  'write',
  'load',
  'store',
  'add',
  'exchange',
  'compareExchange',
  'wait',
  'notify',
  'await',
  'finished',
  'threw',
] as const

/** Plain accesses: ordered only by what was published. */
export function isPlain(kind: number): boolean {
  return kind <= WRITE
}

/** Accesses that may change the word. */
export function writes(kind: number): boolean {
  return kind === WRITE || (kind >= STORE && kind <= COMPARE_EXCHANGE)
}
