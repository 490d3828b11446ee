/**
 * null-read-steps.ts: the hot steps of the reads of null-reads.ts, and the books that they keep.
 *
 * Runs on: the main thread of a child process. HOT: nothing is allocated per request.
 *
 * The functions are small, named and on the top level, so that a profile tells them apart and V8 inlines
 * the engine's own into them.
 *
 * Requests go down lanes, one a worker. A lane's queue is first in, first out, so its requests must come
 * back in the order in which they were sent: a context is the lane and the next number of a sequence, and
 * the one that completes must be exactly the one that is due. That proves exactly-once and order in one
 * comparison. Besides, the sum of Information must be the sum of all lengths.
 */
import type { Channel, ChannelBuffer, IrpFile } from '../../src/index.js'

/** Bytes of every read. */
export const READ_BYTES = 512
/** The lane in the high bits of a context, its sequence in the low ones. */
export const LANE_SHIFT = 24
export const SEQUENCE_MASK = (1 << LANE_SHIFT) - 1
const LANE_MASK = ~SEQUENCE_MASK
const MAX_LANES = 64
/** Reads go to all parts of a device of this size in turn. */
const OFFSET_MASK = 0x0fff_ffff
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
  let information = 0
  let wrong = 0
  let lane = batch[0]! >>> LANE_SHIFT
  let expected = due[lane]!
  for (let at = 0; at < end; at += 4) {
    const context = batch[at]!
    if (context >>> LANE_SHIFT !== lane) {
      due[lane] = expected
      lane = context >>> LANE_SHIFT
      expected = due[lane]!
    }
    if (context !== expected || batch[at + 1] !== 0) wrong++
    expected = advanced(context, 1)
    information += batch[at + 2]!
  }
  due[lane] = expected
  sums[COMPLETED] = sums[COMPLETED]! + count
  sums[INFORMATION] = sums[INFORMATION]! + information
  sums[WRONG] = sums[WRONG]! + wrong
}

export function nullReadsOnCompletion(context: number, status: number, information: number): void {
  const lane = context >>> LANE_SHIFT
  if (context !== due[lane] || status !== 0) sums[WRONG] = sums[WRONG]! + 1
  due[lane] = advanced(context, 1)
  sums[COMPLETED] = sums[COMPLETED]! + 1
  sums[INFORMATION] = sums[INFORMATION]! + information
}

/** The context that comes `count` after this one in its lane. */
export function advanced(context: number, count: number): number {
  return (context & LANE_MASK) | ((context + count) & SEQUENCE_MASK)
}

/** Prepares `count` reads at changing offsets; the first one's context is `from`. Returns the last handle. */
export function prepareSome(
  channel: Channel,
  file: IrpFile,
  buffer: ChannelBuffer,
  from: number,
  count: number,
): number {
  const lane = from & LANE_MASK
  let handle = 0
  for (let i = 0; i < count; i++) {
    const sequence = (from + i) & SEQUENCE_MASK
    const offset = Math.imul(sequence, READ_BYTES) & OFFSET_MASK
    handle = channel.prepareRead(file, buffer, READ_BYTES, offset, lane | sequence)
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
  const lane = from & LANE_MASK
  let handle = 0
  for (let i = 0; i < count; i++) {
    const sequence = (from + i) & SEQUENCE_MASK
    const offset = Math.imul(sequence, READ_BYTES) & OFFSET_MASK
    const file = files[sequence % files.length]!
    handle = channel.prepareRead(file, buffer, READ_BYTES, offset, lane | sequence)
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
