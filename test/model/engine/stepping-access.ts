/**
 * Stepping access port: takes the place of src/sharedarraybuffer-queue/access when the checker loads the shipped
 * source, so that the same code can be stopped before any access to shared memory.
 * Runs on: the checker's own thread.
 *
 * An execution feeds an actor the results of the accesses it has done so far; the first access it has no
 * result for is noted, and the actor is suspended there by an exception. Without an execution (while a
 * scenario sets its memory up) accesses happen at once.
 */
import type * as Access from '../../../src/sharedarraybuffer-queue/access.js'
import * as kinds from './access-kind.js'

export type Guard = (value: number) => boolean

/** Results for an actor, and what it wants to do when they are used up. */
export class Execution {
  readonly log: readonly number[]
  /** Results used so far. */
  at = 0
  isSuspended = false
  kind = kinds.FINISHED
  words: Int32Array | undefined
  index = 0
  /** Value to store, add, or expect. */
  a = 0
  /** Value to put in place of the expected one. */
  b = 0
  guard: Guard | undefined

  constructor(log: readonly number[]) {
    this.log = log
  }

  get isReplayed(): boolean {
    return this.at === this.log.length
  }
}

/** What suspends an actor. Not an Error: nothing of it is ever shown. */
export const SUSPENDED: unknown = Object.freeze({ suspended: true })

let current: Execution | undefined
let recording: number[] | undefined

/** Runs an actor with the results of `execution`. */
export function execute<T>(execution: Execution, actor: () => T): T {
  current = execution
  try {
    return actor()
  } finally {
    current = undefined
  }
}

/** Runs something at once, on the memory itself, and returns the results of its accesses. */
export function record(action: () => void): number[] {
  const results: number[] = []
  recording = results
  try {
    action()
  } finally {
    recording = undefined
  }
  return results
}

function step(kind: number, words: Int32Array, index: number, a = 0, b = 0, guard?: Guard): number {
  const execution = current
  if (execution === undefined) {
    const result = happen(kind, words, index, a, b)
    recording?.push(result)
    return result
  }
  if (!execution.isSuspended) {
    if (execution.at < execution.log.length) return execution.log[execution.at++] as number
    execution.isSuspended = true
    execution.kind = kind
    execution.words = words
    execution.index = index
    execution.a = a
    execution.b = b
    execution.guard = guard
  }
  // A `finally` of the suspended code that comes back here is suspended again.
  throw SUSPENDED
}

/** The access itself, on memory that nobody else sees yet. */
function happen(kind: number, words: Int32Array, index: number, a: number, b: number): number {
  const before = words[index] as number
  if (kind === kinds.WAIT || kind === kinds.AWAIT) {
    throw new Error('an actor cannot wait while the scenario is set up')
  }
  if (kinds.writes(kind)) words[index] = changed(kind, before, a, b)
  return kind === kinds.STORE || kind === kinds.WRITE || kind === kinds.NOTIFY ? 0 : before
}

/** The word after a writing access. */
export function changed(kind: number, before: number, a: number, b: number): number {
  switch (kind) {
    case kinds.ADD:
      return (before + a) | 0
    case kinds.COMPARE_EXCHANGE:
      return before === a ? b : before
    default:
      return a
  }
}

/** The model's own access: a busy wait until `guard` holds of the word. Returns the value. */
export function awaitWord(words: Int32Array, index: number, guard: Guard): number {
  return step(kinds.AWAIT, words, index, 0, 0, guard)
}

const port: typeof Access = {
  load: (words, index) => step(kinds.LOAD, words, index),
  store: (words, index, value) => void step(kinds.STORE, words, index, value | 0),
  add: (words, index, value) => step(kinds.ADD, words, index, value | 0),
  exchange: (words, index, value) => step(kinds.EXCHANGE, words, index, value | 0),
  compareExchange: (words, index, expected, value) =>
    step(kinds.COMPARE_EXCHANGE, words, index, expected | 0, value | 0),
  wait: (words, index, expected) => step(kinds.WAIT, words, index, expected | 0) === kinds.WOKEN,
  waitOnEventLoop: () => {
    throw new Error('sleeping on the event loop cannot be stepped: the Spin models have it')
  },
  notify: (words, index) => void step(kinds.NOTIFY, words, index),
  read: (words, index) => step(kinds.READ, words, index),
  write: (words, index, value) => void step(kinds.WRITE, words, index, value | 0),
  pause: () => {},
}

export const {
  load,
  store,
  add,
  exchange,
  compareExchange,
  wait,
  waitOnEventLoop,
  notify,
  read,
  write,
  pause,
} = port

/** The port with `Atomics.notify` waking one waiter only, as the mutant "wake one" has it. */
export function notifyOne(words: Int32Array, index: number): void {
  step(kinds.NOTIFY, words, index, 1)
}
