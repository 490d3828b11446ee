/**
 * storm-hardware.ts: main's side of the hardware of a storm: its thread, and what became of what it raised.
 *
 * Runs on: the main thread of a child process.
 */
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { interruptLineWord, LINE_RAISED, LINE_TAKEN } from '../../src/abi/interrupt-layout.js'
import type { LineDescriptor } from '../../src/index.js'
import { load } from '../../src/sharedarraybuffer-queue/access.js'
import { ACCEPTED, CONSUMED, STOP, type StormJob, type StormPlan } from './storm-plan.js'

const LONGEST_DRAIN_MS = 5000

export interface StormEnd {
  /** Raises of the line. */
  readonly raised: number
  /** Raises that no service has covered; the driver had time for them. */
  readonly unserviced: number
  /** Events that the hardware accepted and the driver never saw. */
  readonly lostEvents: number
}

export class StormHardware {
  readonly fields: Float64Array
  readonly #line: LineDescriptor
  readonly #thread: Worker

  private constructor(plan: StormPlan, line: LineDescriptor) {
    this.fields = new Float64Array(plan.fields)
    this.#line = line
    const workerData: StormJob = { plan, line }
    const script = new URL('./storm-hardware-thread.js', import.meta.url)
    this.#thread = new Worker(script, { workerData })
  }

  /** Resolves once it runs; it offers nothing yet. */
  static async start(plan: StormPlan, line: LineDescriptor): Promise<StormHardware> {
    const hardware = new StormHardware(plan, line)
    await once(hardware.#thread, 'message')
    return hardware
  }

  /** Ends it, and lets the driver deal with what is left. */
  async stop(): Promise<StormEnd> {
    this.fields[STOP] = 1
    const [raised]: number[] = await once(this.#thread, 'message')
    const untilMs = performance.now() + LONGEST_DRAIN_MS
    while (this.#isBusy && performance.now() < untilMs) await delay(1)
    return { raised: raised! >>> 0, unserviced: this.#unserviced, lostEvents: this.#left }
  }

  get #isBusy(): boolean {
    return this.#left !== 0 || this.#unserviced !== 0
  }

  get #left(): number {
    return this.fields[ACCEPTED]! - this.fields[CONSUMED]!
  }

  get #unserviced(): number {
    const words = new Int32Array(this.#line.block)
    const word = interruptLineWord(this.#line.line)
    return (load(words, word + LINE_RAISED) - load(words, word + LINE_TAKEN)) | 0
  }
}
