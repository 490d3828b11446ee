/**
 * Lock order, a verifier option: locks are acquired in non-decreasing order of their level, spin and passive
 * ones apart. Two threads that both keep to an order never wait for each other in a circle.
 * Runs on: worker, one LockOrder a thread. Off, no lock has a line of it: watching replaces methods of the
 * one lock object. Levels and rule: FxVerifierLock; kmdf.md 5.2.
 */
import { STATUS_TIMEOUT } from '../abi/ntstatus.js'
import { lockViolation } from './lock-violation.js'

/** What a lock guards, and its level. */
export const LOCK_LEVEL = {
  ioTarget: 0x1000,
  driver: 0x1010,
  device: 0x1020,
  queue: 0x1030,
  packageIo: 0x1031,
  request: 0x1040,
  irpQueue: 0x1051,
  timer: 0x1059,
  dpc: 0x1060,
  workItem: 0x1060,
  interrupt: 0x1060,
  file: 0x1060,
  disposeList: 0x8000,
} as const

export type LockLevel = keyof typeof LOCK_LEVEL

/** Spin: held at DISPATCH_LEVEL. Passive: the holder may sleep. */
export type LockKind = 'spin' | 'passive'

/** What the order needs to know of a lock. */
export interface OrderedLock {
  readonly name: string
  readonly kind: LockKind
  readonly level: LockLevel
}

/** The locks that this thread holds. */
export class LockOrder {
  readonly #held: Record<LockKind, OrderedLock[]> = { spin: [], passive: [] }

  /** @throws WdfViolation WDF_INVALID_LOCK_OPERATION when a held lock has a higher level. */
  check(lock: OrderedLock): void {
    for (const held of this.#held[lock.kind]) {
      if (LOCK_LEVEL[held.level] > LOCK_LEVEL[lock.level]) refuse(lock, held)
    }
  }

  acquired(lock: OrderedLock): void {
    this.#held[lock.kind].push(lock)
  }

  /** Locks may be released in any order. */
  released(lock: OrderedLock): void {
    const held = this.#held[lock.kind]
    const at = held.lastIndexOf(lock)
    if (at >= 0) held.splice(at, 1)
  }

  /** Names of what is held, in order of acquisition. */
  held(kind: LockKind): string[] {
    return this.#held[kind].map(({ name }) => name)
  }
}

function refuse(lock: OrderedLock, held: OrderedLock): never {
  const level = (of: OrderedLock): string => `${of.level} 0x${LOCK_LEVEL[of.level].toString(16)}`
  lockViolation(
    'WDF_INVALID_LOCK_OPERATION',
    lock.name,
    `its level (${level(lock)}) is below that of lock "${held.name}" (${level(held)}), which this thread ` +
      'holds: acquire it first, everywhere',
  )
}

/** A lock whose methods can be replaced. */
interface Watched {
  acquire: (timeoutMs?: number) => unknown
  tryAcquire: () => boolean
  release: () => void
}

/**
 * From now on `lock` keeps to the order. A `tryAcquire` waits for nobody, so it is entered but not checked;
 * `acquireAsync` is left out: handlers that await take turns on one thread, and a thread's list says
 * nothing about them.
 */
export function watchLockOrder(lock: Watched & OrderedLock, order: LockOrder): void {
  const acquire = lock.acquire.bind(lock)
  const tryAcquire = lock.tryAcquire.bind(lock)
  const release = lock.release.bind(lock)
  lock.acquire = (timeoutMs) => {
    order.check(lock)
    const status = acquire(timeoutMs)
    if (status !== STATUS_TIMEOUT) order.acquired(lock)
    return status
  }
  lock.tryAcquire = () => {
    const taken = tryAcquire()
    if (taken) order.acquired(lock)
    return taken
  }
  lock.release = () => {
    release()
    order.released(lock)
  }
}
