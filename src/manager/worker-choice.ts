/**
 * Worker choice: which worker gets a request that any of them may take (parallel queue, no synchronization scope).
 * Runs on: the channel's host thread. HOT: once a request; the clock is read once in DECIDE_EVERY of them.
 *
 * As a rule the one that has the least to do. Where workers and host outnumber the processors and requests end at
 * more than FAST_PER_MS, handlers take less time than a hand-over: a second awake worker would only take the
 * processor from the first one or from the host. Then all go to one, until requests take longer again.
 */
import { ENGINE_CROWDED } from '../abi/engine-layout.js'
import { load } from '../sharedarraybuffer-queue/access.js'
import type { HostPort } from './host-port.js'

/** Choices between two looks at the clock. */
const DECIDE_EVERY = 256
/** A request a microsecond. */
const FAST_PER_MS = 1000
/** One alone may be a thread that had lost its processor for a while. */
const SLOW_BEFORE_SPREADING = 2
const NOBODY = -1

export class WorkerChoice {
  readonly #ports: readonly HostPort[]
  readonly #isCrowded: boolean
  /** The worker that all requests go to, or NOBODY. */
  #only = NOBODY
  #untilDecision = DECIDE_EVERY
  /** Decisions in a row that found requests to be slow. */
  #slow = 0
  #ended = 0
  #decidedMs = 0

  constructor(ports: readonly HostPort[], engineWords: Int32Array) {
    this.#ports = ports
    this.#isCrowded = load(engineWords, ENGINE_CROWDED) !== 0
  }

  /** Number of the worker for the next request. */
  next(): number {
    if (this.#isCrowded && --this.#untilDecision <= 0) this.#decide()
    return this.#only === NOBODY ? this.#leastLoaded() : this.#only
  }

  #decide(): void {
    this.#untilDecision = DECIDE_EVERY
    const nowMs = performance.now()
    let ended = 0
    for (const port of this.#ports) ended = (ended + port.completions.head) | 0
    const isFast = ((ended - this.#ended) | 0) > (nowMs - this.#decidedMs) * FAST_PER_MS
    this.#ended = ended
    this.#decidedMs = nowMs
    if (isFast) {
      this.#slow = 0
      if (this.#only === NOBODY) this.#only = this.#mostLoaded()
    } else if (++this.#slow >= SLOW_BEFORE_SPREADING) this.#only = NOBODY
  }

  #leastLoaded(): number {
    const ports = this.#ports
    let best = 0
    let fewest = (ports[0] as HostPort).load()
    for (let i = 1; i < ports.length; i++) {
      const busy = (ports[i] as HostPort).load()
      if (busy < fewest) {
        best = i
        fewest = busy
      }
    }
    return best
  }

  /** Surely awake. */
  #mostLoaded(): number {
    const loads = this.#ports.map((port) => port.load())
    return loads.indexOf(Math.max(...loads))
  }
}
