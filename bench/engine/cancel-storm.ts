/**
 * cancel-storm.ts: every second request is cancelled, wherever it is by then: on its way, marked cancelable, in
 * a manual queue, kept by its driver, or ended already. Each must complete exactly once.
 *
 * Runs on: the main thread of a child process.
 */
import { STATUS_CANCELLED } from '../../src/abi/ntstatus.js'
import type { Channel, ChannelBuffer, IrpFile } from '../../src/index.js'
import type { Measurement, Scenario, ScenarioContext } from '../scenario.js'
import { EngineWindow } from './engine-window.js'
import { ENGINE_GROUP } from './groups.js'
import { measureOnEngine, slotsFor } from './null-devices.js'
import { runTimed } from './timed-run.js'
import { LONGEST_PARK_MS } from '../longest-park.js'

const DEPTH = 1024
const BATCH = 128
const READ_BYTES = 512
const REAP_LIMIT = 256
const ROUNDS_PER_TURN = 16
const DRAIN_LIMIT_MS = 5000
/** Rounds that a cancel may come after its request: 0 is right behind it in the same batch. */
const DELAYS = 4
const NOBODY = -1

/** Reads in a closed loop, half of them cancelled; keeps the books. */
export class CancelStorm {
  readonly #channel: Channel
  readonly #file: IrpFile
  readonly #buffer: ChannelBuffer
  /** Of each place: handle of its request in flight, NOBODY when there is none. */
  readonly #handles = new Int32Array(DEPTH).fill(NOBODY)
  readonly #free = Int32Array.from({ length: DEPTH }, (_, place) => place)
  #freeCount = DEPTH
  /** Handles to cancel in a later round: one line for each delay. */
  readonly #due = Array.from({ length: DELAYS }, () => new Int32Array(BATCH).fill(NOBODY))
  #round = 0
  #random: number
  #isFlushed = false
  issued = 0
  succeeded = 0
  cancelled = 0
  asked = 0
  /** Completions of nobody's request, or with a status that no request may have. */
  wrong = 0

  constructor(channel: Channel, file: IrpFile, seed = 1) {
    this.#channel = channel
    this.#file = file
    this.#buffer = channel.allocate(READ_BYTES)
    this.#random = seed
  }

  get completed(): number {
    return this.succeeded + this.cancelled + this.wrong
  }

  turns(): void {
    for (let round = 0; round < ROUNDS_PER_TURN; round++) {
      if (this.#freeCount >= BATCH) this.#issueBatch()
      if (this.#reap() === 0) this.#channel.wait(LONGEST_PARK_MS)
    }
  }

  #issueBatch(): void {
    const channel = this.#channel
    for (let i = 0; i < BATCH; i++) {
      const place = this.#free[--this.#freeCount]!
      const offset = this.#next() & 0xffff
      const handle = channel.prepareRead(this.#file, this.#buffer, READ_BYTES, offset, place)
      if (handle < 0) throw new Error(`prepareRead answered ${handle}`)
      this.#handles[place] = handle
      this.issued++
      if ((this.#next() & 1) === 0) this.#cancelSoon(handle, i)
    }
    channel.submit()
    this.#cancelDue()
  }

  #cancelSoon(handle: number, at: number): void {
    const delay = this.#next() & (DELAYS - 1)
    this.#due[(this.#round + delay) & (DELAYS - 1)]![at] = handle
  }

  /** Stale handles are refused: their requests have completed. */
  #cancelDue(): void {
    const due = this.#due[this.#round++ & (DELAYS - 1)]!
    for (let i = 0; i < BATCH; i++) {
      const handle = due[i]!
      if (handle === NOBODY) continue
      due[i] = NOBODY
      if (this.#channel.cancel(handle) === 0) this.asked++
    }
  }

  #reap(): number {
    return this.#channel.reap(REAP_LIMIT, this.#onCompletion)
  }

  readonly #onCompletion = (
    place: number,
    status: number,
    information: number,
    handle: number,
  ): void => {
    if (place === NOBODY) {
      this.#isFlushed = true
      return
    }
    const isMine = this.#handles[place] === handle
    if (isMine && status === 0 && information === READ_BYTES) this.succeeded++
    else if (isMine && status === STATUS_CANCELLED && information === 0) this.cancelled++
    else this.wrong++
    if (!isMine) return
    this.#handles[place] = NOBODY
    this.#free[this.#freeCount++] = place
  }

  /** xorshift: 32 bits. */
  #next(): number {
    let x = this.#random
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#random = x
    return x >>> 3
  }

  /** Has the driver end what it keeps, and says what was wrong in the whole run; nothing when all was right. */
  drain(): Readonly<Record<string, number>> {
    const untilMs = performance.now() + DRAIN_LIMIT_MS
    this.#channel.prepareWrite(this.#file, this.#buffer, READ_BYTES, 0, NOBODY)
    this.#channel.submit()
    while (!(this.#isFlushed && this.completed >= this.issued) && performance.now() < untilMs) {
      if (this.#reap() === 0) this.#channel.wait(LONGEST_PARK_MS)
    }
    const lost = this.issued - this.completed
    // Nobody is cancelled who was not asked to be, and a storm without cancels is none.
    const unasked = Math.max(0, this.cancelled - this.asked)
    const calm = this.cancelled === 0 ? 1 : 0
    const complaints = {
      lost,
      wrong: this.wrong,
      unasked,
      calm,
      unflushed: this.#isFlushed ? 0 : 1,
    }
    return Object.values(complaints).every((count) => count === 0) ? {} : complaints
  }
}

async function run(context: ScenarioContext): Promise<Measurement> {
  const driver = new URL('./cancel-storm-driver.js', import.meta.url)
  const devices = [{ name: 'storm', driver }]
  const options = { workers: 1, slots: slotsFor(2 * DEPTH), bufferBytes: 4096, devices }
  return measureOnEngine(options, async function measureCancelStorm(engine) {
    const storm = new CancelStorm(engine.channel, await engine.open('storm'))
    const window = new EngineWindow(engine)
    const load = {
      turns: function cancelStormTurns() {
        storm.turns()
      },
      completed: () => storm.completed,
      begin: () => window.begin(),
      end: () => window.end(),
    }
    const figures = await runTimed(load, context)
    const complaints = storm.drain()
    const cancelledPercent = Math.round((storm.cancelled / storm.issued) * 100)
    return {
      ...figures,
      checksumOk: Object.keys(complaints).length === 0,
      counters: window.counters(),
      notes: { ...complaints, cancelledPercent },
    }
  })
}

export const cancelStormScenarios: readonly Scenario[] = [
  {
    name: `irp/cancel-storm/depth-${DEPTH}`,
    unit: 'IRP/s',
    group: ENGINE_GROUP,
    title: `every second request cancelled at some step, ${DEPTH} in flight`,
    comparedWith: [`irp/callback/depth-${DEPTH}`],
    run,
  },
]
