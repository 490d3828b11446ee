/**
 * File miniport: a disk image on a file system. Every SRB is an asynchronous file operation; several are under
 * way at once. Runs on: worker; the operations on libuv's threads (four, unless UV_THREADPOOL_SIZE says more).
 *
 * Parameters: path; bytes (makes or grows the file); readOnly; blockBytes (default 512). A last block that the
 * file only has in part reads as if zeros followed, and makes the file longer when it is written.
 *
 * Durable: a command with FUA completes, and a flush completes, after fdatasync. Once an fdatasync failed all
 * later ones fail: the kernel may have dropped what it could not write (every completion since is suspect).
 * Blocks are freed by punching holes where the file system and the `fallocate` program are there; otherwise
 * UNMAP is not offered and zeros are written. A file operation cannot be taken back: resets fail while one runs.
 */
import { fdatasync, read, write } from 'node:fs'
import {
  DISK_FLUSH,
  DISK_READ,
  DISK_UNMAP,
  DISK_WRITE,
  DISK_WRITE_SAME,
  DiskCommand,
  unmapBlocks,
  unmapDescriptorCount,
  unmapLba,
} from './disk-command.js'
import { closeDiskImage, openDiskImage } from './disk-image.js'
import { DiskMiniport } from './disk-miniport.js'
import { HolePuncher, WORTH_PUNCHING_BYTES } from './hole-puncher.js'
import type { AdapterDescription, Miniport, MiniportParameters, PortServices } from './miniport.js'
import {
  ASC_SPACE_ALLOCATION_FAILED,
  ASC_UNRECOVERED_READ_ERROR,
  ASC_WRITE_ERROR,
  ASC_WRITE_PROTECTED,
  SENSE_DATA_PROTECT,
  SENSE_MEDIUM_ERROR,
} from './scsi.js'
import { type Srb, SRB_STATUS_ERROR, SRB_STATUS_SUCCESS } from './srb.js'

const DEFAULT_BLOCK_BYTES = 512
const FILL_BYTES = 1 << 20
const NO_CLOSE = -1

type Failure = NodeJS.ErrnoException | null

/** One file operation: the SRB extension, with its callbacks made once. */
class FileCommand extends DiskCommand {
  /** Bytes moved so far. */
  moved = 0
  readonly onRead: (error: Failure, count: number) => void
  readonly onWritten: (error: Failure, count: number) => void
  readonly onSynced: (error: Failure) => void

  constructor(owner: FileMiniport, srb: Srb) {
    super()
    this.onRead = (error, count) => owner.readDone(srb, this, error, count)
    this.onWritten = (error, count) => owner.writeDone(srb, this, error, count)
    this.onSynced = (error) => owner.syncDone(srb, error)
  }
}

class FileMiniport extends DiskMiniport implements Miniport {
  #fd = NO_CLOSE
  #puncher: HolePuncher | undefined
  #hasLostData = false
  #pending = 0

  async HwFindAdapter(parameters: MiniportParameters): Promise<AdapterDescription> {
    const {
      path,
      bytes,
      readOnly = false,
      blockBytes = DEFAULT_BLOCK_BYTES,
    } = parameters as { path?: unknown; bytes?: number; readOnly?: boolean; blockBytes?: number }
    const { fd, sizeBytes } = await openDiskImage(path, bytes, readOnly)
    this.#fd = fd
    const puncher = new HolePuncher(fd)
    if (!readOnly && (await puncher.isUsable(sizeBytes))) this.#puncher = puncher
    return this.found({
      blockBytes,
      blockCount: Math.ceil(sizeBytes / blockBytes),
      isReadOnly: readOnly,
      canUnmap: this.#puncher !== undefined,
      product: 'File disk',
      serialNumber: 'file0',
    })
  }

  override HwMakeSrbExtension(srb: Srb): FileCommand {
    return new FileCommand(this, srb)
  }

  HwStartIo(srb: Srb): void {
    const command = srb.extension as FileCommand
    this.#pending++
    command.moved = 0
    switch (command.kind) {
      case DISK_READ:
        this.#readOn(srb, command)
        break
      case DISK_WRITE:
        this.#writeOn(srb, command)
        break
      case DISK_FLUSH:
        fdatasync(this.#fd, command.onSynced)
        break
      case DISK_WRITE_SAME:
        void this.#writeSame(srb, command)
        break
      case DISK_UNMAP:
        void this.#unmap(srb)
        break
      default:
        // A reset: nothing can be taken back, so it has only worked when nothing runs.
        this.#end(srb, this.#pending === 1 ? SRB_STATUS_SUCCESS : SRB_STATUS_ERROR)
    }
  }

  HwResetBus(): boolean {
    return this.#pending === 0
  }

  async HwAdapterControl(): Promise<void> {
    if (this.#fd === NO_CLOSE) return
    const fd = this.#fd
    this.#fd = NO_CLOSE
    await closeDiskImage(fd)
  }

  /** @internal */
  readDone(srb: Srb, command: FileCommand, error: Failure, count: number): void {
    if (error !== null) {
      this.#end(srb, srb.checkCondition(SENSE_MEDIUM_ERROR, ASC_UNRECOVERED_READ_ERROR))
      return
    }
    command.moved += count
    if (count === 0) srb.data.fill(0, command.moved)
    if (count === 0 || command.moved === command.length) this.#end(srb, SRB_STATUS_SUCCESS)
    else this.#readOn(srb, command)
  }

  /** @internal */
  writeDone(srb: Srb, command: FileCommand, error: Failure, count: number): void {
    if (error !== null) {
      this.#end(srb, writeFailure(srb, error))
      return
    }
    command.moved += count
    if (command.moved < command.length) this.#writeOn(srb, command)
    else if (command.forceUnitAccess) fdatasync(this.#fd, command.onSynced)
    else this.#end(srb, SRB_STATUS_SUCCESS)
  }

  /** @internal */
  syncDone(srb: Srb, error: Failure): void {
    if (error !== null) this.#hasLostData = true
    if (this.#hasLostData) this.#end(srb, srb.checkCondition(SENSE_MEDIUM_ERROR, ASC_WRITE_ERROR))
    else this.#end(srb, SRB_STATUS_SUCCESS)
  }

  #readOn(srb: Srb, command: FileCommand): void {
    const { moved, length, offset } = command
    read(this.#fd, srb.data, moved, length - moved, offset + moved, command.onRead)
  }

  #writeOn(srb: Srb, command: FileCommand): void {
    const { moved, length, offset } = command
    write(this.#fd, srb.data, moved, length - moved, offset + moved, command.onWritten)
  }

  async #writeSame(srb: Srb, { offset, length, pattern, mayUnmap }: FileCommand): Promise<void> {
    const isZero = pattern.length === 0
    const error =
      isZero && mayUnmap
        ? await this.#clear(offset, length)
        : await this.#fill(offset, length, fillPiece(pattern, length))
    this.#end(srb, error === null ? SRB_STATUS_SUCCESS : writeFailure(srb, error))
  }

  async #unmap(srb: Srb): Promise<void> {
    const { blockBytes } = this.model
    const list = srb.data.slice()
    const count = unmapDescriptorCount(list)
    for (let i = 0; i < count; i++) {
      const length = unmapBlocks(list, i) * blockBytes
      const error = await this.#clear(unmapLba(list, i) * blockBytes, length)
      if (error === null) continue
      this.#end(srb, writeFailure(srb, error))
      return
    }
    this.#end(srb, SRB_STATUS_SUCCESS)
  }

  /** Makes a range read as zeros: a hole where it is worth it, zeros otherwise. */
  async #clear(offset: number, length: number): Promise<Failure> {
    if (this.#puncher !== undefined && length >= WORTH_PUNCHING_BYTES) {
      if (await this.#puncher.punch(offset, length)) return null
    }
    return this.#fill(offset, length, fillPiece(new Uint8Array(0), length))
  }

  async #fill(offset: number, length: number, piece: Uint8Array): Promise<Failure> {
    for (let done = 0; done < length;) {
      const count = Math.min(piece.length, length - done)
      const result = await this.#writePiece(piece, count, offset + done)
      if (typeof result !== 'number') return result
      done += result
    }
    return null
  }

  #writePiece(piece: Uint8Array, count: number, position: number): Promise<number | Failure> {
    return new Promise((resolve) => {
      write(this.#fd, piece, 0, count, position, (error, written) => resolve(error ?? written))
    })
  }

  #end(srb: Srb, srbStatus: number): void {
    this.#pending--
    this.port.requestComplete(srb, srbStatus)
  }
}

/** The pattern, repeated to a piece of at most FILL_BYTES; zeros for none. */
function fillPiece(pattern: Uint8Array, length: number): Uint8Array {
  const piece = new Uint8Array(Math.min(FILL_BYTES, length))
  if (pattern.length === 0) return piece
  for (let at = 0; at < piece.length; at += pattern.length) piece.set(pattern, at)
  return piece
}

function writeFailure(srb: Srb, { code }: NodeJS.ErrnoException): number {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return srb.checkCondition(SENSE_DATA_PROTECT, ASC_SPACE_ALLOCATION_FAILED)
    case 'EROFS':
      return srb.checkCondition(SENSE_DATA_PROTECT, ASC_WRITE_PROTECTED)
    default:
      return srb.checkCondition(SENSE_MEDIUM_ERROR, ASC_WRITE_ERROR)
  }
}

export default function fileMiniport(port: PortServices): Miniport {
  return new FileMiniport(port)
}
