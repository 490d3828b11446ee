/**
 * Engine: starts Framework workers, adds devices, opens channels, stops in order. Runs on: main (or the
 * thread that started it).
 */
import { EventEmitter } from 'node:events'
import { ENGINE_ACCEPTING } from '../abi/engine-layout.js'
import type { DeviceDescription, PowerRequest } from '../irp/device-description.js'
import type { LineDescriptor } from '../irp/interrupt-block.js'
import type { Ledger } from '../irp/ledger.js'
import type { VerifierSummary } from '../irp/violation-report.js'
import { store } from '../sharedarraybuffer-queue/access.js'
import type { ArenaShare } from '../sharedarraybuffer-queue/arena.js'
import type { FlightRecord } from '../observe/in-flight-recorder.js'
import type { WorkerEvent } from '../workers/control-plane.js'
import { piscinaThreads } from '../workers/piscina-threads.js'
import { WorkerPool } from '../workers/worker-pool.js'
import type { MakeThreads } from '../workers/worker-threads.js'
import { within } from '../workers/within.js'
import type { Channel, ChannelDescriptor } from './channel.js'
import { ChannelRegistry } from './channel-registry.js'
import { ChildNodes } from './child-nodes.js'
import { ControlTurns } from './control-turns.js'
import { drained } from './drain.js'
import { DeviceControl } from './device-control.js'
import { checkLines } from './device-resources.js'
import { DeviceDirectory } from './device-directory.js'
import { DUMP_SIGNAL, dumpOnSignal, writeToStderr } from './dump-on-signal.js'
import {
  type ChannelOptions,
  checkCallbackTimeout,
  checkChannelOptions,
  checkEngineOptions,
  checkRestart,
  checkStop,
  checkWatchdog,
  checkWaitStrategy,
  checkWorkerIndex,
  checkWorkers,
  type DeviceOptions,
  type EngineOptions,
  spinsFor,
} from './engine-options.js'
import type { EngineEvents, HostThread, StopOptions } from './engine-events.js'
import { createControlBlock, engineShares } from './engine-memory.js'
import { EngineReports } from './engine-reports.js'
import { FlightRecords } from './flight-records.js'
import { placesOf } from './hung-callback.js'
import { HungDevices, knownDevice } from './hung-devices.js'
import type { IrpFile } from './irp-file.js'
import { checkVerifier } from './verifier-options.js'
import { Watchdog } from './watchdog.js'
import { type SignalOptions, stopOnSignals } from './stop-on-signals.js'
import { PnpManager } from './pnp-manager.js'
import { readWorkerStatistics, type WorkerStatistics } from './worker-statistics.js'
import { SystemSleep } from './system-sleep.js'
import { WorkerLines } from './worker-lines.js'
import { WorkerRequests } from './worker-requests.js'
import { WorkerSet } from './worker-set.js'

/** A driver has that long to end the requests of a host that died. */
const HOST_PATIENCE_MS = 5000
/** After the deadline, this long for each: cancellation, closing files, a device's stop sequence. */
const GRACE_MS = 1000
/** A driver whose device is removed has that long to end the requests it owns. */
const REMOVE_PATIENCE_MS = 2000

/** For what a worker that is being replaced gets when it has its devices: nobody waits for that. */
const atOnce = (): Promise<void> => Promise.resolve()

export class Engine extends EventEmitter<EngineEvents> {
  readonly workerCount: number
  readonly #words: Int32Array
  readonly #workers: WorkerSet
  readonly #directory = new DeviceDirectory()
  readonly #channels: ChannelRegistry
  readonly #mainChannel: Channel
  readonly #lines: WorkerLines
  readonly #pnp: PnpManager
  readonly #sleep: SystemSleep
  readonly #watchdog: Watchdog
  readonly #workerRequests: WorkerRequests
  readonly #hungDevices: HungDevices
  readonly #childNodes: ChildNodes
  readonly #turns = new ControlTurns(() => this.#workers.settled())
  readonly #records: FlightRecords
  readonly #reports: EngineReports
  #stopping: Promise<void> | undefined

  private constructor(options: EngineOptions, makeThreads: MakeThreads) {
    super()
    checkEngineOptions(options)
    this.workerCount = checkWorkers(options.workers)
    const waitStrategy = checkWaitStrategy(options.waitStrategy)
    const channelOptions = checkChannelOptions(options)
    const engine = createControlBlock(this.workerCount)
    this.#words = new Int32Array(engine)
    this.#lines = new WorkerLines(this.workerCount, engine)
    const pool = new WorkerPool({
      threads: makeThreads(this.workerCount, options.resourceLimits),
      interrupts: this.#lines.blocks,
      stateEvents: options.stateEvents === true,
      callbackTimeoutMs: checkCallbackTimeout(options.callbackTimeoutMs),
      verifier: checkVerifier(options.verifier),
      workers: this.workerCount,
      engine,
      waitStrategy,
      spins: spinsFor(this.workerCount),
      onDeath: (worker, reason) => this.#onDeath(worker, reason),
      onEvent: (worker, event) => this.#onWorkerEvent(worker, event),
    })
    const restart = checkRestart(options.restart)
    this.#workers = new WorkerSet(pool, this.#words, this.workerCount, restart)
    this.#records = new FlightRecords(this.#workers, this.#directory)
    this.#reports = new EngineReports(this, (worker) => this.#records.last(worker))
    this.#channels = new ChannelRegistry(this.#words, this.#workers, this.#directory)
    this.#pnp = new PnpManager(this.#workers, this.#directory, this.#lines)
    this.#sleep = new SystemSleep(
      this.#directory,
      (device, request) => this.#power(device, request),
      (action) => this.#turns.take(action),
    )
    this.#workerRequests = new WorkerRequests(this.#workers, this.#channels, this.#directory)
    this.#childNodes = new ChildNodes(this.#pnp, this.#reports, {
      isStopping: () => this.#stopping !== undefined,
      remove: (name) => this.#remove(name, true),
      told: (event, name) => void this.emit(event, name),
    })
    this.#mainChannel = this.#channels.create(channelOptions)
    this.#hungDevices = new HungDevices(
      (worker) => placesOf(this.#words, worker, this.#channels.memories),
      () => [...this.#directory.all().map(knownDevice), ...this.#pnp.beingAdded],
    )
    // Who is told of is ended where it stands; what follows is a death like any other.
    this.#watchdog = new Watchdog(checkWatchdog(options.watchdogMs), this.#words, {
      count: this.workerCount,
      isAlive: (worker) => this.#workers.isAlive(worker),
      nudge: (worker) => this.#workers.nudge(worker),
      progressOf: (worker) => this.#channels.progressOf(worker),
      onHung: (worker, silentMs) => {
        this.emit('workerHung', worker, silentMs, this.#hungDevices.placesOf(worker))
        void this.#workers.terminate(worker, this.#hungDevices.hung(worker, silentMs))
      },
      onCorrupt: (worker) => {
        this.emit('workerCorrupt', worker)
        void this.#workers.terminate(worker)
      },
    })
  }

  /**
   * Starts the workers and adds `options.devices` in order. `makeThreads`: for simulations of a whole engine.
   * @throws EngineError ERR_IRP_OPTION for an impossible option; what addDevice throws.
   */
  static async start(options: EngineOptions = {}, makeThreads = piscinaThreads): Promise<Engine> {
    const engine = new Engine(options, makeThreads)
    try {
      await engine.#workers.start()
      await engine.#workers.attach(engine.#mainChannel.memory.descriptor())
      engine.#watchdog.start()
      for (const device of options.devices ?? []) await engine.addDevice(device)
    } catch (error) {
      await engine.stop({ timeoutMs: 1 })
      throw error
    }
    return engine
  }

  /** The engine's own channel on this thread, which `open` uses. */
  get channel(): Channel {
    return this.#mainChannel
  }

  /**
   * Loads the driver on the device's workers, calls EvtDriverDeviceAdd, runs the start sequence.
   * @throws an error with `code` ERR_IRP_DRIVER_… or ERR_IRP_DEVICE_ADD and what went wrong, a
   *   WdfStatusError's code and ntstatus when the Framework or the driver refused; EngineError for
   *   bad options. Nothing of the device is left behind then.
   */
  addDevice(options: DeviceOptions): Promise<DeviceDescription> {
    return this.#turns.ask(options?.name, () => this.#pnp.add(options))
  }

  /**
   * Cancels what waits in the device's queues, lets its driver end what it owns (two seconds at most, then
   * STATUS_DEVICE_REMOVED), runs the stop sequence and forgets the device. Later requests get
   * STATUS_NO_SUCH_DEVICE.
   */
  removeDevice(name: string): Promise<void> {
    return this.#turns.ask(name, () => this.#remove(name, false))
  }

  /**
   * Lines of a worker, for hardware whose device is to live there. @throws EngineError ERR_IRP_OPTION: none left.
   */
  allocateInterruptLines(worker: number, count: number): LineDescriptor[] {
    checkWorkerIndex(worker, this.workerCount)
    return this.#lines.allocate(worker, count)
  }

  /** Gives lines of stopped hardware back. @throws EngineError ERR_IRP_OPTION: not given here, or a device's. */
  releaseInterruptLines(lines: readonly LineDescriptor[]): void {
    this.#lines.release(checkLines(lines, this.#pnp.owners()))
  }

  /** A device, to be powered, stopped, pulled out. @throws EngineError ERR_IRP_NO_SUCH_DEVICE. */
  device(name: string): DeviceControl {
    this.#directory.describe(name)
    return new DeviceControl(name, {
      power: (request) =>
        this.#turns.ask(name, () => this.#power(this.#directory.describe(name), request)),
      remove: (isSurprise) => this.#turns.ask(name, () => this.#remove(name, isSurprise)),
    })
  }

  /** The system goes to sleep: every device leaves D0, in the reverse order of adding. */
  async suspend(): Promise<void> {
    this.#turns.check('suspend')
    await this.#sleep.suspend()
  }

  /** The system wakes up: every device comes back to D0. Removals and the like wait for it while the system sleeps. */
  async resume(): Promise<void> {
    this.#turns.check('resume')
    await this.#sleep.resume()
  }

  /** Opens a device on the engine's own channel: the promise API. */
  open(name: string): Promise<IrpFile> {
    return this.#mainChannel.open(name)
  }

  /** Opens another channel: slots, buffers and a ring pair per worker of its own. */
  async openChannel(options: ChannelOptions = {}): Promise<Channel> {
    const checked = checkChannelOptions(options)
    this.#turns.check('openChannel')
    this.#channels.forgetClosed()
    const channel = this.#channels.create(checked)
    await this.#turns.take(() => this.#workers.attach(channel.memory.descriptor()), atOnce)
    return channel
  }

  /**
   * Cleans up after the thread that a channel was moved to, when it dies without closing the channel: its
   * requests are cancelled, its files get cleanup and close, its memory is given back. Call it when the
   * descriptor of `channel.transfer()` is sent. `thread`: a Worker.
   */
  watchHost(channel: ChannelDescriptor, thread: HostThread): void {
    const { id } = channel.memory
    thread.once('exit', () => {
      void this.#channels.release(id, HOST_PATIENCE_MS).then((wasOpen) => {
        if (wasOpen) this.emit('hostDied', id)
      })
    })
  }

  /** All devices, with their queues and where they live. */
  devices(): DeviceDescription[] {
    return this.#directory.all()
  }

  /** The ledger of all channels that belong to this thread, closed ones included. */
  ledger(): Ledger {
    return this.#channels.ledger()
  }

  /** What a worker did last, oldest first; also after it died. `formatRecords` makes text of it. */
  inFlightRecords(worker: number, limit?: number): FlightRecord[] {
    checkWorkerIndex(worker, this.workerCount)
    return this.#records.of(worker, limit)
  }

  /** What each worker has counted. */
  statistics(): WorkerStatistics[] {
    return Array.from({ length: this.workerCount }, (_, worker) =>
      readWorkerStatistics(this.#words, worker),
    )
  }

  /** What the verifier of each worker has done so far; null for a worker that is dead, or with the verifier off. */
  verifierSummaries(): Promise<(VerifierSummary | null)[]> {
    return this.#workers.askAll((control) => control.verifierSummary())
  }

  /** The audited sum of all shared memory, taken at the start and when channels were opened. */
  memory(): ArenaShare[] {
    return [...engineShares(this.workerCount), ...this.#channels.shares()]
  }

  /** Kills a worker's thread where it stands, as a crash would: for trying out what then happens. */
  async terminateWorker(worker: number): Promise<void> {
    checkWorkerIndex(worker, this.workerCount)
    await this.#workers.terminate(worker)
  }

  /**
   * Refuses new requests, lets everything accepted complete, closes files, stops devices, ends the
   * threads. What has not ended after `timeoutMs` is cancelled, and at last ended with a status.
   */
  stop(options: StopOptions = {}): Promise<void> {
    try {
      const timeoutMs = checkStop(options)
      this.#stopping ??= this.#stop(timeoutMs)
      return this.#stopping
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Ends the process in order on SIGTERM and SIGINT: accepted requests end, what has not after `timeoutMs` is
   * cancelled, exit code 0. A second signal ends it at once. @returns a function that undoes this.
   */
  stopOnSignals(options: SignalOptions = {}): () => void {
    return stopOnSignals(this, options)
  }

  /** Writes what every worker did last whenever the signal comes. @returns a function that undoes this. */
  dumpOnSignal(signal: NodeJS.Signals = DUMP_SIGNAL, write = writeToStderr): () => void {
    return dumpOnSignal(signal, () => this.#records.text(), write)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async #stop(timeoutMs: number): Promise<void> {
    const operations = this.#turns.close()
    store(this.#words, ENGINE_ACCEPTING, 0)
    if (this.#sleep.isAsleep) await within(GRACE_MS, this.#sleep.resume())
    await within(timeoutMs, operations)
    if (!(await drained(this.#workers, this.#channels, timeoutMs))) {
      for (const channel of this.#channels.own) channel.cancelAll()
      await drained(this.#workers, this.#channels, GRACE_MS)
    }
    await within(GRACE_MS, Promise.all(this.#channels.own.map((channel) => channel.closeFiles())))
    for (const id of [...this.#workers.devices.keys()].reverse()) {
      const stopped = this.#pnp
        .stop(id, 0)
        .catch((error: unknown) => this.#reports.warn('stopping a device failed', error))
      await within(GRACE_MS, stopped)
    }
    for (let worker = 0; worker < this.workerCount; worker++) {
      await within(
        GRACE_MS,
        this.#workers.call(worker, (control) => control.unload()),
      )
    }
    this.#watchdog.stop()
    await this.#workers.stop()
    this.#channels.tellHosts()
    for (const channel of this.#channels.own) channel.giveUp()
  }

  /** A bus goes after its children. */
  async #remove(name: string, isSurprise: boolean): Promise<void> {
    const { id } = this.#directory.describe(name)
    for (const child of this.#pnp.childrenOf(id)) await this.#remove(child, isSurprise)
    this.#directory.remove(name)
    await this.#pnp.stop(id, REMOVE_PATIENCE_MS, isSurprise)
  }

  #power({ id, homeWorker }: DeviceDescription, request: PowerRequest): Promise<number> {
    return this.#workers.ask(homeWorker, (control) => control.power(id, request))
  }

  #onDeath(worker: number, reason: Error): void {
    const places = this.#hungDevices.placesOf(worker)
    void this.#channels.releaseOfWorker(worker, HOST_PATIENCE_MS)
    this.#workers.markDead(worker, () => this.#channels.tellHosts())
    this.#reports.workerDied(worker, reason, places)
    this.#workers
      .replace(
        worker,
        (device) => this.#hungDevices.failureOf(device),
        (device, error) => this.#onDeviceLost(device, error, worker),
      )
      .then((isReplaced) => isReplaced && this.emit('workerReplaced', worker))
      .catch((error: unknown) => {
        this.#channels.tellHosts()
        this.#reports.warn(`worker ${worker} could not be replaced`, error)
      })
  }

  #onWorkerEvent(worker: number, event: Exclude<WorkerEvent, { kind: 'ready' }>): void {
    if (this.#reports.tell(event, worker)) return
    if (event.kind !== 'childPlugged' && event.kind !== 'childUnplugged') {
      void this.#workerRequests.answer(worker, event)
    } else void this.#turns.take(() => this.#childNodes.follow(event, worker))
  }

  #onDeviceLost(device: string, error: Error, worker: number): void {
    if (this.#directory.has(device)) {
      const { id } = this.#directory.describe(device)
      this.#directory.remove(device)
      // What it has on other workers has nobody to work with any more.
      this.#pnp.stop(id, 0).catch(() => {})
    }
    this.#reports.deviceLost(device, error, worker)
  }
}
