/**
 * The memory of a channel: what one host thread and all workers share.
 * Runs on: any thread. Numbers only.
 *
 *   line pair 0     words 0-9   the geometry below, written once by the creator, read-only after
 *   line pair 1     word 32     ATTENTION   main adds 1 when a worker died; the host sweeps (Atomics)
 *   line pair 2-3   word 64     DOORBELL    of the host thread (doorbell-layout)
 *   line pair 4     word 128    CLOSED      host stores 1 when it lets the channel go (Atomics)
 *   line pair 5+    per worker, `portWords` apart:
 *                     +0        INCARNATION of the worker that may use this port: host stores (Atomics)
 *                     +32       submission ring, 4 x slots entries (ring-layout)
 *                     +32+sq    completion ring, 1 x slots entries
 *                     then      results: STATUS, INFORMATION of the completion at each ring position
 *                     then      presented marks: a word a slot
 *   slots           IRP slots (irp-layout), 8 words each
 *   buffers         page-aligned; the host's allocator hands them out, workers read and write them
 *
 * Submission ring entries: slot number = a request, ~slot (negative) = "cancel the request in this slot".
 * Room: a slot has at most one request, one cancel of it, and one late cancel of its predecessor in
 * the ring, so 4 x slots (a power of two) can never be full. A completion ring holds every slot.
 *
 * Results are the worker's, written plainly before the completion ring's tail covers their position.
 * A presented mark is the worker's too: the sequence of the request, written before a handler sees it.
 * The host reads marks only after the worker's thread has ended; they decide whether a request died
 * with it or goes on to its successor.
 */
import { DOORBELL_WORDS } from './doorbell-layout.js'
import { IRP_SLOT_WORDS } from './irp-layout.js'
import { LINE_PAIR_WORDS, ringWords } from './ring-layout.js'

export const CHANNEL_MAGIC = 0
export const CHANNEL_ID = 1
export const CHANNEL_SLOT_COUNT = 2
export const CHANNEL_WORKER_COUNT = 3
export const CHANNEL_ATTENTION = LINE_PAIR_WORDS
export const CHANNEL_DOORBELL = 2 * LINE_PAIR_WORDS
export const CHANNEL_CLOSED = CHANNEL_DOORBELL + DOORBELL_WORDS
const CHANNEL_HEADER_WORDS = CHANNEL_CLOSED + LINE_PAIR_WORDS

export const CHANNEL_MAGIC_VALUE = 0x49525043
export const PORT_INCARNATION = 0
const PORT_HEADER_WORDS = LINE_PAIR_WORDS

/** A result is two words: STATUS, then INFORMATION. */
export const RESULT_SHIFT = 1
const RESULT_WORDS = 1 << RESULT_SHIFT
const PAGE_BYTES = 4096
const SUBMISSIONS_PER_SLOT = 4

/** Where everything of a channel lies. Word indexes unless the name says bytes. */
export interface ChannelGeometry {
  readonly slotCount: number
  readonly workerCount: number
  readonly submissionCapacity: number
  readonly completionCapacity: number
  readonly portsWord: number
  readonly portWords: number
  readonly submissionRingOffset: number
  readonly completionRingOffset: number
  readonly resultsOffset: number
  readonly presentedOffset: number
  readonly slotsWord: number
  readonly bufferByteOffset: number
  readonly bufferBytes: number
  readonly totalBytes: number
}

/** The audited sum: header + ports + slots + buffers. `slotCount` is a power of two. */
export function channelGeometry(
  slotCount: number,
  workerCount: number,
  bufferBytes: number,
): ChannelGeometry {
  const submissionCapacity = slotCount * SUBMISSIONS_PER_SLOT
  const completionCapacity = slotCount
  const submissionRingOffset = PORT_HEADER_WORDS
  const completionRingOffset = submissionRingOffset + ringWords(submissionCapacity)
  const resultsOffset = completionRingOffset + ringWords(completionCapacity)
  const presentedOffset = resultsOffset + roundUp(completionCapacity * RESULT_WORDS)
  const portWords = presentedOffset + roundUp(slotCount)
  const portsWord = CHANNEL_HEADER_WORDS
  const slotsWord = portsWord + workerCount * portWords
  const slotsEndBytes = (slotsWord + slotCount * IRP_SLOT_WORDS) * 4
  const bufferByteOffset = Math.ceil(slotsEndBytes / PAGE_BYTES) * PAGE_BYTES
  return {
    slotCount,
    workerCount,
    submissionCapacity,
    completionCapacity,
    portsWord,
    portWords,
    submissionRingOffset,
    completionRingOffset,
    resultsOffset,
    presentedOffset,
    slotsWord,
    bufferByteOffset,
    bufferBytes,
    totalBytes: bufferByteOffset + bufferBytes,
  }
}

function roundUp(words: number): number {
  return Math.ceil(words / LINE_PAIR_WORDS) * LINE_PAIR_WORDS
}

/** First word of worker `worker`'s port. */
export function portWord(geometry: ChannelGeometry, worker: number): number {
  return geometry.portsWord + worker * geometry.portWords
}
