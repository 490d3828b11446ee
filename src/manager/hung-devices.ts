/**
 * Hung devices: whose callback hung, how often, and which devices are not brought back for it. Runs on: main.
 *
 * A device whose Plug and Play, power, interrupt or timer callback hung would hang its worker again: it is failed,
 * and the worker's other devices come back without it. A request handler may have hung on its request, which has
 * ended with the worker: its device comes back, unless that was the MOST_HANGS-th time in a short while. Short is
 * measured by the watchdog's patience: a device that hangs whenever it can does so within a few of them.
 */
import type { DeviceDescription } from '../irp/device-description.js'
import type { CallbackPlaceName } from './engine-events.js'
import { EngineError } from './errors.js'
import type { WorkerPlace } from './hung-callback.js'

/** The handlers of one device that hang so often within WINDOW_PATIENCES make it fail. */
const MOST_HANGS = 3
/** Times the silence after which a worker counts as hung. */
const WINDOW_PATIENCES = 10

/** A device of the directory, and the numbers of all its levels. */
export interface KnownDevice {
  readonly name: string
  readonly ids: readonly number[]
}

export function knownDevice({ id, name, below }: DeviceDescription): KnownDevice {
  return { name, ids: [id, ...below.map((level) => level.id)] }
}

export class HungDevices {
  readonly #find: (worker: number) => readonly WorkerPlace[]
  readonly #devices: () => readonly KnownDevice[]
  /** When the handlers of a device have hung lately. */
  readonly #hangs = new Map<string, readonly number[]>()
  /** Devices that shall not come back, with the reason. */
  readonly #failed = new Map<string, EngineError>()

  /** `find`: where a worker is; `devices`: those there are now. */
  constructor(
    find: (worker: number) => readonly WorkerPlace[],
    devices: () => readonly KnownDevice[],
  ) {
    this.#find = find
    this.#devices = devices
  }

  /** Where a worker is, by name; a device that has gone has its number. */
  placesOf(worker: number): CallbackPlaceName[] {
    const devices = this.#devices()
    return this.#find(worker).map(({ device, callback }) => ({
      device: devices.find(({ ids }) => ids.includes(device))?.name ?? String(device),
      callback,
    }))
  }

  /** A worker hangs. Returns what its death is told to be. */
  hung(worker: number, silentMs: number): EngineError {
    const names = this.placesOf(worker)
    const where = names.map(({ device, callback }) => `${callback} of device "${device}"`)
    const what = where.length === 0 ? 'the worker' : [...new Set(where)].join(' or ')
    const error = new EngineError(
      'ERR_IRP_CALLBACK_HUNG',
      `${what} has not returned for ${Math.round(silentMs)} ms`,
      names[0]?.device,
    )
    const blamed = new Set(names.map(({ device }) => device))
    const [name] = blamed
    if (name === undefined || blamed.size > 1) return error
    const nowMs = performance.now()
    const since = nowMs - WINDOW_PATIENCES * silentMs
    const hangs = [...(this.#hangs.get(name) ?? []).filter((at) => at > since), nowMs]
    this.#hangs.set(name, hangs)
    const isHandler = this.#find(worker).every((place) => place.isHandler)
    if (!isHandler || hangs.length >= MOST_HANGS) this.#failed.set(name, error)
    return error
  }

  /** Why a device shall not come back; asked once. Undefined: it shall. */
  failureOf(name: string): EngineError | undefined {
    const failure = this.#failed.get(name)
    this.#failed.delete(name)
    if (failure !== undefined) this.#hangs.delete(name)
    return failure
  }
}
