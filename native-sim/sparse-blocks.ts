// Sparse blocks: the medium of a simulated disk. Only pages that were written take memory; the rest reads as zeros.
// Runs on: the hardware's thread.

const PAGE_SHIFT = 16
const PAGE_BYTES = 1 << PAGE_SHIFT
/** Stands for every page that was never written. */
const ZEROS = new Uint8Array(PAGE_BYTES)

export class SparseBlocks {
  readonly #pages = new Map<number, Uint8Array>()
  // What `locate` found: a run of bytes within one page.
  bytes: Uint8Array = ZEROS
  at = 0
  byteLength = 0

  /** Memory taken, bytes. */
  get residentBytes(): number {
    return this.#pages.size * PAGE_BYTES
  }

  /** Finds the bytes from `position` to the end of its page; `forWrite` makes the page if it is not there. */
  locate(position: number, forWrite: boolean): void {
    const number = Math.floor(position / PAGE_BYTES)
    let bytes = this.#pages.get(number)
    if (bytes === undefined && forWrite) {
      bytes = new Uint8Array(PAGE_BYTES)
      this.#pages.set(number, bytes)
    }
    this.bytes = bytes ?? ZEROS
    this.at = position - number * PAGE_BYTES
    this.byteLength = PAGE_BYTES - this.at
  }
}
