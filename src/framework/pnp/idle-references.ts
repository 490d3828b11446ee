/**
 * Power references of a device, and the time-out after the last one: what tells the policy machine that a
 * device is idle, or needed again. Runs on: the device's home worker.
 * Source: [WDF] poweridlestatemachine.cpp; WdfDeviceStopIdle, WdfDeviceResumeIdle; kmdf.md 3.8, 6.9.
 *
 * Invariants: the time-out runs only while it is enabled, nobody holds a reference and the device is in D0;
 * a reference is given at once in D0, else the holder waits until the device is there or has failed to come.
 */
import {
  STATUS_INVALID_DEVICE_STATE,
  STATUS_PENDING,
  STATUS_POWER_STATE_INVALID,
  STATUS_SUCCESS,
} from '../../abi/ntstatus.js'
import { WdfStatusError } from '../errors.js'
import type { Clock } from './clock.js'

/** What power references tell the machines. */
export interface IdleEvents {
  timeoutExpired(): void
  /** Somebody wants a device that is not in D0. */
  ioPresent(): void
}

type Waiter = (status: number) => void

export class IdleReferences {
  readonly #clock: Clock
  readonly #events: IdleEvents
  readonly #waiters: Waiter[] = []
  /** Milliseconds without a reference after which the device is idle. */
  timeoutMs: number
  #count = 0
  #isStarted = false
  #isPowered = false
  #hasFailed = false
  #isEnabled = false
  #isTimedOut = false
  #ioPresentSent = false
  #cancelTimer: (() => void) | undefined

  constructor(clock: Clock, timeoutMs: number, events: IdleEvents) {
    this.#clock = clock
    this.timeoutMs = timeoutMs
    this.#events = events
  }

  /** References held. */
  get count(): number {
    return this.#count
  }

  /** True when the device is in D0 and stays there for who takes a reference now. */
  get isInD0(): boolean {
    return this.#isStarted && this.#isPowered && !this.#isTimedOut && !this.#hasFailed
  }

  /**
   * Takes a reference.
   * @param settled told the outcome when the answer is STATUS_PENDING: STATUS_SUCCESS in D0, else
   *   STATUS_POWER_STATE_INVALID, and then the reference is not held.
   * @returns STATUS_SUCCESS in D0, STATUS_PENDING on the way there, STATUS_POWER_STATE_INVALID when the device
   *   is not started or has failed.
   */
  reference(settled: Waiter): number {
    if (!this.#isStarted || this.#hasFailed) return STATUS_POWER_STATE_INVALID
    this.#count++
    this.#stopTimer()
    if (this.isInD0) return STATUS_SUCCESS
    this.#waiters.push(settled)
    this.#tellIoPresent()
    return STATUS_PENDING
  }

  /** Gives a reference back; after the last one the time-out runs. */
  dereference(): void {
    if (this.#count === 0) {
      throw new WdfStatusError(
        STATUS_INVALID_DEVICE_STATE,
        'a power reference was given back that nobody holds',
        this.#count,
      )
    }
    this.#count--
    this.#startTimer()
  }

  /** The device starts; it is on its way to D0. */
  start(): void {
    this.#isStarted = true
    this.#isPowered = false
    this.#hasFailed = false
    // The start itself brings the device to D0: nobody has to be told that it is wanted.
    this.#ioPresentSent = true
  }

  /** The device stops. Who waits for D0 waits in vain. */
  stop(): void {
    this.#isStarted = false
    this.#isEnabled = false
    this.#stopTimer()
    this.#settle(STATUS_POWER_STATE_INVALID)
  }

  /** A new device object on the same node: nobody holds anything. */
  reset(): void {
    this.#count = 0
  }

  /** From now on the device may become idle. */
  enableTimer(): void {
    this.#isEnabled = true
    this.#isTimedOut = false
    if (this.isInD0) this.#settle(STATUS_SUCCESS)
    this.#startTimer()
  }

  /** The device may not become idle. An expiry that was told already is still to be awaited. */
  disableTimer(): void {
    this.#isEnabled = false
    this.#stopTimer()
    this.#isTimedOut = false
    if (this.isInD0) this.#settle(STATUS_SUCCESS)
  }

  /** True when the device is down and nobody wants it up. */
  mayStayIdle(): boolean {
    this.#ioPresentSent = false
    return !this.#isPowered && this.#count === 0
  }

  /** The device has left D0. */
  powerDown(): void {
    this.#isPowered = false
    this.#isTimedOut = false
    this.#stopTimer()
  }

  /** The device is in D0. */
  powerUpComplete(): void {
    this.#isPowered = true
    this.#isTimedOut = false
    this.#ioPresentSent = false
    this.#settle(STATUS_SUCCESS)
  }

  /** The device cannot be brought to D0, or cannot leave it properly. */
  fail(): void {
    this.#hasFailed = true
    this.#stopTimer()
    this.#settle(STATUS_POWER_STATE_INVALID)
  }

  #tellIoPresent(): void {
    if (this.#ioPresentSent) return
    this.#ioPresentSent = true
    this.#events.ioPresent()
  }

  #settle(status: number): void {
    for (const settled of this.#waiters.splice(0)) {
      if (status !== STATUS_SUCCESS) this.#count--
      settled(status)
    }
  }

  #startTimer(): void {
    if (!this.#isEnabled || this.#count > 0 || !this.isInD0 || this.#cancelTimer !== undefined)
      return
    this.#cancelTimer = this.#clock.after(this.timeoutMs, () => {
      this.#cancelTimer = undefined
      this.#isTimedOut = true
      this.#events.timeoutExpired()
    })
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }
}
