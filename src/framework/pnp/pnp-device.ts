/**
 * A device with its machines, and the DeviceInit that a driver configures them with: what Device and DeviceInit
 * become when the Framework runs on these machines. Runs on: the device's home worker.
 * Source: WdfDeviceInitSetPowerPolicyEventCallbacks, WdfFdoInitSetEventCallbacks, WdfPdoInitSetEventCallbacks,
 * WdfDeviceInitRegister…StateChangeCallback, WdfDeviceAssignS0IdleSettings, WdfDeviceStopIdle.
 */
import type { DispatchTurn } from '../../dispatch/dispatch-turn.js'
import { Device, type DeviceAttributes, DeviceInit, type DevicePlacement } from '../device.js'
import type { Driver } from '../driver.js'
import type { ResourceList } from '../pnp-power-callbacks.js'
import type {
  DeviceCallbacks,
  FdoEventCallbacks,
  PdoEventCallbacks,
  PowerPolicyEventCallbacks,
} from './device-callbacks.js'
import { DevicePnp } from './device-pnp.js'
import type { DevicePnpOptions, PolicyState } from './pnp-context.js'
import type { PnpPowerHost } from './pnp-power-host.js'
import type { PnpState } from './pnp-table.js'
import type { S0IdleSettings, SxWakeSettings } from './power-settings.js'
import type { PowerState } from './power-table.js'
import type { StateChangeCallback } from './state-change-callbacks.js'

/** What the machines are made with besides the driver's callbacks. */
export type PnpDeviceOptions = Omit<DevicePnpOptions, 'device' | 'callbacks' | 'resources'> & {
  /** Sees the driver's callbacks before the machines do: a trace puts itself in their place. */
  readonly wrap?: (callbacks: DeviceCallbacks) => DeviceCallbacks
}

export class PnpDeviceInit extends DeviceInit {
  #callbacks: DeviceCallbacks = {}
  readonly #registrations: ((pnp: DevicePnp) => void)[] = []

  /** WdfDeviceInitSetPowerPolicyEventCallbacks. */
  setPowerPolicyEventCallbacks(callbacks: PowerPolicyEventCallbacks): void {
    this.#callbacks = { ...this.#callbacks, ...callbacks }
  }

  /** WdfFdoInitSetEventCallbacks. */
  setFdoEventCallbacks(callbacks: FdoEventCallbacks): void {
    this.#callbacks = { ...this.#callbacks, ...callbacks }
  }

  /** WdfPdoInitSetEventCallbacks. */
  setPdoEventCallbacks(callbacks: PdoEventCallbacks): void {
    this.#callbacks = { ...this.#callbacks, ...callbacks }
  }

  /** EvtDevicePnpStateChange at one state. WdfDeviceInitRegisterPnpStateChangeCallback. */
  registerPnpStateChangeCallback(
    state: PnpState,
    callback: StateChangeCallback<PnpState>,
    types?: number,
  ): void {
    this.#registrations.push((pnp) => pnp.onPnpStateChange(state, callback, types))
  }

  /** EvtDevicePowerStateChange at one state. WdfDeviceInitRegisterPowerStateChangeCallback. */
  registerPowerStateChangeCallback(
    state: PowerState,
    callback: StateChangeCallback<PowerState>,
    types?: number,
  ): void {
    this.#registrations.push((pnp) => pnp.onPowerStateChange(state, callback, types))
  }

  /** EvtDevicePowerPolicyStateChange at one state. WdfDeviceInitRegisterPowerPolicyStateChangeCallback. */
  registerPowerPolicyStateChangeCallback(
    state: PolicyState,
    callback: StateChangeCallback<PolicyState>,
    types?: number,
  ): void {
    this.#registrations.push((pnp) => pnp.onPowerPolicyStateChange(state, callback, types))
  }

  /** @internal All callbacks that the driver has set. */
  get callbacks(): DeviceCallbacks {
    return { ...(this.pnpPower as DeviceCallbacks), ...this.#callbacks }
  }

  /** @internal */
  register(pnp: DevicePnp): void {
    for (const register of this.#registrations) register(pnp)
  }
}

export class PnpDevice extends Device {
  readonly pnp: DevicePnp

  constructor(
    id: number,
    driver: Driver,
    init: PnpDeviceInit,
    attributes: DeviceAttributes,
    placement: DevicePlacement,
    turn: DispatchTurn,
    options: PnpDeviceOptions = {},
  ) {
    super(id, driver, init, attributes, placement, turn)
    const { wrap = (callbacks: DeviceCallbacks) => callbacks, ...machineOptions } = options
    const resources = resourcesOf(init.parameters)
    this.pnp = new DevicePnp({
      ...machineOptions,
      device: this,
      callbacks: wrap(init.callbacks),
      host: { ...this.#queues(), ...options.host },
      resources: { raw: resources, translated: resources },
    })
    init.register(this.pnp)
  }

  /** WdfDeviceAssignS0IdleSettings. @throws WdfStatusError STATUS_INVALID_PARAMETER. */
  assignS0IdleSettings(settings: S0IdleSettings): void {
    this.pnp.assignS0IdleSettings(settings)
  }

  /** WdfDeviceAssignSxWakeSettings. @throws WdfStatusError STATUS_INVALID_PARAMETER. */
  assignSxWakeSettings(settings: SxWakeSettings): void {
    this.pnp.assignSxWakeSettings(settings)
  }

  /** WdfDeviceStopIdle: keeps the device in D0. Resolves when it is there, with a status. */
  stopIdle(): Promise<number> {
    return this.pnp.powerReferenceAndWait()
  }

  /** WdfDeviceResumeIdle. */
  resumeIdle(): void {
    this.pnp.powerDereference()
  }

  /** All queues are power-managed here: they present requests in D0 only. */
  #queues(): PnpPowerHost {
    return {
      holdQueues: () => {
        for (const queue of this.queues) queue.hold()
      },
      resumeQueues: () => {
        for (const queue of this.queues) queue.open()
      },
    }
  }
}

function resourcesOf(parameters: Readonly<Record<string, unknown>>): ResourceList {
  const { resources } = parameters
  return Array.isArray(resources) ? (resources as unknown[]) : []
}
