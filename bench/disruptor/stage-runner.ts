/**
 * stage-runner.ts: one thread of a topology: polls its stage, wakes its neighbours, waits when there is
 * nothing to do.
 *
 * Runs on: main and the threads of stage-thread.ts, one runner each.
 *
 * With a core for each thread everybody spins and nobody is woken: the Disruptor's busy-spin and yielding
 * strategies. Where threads outnumber cores, spinning keeps the very thread from running that is waited
 * for: there a stage spins a little and then parks, and each poll that did something looks whether a
 * neighbour sleeps (doorbell).
 *
 * A run ends by counting: a sender that was stopped writes how many events it sent, and whoever has dealt
 * with all events that senders above it sent is done.
 */
import {
  AdaptiveSpinThenPark,
  DOORBELL_WORDS,
  IDLE_SPIN,
  Ringer,
  Sleeper,
  SpscConsumer,
  SpscProducer,
  ringWords,
} from '../../src/sharedarraybuffer-queue/index.js'
import type { Stage } from './stage.js'
import { createStage, type Role } from './stages.js'
import { LONGEST_PARK_MS } from '../longest-park.js'

/** A ring from one stage to another. */
export interface Arc {
  readonly from: number
  readonly to: number
  /** First word of the ring. */
  readonly ring: number
}

/** Plain data: the whole topology, the same for each of its threads. */
export interface TopologyJob {
  readonly buffer: SharedArrayBuffer
  readonly roles: readonly Role[]
  readonly arcs: readonly Arc[]
  /** First word of the doorbells, DOORBELL_WORDS a stage. */
  readonly bells: number
  /** Words: [0] 1 = senders stop (Atomics), [1] senders that have stopped (Atomics). */
  readonly control: number
  /** First of a float a stage: how many events that sender has sent; read once all have stopped. */
  readonly sentByte: number
  readonly batch: number
  /** Threads outnumber cores. */
  readonly parks: boolean
}

const STOP = 0
const STOPPED = 1
/** Empty polls before a stage parks. */
const SPINS = 200

/** Words that the rings, bells and control words of a topology take. */
export function topologyWords(stages: number, arcs: number, capacity: number): number {
  return arcs * ringWords(capacity) + stages * (DOORBELL_WORDS + 2) + 64
}

export class StageRunner {
  readonly stage: Stage
  readonly #job: TopologyJob
  readonly #words: Int32Array
  readonly #sent: Float64Array
  readonly #index: number
  readonly #isSender: boolean
  readonly #neighbours: readonly Ringer[]
  readonly #sleeper: Sleeper
  readonly #idle = new AdaptiveSpinThenPark(SPINS)
  readonly #canWork = (): boolean => this.stage.canWork() || this.#stopIsNew()
  #hasStopped = false

  constructor(job: TopologyJob, index: number) {
    const words = new Int32Array(job.buffer)
    const inputs = job.arcs.filter(({ to }) => to === index)
    const outputs = job.arcs.filter(({ from }) => from === index)
    this.#job = job
    this.#words = words
    this.#sent = new Float64Array(job.buffer, job.sentByte, job.roles.length)
    this.#index = index
    this.#isSender = inputs.length === 0
    this.#sleeper = new Sleeper(words, job.bells + index * DOORBELL_WORDS)
    const neighbours = [...inputs.map(({ from }) => from), ...outputs.map(({ to }) => to)]
    this.#neighbours = neighbours.map(
      (other) => new Ringer(words, job.bells + other * DOORBELL_WORDS),
    )
    this.stage = createStage(
      job.roles[index]!,
      inputs.map(({ ring }) => new SpscConsumer(words, ring)),
      outputs.map(({ ring }) => new SpscProducer(words, ring)),
      job.batch,
    )
  }

  /** One poll, and what belongs to it. */
  step(): void {
    if (this.stage.poll() === 0) this.#wait()
    else if (this.#job.parks) {
      this.#idle.reset()
      for (let i = 0; i < this.#neighbours.length; i++) this.#neighbours[i]!.ring()
    }
  }

  /** Tells the senders to stop. */
  stopSenders(): void {
    Atomics.store(this.#words, this.#job.control + STOP, 1)
    this.#ringAll()
  }

  /** For a sender: says how many events there were, if it is to stop. */
  stopIfAsked(): boolean {
    if (Atomics.load(this.#words, this.#job.control + STOP) === 0) return false
    if (!this.#hasStopped) {
      this.#hasStopped = true
      this.#sent[this.#index] = this.stage.events
      Atomics.add(this.#words, this.#job.control + STOPPED, 1)
      this.#ringAll()
    }
    return true
  }

  /** Events that all senders have sent, once they have stopped; Infinity until then. */
  totalEvents(): number {
    const senders = this.#job.roles.filter((role) => role.startsWith('send')).length
    if (Atomics.load(this.#words, this.#job.control + STOPPED) < senders) return Infinity
    return this.#sent.reduce((sum, events) => sum + events, 0)
  }

  /** Runs to the end of the run. */
  run(): void {
    if (this.#isSender) while (!this.stopIfAsked()) this.step()
    else while (this.stage.events < this.totalEvents()) this.#stepOften()
  }

  /** The end of a run is looked for now and then only. */
  #stepOften(): void {
    for (let i = 0; i < 64; i++) this.step()
  }

  #wait(): void {
    if (!this.#job.parks || this.#idle.idle() === IDLE_SPIN) return
    const before = performance.now()
    this.#sleeper.park(LONGEST_PARK_MS, this.#canWork)
    this.#idle.parked(performance.now() - before)
  }

  #stopIsNew(): boolean {
    return this.#isSender && Atomics.load(this.#words, this.#job.control + STOP) !== 0
  }

  #ringAll(): void {
    const { roles, bells } = this.#job
    roles.forEach((_, stage) =>
      new Ringer(this.#words, bells + stage * DOORBELL_WORDS).ringSleeper(),
    )
  }
}
