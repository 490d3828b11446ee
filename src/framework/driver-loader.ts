/**
 * Loads driver modules by URL, once a worker. Runs on: worker, control plane.
 */
import { Driver, type DriverConfig, isDriverModule } from './driver.js'
import type { ObjectReports } from './framework-object.js'
import { Patience } from './patience.js'
import { realClock } from './pnp/clock.js'

export type DriverErrorCode =
  | 'ERR_IRP_DRIVER_NOT_FOUND'
  | 'ERR_IRP_DRIVER_IMPORT'
  | 'ERR_IRP_DRIVER_EXPORT'
  | 'ERR_IRP_DEVICE_ADD'
  | 'ERR_IRP_CHILD_GONE'
  | 'ERR_IRP_DEVICE_START'
  | 'ERR_IRP_DRIVER_DIFFERS'

/** A driver that cannot be loaded, or whose device cannot be added or started. */
export class DriverError extends Error {
  readonly code: DriverErrorCode
  readonly value: unknown

  constructor(code: DriverErrorCode, message: string, value: unknown, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'DriverError'
    this.code = code
    this.value = value
  }
}

/** Stands between a driver and the Framework: the verifier. */
export type VerifyDriver = (config: DriverConfig, url: string) => DriverConfig

export class DriverLoader {
  readonly #reports: ObjectReports | undefined
  readonly #drivers = new Map<string, Driver>()
  readonly #verify: VerifyDriver
  readonly #patience: Patience

  /** `reports`: where objects of the drivers tell of faults. `patience`: with a module that awaits something. */
  constructor(
    verify: VerifyDriver = (config) => config,
    reports?: ObjectReports,
    patience = new Patience(realClock),
  ) {
    this.#verify = verify
    this.#reports = reports
    this.#patience = patience
  }

  /** The driver at that URL. @throws DriverError when the module is missing, throws, or exports no driver. */
  async load(url: string): Promise<Driver> {
    const known = this.#drivers.get(url)
    if (known !== undefined) return known
    let module: { default?: unknown }
    try {
      module = await this.#patience.settled<{ default?: unknown }>('a top-level await', import(url))
    } catch (cause) {
      throw importError(url, cause)
    }
    if (!isDriverModule(module.default)) {
      throw new DriverError(
        'ERR_IRP_DRIVER_EXPORT',
        `${url} has ${module.default === undefined ? 'no default export' : 'a default export that is no driver'}: ` +
          'write "export default defineDriver({ EvtDriverDeviceAdd … })"',
        url,
      )
    }
    const driver = new Driver(url, this.#verify(module.default, url), this.#reports)
    this.#drivers.set(url, driver)
    return driver
  }

  /** Calls EvtDriverUnload of every driver loaded here, and deletes the driver objects. Returns those. */
  async unload(): Promise<Driver[]> {
    const drivers = [...this.#drivers.values()]
    this.#drivers.clear()
    for (const driver of drivers) driver.config.EvtDriverUnload?.(driver)
    for (const { object } of drivers) await object.deleteByFramework()
    return drivers
  }
}

function importError(url: string, cause: unknown): DriverError {
  const { code, message = String(cause) } = (cause ?? {}) as { code?: string; message?: string }
  // The module itself is missing; a module that imports a missing one is an import that throws.
  const missing =
    code === 'ERR_UNSUPPORTED_ESM_URL_SCHEME' ||
    (code === 'ERR_MODULE_NOT_FOUND' &&
      message.includes(fileOf(url)) &&
      !message.includes(`imported from ${fileOf(url)}`))
  return missing
    ? new DriverError('ERR_IRP_DRIVER_NOT_FOUND', `no driver module at ${url}`, url, cause)
    : new DriverError(
        'ERR_IRP_DRIVER_IMPORT',
        `importing ${url} threw: ${message}${whereIn(url, cause)}`,
        url,
        cause,
      )
}

/** Node keeps the line of a module that cannot be parsed to itself. */
function whereIn(url: string, cause: unknown): string {
  const isLost = cause instanceof SyntaxError && cause.stack?.startsWith(cause.name) === true
  return isLost && url.startsWith('file:') ? `; 'node --check ${fileOf(url)}' shows where` : ''
}

function fileOf(url: string): string {
  return url.startsWith('file:') ? decodeURIComponent(new URL(url).pathname) : url
}
