/**
 * ping-pong.ts: how long one request takes there and back, with a worker that looks and with one that sleeps.
 *
 * Runs on: the main thread of a child process.
 *
 * Spinning, the next request follows at once. Parked, there is a pause after each answer, long enough for
 * the worker to have gone to sleep: every request has to wake it; main waits as any host may, in
 * `channel.wait`, which spins a little before it parks. Every round trip is timed; the 16 bytes or so
 * that each allocates are the clock's.
 */
import { availableParallelism } from 'node:os'
import type { Channel, ChannelBuffer, IrpFile } from '../../src/index.js'
import { percentilesOf } from '../latency.js'
import { LogLinearHistogram } from '../../src/observe/log-linear-histogram.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { EngineWindow } from './engine-window.js'
import { LATENCY_GROUP } from './groups.js'
import { measureOnEngine, nullDevices, slotsFor } from './null-devices.js'
import { runTimed } from './timed-run.js'

const READ_BYTES = 512
const TRIPS_PER_TURN = 16
const PAUSE_MS = 0.05
const WAIT_MS = 100
/** Without an answer for some seconds the run is over. */
const LOOKS_LIMIT = { spin: 200_000_000, parked: 50 }

type Waiting = 'spin' | 'parked'

/** Of the completions since the request: [0] how many, [1] context, [2] status, [3] Information. */
const answer = new Int32Array(4)

function pingPongOnCompletion(context: number, status: number, information: number): void {
  answer[0] = answer[0]! + 1
  answer[1] = context
  answer[2] = status
  answer[3] = information
}
/** Nobody ever wakes it. */
const pauseWord = new Int32Array(new SharedArrayBuffer(4))

class PingPong {
  readonly latency = new LogLinearHistogram()
  trips = 0
  wrong = 0
  readonly #channel: Channel
  readonly #file: IrpFile
  readonly #buffer: ChannelBuffer
  readonly #waiting: Waiting

  constructor(channel: Channel, file: IrpFile, waiting: Waiting) {
    this.#channel = channel
    this.#file = file
    this.#buffer = channel.allocate(READ_BYTES)
    this.#waiting = waiting
  }

  turns(): void {
    let startMs = performance.now()
    for (let i = 0; i < TRIPS_PER_TURN; i++) {
      this.#roundTrip(this.trips | 0)
      this.trips++
      const endMs = performance.now()
      this.latency.record(Math.round((endMs - startMs) * 1e6))
      startMs = this.#waiting === 'spin' ? endMs : pause()
    }
  }

  #roundTrip(context: number): void {
    answer[0] = 0
    this.#channel.prepareRead(this.#file, this.#buffer, READ_BYTES, 0, context)
    this.#channel.submit()
    this.#awaitAnswer()
    const isRight = answer[0] === 1 && answer[1] === context && answer[2] === 0
    if (!isRight || answer[3] !== READ_BYTES) this.wrong++
  }

  #awaitAnswer(): void {
    const channel = this.#channel
    let looks = LOOKS_LIMIT[this.#waiting]
    while (channel.reap(2, pingPongOnCompletion) === 0) {
      if (this.#waiting === 'parked') channel.wait(WAIT_MS)
      if (--looks === 0) throw new Error(`no answer to request ${this.trips}`)
    }
  }
}

/** Sleeps in the kernel: looking at the clock all the time would allocate, and keep the core warm. */
function pause(): number {
  Atomics.wait(pauseWord, 0, 0, PAUSE_MS)
  return performance.now()
}

async function run(waiting: Waiting, context: ScenarioContext): Promise<Measurement | Skipped> {
  if (waiting === 'spin' && availableParallelism() < 2) {
    return { skipped: 'needs two cores: both sides spin' }
  }
  const waitStrategy = waiting === 'spin' ? 'busy-spin' : 'park'
  const devices = await nullDevices(1)
  const options = {
    workers: 1,
    slots: slotsFor(1),
    bufferBytes: 4096,
    waitStrategy,
    devices,
  } as const
  return measureOnEngine(options, async function measurePingPong(engine) {
    const pingPong = new PingPong(engine.channel, await engine.open('null0'), waiting)
    const window = new EngineWindow(engine)
    const load = {
      turns: function pingPongTurns() {
        pingPong.turns()
      },
      completed: () => pingPong.trips,
      begin() {
        pingPong.latency.reset()
        window.begin()
      },
      end: () => window.end(),
    }
    const figures = await runTimed(load, context)
    const { wrong, latency } = pingPong
    return {
      ...figures,
      latencyNs: percentilesOf(latency),
      checksumOk: wrong === 0,
      counters: window.counters(),
      notes: wrong === 0 ? {} : { wrong },
    }
  })
}

export const pingPongScenarios: readonly Scenario[] = [
  {
    name: 'latency/ping-pong/spin',
    unit: 'IRP/s',
    group: LATENCY_GROUP,
    title: 'both sides spin, the next request at once',
    quick: true,
    run: (context) => run('spin', context),
  },
  {
    name: 'latency/ping-pong/parked',
    unit: 'IRP/s',
    group: LATENCY_GROUP,
    title: 'the worker parks and is woken by each request',
    run: (context) => run('parked', context),
  },
]
