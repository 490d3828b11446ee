/**
 * Command steps: commands that take more than one IRP in a row: trim and zeroes of ranges that are no whole blocks,
 * and what has to reach the medium but cannot say so itself. Runs on: host.
 *
 * A step is sent when the IRPs before it have ended well; `due` in the command table says which are left.
 */
import { BlockRange } from './block-range.js'
import {
  type CommandTable,
  contextOf,
  DUE_FLUSH,
  DUE_HEAD,
  DUE_TAIL,
  NO_SEGMENT,
} from './command-table.js'
import type { IrpSender } from './irp-sender.js'
import { CMD_FLAG_FUA, CMD_FLAG_NO_HOLE, CMD_TRIM } from './protocol.js'
import { STATUS_INSUFFICIENT_RESOURCES } from '../index.js'
import type { TransmissionMemory } from './transmission-memory.js'
import type { RequestHeader } from './wire.js'

export class CommandSteps {
  readonly #commands: CommandTable
  readonly #sender: IrpSender
  readonly #blockBytes: number
  readonly #zerosAt: number
  readonly #range = new BlockRange()

  constructor(
    commands: CommandTable,
    sender: IrpSender,
    memory: TransmissionMemory,
    blockBytes: number,
  ) {
    this.#commands = commands
    this.#sender = sender
    this.#blockBytes = blockBytes
    this.#zerosAt = memory.zeros.byteOffset
  }

  /** Sends the whole blocks of a trim or of zeroes. Returns the handle or refusal, null if there are no such blocks. */
  begin(command: number, { type, flags, offset, length }: RequestHeader): number | null {
    const range = this.#range
    range.set(offset, length, this.#blockBytes)
    let due = (flags & CMD_FLAG_FUA) !== 0 ? DUE_FLUSH : 0
    const isTrim = type === CMD_TRIM
    // What a trim leaves at its edges may stay as it is.
    if (!isTrim && range.headBytes > 0) due |= DUE_HEAD
    if (!isTrim && range.tailBytes > 0) due |= DUE_TAIL
    this.#commands.due[command] = due
    const { from, wholeBytes } = range
    if (wholeBytes === 0) return null
    const context = contextOf(command, NO_SEGMENT)
    if (isTrim) return this.#sender.trim(command, context, from, wholeBytes)
    const mayUnmap = (flags & CMD_FLAG_NO_HOLE) === 0
    return this.#sender.zeroes(command, context, from, wholeBytes, mayUnmap)
  }

  /** Whether a write can be forced as it is: SCSI forces whole blocks. If not, a flush is due after it. */
  canForce(command: number): boolean {
    const { offset, length, due } = this.#commands
    this.#range.set(offset[command] as number, length[command] as number, this.#blockBytes)
    if (this.#range.isAligned) return true
    due[command] = DUE_FLUSH
    return false
  }

  /** Sends the next step that is due. Returns the handle, or the refusal; when there was no slot it stays due. */
  next(command: number): number {
    const { due } = this.#commands
    const before = due[command] as number
    const step = before & -before
    const handle = this.#send(command, step)
    if (handle !== STATUS_INSUFFICIENT_RESOURCES) due[command] = before & ~step
    return handle
  }

  #send(command: number, step: number): number {
    const { offset, length } = this.#commands
    const context = contextOf(command, NO_SEGMENT)
    if (step === DUE_FLUSH) return this.#sender.flush(context)
    const start = offset[command] as number
    const range = this.#range
    range.set(start, length[command] as number, this.#blockBytes)
    return step === DUE_HEAD
      ? this.#sender.write(context, this.#zerosAt, start, range.headBytes)
      : this.#sender.write(context, this.#zerosAt, range.to, range.tailBytes)
  }
}
