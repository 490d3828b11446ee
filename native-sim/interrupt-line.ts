// Interrupt line: the hardware's end of a line into a worker. Layout and rules: src/abi/interrupt-layout.
// Runs on: the hardware's thread; a line belongs to one device.
//
// A message line counts each `raise`. A level line is active or not; while it is, a raise is pending at the worker
// or the next poll makes one: `beginPoll` looks for the end of the last interrupt BEFORE the device looks at what
// the driver wrote, `endPoll` raises again AFTER it, if the line is still active.
//
// Invariant: RAISED only grows, and only here. What a fault plan loses or delays never reaches RAISED before.

import {
  INTERRUPT_SIGNALS,
  LINE_ASSERTED,
  LINE_MASK,
  LINE_RAISED,
  LINE_TAKEN,
  interruptLineWord,
} from '../src/abi/interrupt-layout.js'
import type { LineDescriptor } from '../src/index.js'
import { add, load, store } from '../src/sharedarraybuffer-queue/access.js'
import { Ringer } from '../src/sharedarraybuffer-queue/index.js'
import { DueEvents } from './due-events.js'
import type { FaultPlan } from './fault-plan.js'
import type { RaiseTimes } from './raise-times.js'

export type Trigger = 'message' | 'level'

export class InterruptLine {
  readonly trigger: Trigger
  readonly #words: Int32Array
  readonly #word: number
  readonly #worker: Ringer
  readonly #faults: FaultPlan
  /** Null unless somebody measures. */
  readonly #times: RaiseTimes | null
  /** Message interrupts that are late. */
  readonly #late = new DueEvents()
  #raised: number
  #isAsserted = false
  /** The worker has serviced all there was, as `beginPoll` saw it. */
  #isServiced = true
  #stuckUntilUs = -Infinity

  constructor(
    descriptor: LineDescriptor,
    trigger: Trigger,
    faults: FaultPlan,
    times: RaiseTimes | null = null,
  ) {
    const { block, line, doorbell } = descriptor
    this.trigger = trigger
    this.#words = new Int32Array(block)
    this.#word = interruptLineWord(line)
    this.#worker = new Ringer(new Int32Array(doorbell.buffer), doorbell.word)
    this.#faults = faults
    this.#times = times
    this.#raised = load(this.#words, this.#word + LINE_RAISED)
  }

  /** How often the line was raised, in 32 bits. */
  get raised(): number {
    return this.#raised
  }

  get isAsserted(): boolean {
    return this.#isAsserted
  }

  /** Raises a message interrupt, if no fault keeps it. */
  raise(nowUs: number): void {
    if (this.#faults.losesInterrupt()) return
    const delayUs = this.#faults.interruptDelayUs()
    if (delayUs > 0) this.#late.add(nowUs + delayUs, 0)
    else this.signal()
  }

  /** First thing of a device's poll. */
  beginPoll(nowUs: number): void {
    while (this.#late.nextUs <= nowUs) {
      this.#late.take()
      this.signal()
    }
    if (this.#faults.raisesForNothing()) this.signal()
    this.#isServiced = load(this.#words, this.#word + LINE_TAKEN) === this.#raised
  }

  /** Last thing of a device's poll; `isActive` says whether a level line has a cause. */
  endPoll(isActive: boolean, nowUs: number): void {
    if (this.trigger !== 'level') return
    const isAsserted = isActive || this.#isStuck(nowUs)
    if (isAsserted !== this.#isAsserted) {
      this.#isAsserted = isAsserted
      store(this.#words, this.#word + LINE_ASSERTED, isAsserted ? 1 : 0)
    }
    if (!isAsserted || !this.#isServiced) return
    this.#isServiced = false
    this.signal()
  }

  /** True when a poll would find something to do at this line. */
  hasWork(): boolean {
    return this.#isAsserted && load(this.#words, this.#word + LINE_TAKEN) === this.#raised
  }

  /** When the line needs a poll at the latest. */
  get nextUs(): number {
    const unstuckUs = this.#stuckUntilUs === -Infinity ? Infinity : this.#stuckUntilUs
    return Math.min(this.#late.nextUs, unstuckUs)
  }

  /** The device has gone: nothing is raised any more. */
  quiet(): void {
    this.#late.clear()
    this.#stuckUntilUs = -Infinity
    this.#isAsserted = false
    store(this.#words, this.#word + LINE_ASSERTED, 0)
  }

  /** Raises whatever the faults say. */
  signal(): void {
    this.#raised = (this.#raised + 1) | 0
    if (this.#times !== null) this.#times.note(this.#raised)
    store(this.#words, this.#word + LINE_RAISED, this.#raised)
    if (load(this.#words, this.#word + LINE_MASK) !== 0) return
    add(this.#words, INTERRUPT_SIGNALS, 1)
    this.#worker.ring()
  }

  /** A line may stick when its cause goes. */
  #isStuck(nowUs: number): boolean {
    if (this.#isAsserted && this.#stuckUntilUs === -Infinity) {
      this.#stuckUntilUs = nowUs + this.#faults.stuckUs()
    }
    if (nowUs < this.#stuckUntilUs) return true
    this.#stuckUntilUs = -Infinity
    return false
  }
}
