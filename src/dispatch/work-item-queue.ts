/**
 * Work-item queue: calls at PASSIVE_LEVEL, last thing of a worker's turn. They may be asynchronous.
 * Runs on: worker. Source: WDFWORKITEM; kmdf.md 5.4.
 *
 * Invariants: enqueueing a waiting item does nothing. An item leaves the queue before it runs, so it may
 * queue itself. One whose routine returned a promise is running until that settles; it does not run a
 * second time meanwhile, but waits.
 */
import { CallList, QueuedCall } from './call-list.js'
import type { CallThrew } from './dpc-queue.js'

/** A routine; a promise it returns is awaited before the item may run again. */
export type WorkItemRoutine = (item: WorkItemCall) => unknown

export class WorkItemCall extends QueuedCall {
  readonly routine: WorkItemRoutine
  /** From the call of its routine until it returned, or its promise settled. */
  isRunning = false
  /** Queued while it was running asynchronously: runs again afterwards. */
  isDueAgain = false
  runs = 0
  /** Waiting for the item to come to rest. */
  readonly idleWaiters: (() => void)[] = []

  constructor(routine: WorkItemRoutine, origin = 0) {
    super(origin)
    this.routine = routine
  }

  get isIdle(): boolean {
    return !this.isQueued && !this.isRunning && !this.isDueAgain
  }
}

export interface WorkItemHooks {
  /** Have a turn soon: something was queued outside one. */
  wake(): void
  /** An asynchronous routine began (+1) or ended (-1): the event loop must run meanwhile. */
  pendingAsync(change: number): void
}

export class WorkItemQueue {
  private readonly list = new CallList()
  private readonly callThrew: CallThrew
  private readonly hooks: WorkItemHooks

  constructor(hooks: WorkItemHooks, callThrew: CallThrew) {
    this.hooks = hooks
    this.callThrew = callThrew
  }

  get length(): number {
    return this.list.length
  }

  /** True if the item was newly queued, false if it waited already. */
  enqueue(item: WorkItemCall): boolean {
    if (item.isRunning && item.isDueAgain) return false
    if (item.isRunning && !item.isQueued) {
      item.isDueAgain = true
      return true
    }
    if (!this.list.append(item)) return false
    this.hooks.wake()
    return true
  }

  /** True if the item was waiting and will not run. */
  remove(item: WorkItemCall): boolean {
    const wasDue = item.isDueAgain
    item.isDueAgain = false
    const removed = this.list.remove(item) || wasDue
    if (item.isIdle) settleWaiters(item)
    return removed
  }

  /** As flush; undefined when there is nothing to wait for. */
  rest(item: WorkItemCall): Promise<void> | undefined {
    return item.isIdle ? undefined : this.flush(item)
  }

  /** Resolves when the item neither waits nor runs. */
  flush(item: WorkItemCall): Promise<void> {
    if (item.isIdle) return Promise.resolve()
    return new Promise((resolve) => {
      item.idleWaiters.push(resolve)
    })
  }

  /** Runs up to `limit` of the items that wait now; returns how many. */
  poll(limit: number): number {
    const { list } = this
    const due = list.length < limit ? list.length : limit
    for (let done = 0; done < due; done++) {
      const item = list.head as WorkItemCall | null
      if (item === null) return done
      list.remove(item)
      this.run(item)
    }
    return due
  }

  private run(item: WorkItemCall): void {
    item.runs = (item.runs + 1) | 0
    item.isRunning = true
    try {
      const result = item.routine(item)
      if (isThenable(result)) {
        this.await(item, result)
        return
      }
    } catch (error) {
      this.callThrew(item, error)
    }
    this.ended(item)
  }

  private await(item: WorkItemCall, result: PromiseLike<unknown>): void {
    this.hooks.pendingAsync(1)
    const settled = (): void => {
      this.hooks.pendingAsync(-1)
      this.ended(item)
    }
    result.then(settled, (error: unknown) => {
      this.callThrew(item, error)
      settled()
    })
  }

  private ended(item: WorkItemCall): void {
    item.isRunning = false
    if (item.isDueAgain) {
      item.isDueAgain = false
      this.enqueue(item)
    }
    if (item.isIdle) settleWaiters(item)
  }
}

function settleWaiters(item: WorkItemCall): void {
  for (const resolve of item.idleWaiters.splice(0)) resolve()
}

/** True for a promise, and for whatever behaves like one. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
