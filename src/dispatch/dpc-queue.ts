/**
 * DPC queue: deferred procedure calls of one worker, run at DISPATCH_LEVEL after the interrupts of a turn.
 * Runs on: worker. HOT. Source: KDPC; kmdf.md 5.3, 5.4.
 *
 * Invariants: a call that is queued twice runs once, with the arguments of the first insert. It leaves the
 * queue before it runs, so it may be queued again while it runs. A poll runs at most the calls that were
 * waiting when it began: one that queues itself comes round in the next turn, behind the requests.
 */
import { CallList, QueuedCall } from './call-list.js'

/** A deferred procedure call (KDPC). One object each, used again and again. */
export class DeferredCall extends QueuedCall {
  readonly routine: (call: DeferredCall) => void
  /** Of the insert that counted. */
  argument1 = 0
  argument2 = 0
  // Counts, running free in 32 bits.
  enqueued = 0
  runs = 0

  constructor(routine: (call: DeferredCall) => void, origin = 0) {
    super(origin)
    this.routine = routine
  }
}

/** Told of a routine that threw. */
export type CallThrew = (call: QueuedCall, error: unknown) => void

export class DpcQueue {
  private readonly list = new CallList()
  private readonly callThrew: CallThrew

  constructor(callThrew: CallThrew) {
    this.callThrew = callThrew
  }

  get length(): number {
    return this.list.length
  }

  /** True if the call was newly queued, false if it waited already: then the arguments are dropped. */
  enqueue(call: DeferredCall, argument1: number, argument2: number): boolean {
    if (!this.list.append(call)) return false
    call.argument1 = argument1
    call.argument2 = argument2
    call.enqueued = (call.enqueued + 1) | 0
    return true
  }

  /** True if the call was waiting and will not run. */
  remove(call: DeferredCall): boolean {
    return this.list.remove(call)
  }

  /** Runs the call now if it waits; afterwards no run is pending. True if it ran. */
  flush(call: DeferredCall): boolean {
    if (!this.list.remove(call)) return false
    try {
      this.run(call)
    } catch (error) {
      this.callThrew(call, error)
    }
    return true
  }

  /** Runs up to `limit` of the calls that wait now; returns how many. */
  poll(limit: number): number {
    const { list } = this
    const due = list.length < limit ? list.length : limit
    let done = 0
    while (done < due && list.head !== null) {
      let call = list.head as DeferredCall
      try {
        while (done < due && list.head !== null) {
          call = list.head as DeferredCall
          list.remove(call)
          done++
          this.run(call)
        }
      } catch (error) {
        this.callThrew(call, error)
      }
    }
    return done
  }

  private run(call: DeferredCall): void {
    call.runs = (call.runs + 1) | 0
    call.routine(call)
  }
}
