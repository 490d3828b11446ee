/**
 * Lock party: who takes locks here, and who else is still alive. One per worker thread.
 * Runs on: worker; `isAlive` only when a lock is found taken.
 */
import { WORKER_INCARNATION, workerBlockWord } from '../abi/engine-layout.js'
import { lockOwner, ownerIncarnation, ownerWorker } from '../abi/lock-layout.js'
import type { LockRecovery } from '../irp/device-description.js'
import { load } from '../sharedarraybuffer-queue/access.js'
import type { LockOrder } from './lock-order.js'

export type { LockRecovery }

export interface LockParty {
  /** Id of this thread, from `lockOwner`. */
  readonly owner: number
  /**
   * May an owner still run? False only when its thread has ended for certain: what it held is then
   * taken from it.
   */
  isAlive(owner: number): boolean
  readonly lockRecovered?: (recovery: LockRecovery) => void
  /** The verifier's lock order of this thread; absent when it is off. */
  readonly order?: LockOrder
}

/** For locks that one thread has for itself. */
export const LOCAL_PARTY: LockParty = { owner: lockOwner(0, 0), isAlive: () => true }

export interface WorkerLockPartyOptions {
  /** The engine's control block. */
  readonly engine: Int32Array
  readonly worker: number
  readonly incarnation: number
  readonly lockRecovered?: (recovery: LockRecovery) => void
  readonly order?: LockOrder
}

/**
 * The party of a Framework worker. Main raises INCARNATION after the thread's `exit` event, so an owner of
 * an earlier incarnation has ended for certain.
 */
export function workerLockParty(options: WorkerLockPartyOptions): LockParty {
  const { engine, worker, incarnation, lockRecovered, order } = options
  return {
    owner: lockOwner(worker, incarnation),
    isAlive(owner) {
      const block = workerBlockWord(ownerWorker(owner))
      const current = load(engine, block + WORKER_INCARNATION)
      return ownerIncarnation(lockOwner(0, current)) === ownerIncarnation(owner)
    },
    ...(lockRecovered === undefined ? {} : { lockRecovered }),
    ...(order === undefined ? {} : { order }),
  }
}
