/**
 * Channel registry: every channel of an engine, whoever owns it now: main, a user's thread, a Framework
 * worker whose drivers reach devices on other workers. Runs on: main.
 */
import { CHANNEL_ATTENTION, CHANNEL_CLOSED } from '../abi/channel-layout.js'
import { WORKER_DOORBELL, workerBlockWord } from '../abi/engine-layout.js'
import { type ChannelMemory, createChannelMemory, type HostBell } from '../irp/channel-memory.js'
import { addLedgers, type Ledger } from '../irp/ledger.js'
import { add, load, store } from '../sharedarraybuffer-queue/access.js'
import type { ArenaShare } from '../sharedarraybuffer-queue/arena.js'
import { Channel, type ChannelDescriptor } from './channel.js'
import type { DeviceDirectory } from './device-directory.js'
import { type ChannelOptions, checkChannelOptions } from './engine-options.js'
import { WaterMarks } from './water-marks.js'
import type { WorkerSet } from './worker-set.js'

interface WorkerChannel {
  readonly memory: ChannelMemory
  /** Settles when the workers that were ready have it. */
  readonly attached: Promise<void>
  /** Devices that its worker's drivers have opened. */
  readonly reaches: Set<number>
}

export class ChannelRegistry {
  readonly #words: Int32Array
  readonly #workers: WorkerSet
  readonly #directory: DeviceDirectory
  #channels: Channel[] = []
  #memories: ChannelMemory[] = []
  /** Channel of each worker whose drivers have opened devices on other workers. */
  readonly #ofWorker = new Map<number, WorkerChannel>()
  /** What became of the requests of channels that are closed. */
  #pastLedger: Ledger = addLedgers([])
  #nextId = 1

  constructor(words: Int32Array, workers: WorkerSet, directory: DeviceDirectory) {
    this.#words = words
    this.#workers = workers
    this.#directory = directory
  }

  /** Channels that were opened on this thread and not closed or moved since the last look. */
  get own(): readonly Channel[] {
    return this.#channels
  }

  /** A new channel of this thread; `attach` makes it known to the workers. */
  create(options: Required<ChannelOptions>): Channel {
    const memory = this.#createMemory(options)
    const marks = new WaterMarks(options.highWaterMark, options.lowWaterMark)
    const channel = new Channel(memory, this.#words, this.#directory, marks)
    this.#channels.push(channel)
    return channel
  }

  /**
   * The channel through which drivers on `worker` reach `device` and others: made at the first call. The worker's own
   * doorbell is rung for its completions.
   */
  async forWorker(worker: number, device: number): Promise<ChannelDescriptor> {
    const engine = this.#words.buffer as SharedArrayBuffer
    const { memory, attached, reaches } = this.#ofWorker.get(worker) ?? this.#makeFor(worker)
    await attached
    reaches.add(device)
    return { memory: memory.descriptor(), engine, devices: [] }
  }

  #makeFor(worker: number): WorkerChannel {
    const engine = this.#words.buffer as SharedArrayBuffer
    const hostBell = { buffer: engine, word: workerBlockWord(worker) + WORKER_DOORBELL }
    const memory = this.#createMemory(checkChannelOptions({}), hostBell)
    const reaches = new Set<number>()
    const made = { memory, reaches, attached: this.#workers.attach(memory.descriptor(), reaches) }
    this.#ofWorker.set(worker, made)
    return made
  }

  /**
   * The thread that owned a channel has died. Its files are closed and its requests cancelled on the workers,
   * then the channel goes. False when it had been closed before.
   */
  async release(id: number, patienceMs: number): Promise<boolean> {
    const memory = this.#memories.find((candidate) => candidate.id === id)
    if (memory === undefined || load(memory.words, CHANNEL_CLOSED) !== 0) return false
    const workers = Array.from({ length: this.#workers.count }, (_, worker) => worker)
    await Promise.all(
      workers.map((worker) =>
        this.#workers
          .ask(worker, (control) => control.releaseChannel(id, patienceMs))
          .catch(() => null),
      ),
    )
    store(memory.words, CHANNEL_CLOSED, 1)
    this.forgetClosed()
    return true
  }

  /** A worker has died, and if it had a channel of its own, a host has. Its successor gets another one. */
  async releaseOfWorker(worker: number, patienceMs: number): Promise<void> {
    const own = this.#ofWorker.get(worker)
    if (own === undefined) return
    this.#ofWorker.delete(worker)
    await this.release(own.memory.id, patienceMs)
  }

  /** Lets the memory of closed channels go, wherever they were closed. */
  forgetClosed(): void {
    const closed = this.#memories.filter((memory) => load(memory.words, CHANNEL_CLOSED) !== 0)
    for (const { id } of closed) {
      const channel = this.#channels.find((candidate) => candidate.id === id)
      if (channel !== undefined) this.#pastLedger = addLedgers([this.#pastLedger, channel.ledger()])
      this.#channels = this.#channels.filter((candidate) => candidate.id !== id)
      this.#workers.channels.delete(id)
    }
    this.#memories = this.#memories.filter((memory) => !closed.includes(memory))
  }

  /** Makes every host look for dead workers, wherever it is and whether it sleeps or not. */
  tellHosts(): void {
    for (const memory of this.#memories) {
      add(memory.words, CHANNEL_ATTENTION, 1)
      memory.ringer().ringSleeper()
    }
  }

  /** A number that changes when a worker presents something: a look at its presented marks, for the watchdog. */
  progressOf(worker: number): number {
    let sum = 0
    for (const memory of this.#memories) {
      const first = memory.presentedWord(worker)
      // While they are written, on purpose: any change will do, and each is a sign of life.
      for (let slot = 0; slot < memory.geometry.slotCount; slot++) {
        sum = (sum * 31 + load(memory.words, first + slot)) | 0
      }
    }
    return sum
  }

  /** Memory of every channel, wherever its host is. */
  get memories(): readonly ChannelMemory[] {
    return this.#memories
  }

  /** The ledger of all channels that belong to this thread, closed ones included. */
  ledger(): Ledger {
    return addLedgers([this.#pastLedger, ...this.#channels.map((channel) => channel.ledger())])
  }

  /** The audited sum of all channels' memory. */
  shares(): ArenaShare[] {
    return this.#memories.flatMap((memory) => memory.shares())
  }

  #createMemory(
    { slots, bufferBytes }: Required<ChannelOptions>,
    hostBell?: HostBell,
  ): ChannelMemory {
    const incarnations = Array.from({ length: this.#workers.count }, (_, worker) =>
      this.#workers.incarnationOf(worker),
    )
    const id = this.#nextId++
    const memory = createChannelMemory(id, slots, incarnations, bufferBytes, 0, hostBell)
    this.#memories.push(memory)
    return memory
  }
}
