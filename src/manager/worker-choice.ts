/**
 * Worker choice: which worker gets a request that any of them may take (parallel queue, no synchronization scope).
 * Runs on: the channel's host thread. HOT: once a request; the clock is read once in DECIDE_EVERY of them.
 *
 * As a rule the one that has the least to do. Where workers and host outnumber the processors and requests end at
 * more than FAST_PER_MS, handlers take less time than a hand-over: a second awake worker would only take the
 * processor from the first one or from the host. Then all go to one, until requests take longer again.
 *
 * A worker that was given up is left out: what it gets ends at once, so it would always have the least to do.
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
  private ports: readonly HostPort[]
  private readonly isCrowded: boolean
  /** The worker that all requests go to, or NOBODY. */
  private only = NOBODY
  private untilDecision = DECIDE_EVERY
  /** Decisions in a row that found requests to be slow. */
  private slow = 0
  private ended = 0
  private decidedMs = 0

  constructor(ports: readonly HostPort[], engineWords: Int32Array) {
    this.ports = ports
    this.isCrowded = load(engineWords, ENGINE_CROWDED) !== 0
    for (const port of ports) if (port.hasFailed()) this.leaveOut(port.worker)
  }

  /** No more requests for a worker that has no successor, as long as there is another. */
  leaveOut(worker: number): void {
    // Every reap says so again: nothing is to be made for it.
    if (!this.ports.some((port) => port.worker === worker)) return
    const others = this.ports.filter((port) => port.worker !== worker)
    if (others.length > 0) this.ports = others
    if (this.only === worker) this.only = NOBODY
  }

  /** Number of the worker for the next request. */
  next(): number {
    if (this.isCrowded && --this.untilDecision <= 0) this.decide()
    return this.only === NOBODY ? this.leastLoaded() : this.only
  }

  private decide(): void {
    this.untilDecision = DECIDE_EVERY
    const nowMs = performance.now()
    let ended = 0
    for (const port of this.ports) ended = (ended + port.completions.head) | 0
    const isFast = ((ended - this.ended) | 0) > (nowMs - this.decidedMs) * FAST_PER_MS
    this.ended = ended
    this.decidedMs = nowMs
    if (isFast) {
      this.slow = 0
      if (this.only === NOBODY) this.only = this.mostLoaded()
    } else if (++this.slow >= SLOW_BEFORE_SPREADING) this.only = NOBODY
  }

  private leastLoaded(): number {
    const ports = this.ports
    let best = ports[0] as HostPort
    let fewest = best.load()
    for (let i = 1; i < ports.length; i++) {
      const port = ports[i] as HostPort
      const busy = port.load()
      if (busy < fewest) {
        best = port
        fewest = busy
      }
    }
    return best.worker
  }

  /** Surely awake. */
  private mostLoaded(): number {
    return this.ports.reduce((most, port) => (port.load() > most.load() ? port : most)).worker
  }
}
