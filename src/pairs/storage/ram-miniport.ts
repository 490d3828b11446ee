/**
 * RAM miniport: a disk in memory. Completes everything inside HwStartIo. Runs on: worker.
 *
 * Parameters: `store`, what createSharedMemory returned: the bytes then outlive the worker; or bytes (size,
 * default 1 GiB) and memoryLimitBytes (default 8 GiB) for memory that dies with it. blockBytes (default 512).
 */
import {
  DISK_READ,
  DISK_UNMAP,
  DISK_WRITE,
  DISK_WRITE_SAME,
  type DiskCommand,
  unmapBlocks,
  unmapDescriptorCount,
  unmapLba,
} from './disk-command.js'
import { DiskMiniport } from './disk-miniport.js'
import type { DiskStore } from './disk-store.js'
import type { AdapterDescription, Miniport, MiniportParameters, PortServices } from './miniport.js'
import { PrivateMemory } from './private-memory.js'
import { ASC_SPACE_ALLOCATION_FAILED, SENSE_DATA_PROTECT } from './scsi.js'
import { type SharedMemoryDescriptor, SharedSparseMemory } from './shared-sparse-memory.js'
import { type Srb, SRB_STATUS_SUCCESS } from './srb.js'

const DEFAULT_BYTES = 2 ** 30
const DEFAULT_LIMIT_BYTES = 2 ** 33
const DEFAULT_BLOCK_BYTES = 512
/** WRITE SAME of a pattern goes in pieces of about that size. */
const PATTERN_BYTES = 65_536

class RamMiniport extends DiskMiniport implements Miniport {
  #store!: DiskStore

  HwFindAdapter(parameters: MiniportParameters): AdapterDescription {
    const { blockBytes = DEFAULT_BLOCK_BYTES, readOnly = false } = parameters as {
      blockBytes?: number
      readOnly?: boolean
    }
    this.#store = storeFor(parameters)
    return this.found({
      blockBytes,
      blockCount: Math.floor(this.#store.sizeBytes / blockBytes),
      isReadOnly: readOnly,
      canUnmap: true,
      product: 'RAM disk',
      serialNumber: 'ram0',
    })
  }

  HwStartIo(srb: Srb): void {
    const command = srb.extension as DiskCommand
    this.port.requestComplete(srb, this.#run(srb, command))
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
    const { blockBytes } = this.model
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
