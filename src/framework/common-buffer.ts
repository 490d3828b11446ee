/**
 * Common buffer (WDFCOMMONBUFFER): memory that driver and device share for as long as the device has its hardware:
 * queues, lists, descriptors. Taken once, with the hardware; handed out in aligned pieces.
 * Runs on: the device's home worker. Words that both sides use go through `read`, `write` and `load`.
 */
import { STATUS_INSUFFICIENT_RESOURCES, STATUS_INVALID_PARAMETER } from '../abi/ntstatus.js'
import {
  load,
  read as sharedRead,
  write as sharedWrite,
} from '../sharedarraybuffer-queue/access.js'
import { nameDmaMemory } from './dma-memory.js'
import { WdfStatusError } from './errors.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const write = sharedWrite

/** The memory, as the device's resources name it; structured-cloneable. */
export interface CommonBufferResource {
  /** High word of its addresses on the device's side. */
  readonly window: number
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number
}

export class CommonBuffer {
  readonly bytes: Uint8Array
  readonly addressHigh: number
  readonly addressLow: number
  private readonly words: Int32Array
  /** Index of its first word in `words`, which spans the whole memory. */
  private readonly firstWord: number

  /** @internal Drivers call `hardware.createCommonBuffer`. */
  constructor(resource: CommonBufferResource, byteOffset: number, byteLength: number) {
    this.bytes = new Uint8Array(resource.buffer, byteOffset, byteLength)
    this.words = new Int32Array(resource.buffer)
    this.firstWord = byteOffset / 4
    this.addressHigh = resource.window
    this.addressLow = byteOffset
  }

  get byteLength(): number {
    return this.bytes.length
  }

  /** A 32-bit word that the device has handed over. `at` counts words. */
  read(at: number): number {
    return read(this.words, this.firstWord + at)
  }

  /** A word that is about to be handed to the device, by a doorbell for instance. */
  write(at: number, value: number): void {
    write(this.words, this.firstWord + at, value)
  }

  /** A word that hands others over: what the device wrote before it is seen after this. */
  load(at: number): number {
    return load(this.words, this.firstWord + at)
  }
}

/** Hands the memory out; all of it comes back at once, when the device's hardware is released. */
export class CommonBufferPool {
  private readonly resource: CommonBufferResource | undefined
  private used = 0

  constructor(resource: CommonBufferResource | undefined) {
    this.resource = resource
    if (resource !== undefined) nameDmaMemory(resource.buffer, resource.window)
  }

  /** Zeroed bytes at a multiple of `alignment`, a power of two. @throws WdfStatusError as WdfCommonBufferCreate */
  take(byteLength: number, alignment: number): CommonBuffer {
    if (!Number.isInteger(byteLength) || byteLength < 1) refuseSize('bytes', byteLength)
    if (!Number.isInteger(Math.log2(alignment)) || alignment < 4) {
      refuseSize('alignment', alignment)
    }
    const { byteOffset: base = 0, byteLength: size = 0 } = this.resource ?? {}
    const byteOffset = Math.ceil((base + this.used) / alignment) * alignment
    if (this.resource === undefined || byteOffset + byteLength > base + size) {
      throw new WdfStatusError(
        STATUS_INSUFFICIENT_RESOURCES,
        `the device's common buffer has ${size - this.used} of ${size} bytes left, the driver asks for ` +
          `${byteLength}: give the hardware more commonBufferBytes`,
        byteLength,
      )
    }
    this.used = byteOffset + byteLength - base
    const buffer = new CommonBuffer(this.resource, byteOffset, byteLength)
    buffer.bytes.fill(0)
    return buffer
  }

  /** Takes everything back. */
  reset(): void {
    this.used = 0
  }
}

function refuseSize(what: string, value: number): never {
  throw new WdfStatusError(
    STATUS_INVALID_PARAMETER,
    `a common buffer's ${what} cannot be ${String(value)}`,
    value,
  )
}
