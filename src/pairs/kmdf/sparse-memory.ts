// The ramdisk's store: up to 2^53 bytes, of which only the pages that were written take memory.
// Runs on: the Framework worker that owns the device; one object belongs to one thread.
// Invariants: a byte never written, or discarded, reads as zero. Two levels: a directory of leaves, a leaf of
// 1,024 pages; `used` counts a leaf's pages, and a leaf without pages is dropped.
// Garbage: none for a read or write of a whole page; none for a write within one page; none for a read of a
// power of two of bytes (512 or more) at a multiple of its length, once its view of the page has been made.

import { copyBytes } from '../move-bytes.js'

const LEAF_PAGES = 1024
/** The directory is an array for the leaves below this (4 TiB of 64 KiB pages), a Map twice as slow beyond. */
const NEAR_LEAVES = 65_536
/** Views of smaller pieces are not kept: they would take more memory than the data. */
const SMALLEST_VIEW_BYTES = 512
/** Up to here a byte at a time is no slower than making a view, and leaves no garbage. */
const LOOP_BYTES = 32

/** A range outside the store, or a size no store can have. */
export class SparseMemoryRangeError extends RangeError {
  override readonly name = 'SparseMemoryRangeError'
  readonly code = 'ERR_IRP_SPARSE_MEMORY_RANGE'
}

interface Page {
  readonly bytes: Uint8Array
  /** The piece of n bytes at position p has its view, once it was read, at index (page size + p) / n. */
  readonly views: (Uint8Array | undefined)[]
}

interface Leaf {
  readonly pages: (Page | undefined)[]
  used: number
}

export class SparseMemory {
  readonly sizeBytes: number
  readonly pageBytes: number
  readonly #near: (Leaf | undefined)[]
  readonly #far = new Map<number, Leaf>()
  /** Stands for pages never written: copying zeros is 2 to 10 times as fast as filling shared memory. */
  readonly #zeros: Page
  #residentBytes = 0

  /**
   * @param sizeBytes whole number, 0 .. 2^53; need not be a multiple of the page
   * @param pageBytes a power of two, 64 .. 2^30
   * @throws SparseMemoryRangeError
   */
  constructor(sizeBytes: number, pageBytes = 65_536) {
    if (!(sizeBytes >= 0 && sizeBytes <= 2 ** 53) || Math.floor(sizeBytes) !== sizeBytes) {
      throw new SparseMemoryRangeError(
        `sizeBytes must be a whole number from 0 to 2^53, got ${sizeBytes}`,
      )
    }
    if (!(pageBytes >= 64 && pageBytes <= 2 ** 30) || !Number.isInteger(Math.log2(pageBytes))) {
      throw new SparseMemoryRangeError(
        `pageBytes must be a power of two from 64 to 2^30, got ${pageBytes}`,
      )
    }
    this.sizeBytes = sizeBytes
    this.pageBytes = pageBytes
    this.#zeros = newPage(pageBytes)
    const leaves = Math.ceil(sizeBytes / pageBytes / LEAF_PAGES)
    this.#near = emptySlots(Math.min(leaves, NEAR_LEAVES))
  }

  /** Memory taken by pages, without the directory. */
  get residentBytes(): number {
    return this.#residentBytes
  }

  /** Fills the whole target from byte `offset` on. @throws SparseMemoryRangeError, target unchanged */
  read(offset: number, target: Uint8Array): void {
    const length = target.length
    this.#check(offset, length)
    let pageNumber = Math.floor(offset / this.pageBytes)
    let position = offset - pageNumber * this.pageBytes
    for (let done = 0; done < length; pageNumber++, position = 0) {
      const count = Math.min(length - done, this.pageBytes - position)
      const page = this.#leaf(Math.floor(pageNumber / LEAF_PAGES))?.pages[pageNumber % LEAF_PAGES]
      this.#copyOut(page ?? this.#zeros, position, count, target, done)
      done += count
    }
  }

  /**
   * Stores the whole source from byte `offset` on. @throws SparseMemoryRangeError, nothing stored; a plain
   * RangeError when the process has no memory for a page: then the pages before it are stored
   */
  write(offset: number, source: Uint8Array): void {
    const length = source.length
    this.#check(offset, length)
    let pageNumber = Math.floor(offset / this.pageBytes)
    let position = offset - pageNumber * this.pageBytes
    for (let done = 0; done < length; pageNumber++, position = 0) {
      const count = Math.min(length - done, this.pageBytes - position)
      const bytes = this.#pageForWrite(pageNumber).bytes
      if (count === length) copyBytes(source, bytes, position)
      else if (count > LOOP_BYTES) copyBytes(source.subarray(done, done + count), bytes, position)
      else for (let i = 0; i < count; i++) bytes[position + i] = source[done + i] ?? 0
      done += count
    }
  }

  /**
   * Makes a range read as zeros. Pages wholly inside it give their memory back; others are zeroed in place.
   * @throws SparseMemoryRangeError, nothing discarded
   */
  discard(offset: number, length: number): void {
    this.#check(offset, length)
    if (length === 0) return
    const end = offset + length
    const leafBytes = this.pageBytes * LEAF_PAGES
    const first = Math.floor(offset / leafBytes)
    const last = Math.floor((end - 1) / leafBytes)
    for (let number = first; number <= last && number < NEAR_LEAVES; number++) {
      const leaf = this.#near[number]
      if (leaf !== undefined) this.#discardIn(leaf, number, offset, end)
    }
    if (last < NEAR_LEAVES) return
    // Asked of each leaf there is, not of each there could be: those are up to 2^37.
    for (const [number, leaf] of this.#far) {
      if (number >= first && number <= last) this.#discardIn(leaf, number, offset, end)
    }
  }

  #discardIn(leaf: Leaf, number: number, offset: number, end: number): void {
    const { pageBytes } = this
    const start = number * LEAF_PAGES * pageBytes
    const from = Math.max(0, offset - start)
    const to = Math.min(LEAF_PAGES * pageBytes, end - start)
    for (let index = Math.floor(from / pageBytes); index * pageBytes < to; index++) {
      const page = leaf.pages[index]
      if (page === undefined) continue
      const pageFrom = Math.max(0, from - index * pageBytes)
      const pageTo = Math.min(pageBytes, to - index * pageBytes)
      if (pageTo - pageFrom < pageBytes) {
        page.bytes.fill(0, pageFrom, pageTo)
        continue
      }
      leaf.pages[index] = undefined
      leaf.used--
      this.#residentBytes -= pageBytes
    }
    if (leaf.used > 0) return
    if (number < NEAR_LEAVES) this.#near[number] = undefined
    else this.#far.delete(number)
  }

  #copyOut(page: Page, position: number, count: number, target: Uint8Array, at: number): void {
    const { bytes, views } = page
    if (count === this.pageBytes) {
      copyBytes(bytes, target, at)
    } else if (count <= LOOP_BYTES) {
      for (let i = 0; i < count; i++) target[at + i] = bytes[position + i] ?? 0
    } else if (count < SMALLEST_VIEW_BYTES || ((count - 1) & (count | position)) !== 0) {
      copyBytes(bytes.subarray(position, position + count), target, at)
    } else {
      const index = (this.pageBytes + position) / count
      copyBytes((views[index] ??= bytes.subarray(position, position + count)), target, at)
    }
  }

  #leaf(number: number): Leaf | undefined {
    return number < NEAR_LEAVES ? this.#near[number] : this.#far.get(number)
  }

  #pageForWrite(pageNumber: number): Page {
    const number = Math.floor(pageNumber / LEAF_PAGES)
    let leaf = this.#leaf(number)
    if (leaf === undefined) {
      leaf = { pages: emptySlots(LEAF_PAGES), used: 0 }
      if (number < NEAR_LEAVES) this.#near[number] = leaf
      else this.#far.set(number, leaf)
    }
    let page = leaf.pages[pageNumber % LEAF_PAGES]
    if (page === undefined) {
      page = newPage(this.pageBytes)
      leaf.pages[pageNumber % LEAF_PAGES] = page
      leaf.used++
      this.#residentBytes += this.pageBytes
    }
    return page
  }

  #check(offset: number, length: number): void {
    const whole = Math.floor(offset) === offset && Math.floor(length) === length
    if (whole && length >= 0 && offset >= 0 && offset <= this.sizeBytes - length) return
    throw new SparseMemoryRangeError(
      `${length} bytes at ${offset} are not within the ${this.sizeBytes} bytes of the store`,
    )
  }
}

function newPage(pageBytes: number): Page {
  return { bytes: new Uint8Array(pageBytes), views: [] }
}

function emptySlots<T>(length: number): (T | undefined)[] {
  return Array.from({ length }) // not `new Array`: V8 reads holes more slowly
}
