/**
 * Scenario: actors over some shared memory, what may befall them, and what must hold when all has come to rest.
 * Runs on: the checker's own thread.
 */
import type { Actor } from './actor.js'

/** What is wrong with a run. */
export type Fault =
  | 'race'
  | 'lost wake-up'
  | 'lost'
  | 'duplicate'
  | 'order'
  | 'content'
  | 'leak'
  | 'stuck'
  | 'livelock'
  | 'exception'

/** Thrown by actors and judges: the run is wrong. */
export class Violation extends Error {
  readonly fault: Fault

  constructor(fault: Fault, message: string) {
    super(message)
    this.name = 'Violation'
    this.fault = fault
  }
}

/** Throws a violation unless `condition` holds. */
export function must(fault: Fault, condition: boolean, message: string): asserts condition {
  if (!condition) throw new Violation(fault, message)
}

export type ActorStatus = 'finished' | 'asleep' | 'dead' | 'waiting'

/** An actor in a state in which nothing can happen any more. */
export interface Rest {
  readonly status: ActorStatus
  /** Its private objects, for the judge to read. */
  readonly root: object
}

export interface Region {
  readonly name: string
  readonly words: Int32Array
}

/** One start of a scenario: memory of its own, actors over it, and their judge. */
export interface Run {
  readonly regions: readonly Region[]
  readonly actors: readonly Actor[]
  /** Word i becomes 1 when actor i has died: what a thread's 'exit' event tells. */
  readonly ended?: Int32Array
  /** Throws a Violation when the end is wrong. `load` gives the last value of a shared word. */
  judge(rests: readonly Rest[], load: (words: Int32Array, index: number) => number): void
}

export interface Scenario<Source> {
  readonly name: string
  /** First positions of all counters; each is searched. */
  readonly starts: readonly number[]
  /** Those that are searched at every push; all, unless the scenario is large. */
  readonly pushStarts?: readonly number[]
  readonly deaths?: number
  readonly timeouts?: number
  begin(source: Source, start: number): Run
}
