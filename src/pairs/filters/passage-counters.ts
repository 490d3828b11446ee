/**
 * PassageCounters: what passed a level: how much of it, how it ended, how long it was away.
 * Runs on: the worker of the filter that counts. Invariant: each passage that began ends once.
 */
import {
  IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
  isSuccess,
  LogLinearHistogram,
  STATS_CANCELLED,
  STATS_DATA_BYTES,
  STATS_FAILED,
  STATS_FIELDS,
  STATS_IN_FLIGHT,
  STATS_KIND_NAMES,
  STATS_KINDS,
  STATS_LONGEST,
  STATS_MOST_IN_FLIGHT,
  STATS_P50,
  STATS_P99,
  STATS_REQUESTS,
  STATUS_CANCELLED,
} from '../../index.js'

const READ = 0
const WRITE = 1
const FLUSH = 2
const OTHER = 3

/** One kind of requests. */
class KindCounters {
  requests = 0
  failed = 0
  cancelled = 0
  bytes = 0
  readonly latency = new LogLinearHistogram()
}

/** A request that is below; kept and used again when it has come back. */
export class Passage {
  kind = OTHER
  since = 0
  next: Passage | null = null
  readonly counters: PassageCounters

  constructor(counters: PassageCounters) {
    this.counters = counters
  }
}

export class PassageCounters {
  inFlight = 0
  mostInFlight = 0
  readonly #kinds = STATS_KIND_NAMES.map(() => new KindCounters())
  #spare: Passage | null = null

  /** A request goes down; `now` in milliseconds. */
  begin(majorFunction: number, now: number): Passage {
    const passage = this.#spare ?? new Passage(this)
    this.#spare = passage.next
    passage.next = null
    passage.kind = kindOf(majorFunction)
    passage.since = now
    this.inFlight++
    if (this.inFlight > this.mostInFlight) this.mostInFlight = this.inFlight
    return passage
  }

  /** It has come back, with `information` bytes if it is a transfer that succeeded. */
  end(passage: Passage, status: number, information: number, now: number): void {
    const kind = this.#kinds[passage.kind] as KindCounters
    kind.requests++
    if (status === STATUS_CANCELLED) kind.cancelled++
    else if (!isSuccess(status)) kind.failed++
    else if (passage.kind === READ || passage.kind === WRITE) kind.bytes += information
    kind.latency.record((now - passage.since) * 1e6)
    this.inFlight--
    passage.next = this.#spare
    this.#spare = passage
  }

  /** As abi/filter-ioctl draws it. */
  write(target: Uint8Array): void {
    const view = new DataView(target.buffer, target.byteOffset, target.byteLength)
    const put = (field: number, value: number): void => view.setFloat64(8 * field, value, true)
    put(STATS_IN_FLIGHT, this.inFlight)
    put(STATS_MOST_IN_FLIGHT, this.mostInFlight)
    this.#kinds.forEach((kind, index) => {
      const first = STATS_KINDS + index * STATS_FIELDS
      put(first + STATS_REQUESTS, kind.requests)
      put(first + STATS_FAILED, kind.failed)
      put(first + STATS_CANCELLED, kind.cancelled)
      put(first + STATS_DATA_BYTES, kind.bytes)
      const hasAny = kind.requests > 0
      put(first + STATS_P50, hasAny ? kind.latency.percentile(50) : 0)
      put(first + STATS_P99, hasAny ? kind.latency.percentile(99) : 0)
      put(first + STATS_LONGEST, hasAny ? kind.latency.percentile(100) : 0)
    })
  }
}

function kindOf(majorFunction: number): number {
  switch (majorFunction) {
    case IRP_MJ_READ:
      return READ
    case IRP_MJ_WRITE:
      return WRITE
    case IRP_MJ_FLUSH_BUFFERS:
      return FLUSH
    default:
      return OTHER
  }
}
