// Device parts: what both models are made of: registers, lines, reachable memory, clock, faults.
// Runs on: the hardware's thread, or a test that steps it.

import type { LineDescriptor } from '../src/index.js'
import { DmaSpace } from './dma-space.js'
import { type FaultOptions, FaultPlan } from './fault-plan.js'
import { type HardwareClock, RealClock } from './hardware-clock.js'
import type { HardwareReport } from './hardware-device.js'
import { InterruptLine, type Trigger } from './interrupt-line.js'
import { RaiseTimes } from './raise-times.js'
import { RegisterBank } from './register-bank.js'

export interface DevicePartsOptions {
  readonly name: string
  /** Made by the model's `createBar`. */
  readonly bar: SharedArrayBuffer
  readonly lines: readonly LineDescriptor[]
  readonly faults?: FaultOptions
  /** Where to note when each line was raised, made by `createRaiseTimes`. Default: nowhere. */
  readonly raiseTimes?: SharedArrayBuffer
  /** Default: real time. */
  readonly clock?: HardwareClock
}

export class DeviceParts {
  readonly name: string
  readonly bank: RegisterBank
  readonly dma = new DmaSpace()
  readonly lines: readonly InterruptLine[]
  readonly faults: FaultPlan
  readonly clock: HardwareClock

  constructor(options: DevicePartsOptions, trigger: Trigger) {
    this.name = options.name
    this.bank = new RegisterBank(options.bar)
    this.faults = new FaultPlan(options.faults)
    const { raiseTimes } = options
    this.lines = options.lines.map((line, i) => {
      const times = raiseTimes === undefined ? null : new RaiseTimes(raiseTimes, i)
      return new InterruptLine(line, trigger, this.faults, times)
    })
    this.clock = options.clock ?? new RealClock()
  }

  /** The device has gone: registers read all ones, lines are quiet. */
  remove(): void {
    this.bank.remove()
    for (const line of this.lines) line.quiet()
  }

  report(): HardwareReport {
    const { bank, dma } = this
    return {
      device: this.name,
      commandsExecuted: bank.commandsExecuted,
      raised: this.lines.map((line) => line.raised),
      dmaFaults: dma.faults,
      lastDmaFault: dma.lastFault,
      dmaBytesRead: dma.bytesRead,
      dmaBytesWritten: dma.bytesWritten,
      faults: this.faults.counts,
      isRemoved: bank.isRemoved,
    }
  }
}
