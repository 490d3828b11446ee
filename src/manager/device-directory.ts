/**
 * Device directory: which devices there are and which worker gets which of their requests.
 * Runs on: host. Main fills it; a channel that goes to another thread takes a copy along.
 */
import type { DeviceDescription } from '../irp/device-description.js'
import { EngineError } from './errors.js'

/** A device as a submitter needs it. */
export class DeviceRoute {
  readonly id: number
  readonly name: string
  /** Worker of each major function, -1 = any. */
  readonly workers: Int8Array

  constructor(description: DeviceDescription) {
    this.id = description.id
    this.name = description.name
    this.workers = Int8Array.from(description.routes)
  }
}

export class DeviceDirectory {
  readonly #byName = new Map<string, DeviceDescription>()

  constructor(descriptions: Iterable<DeviceDescription> = []) {
    for (const description of descriptions) this.#byName.set(description.name, description)
  }

  add(description: DeviceDescription): void {
    this.#byName.set(description.name, description)
  }

  remove(name: string): void {
    this.#byName.delete(name)
  }

  has(name: string): boolean {
    return this.#byName.has(name)
  }

  all(): DeviceDescription[] {
    return [...this.#byName.values()]
  }

  /** @throws EngineError ERR_IRP_NO_SUCH_DEVICE, naming those there are. */
  describe(name: string): DeviceDescription {
    const description = this.#byName.get(name)
    if (description !== undefined) return description
    const some = [...this.#byName.keys()].slice(0, 8).join(', ') || 'none'
    throw new EngineError(
      'ERR_IRP_NO_SUCH_DEVICE',
      `there is no device ${typeof name === 'string' ? JSON.stringify(name) : String(name)}; devices: ${some}`,
      name,
    )
  }
}
