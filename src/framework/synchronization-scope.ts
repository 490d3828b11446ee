/**
 * Synchronization scope, and how a scope becomes a place: instead of taking a lock, everything that must
 * not overlap lives on one worker. Runs on: any thread. Source: WDF_SYNCHRONIZATION_SCOPE; kmdf.md 5.1.
 *
 *   Device   all queues of the device on its home worker
 *   Queue    each queue on one worker, spread round the pool from the home worker
 *   None     nothing is serialized: a parallel queue runs on every worker; others on one
 *   Inherit  the parent's; at the top it means None in KMDF. Nobody asked for threads, so it stays home.
 */
import {
  ANY_WORKER,
  type DispatchType,
  type SynchronizationScope,
} from '../irp/device-description.js'

export { ANY_WORKER, type DispatchType, type SynchronizationScope }

/** The scope a queue really has. */
export function effectiveScope(
  queueScope: SynchronizationScope,
  deviceScope: SynchronizationScope,
): SynchronizationScope {
  return queueScope === 'inherit' ? deviceScope : queueScope
}

/** Worker that a queue lives on, or ANY_WORKER. `index` counts the device's queues in order of creation. */
export function placeQueue(
  scope: SynchronizationScope,
  dispatchType: DispatchType,
  index: number,
  home: number,
  workerCount: number,
): number {
  if (scope === 'queue') return (home + index) % workerCount
  if (scope === 'none' && dispatchType === 'parallel' && workerCount > 1) return ANY_WORKER
  return home
}

/** A parallel queue's limit on one of the workers it runs on, so that the sum is the limit asked for. */
export function shareOfLimit(limit: number, worker: number, workerCount: number): number {
  if (limit === Infinity) return limit
  return Math.floor(limit / workerCount) + (worker < limit % workerCount ? 1 : 0)
}
