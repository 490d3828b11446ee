/**
 * Memory object (WDFMEMORY): bytes with a parent, references and an end. Runs on: the worker that created it.
 * Source: WdfMemoryCreate, WdfMemoryCopyFromBuffer and their like; kmdf.md 7.1.
 */
import { STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_PARAMETER } from '../abi/ntstatus.js'
import { WdfViolation } from '../dispatch/wdf-violation.js'
import { WdfStatusError } from './errors.js'
import { FrameworkObject, type ObjectAttributes } from './framework-object.js'

export class Memory {
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject<Memory>
  protected view: Uint8Array
  private readonly whenDestroyed: ((bytes: Uint8Array) => void) | undefined

  /** @internal Drivers call `driver.createMemory` and `lookaside.createMemory`. */
  constructor(
    bytes: Uint8Array,
    parent: FrameworkObject,
    attributes: ObjectAttributes<Memory>,
    whenDestroyed?: (bytes: Uint8Array) => void,
    kind: 'memory' | 'requestMemory' = 'memory',
  ) {
    if (!(bytes instanceof Uint8Array)) {
      refuse(STATUS_INVALID_PARAMETER, 'a memory object is made of a Uint8Array', bytes)
    }
    this.view = bytes
    this.whenDestroyed = whenDestroyed
    this.object = new FrameworkObject<Memory>(kind, this, parent, attributes)
  }

  /** WdfMemoryGetBuffer. @throws WdfViolation WDF_INVALID_HANDLE once it is destroyed. */
  get bytes(): Uint8Array {
    this.checkUsable()
    return this.view
  }

  get byteLength(): number {
    return this.view.length
  }

  /** `length` bytes from `offset`, to the end without a length: a view. @throws WdfStatusError as copyFrom */
  part(offset: number, length: number = Math.max(0, this.view.length - offset)): Uint8Array {
    if (!Number.isInteger(length) || length < 0) {
      refuse(STATUS_INVALID_PARAMETER, `length ${String(length)} is not 0 to 2^31 - 1`, length)
    }
    this.checkRange(offset, length)
    return this.bytes.subarray(offset, offset + length)
  }

  /**
   * Writes `source` at `offset`. WdfMemoryCopyFromBuffer.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER for an offset outside, STATUS_BUFFER_TOO_SMALL when it does not fit.
   */
  copyFrom(source: Uint8Array, offset = 0): void {
    this.checkRange(offset, source.length)
    this.bytes.set(source, offset)
  }

  /** Fills `target` with what is at `offset`. WdfMemoryCopyToBuffer. @throws WdfStatusError as copyFrom */
  copyTo(target: Uint8Array, offset = 0): void {
    this.checkRange(offset, target.length)
    target.set(this.bytes.subarray(offset, offset + target.length))
  }

  /** @internal */
  destroyed(): void {
    this.whenDestroyed?.(this.view)
  }

  protected checkUsable(): void {
    if (this.object.state === 'destroyed') this.refuse('it is destroyed')
  }

  protected refuse(why: string): never {
    throw new WdfViolation(
      'WDF_INVALID_HANDLE',
      `the bytes of a ${this.object.title} are asked for when ${why}: use them before`,
      this.object.kind,
    )
  }

  private checkRange(offset: number, byteLength: number): void {
    const { length } = this.view
    if (!Number.isInteger(offset) || offset < 0 || offset > length) {
      refuse(STATUS_INVALID_PARAMETER, `offset ${String(offset)} is not 0 to ${length}`, offset)
    }
    if (offset + byteLength > length) {
      refuse(
        STATUS_BUFFER_TOO_SMALL,
        `${byteLength} bytes from ${offset} do not fit into ${length}`,
        byteLength,
      )
    }
  }
}

/** Zeroed bytes. @throws WdfStatusError STATUS_INVALID_PARAMETER for a length that WdfMemoryCreate refuses. */
export function newBytes(byteLength: number): Uint8Array {
  if (Number.isInteger(byteLength) && byteLength > 0 && byteLength <= MAX_BYTES) {
    return new Uint8Array(byteLength)
  }
  return refuse(
    STATUS_INVALID_PARAMETER,
    `a memory object has 1 to ${MAX_BYTES} bytes, not ${String(byteLength)}`,
    byteLength,
  )
}

const MAX_BYTES = 2 ** 31 - 1

function refuse(status: number, message: string, value: unknown): never {
  throw new WdfStatusError(status, message, value)
}
