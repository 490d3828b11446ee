/**
 * Watchdog: notices workers whose thread goes on no more: a handler or timer of a driver that never returns.
 * Runs on: main, on a timer of its own that does not keep the process alive.
 *
 * A sign of life is a new heartbeat, or a request presented since the last look. A worker that gave none for
 * half of the time is nudged: even an idle one then gives its event loop a turn and beats. One that still
 * gives none in the other half is hung. One that a host accuses of writing what cannot be is ended, too. (Counted from the nudge, so that a process which was stopped as a
 * whole does not wake up to the death of its workers.)
 */
import { WORKER_ACCUSED, WORKER_HEARTBEAT, workerBlockWord } from '../abi/engine-layout.js'
import { load } from '../sharedarraybuffer-queue/access.js'

/** What the watchdog watches, and whom it tells. */
export interface WatchedWorkers {
  readonly count: number
  isAlive(worker: number): boolean
  /** Gives the worker's event loop a turn, whatever it does. */
  nudge(worker: number): void
  /** A number that changes when the worker presents a request. */
  progressOf(worker: number): number
  onHung(worker: number, silentMs: number): void
  /** A host saw in its rings what the worker's thread cannot have written unless a driver broke in. */
  onCorrupt(worker: number): void
}

/** What was seen of a worker, and when it was new. */
interface Sign {
  heartbeat: number
  progress: number
  atMs: number
  nudgedAtMs: number
}

const LOOKS = 8
/** An accusation is looked for that often, at least. */
const LONGEST_PERIOD_MS = 1000

export class Watchdog {
  readonly #patienceMs: number
  readonly #words: Int32Array
  readonly #workers: WatchedWorkers
  readonly #signs: Sign[] = []
  readonly #accusations: number[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(patienceMs: number, words: Int32Array, workers: WatchedWorkers) {
    this.#patienceMs = patienceMs
    this.#words = words
    this.#workers = workers
  }

  start(): void {
    const periodMs = Math.min(this.#patienceMs / LOOKS, LONGEST_PERIOD_MS)
    this.#timer = setInterval(() => this.look(performance.now()), periodMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** One look at every worker. */
  look(nowMs: number): void {
    for (let worker = 0; worker < this.#workers.count; worker++) {
      this.#hearAccusations(worker)
      this.#lookAt(worker, nowMs)
    }
  }

  #hearAccusations(worker: number): void {
    const accusations = load(this.#words, workerBlockWord(worker) + WORKER_ACCUSED)
    const isNew = accusations !== (this.#accusations[worker] ?? 0)
    this.#accusations[worker] = accusations
    if (isNew && this.#workers.isAlive(worker)) this.#workers.onCorrupt(worker)
  }

  #lookAt(worker: number, nowMs: number): void {
    const heartbeat = load(this.#words, workerBlockWord(worker) + WORKER_HEARTBEAT)
    const known = this.#signs[worker]
    const fresh = { heartbeat, progress: 0, atMs: nowMs, nudgedAtMs: NaN }
    if (known === undefined || known.heartbeat !== heartbeat || !this.#workers.isAlive(worker)) {
      this.#signs[worker] = fresh
      return
    }
    const half = this.#patienceMs / 2
    if (nowMs - known.atMs < half) return
    // Looked at only now: it reads a word a slot.
    const progress = this.#workers.progressOf(worker)
    if (Number.isNaN(known.nudgedAtMs)) {
      known.nudgedAtMs = nowMs
      known.progress = progress
      this.#workers.nudge(worker)
    } else if (known.progress !== progress) {
      this.#signs[worker] = fresh
    } else if (nowMs - known.nudgedAtMs >= half) {
      this.#signs[worker] = fresh
      this.#workers.onHung(worker, nowMs - known.atMs)
    }
  }
}
