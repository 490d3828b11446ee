/**
 * cpu-bound.ts: handlers that compute: what a second worker brings when a parallel queue has no
 * synchronization scope.
 *
 * Runs on: the main thread of a child process, which parks while the workers compute.
 *
 * A request goes to the worker that has the least to do, so requests come back in any order. Each is
 * checked by its place among those in flight, and all by the sum of Information.
 */
import { availableParallelism } from 'node:os'
import type { Channel, ChannelBuffer, IrpFile } from '../../src/index.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { EngineWindow } from './engine-window.js'
import { ENGINE_GROUP } from './groups.js'
import { measureOnEngine, nullDevices, slotsFor } from './null-devices.js'
import { runTimed } from './timed-run.js'
import { LONGEST_PARK_MS } from '../longest-park.js'

/** Busy work of a handler, microseconds. */
const SPIN_US = 50
/** Enough that no worker runs dry while its completions are on their way. */
const DEPTH = 512
const READ_BYTES = 512
const DRAIN_LIMIT_MS = 5000

class CpuBoundReads {
  readonly #channel: Channel
  readonly #file: IrpFile
  readonly #buffer: ChannelBuffer
  /** Of each place: 1 while its request is in flight. */
  readonly #inFlight = new Uint8Array(DEPTH)
  readonly #free = Int32Array.from({ length: DEPTH }, (_, place) => place)
  #freeCount = DEPTH
  completed = 0
  #issued = 0
  #wrong = 0
  #information = 0

  constructor(channel: Channel, file: IrpFile) {
    this.#channel = channel
    this.#file = file
    this.#buffer = channel.allocate(READ_BYTES)
  }

  turns(): void {
    this.#issueAll()
    if (this.#channel.reap(DEPTH, this.#onCompletion) === 0) this.#channel.wait(LONGEST_PARK_MS)
  }

  #issueAll(): void {
    while (this.#freeCount > 0) {
      const place = this.#free[--this.#freeCount]!
      const handle = this.#channel.prepareRead(this.#file, this.#buffer, READ_BYTES, 0, place)
      if (handle < 0) throw new Error(`prepareRead answered ${handle}`)
      this.#inFlight[place] = 1
      this.#issued++
    }
    this.#channel.submit()
  }

  readonly #onCompletion = (place: number, status: number, information: number): void => {
    if (this.#inFlight[place] !== 1 || status !== 0) {
      this.#wrong++
      return
    }
    this.#inFlight[place] = 0
    this.#free[this.#freeCount++] = place
    this.completed++
    this.#information += information
  }

  /** Waits for all that is in flight, and says what was wrong in the whole run; nothing when all was right. */
  drain(): Readonly<Record<string, number>> {
    const untilMs = performance.now() + DRAIN_LIMIT_MS
    while (this.completed < this.#issued && performance.now() < untilMs) {
      if (this.#channel.reap(DEPTH, this.#onCompletion) === 0) this.#channel.wait(LONGEST_PARK_MS)
    }
    const complaints = {
      lost: this.#issued - this.completed,
      wrong: this.#wrong,
      wrongBytes: this.#information - this.#issued * READ_BYTES,
    }
    return Object.values(complaints).every((count) => count === 0) ? {} : complaints
  }
}

async function run(workers: number, context: ScenarioContext): Promise<Measurement | Skipped> {
  if (availableParallelism() < 2)
    return { skipped: 'needs two cores: there is nothing to gain on one' }
  const devices = await nullDevices(1, {
    dispatchType: 'parallel',
    synchronizationScope: 'none',
    spinUs: SPIN_US,
  })
  const options = { workers, slots: slotsFor(DEPTH), bufferBytes: 4096, devices }
  return measureOnEngine(options, async function measureCpuBound(engine) {
    const reads = new CpuBoundReads(engine.channel, await engine.open('null0'))
    const window = new EngineWindow(engine)
    const load = {
      turns: function cpuBoundTurns() {
        reads.turns()
      },
      completed: () => reads.completed,
      begin: () => window.begin(),
      end: () => window.end(),
    }
    const figures = await runTimed(load, context)
    const complaints = reads.drain()
    const checksumOk = Object.keys(complaints).length === 0
    return { ...figures, checksumOk, counters: window.counters(), notes: complaints }
  })
}

function scenario(workers: number, comparedWith: readonly string[]): Scenario {
  return {
    name: `irp/cpu-bound/workers-${workers}`,
    unit: 'IRP/s',
    group: ENGINE_GROUP,
    title: `handlers busy for ${SPIN_US} µs, parallel queue, scope none, workers: ${workers}`,
    comparedWith,
    run: (context) => run(workers, context),
  }
}

export const cpuBoundScenarios: readonly Scenario[] = [
  scenario(1, []),
  scenario(2, ['irp/cpu-bound/workers-1']),
]
