/**
 * NBD rig: an engine with a disk and a server on a Unix socket, for thread tests.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine as EngineType } from '../../src/index.js'
import type * as Nbd from '../../src/nbd/index.js'
import type * as Storage from '../../src/pairs/storage/index.js'
import { NbdClient } from '../harness/nbd-client.js'
import { drivers, Engine } from './built.js'

const build = new URL('../../build/', import.meta.url)
export const nbd: typeof Nbd = await import(new URL('src/nbd/index.js', build).href)
export const storage: typeof Storage = await import(
  new URL('src/pairs/storage/index.js', build).href
)

export const MIB = 2 ** 20

export interface RigOptions {
  readonly bytes?: number
  readonly parameters?: Record<string, unknown>
  readonly server?: Partial<Nbd.NbdServerOptions>
  readonly exports?: readonly string[]
}

export class NbdRig {
  readonly engine: EngineType
  readonly server: Nbd.NbdServer
  readonly folder: string
  readonly #clients: NbdClient[] = []

  private constructor(engine: EngineType, server: Nbd.NbdServer, folder: string) {
    this.engine = engine
    this.server = server
    this.folder = folder
  }

  static async open(options: RigOptions = {}): Promise<NbdRig> {
    const { bytes = 64 * MIB, parameters = {}, exports = ['disk'] } = options
    const folder = mkdtempSync(join(tmpdir(), 'irpool-nbd-'))
    const engine = await Engine.start({ workers: 1 })
    for (const name of exports) {
      const store = storage.createSharedMemory(bytes, bytes)
      await engine.addDevice({
        name,
        driver: drivers.storage,
        parameters: { miniport: 'ram', store, ...parameters },
      })
    }
    const server = await nbd.serveNbd({
      engine,
      exports: exports.map((name) => ({ name, device: name, description: `the ${name}` })),
      path: join(folder, 'socket'),
      ...options.server,
    })
    return new NbdRig(engine, server, folder)
  }

  async client(name = '', isStructured = false): Promise<NbdClient> {
    const client = await NbdClient.open(this.server.address, name, isStructured)
    this.#clients.push(client)
    return client
  }

  /** A connection that has said nothing yet. */
  async stranger(): Promise<NbdClient> {
    const client = await NbdClient.connect(this.server.address)
    this.#clients.push(client)
    return client
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy()
    await this.server.close()
    await this.engine.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
