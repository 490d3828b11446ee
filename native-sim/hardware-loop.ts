// Hardware loop: moves one device for as long as its thread lives, and decides how to wait when there is nothing to do.
// Runs on: the hardware's thread. HOT. The thread's event loop never turns meanwhile: what main wants comes by a word
// that says so, and a port that is read synchronously.
//
//   work                  poll again
//   something due soon    spin until then
//   nothing               spin for a while, then park until rung, or until shortly before what is due next

import { BAR_DOORBELL } from '../src/abi/register-layout.js'
import { load, pause } from '../src/sharedarraybuffer-queue/access.js'
import {
  createIdleStrategy,
  IDLE_SPIN,
  type IdleStrategy,
  type IdleStrategyName,
  Sleeper,
} from '../src/sharedarraybuffer-queue/index.js'
import type { HardwareClock } from './hardware-clock.js'
import type { HardwareDevice } from './hardware-device.js'

/** Things a device does between two looks at main's word. */
const POLL_LIMIT = 256
/** A sleep ends late: the last piece before something is due is spent looking. */
const SPIN_US = 150
const LONGEST_PARK_MS = 50

/** Main's words: 0 not 0 = stop; 1 counts messages on the port. */
export const CONTROL_STOP = 0
export const CONTROL_MESSAGES = 1

export interface HardwareLoopParts {
  readonly device: HardwareDevice
  readonly bar: Int32Array
  readonly control: Int32Array
  readonly clock: HardwareClock
  readonly waitStrategy: IdleStrategyName
  /** Reads and answers main's messages. */
  readonly onMessages: () => void
}

export class HardwareLoop {
  readonly sleeper: Sleeper
  readonly #parts: HardwareLoopParts
  readonly #idle: IdleStrategy
  #messagesSeen = 0
  readonly #hasWork = (): boolean => this.#parts.device.hasWork() || this.#isCalled()

  constructor(parts: HardwareLoopParts) {
    this.#parts = parts
    this.#idle = createIdleStrategy(parts.waitStrategy)
    this.sleeper = new Sleeper(parts.bar, BAR_DOORBELL)
  }

  /** Runs until main says stop. */
  simulatedHardwareRun(): void {
    const { device, control } = this.#parts
    while (load(control, CONTROL_STOP) === 0) {
      if (this.#isCalled()) this.#answer()
      if (device.poll(POLL_LIMIT) !== 0) this.#idle.reset()
      else this.#idleOnce()
    }
    this.#answer()
  }

  #idleOnce(): void {
    const { device, clock } = this.#parts
    const nextUs = device.nextUs()
    const leftUs = nextUs === Infinity ? Infinity : nextUs - clock.nowUs()
    if (leftUs < SPIN_US) {
      pause()
      return
    }
    const idle = this.#idle
    // What is asked of the device here costs a tenth of a poll.
    while (idle.idle() === IDLE_SPIN) if (this.#hasWork() || leftUs !== Infinity) return
    const before = performance.now()
    const parkMs = Math.min(LONGEST_PARK_MS, (leftUs - SPIN_US) / 1000)
    this.sleeper.park(parkMs, this.#hasWork)
    idle.parked(performance.now() - before)
  }

  #isCalled(): boolean {
    const { control } = this.#parts
    return (
      load(control, CONTROL_STOP) !== 0 || load(control, CONTROL_MESSAGES) !== this.#messagesSeen
    )
  }

  #answer(): void {
    this.#messagesSeen = load(this.#parts.control, CONTROL_MESSAGES)
    this.#parts.onMessages()
  }
}
