/**
 * What the three machines of one device share, and the steps that their entry functions are made of.
 * Runs on: the device's home worker. Internal to this folder: the outside uses DevicePnp.
 */
import { isSuccess, STATUS_SUCCESS } from '../../abi/ntstatus.js'
import type { Device } from '../device.js'
import { DEFAULT_PATIENCE_MS } from '../patience.js'
import type { PowerDeviceState, ResourceList } from '../pnp-power-callbacks.js'
import {
  CallbackRunner,
  type CallbackObserver,
  type CallbackOutcome,
  type ClassExtension,
} from './callback-runner.js'
import { ChildPower, type WaitingChild } from './child-power.js'
import { type Clock, realClock } from './clock.js'
import type { DeviceCallbackName, DeviceCallbacks, SystemPowerState } from './device-callbacks.js'
import { type HostStatus, statusOfCall } from './host-call.js'
import { IdleReferences } from './idle-references.js'
import type { NotPolicyOwnerState } from './not-policy-owner-table.js'
import { PnpRequests } from './pnp-requests.js'
import type { PnpPowerHost, WakeInterruptNotice } from './pnp-power-host.js'
import type { PnpEvent, PnpState } from './pnp-table.js'
import type { PowerPolicyEvent } from './power-policy-events.js'
import type { PowerPolicyState } from './power-policy-table.js'
import {
  checkedIdleSettings,
  checkedWakeSettings,
  DEFAULT_IDLE_TIMEOUT_MS,
} from './power-settings.js'
import type { PowerEvent, PowerState } from './power-table.js'
import { SelfManagedIo } from './self-managed-io.js'
import type { PushResult } from './event-queue.js'
import type { StateMachine, Steps } from './state-machine.js'
import type { StateNotification } from './state-change-callbacks.js'
import { SystemPower } from './system-power.js'
import { ReceivedWaitWake, SentWaitWake } from './wait-wake.js'

export type MachineName = 'pnp' | 'power' | 'policy'
export type PolicyState = PowerPolicyState | NotPolicyOwnerState

/** What the machines tell whoever watches: the engine's events, the trace, a test. */
export interface PnpObserver extends CallbackObserver {
  transition?(machine: MachineName, notification: StateNotification<string>): void
  /** An event leads from that state to the next. */
  taken?(machine: MachineName, event: string, state: string): void
  /** An event that the state does not take. `known`: one that KMDF drops there without a word. */
  dropped?(machine: MachineName, event: string, state: string, known: boolean): void
  refused?(machine: MachineName, event: string, why: PushResult): void
  /** A step of the Framework begins, and has ended. */
  hostStarted?(step: HostStep): void
  hostEnded?(step: HostStep, status: number): void
  hostThrew?(step: HostStep, error: unknown): void
  stateChangeThrew?(state: string, error: unknown): void
  requestIssued?(request: PnpEvent): void
  requestCompleted?(request: PnpEvent, status: number): void
}

/** Members of PnpPowerHost that take part in a sequence. */
export type HostStep =
  | 'holdQueues'
  | 'resumeQueues'
  | 'purgePowerManagedQueues'
  | 'purgeOtherQueues'
  | 'connectInterrupts'
  | 'disconnectInterrupts'
  | 'enableDma'
  | 'disableDma'
  | 'scanChildren'
  | 'enableInterfaces'
  | 'disableInterfaces'
  | 'startLowerDrivers'
  | 'initializePowerManagement'
  | 'disposeDevice'

export interface DevicePnpOptions {
  readonly device: Device
  /** The driver's callbacks of all four kinds, in one object. */
  readonly callbacks?: DeviceCallbacks
  readonly extensions?: readonly ClassExtension[]
  readonly host?: PnpPowerHost
  readonly observer?: PnpObserver
  readonly clock?: Clock
  /** Milliseconds after which a callback whose promise has not settled has failed. Default 60,000. */
  readonly watchdogMs?: number
  /** A bus driver's child (PDO) or any other device (FDO). Default `fdo`. */
  readonly kind?: 'fdo' | 'pdo'
  /** One device of a stack owns its power policy. Default true. */
  readonly isPowerPolicyOwner?: boolean
  /** False: the device is on the way of paging and must not be paged itself. Default true. */
  readonly isPowerPageable?: boolean
  readonly resources?: { readonly raw: ResourceList; readonly translated: ResourceList }
}

/** What the device does with the power of the device that it hangs on. */
export interface ParentPower {
  readonly childPower: ChildPower
  childRemoved(child: PnpContext): void
}

interface DeviceIrp {
  readonly target: PowerDeviceState
  readonly complete: ((status: number) => void) | undefined
}

export class PnpContext implements ParentPower, WaitingChild {
  readonly device: Device
  readonly host: PnpPowerHost
  readonly observer: PnpObserver
  readonly isPdo: boolean
  readonly isPolicyOwner: boolean
  readonly resources: { readonly raw: ResourceList; readonly translated: ResourceList }
  readonly runner: CallbackRunner
  readonly selfManagedIo: SelfManagedIo
  readonly idle: IdleReferences
  readonly childPower: ChildPower
  readonly requests: PnpRequests
  readonly system: SystemPower
  readonly sentWaitWake: SentWaitWake
  readonly receivedWaitWake: ReceivedWaitWake
  readonly children = new Set<PnpContext>()
  // Set once, right after construction: entry functions need this object and it needs them.
  pnp!: StateMachine<PnpState, PnpEvent>
  power!: StateMachine<PowerState, PowerEvent>
  policy!: {
    readonly state: PolicyState
    post(event: PowerPolicyEvent): void
    hasQueued(event: PowerPolicyEvent): boolean
    readonly history: readonly PolicyState[]
    readonly isWaiting: boolean
    close(): void
  }

  parent: ParentPower | undefined
  isPageable: boolean
  idleSettings = checkedIdleSettings({ enabled: false })
  wakeSettings = checkedWakeSettings({ enabled: false })
  devicePowerState: PowerDeviceState = 'D3Final'
  /** Calls of setStaticStopRemove(false) and special files that are not undone: the device cannot be taken away. */
  stopRefusals = 0
  specialFiles = 0
  failedAction: 'attemptRestart' | 'noRestart' | undefined
  /** Query-stop or query-remove keeps the device in D0. */
  holdsQueryReference = false
  /** The policy machine has taken a stop and not told its end. */
  isStopping = false
  /** The policy machine's stop ends as failed. */
  powerFailed = false
  /** A step before the device power request was completed failed: so does the way down. */
  ioCallbackFailed = false
  powerDownFailed = false
  keepWakeInterrupts = false
  wakeCompletionDropped = false
  pendingChildren = 0
  #deviceIrp: DeviceIrp | undefined
  #wakeAtBus = false

  constructor(options: DevicePnpOptions) {
    const clock = options.clock ?? realClock
    this.device = options.device
    this.host = options.host ?? {}
    this.observer = options.observer ?? {}
    this.isPdo = options.kind === 'pdo'
    this.isPolicyOwner = options.isPowerPolicyOwner ?? true
    this.isPageable = options.isPowerPageable ?? true
    this.resources = options.resources ?? { raw: [], translated: [] }
    this.runner = new CallbackRunner(options.device, {
      callbacks: options.callbacks ?? {},
      observer: this.observer,
      clock,
      watchdogMs: options.watchdogMs ?? DEFAULT_PATIENCE_MS,
      ...(options.extensions === undefined ? {} : { extensions: options.extensions }),
    })
    this.selfManagedIo = new SelfManagedIo(this.runner)
    this.idle = new IdleReferences(clock, DEFAULT_IDLE_TIMEOUT_MS, {
      timeoutExpired: () => this.policy.post('PowerTimeoutExpired'),
      ioPresent: () => this.policy.post('IoPresent'),
    })
    this.childPower = new ChildPower(this.idle, this.isPolicyOwner)
    this.system = new SystemPower({
      post: (event) => this.policy.post(event),
      mayLeaveS0: () => !this.requests.isPending,
      awake: () => this.requests.next(),
    })
    this.requests = new PnpRequests({
      post: (event) => this.pnp.post(event),
      isQueued: (event) => this.pnp.hasQueued(event),
      mayIssue: () => this.system.isAwake,
      idle: () => this.system.send(),
      issued: (event) => this.observer.requestIssued?.(event),
      completed: (event, status) => this.observer.requestCompleted?.(event, status),
    })
    this.sentWaitWake = new SentWaitWake((success) => {
      this.policy.post(success ? 'WakeSuccess' : 'WakeFailed')
    })
    this.receivedWaitWake = new ReceivedWaitWake((event) => this.power.post(event))
  }

  // Callbacks and steps

  run(name: DeviceCallbackName, ...args: readonly unknown[]): Steps<CallbackOutcome> {
    return this.runner.run(name, ...args)
  }

  /** True when the callback, and the class extensions around it, succeeded. */
  *succeeds(name: DeviceCallbackName, ...args: readonly unknown[]): Steps<boolean> {
    return isSuccess((yield* this.run(name, ...args)).status)
  }

  /** A step of the Framework. */
  *step(name: HostStep, call: (host: PnpPowerHost) => HostStatus | undefined): Steps<number> {
    this.observer.hostStarted?.(name)
    const threw = (error: unknown): void => this.observer.hostThrew?.(name, error)
    const status = yield* statusOfCall(() => call(this.host), threw)
    this.observer.hostEnded?.(name, status)
    return status
  }

  holdQueues(): Steps<number> {
    return this.step('holdQueues', (host) => host.holdQueues?.())
  }

  resumeQueues(): Steps<number> {
    return this.step('resumeQueues', (host) => host.resumeQueues?.())
  }

  *connectInterrupts(): Steps<boolean> {
    return isSuccess(yield* this.step('connectInterrupts', (host) => host.connectInterrupts?.()))
  }

  *disconnectInterrupts(armedForWake = false): Steps<boolean> {
    const call = (host: PnpPowerHost): HostStatus | undefined =>
      host.disconnectInterrupts?.(armedForWake)
    return isSuccess(yield* this.step('disconnectInterrupts', call))
  }

  *enableDma(): Steps<boolean> {
    return isSuccess(yield* this.step('enableDma', (host) => host.enableDma?.()))
  }

  *disableDma(): Steps<boolean> {
    return isSuccess(yield* this.step('disableDma', (host) => host.disableDma?.()))
  }

  // Device power

  /** The policy owner asks for a device power state. False when the request could not be sent. */
  sendDevicePower(target: PowerDeviceState): boolean {
    const route = this.host.routeDevicePower?.(target) ?? 'sent'
    if (route === 'refused') return false
    if (route === 'sent') return this.receiveDevicePower(target)
    this.policy.post(target === 'D0' ? 'PowerUpNotSeen' : 'PowerDown')
    return true
  }

  /** A device power request arrives. `complete` is told when it ends. False while another one is pending. */
  receiveDevicePower(target: PowerDeviceState, complete?: (status: number) => void): boolean {
    if (this.#deviceIrp !== undefined) return false
    this.#deviceIrp = { target, complete }
    this.power.post(target === 'D0' ? 'D0' : 'Dx')
    return true
  }

  /** State that the pending device power request wants; D3Final when the system is shutting down. */
  get targetPowerState(): PowerDeviceState {
    if (this.system.state === 'S5') return 'D3Final'
    return this.#deviceIrp?.target ?? 'D3Final'
  }

  /** Completes the pending device power request, if there is one; the policy owner hears how a way down ended. */
  releaseDeviceIrp(): void {
    const irp = this.#deviceIrp
    if (irp === undefined) return
    this.#deviceIrp = undefined
    irp.complete?.(STATUS_SUCCESS)
    if (irp.target === 'D0' || !this.isPolicyOwner) return
    if (!this.powerDownFailed) {
      this.policy.post('PowerDown')
      return
    }
    this.powerDownFailed = false
    this.policy.post('PowerDownFailed')
    this.pnp.post('PowerDownFailed')
  }

  // Parent and children

  /** STATUS_SUCCESS: the device may go to D0; STATUS_PENDING: ParentToD0 will follow; else it may not. */
  askParentForPower(): number {
    return this.parent?.childPower.powerUp(this) ?? STATUS_SUCCESS
  }

  parentInD0(): void {
    this.power.post('ParentToD0')
  }

  releaseParentPower(): void {
    this.parent?.childPower.poweredDown(this)
  }

  childRemoved(child: PnpContext): void {
    if (!this.children.delete(child) || this.pendingChildren === 0) return
    this.pendingChildren--
    if (this.pendingChildren === 0) this.pnp.post('ChildrenRemovalComplete')
  }

  // Wake

  *enableWakeAtBus(): Steps<number> {
    const { status } = yield* this.run('EvtDeviceEnableWakeAtBus', this.system.state)
    if (isSuccess(status)) {
      this.#wakeAtBus = true
      if (this.parent !== undefined) this.parent.childPower.armed++
    }
    return status
  }

  *disableWakeAtBus(): Steps<void> {
    if (!this.#wakeAtBus) return
    this.#wakeAtBus = false
    if (this.parent !== undefined) this.parent.childPower.armed--
    yield* this.run('EvtDeviceDisableWakeAtBus')
  }

  /** A child that is not the policy owner owns the wake line: the driver above sends it the request. */
  get ownsWakeLine(): boolean {
    return this.isPdo && !this.isPolicyOwner
  }

  notifyWakeInterrupts(notice: WakeInterruptNotice): void {
    this.host.notifyWakeInterrupts?.(notice)
  }

  /** The policy owner asks its bus to tell of a wake signal. False when it cannot. */
  sendWaitWake(systemState: SystemPowerState): boolean {
    this.wakeCompletionDropped = false
    const status = this.host.sendWaitWake?.(systemState) ?? STATUS_SUCCESS
    if (!isSuccess(status)) return false
    this.sentWaitWake.sent()
    this.policy.post('WakeArrived')
    return true
  }
}
