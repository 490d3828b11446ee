/**
 * Channel buffer: bytes inside a channel's shared memory, so that a request needs no copy.
 * Runs on: the channel's host thread. Made by `channel.allocate`, given back by `channel.free`.
 */
export class ChannelBuffer {
  readonly channelId: number
  /** Position in the channel's memory, in bytes. */
  byteOffset: number
  /** Length that was asked for, in bytes. */
  byteLength: number
  /** The bytes themselves. */
  readonly bytes: Uint8Array

  /** @internal */
  constructor(channelId: number, bytes: Uint8Array) {
    this.channelId = channelId
    this.byteOffset = bytes.byteOffset
    this.byteLength = bytes.byteLength
    this.bytes = bytes
  }

  /**
   * Makes this object stand for another piece of memory that the caller allocated from the same channel: for a
   * host that cuts large buffers up by itself and wants no object per request. `bytes` stays what it was.
   * Returns the object.
   */
  move(byteOffset: number, byteLength: number): this {
    this.byteOffset = byteOffset
    this.byteLength = byteLength
    return this
  }
}
