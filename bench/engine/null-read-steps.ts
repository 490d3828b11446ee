/**
 * null-read-steps.ts: the hot steps of the reads of null-reads.ts, and the books that they keep.
 *
 * Runs on: the main thread of a child process. HOT: nothing is allocated per request.
 *
 * The functions are small, named and on the top level, so that a profile tells them apart and V8 inlines
 * the engine's own into them.
 *
 * Requests go down lanes, one a worker. A lane's queue is first in, first out, so its requests must come
 * back in the order in which they were sent: a context is the lane in its low bits and above them the next
 * number of a sequence, which wraps as 32-bit integers do; the one that completes must be exactly the one
 * that is due. That proves exactly-once and order in one comparison. Besides, the sum of Information must be
 * the sum of all lengths. A batch of completions is of one worker, so of one lane.
 */
import type { Channel, ChannelBuffer, IrpFile } from '../../src/index.js'

/** Bytes of every read. */
export const READ_BYTES = 512
/** Lanes at most: a context's low bits. */
export const MAX_LANES = 64
const LANE_MASK = MAX_LANES - 1
/** From a context to the next one of its lane. */
export const STEP = MAX_LANES
const LANE_BITS = 6
/** Reads go to all parts of a device of this size in turn, 512 bytes apart. */
const OFFSET_MASK = 0x0fff_ffff
const OFFSET_SHIFT = 3
const COMPLETION_SHIFT = 2

/** Of each lane: the context that must complete next. */
export const due = new Int32Array(MAX_LANES)
/** Sums. Floats, since they pass 31 bits. */
const sums = new Float64Array(3)
const COMPLETED = 0
const INFORMATION = 1
/** Completions out of turn, or with another status than success. */
const WRONG = 2

export function nullReadsOnBatch(batch: Int32Array, count: number): void {
  const end = count << COMPLETION_SHIFT
  const lane = batch[0]! & LANE_MASK
  let expected = due[lane]!
  let information = 0
  let wrong = 0
  for (let at = 0; at < end; at += 4) {
    const context = batch[at]!
    if (context !== expected || batch[at + 1] !== 0) wrong++
    expected = (context + STEP) | 0
    information += batch[at + 2]!
  }
  due[lane] = expected
  sums[COMPLETED] = sums[COMPLETED]! + count
  sums[INFORMATION] = sums[INFORMATION]! + information
  sums[WRONG] = sums[WRONG]! + wrong
}

export function nullReadsOnCompletion(context: number, status: number, information: number): void {
  const lane = context & LANE_MASK
  if (context !== due[lane] || status !== 0) sums[WRONG] = sums[WRONG]! + 1
  due[lane] = (context + STEP) | 0
  sums[COMPLETED] = sums[COMPLETED]! + 1
  sums[INFORMATION] = sums[INFORMATION]! + information
}

/** The context that comes `count` after this one in its lane. */
export function advanced(context: number, count: number): number {
  return (context + count * STEP) | 0
}

/** Of a lane: how many requests lie between these two contexts. */
export function distance(from: number, to: number): number {
  return ((to - from) | 0) / STEP
}

/** The lane of a context. */
export function laneOf(context: number): number {
  return context & LANE_MASK
}

/** Prepares `count` reads at changing offsets; the first one's context is `from`. Returns the last handle. */
export function prepareSome(
  channel: Channel,
  file: IrpFile,
  buffer: ChannelBuffer,
  from: number,
  count: number,
): number {
  let context = from
  let handle = 0
  for (let i = 0; i < count; i++) {
    const offset = (context << OFFSET_SHIFT) & OFFSET_MASK
    handle = channel.prepareRead(file, buffer, READ_BYTES, offset, context)
    context = (context + STEP) | 0
  }
  return handle
}

/** As prepareSome, the files in turn. */
export function prepareSpread(
  channel: Channel,
  files: readonly IrpFile[],
  buffer: ChannelBuffer,
  from: number,
  count: number,
): number {
  let context = from
  let handle = 0
  for (let i = 0; i < count; i++) {
    const offset = (context << OFFSET_SHIFT) & OFFSET_MASK
    const file = files[(context >>> LANE_BITS) % files.length]!
    handle = channel.prepareRead(file, buffer, READ_BYTES, offset, context)
    context = (context + STEP) | 0
  }
  return handle
}

/** What was counted since `openBooks`. */
export function readBooks(): { completed: number; information: number; wrong: number } {
  return { completed: sums[COMPLETED]!, information: sums[INFORMATION]!, wrong: sums[WRONG]! }
}

/** Completions since `openBooks`. */
export function completedReads(): number {
  return sums[COMPLETED]!
}

/** Begins anew; `first` has the first context of each lane. */
export function openBooks(first: Int32Array): void {
  due.set(first)
  sums.fill(0)
}
