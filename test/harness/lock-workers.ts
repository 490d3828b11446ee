/**
 * Lock workers: lock parties of several workers on one thread, of which each can be said to have died.
 * Runs on: the test's own thread.
 */
import { LOCK_WORDS, lockOwner, ownerIncarnation, ownerWorker } from '../../src/abi/lock-layout.js'
import type { LockParty, LockRecovery } from '../../src/framework/lock-party.js'
import type { LockPlace } from '../../src/framework/owned-lock.js'

export class LockWorkers {
  readonly recoveries: LockRecovery[] = []
  readonly #incarnations = new Map<number, number>()

  /** A worker's thread ends, and its successor starts. */
  die(worker: number): void {
    this.#incarnations.set(worker, this.#incarnationOf(worker) + 1)
  }

  /** The party of the worker's present thread. */
  party(worker: number): LockParty {
    return {
      owner: lockOwner(worker, this.#incarnationOf(worker)),
      isAlive: (owner) => this.#incarnationOf(ownerWorker(owner)) === ownerIncarnation(owner),
      lockRecovered: (recovery) => this.recoveries.push(recovery),
    }
  }

  #incarnationOf(worker: number): number {
    return this.#incarnations.get(worker) ?? 1
  }
}

/** Memory for one lock. */
export function lockPlace(): LockPlace {
  return { words: new Int32Array(new SharedArrayBuffer(2 * LOCK_WORDS * 4)), base: LOCK_WORDS }
}
