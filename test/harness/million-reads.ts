/**
 * Million reads: as many requests through a stepped engine, whose heap and shared memory may not grow with them. The
 * bound is wide: a single small object a request would be 16 MB and more. Runs on: the test's own thread.
 */
import { HeapGrowth } from './heap-growth.js'
import type { Requester } from './requester.js'
import type { SteppedEngine } from './stepped-engine.js'

const REQUESTS = 1_000_000
const SAMPLE_EVERY = 16
const MAX_BYTES = 4_000_000
const READ_BYTES = 16

export interface MillionReads {
  /** Every read brought what it should, and the ledger says so. */
  readonly isComplete: boolean
  readonly heapGrew: boolean
  readonly sharedMemoryGrew: boolean
}

/** What a run without fault and without allocation comes to. */
export const NOTHING_GREW: MillionReads = {
  isComplete: true,
  heapGrew: false,
  sharedMemoryGrew: false,
}

/** Reads in batches of that size. */
export function readMillion(
  engine: SteppedEngine,
  { file, buffer }: Requester,
  batchSize: number,
): MillionReads {
  const { channel } = engine
  const { turn } = engine.framework()
  const told = { done: 0, contexts: 0, bytes: 0 }
  const onBatch = (batch: Int32Array, count: number): void => {
    for (let i = 0; i < count; i++) {
      told.contexts += batch[4 * i] ?? 0
      told.bytes += batch[4 * i + 2] ?? 0
    }
    told.done += count
  }
  const round = (): void => {
    for (let i = 0; i < batchSize; i++) channel.prepareRead(file, buffer, READ_BYTES, 0, 1)
    channel.submit()
    while (turn.poll(batchSize) !== 0);
    channel.reapBatch(batchSize, onBatch)
  }
  // First until the code is compiled.
  while (told.done < REQUESTS / 4) round()
  const growth = new HeapGrowth()
  const shared = process.memoryUsage().arrayBuffers
  for (let rounds = 1; rounds <= REQUESTS / batchSize; rounds++) {
    round()
    if (rounds % SAMPLE_EVERY === 0) growth.sample()
  }
  growth.sample()
  const { done } = told
  const isWhole = told.contexts === done && told.bytes === READ_BYTES * done
  const { success, inFlight, lost } = channel.ledger()
  return {
    isComplete: isWhole && done > REQUESTS && success === done && inFlight === 0 && lost === 0,
    heapGrew: growth.bytes > MAX_BYTES,
    sharedMemoryGrew: process.memoryUsage().arrayBuffers > shared + 65_536,
  }
}
