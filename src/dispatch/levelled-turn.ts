/**
 * Levelled turn: what a worker does above and below its requests. Around `DispatchTurn.poll`:
 *
 *   pollRaised   1 DIRQL      pending interrupt lines → ISR
 *                2 DISPATCH   DPCs, then timers that are due
 *   (requests)                submissions → queues → handlers
 *   pollPassive  4 PASSIVE    work items
 *
 * Runs on: worker. HOT: one load and four compares when there is nothing to do.
 *
 * Invariants: each level has a budget a turn, so that a storm at one cannot starve those below it: what is
 * left waits for the next turn, and `hasWork` says so. Nothing here is entered again from within itself.
 */
import { CallbackPlace } from './callback-place.js'
import {
  InterruptController,
  type InterruptService,
  type Moderation,
} from './interrupt-controller.js'
import type { QueuedCall } from './call-list.js'
import { DpcQueue } from './dpc-queue.js'
import { TimerQueue } from './timer-queue.js'
import { isThenable, WorkItemQueue } from './work-item-queue.js'

export const PASSIVE_LEVEL = 0
export const DISPATCH_LEVEL = 2
/** Every device interrupt's level: one worker services one at a time. */
export const DEVICE_LEVEL = 3

/** What happens off the hot path; injected, because dispatch imports no framework. */
export interface LevelHooks {
  /** An ISR, a DPC, a timer or a work item threw. */
  callbackThrew(callback: InterruptService | QueuedCall, error: unknown): void
  /** An interrupt that nobody claims has been switched off. */
  lineIsStuck(service: InterruptService, unclaimed: number): void
  /** Something was queued outside a turn: have one soon. */
  wake(): void
  /** Asynchronous work began (+1) or ended (-1). */
  pendingAsync(change: number): void
}

/** Most services, calls and items of one turn. */
export interface LevelBudgets extends Moderation {
  /** Default 64. */
  readonly interrupts?: number
  /** Default 128. */
  readonly dpcs?: number
  /** Default 64. */
  readonly timers?: number
  /** Default 16. */
  readonly workItems?: number
}

/** Of that many empty polls in a row, one looks at the clock for timers: ~50 ns of the ~100 that such a poll takes. */
const CLOCK_EVERY_EMPTY = 16

export class LevelledTurn {
  readonly interrupts: InterruptController
  readonly dpcs: DpcQueue
  readonly timers: TimerQueue
  readonly workItems: WorkItemQueue
  /** Level that runs now. */
  irql = PASSIVE_LEVEL
  /** Where the worker says which driver callback it is in. */
  place = new CallbackPlace()
  private readonly hooks: LevelHooks
  private emptyPolls = 0
  /** The next poll leaves the timers alone, and no more than that one. */
  private skipsTimers = false
  private readonly interruptBudget: number
  private readonly dpcBudget: number
  private readonly timerBudget: number
  private readonly workItemBudget: number

  /**
   * @param block the worker's interrupt block
   * @param clock milliseconds, for timers
   */
  constructor(
    block: Int32Array,
    hooks: LevelHooks,
    budgets: LevelBudgets = {},
    clock: () => number = performanceNow,
  ) {
    this.hooks = hooks
    const threw = (call: QueuedCall, error: unknown): void => hooks.callbackThrew(call, error)
    this.interrupts = new InterruptController(
      block,
      {
        serviceThrew: (service, error) => hooks.callbackThrew(service, error),
        lineIsStuck: (service, unclaimed) => hooks.lineIsStuck(service, unclaimed),
        wake: () => hooks.wake(),
      },
      budgets,
    )
    this.dpcs = new DpcQueue(threw)
    this.timers = new TimerQueue(clock, threw)
    this.workItems = new WorkItemQueue(hooks, threw)
    this.interruptBudget = budgets.interrupts ?? 64
    this.dpcBudget = budgets.dpcs ?? 128
    this.timerBudget = budgets.timers ?? 64
    this.workItemBudget = budgets.workItems ?? 16
  }

  /** Interrupts, DPCs, timers: first thing of a turn. Returns how much was done. */
  pollRaised(): number {
    this.irql = DEVICE_LEVEL
    let done = this.interrupts.poll(this.interruptBudget)
    this.irql = DISPATCH_LEVEL
    if (this.dpcs.length !== 0) done += this.dpcs.poll(this.dpcBudget)
    if (this.skipsTimers) this.skipsTimers = false
    else if (this.timers.length !== 0) done += this.timers.poll(this.timerBudget)
    this.irql = PASSIVE_LEVEL
    return done
  }

  /**
   * The turn that ended found nothing and the next comes at once: a few such turns go by between two looks at the
   * clock. A turn after anything else looks, so that no timer is later by more than microseconds.
   */
  spins(): void {
    this.emptyPolls = (this.emptyPolls + 1) % CLOCK_EVERY_EMPTY
    this.skipsTimers = this.emptyPolls !== 0 && this.timers.length !== 0
  }

  /** Work items: last thing of a turn. Returns how much was done. */
  pollPassive(): number {
    return this.workItems.length === 0 ? 0 : this.workItems.poll(this.workItemBudget)
  }

  /**
   * True when a poll would find something that is there already; asked before the worker sleeps, and after.
   * Timers are not in it: nobody rings for them, so finding one due after a sleep is no forgotten ring.
   */
  hasWork(): boolean {
    return this.dpcs.length !== 0 || this.workItems.length !== 0 || this.interrupts.hasWork()
  }

  /** When the earliest timer fires, on the timers' clock; Infinity if none is armed. Sleep until then at most. */
  get nextTimerMs(): number {
    return this.timers.nextMs
  }

  /** Something was queued, perhaps outside a turn, while the worker sleeps on its event loop: have one soon. */
  wake(): void {
    this.hooks.wake()
  }

  /** A callback that must not wait returned something: a promise's failure is the callback's. */
  callbackReturned(call: InterruptService | QueuedCall, result: unknown): void {
    if (!isThenable(result)) return
    this.hooks.pendingAsync(1)
    const settled = (): void => this.hooks.pendingAsync(-1)
    result.then(settled, (error: unknown) => {
      settled()
      this.hooks.callbackThrew(call, error)
    })
  }

  /** Runs `callback` at a level, and goes back to the one before. */
  atLevel<T>(irql: number, callback: () => T): T {
    const before = this.irql
    this.irql = irql
    try {
      return callback()
    } finally {
      this.irql = before
    }
  }
}

function performanceNow(): number {
  return performance.now()
}
