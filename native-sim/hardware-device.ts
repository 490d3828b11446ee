// Hardware device: what every model of a device has, so that a loop can move it without knowing which it is.
// Runs on: the hardware's thread, or a test that steps it.

import type { DmaFault, DmaWindow } from './dma-space.js'
import type { FaultCounts } from './fault-plan.js'

export interface HardwareDevice {
  readonly name: string
  /** Lets the device do what it can now, at most `limit` things; returns how many it did. */
  poll(limit: number): number
  /**
   * True when a poll would find something that its driver rang for; asked before the thread sleeps, and after. What is
   * due by itself is not in it: `nextUs` says when.
   */
  hasWork(): boolean
  /** When the device does something by itself next, on its clock; Infinity if never. */
  nextUs(): number
  /** Gives it memory that it may reach. */
  mapDma(window: DmaWindow): void
  unmapDma(window: number): void
  /** Pulls it out. */
  surpriseRemove(): void
  report(): HardwareReport
}

/** What a device has counted; plain data. */
export interface HardwareReport {
  readonly device: string
  readonly commandsExecuted: number
  /** Raises of each line, in 32 bits. */
  readonly raised: readonly number[]
  readonly dmaFaults: number
  readonly lastDmaFault: DmaFault | undefined
  readonly dmaBytesRead: number
  readonly dmaBytesWritten: number
  readonly faults: FaultCounts
  readonly isRemoved: boolean
}
