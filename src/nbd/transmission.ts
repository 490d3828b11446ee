/**
 * Transmission: the phase of a connection in which a client sends its requests. Bytes → commands → IRPs → replies.
 * Runs on: host. HOT: received, poll.
 *
 * Invariants: a command is answered once, in whatever order IRPs end. What has no room (command, slot, reply,
 * segment) stays unparsed, and the socket is not read: so memory is fixed, however much a client sends. A
 * command is accepted when its header has been parsed; accepted ones are finished even if the server closes.
 */
import { type Channel, STATUS_INSUFFICIENT_RESOURCES, STATUS_SUCCESS } from '../index.js'
import { BriefWait } from './brief-wait.js'
import { checkCommand } from './command-check.js'
import { CommandSteps } from './command-steps.js'
import {
  commandOf,
  CommandTable,
  contextOf,
  NO_SEGMENT,
  segmentOfContext,
} from './command-table.js'
import { InputSegments } from './input-segments.js'
import { IrpSender } from './irp-sender.js'
import { nbdErrorOf } from './nbd-error.js'
import {
  CMD_DISC,
  CMD_FLAG_FUA,
  CMD_FLUSH,
  CMD_READ,
  CMD_WRITE,
  NBD_EIO,
  REQUEST_BYTES,
  REQUEST_MAGIC,
} from './protocol.js'
import { ReplyWriter } from './reply-writer.js'
import type { ServerStatistics } from './server-statistics.js'
import type { ByteSink } from './socket-reader.js'
import type { TransmissionOptions } from './transmission-options.js'
import { RequestHeader } from './wire.js'

/** The socket is given another segment rather than less room than that. */
const LEAST_ROOM_BYTES = 32_768
const NO_COMMAND = -1
const REQUEST_MAGIC_WORD = REQUEST_MAGIC | 0

/** What came of a step of the parser. */
const STEP_DONE = 0
const STEP_NEEDS_BYTES = 1
const STEP_STALLED = 2

export class Transmission implements ByteSink {
  readonly #options: TransmissionOptions
  readonly #channel: Channel
  readonly #statistics: ServerStatistics
  readonly #blockBytes: number
  readonly #commands: CommandTable
  readonly #segments: InputSegments
  readonly #sender: IrpSender
  readonly #replies: ReplyWriter
  /** Where the input lies in the channel's memory. */
  readonly #inputAt: number
  readonly #steps: CommandSteps
  readonly #header = new RequestHeader()
  /** Commands whose next step found no slot. */
  readonly #stepsDue: number[] = []
  /** The write whose data are coming in, how many bytes still, and where they go. */
  #incoming = NO_COMMAND
  #incomingBytes = 0
  #incomingOffset = 0
  #incomingIsForced = false
  /** Something had no room; the socket is not read. */
  #isStalled = false
  #isLeaving = false
  #isDrained = false
  #nowMs = 0
  readonly #briefWait = new BriefWait()

  constructor(options: TransmissionOptions) {
    const { channel, memory, file, socket, isStructured } = options
    this.#options = options
    this.#channel = channel
    this.#statistics = options.statistics
    this.#blockBytes = options.subject.blockBytes
    this.#commands = new CommandTable(memory.commandCount)
    this.#segments = new InputSegments(memory.input.bytes, memory.segmentCount)
    this.#sender = new IrpSender(channel, file, memory, this.#blockBytes)
    this.#inputAt = memory.input.byteOffset
    this.#steps = new CommandSteps(this.#commands, this.#sender, memory, this.#blockBytes)
    const onRoom = (): void => {
      this.#goOn()
      this.#lookWhetherDrained()
    }
    this.#replies = new ReplyWriter(this.#commands, channel, memory, socket, isStructured, onRoom)
  }

  /** Commands that are not answered. */
  get inFlight(): number {
    return this.#commands.inUse
  }

  /** The device has IRPs. */
  get isWaiting(): boolean {
    return this.#channel.inFlight > 0
  }

  // ByteSink

  get hasPlace(): boolean {
    return !this.#isStalled && this.#wantsBytes && this.#segments.room > 0
  }

  place(): Uint8Array {
    const { bytes, writeAt, room } = this.#segments
    return bytes.subarray(writeAt, writeAt + room)
  }

  received(count: number): void {
    this.#segments.writeAt += count
    this.#nowMs = performance.now()
    this.#parse()
    if (this.isWaiting && this.#briefWait.hasNews(this.#channel)) this.poll()
  }

  /** Takes no further command; what was accepted goes on, and a write's data still come in. */
  leave(): void {
    this.#isLeaving = true
    this.#lookWhetherDrained()
  }

  /** As `leave`, but nothing more will come: a write whose data are not all here fails. */
  abandon(): void {
    this.#isLeaving = true
    const command = this.#incoming
    if (command !== NO_COMMAND) {
      this.#commands.error[command] ||= NBD_EIO
      this.#payloadEnded()
      this.#replies.flush()
    }
    this.#lookWhetherDrained()
  }

  /** The socket has gone, nothing is out: gives back what replies held that nobody took. */
  dispose(): void {
    this.#replies.dispose()
  }

  /** Reaps, answers, and goes on with what had no room. Returns how many IRPs had ended. */
  poll(): number {
    const count = this.#channel.reapBatch(this.#commands.capacity, this.#onBatch)
    if (count === 0) return 0
    if (this.#stepsDue.length !== 0) this.#retrySteps()
    this.#goOn()
    this.#replies.flush()
    this.#lookWhetherDrained()
    return count
  }

  readonly #onBatch = (batch: Int32Array, count: number): void => {
    this.#nowMs = performance.now()
    for (let i = 0; i < count; i++) {
      const context = batch[4 * i] as number
      const status = batch[4 * i + 1] as number
      const command = commandOf(context)
      const segment = segmentOfContext(context)
      if (segment !== NO_SEGMENT) this.#segments.release(segment)
      if (status < 0) this.#commands.error[command] ||= nbdErrorOf(status)
      this.#partEnded(command)
    }
  }

  /** The last command may still wait for its data when no other is taken. */
  get #wantsBytes(): boolean {
    return !this.#isLeaving || this.#incoming !== NO_COMMAND
  }

  /** There may be room for what had none. */
  #goOn(): void {
    if (!this.#isStalled || !this.#wantsBytes) return
    this.#isStalled = false
    this.#parse()
    if (!this.#isStalled) this.#options.onRoom()
  }

  #parse(): void {
    let step = STEP_DONE
    while (step === STEP_DONE && this.#wantsBytes) {
      step = this.#incoming === NO_COMMAND ? this.#takeRequest() : this.#takePayload()
    }
    if (step === STEP_STALLED) this.#isStalled = true
    if (this.#channel.staged > 0) this.#submit()
    this.#replies.flush()
    if (this.#isLeaving) this.#lookWhetherDrained()
  }

  #submit(): void {
    if (this.#channel.submit() < 0) this.#leaveFor(false)
    else this.#options.onSubmitted()
  }

  #leaveFor(isProtocolError: boolean): void {
    this.#isLeaving = true
    this.#options.onLeave(isProtocolError)
  }

  #lookWhetherDrained(): void {
    if (!this.#isLeaving || this.#isDrained) return
    if (this.#commands.inUse !== 0 || this.#replies.pendingBytes !== 0) return
    this.#isDrained = true
    this.#options.onDrained()
  }

  // Commands

  #takeRequest(): number {
    const segments = this.#segments
    if (segments.unparsed < REQUEST_BYTES) return this.#makeRoom()
    const header = this.#header
    header.read(segments.bytes, segments.parseAt)
    if (header.magic !== REQUEST_MAGIC_WORD || header.type === CMD_DISC) {
      this.#leaveFor(header.magic !== REQUEST_MAGIC_WORD)
      return STEP_DONE
    }
    const command = this.#commands.acquire(header, this.#nowMs)
    if (command < 0) return STEP_STALLED
    const { subject, maximumPayloadBytes } = this.#options
    const error = checkCommand(header, subject, maximumPayloadBytes)
    const isRead = header.type === CMD_READ
    if (!this.#replies.reserve(command, isRead, isRead && error === 0 ? header.length : 0)) {
      this.#commands.release(command)
      return STEP_STALLED
    }
    if (error !== 0) this.#refuse(command, error)
    else if (!this.#start(command)) {
      this.#replies.unreserve(command)
      this.#commands.release(command)
      return STEP_STALLED
    }
    segments.parseAt += REQUEST_BYTES
    return STEP_DONE
  }

  /** Sends the command's IRP. False when there is no slot for it. */
  #start(command: number): boolean {
    const { type, flags, offset, length } = this.#header
    const sender = this.#sender
    const context = contextOf(command, NO_SEGMENT)
    if (type === CMD_FLUSH) return this.#out(command, sender.flush(context))
    if (length === 0) {
      this.#answerNow(command)
      return true
    }
    switch (type) {
      case CMD_READ: {
        const position = this.#replies.dataPosition(command)
        return this.#out(command, sender.read(context, position, offset, length))
      }
      case CMD_WRITE:
        this.#expectPayload(command, (flags & CMD_FLAG_FUA) !== 0)
        return true
      default: {
        // Trim or zeroes: the check lets nothing else pass.
        const handle = this.#steps.begin(command, this.#header)
        if (handle !== null) return this.#out(command, handle)
        this.#answerNow(command)
        return true
      }
    }
  }

  /** Answers with an error; a write's data are thrown away first. */
  #refuse(command: number, error: number): void {
    this.#commands.error[command] = error
    const { type, length } = this.#header
    if (type === CMD_WRITE && length > 0) this.#expectPayload(command, false)
    else this.#answerNow(command)
  }

  #answerNow(command: number): void {
    this.#commands.parts[command] = 1
    this.#partEnded(command)
  }

  /** Counts a part that has been prepared. False when there was no slot; any other refusal is an error. */
  #out(command: number, handle: number): boolean {
    if (handle === STATUS_INSUFFICIENT_RESOURCES) return false
    this.#commands.parts[command]!++
    if (handle < STATUS_SUCCESS) {
      this.#commands.error[command] ||= nbdErrorOf(handle)
      this.#partEnded(command)
    }
    return true
  }

  // Data of writes

  #expectPayload(command: number, isForced: boolean): void {
    this.#commands.parts[command] = 1
    this.#incoming = command
    this.#incomingBytes = this.#header.length
    this.#incomingOffset = this.#header.offset
    this.#incomingIsForced = isForced && this.#steps.canForce(command)
  }

  #takePayload(): number {
    const segments = this.#segments
    const command = this.#incoming
    if (this.#commands.error[command] !== 0) return this.#dropPayload()
    let length = this.#incomingBytes
    // What does not fit the segment goes as several writes, each to the end of a block.
    const { piece } = segments
    if (length > piece) length = piece - ((this.#incomingOffset + piece) % this.#blockBytes)
    if (length <= 0) return segments.advance() ? STEP_DONE : STEP_STALLED
    if (segments.unparsed < length) return STEP_NEEDS_BYTES
    if (!this.#startWrite(command, length)) return STEP_STALLED
    segments.parseAt += length
    this.#incomingOffset += length
    this.#incomingBytes -= length
    if (this.#incomingBytes === 0) this.#payloadEnded()
    return STEP_DONE
  }

  #startWrite(command: number, length: number): boolean {
    const segments = this.#segments
    // The description of a forced part lies in the command's place until the part has ended.
    const isForced = this.#incomingIsForced
    if (isForced && (this.#commands.parts[command] as number) > 1) return false
    const segment = segments.use()
    const context = contextOf(command, segment)
    const position = this.#inputAt + segments.parseAt
    const offset = this.#incomingOffset
    const handle = isForced
      ? this.#sender.forcedWrite(command, context, position, offset, length)
      : this.#sender.write(context, position, offset, length)
    if (handle < STATUS_SUCCESS) segments.release(segment)
    return this.#out(command, handle)
  }

  #dropPayload(): number {
    const segments = this.#segments
    const count = Math.min(this.#incomingBytes, segments.unparsed)
    segments.parseAt += count
    this.#incomingBytes -= count
    if (this.#incomingBytes > 0) return this.#makeRoom()
    this.#payloadEnded()
    return STEP_DONE
  }

  #payloadEnded(): void {
    const command = this.#incoming
    this.#incoming = NO_COMMAND
    this.#partEnded(command)
  }

  /** Before more bytes are waited for: gives the socket a fair piece of memory. */
  #makeRoom(): number {
    const segments = this.#segments
    segments.rewind()
    if (segments.room >= LEAST_ROOM_BYTES || segments.advance()) return STEP_NEEDS_BYTES
    return segments.room > 0 ? STEP_NEEDS_BYTES : STEP_STALLED
  }

  // Ends

  #partEnded(command: number): void {
    const commands = this.#commands
    if (--commands.parts[command]! > 0) return
    if (commands.due[command] !== 0 && commands.error[command] === 0) {
      this.#nextStep(command)
      return
    }
    this.#replies.answer(command)
    this.#statistics.answered(
      commands.type[command] as number,
      commands.length[command] as number,
      commands.error[command] as number,
      (this.#nowMs - (commands.startedMs[command] as number)) * 1000,
    )
    commands.release(command)
  }

  /** What is due of a command whose parts have ended: one step at a time. */
  #nextStep(command: number): void {
    if (!this.#out(command, this.#steps.next(command))) this.#stepsDue.push(command)
    else if (this.#channel.staged > 0) this.#submit()
  }

  #retrySteps(): void {
    for (const command of this.#stepsDue.splice(0)) this.#nextStep(command)
  }
}
