/**
 * served-disks.ts: an engine with the disks that a command serves: in memory, in files, or behind simulated hardware.
 *
 * Runs on: the main thread of the command.
 */
import { availableParallelism, totalmem } from 'node:os'
import { drivers, Engine } from '../index.js'
import { createSharedMemory, nvmeCommonBytes } from '../pairs/storage/index.js'
import type { ServeNbdSettings } from './serve-nbd.js'

const DEFAULT_BYTES = 2 ** 30
const NVME_BLOCK_BYTES = 512
/** One for the admin queue, one for the I/O queue. */
const NVME_LINES = 2
/** A disk in memory may fill that much of the machine's. */
const MEMORY_SHARE = 0.75

interface Hardware {
  readonly resources: object
  stop(): Promise<unknown>
}

/** Name of the device behind an export. */
export function deviceName(exportName: string): string {
  return `disk ${exportName}`
}

export class ServedDisks {
  readonly engine: Engine
  readonly #settings: ServeNbdSettings
  readonly #hardware: Hardware[] = []

  private constructor(engine: Engine, settings: ServeNbdSettings) {
    this.engine = engine
    this.#settings = settings
  }

  static async start(settings: ServeNbdSettings): Promise<ServedDisks> {
    const { names } = settings
    const most = Math.max(1, availableParallelism() - 1)
    const workers = settings.workers ?? Math.min(names.length, most)
    const disks = new ServedDisks(await Engine.start({ workers }), settings)
    try {
      for (const [i, name] of names.entries()) await disks.#add(name, i, i % workers)
      return disks
    } catch (error) {
      await disks.stop()
      throw error
    }
  }

  /** Ends the engine, then the hardware. */
  async stop(): Promise<void> {
    await this.engine.stop()
    await Promise.all(this.#hardware.map((hardware) => hardware.stop()))
  }

  async #add(exportName: string, index: number, worker: number): Promise<void> {
    const { miniport, paths, bytes = DEFAULT_BYTES, isReadOnly, names } = this.#settings
    const device = { name: deviceName(exportName), driver: drivers.storage }
    const common = { miniport, readOnly: isReadOnly }
    switch (miniport) {
      case 'file': {
        const parameters = { ...common, path: paths[index], bytes: this.#settings.bytes }
        await this.engine.addDevice({ ...device, parameters })
        break
      }
      case 'ram': {
        const limit = Math.floor((totalmem() * MEMORY_SHARE) / names.length)
        const store = createSharedMemory(bytes, Math.min(bytes, limit))
        await this.engine.addDevice({ ...device, parameters: { ...common, store } })
        break
      }
      case 'nvme': {
        const hardware = await this.#startNvme(exportName, bytes, worker)
        await this.engine.addDevice({ ...device, parameters: common, hardware })
        break
      }
    }
  }

  async #startNvme(exportName: string, bytes: number, worker: number): Promise<object> {
    // Only who asks for hardware waits until its simulation has been loaded.
    const { SimulatedHardware } = await import('../../native-sim/index.js')
    const hardware = await SimulatedHardware.start({
      device: { model: 'nvme', name: exportName, blocks: Math.ceil(bytes / NVME_BLOCK_BYTES) },
      lines: this.engine.allocateInterruptLines(worker, NVME_LINES),
      commonBufferBytes: nvmeCommonBytes(),
    })
    this.#hardware.push(hardware)
    return hardware.resources
  }
}
