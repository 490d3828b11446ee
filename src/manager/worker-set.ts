/**
 * Worker set: the engine's workers, and what happens when one dies: its successor gets the same devices,
 * and then the same channels. Runs on: main, control plane.
 *
 * Order after a death: the incarnation moves on and the hosts are told (they sweep by themselves); the
 * successor starts; devices are added and started; channels are attached last, so that no request can
 * arrive before its device. A worker that dies too often is given up: its requests then end with
 * STATUS_DEVICE_NOT_CONNECTED.
 *
 * Replacements of several workers run side by side: the start of a device on one may wait for a device on
 * another (`returning-devices.ts`). So that it gets what it waits for, a worker's own channel is attached as soon
 * as the devices that it reaches there are back; and no start may take for ever. A replacement whose successor
 * dies, too, ends there, and that death has a replacement of its own.
 */
import {
  WORKER_FAILED,
  WORKER_INCARNATION,
  WORKER_STOP,
  workerBlockWord,
} from '../abi/engine-layout.js'
import type { DeviceSpec, ErrorReport } from '../irp/device-description.js'
import { add, load, store } from '../sharedarraybuffer-queue/access.js'
import type { Outcome } from '../workers/control-plane.js'
import type { WorkerHandle, WorkerPool } from '../workers/worker-pool.js'
import type { RemoteControl } from '../workers/worker-threads.js'
import { WorkerLostError } from '../workers/worker-lost.js'
import type { ChannelMemoryDescriptor } from '../irp/channel-memory.js'
import type { RestartOptions } from './engine-options.js'
import { EngineError } from './errors.js'
import { ReturningDevices } from './returning-devices.js'

const MAX_BACKOFF_MS = 5000

/** A device with the workers that have a part of it, home first. */
export interface PlacedDevice {
  readonly spec: DeviceSpec
  readonly workers: readonly number[]
}

/** A channel that workers shall have. */
interface KnownChannel {
  readonly memory: ChannelMemoryDescriptor
  /** Of a worker's own one: devices that its drivers reach through it. */
  readonly reaches: ReadonlySet<number> | undefined
}

/** An error that a worker reported, with its code and status. */
export class RemoteError extends Error {
  readonly code: string | undefined
  readonly ntstatus: number | undefined
  readonly value: string | number | undefined

  constructor(report: ErrorReport) {
    super(report.message, causeOf(report))
    this.name = report.name
    // What is printed has no empty members.
    if (report.code !== undefined) this.code = report.code
    if (report.ntstatus !== undefined) this.ntstatus = report.ntstatus
    if (report.value !== undefined) this.value = report.value
    if (report.stack !== undefined) this.stack = report.stack
  }
}

function causeOf({ cause }: ErrorReport): ErrorOptions | undefined {
  return cause === undefined ? undefined : { cause: new RemoteError(cause) }
}

export class WorkerSet {
  readonly words: Int32Array
  readonly devices = new Map<number, PlacedDevice>()
  readonly channels = new Map<number, KnownChannel>()
  readonly returning = new ReturningDevices(this.devices)
  readonly #pool: WorkerPool
  readonly #handles: (WorkerHandle | undefined)[] = []
  readonly #deaths: number[][] = []
  readonly #restart: Required<RestartOptions>
  /** Channels that each worker has. */
  readonly #attached: Set<number>[] = []
  /** Workers that have all their devices: a channel may reach them. */
  readonly #takesChannels = new Set<number>()
  readonly #replacements = new Set<Promise<unknown>>()
  #isStopping = false

  constructor(
    pool: WorkerPool,
    words: Int32Array,
    workers: number,
    restart: Required<RestartOptions>,
  ) {
    this.#pool = pool
    this.#restart = restart
    this.words = words
    for (let worker = 0; worker < workers; worker++) {
      this.#handles.push(undefined)
      this.#deaths.push([])
      this.#attached.push(new Set())
      store(words, workerBlockWord(worker) + WORKER_INCARNATION, 1)
    }
  }

  get count(): number {
    return this.#handles.length
  }

  /** Starts all workers. */
  async start(): Promise<void> {
    const started = this.#handles.map((_, worker) => this.#pool.start(worker))
    const handles = await Promise.all(started)
    for (const handle of handles) {
      this.#handles[handle.worker] = handle
      this.#takesChannels.add(handle.worker)
    }
  }

  incarnationOf(worker: number): number {
    return load(this.words, workerBlockWord(worker) + WORKER_INCARNATION)
  }

  hasFailed(worker: number): boolean {
    return load(this.words, workerBlockWord(worker) + WORKER_FAILED) !== 0
  }

  /** Calls one worker. Rejects when it dies meanwhile. */
  call<T>(worker: number, invoke: (control: RemoteControl) => Promise<T>): Promise<T> {
    const handle = this.#handles[worker]
    if (handle === undefined) return Promise.reject(new WorkerLostError(worker, 'is not running'))
    return handle.call(invoke)
  }

  /** Calls one worker and throws the error it reports. */
  async ask<T>(
    worker: number,
    invoke: (control: RemoteControl) => Promise<Outcome<T>>,
  ): Promise<T> {
    const outcome = await this.call(worker, invoke)
    if ('error' in outcome) throw new RemoteError(outcome.error)
    return outcome.value
  }

  /** Calls every worker; null for one that is dead, or dies meanwhile. */
  askAll<T>(invoke: (control: RemoteControl) => Promise<T>): Promise<(T | null)[]> {
    return Promise.all(this.#handles.map((_, i) => this.call(i, invoke).catch(() => null)))
  }

  /** Marks a death and tells every host; their channels sweep by themselves. */
  markDead(worker: number, tellHosts: () => void): void {
    this.#handles[worker] = undefined
    this.#takesChannels.delete(worker)
    this.#attached[worker] = new Set()
    this.returning.expect(worker)
    add(this.words, workerBlockWord(worker) + WORKER_INCARNATION, 1)
    this.#countDeath(worker)
    tellHosts()
  }

  #countDeath(worker: number): void {
    const now = performance.now()
    const { maxDeaths, windowMs } = this.#restart
    const recent = (this.#deaths[worker] ?? []).filter((at) => now - at < windowMs)
    recent.push(now)
    this.#deaths[worker] = recent
    if (recent.length > maxDeaths) this.giveUp(worker)
  }

  /** No successor will come. */
  giveUp(worker: number): void {
    store(this.words, workerBlockWord(worker) + WORKER_FAILED, 1)
    this.returning.done(worker)
  }

  /**
   * Starts the successor. `onDeviceLost` hears of devices that could not be brought back; those with a `failureOf`
   * are not tried. Resolves with false when there is no successor: it died, too, or none shall come.
   */
  replace(
    worker: number,
    failureOf: (name: string) => Error | undefined,
    onDeviceLost: (name: string, error: Error) => void,
  ): Promise<boolean> {
    for (const { spec, workers } of this.devices.values()) {
      const failure = workers.includes(worker) ? failureOf(spec.name) : undefined
      if (failure === undefined) continue
      onDeviceLost(spec.name, failure)
      this.forget(spec.id)
    }
    const replacement = this.#replace(worker, onDeviceLost)
    const settled = replacement.catch(() => {})
    this.#replacements.add(settled)
    void settled.then(() => this.#replacements.delete(settled))
    return replacement
  }

  /** A device has gone, or goes: no successor brings it back. */
  forget(id: number): void {
    this.devices.delete(id)
    this.returning.settled(id)
  }

  /** Resolves when no worker is being replaced. */
  async settled(): Promise<void> {
    while (this.#replacements.size > 0) await Promise.all(this.#replacements)
  }

  async #replace(
    worker: number,
    onDeviceLost: (name: string, error: Error) => void,
  ): Promise<boolean> {
    const handle = await this.#startSuccessor(worker)
    if (handle === undefined) return false
    this.#handles[worker] = handle
    const isLost = (): boolean => this.#handles[worker] !== handle
    await this.#attachWhatMay(handle)
    for (const { spec, workers } of this.devices.values()) {
      if (!workers.includes(worker)) continue
      try {
        await this.#bringBack(worker, spec)
      } catch (error) {
        if (isLost()) return false
        onDeviceLost(spec.name, error as Error)
      }
      this.returning.settled(spec.id, worker)
      await this.#attachWhatMay(handle)
    }
    if (isLost()) return false
    this.#takesChannels.add(worker)
    this.returning.done(worker)
    await this.#attachWhatMay(handle)
    return !isLost()
  }

  /** Adds and starts a device on a successor. It has `startTimeoutMs` for that: others wait. */
  async #bringBack(worker: number, spec: DeviceSpec): Promise<void> {
    const { startTimeoutMs } = this.#restart
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      if (startTimeoutMs === Infinity) return
      timer = setTimeout(() => reject(this.#isLate(worker, spec.name)), startTimeoutMs)
    })
    const start = async (): Promise<void> => {
      await this.ask(worker, (control) => control.addDevice(spec))
      await this.ask(worker, (control) => control.startDevice(spec.id))
    }
    try {
      await Promise.race([start(), late])
    } finally {
      clearTimeout(timer)
    }
  }

  #isLate(worker: number, name: string): EngineError {
    const waits = this.returning.describeWaits()
    const why = waits.length === 0 ? '' : `; ${waits.join('; ')}`
    const message = `device "${name}" was not started again on worker ${worker} within ${this.#restart.startTimeoutMs} ms${why}`
    return new EngineError('ERR_IRP_START_TIMEOUT', message, name)
  }

  /** A thread that ends before it is ready has had no request, but counts as a death. */
  async #startSuccessor(worker: number): Promise<WorkerHandle | undefined> {
    for (;;) {
      if (this.#isStopping || this.hasFailed(worker)) return undefined
      await this.#backOff(worker)
      if (this.#isStopping) return undefined
      try {
        return await this.#pool.start(worker)
      } catch (error) {
        this.#countDeath(worker)
        if (this.hasFailed(worker)) throw error
      }
    }
  }

  /** A worker that dies again and again is restarted more and more slowly. */
  async #backOff(worker: number): Promise<void> {
    const again = (this.#deaths[worker]?.length ?? 0) - 2
    if (again < 0) return
    const ms = Math.min(MAX_BACKOFF_MS, this.#restart.backoffMs * 2 ** again)
    await new Promise((resolve) => setTimeout(resolve, ms))
  }

  /**
   * Makes a channel known to all workers; to one that is still starting its devices when it has them.
   * `reaches`: of a worker's own channel, the devices that it has been used for.
   */
  async attach(memory: ChannelMemoryDescriptor, reaches?: ReadonlySet<number>): Promise<void> {
    this.channels.set(memory.id, { memory, reaches })
    await Promise.all(this.#handles.map((handle) => this.#attachWhatMay(handle)))
  }

  /** Gives a worker the channels whose devices it has, once each. */
  async #attachWhatMay(handle: WorkerHandle | undefined): Promise<void> {
    if (handle === undefined) return
    const { worker } = handle
    const attached = this.#attached[worker] as Set<number>
    const isReady = ({ reaches }: KnownChannel): boolean => {
      if (this.#takesChannels.has(worker)) return true
      return reaches !== undefined && [...reaches].every((id) => this.returning.isBack(id, worker))
    }
    const ready = [...this.channels.values()].filter(
      (channel) => !attached.has(channel.memory.id) && isReady(channel),
    )
    for (const { memory } of ready) attached.add(memory.id)
    const calls = ready.map(({ memory }) =>
      handle.call((control) => control.attachChannel(memory)).catch(() => undefined),
    )
    await Promise.all(calls)
  }

  /** Memory of a worker's in-flight recorder. */
  recorderOf(worker: number): SharedArrayBuffer {
    return this.#pool.recorders[worker] as SharedArrayBuffer
  }

  /** Whether the worker's thread runs. */
  isAlive(worker: number): boolean {
    return this.#handles[worker] !== undefined
  }

  /** Gives a worker's event loop a turn, whatever it does. */
  nudge(worker: number): void {
    this.#pool.nudge(worker)
  }

  /** `reason`: what its death is told to be. */
  async terminate(worker: number, reason?: Error): Promise<void> {
    await this.#handles[worker]?.terminate(reason)
  }

  /** Stops all threads. */
  async stop(): Promise<void> {
    this.#isStopping = true
    const alive = this.#handles.filter((handle) => handle !== undefined)
    await this.#pool.stop(alive)
    for (let worker = 0; worker < this.count; worker++) {
      store(this.words, workerBlockWord(worker) + WORKER_STOP, 1)
      this.giveUp(worker)
    }
  }
}
