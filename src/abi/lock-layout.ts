/**
 * The lock: one word that says who owns something, alone on a cache line. Spin locks, wait locks and the
 * write claim of a 64-bit field all follow it. Runs on: any thread. Numbers only.
 *
 *   word 0      OWNER   0 free, else the owner's id; bit 0 set: somebody sleeps until it is released (Atomics)
 *   words 1-15  stay zero: what a lock guards is not on the line that its waiters poll
 *
 *   an owner's id   31  | 30 ......... 11 | 10 ........ 1 | 0
 *                    0  |   incarnation   |   worker + 1  | CONTENDED
 *
 * Rules: 1 nobody but the owner takes its id out of the word while it lives; others only set CONTENDED.
 *        2 a worker has another id in each incarnation: a successor never holds what its predecessor held.
 * The protocol, and what a death leaves behind: src/framework/owner-word.ts.
 */
export const LOCK_OWNER = 0
export const LOCK_WORDS = 16

/** OWNER: nobody holds it. */
export const LOCK_FREE = 0
/** OWNER: whoever releases it must wake the sleepers. */
export const LOCK_CONTENDED = 1

const WORKER_SHIFT = 1
const WORKER_MASK = 0x3ff
const INCARNATION_SHIFT = 11
const INCARNATION_MASK = 0xfffff

/** Id of worker `worker` (0 to 1022) in its `incarnation`, which counts modulo 2^20. Never 0. */
export function lockOwner(worker: number, incarnation: number): number {
  return ((incarnation & INCARNATION_MASK) << INCARNATION_SHIFT) | ((worker + 1) << WORKER_SHIFT)
}

/** The worker of an owner's id. */
export function ownerWorker(owner: number): number {
  return ((owner >>> WORKER_SHIFT) & WORKER_MASK) - 1
}

/** The incarnation of an owner's id, modulo 2^20. */
export function ownerIncarnation(owner: number): number {
  return (owner >>> INCARNATION_SHIFT) & INCARNATION_MASK
}
