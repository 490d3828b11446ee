/**
 * Shared sparse memory: a disk's bytes in shared memory, so that they outlive the worker that serves them.
 * Runs on: created by main; then the one worker that has the device, and after its death its successor.
 *
 *   directory    Int32Array: page of the disk → 1 + page of the pool, 0 = never written: reads as zeros
 *   chunks       the pool: SharedArrayBuffers of equal size; the system gives a page memory when it is touched
 *
 * The directory is the only truth. What is free is private and found anew by every user: all that no entry
 * names. A page is zeroed before it is linked and unlinked before it is free, so a death between any two
 * lines leaves each page of the disk with its bytes and at most wastes nothing: the successor counts again.
 * A write that a death interrupts may be half done, as on any disk.
 */
import { copyBytes, zeroBytes } from '../move-bytes.js'
import type { DiskStore } from './disk-store.js'

export const SHARED_PAGE_BYTES = 65_536
const CHUNK_PAGES = 4096
/** 2^31 pages of 64 KiB would be 128 TiB; a directory of that size is refused long before. */
const MAX_DISK_BYTES = 2 ** 44

/** What goes to the worker in the device's parameters. */
export interface SharedMemoryDescriptor {
  readonly sizeBytes: number
  readonly directory: SharedArrayBuffer
  readonly chunks: readonly SharedArrayBuffer[]
}

/** A disk size or a limit that cannot be. */
export class SharedMemoryError extends RangeError {
  override readonly name = 'SharedMemoryError'
  readonly code = 'ERR_IRP_DISK_SIZE'
  readonly value: unknown

  constructor(message: string, value: unknown) {
    super(message)
    this.value = value
  }
}

/**
 * Reserves memory for a disk of `sizeBytes`, of which at most `limitBytes` can be written at a time. Only
 * address space is taken; memory follows as pages are written.
 * @throws SharedMemoryError
 */
export function createSharedMemory(sizeBytes: number, limitBytes: number): SharedMemoryDescriptor {
  if (!(Number.isSafeInteger(sizeBytes) && sizeBytes > 0 && sizeBytes <= MAX_DISK_BYTES)) {
    throw new SharedMemoryError(
      `a disk of ${sizeBytes} bytes cannot be: 1 to ${MAX_DISK_BYTES} can`,
      sizeBytes,
    )
  }
  if (!(Number.isSafeInteger(limitBytes) && limitBytes > 0)) {
    throw new SharedMemoryError(
      `a limit of ${limitBytes} bytes cannot be: name a whole number from 1`,
      limitBytes,
    )
  }
  const diskPages = Math.ceil(sizeBytes / SHARED_PAGE_BYTES)
  let left = Math.min(diskPages, Math.ceil(limitBytes / SHARED_PAGE_BYTES))
  const chunks: SharedArrayBuffer[] = []
  try {
    for (; left > 0; left -= CHUNK_PAGES) {
      chunks.push(new SharedArrayBuffer(Math.min(left, CHUNK_PAGES) * SHARED_PAGE_BYTES))
    }
    return { sizeBytes, directory: new SharedArrayBuffer(4 * diskPages), chunks }
  } catch (cause) {
    throw new SharedMemoryError(
      `the system refused memory for a disk of ${sizeBytes} bytes, ${limitBytes} at a time: ${(cause as Error).message}`,
      limitBytes,
    )
  }
}

export class SharedSparseMemory implements DiskStore {
  readonly sizeBytes: number
  readonly #directory: Int32Array
  readonly #chunks: Uint8Array[]
  readonly #poolPages: number
  /** Pages below this have been looked at; those that were free then are in `#free`. */
  #fresh = 0
  readonly #free: number[] = []
  readonly #used: Uint8Array
  #usedPages = 0

  constructor({ sizeBytes, directory, chunks }: SharedMemoryDescriptor) {
    this.sizeBytes = sizeBytes
    this.#directory = new Int32Array(directory)
    this.#chunks = chunks.map((chunk) => new Uint8Array(chunk))
    this.#poolPages =
      chunks.reduce((sum, { byteLength }) => sum + byteLength, 0) / SHARED_PAGE_BYTES
    this.#used = new Uint8Array(this.#poolPages)
    for (const entry of this.#directory) {
      if (entry === 0) continue
      this.#used[entry - 1] = 1
      this.#usedPages++
    }
  }

  /** Memory that pages of the disk take. */
  get residentBytes(): number {
    return this.#usedPages * SHARED_PAGE_BYTES
  }

  read(offset: number, target: Uint8Array): void {
    const { length } = target
    let page = Math.floor(offset / SHARED_PAGE_BYTES)
    let position = offset - page * SHARED_PAGE_BYTES
    for (let done = 0; done < length; page++, position = 0) {
      const count = Math.min(length - done, SHARED_PAGE_BYTES - position)
      const entry = this.#directory[page] as number
      if (entry === 0) zeroBytes(target, done, done + count)
      else copyBytes(this.#bytesOf(entry - 1, position, count), target, done)
      done += count
    }
  }

  write(offset: number, source: Uint8Array): boolean {
    const { length } = source
    const first = Math.floor(offset / SHARED_PAGE_BYTES)
    const last = Math.floor((offset + length - 1) / SHARED_PAGE_BYTES)
    if (!this.#hasRoom(first, last)) return false
    let position = offset - first * SHARED_PAGE_BYTES
    for (let page = first, done = 0; done < length; page++, position = 0) {
      const count = Math.min(length - done, SHARED_PAGE_BYTES - position)
      const piece = count === length ? source : source.subarray(done, done + count)
      const entry = this.#directory[page] as number
      if (entry === 0) this.#link(page, position, piece)
      else copyBytes(piece, this.#bytesOf(entry - 1, position, count), 0)
      done += count
    }
    return true
  }

  discard(offset: number, length: number): void {
    const end = offset + length
    let page = Math.floor(offset / SHARED_PAGE_BYTES)
    for (; page * SHARED_PAGE_BYTES < end; page++) {
      const entry = this.#directory[page] as number
      if (entry === 0) continue
      const start = page * SHARED_PAGE_BYTES
      const from = Math.max(0, offset - start)
      const to = Math.min(SHARED_PAGE_BYTES, end - start)
      const isWhole = from === 0 && (to === SHARED_PAGE_BYTES || start + to === this.sizeBytes)
      if (isWhole) this.#unlink(page, entry - 1)
      else zeroBytes(this.#bytesOf(entry - 1, from, to - from), 0, to - from)
    }
  }

  #hasRoom(first: number, last: number): boolean {
    if (this.#poolPages - this.#usedPages > last - first) return true
    let missing = 0
    for (let page = first; page <= last; page++) if (this.#directory[page] === 0) missing++
    return missing <= this.#poolPages - this.#usedPages
  }

  /** Gives a page of the disk memory, filled completely before anybody can see it. */
  #link(page: number, position: number, piece: Uint8Array): void {
    const pooled = this.#takePage()
    const bytes = this.#bytesOf(pooled, 0, SHARED_PAGE_BYTES)
    if (piece.length < SHARED_PAGE_BYTES) zeroBytes(bytes, 0, SHARED_PAGE_BYTES)
    copyBytes(piece, bytes, position)
    this.#directory[page] = pooled + 1
  }

  #unlink(page: number, pooled: number): void {
    this.#directory[page] = 0
    this.#used[pooled] = 0
    this.#usedPages--
    this.#free.push(pooled)
  }

  /** A free page of the pool; `#hasRoom` saw that there is one. */
  #takePage(): number {
    let pooled = this.#free.pop()
    if (pooled === undefined) {
      while (this.#used[this.#fresh] === 1) this.#fresh++
      pooled = this.#fresh++
    }
    this.#used[pooled] = 1
    this.#usedPages++
    return pooled
  }

  #bytesOf(pooled: number, position: number, count: number): Uint8Array {
    const chunk = this.#chunks[Math.floor(pooled / CHUNK_PAGES)] as Uint8Array
    const start = (pooled % CHUNK_PAGES) * SHARED_PAGE_BYTES + position
    return chunk.subarray(start, start + count)
  }
}
