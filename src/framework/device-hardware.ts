/**
 * Device hardware: what a device has besides its queues: registers, interrupts, DMA, common memory, and the DPCs,
 * timers and work items of its worker. Runs on: the device's home worker.
 *
 *   power up     EvtDeviceD0Entry → connectInterrupts: each in order of creation: connect, EvtInterruptEnable →
 *                EvtDeviceD0EntryPostInterruptsEnabled → enableDma
 *   power down   disableDma → EvtDeviceD0ExitPreInterruptsDisabled → disconnectInterrupts: in reverse order:
 *                EvtInterruptDisable, flush DPC, flush work item, disconnect → EvtDeviceD0Exit
 *   release      EvtDeviceReleaseHardware → releaseHardware: interrupts made in PrepareHardware go, in reverse
 *   remove       dispose; DPCs, timers and work items go with the device's object
 *
 * Source: kmdf.md 5.3, 6.1, 6.2.
 */
import {
  STATUS_INVALID_DEVICE_STATE,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../abi/ntstatus.js'
import type { LevelledTurn } from '../dispatch/levelled-turn.js'
import type { CallbackParent } from './callback-parent.js'
import { type CommonBuffer, CommonBufferPool, type CommonBufferResource } from './common-buffer.js'
import { DmaEnabler, type DmaEnablerConfig } from './dma-enabler.js'
import { Dpc, type DpcConfig } from './dpc.js'
import { failureStatusOf, WdfStatusError } from './errors.js'
import { Interrupt } from './interrupt.js'
import {
  checkInterruptConfig,
  type CreationPhase,
  type InterruptConfig,
  type InterruptResource,
} from './interrupt-config.js'
import { Registers } from './registers.js'
import { Timer, type TimerConfig } from './timer.js'
import { WorkItem, type WorkItemConfig } from './work-item.js'

/** The hardware of one device, as its resources name it; structured-cloneable. */
export interface HardwareResources {
  readonly bar?: SharedArrayBuffer
  readonly interrupts?: readonly InterruptResource[]
  readonly commonBuffer?: CommonBufferResource
}

export interface DisconnectOptions {
  /** The device has gone: EvtInterruptDisable is not called. */
  readonly isSurpriseRemoved?: boolean
  /** An explicit power-down: interrupts that say so stay connected and are ignored. */
  readonly isPowerDown?: boolean
}

export class DeviceHardware {
  readonly device: CallbackParent
  readonly levels: LevelledTurn
  readonly resources: HardwareResources
  readonly interrupts: Interrupt[] = []
  readonly dmaEnablers: DmaEnabler[] = []
  /** @internal Where the device stands: interrupts are created in the first two phases only. */
  phase: CreationPhase = 'device-add'
  private readonly commonBuffers: CommonBufferPool
  private mapped: Registers | undefined
  private thrown: unknown

  /** @internal Made with the device. */
  constructor(device: CallbackParent, levels: LevelledTurn, resources: HardwareResources = {}) {
    this.device = device
    this.levels = levels
    this.resources = resources
    this.commonBuffers = new CommonBufferPool(resources.commonBuffer)
  }

  /** The device's registers. @throws WdfStatusError STATUS_INVALID_DEVICE_STATE when it has none. */
  get registers(): Registers {
    const { bar } = this.resources
    if (bar === undefined) {
      throw new WdfStatusError(
        STATUS_INVALID_DEVICE_STATE,
        'the device has no registers: add it with the resources of simulated hardware',
        'bar',
      )
    }
    this.mapped ??= new Registers(bar)
    return this.mapped
  }

  /** True after surprise removal; a device without registers is never removed. */
  get isRemoved(): boolean {
    return this.resources.bar !== undefined && this.registers.isRemoved
  }

  /** WdfInterruptCreate. @throws WdfStatusError with KMDF's status for a configuration that it refuses. */
  createInterrupt(config: InterruptConfig): Interrupt {
    checkInterruptConfig(config, this.phase)
    const messageNumber = this.interrupts.length
    const resource = this.resources.interrupts?.[messageNumber] ?? null
    const interrupt = new Interrupt(this.levels, this.device, config, messageNumber, resource)
    this.interrupts.push(interrupt)
    return interrupt
  }

  /** WdfDpcCreate. @throws WdfStatusError as KMDF */
  createDpc(config: DpcConfig): Dpc {
    return new Dpc(this.levels, config)
  }

  /** WdfTimerCreate. @throws WdfStatusError as KMDF */
  createTimer(config: TimerConfig): Timer {
    return new Timer(this.levels, config)
  }

  /** WdfWorkItemCreate. @throws WdfStatusError as KMDF */
  createWorkItem(config: WorkItemConfig): WorkItem {
    return new WorkItem(this.levels, config)
  }

  /** WdfDmaEnablerCreate. @throws WdfStatusError as KMDF */
  createDmaEnabler(config: DmaEnablerConfig): DmaEnabler {
    const enabler = new DmaEnabler(config, this.device.object)
    this.dmaEnablers.push(enabler)
    return enabler
  }

  /**
   * Zeroed memory that the device can reach, at a multiple of `alignment` (a power of two; default: a page). It goes
   * back when the hardware is released. WdfCommonBufferCreate.
   * @throws WdfStatusError STATUS_INSUFFICIENT_RESOURCES when there is not that much left.
   */
  createCommonBuffer(byteLength: number, alignment = 4096): CommonBuffer {
    return this.commonBuffers.take(byteLength, alignment)
  }

  /**
   * @internal Connects and enables every interrupt, in order of creation. The first failure stops it and takes
   * back what was done; returns its status.
   */
  async connectInterrupts(): Promise<number> {
    for (const interrupt of this.interrupts) {
      if (interrupt.object.state !== 'created') continue
      const status = await this.statusOf(async () => {
        interrupt.connect(this.hardwareBell())
        checked('EvtInterruptEnable', interrupt, await interrupt.enable())
      })
      if (status >= 0) continue
      await this.disconnectInterrupts({ isSurpriseRemoved: true })
      return status
    }
    return STATUS_SUCCESS
  }

  /** @internal In reverse order; every step is done, the first failure's status is returned. */
  async disconnectInterrupts(options: DisconnectOptions = {}): Promise<number> {
    let outcome = STATUS_SUCCESS
    for (const interrupt of this.interrupts.toReversed()) {
      if (!interrupt.isConnected) continue
      if (options.isSurpriseRemoved !== true) {
        const status = await this.statusOf(async () =>
          checked('EvtInterruptDisable', interrupt, await interrupt.disable()),
        )
        if (status < 0 && outcome >= 0) outcome = status
      }
      await interrupt.flush()
      const isSoft =
        options.isPowerDown === true && interrupt.config.reportInactiveOnPowerDown === true
      interrupt.disconnect(isSoft)
    }
    return outcome
  }

  /** @internal Power-up of every DMA enabler; returns the first failure's status. */
  async enableDma(): Promise<number> {
    for (const enabler of this.dmaEnablers) {
      const status = await this.statusOf(() => enabler.enable())
      if (status < 0) return status
    }
    return STATUS_SUCCESS
  }

  /** @internal Power-down, in reverse order; every step is done, the first failure's status is returned. */
  async disableDma(): Promise<number> {
    let outcome = STATUS_SUCCESS
    for (const enabler of this.dmaEnablers.toReversed()) {
      const status = await this.statusOf(() => enabler.disable())
      if (status < 0 && outcome >= 0) outcome = status
    }
    return outcome
  }

  /** @internal After EvtDeviceReleaseHardware: what was made in PrepareHardware goes. */
  releaseHardware(): void {
    for (let i = this.interrupts.length - 1; i >= 0; i--) {
      const interrupt = this.interrupts[i] as Interrupt
      if (!interrupt.createdInPrepareHardware) continue
      void interrupt.object.deleteByFramework()
      this.interrupts.splice(i, 1)
    }
    this.commonBuffers.reset()
  }

  /** @internal The device goes: no interrupt reaches it. DPCs, timers and work items go with its object. */
  dispose(): void {
    for (const interrupt of this.interrupts) interrupt.dispose()
  }

  /** @internal The first failure of the step that failed last, once. */
  takeThrown(): unknown {
    const { thrown } = this
    this.thrown = undefined
    return thrown
  }

  /** The status of what `call` throws, which is kept; STATUS_SUCCESS when it throws nothing. */
  private async statusOf(call: () => Promise<void>): Promise<number> {
    try {
      await call()
      return STATUS_SUCCESS
    } catch (error) {
      this.thrown ??= error
      return failureStatusOf(error) ?? STATUS_UNSUCCESSFUL
    }
  }

  /** Tells the hardware of the end of a level interrupt; a device without registers has nobody to tell. */
  private hardwareBell(): Registers['hardware'] | null {
    return this.resources.bar === undefined ? null : this.registers.hardware
  }
}

const HARDWARE = new WeakMap<object, DeviceHardware>()

/** @internal Gives a device its hardware; the Framework does, while it creates the device. */
export function attachHardware(device: object, hardware: DeviceHardware): void {
  HARDWARE.set(device, hardware)
}

/** The hardware of a device. @throws WdfStatusError STATUS_INVALID_DEVICE_STATE for anything else. */
export function hardwareOf(device: object): DeviceHardware {
  const hardware = HARDWARE.get(device) ?? (device as { hardware?: unknown }).hardware
  if (hardware instanceof DeviceHardware) return hardware
  throw new WdfStatusError(
    STATUS_INVALID_DEVICE_STATE,
    'there is no hardware here: call hardwareOf with a device, on its home worker',
    device,
  )
}

function checked(name: string, { messageNumber }: Interrupt, status: unknown): void {
  if (typeof status !== 'number' || status >= 0) return
  throw new WdfStatusError(status, `${name} of interrupt ${messageNumber} failed`, messageNumber)
}
