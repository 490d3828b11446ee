// What a producer reports when it has ended. Plain data. Runs on: any thread.

import type { Ledger } from '../src/index.js'
import type { DurationsNs } from '../src/index.js'
import type { Mismatch } from './request-verifier.js'

/**
 * Why a producer ended: it sent all its requests, its time was over, `stop` was called, or the engine stopped
 * accepting requests.
 */
export type ProducerEnd = 'requests' | 'duration' | 'stop' | 'engine-stopped'

export interface ProducerReport {
  readonly device: string
  readonly endedBy: ProducerEnd
  /** Requests that completed, successful or not. */
  readonly requests: number
  /** From the first turn of the loop to the last completion. */
  readonly seconds: number
  readonly reads: number
  readonly writes: number
  /** Of successful requests. */
  readonly bytesRead: number
  readonly bytesWritten: number
  /** Requests that ended with a failure status. */
  readonly failures: number
  /** The same by name of the status. */
  readonly failureStatuses: Readonly<Record<string, number>>
  /** With `verify`: reads that brought exactly what they had to. */
  readonly verified: number
  /** Reads that were right as far as one can know: of some blocks a write failed, or the disk was not blank. */
  readonly undecided: number
  /** Requests answered wrongly; the first few of them follow. */
  readonly mismatches: number
  readonly firstMismatches: readonly Mismatch[]
  /** With `verify`: int32 over the data of all reads that were right, in any order; else 0. */
  readonly checksum: number
  /** int32 over all requests in the order of submission: equal for the same options and seed. */
  readonly sequenceHash: number
  /**
   * From the intended send time to the moment the producer noticed the completion. Intended: when it was due (open
   * loop: fixed rate, Poisson, bursts, a paced trace); the start of the turn that sent it (closed loop). The clock
   * is read once a turn, after its completions were taken, for up to 256 requests: a latency includes the
   * producer's own work on its batch, and is never too small.
   */
  readonly latencyNs: DurationsNs
  /** How long after its due time a request was sent; nothing recorded in a closed loop. */
  readonly latenessNs: DurationsNs
  /**
   * Arrivals that could not be submitted when they were due, because all places were in flight or the channel had
   * no slot. Each waited for a place (its latency tells), none was dropped.
   */
  readonly refusals: number
  /** Of the producer's channel, its open and close included. */
  readonly ledger: Ledger
}
