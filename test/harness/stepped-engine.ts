/**
 * Stepped engine: a host and its Framework workers on ONE thread, moved by hand: what threads do in any order is
 * done here in the order that the test says. No worker thread, no clock.
 * Runs on: the test's own thread.
 *
 * The control block, the channel and the Frameworks are the real ones; only the worker's loop and main's
 * supervisor are played: `step` is one turn, `kill` and `replace` do to the shared words what main does.
 */
import { CHANNEL_ATTENTION } from '../../src/abi/channel-layout.js'
import {
  ENGINE_ACCEPTING,
  WORKER_FAILED,
  WORKER_INCARNATION,
  engineBytes,
  workerBlockWord,
} from '../../src/abi/engine-layout.js'
import { Framework } from '../../src/framework/framework.js'
import type { FrameworkEvents } from '../../src/framework/framework-events.js'
import { type ChannelMemory, createChannelMemory } from '../../src/irp/channel-memory.js'
import type {
  DeviceDescription,
  DeviceSpec,
  ErrorReport,
  ObjectLeak,
} from '../../src/irp/device-description.js'
import { Channel } from '../../src/manager/channel.js'
import { ChannelFile } from '../../src/manager/channel-file.js'
import { DeviceDirectory, DeviceRoute } from '../../src/manager/device-directory.js'
import { add, load, store } from '../../src/sharedarraybuffer-queue/access.js'
import { allocateShared } from '../../src/sharedarraybuffer-queue/arena.js'
import { eventLoopTurn } from './event-loop-turn.js'

export interface SteppedOptions {
  readonly workers?: number
  readonly slots?: number
  readonly bufferBytes?: number
  /** First position of every ring. */
  readonly firstPosition?: number
  /** What the Frameworks tell and ask besides. */
  readonly events?: Partial<FrameworkEvents>
}

/** A driver fault that a Framework reported. */
export interface Fault {
  readonly device: string
  readonly callback: string
  readonly error: ErrorReport
}

/** A completion as the batch API tells it. */
export interface Completion {
  readonly context: number
  readonly status: number
  readonly information: number
  readonly handle: number
}

const TURN_LIMIT = 128
/** More turns than any test needs to come to rest; a test that runs into it hangs for a reason of its own. */
const MAX_TURNS = 2000

export class SteppedEngine {
  readonly workerCount: number
  readonly words: Int32Array
  readonly memory: ChannelMemory
  readonly directory = new DeviceDirectory()
  /** The Framework of each worker; undefined while it is dead. */
  readonly frameworks: (Framework | undefined)[] = []
  readonly faults: Fault[] = []
  /** Objects that drivers still reference although their device or driver has gone. */
  readonly leaks: ObjectLeak[] = []
  /** How often a Framework asked for a turn. */
  wakes = 0
  channel: Channel
  readonly #events: Partial<FrameworkEvents>
  readonly #specs: DeviceSpec[] = []
  #nextFileId = 1_000
  readonly #otherMemories: ChannelMemory[] = []

  constructor(options: SteppedOptions = {}) {
    const { workers = 1, slots = 8, bufferBytes = 65_536, firstPosition = 0, events = {} } = options
    this.#events = events
    this.workerCount = workers
    this.words = new Int32Array(allocateShared(engineBytes(workers)))
    store(this.words, ENGINE_ACCEPTING, 1)
    for (let worker = 0; worker < workers; worker++) {
      store(this.words, workerBlockWord(worker) + WORKER_INCARNATION, 1)
    }
    const incarnations = Array.from({ length: workers }, () => 1)
    this.memory = createChannelMemory(1, slots, incarnations, bufferBytes, firstPosition)
    this.channel = new Channel(this.memory, this.words, this.directory)
    for (let worker = 0; worker < workers; worker++) {
      const framework = this.#newFramework(worker)
      framework.attachChannel(this.memory)
      this.frameworks.push(framework)
    }
  }

  /** The Framework of a worker that is alive. */
  framework(worker = 0): Framework {
    const framework = this.frameworks[worker]
    if (framework === undefined) throw new Error(`worker ${worker} is dead`)
    return framework
  }

  /** Adds a device on all workers, not started. */
  async addDeviceStopped(
    driver: string,
    options: Partial<Omit<DeviceSpec, 'driver'>> = {},
  ): Promise<DeviceDescription> {
    const id = options.id ?? this.#specs.length
    const spec: DeviceSpec = {
      id,
      name: options.name ?? `device${id}`,
      driver,
      homeWorker: options.homeWorker ?? 0,
      parameters: options.parameters ?? {},
      role: options.role ?? 'function',
      below: options.below ?? [],
      ...(options.hardware === undefined ? {} : { hardware: options.hardware }),
    }
    let description: DeviceDescription | undefined
    for (const framework of this.frameworks) {
      const described = await framework?.addDevice(spec)
      if (framework?.worker === spec.homeWorker) description = described
    }
    if (description === undefined) throw new Error(`the home worker of ${spec.name} is dead`)
    this.#specs.push(spec)
    this.directory.add(description)
    return description
  }

  /** Adds a device on all workers and starts it. */
  async addDevice(
    driver: string,
    options: Partial<Omit<DeviceSpec, 'driver'>> = {},
  ): Promise<DeviceDescription> {
    const description = await this.addDeviceStopped(driver, options)
    for (const framework of this.frameworks) await framework?.startDevice(description.id)
    return description
  }

  /** A handle for the batch API, without the create request that `channel.open` sends. */
  file(device = 'device0', channel = this.channel): ChannelFile {
    const route = new DeviceRoute(this.directory.describe(device))
    return new ChannelFile(channel.id, this.#nextFileId++, route)
  }

  /** Another channel of the same engine. */
  openChannel(): Channel {
    const incarnations = Array.from({ length: this.workerCount }, (_, i) => this.#incarnationOf(i))
    const id = 2 + this.#otherMemories.length
    const memory = createChannelMemory(id, 8, incarnations, 4096)
    this.#otherMemories.push(memory)
    for (const framework of this.frameworks) framework?.attachChannel(memory)
    return new Channel(memory, this.words, this.directory)
  }

  /** One turn of one worker, or of each. Returns how much was done. */
  step(worker?: number, limit = TURN_LIMIT): number {
    if (worker !== undefined) return this.framework(worker).turn.poll(limit)
    let done = 0
    for (const framework of this.frameworks) done += framework?.turn.poll(limit) ?? 0
    return done
  }

  /** Turns until no worker finds anything to do. */
  settle(): void {
    for (let turns = 0; this.step() !== 0; turns++) {
      if (turns > MAX_TURNS) throw new Error('the workers do not come to rest')
    }
  }

  /** Everything that can be reaped, in order. */
  reap(limit = Infinity, channel = this.channel): Completion[] {
    const completions: Completion[] = []
    const keep = (context: number, status: number, information: number, handle: number): void => {
      completions.push({ context, status, information, handle })
    }
    let count = 1
    while (completions.length < limit && count !== 0) {
      count = channel.reap(Math.min(limit - completions.length, 0x7fffffff), keep)
    }
    return completions
  }

  /** Publishes, lets the workers come to rest, reaps. */
  run(): Completion[] {
    this.channel.submit()
    this.settle()
    return this.reap()
  }

  /** Workers and event loop by turns until `promise` has settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    const state = { settled: false }
    const mark = (): void => {
      state.settled = true
    }
    promise.then(mark, mark)
    for (let turns = 0; !state.settled; turns++) {
      if (turns > MAX_TURNS) throw new Error('the promise does not settle')
      this.step()
      await eventLoopTurn()
    }
    return promise
  }

  /** The worker's thread ends where it stands; main tells the hosts. */
  kill(worker = 0): void {
    this.frameworks[worker] = undefined
    add(this.words, workerBlockWord(worker) + WORKER_INCARNATION, 1)
    this.tellHosts()
  }

  /** As `kill`, and main gives the worker up. */
  fail(worker = 0): void {
    this.frameworks[worker] = undefined
    add(this.words, workerBlockWord(worker) + WORKER_INCARNATION, 1)
    store(this.words, workerBlockWord(worker) + WORKER_FAILED, 1)
    this.tellHosts()
  }

  /**
   * Takes a picture of the channel's memory; the function it returns puts it back. A worker that is frozen in
   * the middle of a turn and put back after it has stopped where the picture was taken, as a killed thread does.
   */
  freeze(): () => void {
    const { words } = this.memory
    const picture = words.slice()
    return () => words.set(picture)
  }

  tellHosts(): void {
    for (const { words } of [this.memory, ...this.#otherMemories]) add(words, CHANNEL_ATTENTION, 1)
  }

  /** True once the host has let the worker's present incarnation in. */
  isAdopted(worker = 0, memory = this.memory): boolean {
    return load(memory.words, memory.incarnationWord(worker)) === this.#incarnationOf(worker)
  }

  #incarnationOf(worker: number): number {
    return load(this.words, workerBlockWord(worker) + WORKER_INCARNATION)
  }

  /** Starts the successor of a dead worker: devices first, then the channels whose hosts have swept. */
  async replace(worker = 0): Promise<Framework> {
    const framework = this.#newFramework(worker)
    for (const spec of this.#specs) {
      await framework.addDevice(spec)
      await framework.startDevice(spec.id)
    }
    if (!this.isAdopted(worker)) throw new Error(`the host has not let the successor in`)
    framework.attachChannel(this.memory)
    for (const memory of this.#otherMemories) {
      if (this.isAdopted(worker, memory)) framework.attachChannel(memory)
    }
    this.frameworks[worker] = framework
    return framework
  }

  #newFramework(worker: number): Framework {
    return new Framework(worker, this.workerCount, {
      wake: () => {
        this.wakes++
      },
      driverFault: (device, callback, error) => {
        this.faults.push({ device, callback, error })
      },
      objectLeaked: (leak) => {
        this.leaks.push(leak)
      },
      ...this.#events,
    })
  }
}
