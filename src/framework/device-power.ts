/**
 * Device power: a device's Plug and Play, power and power policy machines, joined to its queues, its hardware and
 * the Framework's reports. Runs on: the device's home worker, off the path of requests.
 * Source: kmdf.md 6.1-6.4 and 3.8; what the machines ask for is pnp/pnp-power-host.
 */
import { placeOf } from '../abi/callback-names.js'
import { STATUS_SUCCESS } from '../abi/ntstatus.js'
import type { CallbackPlace } from '../dispatch/callback-place.js'
import type { PowerRequest } from '../irp/device-description.js'
import type { Device } from './device.js'
import type { DeviceInit } from './device-init.js'
import { WdfStatusError } from './errors.js'
import type { IoQueue } from './io-queue.js'
import { WdfRequestStopActionSuspend } from './io-queue-config.js'
import type { Clock } from './pnp/clock.js'
import type { DeviceCallbacks } from './pnp/device-callbacks.js'
import { DevicePnp } from './pnp/device-pnp.js'
import type { HostDone } from './pnp/host-call.js'
import type { PnpObserver } from './pnp/pnp-context.js'
import type { PnpPowerHost } from './pnp/pnp-power-host.js'
import type { ResourceList } from './pnp-power-callbacks.js'
import { purgeQueues } from './queue-power.js'

/** How machines are made, where it is not as usual: a trace, a test. */
export interface MachineOptions {
  readonly clock?: Clock
  /** Milliseconds that a driver's promise may take. */
  readonly watchdogMs?: number
  readonly observer?: PnpObserver
  readonly host?: PnpPowerHost
  /** Sees the driver's callbacks before the machines do. */
  readonly wrap?: (callbacks: DeviceCallbacks) => DeviceCallbacks
}

/** What a device's machines tell. */
export interface PowerReports {
  /** A callback threw, broke a rule, or does not come back. */
  fault(device: Device, callback: string, error: unknown): void
  /** A callback, or a step of the Framework's, ended with this status, or threw. */
  failed(device: Device, step: string, status: number): void
  transition(device: Device, machine: string, state: string): void
  /** Where the worker says which callback it is in. */
  readonly place: CallbackPlace
}

/** A device that fails gives its driver that long for the requests that it owns. */
const FAILURE_PATIENCE_MS = 2000

interface Failure {
  readonly name: string
  readonly status: number
  readonly cause: unknown
}

export class DevicePower {
  readonly pnp: DevicePnp
  /** Says when the device may go down: a function level's own, not a filter's or a bus's. */
  readonly ownsPolicy: boolean
  /** A host asked for D0. */
  #isKeptUp = false
  /** The device goes: its queues are closed, and nothing waits for what its driver still owns. */
  #isGoing = false
  /** EvtDevicePrepareHardware runs: interrupts may be created. */
  isPreparing = false
  readonly #device: Device
  readonly #reports: PowerReports
  /** What failed in the sequence under way; undefined outside of one that somebody waits for. */
  #failures: Failure[] | undefined
  #thrown: unknown

  constructor(device: Device, init: DeviceInit, reports: PowerReports, options: MachineOptions) {
    this.#device = device
    this.#reports = reports
    const { wrap = (callbacks) => callbacks, observer, host, clock, watchdogMs } = options
    const resources = resourcesOf(init.parameters)
    this.ownsPolicy = !init.isFilter && init.role !== 'bus'
    const parent = init.bus?.device.power?.pnp
    this.pnp = new DevicePnp({
      device,
      callbacks: wrap(init.callbacks),
      host: { ...this.#host(init), ...host },
      observer: this.#observer(observer ?? {}),
      resources: { raw: resources, translated: resources },
      kind: init.role === 'bus' ? 'pdo' : 'fdo',
      ...(parent === undefined ? {} : { parent }),
      isPowerPolicyOwner: this.ownsPolicy,
      ...(clock === undefined ? {} : { clock }),
      ...(watchdogMs === undefined ? {} : { watchdogMs }),
    })
    for (const register of init.stateChangeRegistrations) register(this.pnp)
  }

  /** The start sequence. @throws WdfStatusError with the status and the name of the callback that failed. */
  async start(): Promise<void> {
    await this.#watched(() => this.pnp.start())
  }

  /**
   * What a host asks for. `D3` lets a policy owner go down as soon as it is idle, `D0` keeps it up: nobody but the
   * policy owner itself sets its power. Resolves with a status.
   */
  async request(request: PowerRequest): Promise<number> {
    const { pnp } = this
    switch (request) {
      case 'D0':
        if (!this.ownsPolicy) return pnp.setDevicePower('D0')
        if (this.#isKeptUp) return STATUS_SUCCESS
        this.#isKeptUp = true
        return pnp.powerReferenceAndWait()
      case 'D3':
        if (!this.ownsPolicy) return pnp.setDevicePower('D3')
        if (!this.#device.usesIdle) this.#device.assignS0IdleSettings({ idleTimeoutMs: 0 })
        if (this.#isKeptUp) pnp.powerDereference()
        this.#isKeptUp = false
        return STATUS_SUCCESS
      case 'suspend':
        await pnp.setSystemPower('S3')
        return STATUS_SUCCESS
      case 'resume':
        await pnp.setSystemPower('S0')
        return STATUS_SUCCESS
      default:
        return pnp[request]()
    }
  }

  /**
   * The removal sequence: every step runs. Queues first: nothing comes in any more, and the driver has until
   * `deadlineMs` (performance.now()) for what it owns.
   * @throws WdfStatusError for the first step that failed.
   */
  async remove(deadlineMs: number): Promise<void> {
    this.#isGoing = true
    await purgeQueues(this.#device.queues, deadlineMs)
    await this.#watched(() => this.pnp.remove())
  }

  /** The device has been pulled out: EvtDeviceSurpriseRemoval at once, the removal sequence behind it. */
  async surpriseRemove(deadlineMs: number): Promise<void> {
    this.#isGoing = true
    const purged = purgeQueues(this.#device.queues, deadlineMs)
    await this.#watched(() => this.pnp.surpriseRemove())
    await purged
    await this.#watched(() => this.pnp.remove())
  }

  async #watched(request: () => Promise<number>): Promise<void> {
    const failures: Failure[] = []
    this.#failures = failures
    const status = await request()
    this.#failures = undefined
    const [first] = failures
    if (first === undefined && status >= 0) return
    const { name } = this.#device
    if (first === undefined) {
      throw new WdfStatusError(status, `device "${name}" cannot be started`, name)
    }
    const how = first.cause === undefined ? 'failed' : `threw: ${messageOf(first.cause)}`
    const error = new WdfStatusError(first.status, `${first.name} of device "${name}" ${how}`, name)
    if (first.cause !== undefined) error.cause = first.cause
    throw error
  }

  #observer(outer: PnpObserver): PnpObserver {
    const device = this.#device
    return {
      ...outer,
      calling: (name) => this.#reports.place.enter(placeOf(device.id, name)),
      called: (before) => void this.#reports.place.enter(before),
      started: (name, implemented, args) => {
        if (name === 'EvtDevicePrepareHardware') this.#prepare(true)
        this.#thrown = undefined
        outer.started?.(name, implemented, args)
      },
      ended: (name, status) => {
        if (name === 'EvtDevicePrepareHardware') this.#prepare(false)
        if (name === 'EvtDeviceReleaseHardware') device.usedHardware?.releaseHardware()
        if (status < 0) this.#failed(name, status)
        outer.ended?.(name, status)
      },
      hostEnded: (step, status) => {
        if (status < 0) {
          this.#thrown = device.usedHardware?.takeThrown()
          this.#failed(step, status)
        }
        outer.hostEnded?.(step, status)
      },
      threw: (name, error) => {
        this.#thrown = error
        outer.threw?.(name, error)
      },
      violated: (name, rule) => {
        this.#reports.fault(device, name, new Error(`${name} ${rule}`))
        outer.violated?.(name, rule)
      },
      overdue: (name, ms) => {
        this.#reports.fault(device, name, new Error(`${name} has not returned for ${ms} ms`))
        outer.overdue?.(name, ms)
      },
      stateChangeThrew: (state, error) => {
        this.#reports.fault(device, `the state-change callback of ${state}`, error)
        outer.stateChangeThrew?.(state, error)
      },
      transition: (machine, notification) => {
        if (notification.type === 'enter') {
          this.#reports.transition(device, machine, notification.newState)
        }
        outer.transition?.(machine, notification)
      },
    }
  }

  /** Interrupts may be created in EvtDevicePrepareHardware, too. */
  #prepare(isPreparing: boolean): void {
    this.isPreparing = isPreparing
    const hardware = this.#device.usedHardware
    if (hardware !== undefined) hardware.phase = isPreparing ? 'prepare-hardware' : 'later'
  }

  #failed(name: string, status: number): void {
    const cause = this.#thrown
    this.#thrown = undefined
    this.#reports.failed(this.#device, name, status)
    if (this.#failures !== undefined) {
      this.#failures.push({ name, status, cause })
    } else if (cause !== undefined) {
      this.#reports.fault(this.#device, name, cause)
    }
  }

  #host({ bus, childId }: DeviceInit): PnpPowerHost {
    const device = this.#device
    const managed = (): IoQueue[] => device.queues.filter((queue) => queue.powerManaged)
    return {
      holdQueues: () => this.#hold(managed()),
      resumeQueues: () => {
        device.isInD0 = true
        for (const queue of device.queues) queue.power.resume()
      },
      // A removal that the Framework began has closed them already; one that a failure brings has not.
      purgePowerManagedQueues: () => this.#purge(managed()),
      purgeOtherQueues: () => this.#purge(device.queues.filter((queue) => !queue.powerManaged)),
      connectInterrupts: () => device.usedHardware?.connectInterrupts(),
      disconnectInterrupts: () => {
        const hardware = device.usedHardware
        return hardware?.disconnectInterrupts({
          isSurpriseRemoved: hardware.isRemoved,
          isPowerDown: true,
        })
      },
      enableDma: () => device.usedHardware?.enableDma(),
      disableDma: () => device.usedHardware?.disableDma(),
      scanChildren: () => {
        const { childList } = device
        return childList?.config.EvtChildListScanForChildren?.(childList) as HostDone
      },
      ...(bus === undefined ? {} : { isPresent: () => bus.isPresent(childId) }),
      disposeDevice: () => device.usedHardware?.dispose(),
    }
  }

  #purge(queues: readonly IoQueue[]): Promise<void> | undefined {
    const patienceMs = this.#isGoing ? 0 : FAILURE_PATIENCE_MS
    return purgeQueues(queues, performance.now() + patienceMs)
  }

  /** Dispatching stops; then the driver is told of what it owns. A queue that owes nothing takes no time. */
  #hold(queues: readonly IoQueue[]): Promise<void> | undefined {
    this.#device.isInD0 = false
    for (const queue of queues) queue.power.hold()
    const busy = this.#isGoing ? [] : queues.filter((queue) => queue.owned > 0)
    if (busy.length === 0) return undefined
    return Promise.all(busy.map((queue) => queue.power.notify(WdfRequestStopActionSuspend))).then(
      () => {},
    )
  }
}

function resourcesOf(parameters: Readonly<Record<string, unknown>>): ResourceList {
  const { resources } = parameters
  return Array.isArray(resources) ? (resources as unknown[]) : []
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
