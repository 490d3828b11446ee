/**
 * Owned lock: what spin locks and wait locks share: a place in shared memory, an owner, and the case that
 * the owner died. Runs on: any worker that has a part of the device.
 */
import { LOCK_OWNER, LOCK_WORDS, ownerIncarnation, ownerWorker } from '../abi/lock-layout.js'
import { FrameworkLock } from './framework-lock.js'
import type { LockLevel } from './lock-order.js'
import { LOCAL_PARTY, type LockParty } from './lock-party.js'
import { foreignRelease, recursiveAcquire } from './lock-violation.js'
import { HELD_BY_SELF, OwnerWord, TIMED_OUT, TOOK, TOOK_FROM_DEAD } from './owner-word.js'

/** Where a lock lives: LOCK_WORDS zeroed words from `base` on. */
export interface LockPlace {
  readonly words: Int32Array
  readonly base: number
}

export interface LockOptions {
  /** In messages. */
  readonly name?: string
  /** What it guards, for the verifier's lock order. Default: not checked. */
  readonly level?: LockLevel
  /** Default: memory of its own, for one worker. A lock between workers is a field of a shared context. */
  readonly place?: LockPlace
  /** Who acquires here. Default: the only one there is. */
  readonly party?: LockParty
}

export abstract class OwnedLock extends FrameworkLock {
  /**
   * True while the lock is held here and the owner before died holding it: what it guards may be half
   * written. Repair it before going on.
   */
  abandoned = false
  protected readonly word: OwnerWord

  constructor(options: LockOptions, what: string, spins: number) {
    super(options.name ?? what, options.level)
    const { words, base } = options.place ?? ownPlace()
    this.word = new OwnerWord(words, base + LOCK_OWNER, options.party ?? LOCAL_PARTY, spins)
  }

  tryAcquire(): boolean {
    return this.tryTake()
  }

  /** `tryAcquire`, unseen by the lock order. */
  protected tryTake(): boolean {
    const outcome = this.word.tryTake()
    return outcome === TOOK || this.settle(outcome, false)
  }

  /**
   * @throws WdfViolation WDF_INVALID_LOCK_OPERATION when this worker does not hold it; whoever does,
   *   keeps it.
   */
  release(): void {
    const { abandoned } = this
    this.abandoned = false
    if (this.word.give()) return
    this.abandoned = abandoned
    foreignRelease(this.name)
  }

  /** The rarer outcomes: true when it is held now. */
  protected settle(outcome: number, mayThrow: boolean): boolean {
    if (outcome === HELD_BY_SELF && mayThrow) recursiveAcquire(this.name)
    if (outcome === HELD_BY_SELF || outcome === TIMED_OUT) return false
    if (outcome === TOOK_FROM_DEAD) this.#takenFromDead(this.word.deadOwner)
    return true
  }

  #takenFromDead(owner: number): void {
    this.abandoned = true
    this.word.party.lockRecovered?.({
      lock: this.name,
      deadWorker: ownerWorker(owner),
      deadIncarnation: ownerIncarnation(owner),
    })
  }
}

function ownPlace(): LockPlace {
  return { words: new Int32Array(new SharedArrayBuffer(LOCK_WORDS * 4)), base: 0 }
}
