/**
 * read-books.ts: reads of a device, each into a buffer of its own: which are in flight, whether each brought what
 * was written there, and how long they took, by stage where the driver leaves stamps.
 *
 * Runs on: the main thread of a child process. HOT: nothing is allocated per request.
 *
 * A place is a request's number: it reads block `place` of the device, whose first word is place + 1, into buffer
 * `place`, whose first word is cleared before. So a completion that came twice, to the wrong request, or without its
 * data shows.
 */
import type { Channel, ChannelBuffer, IrpFile } from '../../src/index.js'
import { LogLinearHistogram } from '../../src/observe/log-linear-histogram.js'
import { createSharedClock } from '../../native-sim/shared-clock.js'
import { percentilesOf } from '../latency.js'
import { INTERRUPT_STAGES, type LatencyNs, type StagesNs } from '../scenario.js'
import { type InterruptStampsPlan, READ_BYTES, STAMPS_OF_PLACE } from './interrupt-stamps.js'

export class ReadBooks {
  readonly buffers: readonly ChannelBuffer[]
  completed = 0
  issued = 0
  readonly clock = createSharedClock()
  readonly #words: readonly Int32Array[]
  readonly #inFlight: Uint8Array
  /** When a request was sent, 0: nobody times it. */
  readonly #sentNs: Float64Array
  readonly #stamps: Float64Array | null
  /** Every request is timed, not only those that the load picks. */
  readonly timesAll: boolean
  readonly #latency = new LogLinearHistogram()
  readonly #stages = INTERRUPT_STAGES.map(() => new LogLinearHistogram())
  #unexpected = 0
  #failures = 0
  #wrongBytes = 0
  #wrongData = 0

  constructor(
    channel: Channel,
    depth: number,
    plan: InterruptStampsPlan | null,
    timesAll = plan !== null,
  ) {
    this.buffers = Array.from({ length: depth }, () => channel.allocate(READ_BYTES))
    this.#words = this.buffers.map(
      ({ bytes }) => new Int32Array(bytes.buffer, bytes.byteOffset, READ_BYTES / 4),
    )
    this.#inFlight = new Uint8Array(depth)
    this.#sentNs = new Float64Array(depth)
    this.timesAll = timesAll
    this.#stamps = plan === null ? null : new Float64Array(plan.places)
  }

  /** Writes what the reads will expect. */
  async fillDevice(file: IrpFile): Promise<void> {
    for (const [place, { bytes }] of this.buffers.entries()) {
      const words = this.#words[place]!
      words.fill(place + 1)
      await file.write(bytes, { offset: place * READ_BYTES })
    }
  }

  /** A request is about to be sent; `nowNs` 0: it is not timed. */
  begin(place: number, nowNs: number): void {
    this.#words[place]![0] = 0
    this.#inFlight[place] = 1
    this.#sentNs[place] = nowNs
    this.issued++
  }

  end(place: number, status: number, information: number): void {
    if (this.#inFlight[place] !== 1) {
      this.#unexpected++
      return
    }
    this.#inFlight[place] = 0
    this.completed++
    if (status !== 0) this.#failures++
    else if (information !== READ_BYTES) this.#wrongBytes++
    else if (this.#words[place]![0] !== place + 1) this.#wrongData++
    if (this.#sentNs[place] !== 0) this.#time(place)
  }

  forgetLatencies(): void {
    this.#latency.reset()
    for (const histogram of this.#stages) histogram.reset()
  }

  latencies(): { readonly latencyNs?: LatencyNs; readonly stagesNs?: StagesNs } {
    if (this.#latency.count === 0) return {}
    const stages = INTERRUPT_STAGES.map((stage, i) => [stage, percentilesOf(this.#stages[i]!)])
    return {
      latencyNs: percentilesOf(this.#latency),
      ...(this.#stamps !== null ? { stagesNs: Object.fromEntries(stages) as StagesNs } : {}),
    }
  }

  /** What was wrong in the whole run; nothing when all was right. After the drain. */
  complaints(): Readonly<Record<string, number>> {
    const counts = {
      lost: this.issued - this.completed,
      unexpected: this.#unexpected,
      failures: this.#failures,
      wrongBytes: this.#wrongBytes,
      wrongData: this.#wrongData,
    }
    return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0))
  }

  #time(place: number): void {
    const nowNs = this.clock()
    const sentNs = this.#sentNs[place]!
    this.#latency.record(Math.round(nowNs - sentNs))
    const stamps = this.#stamps
    if (stamps === null) return
    const at = place * STAMPS_OF_PLACE
    let beforeNs = sentNs
    // Stages end in the order of the stamps, and the last one now.
    for (let i = 0; i <= STAMPS_OF_PLACE; i++) {
      const endNs = i === STAMPS_OF_PLACE ? nowNs : Math.max(beforeNs, stamps[at + i]!)
      this.#stages[i]!.record(Math.round(endNs - beforeNs))
      beforeNs = endNs
    }
  }
}
