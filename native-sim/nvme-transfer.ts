// Transfers of the NVMe-like device: walks the pages that a command names (PRPs) and moves bytes between them and
// the medium, or a page of data.
// Runs on: the hardware's thread.
// Invariant: all pages are checked before the first byte moves, so a command with one bad address moves nothing.

import {
  NVME_DATA_TRANSFER_ERROR,
  NVME_INVALID_PRP,
  NVME_PAGE_BYTES,
  NVME_SUCCESS,
  SQE_PRP1,
  SQE_PRP2,
} from '../src/abi/nvme-registers.js'
import { read } from '../src/sharedarraybuffer-queue/access.js'
import type { DmaSpace } from './dma-space.js'
import type { SparseBlocks } from './sparse-blocks.js'
import { ViewCache } from './view-cache.js'

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

  /** Memory → medium. Returns an NVMe status. */
  write(command: Int32Array, at: number, position: number, byteLength: number): number {
    const status = this.#locate(command, at, byteLength, 'read')
    if (status !== NVME_SUCCESS) return status
    this.#moveAll(position, true)
    return NVME_SUCCESS
  }

  /** Medium → memory. Returns an NVMe status. */
  read(command: Int32Array, at: number, position: number, byteLength: number): number {
    const status = this.#locate(command, at, byteLength, 'write')
    if (status !== NVME_SUCCESS) return status
    this.#moveAll(position, false)
    return NVME_SUCCESS
  }

  /** `data` → memory. Returns an NVMe status. */
  give(command: Int32Array, at: number, data: Uint8Array): number {
    const status = this.#locate(command, at, data.length, 'write')
    if (status !== NVME_SUCCESS) return status
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

  /** Finds and checks the pages of a command. */
  #locate(
    command: Int32Array,
    at: number,
    byteLength: number,
    direction: 'read' | 'write',
  ): number {
    this.#count = 0
    const inFirst = NVME_PAGE_BYTES - ((command[at + SQE_PRP1] as number) & (NVME_PAGE_BYTES - 1))
    const first = Math.min(byteLength, inFirst)
    if (!this.#add(command, at + SQE_PRP1, first, direction)) return NVME_DATA_TRANSFER_ERROR
    let left = byteLength - first
    if (left === 0) return NVME_SUCCESS
    if (left <= NVME_PAGE_BYTES) return this.#addPage(command, at + SQE_PRP2, left, direction)
    const pages = Math.ceil(left / NVME_PAGE_BYTES)
    if (pages > MAX_PAGES - 1) return NVME_INVALID_PRP
    const low = command[at + SQE_PRP2] as number
    const list = this.#dma.wordsAt(command[at + SQE_PRP2 + 1] as number, low, pages * 8)
    if (list === null) return NVME_DATA_TRANSFER_ERROR
    for (let page = 0; page < pages; page++) {
      const bytes = Math.min(left, NVME_PAGE_BYTES)
      const status = this.#addPage(list.words, list.first + 2 * page, bytes, direction)
      if (status !== NVME_SUCCESS) return status
      left -= bytes
    }
    return NVME_SUCCESS
  }

  /** A page other than the first begins at its start. */
  #addPage(words: Int32Array, at: number, bytes: number, direction: 'read' | 'write'): number {
    if ((read(words, at) & (NVME_PAGE_BYTES - 1)) !== 0) return NVME_INVALID_PRP
    return this.#add(words, at, bytes, direction) ? NVME_SUCCESS : NVME_DATA_TRANSFER_ERROR
  }

  #add(words: Int32Array, at: number, bytes: number, direction: 'read' | 'write'): boolean {
    const low = read(words, at)
    const high = read(words, at + 1)
    if (!this.#dma.canReach(direction, high, low, bytes)) return false
    const index = this.#count++
    this.#high[index] = high
    this.#low[index] = low
    this.#bytes[index] = bytes
    return true
  }
}
