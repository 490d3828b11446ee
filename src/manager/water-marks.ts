/**
 * Water marks: tell users of the promise API when to wait and when to go on, as a stream's `writableNeedDrain` and
 * `drain` do. Runs on: the channel's host thread.
 *
 * Above the high mark `needDrain` is true, until the calls in flight have come down to the low one. Nothing is
 * held back: who goes on all the same is refused with STATUS_INSUFFICIENT_RESOURCES when slots or buffers are
 * used up, and a refusal, too, asks for a wait. The call table compares two numbers a call.
 */
import { EventEmitter } from 'node:events'

const NEVER = -1

export class WaterMarks extends EventEmitter<{ drain: [] }> {
  /** Calls in flight at which users should wait. */
  readonly high: number
  /** Calls in flight at which they may go on. */
  readonly low: number
  /** @internal Calls in flight at which `drain` is due; NEVER while nobody has to wait. */
  drainAt = NEVER
  #waiting: (() => void)[] = []

  constructor(high: number, low = high >> 1) {
    super()
    this.high = high
    this.low = low
  }

  /** Time to wait: send no more before `drain`. */
  get needDrain(): boolean {
    return this.drainAt !== NEVER
  }

  /**
   * Resolves with the next `drain`, at once when there is nothing to wait for. Several may wait; each should ask
   * again: `while (marks.needDrain) await marks.drained()`.
   */
  drained(): Promise<void> {
    if (!this.needDrain) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** @internal */
  reachedHigh(): void {
    this.drainAt = this.low
  }

  /** @internal A call was refused for want of room, with so many in flight: room comes when some end. */
  refused(outstanding: number): void {
    if (outstanding > 0) this.drainAt = Math.min(this.low, outstanding - 1)
  }

  /** @internal Listeners run in a tick of their own: completions are being handed out now. */
  reachedLow(): void {
    this.drainAt = NEVER
    process.nextTick(() => {
      for (const resolve of this.#waiting.splice(0)) resolve()
      this.emit('drain')
    })
  }
}
