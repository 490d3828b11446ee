// Sparse blocks: the medium of a simulated disk. Only pages that were written take memory; the rest reads as zeros.
// Runs on: the hardware's thread.

import { ViewCache } from './view-cache.js'

const PAGE_SHIFT = 16
const PAGE_BYTES = 1 << PAGE_SHIFT
const VIEWS_OF_A_PAGE = 128
/** Stands for every page that was never written. */
const ZEROS = new ViewCache(new Uint8Array(PAGE_BYTES), VIEWS_OF_A_PAGE)

export class SparseBlocks {
  readonly #pages = new Map<number, ViewCache>()
  // What `locate` found: a run of bytes within one page.
  page = ZEROS
  at = 0
  byteLength = 0

  /** Memory taken, bytes. */
  get residentBytes(): number {
    return this.#pages.size * PAGE_BYTES
  }

  /** Finds the bytes from `position` to the end of its page; `forWrite` makes the page if it is not there. */
  locate(position: number, forWrite: boolean): void {
    const number = Math.floor(position / PAGE_BYTES)
    let page = this.#pages.get(number)
    if (page === undefined && forWrite) {
      page = new ViewCache(new Uint8Array(PAGE_BYTES), VIEWS_OF_A_PAGE)
      this.#pages.set(number, page)
    }
    this.page = page ?? ZEROS
    this.at = position - number * PAGE_BYTES
    this.byteLength = PAGE_BYTES - this.at
  }
}
