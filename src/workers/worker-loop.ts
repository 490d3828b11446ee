/**
 * Worker loop: polls the dispatch turn for as long as there is work, and decides how to wait when there is none.
 * Runs on: worker.
 *
 *   work                          poll again; every few milliseconds the event loop gets a turn
 *   none, for a short while       spin (idle strategy)
 *   none, nothing asynchronous    park in Atomics.wait: timers and promises stand still, so only after a
 *                                 look at what the event loop has
 *   none, something asynchronous  sleep on the event loop; a doorbell or a late completion ends it
 *
 * Every sleep is announced by the doorbell's protocol and ends after 50 ms at the latest; work found
 * only then is counted as a rescue.
 *
 * `poll` decides and never waits; `run` is the thread around it. So a simulation can move the same loop by hand.
 */
import {
  STAT_BATCHES,
  STAT_DRIVER_FAULTS,
  STAT_EVENT_LOOP_TURNS,
  STAT_PARKS,
  STAT_REJECTED,
  STAT_REQUESTS,
  STAT_RESCUES,
  STAT_RINGS,
  WORKER_CONTROL,
  WORKER_DOORBELL,
  WORKER_HEARTBEAT,
  WORKER_STATISTICS,
  WORKER_STOP,
  workerBlockWord,
} from '../abi/engine-layout.js'
import { CHANNEL_CLOSED } from '../abi/channel-layout.js'
import type { Framework } from '../framework/framework.js'
import type { ChannelMemory } from '../irp/channel-memory.js'
import type { RemoteIo } from './remote-io.js'
import { load, store } from '../sharedarraybuffer-queue/access.js'
import { Sleeper } from '../sharedarraybuffer-queue/doorbell.js'
import {
  IDLE_EVENT_LOOP,
  IDLE_SPIN,
  type IdleStrategy,
} from '../sharedarraybuffer-queue/idle-strategy.js'

/** Submissions of a channel per turn: completions go out at least that often. */
const TURN_LIMIT = 128
/** A busy worker looks at the clock after that many requests or turns. */
const CLOCK_EVERY = 32
/** A spinning worker looks after that many empty polls. */
const CLOCK_EVERY_EMPTY = 1024
/** A busy or spinning worker gives its event loop a turn this often. */
const EVENT_LOOP_EVERY_MS = 5
/** An idle one, this often. */
const IDLE_TURN_EVERY_MS = 250
/**
 * First, short park after activity: its handlers may have started timers nobody has looked at yet. Longer
 * than a scheduler tick (4 ms on most kernels): a shorter one has to set the processor's timer, and unset it
 * when it is rung, which doubles the wake-up of a parked worker (12 µs instead of 6.5 in a bare ping-pong).
 */
const SHORT_PARK_MS = 8
const LONG_PARK_MS = 50

// What a poll asks its thread to do next.
export const POLL_AGAIN = 0
export const LEAVE = 1
export const EVENT_LOOP_TURN = 2
export const SLEEP_ON_EVENT_LOOP = 3
export const PARK = 4

export class WorkerLoop {
  readonly sleeper: Sleeper
  /** Control calls in progress. */
  pendingControl = 0
  driverFaults = 0
  readonly #framework: Framework
  readonly #remote: RemoteIo
  readonly #words: Int32Array
  readonly #block: number
  readonly #incarnation: number
  readonly #idle: IdleStrategy
  readonly #baseline: ReadonlySet<string>
  readonly #hasWork = (): boolean =>
    this.#framework.turn.hasWork() || this.#controlIsDue() || this.#remote.hasWork()
  /** Channels whose port still belongs to this worker's predecessor. */
  readonly #unadopted: ChannelMemory[] = []
  #controlSeen = 0
  #hadActivity = true
  /** The event loop has had a turn since the last request was dispatched. */
  #lookedForImmediates = false
  #eventLoopHasWork = false
  #lastEventLoopTurnMs = 0
  #requests = 0
  /** Turns and requests until a busy worker looks at the clock. */
  #untilClock = CLOCK_EVERY
  #emptyPolls = 0
  #batches = 0
  #eventLoopTurns = 0
  #beats = 0

  constructor(
    framework: Framework,
    remote: RemoteIo,
    words: Int32Array,
    incarnation: number,
    idle: IdleStrategy,
  ) {
    this.#framework = framework
    this.#remote = remote
    this.#words = words
    this.#block = workerBlockWord(framework.worker)
    this.#incarnation = incarnation
    this.#idle = idle
    this.#baseline = new Set(process.getActiveResourcesInfo())
    this.sleeper = new Sleeper(words, this.#block + WORKER_DOORBELL)
  }

  /** Takes part in a channel as soon as its host lets this incarnation in. Doing so twice is doing it once. */
  attachChannel(memory: ChannelMemory): void {
    const { ports } = this.#framework.turn
    const isKnown = [...this.#unadopted, ...ports.map((port) => port.memory)].some(
      ({ id }) => id === memory.id,
    )
    if (isKnown) return
    this.#unadopted.push(memory)
    this.#adoptPorts()
  }

  /** Runs until main stores STOP. */
  async run(): Promise<void> {
    for (;;) {
      const why = this.frameworkWorkerTurns()
      if (why === LEAVE) break
      await this.giveWay(why)
    }
    this.#publishStatistics()
  }

  /** The hot loop: synchronous, named for profiles. Returns why it stopped. */
  private frameworkWorkerTurns(): number {
    for (;;) {
      let next = this.poll(TURN_LIMIT)
      while (next === PARK) next = this.park()
      if (next !== POLL_AGAIN) return next
    }
  }

  /** Once around: a turn of at most `limit` submissions a channel, or a step of doing nothing. Returns what is next. */
  poll(limit: number): number {
    const remote = this.#remote
    let done = remote.isActive ? remote.poll() : 0
    done += this.#framework.turn.poll(limit)
    if (done !== 0) {
      this.#idle.reset()
      this.#hadActivity = true
      this.#lookedForImmediates = false
      this.#requests = (this.#requests + done) | 0
      this.#batches = (this.#batches + 1) | 0
      this.#untilClock -= done >= CLOCK_EVERY ? CLOCK_EVERY : 1
      if (this.#untilClock > 0) return POLL_AGAIN
      this.#untilClock = CLOCK_EVERY
      return this.#eventLoopIsDue() ? EVENT_LOOP_TURN : POLL_AGAIN
    }
    if (this.#controlIsDue()) return this.#isStopped() ? LEAVE : EVENT_LOOP_TURN
    const next = this.#idleOnce(this.#idle.idle())
    if (next !== POLL_AGAIN) return next
    this.#emptyPolls = (this.#emptyPolls + 1) | 0
    const isDue = this.#emptyPolls % CLOCK_EVERY_EMPTY === 0 && this.#eventLoopIsDue()
    return isDue ? EVENT_LOOP_TURN : POLL_AGAIN
  }

  /** One step of doing nothing. */
  #idleOnce(step: number): number {
    if (step === IDLE_SPIN) {
      const { levels } = this.#framework.turn
      if (levels !== null) levels.spins()
      return POLL_AGAIN
    }
    if (this.#unadopted.length !== 0) this.#adoptPorts()
    if (this.#framework.wantsEventLoop) return EVENT_LOOP_TURN
    if (this.#needsEventLoop() || step === IDLE_EVENT_LOOP) return SLEEP_ON_EVENT_LOOP
    if (!this.#hadActivity) {
      this.#publishStatistics()
      return PARK
    }
    // A driver that kept requests may have asked the event loop to go on with them, and said so to nobody.
    if (!this.#lookedForImmediates && this.#framework.outstanding > 0) {
      this.#lookedForImmediates = true
      return EVENT_LOOP_TURN
    }
    return PARK
  }

  /** Blocks the thread until there is something to do, at most until the next look. Returns what is next. */
  park(): number {
    const before = performance.now()
    // Nobody rings for a timer: never sleep past the next one.
    const untilTimer = this.#framework.turn.nextTimerMs - before
    if (untilTimer <= 0) return POLL_AGAIN
    const { parks } = this.sleeper
    const timeoutMs = this.#hadActivity ? SHORT_PARK_MS : LONG_PARK_MS
    this.sleeper.park(Math.min(timeoutMs, untilTimer), this.#hasWork)
    this.#idle.parked(performance.now() - before)
    if (this.#hadActivity) {
      if (this.sleeper.parks === parks || this.#framework.turn.hasWork()) return POLL_AGAIN
      this.#hadActivity = false
      return EVENT_LOOP_TURN
    }
    if (this.#hasWork() || this.#timerIsDue()) return POLL_AGAIN
    // Nothing to do: no spinning between one long park and the next.
    return this.#idleTurnIsDue() ? EVENT_LOOP_TURN : PARK
  }

  /** Lets the event loop run: for a turn, or until there is something to do. */
  async giveWay(why: number): Promise<void> {
    this.#publishStatistics()
    if (why === SLEEP_ON_EVENT_LOOP) {
      const untilTimer = this.#framework.turn.nextTimerMs - performance.now()
      const sleepMs = Math.max(0, Math.min(LONG_PARK_MS, untilTimer))
      await this.sleeper.sleepOnEventLoop(sleepMs, this.#hasWork, 'ref')
    }
    await eventLoopTurn()
    this.#afterEventLoopTurn()
  }

  #timerIsDue(): boolean {
    return this.#framework.turn.nextTimerMs <= performance.now()
  }

  /** The event loop is given a turn now and then, even when nobody asks: a timer may have been forgotten. */
  #idleTurnIsDue(): boolean {
    return performance.now() - this.#lastEventLoopTurnMs > IDLE_TURN_EVERY_MS
  }

  #needsEventLoop(): boolean {
    const { pendingAsync, wantsEventLoop } = this.#framework
    return pendingAsync > 0 || wantsEventLoop || this.pendingControl > 0 || this.#eventLoopHasWork
  }

  #eventLoopIsDue(): boolean {
    this.#beat()
    if (this.#controlIsDue()) return true
    const period = this.#needsEventLoop() ? EVENT_LOOP_EVERY_MS / 10 : EVENT_LOOP_EVERY_MS
    return performance.now() - this.#lastEventLoopTurnMs > period
  }

  /** Shows main's watchdog that this thread goes on. */
  #beat(): void {
    this.#beats = (this.#beats + 1) | 0
    store(this.#words, this.#block + WORKER_HEARTBEAT, this.#beats)
  }

  #controlIsDue(): boolean {
    return load(this.#words, this.#block + WORKER_CONTROL) !== this.#controlSeen
  }

  #isStopped(): boolean {
    return load(this.#words, this.#block + WORKER_STOP) !== 0
  }

  #afterEventLoopTurn(): void {
    this.#beat()
    this.#eventLoopTurns = (this.#eventLoopTurns + 1) | 0
    this.#lastEventLoopTurnMs = performance.now()
    this.#framework.wantsEventLoop = false
    if (!this.#isStopped()) {
      this.#controlSeen = load(this.#words, this.#block + WORKER_CONTROL)
    }
    // Timers, sockets, whatever a driver started: parking would freeze them.
    this.#eventLoopHasWork = process
      .getActiveResourcesInfo()
      .some((resource) => !this.#baseline.has(resource))
    this.#adoptPorts()
    this.#dropClosedChannels()
  }

  #adoptPorts(): void {
    for (let i = this.#unadopted.length - 1; i >= 0; i--) {
      const memory = this.#unadopted[i] as ChannelMemory
      if (load(memory.words, CHANNEL_CLOSED) !== 0) {
        this.#unadopted.splice(i, 1)
        continue
      }
      const owner = load(memory.words, memory.incarnationWord(this.#framework.worker))
      if (owner !== this.#incarnation) continue
      this.#unadopted.splice(i, 1)
      this.#framework.attachChannel(memory)
    }
  }

  #dropClosedChannels(): void {
    for (const { memory } of this.#framework.turn.ports) {
      if (load(memory.words, CHANNEL_CLOSED) !== 0) {
        this.#framework.detachChannel(memory.id)
        return
      }
    }
  }

  #publishStatistics(): void {
    const at = this.#block + WORKER_STATISTICS
    const { ports } = this.#framework.turn
    let rings = 0
    let rejected = 0
    for (const port of ports) {
      rings += port.host.rings
      rejected += port.rejected
    }
    store(this.#words, at + STAT_REQUESTS, this.#requests)
    store(this.#words, at + STAT_BATCHES, this.#batches)
    store(this.#words, at + STAT_PARKS, this.sleeper.parks)
    store(this.#words, at + STAT_RESCUES, this.sleeper.rescues)
    store(this.#words, at + STAT_EVENT_LOOP_TURNS, this.#eventLoopTurns)
    store(this.#words, at + STAT_DRIVER_FAULTS, this.driverFaults)
    store(this.#words, at + STAT_REJECTED, rejected)
    store(this.#words, at + STAT_RINGS, rings)
  }
}

/** Lets timers, messages and promises of this thread run. */
function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
