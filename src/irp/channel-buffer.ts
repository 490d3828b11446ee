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

  /** @internal Makes this object stand for another piece of the channel's memory; returns it. */
  move(byteOffset: number, byteLength: number): this {
    this.byteOffset = byteOffset
    this.byteLength = byteLength
    return this
  }
}
