/**
 * stamping-nvme-driver.ts: the shipped NVMe driver, with a note of the time at each stage of a request.
 *
 * Runs on: the device's worker. Parameters: as the NVMe driver, and stamps.
 */
import type { DeviceHardware } from '../../src/index.js'
import { nvmeDriver, type NvmeParameters } from '../../src/pairs/hardware/nvme.js'
import { NvmeAdapter } from '../../src/pairs/hardware/nvme-adapter.js'
import { InterruptStamps, type InterruptStampsPlan } from './interrupt-stamps.js'

class StampingNvmeAdapter extends NvmeAdapter {
  readonly #stamps: InterruptStamps
  readonly #isr = (): boolean => super.nvmeEvtInterruptIsr()

  constructor(
    hardware: DeviceHardware,
    { depth, watchdogMs, timeoutMs }: NvmeParameters,
    plan: InterruptStampsPlan,
  ) {
    super(hardware, depth, watchdogMs, timeoutMs)
    this.#stamps = new InterruptStamps(plan)
  }

  override nvmeEvtInterruptIsr(): boolean {
    return this.#stamps.isr(this.interrupt, this.#isr)
  }

  override nvmeEvtInterruptDpc(): void {
    this.#stamps.dpc()
    super.nvmeEvtInterruptDpc()
  }

  protected override commandCompleted(tag: number, nvmeStatus: number): void {
    const request = this.requestOf(tag)
    if (request !== null) this.#stamps.completed(request)
    super.commandCompleted(tag, nvmeStatus)
  }
}

export default nvmeDriver((hardware, parameters, deviceInit) => {
  const stamps = deviceInit.parameters['stamps'] as InterruptStampsPlan
  return new StampingNvmeAdapter(hardware, parameters, stamps)
})
