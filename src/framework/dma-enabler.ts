/**
 * DMA enabler (WDFDMAENABLER): what a device's DMA can do, and the map registers that its transfers share.
 * Runs on: the device's home worker. Source: WDF_DMA_ENABLER_CONFIG; kmdf.md 7.3.
 *
 * Invariant: `freeMapRegisters` plus what the transfers hold is `mapRegisters`; who waits for some is served in
 * order, as soon as enough are back.
 */
import { STATUS_INVALID_PARAMETER } from '../abi/ntstatus.js'
import type { CallbackResult } from './driver.js'
import { DmaTransaction } from './dma-transaction.js'
import { WdfStatusError } from './errors.js'
import { type ChildAttributes, FrameworkObject, type ObjectAttributes } from './framework-object.js'
import { parentInDevice } from './object-parent.js'
import { DMA_PAGE_BYTES } from './scatter-gather-list.js'

/** `packet`: one contiguous piece a transfer. `scatter-gather`: a list of pieces; `-duplex`: both ways at once. */
export type DmaProfile = 'packet' | 'scatter-gather' | 'scatter-gather-duplex'

export interface DmaEnablerConfig extends ChildAttributes<DmaEnabler> {
  readonly profile: DmaProfile
  /** Longest transfer, bytes. */
  readonly maximumLength: number
  /** Most elements of a scatter/gather list; 1 with the packet profile. Default: enough for maximumLength. */
  readonly maximumScatterGatherElements?: number
  /** Pages that all transfers together may have mapped. Default: no limit. */
  readonly mapRegisters?: number
  /** Called at power-up: fill the device's descriptors, enable its DMA, start what runs by itself. */
  readonly EvtDmaEnablerFill?: (enabler: DmaEnabler) => CallbackResult
  readonly EvtDmaEnablerEnable?: (enabler: DmaEnabler) => CallbackResult
  readonly EvtDmaEnablerSelfManagedIoStart?: (enabler: DmaEnabler) => CallbackResult
  /** Called at power-down, in reverse. */
  readonly EvtDmaEnablerSelfManagedIoStop?: (enabler: DmaEnabler) => CallbackResult
  readonly EvtDmaEnablerDisable?: (enabler: DmaEnabler) => CallbackResult
  readonly EvtDmaEnablerFlush?: (enabler: DmaEnabler) => CallbackResult
}

const POWER_UP = [
  'EvtDmaEnablerFill',
  'EvtDmaEnablerEnable',
  'EvtDmaEnablerSelfManagedIoStart',
] as const
const POWER_DOWN = [
  'EvtDmaEnablerSelfManagedIoStop',
  'EvtDmaEnablerDisable',
  'EvtDmaEnablerFlush',
] as const
const PROFILES: readonly unknown[] = ['packet', 'scatter-gather', 'scatter-gather-duplex']

export class DmaEnabler {
  readonly config: DmaEnablerConfig
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject<DmaEnabler>
  readonly profile: DmaProfile
  readonly maximumLength: number
  readonly maximumScatterGatherElements: number
  readonly mapRegisters: number
  /** @internal There are only so many map registers: transfers count them. */
  readonly isLimited: boolean
  /** The driver's own state. */
  context: Record<string, unknown> = {}
  private freeMapRegisters: number
  private readonly waiting: DmaTransaction[] = []

  /** @internal Drivers call `hardware.createDmaEnabler`. @throws WdfStatusError STATUS_INVALID_PARAMETER */
  constructor(config: DmaEnablerConfig, device: FrameworkObject) {
    checkConfig(config)
    const parent = parentInDevice('dmaEnabler', config.parent, device)
    this.object = new FrameworkObject<DmaEnabler>('dmaEnabler', this, parent, config)
    const { profile, maximumLength, mapRegisters = Infinity } = config
    const pages = Math.ceil(maximumLength / DMA_PAGE_BYTES) + 1
    this.config = config
    this.profile = profile
    this.maximumLength = maximumLength
    this.maximumScatterGatherElements =
      profile === 'packet' ? 1 : (config.maximumScatterGatherElements ?? pages)
    this.mapRegisters = mapRegisters
    this.isLimited = mapRegisters !== Infinity
    this.freeMapRegisters = mapRegisters
  }

  /** A transaction, to be used again and again. WdfDmaTransactionCreate. */
  createTransaction(attributes: ObjectAttributes<DmaTransaction> = {}): DmaTransaction {
    return new DmaTransaction(this, attributes)
  }

  /** @internal Power-up, after the interrupts: the first failure ends it. Throws what a callback throws. */
  async enable(): Promise<void> {
    for (const name of POWER_UP) {
      const status = await this.config[name]?.(this)
      if (typeof status === 'number' && status < 0) throw failed(name, status)
    }
  }

  /** @internal Power-down, before the interrupts: every step is done. Throws the first failure. */
  async disable(): Promise<void> {
    let failure: unknown
    for (const name of POWER_DOWN) {
      try {
        const status = await this.config[name]?.(this)
        if (typeof status === 'number' && status < 0) failure ??= failed(name, status)
      } catch (error) {
        failure ??= error
      }
    }
    if (failure !== undefined) throw failure
  }

  /** @internal Takes map registers for a transfer; false: the transaction waits, and is started when they are free. */
  acquire(transaction: DmaTransaction, count: number): boolean {
    if (this.waiting.length === 0 && count <= this.freeMapRegisters) {
      this.freeMapRegisters -= count
      return true
    }
    this.waiting.push(transaction)
    return false
  }

  /** @internal Takes map registers only if they are free now. */
  tryAcquire(count: number): boolean {
    if (this.waiting.length !== 0 || count > this.freeMapRegisters) return false
    this.freeMapRegisters -= count
    return true
  }

  /** @internal Gives map registers back, and starts who waited for them. */
  giveBack(count: number): void {
    this.freeMapRegisters += count
    while (this.waiting.length !== 0) {
      const transaction = this.waiting[0] as DmaTransaction
      const wanted = transaction.mapRegistersWanted
      if (wanted > this.freeMapRegisters) return
      this.waiting.shift()
      this.freeMapRegisters -= wanted
      transaction.resourcesCame()
    }
  }

  /** @internal The transaction does not wait any more; true if it did. */
  forget(transaction: DmaTransaction): boolean {
    const at = this.waiting.indexOf(transaction)
    if (at < 0) return false
    this.waiting.splice(at, 1)
    return true
  }
}

function failed(name: string, status: number): WdfStatusError {
  return new WdfStatusError(status, `${name} failed`, name)
}

function checkConfig(config: DmaEnablerConfig): void {
  const { profile, maximumLength, maximumScatterGatherElements = 1, mapRegisters = 1 } = config
  if (!PROFILES.includes(profile)) {
    refuse(`profile ${JSON.stringify(profile)} is not one of ${PROFILES.join(', ')}`, profile)
  }
  if (!Number.isInteger(maximumLength) || maximumLength < 1 || maximumLength > 2 ** 30) {
    refuse(`maximumLength ${String(maximumLength)} is not 1 to 2^30 bytes`, maximumLength)
  }
  const elements = maximumScatterGatherElements
  if (!Number.isInteger(elements) || elements < 1 || (profile === 'packet' && elements > 1)) {
    refuse(
      `maximumScatterGatherElements ${String(elements)} is not a whole number from 1 (packet: 1)`,
      elements,
    )
  }
  if (mapRegisters !== Infinity && (!Number.isInteger(mapRegisters) || mapRegisters < 1)) {
    refuse(`mapRegisters ${String(mapRegisters)} is not a whole number from 1`, mapRegisters)
  }
}

function refuse(message: string, value: unknown): never {
  throw new WdfStatusError(STATUS_INVALID_PARAMETER, message, value)
}
