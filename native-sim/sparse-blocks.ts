// Sparse blocks: the medium of a simulated disk. Only pages that were written take memory; the rest reads as zeros.
// Runs on: the hardware's thread.

import { ViewCache } from './view-cache.js'

const PAGE_SHIFT = 16
const PAGE_BYTES = 1 << PAGE_SHIFT
const VIEWS_OF_A_PAGE = 128
/** Pages that are found without a look into the map: 16 MiB where they lie together. A power of two. */
const RECENT = 256
/** Stands for every page that was never written. */
const ZEROS = new ViewCache(new Uint8Array(PAGE_BYTES), VIEWS_OF_A_PAGE)

export class SparseBlocks {
  readonly #pages = new Map<number, ViewCache>()
  /** Pages found before, by their number's low bits. */
  readonly #recentNumbers = new Float64Array(RECENT).fill(-1)
  readonly #recent: ViewCache[] = Array.from({ length: RECENT }, () => ZEROS)
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
    const place = number % RECENT
    this.page =
      this.#recentNumbers[place] === number
        ? (this.#recent[place] as ViewCache)
        : this.#find(number, place, forWrite)
    this.at = position - number * PAGE_BYTES
    this.byteLength = PAGE_BYTES - this.at
  }

  #find(number: number, place: number, forWrite: boolean): ViewCache {
    let page = this.#pages.get(number)
    if (page === undefined) {
      // Not kept among the recent ones: a write would have to find out.
      if (!forWrite) return ZEROS
      page = new ViewCache(new Uint8Array(PAGE_BYTES), VIEWS_OF_A_PAGE)
      this.#pages.set(number, page)
    }
    this.#recentNumbers[place] = number
    this.#recent[place] = page
    return page
  }
}
