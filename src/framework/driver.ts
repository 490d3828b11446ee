/**
 * Driver: the specific half of a driver pair. A module whose default export is `defineDriver({…})`.
 * Runs on: every worker that has a part of one of its devices. Source: WDF_DRIVER_CONFIG; kmdf.md 1.0.
 */
import type { DeviceInit } from './device-init.js'

/** A callback may fail by returning a failure status or by throwing; returning nothing is success. */
// oxlint-disable-next-line typescript/no-invalid-void-type
export type CallbackResult = void | number | Promise<void | number>

/** Adds one device: sets its callbacks on `deviceInit`, calls `deviceInit.createDevice()`, creates its queues. */
export type EvtDriverDeviceAdd = (driver: Driver, deviceInit: DeviceInit) => CallbackResult

export interface DriverConfig {
  readonly EvtDriverDeviceAdd: EvtDriverDeviceAdd
  /** Called once a worker, when its last device has gone. */
  readonly EvtDriverUnload?: (driver: Driver) => void
}

const DRIVER = Symbol.for('irpool.driver')

/** What a driver module exports by default. */
export interface DriverModule extends DriverConfig {
  readonly [DRIVER]: true
}

/** Declares a driver. Checked here, so that a typing slip shows where it was made. */
export function defineDriver(config: DriverConfig): DriverModule {
  if (typeof config?.EvtDriverDeviceAdd !== 'function') {
    throw new TypeError('defineDriver needs an EvtDriverDeviceAdd function')
  }
  return { ...config, [DRIVER]: true }
}

/** True for what `defineDriver` returned, also when it came from another copy of this package. */
export function isDriverModule(value: unknown): value is DriverModule {
  return typeof value === 'object' && value !== null && DRIVER in value
}

/** The driver object: one a worker and module. */
export class Driver {
  /** URL of its module. */
  readonly url: string
  readonly config: DriverConfig
  /** The driver's own state on this worker. */
  context: Record<string, unknown> = {}

  constructor(url: string, config: DriverConfig) {
    this.url = url
    this.config = config
  }
}
