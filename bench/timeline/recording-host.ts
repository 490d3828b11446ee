/**
 * recording-host.ts: the host's side of a recording: a closed loop that notes when it submitted, slept and reaped.
 *
 * Runs on: the main thread of the command.
 */
import type { Channel, ChannelBuffer, Engine, IrpFile } from '../../src/index.js'
import { eventLoopTurn } from '../engine/timed-run.js'
import type { HostSpan, RecordingPlan, SampledRequest, WorkerSample } from './recording.js'
import {
  READ_BYTES,
  STAMP_DISPATCH,
  STAMP_DISPATCH_END,
  STAMP_HANDLER,
  STAMP_HANDLER_END,
  stampIndex,
} from './stamp-layout.js'
import type { ThreadClock } from './thread-clock.js'
import { WorkerWatch } from './worker-watch.js'
import { LONGEST_PARK_MS } from '../longest-park.js'

const REAP_LIMIT = 256
const EVENT_LOOP_EVERY_MS = 5
/** Empty reaps in a row before the host sleeps until something comes. */
const EMPTY_REAPS = 250
const DRAIN_MS = 5000
const NOT_SAMPLED = 0

export class RecordingHost {
  readonly spans: HostSpan[] = []
  readonly workerSamples: WorkerSample[] = []
  readonly watch: WorkerWatch
  readonly #engine: Engine
  readonly #channel: Channel
  readonly #buffer: ChannelBuffer
  readonly #plan: RecordingPlan
  readonly #now: ThreadClock
  /** Of each sample: when it was submitted and reaped. */
  readonly #submits: Float64Array
  readonly #reaps: Float64Array
  readonly #devices: Int32Array
  /** The next sample's number; 0 while nothing is sampled. */
  #next = NOT_SAMPLED
  #inFlight = 0
  #batches = 0
  #emptyReaps = 0
  #wrong = 0

  constructor(engine: Engine, plan: RecordingPlan, now: ThreadClock) {
    this.#engine = engine
    this.#channel = engine.channel
    this.#buffer = engine.channel.allocate(READ_BYTES)
    this.#plan = plan
    this.#now = now
    this.watch = new WorkerWatch(engine.channel.engineWords, plan.workers, now)
    this.#submits = new Float64Array(plan.requests + 1)
    this.#reaps = new Float64Array(plan.requests + 1)
    this.#devices = new Int32Array(plan.requests + 1)
  }

  async run(files: readonly IrpFile[]): Promise<void> {
    const { requests, warmupMs } = this.#plan
    const warmEnd = performance.now() + warmupMs
    await this.#inTurns(files, () => performance.now() >= warmEnd)
    await this.#drain()
    this.#next = 1
    await this.#inTurns(files, () => this.#next > requests)
    await this.#drain()
    if (this.#wrong > 0) throw new Error(`${this.#wrong} requests were answered wrongly`)
  }

  /** Submits and reaps until `isOver`; the event loop turns now and then. */
  async #inTurns(files: readonly IrpFile[], isOver: () => boolean): Promise<void> {
    let due = performance.now() + EVENT_LOOP_EVERY_MS
    while (!isOver()) {
      if (this.#inFlight + this.#plan.batch <= this.#plan.depth) this.#submit(files)
      else this.#reap()
      if (this.#next !== NOT_SAMPLED) this.watch.look()
      if (performance.now() < due) continue
      await eventLoopTurn()
      due = performance.now() + EVENT_LOOP_EVERY_MS
    }
  }

  #submit(files: readonly IrpFile[]): void {
    const { requests } = this.#plan
    const isSampled = this.#next !== NOT_SAMPLED
    const left = isSampled ? requests - this.#next + 1 : this.#plan.batch
    const count = Math.min(this.#plan.batch, left)
    const device = this.#batches++ % files.length
    const file = files[device]!
    const begin = this.#now()
    for (let i = 0; i < count; i++) {
      const sample = isSampled ? this.#next++ : NOT_SAMPLED
      this.#channel.prepareRead(file, this.#buffer, READ_BYTES, sample * READ_BYTES, sample)
      this.#submits[sample] = begin
      this.#devices[sample] = device
    }
    const submitted = this.#channel.submit()
    if (submitted !== count) throw new Error(`the channel took ${submitted} of ${count} requests`)
    this.#inFlight += count
    if (isSampled) this.spans.push({ what: 'submit', begin, end: this.#now(), count })
  }

  #reap(): void {
    const begin = this.#now()
    const count = this.#channel.reap(REAP_LIMIT, (sample, status, information) => {
      this.#reaps[sample] = this.#now()
      if (status !== 0 || information !== READ_BYTES) this.#wrong++
    })
    this.#inFlight -= count
    if (count > 0) {
      this.#emptyReaps = 0
      if (this.#next !== NOT_SAMPLED) this.#noteReap(begin, count)
    } else if (++this.#emptyReaps >= EMPTY_REAPS) this.#wait()
  }

  #noteReap(begin: number, count: number): void {
    const end = this.#now()
    this.spans.push({ what: 'reap', begin, end, count })
    for (const { worker, batches, parks, eventLoopTurns } of this.#engine.statistics()) {
      this.workerSamples.push({ at: end, worker, turns: batches, parks, eventLoopTurns })
    }
  }

  #wait(): void {
    this.#emptyReaps = 0
    const begin = this.#now()
    this.#channel.wait(LONGEST_PARK_MS)
    if (this.#next === NOT_SAMPLED) return
    this.spans.push({ what: 'wait', begin, end: this.#now(), count: 0 })
  }

  async #drain(): Promise<void> {
    const end = performance.now() + DRAIN_MS
    while (this.#inFlight > 0 && performance.now() < end) {
      this.#reap()
      if (this.#next !== NOT_SAMPLED) this.watch.look()
      if (this.#emptyReaps === 0) await eventLoopTurn()
    }
    if (this.#inFlight > 0) throw new Error(`${this.#inFlight} requests never came back`)
  }

  /** All samples, once the engine has stopped. */
  sampled(stamps: Float64Array): SampledRequest[] {
    const { workers, requests } = this.#plan
    return Array.from({ length: requests }, (_, index) => {
      const sample = index + 1
      const at = stampIndex(workers, sample)
      return {
        sample,
        device: this.#devices[sample]!,
        submit: this.#submits[sample]!,
        dispatch: stamps[at + STAMP_DISPATCH]!,
        dispatchEnd: stamps[at + STAMP_DISPATCH_END]!,
        handler: stamps[at + STAMP_HANDLER]!,
        handlerEnd: stamps[at + STAMP_HANDLER_END]!,
        reap: this.#reaps[sample]!,
      }
    })
  }
}
