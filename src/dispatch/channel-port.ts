/**
 * Channel port: a worker's end of one channel. Takes what the host submitted, hands completions back.
 * Runs on: worker. HOT.
 *
 * Reads the submission ring and the slots; writes the completion ring, the results and the presented
 * marks. A death of the worker at any line leaves: requests that were not presented (their mark differs
 * from their SEQUENCE) untouched for the successor, presented ones for the host to end.
 */
import { IRP_ROW, ROW_MAJOR_MASK } from '../abi/irp-layout.js'
import type { ChannelMemory } from '../irp/channel-memory.js'
import { read as sharedRead } from '../sharedarraybuffer-queue/access.js'
import type { Ringer } from '../sharedarraybuffer-queue/doorbell.js'
import { SpscConsumer, SpscProducer } from '../sharedarraybuffer-queue/spsc-ring.js'
import { REQUEST_FREE, REQUEST_OWNED, type DispatchedRequest } from './dispatched-request.js'
import type { DispatchTurn } from './dispatch-turn.js'

/** Makes the object that stands for a slot; the framework's own class, injected. */
export type RequestFactory = (port: ChannelPort, slot: number) => DispatchedRequest

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const FREE = REQUEST_FREE
const OWNED = REQUEST_OWNED
const ROW = IRP_ROW
const MAJOR_MASK = ROW_MAJOR_MASK

/** Places in the submission ring are given back this often; it has room for four times the slots. */
const RELEASE_EVERY = 256

export class ChannelPort {
  readonly memory: ChannelMemory
  readonly words: Int32Array
  readonly turn: DispatchTurn
  readonly submissions: SpscConsumer
  readonly completions: SpscProducer
  /** First word of the results that lie beside the completions. */
  readonly results: number
  /** First word of the presented marks. */
  readonly presentedMarks: number
  readonly host: Ringer
  readonly requests: DispatchedRequest[]
  /** A turn is in progress: completions will be published at its end. */
  isInTurn = false
  /** Entries that were no request of this channel: a broken host, counted and skipped. */
  rejected = 0
  /** Entries that asked for a cancel. */
  private cancels = 0
  /** What `held` was for an empty port. */
  private readonly origin: number
  private readonly make: RequestFactory

  constructor(memory: ChannelMemory, worker: number, turn: DispatchTurn, make: RequestFactory) {
    this.memory = memory
    this.words = memory.words
    this.turn = turn
    this.submissions = new SpscConsumer(memory.words, memory.submissionRing(worker))
    this.completions = new SpscProducer(memory.words, memory.completionRing(worker))
    this.results = memory.resultsWord(worker)
    this.presentedMarks = memory.presentedWord(worker)
    this.host = memory.ringer()
    this.origin = (this.submissions.head - this.completions.tail) | 0
    this.requests = []
    for (let slot = 0; slot < memory.geometry.slotCount; slot++) {
      this.requests.push(make(this, slot))
    }
    this.make = make
  }

  /** A new object for a slot: somebody keeps the old one, whose request has ended. */
  renew(slot: number): DispatchedRequest {
    const request = this.make(this, slot)
    this.requests[slot] = request
    return request
  }

  /** Dispatches up to `limit` submissions; returns how many there were. */
  poll(limit: number): number {
    const { submissions } = this
    const count = submissions.available(limit)
    let taken = 0
    while (taken < count) {
      try {
        while (taken < count) {
          taken++
          this.dispatch(submissions.take())
        }
      } catch (error) {
        this.handlerThrew(submissions.last(), error)
      }
    }
    if (((submissions.head - submissions.released) | 0) >= RELEASE_EVERY) submissions.release()
    return count
  }

  /** Sends everything completed since the last time, and wakes the host if it sleeps. */
  publish(): void {
    if (this.completions.publish() !== 0) this.host.ring()
  }

  /** Requests taken and not ended: in a queue, or with a driver. */
  get held(): number {
    const { submissions, completions, cancels, rejected, origin } = this
    return (submissions.head - completions.tail - cancels - rejected - origin) | 0
  }

  /** True when there is something to poll for; asked before sleeping. */
  hasWork(): boolean {
    return this.submissions.available(1) !== 0
  }

  private handlerThrew(entry: number, error: unknown): void {
    const { turn } = this
    const request = this.requests[entry] ?? null
    const gate = request === null ? turn.frameworkGate : turn.gateOf(request)
    turn.hooks.handlerThrew(request, gate, error)
  }

  private dispatch(entry: number): void {
    if (entry < 0) {
      this.cancel(~entry)
      return
    }
    const request = entry < this.requests.length ? this.requests[entry] : undefined
    if (request === undefined || request.state !== FREE) {
      this.rejected++
      return
    }
    const { turn, words } = this
    const { base } = request
    request.sequence = ((this.submissions.head - 1) << 1) | 1
    const row = read(words, base + ROW)
    const table = turn.dispatchTable
    const gate = row >>> 0 < table.length ? table[row] : null
    if (gate === null || gate === undefined) {
      turn.routeWithoutQueue(request, row & MAJOR_MASK)
    } else if (gate.owned < gate.limit && gate.demand === 0) {
      turn.present(gate, request, row & MAJOR_MASK, OWNED)
    } else {
      request.wasDelivered = false
      turn.enqueue(gate, request)
    }
  }

  /** "Cancel the request in that slot", sent behind it through the same ring: this worker decides alone. */
  private cancel(slot: number): void {
    const request = slot < this.requests.length ? this.requests[slot] : undefined
    if (request === undefined) {
      this.rejected++
      return
    }
    this.cancels++
    this.turn.cancel(request)
  }
}
