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

/** Names of devices that went, the latest ones: records of what happened still speak of them. */
const FORMER_NAMES = 256

export class DeviceDirectory {
  readonly #byName = new Map<string, DeviceDescription>()
  readonly #formerNames = new Map<number, string>()

  constructor(descriptions: Iterable<DeviceDescription> = []) {
    for (const description of descriptions) this.#byName.set(description.name, description)
  }

  add(description: DeviceDescription): void {
    this.#byName.set(description.name, description)
  }

  remove(name: string): void {
    const id = this.#byName.get(name)?.id
    if (id === undefined) return
    this.#byName.delete(name)
    this.#formerNames.set(id, name)
    if (this.#formerNames.size <= FORMER_NAMES) return
    for (const oldest of this.#formerNames.keys()) {
      this.#formerNames.delete(oldest)
      return
    }
  }

  /** Also of a device that went, unless that was long ago. */
  nameOf(id: number): string | undefined {
    for (const { id: known, name } of this.#byName.values()) if (known === id) return name
    return this.#formerNames.get(id)
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
