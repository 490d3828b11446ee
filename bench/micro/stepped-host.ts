/**
 * stepped-host.ts: a host and its Framework worker on one thread, moved by hand, so that each step of a
 * request's way can be timed without another thread in between.
 *
 * Runs on: the main thread of bench/micro/main.ts.
 * The control block, the channel and the Framework are the real ones; only the worker's loop is missing.
 */
import {
  ENGINE_ACCEPTING,
  engineBytes,
  WORKER_INCARNATION,
  workerBlockWord,
} from '../../src/abi/engine-layout.js'
import { Framework } from '../../src/framework/framework.js'
import { createChannelMemory } from '../../src/irp/channel-memory.js'
import type { ChannelBuffer } from '../../src/irp/channel-buffer.js'
import { ChannelFile } from '../../src/manager/channel-file.js'
import { Channel } from '../../src/manager/channel.js'
import type { OnBatch } from '../../src/manager/completion-batch.js'
import { DeviceDirectory, DeviceRoute } from '../../src/manager/device-directory.js'
import { store } from '../../src/sharedarraybuffer-queue/access.js'
import { allocateShared } from '../../src/sharedarraybuffer-queue/arena.js'

/** Requests in flight, all of them in each step. */
export const DEPTH = 1024
const READ_BYTES = 512
const FIRST_FILE_ID = 1

export class SteppedHost {
  readonly framework: Framework
  readonly #channel: Channel
  /** Of each device one; a power of two. */
  readonly #files: readonly ChannelFile[]
  readonly #buffer: ChannelBuffer

  private constructor(framework: Framework, channel: Channel, files: readonly ChannelFile[]) {
    this.framework = framework
    this.#channel = channel
    this.#files = files
    this.#buffer = channel.allocate(READ_BYTES)
  }

  /** A host with that many started devices of the driver, a power of two; `record`: its in-flight recorder. */
  static async start(
    driver: URL,
    parameters: Record<string, unknown> = {},
    devices = 1,
    record = (): void => {},
  ): Promise<SteppedHost> {
    const words = new Int32Array(allocateShared(engineBytes(1)))
    store(words, ENGINE_ACCEPTING, 1)
    store(words, workerBlockWord(0) + WORKER_INCARNATION, 1)
    const memory = createChannelMemory(1, DEPTH, [1], 4096)
    const directory = new DeviceDirectory()
    const channel = new Channel(memory, words, directory)
    const framework = new Framework(0, 1, { wake() {}, driverFault: throwFault, record })
    framework.attachChannel(memory)
    const files: ChannelFile[] = []
    for (let id = 0; id < devices; id++) {
      const name = `device${id}`
      const spec = { id, name, driver: driver.href, homeWorker: 0, parameters }
      directory.add(await framework.addDevice(spec))
      await framework.startDevice(id)
      const route = new DeviceRoute(directory.describe(name))
      files.push(new ChannelFile(channel.id, FIRST_FILE_ID + id, route))
    }
    return new SteppedHost(framework, channel, files)
  }

  /** Prepares and publishes DEPTH reads, the devices in turn. */
  submitAll(): number {
    const channel = this.#channel
    const files = this.#files
    const last = files.length - 1
    for (let i = 0; i < DEPTH; i++) {
      const file = files[i & last]!
      channel.prepareRead(file, this.#buffer, READ_BYTES, i * READ_BYTES, i)
    }
    return channel.submit()
  }

  /** One turn of the worker, for everything that is there. */
  pollAll(): number {
    return this.framework.turn.poll(DEPTH)
  }

  reapAll(onBatch: OnBatch): number {
    return this.#channel.reapBatch(DEPTH, onBatch)
  }
}

function throwFault(device: string, callback: string, error: { message: string }): never {
  throw new Error(`${callback} of ${device}: ${error.message}`)
}
