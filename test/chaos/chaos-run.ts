/**
 * Chaos run: an engine under full load from several hosts, both APIs, cancels and time-outs, whose workers and
 * hosts are killed at random; and what the books say afterwards. Runs on: main of a process of its own.
 *
 * Two workers; a device on each, one on both, and one whose driver hands on from worker 1 to worker 0. Three
 * senders: main, a thread, and a thread that is itself killed and started again.
 */
import { Worker } from 'node:worker_threads'
import { Random } from '../../native-sim/random.js'
import {
  addLedgers,
  Engine,
  type IrpFile,
  type Ledger,
  STATUS_DRIVER_PROCESS_TERMINATED,
} from '../../src/index.js'
import { host, type HostResult } from './host.js'
import type { HostBooks } from './host-books.js'
import type { HostThreadData } from './host-thread.js'
import { FOREVER } from './behaviours.js'
import {
  firstNumberOf,
  LATE,
  offsetOf,
  OUT_OF_ORDER,
  PRESENTED,
  PresentedLog,
  TWICE,
  WRONG_DATA,
} from './presented-log.js'
import { Recoveries } from './recoveries.js'
import { codeOf, HANGING_WAYS, TERMINATE, WAYS_TO_DIE, type WayToDie } from './ways-to-die.js'

const WORKERS = 2
const ROUTES = ['first', 'second', 'everywhere', 'relay']
/** A worker is killed again after at most that long. */
const LONGEST_PAUSE_MS = 800
const HOST_LIFE_MS = 700
const WATCHDOG_MS = 500
/**
 * A device whose handlers hang three times in a short while is given up, and rightly so (src/manager/hung-devices): the
 * workers, each with a device of its own to hang in, are hung that far apart.
 */
const HANGS_APART_MS = 20 * WATCHDOG_MS
/** Far more than any recovery takes. */
const PATIENCE_MS = 30_000

/** First sender of main, of the thread that stays, of the one that is killed; each host has two. */
const MAIN_SENDER = 0
const STEADY_SENDER = 2
const MORTAL_SENDER = 4
const CANARY_SENDER = 6

export interface ChaosReport {
  readonly kills: ReadonlyMap<WayToDie, number>
  readonly deaths: number
  readonly hung: number
  /** How the deaths were reported, and how often. */
  readonly reasons: ReadonlyMap<string, number>
  readonly hostsKilled: number
  readonly hostsCleanedUp: number
  readonly toldMs: readonly number[]
  readonly successorMs: readonly number[]
  readonly answerMs: readonly number[]
  readonly ledger: Ledger
  readonly endedTwice: number
  readonly neverEnded: number
  readonly impossible: readonly (readonly [string, number])[]
  readonly wrongData: number
  readonly presented: number
  readonly presentedTwice: number
  readonly outOfOrder: number
  /** The first of those two, in words. */
  readonly firstMisplaced: string
  /** Presented after requests of the sender that follows a killed one; not a fault. */
  readonly late: number
  readonly stuck: number
  readonly rescues: number
  /** What did not come to its end in time. */
  readonly hangs: readonly string[]
}

export class ChaosRun {
  readonly #random: Random
  readonly #log = new PresentedLog()
  readonly #stop = new Int32Array(new SharedArrayBuffer(4))
  readonly #recoveries = new Recoveries()
  readonly #kills = new Map<WayToDie, number>(WAYS_TO_DIE.map((way) => [way, 0]))
  readonly #hangs: string[] = []
  readonly #books: HostBooks[] = []
  readonly #engine: Engine
  readonly #noMoreCanaries = new AbortController()
  #files: readonly IrpFile[] = []
  /** When each worker may hang again. */
  readonly #hangsFromMs = [0, 0]
  #hostsKilled = 0
  #hostsCleanedUp = 0

  private constructor(engine: Engine, random: Random) {
    this.#engine = engine
    this.#random = random
  }

  static async run(seed: number, seconds: number): Promise<ChaosReport> {
    const engine = await Engine.start({
      workers: WORKERS,
      slots: 256,
      watchdogMs: WATCHDOG_MS,
      restart: { maxDeaths: 1, windowMs: 0 },
      resourceLimits: { maxOldGenerationSizeMb: 32 },
    })
    const run = new ChaosRun(engine, new Random(seed))
    return run.#run(seconds)
  }

  async #run(seconds: number): Promise<ChaosReport> {
    const engine = this.#engine
    await this.#addDevices()
    this.#files = [await engine.open('first'), await engine.open('second')]
    this.#recoveries.watch(engine, this.#files)
    const canaries = this.#files.map((file, worker) => this.#canary(file, worker))
    engine.on('driverFault', () => {})
    engine.on('deviceLost', (device, error) =>
      this.#hangs.push(`device ${device}: ${error.message}`),
    )
    engine.on('hostDied', () => this.#hostsCleanedUp++)
    const memoryBefore = await this.#memoryLines()
    const stop = this.#stop.buffer
    const steady = await this.#startThread(STEADY_SENDER, stop)
    const isStopping = (): boolean => this.#isStopping
    const batch = await engine.openChannel({ slots: 256, bufferBytes: 1 << 16 })
    const orders = {
      sender: MAIN_SENDER,
      firstNumber: 0,
      routes: ROUTES,
      isStopping,
      books: this.#books,
    }
    const main = host(batch, engine.channel, this.#fork(), orders)
    const mortal = this.#killHosts()
    await this.#killWorkers(performance.now() + seconds * 1000)
    await this.#eventually('successors', () => this.#recoveries.isOver)
    Atomics.store(this.#stop, 0, 1)
    this.#noMoreCanaries.abort()
    await this.#within('the canaries', Promise.all(canaries))
    const ends = [
      this.#within('the host on main', main),
      this.#within('the host on a thread', steady.ended),
      this.#within('the hosts that are killed', mortal),
    ]
    const ended = await Promise.all(ends)
    for (const books of this.#books) this.#hangs.push(...books.outstanding())
    const results = ended.filter((result) => result !== undefined)
    await batch.close()
    await this.#within('closing', Promise.all(this.#files.map((file) => file.close())))
    const leaked = (await this.#memoryLines()) - memoryBefore
    await this.#within('stop', engine.stop())
    return this.#report(results, engine.ledger(), leaked)
  }

  /** Lines of the engine's memory; channels that are closed are forgotten when one is opened. */
  async #memoryLines(): Promise<number> {
    await using _one = await this.#engine.openChannel({ slots: 1, bufferBytes: 4096 })
    return this.#engine.memory().length
  }

  get #isStopping(): boolean {
    return Atomics.load(this.#stop, 0) !== 0
  }

  async #addDevices(): Promise<void> {
    const driver = new URL('./chaos-driver.js', import.meta.url)
    const relay = new URL('./relay-driver.js', import.meta.url)
    const log = this.#log.words.buffer
    const deathsAtStart = new SharedArrayBuffer(4)
    const add = (name: string, worker: number, scope: string): Promise<unknown> =>
      this.#engine.addDevice({ name, driver, worker, parameters: { log, deathsAtStart, scope } })
    await add('first', 0, 'device')
    await add('second', 1, 'device')
    await add('everywhere', 0, 'none')
    await this.#engine.addDevice({
      name: 'relay',
      driver: relay,
      worker: 1,
      parameters: { to: 'first' },
    })
  }

  /** Kills a worker that runs, at a random moment, over and over, in every way in turn. */
  async #killWorkers(until: number): Promise<void> {
    for (let i = 0; performance.now() < until; i++) {
      const way = WAYS_TO_DIE[i % WAYS_TO_DIE.length] as WayToDie
      const worker = this.#workerFor(way)
      if (worker === undefined) continue
      // The other one may be dead or dying.
      await this.#eventually('a successor', () => this.#recoveries.isAlive(worker))
      this.#kills.set(way, (this.#kills.get(way) ?? 0) + 1)
      if (way === TERMINATE) void this.#engine.terminateWorker(worker)
      else void this.#kill(this.#files[worker] as IrpFile, way)
      await pause(this.#random.nextBelow(LONGEST_PAUSE_MS))
    }
  }

  /** A worker to be killed; undefined when none is to hang again yet. */
  #workerFor(way: WayToDie): number | undefined {
    const drawn = this.#random.nextBelow(WORKERS)
    if (!HANGING_WAYS.has(way)) return drawn
    const nowMs = performance.now()
    const worker = [drawn, 1 - drawn].find((one) => nowMs >= (this.#hangsFromMs[one] as number))
    if (worker !== undefined) this.#hangsFromMs[worker] = nowMs + HANGS_APART_MS
    return worker
  }

  async #kill(file: IrpFile, way: WayToDie): Promise<void> {
    await file.ioctl(codeOf(way), null, null, { rejectOnFailure: false })
  }

  /** A read that no driver ends: it ends when its worker does, and is sent again. */
  async #canary(file: IrpFile, worker: number): Promise<void> {
    const { signal } = this.#noMoreCanaries
    const bytes = new Uint8Array(16)
    for (let number = 0; !signal.aborted; number++) {
      const offset = offsetOf({
        sender: CANARY_SENDER + worker,
        route: 0,
        number,
        behaviour: FOREVER,
      })
      const { status } = await file.read(bytes, { offset, signal, rejectOnFailure: false })
      if (status === STATUS_DRIVER_PROCESS_TERMINATED) this.#recoveries.told(worker)
    }
  }

  /** A host that lives for a moment, dies with whatever it has in flight, and is followed by another one. */
  async #killHosts(): Promise<undefined> {
    for (let deaths = 0; !this.#isStopping; deaths++) {
      const never = new SharedArrayBuffer(4)
      const firstNumber = firstNumberOf(deaths)
      const { thread, channels } = await this.#startThread(MORTAL_SENDER, never, firstNumber)
      await pause(HOST_LIFE_MS / 2 + this.#random.nextBelow(HOST_LIFE_MS))
      const before = this.#hostsCleanedUp
      await thread.terminate()
      this.#hostsKilled += channels
      const isClean = (): boolean => this.#hostsCleanedUp === before + channels
      await this.#eventually('the clean-up after a host', isClean)
    }
    return undefined
  }

  async #startThread(
    sender: number,
    stop: SharedArrayBuffer,
    firstNumber = 0,
  ): Promise<{ thread: Worker; channels: number; ended: Promise<HostResult> }> {
    const engine = this.#engine
    const open = async () =>
      (await engine.openChannel({ slots: 256, bufferBytes: 1 << 16 })).transfer()
    const channels = [await open(), await open()] as const
    const data: HostThreadData = {
      channels,
      sender,
      firstNumber,
      seed: this.#random.nextBelow(2 ** 31),
      routes: ROUTES,
      stop,
    }
    const thread = new Worker(new URL('./host-thread.js', import.meta.url), { workerData: data })
    const ended = new Promise<HostResult>((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
    })
    ended.catch((error: unknown) => this.#hangs.push(`a host: ${String(error)}`))
    for (const channel of channels) engine.watchHost(channel, thread)
    return { thread, channels: channels.length, ended }
  }

  #fork(): Random {
    return new Random(this.#random.nextBelow(2 ** 31))
  }

  #report(results: readonly HostResult[], ofMain: Ledger, leaked: number): ChaosReport {
    const { words } = this.#log
    const { deaths, hung, reasons, toldMs, successorMs, answerMs } = this.#recoveries
    const books = results.flatMap(({ reports }) => reports)
    // Main's channels are in the engine's ledger; the thread's is its own.
    const ledger = addLedgers([ofMain, ...results.slice(1).map((result) => result.ledger)])
    return {
      kills: this.#kills,
      deaths,
      hung,
      reasons,
      hostsKilled: this.#hostsKilled,
      hostsCleanedUp: this.#hostsCleanedUp,
      toldMs,
      successorMs,
      answerMs,
      ledger,
      endedTwice: sum(books.map(({ twice }) => twice)),
      neverEnded: sum(books.map(({ lost }) => lost)),
      impossible: books.flatMap(({ impossible }) => impossible),
      wrongData: sum(books.map(({ wrongData }) => wrongData)) + (words[WRONG_DATA] as number),
      presented: (words[PRESENTED] as number) >>> 0,
      presentedTwice: words[TWICE] as number,
      outOfOrder: words[OUT_OF_ORDER] as number,
      firstMisplaced: this.#log.first,
      late: words[LATE] as number,
      stuck: sum(results.map(({ stuck }) => stuck)) + Math.max(0, leaked),
      rescues: sum(results.map(({ rescues }) => rescues)),
      hangs: this.#hangs,
    }
  }

  async #eventually(what: string, condition: () => boolean): Promise<void> {
    const until = performance.now() + PATIENCE_MS
    while (!condition() && performance.now() < until) await pause(5)
    if (!condition()) this.#hangs.push(what)
  }

  async #within<T>(what: string, promise: Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        this.#hangs.push(what)
        resolve(undefined)
      }, PATIENCE_MS)
    })
    return Promise.race([promise, late]).finally(() => clearTimeout(timer))
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
