// What the next request is: a random mix of reads and writes, or the rows of a block trace.
// Runs on: the producer's thread; one object belongs to one thread.
// Invariants: the sequence depends on the options alone, never on time or on completions; nothing is allocated
// per request: `advance` changes the fields of the one object.

import { mix32 } from './block-pattern.js'
import type { BlockTrace } from './block-trace-columns.js'
import { SimulationError } from './errors.js'
import type { Random } from './random.js'

const TWO_32 = 2 ** 32
const HIGH_STEP = 0xc2b2_ae35 | 0

/** A sequence of requests. The fields tell the present one, after an `advance` that returned true. */
export interface RequestSource {
  /** 1: write, 0: read. */
  readonly isWrite: number
  readonly offsetBytes: number
  readonly sizeBytes: number
  /** Goes to the next request; false when there is none. */
  advance(): boolean
}

export interface RandomRequestsOptions {
  /** Share of reads, 0 to 1. */
  readonly readShare: number
  /** Size of every request; offsets are multiples of it. */
  readonly blockBytes: number
  /** Requests lie within the first spanBytes of the disk, at least blockBytes. */
  readonly spanBytes: number
}

/** Endless reads and writes of one size, everywhere in the span equally likely. */
export class RandomRequests implements RequestSource {
  isWrite = 0
  offsetBytes = 0
  readonly sizeBytes: number
  readonly #blocks: number
  /** A draw of 32 bits below this is a read. */
  readonly #readsBelow: number
  readonly #random: Random

  /** @throws SimulationError */
  constructor({ readShare, blockBytes, spanBytes }: RandomRequestsOptions, random: Random) {
    if (!(readShare >= 0 && readShare <= 1)) {
      throw new SimulationError('readShare', readShare, 'a number from 0 (only writes) to 1')
    }
    if (!(blockBytes >= 1 && blockBytes <= 2 ** 30) || !Number.isInteger(blockBytes)) {
      throw new SimulationError('blockBytes', blockBytes, 'a whole number from 1 to 2^30')
    }
    if (!(spanBytes >= blockBytes && spanBytes <= 2 ** 53)) {
      throw new SimulationError('spanBytes', spanBytes, `from ${blockBytes} (blockBytes) to 2^53`)
    }
    this.sizeBytes = blockBytes
    this.#blocks = Math.floor(spanBytes / blockBytes)
    this.#readsBelow = readShare * TWO_32
    this.#random = random
  }

  advance(): boolean {
    this.isWrite = this.#random.nextInt32() >>> 0 < this.#readsBelow ? 0 : 1
    this.offsetBytes = this.#random.nextBelow(this.#blocks) * this.sizeBytes
    return true
  }
}

/** The requests of a trace, in its order, once. */
export class TraceRequests implements RequestSource {
  isWrite = 0
  offsetBytes = 0
  sizeBytes = 0
  readonly #trace: BlockTrace
  #row = 0

  constructor(trace: BlockTrace) {
    this.#trace = trace
  }

  advance(): boolean {
    const row = this.#row
    const trace = this.#trace
    if (row >= trace.count) return false
    this.#row = row + 1
    this.isWrite = trace.isWrite[row] ?? 0
    this.offsetBytes = trace.offsetBytes[row] ?? 0
    this.sizeBytes = trace.sizeBytes[row] ?? 0
    return true
  }
}

/** Adds a request to the fingerprint of a sequence: equal fingerprints, equal sequences (but once in 2^32). */
export function addToSequenceHash(
  hash: number,
  { isWrite, offsetBytes, sizeBytes }: RequestSource,
): number {
  const high = Math.floor(offsetBytes / TWO_32) | 0
  const place = mix32(hash ^ (offsetBytes | 0))
  return mix32((place + Math.imul(high, HIGH_STEP) + (sizeBytes << 1) + isWrite) | 0)
}
