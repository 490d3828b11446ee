// Transfers of the NVMe-like device: walks the pages that a command names (PRPs) and moves bytes between them and
// the medium, or a page of data.
// Runs on: the hardware's thread.
// Invariant: all pages are checked before the first byte moves, so a command with one bad address moves nothing.
//
// What lies in one page, as most transfers do, moves in one go; anything else is taken apart first.

import {
  NVME_DATA_TRANSFER_ERROR,
  NVME_INVALID_PRP,
  NVME_PAGE_BYTES,
  NVME_SUCCESS,
  SQE_PRP1,
  SQE_PRP2,
} from '../src/abi/nvme-registers.js'
import { read as sharedRead } from '../src/sharedarraybuffer-queue/access.js'
import type { DmaSpace } from './dma-space.js'
import type { SparseBlocks } from './sparse-blocks.js'
import { ViewCache } from './view-cache.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const PRP1 = SQE_PRP1
const SUCCESS = NVME_SUCCESS
const PAGE_BYTES = NVME_PAGE_BYTES
const IN_PAGE = PAGE_BYTES - 1

/** Pages of the largest transfer: 128 KiB that begins in the middle of a page. */
const MAX_PAGES = 33

export class NvmeTransfer {
  readonly #dma: DmaSpace
  readonly #medium: SparseBlocks
  // The pieces of memory of the command in hand.
  readonly #high = new Int32Array(MAX_PAGES)
  readonly #low = new Int32Array(MAX_PAGES)
  readonly #bytes = new Int32Array(MAX_PAGES)
  #count = 0

  constructor(dma: DmaSpace, medium: SparseBlocks) {
    this.#dma = dma
    this.#medium = medium
  }

  /** Moves a command's data: memory → medium of a write, medium → memory of a read. Returns an NVMe status. */
  move(
    command: Int32Array,
    at: number,
    position: number,
    byteLength: number,
    isWrite: boolean,
  ): number {
    const low = read(command, at + PRP1)
    const high = read(command, at + PRP1 + 1)
    if ((low & IN_PAGE) + byteLength <= PAGE_BYTES) {
      const medium = this.#medium
      medium.locate(position, isWrite)
      if (byteLength <= medium.byteLength) {
        const isDone = isWrite
          ? this.#dma.read(high, low, medium.page, medium.at, byteLength)
          : this.#dma.write(high, low, medium.page, medium.at, byteLength)
        return isDone ? SUCCESS : NVME_DATA_TRANSFER_ERROR
      }
    }
    const status = this.#locate(command, at, high, low, byteLength, isWrite ? 'read' : 'write')
    if (status === SUCCESS) this.#moveAll(position, isWrite)
    return status
  }

  /** `data` → memory. Returns an NVMe status. */
  give(command: Int32Array, at: number, data: Uint8Array): number {
    const low = read(command, at + PRP1)
    const high = read(command, at + PRP1 + 1)
    const status = this.#locate(command, at, high, low, data.length, 'write')
    if (status !== SUCCESS) return status
    const source = new ViewCache(data, 1)
    for (let i = 0, done = 0; i < this.#count; i++) {
      const byteLength = this.#bytes[i] as number
      this.#dma.write(this.#high[i] as number, this.#low[i] as number, source, done, byteLength)
      done += byteLength
    }
    return NVME_SUCCESS
  }

  #moveAll(position: number, isWrite: boolean): void {
    for (let i = 0; i < this.#count; i++) {
      const byteLength = this.#bytes[i] as number
      this.#move(i, position, byteLength, isWrite)
      position += byteLength
    }
  }

  #move(page: number, position: number, byteLength: number, isWrite: boolean): void {
    const high = this.#high[page] as number
    let low = this.#low[page] as number
    for (let left = byteLength; left > 0;) {
      const medium = this.#medium
      medium.locate(position, isWrite)
      const count = Math.min(left, medium.byteLength)
      if (isWrite) this.#dma.read(high, low, medium.page, medium.at, count)
      else this.#dma.write(high, low, medium.page, medium.at, count)
      low += count
      position += count
      left -= count
    }
  }

  /** Finds and checks the pages of a command, the first of which is at (high, low). */
  #locate(
    command: Int32Array,
    at: number,
    high: number,
    low: number,
    byteLength: number,
    direction: 'read' | 'write',
  ): number {
    this.#count = 0
    const first = Math.min(byteLength, PAGE_BYTES - (low & IN_PAGE))
    if (!this.#add(high, low, first, direction)) return NVME_DATA_TRANSFER_ERROR
    let left = byteLength - first
    if (left === 0) return SUCCESS
    if (left <= PAGE_BYTES) return this.#addPage(command, at + SQE_PRP2, left, direction)
    const pages = Math.ceil(left / PAGE_BYTES)
    if (pages > MAX_PAGES - 1) return NVME_INVALID_PRP
    const listLow = read(command, at + SQE_PRP2)
    const listHigh = read(command, at + SQE_PRP2 + 1)
    const list = this.#dma.wordsAt(listHigh, listLow, pages * 8)
    if (list === null) return NVME_DATA_TRANSFER_ERROR
    for (let page = 0; page < pages; page++) {
      const bytes = Math.min(left, PAGE_BYTES)
      const status = this.#addPage(list.words, list.first + 2 * page, bytes, direction)
      if (status !== SUCCESS) return status
      left -= bytes
    }
    return SUCCESS
  }

  /** A page other than the first begins at its start. */
  #addPage(words: Int32Array, at: number, bytes: number, direction: 'read' | 'write'): number {
    const low = read(words, at)
    if ((low & IN_PAGE) !== 0) return NVME_INVALID_PRP
    const isThere = this.#add(read(words, at + 1), low, bytes, direction)
    return isThere ? SUCCESS : NVME_DATA_TRANSFER_ERROR
  }

  #add(high: number, low: number, bytes: number, direction: 'read' | 'write'): boolean {
    if (!this.#dma.canReach(direction, high, low, bytes)) return false
    const index = this.#count++
    this.#high[index] = high
    this.#low[index] = low
    this.#bytes[index] = bytes
    return true
  }
}
