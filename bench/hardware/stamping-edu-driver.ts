/**
 * stamping-edu-driver.ts: the shipped edu driver, with a note of the time at each stage of a request.
 *
 * Runs on: the device's worker. Parameters: as the edu driver, and stamps.
 */
import type { DeviceHardware } from '../../src/index.js'
import { EduAdapter } from '../../src/pairs/hardware/edu-adapter.js'
import { eduDriver } from '../../src/pairs/hardware/edu.js'
import { InterruptStamps, type InterruptStampsPlan } from './interrupt-stamps.js'

class StampingEduAdapter extends EduAdapter {
  readonly #stamps: InterruptStamps
  readonly #isr = (): boolean => super.eduEvtInterruptIsr()

  constructor(hardware: DeviceHardware, watchdogMs: number, plan: InterruptStampsPlan) {
    super(hardware, watchdogMs)
    this.#stamps = new InterruptStamps(plan)
  }

  override eduEvtInterruptIsr(): boolean {
    return this.#stamps.isr(this.interrupt, this.#isr)
  }

  override eduEvtInterruptDpc(): void {
    const request = this.current
    this.#stamps.dpc()
    // One request at a time: what this DPC completes is the one in hand.
    if (request !== null) this.#stamps.completed(request)
    super.eduEvtInterruptDpc()
  }
}

export default eduDriver((hardware, watchdogMs, deviceInit) => {
  const stamps = deviceInit.parameters['stamps'] as InterruptStampsPlan
  return new StampingEduAdapter(hardware, watchdogMs, stamps)
})
