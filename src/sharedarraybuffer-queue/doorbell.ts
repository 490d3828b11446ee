/**
 * Doorbell: an event count that wakes a thread which ran out of work. Layout and rules: abi/doorbell-layout.
 * Runs on: Sleeper on the one thread that sleeps; Ringer on any number of others.
 *
 * No wake-up is lost: the sleeper announces itself, looks again, and only then waits; a ringer publishes
 * first and looks at the announcement afterwards. A time-out is only a net: when it fires and there was
 * work after all, that is a rescue, and rescues are counted (a correct run has none).
 */
import {
  DOORBELL_EPOCH,
  DOORBELL_EVENT_LOOP,
  DOORBELL_PARKED,
  DOORBELL_RUNNING,
  DOORBELL_STATE,
} from '../abi/doorbell-layout.js'
import { add, load, notify, store, wait, waitOnEventLoop } from './access.js'

/** How long a ring may be on its way before a time-out that found work counts as a rescue. */
const GRACE_MS = 25

/** The half that wakes. */
export class Ringer {
  readonly words: Int32Array
  readonly base: number
  /** How often a sleeper was really there. */
  rings = 0

  constructor(words: Int32Array, base: number) {
    this.words = words
    this.base = base
  }

  /** Call after publishing. Wakes the sleeper if it sleeps; one load if it does not. */
  ring(): void {
    if (load(this.words, this.base + DOORBELL_STATE) !== DOORBELL_RUNNING) this.ringSleeper()
  }

  /** Rings whatever the sleeper's state says: for control words and after a thread has died. */
  ringSleeper(): void {
    this.rings++
    add(this.words, this.base + DOORBELL_EPOCH, 1)
    notify(this.words, this.base + DOORBELL_EPOCH)
  }
}

/** The half that sleeps. */
export class Sleeper {
  readonly words: Int32Array
  readonly base: number
  parks = 0
  rescues = 0

  constructor(words: Int32Array, base: number) {
    this.words = words
    this.base = base
    store(words, base + DOORBELL_STATE, DOORBELL_RUNNING)
  }

  /**
   * Blocks this thread (and its event loop) until it is rung or `timeoutMs` have passed.
   * `hasWork` is asked after the announcement; true means do not sleep.
   */
  park(timeoutMs: number, hasWork: () => boolean): void {
    const epoch = load(this.words, this.base + DOORBELL_EPOCH)
    store(this.words, this.base + DOORBELL_STATE, DOORBELL_PARKED)
    if (!hasWork()) {
      this.parks++
      const woken = wait(this.words, this.base + DOORBELL_EPOCH, epoch, timeoutMs)
      if (!woken && this.#wasForgotten(epoch, hasWork)) this.rescues++
    }
    this.#announceAwake()
  }

  /**
   * Resolves when this thread is rung, `wakeLocally` is called on it, or `timeoutMs` have passed; its
   * event loop runs meanwhile. The pending wait does not keep the loop alive: hold a referenced handle
   * (a port with a listener, a timer) for as long as somebody may ring. `timer` says whether the
   * net's own timer does so.
   */
  sleepOnEventLoop(
    timeoutMs: number,
    hasWork: () => boolean,
    timer: 'ref' | 'unref',
  ): Promise<void> {
    const epoch = load(this.words, this.base + DOORBELL_EPOCH)
    store(this.words, this.base + DOORBELL_STATE, DOORBELL_EVENT_LOOP)
    if (hasWork()) {
      this.#announceAwake()
      return Promise.resolve()
    }
    this.parks++
    return new Promise((resolve) => {
      let done = false
      const finish = (): void => {
        if (done) return
        done = true
        clearTimeout(net)
        this.#sleeps.delete(endFromHere)
        this.#announceAwake()
        resolve()
      }
      // A pending waitAsync cannot be cancelled: whoever ends the sleep otherwise settles it too.
      const endFromHere = (): void => {
        finish()
        add(this.words, this.base + DOORBELL_EPOCH, 1)
        notify(this.words, this.base + DOORBELL_EPOCH)
      }
      const net = setTimeout(() => {
        if (this.#wasForgotten(epoch, hasWork)) this.rescues++
        endFromHere()
      }, timeoutMs)
      if (timer === 'unref') net.unref()
      this.#sleeps.add(endFromHere)
      waitOnEventLoop(this.words, this.base + DOORBELL_EPOCH, epoch, finish)
    })
  }

  /** There is work and nobody rang for it: not a ring that is merely still on its way to this thread. */
  #wasForgotten(epoch: number, hasWork: () => boolean): boolean {
    if (!hasWork()) return false
    // Who has just published may have lost its processor before it could ring.
    return !wait(this.words, this.base + DOORBELL_EPOCH, epoch, GRACE_MS)
  }

  /** Sleeps on the event loop that have not ended: there may be several, and a park between them. */
  readonly #sleeps = new Set<() => void>()

  #announceAwake(): void {
    const state = this.#sleeps.size === 0 ? DOORBELL_RUNNING : DOORBELL_EVENT_LOOP
    store(this.words, this.base + DOORBELL_STATE, state)
  }

  /** Ends `sleepOnEventLoop` from code of the same thread (a handler that completed later). */
  wakeLocally(): void {
    for (const end of this.#sleeps) end()
  }
}
