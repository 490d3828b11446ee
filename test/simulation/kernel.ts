/**
 * Kernel: moves the actors of a simulation one step at a time, under one virtual clock and one seed. What is drawn,
 * and in which order, follows from the seed alone, so a seed gives the same run again, event by event.
 * Runs on: the simulation's one thread. Between two steps every microtask of the first has run: it belongs to the
 * actor that made it.
 */
import { Random } from '../../native-sim/random.js'
import { Actor } from './actor.js'
import { FaultBook } from './fault-book.js'
import { Killed, port, type PortHost } from './port.js'
import { real, settled } from './virtual-globals.js'
import type { WorkerActor } from './worker-actor.js'

/** Events that a failing seed shows. */
const KEPT_EVENTS = 200
/** The thread's real event loop turns after so many steps. */
const STEPS_PER_TURN = 256
/** A step takes up to that long. */
const STEP_MS = 0.02

interface Waiter {
  readonly actor: Actor
  readonly wake: () => void
  readonly isParked: boolean
}

export class Kernel implements PortHost {
  readonly random: Random
  readonly faults: FaultBook
  readonly actors: Actor[] = []
  readonly startMs: number
  nowMs: number
  steps = 0
  /** Whose code runs. */
  current: Actor | undefined
  failure: unknown
  /** The last events, oldest first. */
  readonly events: string[] = []
  readonly #keepsAll: boolean
  /** The thread that has started the engine. */
  readonly main: Actor
  /** What happens by itself. */
  readonly #nature: Actor
  #nextEvent = 0
  /** Told of each worker's thread that has ended. */
  onWorkerDeath: (worker: WorkerActor) => void = () => {}
  readonly #waiters = new Map<string, Waiter[]>()
  /** What happens when the accesses that are left have been made. */
  #atLimit: (() => void) | undefined

  constructor(seed: number, keepsAll: boolean) {
    this.random = new Random(seed)
    this.faults = new FaultBook(this.random)
    this.startMs = 1000 + this.random.nextBelow(1000)
    this.nowMs = this.startMs
    this.#keepsAll = keepsAll
    this.main = new Actor(this, 'main')
    this.#nature = new Actor(this, 'nature')
  }

  chance(probability: number): boolean {
    return probability > 0 && this.random.nextFloat() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[from.length === 1 ? 0 : this.random.nextBelow(from.length)] as T
  }

  /** From 0 to `ms`. */
  within(ms: number): number {
    return this.random.nextFloat() * ms
  }

  note(what: string): void {
    const { current, events } = this
    events.push(`${(this.nowMs - this.startMs).toFixed(3)} ${current?.name ?? '-'}: ${what}`)
    if (!this.#keepsAll && events.length > KEPT_EVENTS) events.shift()
  }

  /** The run has failed; the first reason counts. */
  fail(error: unknown): void {
    if (this.failure === undefined) this.note(`FAILED ${messageOf(error)}`)
    this.failure ??= error ?? new Error('a thread threw nothing')
  }

  /** Steps until `isOver`, or until the run has failed. `what`: for the message when it never ends. */
  async run(isOver: () => boolean, what: string, maxSteps: number): Promise<void> {
    const last = this.steps + maxSteps
    while (this.failure === undefined && !isOver()) {
      if (this.steps >= last) throw new Error(`${what}: not done after ${maxSteps} steps`)
      const ready = this.actors.filter((actor) => actor.nextMs <= this.nowMs)
      if (ready.length === 0) {
        this.#passTime(what)
        continue
      }
      await this.#stepOf(this.pick(ready))
    }
  }

  /** Runs a piece of one actor's code; what it leaves to its event loop comes later. */
  inside(actor: Actor, code: () => void): void {
    const outer = this.current
    this.current = actor
    try {
      code()
    } finally {
      this.current = outer
    }
  }

  // What the port tells.

  onLimit(): void {
    if (this.current?.isDead === true) {
      port.left = 0
      throw new Killed()
    }
    port.left = Infinity
    this.#atLimit?.()
  }

  onPause(): void {
    this.runAnother()
  }

  onNap(ms: number): void {
    this.nowMs += ms
    this.runAnother()
  }

  onNotify(key: string): void {
    const waiters = this.#waiters.get(key)
    if (waiters === undefined) return
    this.#waiters.delete(key)
    for (const { actor, wake, isParked } of waiters) {
      if (actor.isDead || this.faults.strikes('lost wake-up')) continue
      const wakeUp = isParked ? wake : (): void => actor.addWake(wake)
      if (this.faults.strikes('late wake-up')) this.later(this.within(30), wakeUp)
      else wakeUp()
    }
  }

  waitOnEventLoop(key: string, wake: () => void): void {
    const actor = this.current
    if (actor !== undefined) this.#await(key, { actor, wake, isParked: false })
  }

  /** A thread blocks until the word is notified: `wake` is called at once, and is no task of its event loop. */
  awaitParked(key: string, actor: Actor, wake: () => void): void {
    this.#await(key, { actor, wake, isParked: true })
  }

  #await(key: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(key) ?? []
    waiters.push(waiter)
    this.#waiters.set(key, waiters)
  }

  /** Something that happens by itself, to no thread. */
  later(ms: number, happens: () => void): void {
    this.#nature.post(`event ${this.#nextEvent++}`, ms, happens)
  }

  /** Another thread does something between two accesses of the one that moves. */
  runAnother(): void {
    const others = this.actors.filter((actor) => actor !== this.current && !actor.isDead)
    if (others.length === 0) return
    const other = this.pick(others)
    const { left, recording } = port
    port.left = Infinity
    port.recording = undefined
    this.inside(other, () => other.stepInside())
    port.left = left
    port.recording = recording
  }

  /** After `accesses` more, `then`; within the present step only. */
  afterAccesses(accesses: number, then: () => void): void {
    port.left = accesses
    this.#atLimit = then
  }

  async #stepOf(actor: Actor): Promise<void> {
    this.steps++
    this.current = actor
    port.left = Infinity
    this.#atLimit = undefined
    try {
      this.#beforeStep()
      actor.step()
    } catch (error) {
      this.threw(error)
    }
    await settled()
    // Rejections that nobody handles are told when the event loop turns.
    if (this.steps % STEPS_PER_TURN === 0) await new Promise((turn) => real.setImmediate(turn))
    this.current = undefined
    port.left = Infinity
    this.nowMs += this.within(STEP_MS)
  }

  /** Nobody caught what the actor that moves threw. */
  threw(error: unknown): void {
    if (error instanceof Killed) return
    try {
      if (this.current === undefined) this.fail(error)
      else this.current.threw(error)
    } catch (other) {
      this.fail(other)
    }
  }

  /** What may strike in this step. */
  #beforeStep(): void {
    if (this.faults.strikes('clock jump')) {
      const ms = this.within(this.chance(0.1) ? 5000 : 100)
      this.nowMs += ms
      this.note(`the clock jumps by ${ms.toFixed(1)} ms`)
    }
    if (this.chance(0.15)) {
      this.afterAccesses(this.random.nextBelow(60), () => {
        this.runAnother()
        if (this.chance(0.5)) this.afterAccesses(this.random.nextBelow(30), () => this.runAnother())
      })
    }
  }

  #passTime(what: string): void {
    let next = Infinity
    for (const actor of this.actors) if (actor.nextMs < next) next = actor.nextMs
    if (next === Infinity) throw new Error(`${what}: nothing can happen any more`)
    this.nowMs = next
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
