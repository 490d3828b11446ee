/**
 * Watch lock: who holds a lock of a driver's, and whether it is acquired and released in turn. Runs on: worker.
 */
import { STATUS_TIMEOUT } from '../abi/ntstatus.js'
import type { Interrupt } from '../framework/interrupt.js'
import type { OwnedLock } from '../framework/owned-lock.js'
import { SpinLock } from '../framework/spin-lock.js'
import { WaitLock } from '../framework/wait-lock.js'
import { type Activation, currentActivation } from './activation.js'
import { callSite } from './call-site.js'
import { type HeldLock, LOCK_RULE, type LockSort } from './held-lock.js'
import { interpose } from './interpose.js'
import { checkDispatchHere, checkPassiveHere } from './levels.js'
import type { Verifier } from './verifier.js'

/** Who holds one lock on this worker, and the rule about taking turns. */
class LockBook {
  readonly #verifier: Verifier
  readonly #lock: object
  readonly #sort: LockSort
  readonly #name: string
  #held: { readonly entry: HeldLock; readonly activation: Activation | undefined } | null = null

  constructor(verifier: Verifier, lock: object, sort: LockSort, name: string) {
    this.#verifier = verifier
    this.#lock = lock
    this.#sort = sort
    this.#name = name
  }

  checkFree(isHeldAnyway = false): void {
    if (this.#held === null && !isHeldAnyway) return
    this.#verifier.violation(
      LOCK_RULE[this.#sort].turns,
      `${this.#name} was acquired by who holds it`,
    )
  }

  acquired(): void {
    const activation = currentActivation() ?? undefined
    const entry = { lock: this.#lock, kind: this.#sort, name: this.#name, site: callSite() }
    this.#held = { entry, activation }
    activation?.locks.push(entry)
  }

  checkHeld(): void {
    if (this.#held !== null) return
    this.#verifier.violation(
      LOCK_RULE[this.#sort].turns,
      `${this.#name} was released and nobody held it`,
    )
  }

  released(): void {
    if (this.#held === null) return
    const { entry, activation } = this.#held
    this.#held = null
    const at = activation?.locks.indexOf(entry) ?? -1
    if (at >= 0) activation?.locks.splice(at, 1)
  }
}

export function watchLock<T extends SpinLock | WaitLock>(
  verifier: Verifier,
  lock: T,
  sort: 'spin' | 'wait',
): T {
  const book = new LockBook(verifier, lock, sort, `lock "${lock.name}"`)
  const owned: OwnedLock & { acquire(timeoutMs?: number): unknown } = lock
  interpose(verifier, owned, 'acquire', (proceed, timeoutMs) => {
    book.checkFree()
    if (sort === 'wait' && timeoutMs !== 0) checkPassiveHere(verifier, 'acquire of a wait lock')
    else checkDispatchHere(verifier, 'acquire')
    verifier.lockOrder.caller = currentActivation()
    const status = proceed(timeoutMs)
    if (status !== STATUS_TIMEOUT) book.acquired()
    return status
  })
  interpose(verifier, owned, 'tryAcquire', (proceed) => {
    const isTaken = proceed()
    if (isTaken) book.acquired()
    return isTaken
  })
  interpose(verifier, owned, 'release', (proceed) => {
    book.checkHeld()
    proceed()
    book.released()
  })
  if (lock instanceof WaitLock) {
    const waitLock: WaitLock = lock
    interpose(verifier, waitLock, 'acquireAsync', async (proceed, timeoutMs) => {
      const status = await proceed(timeoutMs)
      if (status !== STATUS_TIMEOUT) book.acquired()
      return status
    })
  }
  return lock
}

const WATCHED = new WeakSet<object>()

/** Locks that are fields of a shared context. */
export function watchLocksOf(verifier: Verifier, context: object): void {
  if (WATCHED.has(context)) return
  WATCHED.add(context)
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(context))
  for (const name of [...Object.keys(context), ...names]) {
    const field: unknown = Reflect.get(context, name)
    if (field instanceof SpinLock) watchLock(verifier, field, 'spin')
    else if (field instanceof WaitLock) watchLock(verifier, field, 'wait')
  }
}

/** The lock of an interrupt; the Framework holds it while an ISR runs. */
export function watchInterruptLock(verifier: Verifier, interrupt: Interrupt): void {
  const name = `the lock of interrupt ${interrupt.messageNumber}`
  const book = new LockBook(verifier, interrupt, 'interrupt', name)
  interpose(verifier, interrupt, 'acquireLock', (proceed) => {
    book.checkFree(currentActivation()?.info.kind === 'isr')
    proceed()
    book.acquired()
  })
  interpose(verifier, interrupt, 'tryToAcquireLock', (proceed) => {
    const isTaken = proceed()
    if (isTaken) book.acquired()
    return isTaken
  })
  interpose(verifier, interrupt, 'releaseLock', (proceed) => {
    book.checkHeld()
    proceed()
    book.released()
  })
}
