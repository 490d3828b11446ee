/**
 * Timer queue: the armed timers of one worker in a binary heap, run at DISPATCH_LEVEL after the DPCs.
 * Runs on: worker. Source: WDFTIMER; kmdf.md 5.4.
 *
 * A timer never fires early. An ordinary one fires on a whole millisecond; one with a tolerable delay on a
 * coarser grid within that delay, so that many fire in one wake-up; a high-resolution one when it is due.
 * A periodic timer keeps its phase: late, it skips the periods it missed.
 *
 * Invariants: `heap[timer.place] === timer` for an armed timer, place is -1 for any other; no timer is due
 * before the one above it. Nothing is allocated while the number of armed timers does not grow.
 */
import { QueuedCall } from './call-list.js'
import type { CallThrew } from './dpc-queue.js'

/** The grid of ordinary timers, milliseconds. */
const TICK_MS = 1
const NOT_ARMED = -1

/** One timer, armed or not. */
export class TimerCall extends QueuedCall {
  readonly routine: (timer: TimerCall) => void
  /** 0 = one-shot. */
  readonly periodMs: number
  /** Width of the grid it fires on, 0 = none. */
  readonly gridMs: number
  /** When it fires, on the queue's clock. */
  fireMs = 0
  /** When it was due before the grid; the phase of a periodic timer. */
  dueMs = 0
  place = NOT_ARMED
  runs = 0

  constructor(
    routine: (timer: TimerCall) => void,
    periodMs: number,
    tolerableDelayMs: number,
    isHighResolution: boolean,
    origin = 0,
  ) {
    super(origin)
    this.routine = routine
    this.periodMs = periodMs
    this.gridMs = isHighResolution ? 0 : gridWithin(tolerableDelayMs)
  }

  get isArmed(): boolean {
    return this.place !== NOT_ARMED
  }
}

/** The largest power of two of ticks that is not above the delay; at least a tick. */
function gridWithin(tolerableDelayMs: number): number {
  let grid = TICK_MS
  while (grid * 2 <= tolerableDelayMs) grid *= 2
  return grid
}

export class TimerQueue {
  private readonly heap: TimerCall[] = []
  private readonly clock: () => number
  private readonly callThrew: CallThrew

  /** @param clock milliseconds, never going back. */
  constructor(clock: () => number, callThrew: CallThrew) {
    this.clock = clock
    this.callThrew = callThrew
  }

  get length(): number {
    return this.heap.length
  }

  /** When the earliest timer fires, on the clock; Infinity when none is armed. */
  get nextMs(): number {
    return this.heap.length === 0 ? Infinity : (this.heap[0] as TimerCall).fireMs
  }

  /** Arms the timer to fire `delayMs` from now. True if it was armed already. */
  start(timer: TimerCall, delayMs: number): boolean {
    const wasArmed = this.stop(timer)
    this.arm(timer, this.clock() + delayMs)
    return wasArmed
  }

  /** True if the timer was armed and will not fire. */
  stop(timer: TimerCall): boolean {
    const { place } = timer
    if (place === NOT_ARMED) return false
    timer.place = NOT_ARMED
    const last = this.heap.pop() as TimerCall
    if (last !== timer) {
      this.put(last, place)
      this.sink(last)
      this.rise(last)
    }
    return true
  }

  /** Fires up to `limit` timers that are due; returns how many. Looks at the clock only if one is armed. */
  poll(limit: number): number {
    const { heap } = this
    if (heap.length === 0) return 0
    const nowMs = this.clock()
    let done = 0
    while (done < limit && heap.length !== 0) {
      const timer = heap[0] as TimerCall
      if (timer.fireMs > nowMs) break
      done++
      this.fire(timer, nowMs)
    }
    return done
  }

  private fire(timer: TimerCall, nowMs: number): void {
    this.stop(timer)
    timer.runs = (timer.runs + 1) | 0
    if (timer.periodMs > 0) {
      const missed = Math.floor((nowMs - timer.dueMs) / timer.periodMs)
      this.arm(timer, timer.dueMs + (missed + 1) * timer.periodMs)
    }
    try {
      timer.routine(timer)
    } catch (error) {
      this.callThrew(timer, error)
    }
  }

  private arm(timer: TimerCall, dueMs: number): void {
    const { gridMs } = timer
    timer.dueMs = dueMs
    timer.fireMs = gridMs === 0 ? dueMs : Math.ceil(dueMs / gridMs) * gridMs
    this.heap.push(timer)
    this.put(timer, this.heap.length - 1)
    this.rise(timer)
  }

  private put(timer: TimerCall, place: number): void {
    this.heap[place] = timer
    timer.place = place
  }

  private rise(timer: TimerCall): void {
    while (timer.place > 0) {
      const { place } = timer
      const above = this.heap[(place - 1) >> 1] as TimerCall
      if (above.fireMs <= timer.fireMs) return
      this.put(timer, above.place)
      this.put(above, place)
    }
  }

  private sink(timer: TimerCall): void {
    const { heap } = this
    for (;;) {
      const { place } = timer
      let below = 2 * place + 1
      if (below >= heap.length) return
      if (
        below + 1 < heap.length &&
        (heap[below + 1] as TimerCall).fireMs < (heap[below] as TimerCall).fireMs
      ) {
        below++
      }
      const smaller = heap[below] as TimerCall
      if (smaller.fireMs >= timer.fireMs) return
      this.put(timer, below)
      this.put(smaller, place)
    }
  }
}
