// Which version of each 512-byte block was written last: pages of counters, made at the first write near a place.
// Runs on: the oracle's thread; one object belongs to one thread.
// A stored version: bits 0-30 count the writes, 0 = never written; the sign bit says that this write failed, so
// that nobody can know what the block holds.
// Invariant: two writes of one block have two versions (until its count starts over, after 2^31 - 1 writes).

/** Blocks whose versions lie in one array: 4 KiB of memory for 512 KiB of disk. */
export const PAGE_BLOCKS = 1024
/** Set in a version whose write failed; such versions are negative. */
export const UNDECIDED = 1 << 31
const COUNT_MASK = 0x7fff_ffff

export class BlockVersions {
  readonly #pages = new Map<number, Int32Array>()

  /** The page that has this block at index `block % PAGE_BLOCKS`; undefined: nothing there was ever written. */
  page(block: number): Int32Array | undefined {
    return this.#pages.get(Math.floor(block / PAGE_BLOCKS))
  }

  pageForWrite(block: number): Int32Array {
    const known = this.page(block)
    if (known !== undefined) return known
    const page = new Int32Array(PAGE_BLOCKS)
    this.#pages.set(Math.floor(block / PAGE_BLOCKS), page)
    return page
  }

  /** The block's latest version is undecided if it is still this one. */
  markUndecided(block: number, version: number): void {
    const page = this.page(block)
    const index = block % PAGE_BLOCKS
    if (page !== undefined && page[index] === version) page[index] = version | UNDECIDED
  }
}

/** The version after this one, decided; the count starts over at 1, because 0 means never. */
export function versionAfter(stored: number): number {
  return ((stored & COUNT_MASK) + 1) & COUNT_MASK || 1
}
