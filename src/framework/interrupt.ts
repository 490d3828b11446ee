/**
 * Interrupt (WDFINTERRUPT): one of a device's interrupts as its driver sees it.
 * Runs on: the worker that the line is bound to, which is the device's home. Source: kmdf.md 5.3.
 *
 *   created ──connect──► connected, active ──reportInactive──► connected, ignored (soft disconnect)
 *                              │      ◄──────reportActive─────────┘
 *                              └──disconnect──► created
 *
 * The interrupt lock is the worker: ISRs, DPCs and everything else of the device run there one after another.
 * It is counted all the same, so that a driver which takes it twice, or lets go what it does not hold, hears of it.
 *
 * Invariants: an ISR is called only while the interrupt is connected and active; in all other states an
 * interrupt is answered "not mine" without the driver. What the ISR queued runs once, however often it queued it.
 */
import { placeOf } from '../abi/callback-names.js'
import { STATUS_INVALID_DEVICE_STATE, STATUS_INVALID_PARAMETER } from '../abi/ntstatus.js'
import { DeferredCall } from '../dispatch/dpc-queue.js'
import { hardwareViolation } from '../dispatch/hardware-violation.js'
import {
  type InterruptConnection,
  type InterruptService,
  SERVICE_CLAIMED,
  SERVICE_HELD,
  SERVICE_UNCLAIMED,
} from '../dispatch/interrupt-controller.js'
import { DEVICE_LEVEL, DISPATCH_LEVEL, type LevelledTurn } from '../dispatch/levelled-turn.js'
import { isThenable, WorkItemCall } from '../dispatch/work-item-queue.js'
import type { Ringer } from '../sharedarraybuffer-queue/doorbell.js'
import {
  callbackParentOf,
  type CallbackParent,
  checkSerialization,
  deviceNumber,
} from './callback-parent.js'
import type { CallbackResult } from './driver.js'
import { WdfStatusError } from './errors.js'
import { FrameworkObject } from './framework-object.js'
import type { InterruptConfig, InterruptResource } from './interrupt-config.js'
import { parentInDevice } from './object-parent.js'

/** What an interrupt is called about. */
export interface InterruptInfo {
  readonly messageNumber: number
  readonly trigger: 'message' | 'level'
  readonly isMessageSignalled: boolean
  readonly isPassive: boolean
  /** Line of the worker's interrupt block. */
  readonly line: number
}

const NOTHING = (): void => {}

export class Interrupt implements InterruptService {
  readonly parent: CallbackParent
  readonly messageNumber: number
  /** Created in EvtDevicePrepareHardware: deleted after EvtDeviceReleaseHardware. */
  readonly createdInPrepareHardware: boolean
  readonly config: InterruptConfig
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject<Interrupt>
  /** The driver's own state. */
  context: Record<string, unknown> = {}
  private readonly levels: LevelledTurn
  private readonly dpc: DeferredCall
  private readonly workItem: WorkItemCall
  /** Runs a passive-level ISR. */
  private readonly passiveIsr: WorkItemCall
  private resource: InterruptResource | null
  private connection: InterruptConnection | null = null
  private isActive = false
  private isLocked = false
  /** @internal Where the worker is while it is in the ISR. */
  readonly origin: number

  /** @internal Drivers call `hardware.createInterrupt`; the configuration has been checked. */
  constructor(
    levels: LevelledTurn,
    device: CallbackParent,
    config: InterruptConfig,
    messageNumber: number,
    resource: InterruptResource | null,
  ) {
    this.levels = levels
    this.config = config
    const above = parentInDevice('interrupt', config.parent, device.object)
    this.parent = callbackParentOf('interrupt', above)
    this.messageNumber = messageNumber
    this.createdInPrepareHardware = config.interruptTranslated !== undefined
    this.resource = config.interruptTranslated ?? resource
    const level = config.EvtInterruptWorkItem === undefined ? 'dispatch' : 'passive'
    checkSerialization(
      `interrupt's ${level === 'passive' ? 'work item' : 'DPC'}`,
      this.parent,
      config.automaticSerialization === true,
      level,
    )
    const number = deviceNumber(above)
    const dpcPlace = placeOf(number, 'EvtInterruptDpc')
    const workItemPlace = placeOf(number, 'EvtInterruptWorkItem')
    this.origin = placeOf(number, 'EvtInterruptIsr')
    this.dpc = new DeferredCall(() => {
      const before = levels.place.enter(dpcPlace)
      try {
        const result: unknown = this.config.EvtInterruptDpc?.(this)
        if (result !== undefined) levels.callbackReturned(this.dpc, result)
      } finally {
        levels.place.enter(before)
      }
    }, dpcPlace)
    const { EvtInterruptWorkItem = NOTHING } = config
    this.workItem = new WorkItemCall(
      () => levels.place.run(workItemPlace, EvtInterruptWorkItem, this),
      workItemPlace,
    )
    this.passiveIsr = new WorkItemCall(() => this.runPassiveIsr(), this.origin)
    this.object = new FrameworkObject<Interrupt>('interrupt', this, above, config)
  }

  /** WdfInterruptGetInfo. */
  get info(): InterruptInfo {
    const { trigger = 'message', line } = this.resource ?? {}
    return {
      messageNumber: this.messageNumber,
      trigger,
      isMessageSignalled: trigger === 'message',
      isPassive: this.config.passiveHandling === true,
      line: line?.line ?? -1,
    }
  }

  get isConnected(): boolean {
    return this.connection !== null
  }

  /** Counts of the line, null while it is not connected. */
  get statistics(): InterruptConnection | null {
    return this.connection
  }

  /** How often the DPC ran, in 32 bits. */
  get dpcRuns(): number {
    return this.dpc.runs
  }

  /** Queues EvtInterruptDpc; true if newly queued, false if it waits already. WdfInterruptQueueDpcForIsr. */
  queueDpcForIsr(): boolean {
    return this.levels.dpcs.enqueue(this.dpc, 0, 0)
  }

  /**
   * Queues EvtInterruptWorkItem; true if newly queued. WdfInterruptQueueWorkItemForIsr. KMDF hops through a DPC
   * to get there from DIRQL; the worker's queue can be reached from any level.
   */
  queueWorkItemForIsr(): boolean {
    return this.levels.workItems.enqueue(this.workItem)
  }

  /**
   * Runs `callback` as the ISR runs: at DIRQL, under the interrupt lock; returns its answer.
   * WdfInterruptSynchronize.
   * @throws WdfViolation WDF_RECURSIVE_LOCK while the lock is held; WDF_IRQL_MISMATCH for a passive interrupt above
   *   PASSIVE_LEVEL.
   */
  synchronize<T>(callback: (interrupt: Interrupt, context: T) => boolean, context: T): boolean {
    this.acquireLock()
    try {
      return this.levels.atLevel(this.lockLevel, () => callback(this, context))
    } finally {
      this.releaseLock()
    }
  }

  /** WdfInterruptAcquireLock. @throws WdfViolation as `synchronize` */
  acquireLock(): void {
    if (this.isLocked) {
      hardwareViolation(
        'WDF_RECURSIVE_LOCK',
        `the lock of interrupt ${this.messageNumber} is held already: release it first`,
        this.messageNumber,
      )
    }
    if (this.config.passiveHandling === true && this.levels.irql >= DISPATCH_LEVEL) {
      hardwareViolation(
        'WDF_IRQL_MISMATCH',
        `the lock of passive interrupt ${this.messageNumber} is taken at PASSIVE_LEVEL only: use tryToAcquireLock`,
        this.levels.irql,
      )
    }
    this.isLocked = true
  }

  /** True if it got the lock. WdfInterruptTryToAcquireLock. */
  tryToAcquireLock(): boolean {
    if (this.isLocked) return false
    this.isLocked = true
    return true
  }

  /** WdfInterruptReleaseLock. @throws WdfViolation WDF_INVALID_LOCK_OPERATION when it is not held. */
  releaseLock(): void {
    if (!this.isLocked) {
      hardwareViolation(
        'WDF_INVALID_LOCK_OPERATION',
        `the lock of interrupt ${this.messageNumber} is not held: acquire it first`,
        this.messageNumber,
      )
    }
    this.isLocked = false
  }

  /** Calls EvtInterruptEnable at DIRQL under the lock. WdfInterruptEnable. */
  enable(): CallbackResult {
    return this.callLocked('EvtInterruptEnable')
  }

  /** Calls EvtInterruptDisable at DIRQL under the lock. WdfInterruptDisable. */
  disable(): CallbackResult {
    return this.callLocked('EvtInterruptDisable')
  }

  /** The device is active again: its interrupts count. WdfInterruptReportActive. */
  reportActive(): void {
    if (this.connection !== null) this.isActive = true
  }

  /** Soft disconnect: interrupts are answered "not mine" without the driver. WdfInterruptReportInactive. */
  reportInactive(): void {
    this.isActive = false
  }

  /**
   * @internal Connects the line; `hardware` hears of the end of a level interrupt.
   * @throws WdfStatusError STATUS_INVALID_DEVICE_STATE when the device has no such interrupt.
   */
  connect(hardware: Ringer | null): void {
    if (this.connection === null) {
      const { resource } = this
      if (resource === null) {
        throw new WdfStatusError(
          STATUS_INVALID_DEVICE_STATE,
          `the device has no interrupt ${this.messageNumber}: give its hardware more lines, or create fewer interrupts`,
          this.messageNumber,
        )
      }
      const toHardware = resource.trigger === 'level' ? hardware : null
      this.connection = this.levels.interrupts.connect(resource.line.line, this, toHardware)
    }
    this.isActive = true
  }

  /** @internal Lets no more of the driver's callbacks come from this interrupt: flushes its DPC and work items. */
  async flush(): Promise<void> {
    this.levels.dpcs.flush(this.dpc)
    await this.levels.workItems.flush(this.passiveIsr)
    await this.levels.workItems.flush(this.workItem)
  }

  /** @internal Cuts the line; with `isSoft` it stays connected and is ignored. */
  disconnect(isSoft: boolean): void {
    this.isActive = false
    if (isSoft || this.connection === null) return
    this.levels.interrupts.disconnect(this.connection)
    this.connection = null
  }

  /** @internal It is deleted, or its device goes. */
  dispose(): void {
    this.disconnect(false)
  }

  /** @internal Those of EvtDriverDeviceAdd stay as long as their device. */
  whyNotDeletable(): string | undefined {
    return this.createdInPrepareHardware ? undefined : 'it was created in EvtDriverDeviceAdd'
  }

  /** @internal The interrupt controller found the line pending. */
  serviceInterrupt(): number {
    if (!this.isActive) return SERVICE_UNCLAIMED
    if (this.config.passiveHandling === true) {
      this.levels.workItems.enqueue(this.passiveIsr)
      return SERVICE_HELD
    }
    const { place } = this.levels
    const before = place.enter(this.origin)
    this.isLocked = true
    try {
      const answer = this.config.EvtInterruptIsr(this, this.messageNumber)
      if (answer === true) return SERVICE_CLAIMED
      if (isThenable(answer)) this.refusePromise(answer)
      return SERVICE_UNCLAIMED
    } finally {
      this.isLocked = false
      place.enter(before)
    }
  }

  /** The hardware waits for an ISR at DIRQL, and nothing else runs meanwhile. */
  private refusePromise(answer: PromiseLike<unknown>): never {
    this.levels.callbackReturned(this, answer)
    throw new WdfStatusError(
      STATUS_INVALID_PARAMETER,
      'EvtInterruptIsr answered with a promise: at DIRQL it says at once whether it was its device; ' +
        'only one with passiveHandling may be asynchronous',
      this.messageNumber,
    )
  }

  private get lockLevel(): number {
    return this.config.passiveHandling === true ? this.levels.irql : DEVICE_LEVEL
  }

  private callLocked(name: 'EvtInterruptEnable' | 'EvtInterruptDisable'): CallbackResult {
    const callback = this.config[name]
    if (callback === undefined) return undefined
    const place = placeOf(deviceNumber(this.object), name)
    this.acquireLock()
    try {
      return this.levels.atLevel(this.lockLevel, () => this.levels.place.run(place, callback, this))
    } finally {
      this.releaseLock()
    }
  }

  /** The ISR of a passive-level interrupt, as a work item; the line is masked until it has answered. */
  private runPassiveIsr(): Promise<void> | undefined {
    const { connection } = this
    const answered = (isClaimed: boolean): void => {
      this.isLocked = false
      if (connection !== null) this.levels.interrupts.release(connection, isClaimed)
    }
    if (!this.isActive) {
      answered(false)
      return undefined
    }
    const { place } = this.levels
    const before = place.enter(this.origin)
    this.isLocked = true
    try {
      const answer = this.config.EvtInterruptIsr(this, this.messageNumber)
      if (typeof answer !== 'boolean') return this.awaitPassiveIsr(answer, answered)
      answered(answer)
    } catch (error) {
      answered(false)
      throw error
    } finally {
      place.enter(before)
    }
    return undefined
  }

  private async awaitPassiveIsr(
    answer: Promise<boolean>,
    answered: (isClaimed: boolean) => void,
  ): Promise<void> {
    let isClaimed = false
    try {
      isClaimed = await answer
    } finally {
      answered(isClaimed)
    }
  }
}
