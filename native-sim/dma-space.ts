// DMA space: the memory that a device may reach, as an IOMMU would give it. An address is 64 bits: a window number
// in the high word, a byte offset in that window's buffer in the low one.
// Runs on: the hardware's thread. The other sides hand their bytes over: a request's buffer belongs to the hardware
// from the doorbell to the completion, a queue's entries by its doorbells and phase.
// Invariant: nothing outside a window's bounds is ever read or written; an attempt is a fault, counted and kept.

import { SimulationError } from './errors.js'
import { ViewCache } from './view-cache.js'

const VIEWS_OF_A_WINDOW = 2048

/** A piece of shared memory that hardware may reach; structured-cloneable. */
export interface DmaWindow {
  /** High word of its addresses: a channel's id, or a number of the hardware's own. */
  readonly window: number
  readonly buffer: SharedArrayBuffer
  readonly byteOffset: number
  readonly byteLength: number
}

export interface DmaFault {
  readonly direction: 'read' | 'write'
  readonly window: number
  readonly offset: number
  readonly byteLength: number
}

class Mapping {
  readonly views: ViewCache
  readonly words: Int32Array
  readonly first: number
  readonly end: number

  constructor({ buffer, byteOffset, byteLength }: DmaWindow) {
    this.views = new ViewCache(new Uint8Array(buffer), VIEWS_OF_A_WINDOW)
    this.words = new Int32Array(buffer)
    this.first = byteOffset
    this.end = byteOffset + byteLength
  }
}

export class DmaSpace {
  readonly #windows = new Map<number, Mapping>()
  /** The window used last, mostly also the next one. */
  #lastWindow = -1
  #lastMapping: Mapping | undefined
  faults = 0
  lastFault: DmaFault | undefined
  bytesRead = 0
  bytesWritten = 0

  /** @throws SimulationError for a window outside its buffer. */
  map(window: DmaWindow): void {
    const { byteOffset, byteLength, buffer } = window
    if (byteOffset < 0 || byteLength < 1 || byteOffset + byteLength > buffer.byteLength) {
      const expected = `within the buffer's ${buffer.byteLength} bytes`
      throw new SimulationError('window', `${byteLength} bytes at ${byteOffset}`, expected)
    }
    this.#windows.set(window.window, new Mapping(window))
    this.#lastWindow = -1
  }

  unmap(window: number): void {
    this.#windows.delete(window)
    this.#lastWindow = -1
  }

  /** From memory into `target[at …]`. False, and nothing read, when the range is not all mapped. */
  read(high: number, low: number, target: ViewCache, at: number, byteLength: number): boolean {
    const mapping = this.#reach('read', high, low, byteLength)
    if (mapping === undefined) return false
    target.bytes.set(mapping.views.view(low >>> 0, byteLength), at)
    this.bytesRead += byteLength
    return true
  }

  /** From `source[at …]` into memory. False, and nothing written, when the range is not all mapped. */
  write(high: number, low: number, source: ViewCache, at: number, byteLength: number): boolean {
    const mapping = this.#reach('write', high, low, byteLength)
    if (mapping === undefined) return false
    mapping.views.bytes.set(source.view(at, byteLength), low >>> 0)
    this.bytesWritten += byteLength
    return true
  }

  /** True when a transfer could be done there; a fault otherwise. */
  canReach(
    direction: DmaFault['direction'],
    high: number,
    low: number,
    byteLength: number,
  ): boolean {
    return this.#reach(direction, high, low, byteLength) !== undefined
  }

  /** The words of a structure in memory, and the index of its first; null, and a fault, when it is not all there. */
  wordsAt(high: number, low: number, byteLength: number): QueueMemory | null {
    const mapping = this.#reach('write', high, low, byteLength)
    if (mapping === undefined || (low & 3) !== 0) return null
    return { words: mapping.words, first: (low >>> 0) / 4 }
  }

  #reach(
    direction: DmaFault['direction'],
    high: number,
    low: number,
    byteLength: number,
  ): Mapping | undefined {
    const mapping = this.#mappingOf(high)
    const offset = low >>> 0
    if (
      mapping !== undefined &&
      offset >= mapping.first &&
      offset <= mapping.end &&
      byteLength <= mapping.end - offset
    ) {
      return mapping
    }
    this.fault({ direction, window: high, offset, byteLength })
    return undefined
  }

  #mappingOf(window: number): Mapping | undefined {
    if (window !== this.#lastWindow) {
      this.#lastMapping = this.#windows.get(window)
      this.#lastWindow = window
    }
    return this.#lastMapping
  }

  /** Counts and keeps an access that was refused; a device may refuse some by itself. */
  fault(fault: DmaFault): void {
    this.faults++
    this.lastFault = fault
  }
}

/** A queue or list in memory that hardware and driver share. */
export interface QueueMemory {
  readonly words: Int32Array
  readonly first: number
}
