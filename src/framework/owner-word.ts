/**
 * Owner word: the protocol by which threads take turns at something, in one shared word (lock-layout).
 * Runs on: any worker; blocks it while somebody else holds the word.
 *
 *   take    compare-exchange free → me. Taken: look again a bounded number of times; then set CONTENDED in
 *           the word as it was seen, and sleep on exactly that value.
 *   give    compare-exchange me → free. If that finds CONTENDED: store free, wake all sleepers.
 *
 * One owner: only a compare-exchange puts an id into the word, and only where it found it free, or found a
 * dead owner's. No wake-up is lost: a sleeper sleeps on a value that has CONTENDED, so as long as the word
 * holds it, whoever takes it away will notify; if it has changed before the sleep, there is none. All are
 * woken, and whoever sleeps again sets CONTENDED again.
 *
 * A thread ends between any two lines (`worker.terminate()`):
 *   before it took the word                  nothing is left
 *   after it set CONTENDED                   one notify in vain
 *   while it holds the word                  the next to look sees the id of a dead owner and exchanges it for
 *                                            its own, CONTENDED kept; one compare-exchange wins
 *   between storing free and the notify      the sleepers look by themselves after RECHECK_MS
 * Sleepers look after RECHECK_MS anyway: nobody rings for a death.
 */
import { LOCK_CONTENDED, LOCK_FREE } from '../abi/lock-layout.js'
import {
  compareExchange,
  load,
  notify,
  pause,
  store,
  wait,
} from '../sharedarraybuffer-queue/access.js'
import type { LockParty } from './lock-party.js'

/** What `take` says. */
export const TOOK = 0
/** Taken, from an owner that died while it held the word. */
export const TOOK_FROM_DEAD = 1
export const TIMED_OUT = 2
/** This thread holds it already: it would wait for itself. */
export const HELD_BY_SELF = 3

/** A sleeper looks this often whether the owner has died. */
export const RECHECK_MS = 50

export class OwnerWord {
  readonly words: Int32Array
  readonly index: number
  readonly party: LockParty
  readonly spins: number
  /** The owner that the last TOOK_FROM_DEAD took it from. */
  deadOwner = 0

  /** `spins`: looks, of some 30 ns each, before `take` sleeps. */
  constructor(words: Int32Array, index: number, party: LockParty, spins: number) {
    this.words = words
    this.index = index
    this.party = party
    this.spins = spins
  }

  /** Takes the word or waits for it, at most `timeoutMs`. */
  take(timeoutMs: number): number {
    const seen = compareExchange(this.words, this.index, LOCK_FREE, this.party.owner)
    return seen === LOCK_FREE ? TOOK : this.#takeSlowly(timeoutMs)
  }

  /** Takes the word if it is free or its owner is dead; TIMED_OUT or HELD_BY_SELF if not. */
  tryTake(): number {
    const { owner } = this.party
    for (;;) {
      const seen = compareExchange(this.words, this.index, LOCK_FREE, owner)
      if (seen === LOCK_FREE) return TOOK
      const holder = seen & ~LOCK_CONTENDED
      if (holder === owner) return HELD_BY_SELF
      if (this.party.isAlive(holder)) return TIMED_OUT
      if (this.replaceDead(seen)) return TOOK_FROM_DEAD
    }
  }

  /** Gives the word back. False, and nothing changed, when this thread does not hold it. */
  give(): boolean {
    const { owner } = this.party
    const seen = compareExchange(this.words, this.index, owner, LOCK_FREE)
    if (seen === owner) return true
    if (seen !== (owner | LOCK_CONTENDED)) return false
    store(this.words, this.index, LOCK_FREE)
    this.wakeSleepers()
    return true
  }

  /**
   * Announces that this thread is about to sleep until the word is given back. Returns the value to sleep
   * on, or LOCK_FREE when there is none to wait for any more.
   */
  announceSleeper(): number {
    const seen = load(this.words, this.index)
    if (seen === LOCK_FREE || (seen & LOCK_CONTENDED) !== 0) return seen
    const contended = seen | LOCK_CONTENDED
    return compareExchange(this.words, this.index, seen, contended) === seen ? contended : LOCK_FREE
  }

  /** Puts this thread's id in the place of a dead owner's. */
  protected replaceDead(seen: number): boolean {
    const mine = this.party.owner | (seen & LOCK_CONTENDED)
    if (compareExchange(this.words, this.index, seen, mine) !== seen) return false
    this.deadOwner = seen & ~LOCK_CONTENDED
    return true
  }

  protected wakeSleepers(): void {
    notify(this.words, this.index)
  }

  #takeSlowly(timeoutMs: number): number {
    for (let spin = 0; spin < this.spins; spin++) {
      pause()
      if (load(this.words, this.index) !== LOCK_FREE) continue
      const outcome = this.tryTake()
      if (outcome !== TIMED_OUT) return outcome
    }
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const outcome = this.tryTake()
      if (outcome !== TIMED_OUT) return outcome
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) return TIMED_OUT
      const contended = this.announceSleeper()
      if (contended === LOCK_FREE) continue
      wait(this.words, this.index, contended, Math.min(leftMs, RECHECK_MS))
    }
  }
}
