/**
 * Transmission memory: how a connection cuts up its channel's buffer memory. Runs on: host, once a channel.
 *
 *   input     segments that the socket is read into            1/8 of the memory
 *   replies   segments in which replies are put together       1/4
 *   scratch   descriptions of pass-through SRBs, one a command
 *   zeros     for the edges of ranges that are no whole blocks
 *   the rest  blocks for the data of large reads
 */
import type { Channel, ChannelBuffer } from '../index.js'
import { PASS_THROUGH_BYTES, UNMAP_LIST_BYTES } from '../pairs/storage/index.js'

/** A command's share of the scratch memory. */
export const SCRATCH_BYTES: number = PASS_THROUGH_BYTES + UNMAP_LIST_BYTES

const INPUT_SEGMENTS = 8
const REPLY_SEGMENTS = 8
const ZERO_BYTES = 65_536

export class TransmissionMemory {
  readonly input: ChannelBuffer
  readonly segmentCount = INPUT_SEGMENTS
  readonly replies: ChannelBuffer
  readonly replySegmentBytes: number
  readonly replySegmentCount = REPLY_SEGMENTS
  readonly scratch: ChannelBuffer
  /** Zeroes; nobody writes them. As many as a block may have. */
  readonly zeros: ChannelBuffer
  readonly shared: SharedArrayBuffer
  /** The whole channel memory, by the positions that buffers have. */
  readonly all: Uint8Array
  readonly commandCount: number
  /** Longest read whose data lie behind their header; longer ones get a block of their own. */
  readonly joinedReplyBytes: number

  constructor(channel: Channel, bufferBytes: number, commandCount: number) {
    this.input = channel.allocate(bufferBytes / 8)
    this.replies = channel.allocate(bufferBytes / 4)
    this.scratch = channel.allocate(commandCount * SCRATCH_BYTES)
    this.zeros = channel.allocate(ZERO_BYTES)
    this.shared = this.input.bytes.buffer as SharedArrayBuffer
    this.all = new Uint8Array(this.shared)
    this.commandCount = commandCount
    this.replySegmentBytes = this.replies.byteLength / REPLY_SEGMENTS
    this.joinedReplyBytes = this.replySegmentBytes / 4
  }
}
