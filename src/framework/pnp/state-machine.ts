/**
 * The engine of every state machine: a table, its entry functions, a queue of events.
 * Runs on: the device's home worker, never on the path of a request.
 *
 *   post(e)     queue it; the scheduler runs the machine
 *   advance     take an event that the state is open for → table → enter the next state, until none is left
 *   enter(s)    [leave callback] → [enter callback] → state := s → entry function → [post-process callback]
 *               → the entry function's answer: a state that is entered next, or STAY
 *
 * An entry function that calls a driver is a generator that yields what the callback returned. A promise pauses
 * the machine until it is settled; anything else goes on at once, so a driver without promises costs no turn of
 * the event loop and no microtask. Source: [WDF] PnpProcessEvent and its like; kmdf.md 6.5.
 * Invariants: one entry function at a time; its answer is one that the table lists.
 */
import { EventQueue, type PushResult } from './event-queue.js'
import type { MachineScheduler, Runnable } from './machine-scheduler.js'
import type { StateNotification } from './state-change-callbacks.js'
import type { STAY, StateTable } from './state-table.js'

/** Steps of an entry function: yields results of callbacks, gets them back once they are settled. */
export type Steps<Result> = Generator<unknown, Result, unknown>

export type EntryResult<State extends string> = State | typeof STAY

export type EntryFunction<State extends string> = () =>
  | EntryResult<State>
  | Steps<EntryResult<State>>

/** The entry function of each state that has one. */
export type EntryFunctions<State extends string> = { readonly [S in State]?: EntryFunction<State> }

/** Where a machine finds the entry function of a state; undefined for a state that has none. */
export type EntrySource<State extends string> = (state: State) => EntryFunction<State> | undefined

export interface MachineDescription<State extends string, Event extends string> {
  readonly name: string
  readonly table: StateTable<State, Event>
  readonly entries: EntrySource<State>
  readonly initial: NoInfer<State>
  readonly priorityEvents: ReadonlySet<Event>
  readonly singularEvents?: ReadonlySet<Event>
}

/** What a machine tells its owner. */
export interface MachineObserver<State extends string, Event extends string> {
  /** A state is being left or entered, or its entry function has ended. */
  notified?(notification: StateNotification<State>): void
  /** An event is taken from the queue in that state and leads on. */
  taken?(event: Event, state: State): void
  /** An event found no edge. `known`: the table says that this one may be dropped here. */
  dropped?(event: Event, state: State, known: boolean): void
  /** An event was refused before it was queued. */
  refused?(event: Event, why: Exclude<PushResult, 'queued'>): void
}

const HISTORY_LENGTH = 16

export class StateMachine<State extends string, Event extends string> implements Runnable {
  readonly name: string
  readonly #table: StateTable<State, Event>
  readonly #entries: EntrySource<State>
  readonly #queue: EventQueue<Event>
  readonly #scheduler: MachineScheduler
  readonly #observer: MachineObserver<State, Event>
  readonly #history: State[]
  #state: State
  #steps: Steps<EntryResult<State>> | undefined
  /** How the entry function goes on; undefined while it waits for a promise. */
  #step: Step<State> | undefined

  constructor(
    description: MachineDescription<State, Event>,
    scheduler: MachineScheduler,
    observer: MachineObserver<State, Event> = {},
  ) {
    this.name = description.name
    this.#table = description.table
    this.#entries = description.entries
    this.#queue = new EventQueue(description.priorityEvents, description.singularEvents)
    this.#state = description.initial
    this.#history = [description.initial]
    this.#scheduler = scheduler
    this.#observer = observer
  }

  get state(): State {
    return this.#state
  }

  /** The states it was in last, oldest first. */
  get history(): readonly State[] {
    return this.#history
  }

  /** True when it waits for an event, not for a callback's promise. */
  get isWaiting(): boolean {
    return this.#steps === undefined
  }

  /** True while that event is in the queue. */
  hasQueued(event: Event): boolean {
    return this.#queue.has(event)
  }

  /** Queues an event and has the machine run. */
  post(event: Event): void {
    const result = this.#queue.push(event)
    if (result === 'queued') this.#scheduler.schedule(this)
    else this.#observer.refused?.(event, result)
  }

  /** Puts the machine into a state without an event: for what no table foresees. It must be waiting. */
  enter(state: State): void {
    this.#enter(state)
    this.#scheduler.schedule(this)
  }

  /** No event is taken any more. */
  close(): void {
    this.#queue.close()
  }

  advance(): void {
    for (;;) {
      const step = this.#step
      if (step !== undefined) {
        this.#step = undefined
        this.#run(step)
      } else if (this.#steps !== undefined || !this.#takeEvent()) {
        return
      }
    }
  }

  #takeEvent(): boolean {
    const row = this.#table[this.#state]
    const event = this.#queue.take(row.open === true)
    if (event === undefined) return false
    const target = row.on?.[event]
    if (target === undefined) {
      this.#observer.dropped?.(event, this.#state, row.drops?.includes(event) === true)
    } else {
      this.#observer.taken?.(event, this.#state)
      this.#enter(target)
    }
    return true
  }

  #enter(first: State): void {
    let next: EntryResult<State> = first
    while (next !== null) {
      this.#change(next)
      const result: ReturnType<EntryFunction<State>> = this.#entries(next)?.() ?? null
      if (typeof result === 'object' && result !== null) {
        this.#steps = result
        this.#step = () => result.next()
        return
      }
      next = this.#processed(result)
    }
  }

  #change(newState: State): void {
    const currentState = this.#state
    this.#observer.notified?.({ type: 'leave', currentState, newState })
    if (this.#history.push(newState) > HISTORY_LENGTH) this.#history.shift()
    this.#observer.notified?.({ type: 'enter', currentState, newState })
    this.#state = newState
  }

  #processed(result: EntryResult<State>): EntryResult<State> {
    const { next } = this.#table[this.#state]
    if (next === undefined ? result !== null : !next.includes(result)) {
      throw new Error(`${this.name}: the entry function of ${this.#state} answered ${result}`)
    }
    this.#observer.notified?.({ type: 'postProcess', currentState: this.#state })
    return result
  }

  /** Runs the entry function on: to its end, or to a promise. */
  #run(step: Step<State>): void {
    const steps = this.#steps!
    let at = step()
    while (at.done !== true) {
      if (isThenable(at.value)) {
        this.#goOnAfter(at.value, steps)
        return
      }
      at = steps.next(at.value)
    }
    this.#steps = undefined
    const next = this.#processed(at.value)
    if (next !== null) this.#enter(next)
  }

  #goOnAfter(promise: PromiseLike<unknown>, steps: Steps<EntryResult<State>>): void {
    const goOn = (step: Step<State>): void => {
      this.#step = step
      this.#scheduler.schedule(this)
    }
    promise.then(
      (value) => goOn(() => steps.next(value)),
      (error: unknown) => goOn(() => steps.throw(error)),
    )
  }
}

type Step<State extends string> = () => IteratorResult<unknown, EntryResult<State>>

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
