/**
 * System sleep: takes every device of an engine out of D0, and back. Runs on: main, control plane.
 *
 * A sleep comes in turn with other control operations; waking up does not. What waits in turn may wait for the system
 * to be awake (a removal, a device's D0), so waking up behind it would be waiting for ever.
 */
import type { DeviceDescription, PowerRequest } from '../irp/device-description.js'
import type { DeviceDirectory } from './device-directory.js'

/** Runs an operation when those before it have ended. */
export type InTurn = <T>(action: () => Promise<T>) => Promise<T>

/** Asks the machines of a device for something. Rejects when its worker has died, or the device is no more. */
export type AskPower = (device: DeviceDescription, request: PowerRequest) => Promise<unknown>

export class SystemSleep {
  readonly #directory: DeviceDirectory
  readonly #power: AskPower
  readonly #inTurn: InTurn
  /** The last sleep, on its way or reached. */
  #suspended: Promise<unknown> = Promise.resolve()
  /** Devices that were asked to go down, in the order of adding; also those that are being removed since. */
  #down: readonly DeviceDescription[] = []
  #isAsleep = false

  constructor(directory: DeviceDirectory, power: AskPower, inTurn: InTurn) {
    this.#directory = directory
    this.#power = power
    this.#inTurn = inTurn
  }

  /** True from the begin of a sleep to the end of waking up. */
  get isAsleep(): boolean {
    return this.#isAsleep
  }

  /** Every device goes down, in the reverse order of adding. The first failure is reported when all have been asked. */
  suspend(): Promise<void> {
    const suspended = this.#inTurn(() => {
      this.#isAsleep = true
      this.#down = this.#directory.all()
      return this.#all(this.#down.toReversed(), 'suspend')
    })
    this.#suspended = suspended.catch(() => {})
    return suspended
  }

  /** Every device comes up. The first failure is reported when all have been asked. */
  async resume(): Promise<void> {
    await this.#suspended
    const added = this.#directory.all().filter(({ id }) => !this.#down.some((d) => d.id === id))
    await this.#all([...this.#down, ...added], 'resume')
    this.#down = []
    this.#isAsleep = false
  }

  async #all(devices: readonly DeviceDescription[], request: PowerRequest): Promise<void> {
    let failure: unknown
    for (const device of devices) {
      await this.#power(device, request).catch((error: unknown) => {
        // One that was removed meanwhile has nothing to say.
        if (this.#directory.has(device.name)) failure ??= error
      })
    }
    if (failure !== undefined) throw failure
  }
}
