// What a disk must answer: remembers, for each 512-byte block, which version was written last, and makes and
// checks the content of every version. A read is judged by the versions at its submission, because later
// writes may be in flight with it; that is right for a disk which takes requests in the order of submission.
// A write that failed leaves its blocks undecided (old data, new or a mixture) until the next write.
// Runs on: the submitting thread; one object belongs to one thread and judges one disk.
// Invariants: version 0 = never written = zeros, on a blank disk. Nothing is allocated per request, except a page
// of versions at the first write near a place.

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
import { blockCount, firstBlock } from './block-range.js'
import { BlockVersions, PAGE_BLOCKS, UNDECIDED, versionAfter } from './block-versions.js'
import { SimulationError } from './errors.js'

/** What `checkRead` says of a read that was right; other results tell the position of the first wrong word. */
export const READ_RIGHT = -1
/** What `checkRead` says when nobody can know what a part of it holds, and the rest was right. */
export const READ_UNDECIDED = -2

export interface BlockOracleOptions {
  /** Any int32; oracles of different seeds expect different data. */
  readonly seed: number
  /** Requests in flight at most; contexts are 0 .. depth-1. */
  readonly depth: number
  /** The largest request, a multiple of 512. */
  readonly largestBytes: number
  /** Blocks never written read as zeros (default). False: they may hold anything, nobody judges them. */
  readonly isBlank?: boolean
}

export class BlockOracle {
  readonly #key: number
  readonly #depth: number
  readonly #largestBlocks: number
  readonly #isBlank: boolean
  readonly #latest = new BlockVersions()
  /** Of each context: the captured versions, the first block, the number of blocks (0 = nothing captured). */
  readonly #versions: Int32Array
  readonly #firsts: Float64Array
  readonly #counts: Int32Array
  #checksum = 0

  constructor({ seed, depth, largestBytes, isBlank = true }: BlockOracleOptions) {
    if ((seed | 0) !== seed) throw new SimulationError('seed', seed, 'a 32-bit integer')
    if (!Number.isInteger(depth) || depth < 1 || depth > 2 ** 20) {
      throw new SimulationError('depth', depth, 'a whole number from 1 to 2^20')
    }
    this.#key = mix32(seed)
    this.#depth = depth
    this.#isBlank = isBlank
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
    let page = this.#latest.pageForWrite(first)
    let index = first % PAGE_BLOCKS
    for (let i = 0; i < blocks; i++, index++) {
      if (index === PAGE_BLOCKS) {
        page = this.#latest.pageForWrite(first + i)
        index = 0
      }
      const version = versionAfter(page[index] ?? 0)
      page[index] = version
      fillBlock(words, i * BLOCK_WORDS, blockBase(this.#key, first + i, version))
    }
  }

  /**
   * Notes what a read submitted now must see, under this context, until its `checkRead`. A context captured
   * again forgets its earlier request (a read that was cancelled, for example). @throws SimulationError
   */
  captureRead(context: number, offsetBytes: number, sizeBytes: number): void {
    const slot = this.#slot(context)
    const blocks = blockCount('sizeBytes', sizeBytes, this.#largestBlocks * BLOCK_BYTES)
    const first = firstBlock(offsetBytes, sizeBytes)
    let page = this.#latest.page(first)
    let index = first % PAGE_BLOCKS
    for (let i = 0; i < blocks; i++, index++) {
      if (index === PAGE_BLOCKS) {
        page = this.#latest.page(first + i)
        index = 0
      }
      this.#versions[slot + i] = page === undefined ? 0 : (page[index] ?? 0)
    }
    this.#firsts[context] = first
    this.#counts[context] = blocks
  }

  /**
   * Notes which versions a write submitted now makes, under this context, so that `forgetWrite` can take them
   * back. Call it after `fillWrite`, with the same range. @throws SimulationError
   */
  captureWrite(context: number, offsetBytes: number, sizeBytes: number): void {
    this.captureRead(context, offsetBytes, sizeBytes)
  }

  /**
   * The write of this context failed: what its blocks hold is undecided, for the reads in flight that expect its
   * data and for later ones, up to the next write of each block. Ends the capture. Looks through all contexts.
   * @throws SimulationError when nothing was captured
   */
  forgetWrite(context: number): void {
    const slot = this.#slot(context)
    const blocks = this.#counts[context] ?? 0
    if (blocks === 0) throw new SimulationError('context', context, 'one with a captured write')
    const first = this.#firsts[context] ?? 0
    for (let i = 0; i < blocks; i++) {
      this.#latest.markUndecided(first + i, this.#versions[slot + i] ?? 0)
    }
    for (let other = 0; other < this.#depth; other++) {
      if (other !== context) this.#forgetIn(other, first, blocks, slot)
    }
    this.#counts[context] = 0
  }

  /** Of another context's captured blocks, those with the very versions of the failed write are undecided. */
  #forgetIn(other: number, first: number, blocks: number, slot: number): void {
    const otherFirst = this.#firsts[other] ?? 0
    const from = Math.max(first, otherFirst)
    const to = Math.min(first + blocks, otherFirst + (this.#counts[other] ?? 0))
    const otherSlot = other * this.#largestBlocks
    for (let block = from; block < to; block++) {
      const version = this.#versions[slot + block - first] ?? 0
      const at = otherSlot + block - otherFirst
      if (this.#versions[at] === version) this.#versions[at] = version | UNDECIDED
    }
  }

  /**
   * Judges what the read of this context brought: READ_RIGHT, READ_UNDECIDED, else the position in bytes of the
   * first wrong word. Ends the capture; only blocks of reads without a wrong word count in `checksum`.
   * @throws SimulationError when nothing was captured, or `words` is shorter than the read
   */
  checkRead(context: number, words: Int32Array): number {
    const slot = this.#slot(context)
    const blocks = this.#counts[context] ?? 0
    if (blocks === 0) throw new SimulationError('context', context, 'one with a captured read')
    if (words.length < blocks * BLOCK_WORDS) {
      throw new SimulationError('words.length', words.length, `at least ${blocks * BLOCK_WORDS}`)
    }
    this.#counts[context] = 0
    const first = this.#firsts[context] ?? 0
    let sum = this.#checksum
    let verdict = READ_RIGHT
    for (let i = 0; i < blocks; i++) {
      const version = this.#versions[slot + i] ?? 0
      if (version < 0 || (version === 0 && !this.#isBlank)) {
        verdict = READ_UNDECIDED
        continue
      }
      const base = blockBase(this.#key, first + i, version)
      const at = i * BLOCK_WORDS
      const wrong = version === 0 ? firstNonZeroWord(words, at) : firstWrongWord(words, at, base)
      if (wrong >= 0) return wrong * 4
      // The block was just proved to be this version: adding the base up is adding the data up.
      sum = (sum + base) | 0
    }
    this.#checksum = sum
    return verdict
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
}
