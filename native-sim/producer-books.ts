// The producer's books: what was sent from which place, and what became of it.
// Runs on: the producer's thread. HOT: `submitted` and `completed` allocate nothing.

import { LogLinearHistogram, statusName } from '../src/index.js'
import type { ProducerReport } from './producer-report.js'
import { addToSequenceHash, type RequestSource } from './request-source.js'
import type { RequestVerifier } from './request-verifier.js'

export class ProducerBooks {
  readonly latency = new LogLinearHistogram()
  readonly lateness = new LogLinearHistogram()
  startNs = 0
  seconds = 0
  reads = 0
  writes = 0
  bytesRead = 0
  bytesWritten = 0
  failures = 0
  sequenceHash = 0
  readonly #verifier: RequestVerifier | null
  readonly #failuresByStatus = new Map<number, number>()
  #submitted = 0
  // Of each place: its request.
  readonly #isWrite: Uint8Array
  readonly #offsetBytes: Float64Array
  readonly #sizeBytes: Int32Array
  readonly #number: Float64Array
  readonly #dueNs: Float64Array

  constructor(depth: number, verifier: RequestVerifier | null) {
    this.#verifier = verifier
    this.#isWrite = new Uint8Array(depth)
    this.#offsetBytes = new Float64Array(depth)
    this.#sizeBytes = new Int32Array(depth)
    this.#number = new Float64Array(depth)
    this.#dueNs = new Float64Array(depth)
  }

  submitted(place: number, source: RequestSource, dueNs: number): void {
    this.#isWrite[place] = source.isWrite
    this.#offsetBytes[place] = source.offsetBytes
    this.#sizeBytes[place] = source.sizeBytes
    this.#number[place] = this.#submitted++
    this.#dueNs[place] = dueNs
    this.sequenceHash = addToSequenceHash(this.sequenceHash, source)
  }

  /** As `submitted`, of an arrival that had a due time. */
  submittedLate(place: number, source: RequestSource, dueNs: number, nowNs: number): void {
    this.lateness.record(nowNs - dueNs)
    this.submitted(place, source, dueNs)
  }

  completed(place: number, status: number, information: number): void {
    const isWrite = this.#isWrite[place] === 1
    if (isWrite) this.writes++
    else this.reads++
    if (status < 0) this.#failed(place, isWrite, status)
    else if (isWrite) this.#written(place, information >>> 0)
    else this.#read(place, information >>> 0)
  }

  /** Of the places free[from] to free[to - 1], which have just been completed. */
  addLatencies(free: Int32Array, from: number, to: number, nowNs: number): void {
    for (let i = from; i < to; i++) this.latency.record(nowNs - (this.#dueNs[free[i] ?? 0] ?? 0))
  }

  /** Everything the books know of a report. */
  summary(): Omit<ProducerReport, 'device' | 'endedBy' | 'refusals' | 'ledger'> {
    const { reads, writes, bytesRead, bytesWritten, failures, seconds, sequenceHash } = this
    const verifier = this.#verifier
    const failureStatuses: Record<string, number> = {}
    for (const [status, count] of this.#failuresByStatus) {
      failureStatuses[statusName(status)] = count
    }
    return {
      requests: reads + writes,
      seconds,
      reads,
      writes,
      bytesRead,
      bytesWritten,
      failures,
      failureStatuses,
      verified: verifier?.verified ?? 0,
      undecided: verifier?.undecided ?? 0,
      mismatches: verifier?.mismatches ?? 0,
      firstMismatches: verifier?.firstMismatches ?? [],
      checksum: verifier?.oracle.checksum ?? 0,
      sequenceHash,
      latencyNs: this.latency.summary(),
      latenessNs: this.lateness.summary(),
    }
  }

  #written(place: number, moved: number): void {
    this.bytesWritten += moved
    if (this.#verifier === null) return
    const size = this.#sizeBytes[place] ?? 0
    const offset = this.#offsetBytes[place] ?? 0
    this.#verifier.completedWrite(place, this.#number[place] ?? 0, offset, size, moved)
  }

  #read(place: number, moved: number): void {
    this.bytesRead += moved
    if (this.#verifier === null) return
    const size = this.#sizeBytes[place] ?? 0
    const offset = this.#offsetBytes[place] ?? 0
    this.#verifier.completedRead(place, this.#number[place] ?? 0, offset, size, moved)
  }

  #failed(place: number, isWrite: boolean, status: number): void {
    this.failures++
    this.#failuresByStatus.set(status, (this.#failuresByStatus.get(status) ?? 0) + 1)
    if (isWrite) this.#verifier?.failedWrite(place)
  }
}
