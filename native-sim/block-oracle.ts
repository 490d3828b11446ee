// What a disk must answer: remembers, for each 512-byte block, which version was written last, and makes and
// checks the content of every version. A read is judged by the versions at its submission, because later
// writes may be in flight with it; that is right for a disk which takes requests in the order of submission.
// Runs on: the submitting thread; one object belongs to one thread and judges one disk.
// Invariants: version 0 = never written = zeros. Nothing is allocated per request, except a page of versions at
// the first write near a place.

import {
  BLOCK_BYTES,
  BLOCK_WORDS,
  blockBase,
  blockWord,
  fillBlock,
  firstNonZeroWord,
  firstWrongWord,
  mix32,
} from './block-pattern.js'
import { SimulationError } from './errors.js'

/** Blocks whose versions lie in one array: 4 KiB of memory for 512 KiB of disk. */
const PAGE_BLOCKS = 1024

export interface BlockOracleOptions {
  /** Any int32; oracles of different seeds expect different data. */
  readonly seed: number
  /** Reads in flight at most; contexts are 0 .. depth-1. */
  readonly depth: number
  /** The largest read, a multiple of 512. */
  readonly largestBytes: number
}

export class BlockOracle {
  readonly #key: number
  readonly #depth: number
  readonly #largestBlocks: number
  readonly #pages = new Map<number, Int32Array>()
  /** Of each context: the captured versions, the first block, the number of blocks (0 = nothing captured). */
  readonly #versions: Int32Array
  readonly #firsts: Float64Array
  readonly #counts: Int32Array
  #checksum = 0

  /** @throws SimulationError */
  constructor({ seed, depth, largestBytes }: BlockOracleOptions) {
    if ((seed | 0) !== seed) throw new SimulationError('seed', seed, 'a 32-bit integer')
    if (!Number.isInteger(depth) || depth < 1 || depth > 2 ** 20) {
      throw new SimulationError('depth', depth, 'a whole number from 1 to 2^20')
    }
    this.#key = mix32(seed)
    this.#depth = depth
    this.#largestBlocks = blockCount('largestBytes', largestBytes, 2 ** 30)
    this.#versions = new Int32Array(depth * this.#largestBlocks)
    this.#firsts = new Float64Array(depth)
    this.#counts = new Int32Array(depth)
  }

  /** int32 over which version of which block the verified reads saw; their order does not matter. */
  get checksum(): number {
    return this.#checksum
  }

  /**
   * Makes the next version of the blocks and fills the first sizeBytes of `words` with it. Call it in the order
   * of submission and only for a write that will be submitted (say, after `prepareWrite` took it).
   * @throws SimulationError for a range that is not whole blocks, ends beyond 2^53 or does not fit `words`
   */
  fillWrite(words: Int32Array, offsetBytes: number, sizeBytes: number): void {
    const blocks = blockCount('sizeBytes', sizeBytes, words.byteLength)
    const first = firstBlock(offsetBytes, sizeBytes)
    let page = this.#pageForWrite(first)
    let index = first % PAGE_BLOCKS
    for (let i = 0; i < blocks; i++, index++) {
      if (index === PAGE_BLOCKS) {
        page = this.#pageForWrite(first + i)
        index = 0
      }
      // After 2^32 - 1 writes of one block its count starts over, at 1: 0 means never.
      const version = ((page[index] ?? 0) + 1) | 0 || 1
      page[index] = version
      fillBlock(words, i * BLOCK_WORDS, blockBase(this.#key, first + i, version))
    }
  }

  /**
   * Notes what a read submitted now must see, under this context, until its `checkRead`. A context captured
   * again forgets its earlier read (which was cancelled, for example).
   * @throws SimulationError
   */
  captureRead(context: number, offsetBytes: number, sizeBytes: number): void {
    const slot = this.#slot(context)
    const blocks = blockCount('sizeBytes', sizeBytes, this.#largestBlocks * BLOCK_BYTES)
    const first = firstBlock(offsetBytes, sizeBytes)
    let page = this.#page(first)
    let index = first % PAGE_BLOCKS
    for (let i = 0; i < blocks; i++, index++) {
      if (index === PAGE_BLOCKS) {
        page = this.#page(first + i)
        index = 0
      }
      this.#versions[slot + i] = page === undefined ? 0 : (page[index] ?? 0)
    }
    this.#firsts[context] = first
    this.#counts[context] = blocks
  }

  /**
   * Judges what the read of this context brought: -1 = all of it right, else the position in bytes of the first
   * wrong word. Ends the capture; only reads found right count in `checksum`.
   * @throws SimulationError when nothing was captured, or `words` is shorter than the read
   */
  checkRead(context: number, words: Int32Array): number {
    const slot = this.#slot(context)
    const blocks = this.#counts[context] ?? 0
    if (blocks === 0) throw new SimulationError('context', context, 'one with a captured read')
    if (words.length < blocks * BLOCK_WORDS) {
      const expected = `at least ${blocks * BLOCK_WORDS}, the words read`
      throw new SimulationError('words.length', words.length, expected)
    }
    this.#counts[context] = 0
    const first = this.#firsts[context] ?? 0
    let sum = this.#checksum
    for (let i = 0; i < blocks; i++) {
      const version = this.#versions[slot + i] ?? 0
      const base = blockBase(this.#key, first + i, version)
      const start = i * BLOCK_WORDS
      const wrong =
        version === 0 ? firstNonZeroWord(words, start) : firstWrongWord(words, start, base)
      if (wrong >= 0) return wrong * 4
      // The block was just proved to be this version: adding the base up is adding the data up.
      sum = (sum + base) | 0
    }
    this.#checksum = sum
    return -1
  }

  /** For a message: the word which the read captured last under this context has at this byte position. */
  expectedWord(context: number, positionBytes: number): number {
    const block = Math.floor(positionBytes / BLOCK_BYTES)
    const version = this.#versions[this.#slot(context) + block] ?? 0
    if (version === 0) return 0
    const base = blockBase(this.#key, (this.#firsts[context] ?? 0) + block, version)
    return blockWord(base, (positionBytes % BLOCK_BYTES) >> 2)
  }

  #slot(context: number): number {
    if ((context | 0) !== context || context < 0 || context >= this.#depth) {
      throw new SimulationError('context', context, `a whole number from 0 to ${this.#depth - 1}`)
    }
    return context * this.#largestBlocks
  }

  #page(block: number): Int32Array | undefined {
    return this.#pages.get(Math.floor(block / PAGE_BLOCKS))
  }

  #pageForWrite(block: number): Int32Array {
    const known = this.#page(block)
    if (known !== undefined) return known
    const page = new Int32Array(PAGE_BLOCKS)
    this.#pages.set(Math.floor(block / PAGE_BLOCKS), page)
    return page
  }
}

function blockCount(option: string, bytes: number, mostBytes: number): number {
  if (!(bytes >= BLOCK_BYTES && bytes <= mostBytes) || bytes % BLOCK_BYTES !== 0) {
    const expected = `a multiple of ${BLOCK_BYTES} from ${BLOCK_BYTES} to ${mostBytes}`
    throw new SimulationError(option, bytes, expected)
  }
  return bytes / BLOCK_BYTES
}

function firstBlock(offsetBytes: number, sizeBytes: number): number {
  if (
    !(offsetBytes >= 0 && offsetBytes <= 2 ** 53 - sizeBytes) ||
    offsetBytes % BLOCK_BYTES !== 0
  ) {
    const expected = `a multiple of ${BLOCK_BYTES}, with sizeBytes at most 2^53`
    throw new SimulationError('offsetBytes', offsetBytes, expected)
  }
  return offsetBytes / BLOCK_BYTES
}
