/**
 * Scatter/gather list: the pieces of memory of one DMA transfer, as the device is to be told them.
 * Runs on: worker. One list a transaction, filled anew for each transfer: nothing is allocated.
 * An address is two words: the memory's window (a channel's id) and a byte offset in it.
 */

/** An element never crosses such a boundary, unless the pages are merged; a map register covers one page. */
export const DMA_PAGE_BYTES = 4096

export class ScatterGatherList {
  readonly capacity: number
  count = 0
  /** Bytes of all elements. */
  byteLength = 0
  private readonly high: Int32Array
  private readonly low: Int32Array
  private readonly bytes: Int32Array

  constructor(capacity: number) {
    this.capacity = capacity
    this.high = new Int32Array(capacity)
    this.low = new Int32Array(capacity)
    this.bytes = new Int32Array(capacity)
  }

  addressHigh(element: number): number {
    return this.high[element] as number
  }

  addressLow(element: number): number {
    return this.low[element] as number
  }

  /** Length of an element, bytes. */
  lengthOf(element: number): number {
    return this.bytes[element] as number
  }

  clear(): void {
    this.count = 0
    this.byteLength = 0
  }

  /** One element, and nothing else. */
  set(high: number, low: number, byteLength: number): void {
    this.high[0] = high
    this.low[0] = low
    this.bytes[0] = byteLength
    this.count = 1
    this.byteLength = byteLength
  }

  /** The caller knows that there is room. */
  add(high: number, low: number, byteLength: number): void {
    const element = this.count++
    this.high[element] = high
    this.low[element] = low
    this.bytes[element] = byteLength
    this.byteLength += byteLength
  }

  /** Makes the last element longer. */
  extendLast(byteLength: number): void {
    const element = this.count - 1
    this.bytes[element] = (this.bytes[element] as number) + byteLength
    this.byteLength += byteLength
  }
}
