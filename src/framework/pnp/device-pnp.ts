/**
 * Plug and Play, power and power policy of one device: the three machines put together, and what hosts and
 * drivers may ask of them. Runs on: the device's home worker, off the path of requests.
 * Source: kmdf.md section 6; WdfDevice…Idle, WdfDeviceSetFailed and their like.
 *
 *   PnP request ──► pnp machine ──► policy machine ──► power machine ──► driver, queues, interrupts
 *                        ▲─────────────── ▲ ─────────────────┘ (events back)
 *
 * Every request resolves with an NTSTATUS and never rejects; requests of one device run one after another.
 */
import {
  STATUS_CANCELLED,
  STATUS_DEVICE_BUSY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../../abi/ntstatus.js'
import { WdfStatusError } from '../errors.js'
import type { PowerDeviceState } from '../pnp-power-callbacks.js'
import type { SystemPowerState } from './device-callbacks.js'
import { DeviceMachines } from './device-machines.js'
import {
  type DevicePnpOptions,
  type MachineName,
  PnpContext,
  type PolicyState,
} from './pnp-context.js'
import type { PnpState } from './pnp-table.js'
import {
  checkedIdleSettings,
  checkedWakeSettings,
  checkSystemState,
  type S0IdleSettings,
  type SxWakeSettings,
} from './power-settings.js'
import type { PowerState } from './power-table.js'
import { STATE_NOTIFICATION_ALL, type StateChangeCallback } from './state-change-callbacks.js'

export class DevicePnp {
  readonly #c: PnpContext
  readonly #machines: DeviceMachines

  /** The device has been added: the machines are in Init and wait for a start. */
  constructor(options: DevicePnpOptions & { readonly parent?: DevicePnp }) {
    const c = new PnpContext(options)
    this.#c = c
    this.#machines = new DeviceMachines(c)
    const { parent } = options
    if (parent !== undefined) {
      c.parent = parent.#c
      parent.#c.children.add(c)
    }
    c.pnp.post('AddDevice')
  }

  // What it is doing

  get pnpState(): PnpState {
    return this.#c.pnp.state
  }

  get powerState(): PowerState {
    return this.#c.power.state
  }

  get powerPolicyState(): PolicyState {
    return this.#c.policy.state
  }

  /** Power state that the device is in. D3Final before its first start. */
  get devicePowerState(): PowerDeviceState {
    return this.#c.devicePowerState
  }

  get isStarted(): boolean {
    return this.#c.pnp.state === 'Started'
  }

  /** True while a callback's promise has not settled. */
  get isBusy(): boolean {
    const { pnp, power, policy } = this.#c
    return !(pnp.isWaiting && power.isWaiting && policy.isWaiting)
  }

  /** The states that each machine was in last, oldest first. */
  get history(): Readonly<Record<MachineName, readonly string[]>> {
    const { pnp, power, policy } = this.#c
    return { pnp: pnp.history, power: power.history, policy: policy.history }
  }

  // Plug and Play requests

  /** Gives the device its resources and brings it to D0; again after a stop; restarts one that runs. */
  start(): Promise<number> {
    return this.#c.requests.issue('StartDevice')
  }

  /** Asks whether the device may be stopped. A failure status: it may not, and runs on. */
  queryStop(): Promise<number> {
    return this.#c.requests.issue('QueryStop')
  }

  cancelStop(): Promise<number> {
    return this.#c.requests.issue('CancelStop')
  }

  /** Takes the device's resources away for a while. Only after queryStop. */
  stop(): Promise<number> {
    return this.#c.requests.issue('Stop')
  }

  /** Asks whether the device may be removed. A failure status: it may not, and runs on. */
  queryRemove(): Promise<number> {
    return this.#c.requests.issue('QueryRemove')
  }

  cancelRemove(): Promise<number> {
    return this.#c.requests.issue('CancelRemove')
  }

  /** Removes the device; its children first. */
  remove(): Promise<number> {
    return this.#childrenFirst('Remove')
  }

  /** The device has gone; so have its children. `remove()` follows when nobody uses it any more. */
  surpriseRemove(): Promise<number> {
    return this.#childrenFirst('SurpriseRemove')
  }

  /** Bus driver's child: let it out. */
  eject(): Promise<number> {
    return this.#c.requests.issue('Eject')
  }

  /** The driver's WdfDeviceSetFailed: torn down as after a surprise removal, and started anew if asked for. */
  setFailed(action: 'attemptRestart' | 'noRestart'): Promise<number> {
    this.#c.failedAction = action
    return this.surpriseRemove()
  }

  /** A child whose device object could not be completed. */
  creationFailed(): void {
    this.#c.pnp.enter('PdoInitFailed')
  }

  /** WdfDeviceSetStaticStopRemove: while it was called with false more often than with true, no query succeeds. */
  setStaticStopRemove(mayStop: boolean): void {
    this.#c.stopRefusals = Math.max(0, this.#c.stopRefusals + (mayStop ? -1 : 1))
  }

  /** A paging, dump or hibernation file came to the device (true) or went (false). */
  setSpecialFile(isUsed: boolean): void {
    this.#c.specialFiles = Math.max(0, this.#c.specialFiles + (isUsed ? 1 : -1))
  }

  // Power

  /**
   * The system goes to sleep or wakes. Resolves when this device does not hold the system back: at sleep when it
   * is down or has failed, at S0 when it knows (take a power reference to wait for D0).
   * @throws WdfStatusError STATUS_INVALID_PARAMETER when it is no system power state.
   */
  setSystemPower(state: SystemPowerState): Promise<void> {
    checkSystemState(state)
    return this.#c.isPolicyOwner ? this.#c.system.request(state) : Promise.resolve()
  }

  /**
   * The policy owner of the stack asks for a device power state. Only for a device that is not it.
   * STATUS_DEVICE_BUSY while an earlier request has not ended.
   * @throws WdfStatusError STATUS_INVALID_DEVICE_STATE on the policy owner (KMDF: WDF_POWER_MULTIPLE_PPO).
   */
  setDevicePower(target: PowerDeviceState): Promise<number> {
    if (this.#c.isPolicyOwner) {
      throw new WdfStatusError(
        STATUS_INVALID_DEVICE_STATE,
        `device "${this.#c.device.name}" owns the power policy: nobody else sets its power state`,
        target,
      )
    }
    return new Promise((resolve) => {
      if (!this.#c.receiveDevicePower(target, resolve)) resolve(STATUS_DEVICE_BUSY)
    })
  }

  /**
   * Keeps the device in D0, or brings it there. WdfDeviceStopIdle.
   * @returns STATUS_SUCCESS in D0, STATUS_PENDING on the way there; a failure when it cannot get there, and then
   *   nothing is held.
   */
  powerReference(): number {
    return this.#c.idle.reference(() => {})
  }

  /** As powerReference, and resolves when the device is in D0 or cannot get there. */
  powerReferenceAndWait(): Promise<number> {
    return new Promise((resolve) => {
      const status = this.#c.idle.reference(resolve)
      if (status !== STATUS_PENDING) resolve(status)
    })
  }

  /** Gives a power reference back. WdfDeviceResumeIdle. @throws WdfStatusError when nobody holds one. */
  powerDereference(): void {
    this.#c.idle.dereference()
  }

  /** WdfDeviceAssignS0IdleSettings. @throws WdfStatusError STATUS_INVALID_PARAMETER. */
  assignS0IdleSettings(settings: S0IdleSettings): void {
    this.#checkOwner('assignS0IdleSettings')
    this.#c.idleSettings = checkedIdleSettings(settings)
    this.#c.idle.timeoutMs = this.#c.idleSettings.idleTimeoutMs
    this.#c.policy.post('S0IdlePolicyChanged')
  }

  /** WdfDeviceAssignSxWakeSettings. @throws WdfStatusError STATUS_INVALID_PARAMETER. */
  assignSxWakeSettings(settings: SxWakeSettings): void {
    this.#checkOwner('assignSxWakeSettings')
    this.#c.wakeSettings = checkedWakeSettings(settings)
  }

  /** The device is, or is no longer, on the way of paging: it may not be paged itself. */
  setPowerPageable(isPageable: boolean): void {
    this.#c.isPageable = isPageable
    this.#c.power.post(isPageable ? 'MarkPageable' : 'MarkNonpageable')
  }

  /** System-managed idle: the device that declared itself idle may power down. */
  devicePowerNotRequired(): void {
    this.#c.policy.post('DevicePowerNotRequired')
  }

  /** System-managed idle: the device is needed. */
  devicePowerRequired(): void {
    this.#c.policy.post('DevicePowerRequired')
  }

  // Wake

  /** The device signals wake. True when it was armed, and so is heard. */
  signalWake(): boolean {
    const c = this.#c
    return c.ownsWakeLine
      ? c.receivedWaitWake.indicate(STATUS_SUCCESS)
      : c.sentWaitWake.end(STATUS_SUCCESS)
  }

  /** The bus can no longer tell of a wake signal. */
  failWaitWake(status: number): boolean {
    const c = this.#c
    return c.ownsWakeLine ? c.receivedWaitWake.indicate(status) : c.sentWaitWake.end(status)
  }

  /** Bus driver's child under a function driver: that driver's wait-wake request. Resolves when it ends. */
  waitWake(): Promise<number> {
    return this.#c.receivedWaitWake.arrive()
  }

  /** The driver above does not wait for wake any more. */
  cancelWaitWake(): boolean {
    return this.#c.receivedWaitWake.indicate(STATUS_CANCELLED)
  }

  /** An interrupt that can wake the device fired while the device was down. */
  wakeInterruptFired(): void {
    this.#c.policy.post('WakeInterruptFired')
  }

  /** All wake interrupts have followed the last notice to them. */
  wakeInterruptsReady(): void {
    this.#c.power.post('WakeInterruptCompleteTransition')
  }

  // State-change callbacks

  /** WdfDeviceInitRegisterPnpStateChangeCallback. @throws WdfStatusError STATUS_INVALID_PARAMETER. */
  onPnpStateChange(
    state: PnpState,
    callback: StateChangeCallback<PnpState>,
    types = STATE_NOTIFICATION_ALL,
  ): void {
    this.#machines.pnpCallbacks.register(state, callback, types)
  }

  /** WdfDeviceInitRegisterPowerStateChangeCallback. @throws WdfStatusError STATUS_INVALID_PARAMETER. */
  onPowerStateChange(
    state: PowerState,
    callback: StateChangeCallback<PowerState>,
    types = STATE_NOTIFICATION_ALL,
  ): void {
    this.#machines.powerCallbacks.register(state, callback, types)
  }

  /** WdfDeviceInitRegisterPowerPolicyStateChangeCallback. @throws WdfStatusError STATUS_INVALID_PARAMETER. */
  onPowerPolicyStateChange(
    state: PolicyState,
    callback: StateChangeCallback<PolicyState>,
    types = STATE_NOTIFICATION_ALL,
  ): void {
    this.#machines.policyCallbacks.register(state, callback, types)
  }

  /** Without children the request is issued at once: a surprise does not wait for the next microtask. */
  #childrenFirst(request: 'Remove' | 'SurpriseRemove'): Promise<number> {
    const { children, requests } = this.#c
    if (children.size === 0) return requests.issue(request)
    const issued = Array.from(children, (child) => child.requests.issue(request))
    return Promise.all(issued).then(() => requests.issue(request))
  }

  #checkOwner(call: string): void {
    if (this.#c.isPolicyOwner) return
    throw new WdfStatusError(
      STATUS_INVALID_DEVICE_STATE,
      `${call}: device "${this.#c.device.name}" does not own the power policy of its stack`,
      this.#c.device.name,
    )
  }
}
