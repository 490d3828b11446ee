/**
 * IRP sender: makes IRPs of a client's commands on its channel. Runs on: host. HOT: read, write.
 *
 * Plain reads, writes and flushes are requests of those names; what those cannot say (forced writes, trim,
 * zeroes) goes as an SRB by pass-through, described in the command's own place of the scratch memory.
 * Every method answers with a handle, or with a negative NTSTATUS: STATUS_INSUFFICIENT_RESOURCES when no slot is free.
 */
import { type Channel, ChannelBuffer, type IrpFile } from '../index.js'
import {
  IOCTL_STORAGE_SRB_OUT,
  PASS_THROUGH_BYTES,
  passThroughCdb,
  SRB_FLAGS_NO_QUEUE_FREEZE,
  SRB_FUNCTION_EXECUTE_SCSI,
  UNMAP_LIST_BYTES,
  writePassThrough,
  writeUnmapCdb,
  writeUnmapList,
  writeWriteCdb,
  writeZeroesCdb,
} from '../pairs/storage/index.js'
import { SCRATCH_BYTES, type TransmissionMemory } from './transmission-memory.js'

export class IrpSender {
  readonly #channel: Channel
  readonly #file: IrpFile
  readonly #scratch: ChannelBuffer
  readonly #blockBytes: number
  /** Stand for the buffers of the IRP that is being prepared. */
  readonly #span: ChannelBuffer
  readonly #dataSpan: ChannelBuffer

  constructor(channel: Channel, file: IrpFile, memory: TransmissionMemory, blockBytes: number) {
    this.#channel = channel
    this.#file = file
    this.#scratch = memory.scratch
    this.#blockBytes = blockBytes
    this.#span = new ChannelBuffer(channel.id, memory.input.bytes)
    this.#dataSpan = new ChannelBuffer(channel.id, memory.input.bytes)
  }

  read(context: number, position: number, offset: number, length: number): number {
    const span = this.#span.move(position, length)
    return this.#channel.prepareRead(this.#file, span, length, offset, context)
  }

  write(context: number, position: number, offset: number, length: number): number {
    const span = this.#span.move(position, length)
    return this.#channel.prepareWrite(this.#file, span, length, offset, context)
  }

  flush(context: number): number {
    return this.#channel.prepareFlush(this.#file, context)
  }

  /** A write that has reached the medium when it ends. One at a time for each command. */
  forcedWrite(
    command: number,
    context: number,
    position: number,
    offset: number,
    length: number,
  ): number {
    const blocks = length / this.#blockBytes
    const cdb = passThroughCdb(this.#description(command))
    const cdbLength = writeWriteCdb(cdb, offset / this.#blockBytes, blocks, true)
    const data = this.#dataSpan.move(position, length)
    return this.#srb(command, context, cdbLength, data, length)
  }

  trim(command: number, context: number, offset: number, length: number): number {
    const description = this.#description(command)
    const listAt = command * SCRATCH_BYTES + PASS_THROUGH_BYTES
    const list = this.#scratch.bytes.subarray(listAt, listAt + UNMAP_LIST_BYTES)
    writeUnmapList(list, offset / this.#blockBytes, length / this.#blockBytes)
    const cdbLength = writeUnmapCdb(passThroughCdb(description), UNMAP_LIST_BYTES)
    const data = this.#dataSpan.move(this.#scratch.byteOffset + listAt, UNMAP_LIST_BYTES)
    return this.#srb(command, context, cdbLength, data, UNMAP_LIST_BYTES)
  }

  zeroes(
    command: number,
    context: number,
    offset: number,
    length: number,
    mayUnmap: boolean,
  ): number {
    const cdb = passThroughCdb(this.#description(command))
    const blocks = length / this.#blockBytes
    const cdbLength = writeZeroesCdb(cdb, offset / this.#blockBytes, blocks, mayUnmap)
    return this.#srb(command, context, cdbLength, null, 0)
  }

  /** The command's place for the description of an SRB. */
  #description(command: number): Uint8Array {
    const at = command * SCRATCH_BYTES
    return this.#scratch.bytes.subarray(at, at + PASS_THROUGH_BYTES)
  }

  /** Sends the SRB whose CDB is in the command's description. */
  #srb(
    command: number,
    context: number,
    cdbLength: number,
    data: ChannelBuffer | null,
    dataBytes: number,
  ): number {
    const flags = SRB_FLAGS_NO_QUEUE_FREEZE
    const description = this.#description(command)
    writePassThrough(description, SRB_FUNCTION_EXECUTE_SCSI, 0, cdbLength, flags, 0)
    const at = this.#scratch.byteOffset + command * SCRATCH_BYTES
    const input = this.#span.move(at, PASS_THROUGH_BYTES)
    return this.#channel.prepareIoctl(
      this.#file,
      IOCTL_STORAGE_SRB_OUT,
      input,
      PASS_THROUGH_BYTES,
      data,
      dataBytes,
      context,
    )
  }
}
