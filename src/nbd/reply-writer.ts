/**
 * Reply writer: finds room for a command's reply before the command is sent, puts the reply together when the
 * command has ended, and hands it to the socket. Runs on: host. HOT: reserve, answer.
 *
 * The data of a read lie behind the place of its header, where the worker puts them, or in a block of their own if
 * they are long. Invariant: what was reserved is given back once: by `unreserve`, or when the socket took it.
 */
import type { Socket } from 'node:net'
import type { Channel, ChannelBuffer } from '../index.js'
import type { CommandTable } from './command-table.js'
import { CMD_READ, DATA_CHUNK_BYTES, ERROR_CHUNK_BYTES, SIMPLE_REPLY_BYTES } from './protocol.js'
import { ReplyArea } from './reply-area.js'
import { ReplyStream } from './reply-stream.js'
import type { TransmissionMemory } from './transmission-memory.js'
import { putDataChunk, putErrorChunk, putSimpleReply } from './wire.js'

export class ReplyWriter {
  readonly #commands: CommandTable
  readonly #channel: Channel
  readonly #memory: TransmissionMemory
  readonly #isStructured: boolean
  readonly #readHeaderBytes: number
  readonly #area: ReplyArea
  readonly #stream: ReplyStream
  readonly #bytes: Uint8Array
  /** Blocks for the data of long reads, by position. */
  readonly #blocks = new Map<number, ChannelBuffer>()

  /** `onRoom` is called when the socket has taken replies. */
  constructor(
    commands: CommandTable,
    channel: Channel,
    memory: TransmissionMemory,
    socket: Socket,
    isStructured: boolean,
    onRoom: () => void,
  ) {
    this.#commands = commands
    this.#channel = channel
    this.#memory = memory
    this.#isStructured = isStructured
    this.#readHeaderBytes = isStructured ? DATA_CHUNK_BYTES : SIMPLE_REPLY_BYTES
    const { replies, replySegmentBytes, replySegmentCount } = memory
    this.#area = new ReplyArea(replies.byteOffset, replySegmentBytes, replySegmentCount)
    this.#bytes = memory.all
    const giveBack = (position: number, length: number): void => this.#giveBack(position, length)
    this.#stream = new ReplyStream(socket, memory.shared, giveBack, onRoom)
  }

  /** Bytes that the socket has and the system has not taken. */
  get pendingBytes(): number {
    return this.#stream.pendingBytes
  }

  /** Room for the reply to a command that will move `dataBytes` to the client. False when there is none. */
  reserve(command: number, isRead: boolean, dataBytes: number): boolean {
    const commands = this.#commands
    let replyBytes = isRead ? this.#readHeaderBytes : SIMPLE_REPLY_BYTES
    if (dataBytes > this.#memory.joinedReplyBytes) {
      const block = this.#allocateBlock(dataBytes)
      if (block < 0) return false
      commands.blockAt[command] = block
    } else {
      replyBytes += dataBytes
    }
    const replyAt = this.#area.reserve(replyBytes)
    if (replyAt < 0) {
      this.#freeBlockOf(command)
      return false
    }
    commands.replyAt[command] = replyAt
    commands.replyBytes[command] = replyBytes
    return true
  }

  /** Gives the room back: the command could not be sent. */
  unreserve(command: number): void {
    const { replyAt, replyBytes } = this.#commands
    this.#freeBlockOf(command)
    this.#area.release(replyAt[command] as number, replyBytes[command] as number)
  }

  /** Where the data of a read go; a position in the channel's memory. */
  dataPosition(command: number): number {
    const { blockAt, replyAt } = this.#commands
    const block = blockAt[command] as number
    return block !== 0 ? block : (replyAt[command] as number) + this.#readHeaderBytes
  }

  /** Puts the reply together and queues it for `flush`. */
  answer(command: number): void {
    const commands = this.#commands
    const isRead = commands.type[command] === CMD_READ
    const error = commands.error[command] as number
    const headerBytes = this.#putHeader(command, isRead, error)
    this.#queue(
      command,
      headerBytes,
      isRead && error === 0 ? (commands.length[command] as number) : 0,
    )
  }

  /** Hands what was answered since the last time to the socket. */
  flush(): void {
    this.#stream.flush()
  }

  /** The socket has gone: gives back what nobody will take any more. */
  dispose(): void {
    for (const position of this.#blocks.keys()) this.#freeBlockAt(position)
  }

  #putHeader(command: number, isRead: boolean, error: number): number {
    const { replyAt, cookieHi, cookieLo, offset, length } = this.#commands
    const bytes = this.#bytes
    const at = replyAt[command] as number
    const high = cookieHi[command] as number
    const low = cookieLo[command] as number
    if (!isRead || !this.#isStructured) {
      putSimpleReply(bytes, at, error, high, low)
      return SIMPLE_REPLY_BYTES
    }
    if (error !== 0) {
      putErrorChunk(bytes, at, error, high, low)
      return ERROR_CHUNK_BYTES
    }
    putDataChunk(bytes, at, offset[command] as number, length[command] as number, high, low)
    return DATA_CHUNK_BYTES
  }

  #queue(command: number, headerBytes: number, dataBytes: number): void {
    const { blockAt, replyAt, replyBytes } = this.#commands
    const at = replyAt[command] as number
    const block = blockAt[command] as number
    let used = headerBytes
    if (block === 0) {
      used += dataBytes
      this.#stream.add(at, used, this.#isWithinSegment(at))
    } else {
      this.#stream.add(at, used, false)
      if (dataBytes > 0) this.#stream.add(block, dataBytes, false)
      else this.#freeBlockAt(block)
    }
    const rest = (replyBytes[command] as number) - used
    if (rest > 0) this.#area.release(at + used, rest)
  }

  /** A segment's first reply may follow another segment's last one in memory, but not in one piece. */
  #isWithinSegment(position: number): boolean {
    const { replies, replySegmentBytes } = this.#memory
    return (position - replies.byteOffset) % replySegmentBytes !== 0
  }

  #allocateBlock(length: number): number {
    try {
      const block = this.#channel.allocate(length)
      this.#blocks.set(block.byteOffset, block)
      return block.byteOffset
    } catch {
      return -1
    }
  }

  #freeBlockOf(command: number): void {
    const position = this.#commands.blockAt[command] as number
    if (position !== 0) this.#freeBlockAt(position)
    this.#commands.blockAt[command] = 0
  }

  #freeBlockAt(position: number): void {
    const block = this.#blocks.get(position)
    if (block === undefined) return
    this.#blocks.delete(position)
    this.#channel.free(block)
  }

  #giveBack(position: number, length: number): void {
    const { byteOffset, byteLength } = this.#memory.replies
    const isReply = position >= byteOffset && position < byteOffset + byteLength
    if (isReply) this.#area.release(position, length)
    else this.#freeBlockAt(position)
  }
}
