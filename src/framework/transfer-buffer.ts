/**
 * Transfer buffer: what a driver hands to an I/O target: bytes, a memory object, or a part of one.
 * Runs on: worker. Source: WdfIoTargetFormatRequestForRead and its like, WDFMEMORY_OFFSET.
 */
import { STATUS_INVALID_PARAMETER } from '../abi/ntstatus.js'
import { WdfStatusError } from './errors.js'
import { Memory } from './memory.js'

/** Part of a memory object. WDFMEMORY_OFFSET. */
export interface MemoryPart {
  readonly memory: Memory
  /** Bytes from its beginning. Default 0. */
  readonly offset?: number
  /** Bytes. Default: to its end. */
  readonly length?: number
}

/** A format call takes a reference on a memory object, and gives it back when the request has come back. */
export type TransferBuffer = Uint8Array | Memory | MemoryPart

const MAX_BYTES = 0x7fffffff

/**
 * @throws WdfStatusError STATUS_INVALID_PARAMETER for what is no buffer, or a part that cannot be,
 *   STATUS_BUFFER_TOO_SMALL for one that goes beyond its memory; WdfViolation WDF_INVALID_HANDLE for memory that is gone.
 */
export function bytesOf(buffer: TransferBuffer | null): Uint8Array | null {
  if (buffer === null) return null
  const bytes = buffer instanceof Uint8Array ? buffer : partOf(buffer)
  if (bytes === undefined || bytes.byteLength > MAX_BYTES) {
    throw new WdfStatusError(
      STATUS_INVALID_PARAMETER,
      'a buffer for an I/O target is a Uint8Array of less than 2 GiB, a memory object, a part of one, or null',
      buffer,
    )
  }
  return bytes
}

/** The memory object that has to stay while the buffer is in use; null when there is none. */
export function memoryBehind(buffer: TransferBuffer | null): Memory | null {
  if (buffer === null || buffer instanceof Uint8Array) return null
  return buffer instanceof Memory ? buffer : buffer.memory
}

function partOf(part: Memory | MemoryPart): Uint8Array | undefined {
  if (part instanceof Memory) return part.bytes
  const { memory, offset = 0, length } = part
  return memory instanceof Memory ? memory.part(offset, length) : undefined
}
