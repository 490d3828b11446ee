// The columns of a block trace, and their growth while it is being read: typed arrays that double when full.
// Runs on: any thread, before a replay.
// Invariant: rows 0 .. count-1 are valid requests; whoever calls `add` has checked them.

/** Requests in order of arrival, as columns. Plain data: hand it to a thread by structured clone or transfer. */
export interface BlockTrace {
  readonly count: number
  /** Microseconds, never decreasing; as in the file, so the first need not be 0. */
  readonly timeUs: Float64Array
  /** 1: write, 0: read. */
  readonly isWrite: Uint8Array
  /** Multiples of 512, 512 .. 2^30. */
  readonly sizeBytes: Int32Array
  /** Byte position on the disk, a multiple of 512; offset + size is at most 2^53. */
  readonly offsetBytes: Float64Array
  /** The largest sizeBytes. */
  readonly largestBytes: number
  /** One past the last byte any request touches: a disk of this size holds the trace. */
  readonly highestByte: number
  readonly readBytes: number
  readonly writtenBytes: number
}

const FIRST_ROWS = 4096

export class BlockTraceColumns {
  #count = 0
  #timeUs = new Float64Array(FIRST_ROWS)
  #isWrite = new Uint8Array(FIRST_ROWS)
  #sizeBytes = new Int32Array(FIRST_ROWS)
  #offsetBytes = new Float64Array(FIRST_ROWS)
  #lastUs = 0
  #largestBytes = 0
  #highestByte = 0
  #readBytes = 0
  #writtenBytes = 0

  get count(): number {
    return this.#count
  }

  /** The time of the last row; 0 before the first. */
  get lastUs(): number {
    return this.#lastUs
  }

  add(timeUs: number, isWrite: 0 | 1, sizeBytes: number, offsetBytes: number): void {
    if (this.#count === this.#timeUs.length) this.#grow()
    const row = this.#count++
    this.#timeUs[row] = timeUs
    this.#isWrite[row] = isWrite
    this.#sizeBytes[row] = sizeBytes
    this.#offsetBytes[row] = offsetBytes
    this.#lastUs = timeUs
    this.#largestBytes = Math.max(this.#largestBytes, sizeBytes)
    this.#highestByte = Math.max(this.#highestByte, offsetBytes + sizeBytes)
    if (isWrite === 1) this.#writtenBytes += sizeBytes
    else this.#readBytes += sizeBytes
  }

  /** The finished trace, in arrays of its own and of the right length. */
  finish(): BlockTrace {
    return {
      count: this.#count,
      timeUs: this.#timeUs.slice(0, this.#count),
      isWrite: this.#isWrite.slice(0, this.#count),
      sizeBytes: this.#sizeBytes.slice(0, this.#count),
      offsetBytes: this.#offsetBytes.slice(0, this.#count),
      largestBytes: this.#largestBytes,
      highestByte: this.#highestByte,
      readBytes: this.#readBytes,
      writtenBytes: this.#writtenBytes,
    }
  }

  #grow(): void {
    const rows = this.#count * 2
    const { timeUs, isWrite, sizeBytes, offsetBytes } = this.finish()
    this.#timeUs = new Float64Array(rows)
    this.#timeUs.set(timeUs)
    this.#isWrite = new Uint8Array(rows)
    this.#isWrite.set(isWrite)
    this.#sizeBytes = new Int32Array(rows)
    this.#sizeBytes.set(sizeBytes)
    this.#offsetBytes = new Float64Array(rows)
    this.#offsetBytes.set(offsetBytes)
  }
}
