/**
 * Port holds: how a miniport holds its units' queues back: pause for some time, busy until so many requests have
 * completed; one unit, or all of the adapter. Runs on: the device's home worker. Source: StorPortPause, StorPortBusy
 * and their like; kmdf.md 1.5.
 */
import { HOLD_BUSY, HOLD_PAUSED, type LogicalUnit } from './logical-unit.js'

export abstract class PortHolds {
  readonly #timers = new Set<NodeJS.Timeout>()

  abstract units(): readonly LogicalUnit[]
  /** Starts what the unit has, as far as it may. */
  abstract dispatch(unit: LogicalUnit): void

  pause(timeoutMs: number): void {
    for (const unit of this.units()) this.pauseDevice(unit.lun, timeoutMs)
  }

  resume(): void {
    for (const unit of this.units()) this.resumeDevice(unit.lun)
  }

  busy(requestsToComplete: number): void {
    for (const unit of this.units()) this.deviceBusy(unit.lun, requestsToComplete)
  }

  ready(): void {
    for (const unit of this.units()) this.deviceReady(unit.lun)
  }

  pauseDevice(lun: number, timeoutMs: number): void {
    const unit = this.units()[lun] as LogicalUnit
    unit.hold(HOLD_PAUSED)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.resumeDevice(lun)
    }, timeoutMs)
    this.#timers.add(timer)
  }

  resumeDevice(lun: number): void {
    const unit = this.units()[lun] as LogicalUnit
    unit.unhold(HOLD_PAUSED)
    this.dispatch(unit)
  }

  deviceBusy(lun: number, requestsToComplete: number): void {
    const unit = this.units()[lun] as LogicalUnit
    // What is not outstanding cannot complete: the hold would never end.
    unit.busyCount = Math.min(requestsToComplete, unit.outstanding)
    if (unit.busyCount > 0) unit.hold(HOLD_BUSY)
  }

  deviceReady(lun: number): void {
    const unit = this.units()[lun] as LogicalUnit
    unit.busyCount = 0
    unit.unhold(HOLD_BUSY)
    this.dispatch(unit)
  }

  /** Pauses end by themselves no more. */
  protected stopHolds(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
