/**
 * RAM miniport: a disk in memory. Completes everything inside HwStartIo. Runs on: worker.
 *
 * Parameters: `store`, what createSharedMemory returned: the bytes then outlive the worker; or bytes (size,
 * default 1 GiB) and memoryLimitBytes (default 8 GiB) for memory that dies with it. blockBytes (default 512).
 */
import type { DiskModel } from './disk-answers.js'
import {
  decodeDiskCommand,
  DISK_READ,
  DISK_UNMAP,
  DISK_WRITE,
  DISK_WRITE_SAME,
  DiskCommand,
  unmapBlocks,
  unmapDescriptorCount,
  unmapLba,
} from './disk-command.js'
import type { DiskStore } from './disk-store.js'
import type { AdapterDescription, Miniport, MiniportParameters, PortServices } from './miniport.js'
import { PrivateMemory } from './private-memory.js'
import { ASC_SPACE_ALLOCATION_FAILED, SENSE_DATA_PROTECT } from './scsi.js'
import { type SharedMemoryDescriptor, SharedSparseMemory } from './shared-sparse-memory.js'
import { type Srb, SRB_STATUS_PENDING, SRB_STATUS_SUCCESS } from './srb.js'

const DEFAULT_BYTES = 2 ** 30
const DEFAULT_LIMIT_BYTES = 2 ** 33
const DEFAULT_BLOCK_BYTES = 512
const QUEUE_DEPTH = 254
const MAX_TRANSFER_BYTES = 2 ** 28
const MAX_UNMAP_DESCRIPTORS = 256
/** WRITE SAME of a pattern goes in pieces of about that size. */
const PATTERN_BYTES = 65_536

class RamMiniport implements Miniport {
  readonly #port: PortServices
  #store!: DiskStore
  #model!: DiskModel

  constructor(port: PortServices) {
    this.#port = port
  }

  HwFindAdapter(parameters: MiniportParameters): AdapterDescription {
    const { blockBytes = DEFAULT_BLOCK_BYTES, readOnly = false } = parameters as {
      blockBytes?: number
      readOnly?: boolean
    }
    this.#store = storeFor(parameters)
    this.#model = {
      blockBytes,
      blockCount: Math.floor(this.#store.sizeBytes / blockBytes),
      isReadOnly: readOnly,
      canUnmap: true,
      maximumTransferBytes: MAX_TRANSFER_BYTES,
      maximumUnmapDescriptors: MAX_UNMAP_DESCRIPTORS,
      product: 'RAM disk',
      serialNumber: 'ram0',
      unitCount: 1,
    }
    const { blockCount } = this.#model
    return {
      units: [{ blockBytes, blockCount, queueDepth: QUEUE_DEPTH }],
      maximumTransferBytes: MAX_TRANSFER_BYTES,
    }
  }

  HwMakeSrbExtension(): DiskCommand {
    return new DiskCommand()
  }

  HwBuildIo(srb: Srb): boolean {
    const status = decodeDiskCommand(this.#model, srb, srb.extension as DiskCommand)
    if (status === SRB_STATUS_PENDING) return true
    this.#port.requestComplete(srb, status)
    return false
  }

  HwStartIo(srb: Srb): void {
    const command = srb.extension as DiskCommand
    this.#port.requestComplete(srb, this.#run(srb, command))
  }

  /** Nothing is ever outstanding here. */
  HwResetBus(): boolean {
    return true
  }

  #run(srb: Srb, command: DiskCommand): number {
    const { offset, length } = command
    switch (command.kind) {
      case DISK_READ:
        this.#store.read(offset, srb.data)
        return SRB_STATUS_SUCCESS
      case DISK_WRITE:
        return this.#store.write(offset, srb.data) ? SRB_STATUS_SUCCESS : full(srb)
      case DISK_WRITE_SAME:
        if (command.pattern.length !== 0) return this.#writeSame(srb, command)
        if (!command.mayUnmap) return this.#writeZeros(srb, command)
        this.#store.discard(offset, length)
        return SRB_STATUS_SUCCESS
      case DISK_UNMAP:
        this.#unmap(srb.data)
        return SRB_STATUS_SUCCESS
      default:
        // A flush or a reset: everything is where it belongs already.
        return SRB_STATUS_SUCCESS
    }
  }

  #writeSame(srb: Srb, { offset, length, pattern }: DiskCommand): number {
    const repeats = Math.max(1, Math.floor(PATTERN_BYTES / pattern.length))
    const piece = new Uint8Array(repeats * pattern.length)
    for (let i = 0; i < repeats; i++) piece.set(pattern, i * pattern.length)
    return this.#repeat(offset, length, piece) ? SRB_STATUS_SUCCESS : full(srb)
  }

  /** Zeros that stay: the caller wants room to be there for what it writes later. */
  #writeZeros(srb: Srb, { offset, length }: DiskCommand): number {
    return this.#repeat(offset, length, new Uint8Array(PATTERN_BYTES))
      ? SRB_STATUS_SUCCESS
      : full(srb)
  }

  #repeat(offset: number, length: number, piece: Uint8Array): boolean {
    for (let done = 0; done < length; done += piece.length) {
      const count = Math.min(piece.length, length - done)
      if (!this.#store.write(offset + done, piece.subarray(0, count))) return false
    }
    return true
  }

  #unmap(list: Uint8Array): void {
    const { blockBytes } = this.#model
    const count = unmapDescriptorCount(list)
    for (let i = 0; i < count; i++) {
      this.#store.discard(unmapLba(list, i) * blockBytes, unmapBlocks(list, i) * blockBytes)
    }
  }
}

function full(srb: Srb): number {
  return srb.checkCondition(SENSE_DATA_PROTECT, ASC_SPACE_ALLOCATION_FAILED)
}

function storeFor(parameters: MiniportParameters): DiskStore {
  const {
    store,
    bytes = DEFAULT_BYTES,
    memoryLimitBytes = DEFAULT_LIMIT_BYTES,
  } = parameters as {
    store?: SharedMemoryDescriptor
    bytes?: number
    memoryLimitBytes?: number
  }
  return store === undefined
    ? new PrivateMemory(bytes, memoryLimitBytes)
    : new SharedSparseMemory(store)
}

export default function ramMiniport(port: PortServices): Miniport {
  return new RamMiniport(port)
}
