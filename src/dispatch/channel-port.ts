/**
 * Channel port: a worker's end of one channel. Takes what the host submitted, hands completions back.
 * Runs on: worker. HOT.
 *
 * Reads the submission ring and the host's words of a slot; writes the completion ring and the worker's
 * words of a slot. A death of the worker at any line leaves: requests that were not presented (their
 * PRESENTED differs from SEQUENCE) untouched for the successor, presented ones for the host to end.
 */
import { IRP_DEVICE, IRP_HEADER, IRP_MAJOR_MASK } from '../abi/irp-layout.js'
import { DISPATCH_ROW_SHIFT } from '../abi/major-function.js'
import { STATUS_CANCELLED } from '../abi/ntstatus.js'
import type { ChannelMemory } from '../irp/channel-memory.js'
import { read } from '../sharedarraybuffer-queue/access.js'
import { Ringer } from '../sharedarraybuffer-queue/doorbell.js'
import { SpscConsumer, SpscProducer } from '../sharedarraybuffer-queue/spsc-ring.js'
import {
  REQUEST_CANCELABLE,
  REQUEST_FREE,
  REQUEST_WAITING,
  type DispatchedRequest,
} from './dispatched-request.js'
import type { DispatchTurn } from './dispatch-turn.js'

/** Makes the object that stands for a slot; the framework's own class, injected. */
export type RequestFactory = (port: ChannelPort, slot: number) => DispatchedRequest

/** Places in the submission ring are given back this often; it has room for four times the slots. */
const RELEASE_EVERY = 256

export class ChannelPort {
  readonly memory: ChannelMemory
  readonly words: Int32Array
  readonly turn: DispatchTurn
  readonly submissions: SpscConsumer
  readonly completions: SpscProducer
  readonly host: Ringer
  readonly requests: DispatchedRequest[]
  /** Entries that were no request of this channel: a broken host, counted and skipped. */
  rejected = 0

  constructor(memory: ChannelMemory, worker: number, turn: DispatchTurn, make: RequestFactory) {
    this.memory = memory
    this.words = memory.words
    this.turn = turn
    this.submissions = new SpscConsumer(memory.words, memory.submissionRing(worker))
    this.completions = new SpscProducer(memory.words, memory.completionRing(worker))
    this.host = new Ringer(memory.words, memory.doorbell())
    this.requests = []
    for (let slot = 0; slot < memory.geometry.slotCount; slot++) {
      this.requests.push(make(this, slot))
    }
  }

  /** Dispatches up to `limit` submissions; returns how many there were. */
  poll(limit: number): number {
    const { submissions, turn } = this
    const count = submissions.available(limit)
    let taken = 0
    while (taken < count) {
      try {
        while (taken < count) {
          taken++
          this.dispatch(submissions.take())
        }
      } catch (error) {
        turn.handlerThrew(error)
      }
    }
    if (((submissions.head - submissions.released) | 0) >= RELEASE_EVERY) submissions.release()
    return count
  }

  /** Sends everything completed since the last time, and wakes the host if it sleeps. */
  publish(): void {
    if (this.completions.publish() !== 0) this.host.ring()
  }

  /** True when there is something to poll for; asked before sleeping. */
  hasWork(): boolean {
    return this.submissions.available(1) !== 0
  }

  private dispatch(entry: number): void {
    if (entry < 0) {
      this.cancel(~entry)
      return
    }
    const request = entry < this.requests.length ? this.requests[entry] : undefined
    if (request === undefined || request.state !== REQUEST_FREE) {
      this.rejected++
      return
    }
    const { turn, words } = this
    const { base } = request
    const major = read(words, base + IRP_HEADER) & IRP_MAJOR_MASK
    const row = (read(words, base + IRP_DEVICE) << DISPATCH_ROW_SHIFT) | major
    const table = turn.dispatchTable
    const gate = row >>> 0 < table.length ? table[row] : null
    if (gate === null || gate === undefined) {
      turn.routeWithoutQueue(request, major)
    } else if (gate.owned < gate.limit && gate.head === null) {
      request.gate = gate
      turn.present(gate, request, major)
    } else {
      turn.enqueue(gate, request)
    }
  }

  /** "Cancel the request in that slot", sent behind it through the same ring: this worker decides alone. */
  private cancel(slot: number): void {
    const request = slot < this.requests.length ? this.requests[slot] : undefined
    if (request === undefined) {
      this.rejected++
    } else if (request.state === REQUEST_WAITING) {
      request.gate.remove(request)
      request.gate.owned++
      request.finish(STATUS_CANCELLED, 0)
    } else if (request.state === REQUEST_CANCELABLE) {
      request.callCancel()
    }
  }
}

