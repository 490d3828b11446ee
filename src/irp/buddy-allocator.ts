/**
 * Buddy allocator: gives out pieces of a channel's buffer region, in powers of two from 64 bytes.
 * Runs on: the channel's host thread only; its books are private and never shared.
 *
 * Level 0 is the whole region, level k has 2^k blocks of size >> k. A block is a node of the usual
 * implicit tree (children of n are 2n+1 and 2n+2); free blocks of a level form a doubly linked list in
 * two arrays, so that allocate and free are O(levels) and allocate nothing.
 */
const MIN_BLOCK_BYTES = 64
const NONE = -1

const FREE = 1
const USED = 2

export class BuddyAllocator {
  readonly regionBytes: number
  readonly levels: number
  /** Bytes handed out, in whole blocks. */
  usedBytes = 0
  /** Level + 1 of the block in use that starts at each smallest block, 0 where none does. */
  #levelAt: Uint8Array
  #state: Uint8Array
  #next: Int32Array
  #previous: Int32Array
  #heads: Int32Array

  /** `regionBytes` is a power of two, at least 64. */
  constructor(regionBytes: number) {
    this.regionBytes = regionBytes
    this.levels = Math.log2(regionBytes / MIN_BLOCK_BYTES) + 1
    const nodes = 2 ** this.levels - 1
    this.#state = new Uint8Array(nodes)
    this.#levelAt = new Uint8Array(regionBytes / MIN_BLOCK_BYTES)
    this.#next = new Int32Array(nodes).fill(NONE)
    this.#previous = new Int32Array(nodes).fill(NONE)
    this.#heads = new Int32Array(this.levels).fill(NONE)
    this.#push(0, 0)
  }

  /** Byte position of a block of at least `byteLength` bytes, or -1 when there is none. */
  allocate(byteLength: number): number {
    if (byteLength > this.regionBytes) return NONE
    const level = this.#levelFor(byteLength)
    let from = level
    while (from >= 0 && this.#heads[from] === NONE) from--
    if (from < 0) return NONE
    let node = this.#heads[from] as number
    this.#unlink(node, from)
    while (from < level) {
      this.#state[node] = 0
      from++
      this.#push(2 * node + 2, from)
      node = 2 * node + 1
    }
    this.#state[node] = USED
    this.usedBytes += this.regionBytes >> level
    const position = (node - ((1 << level) - 1)) * (this.regionBytes >> level)
    this.#levelAt[position / MIN_BLOCK_BYTES] = level + 1
    return position
  }

  /** Gives a block back. False when no block starts there (a foreign position or a second free). */
  free(position: number): boolean {
    const block = position / MIN_BLOCK_BYTES
    let level = (this.#levelAt[block] ?? 0) - 1
    if (level < 0) return false
    this.#levelAt[block] = 0
    this.usedBytes -= this.regionBytes >> level
    let node = (1 << level) - 1 + position / (this.regionBytes >> level)
    this.#state[node] = 0
    while (node > 0) {
      const buddy = ((node - 1) ^ 1) + 1
      if (this.#state[buddy] !== FREE) break
      this.#unlink(buddy, level)
      this.#state[buddy] = 0
      node = (node - 1) >> 1
      level--
    }
    this.#push(node, level)
    return true
  }

  /** Level of the smallest blocks that hold so many bytes. */
  #levelFor(byteLength: number): number {
    const blocks = Math.max(1, Math.ceil(byteLength / MIN_BLOCK_BYTES))
    return this.levels - 1 - (32 - Math.clz32(blocks - 1))
  }

  #push(node: number, level: number): void {
    const head = this.#heads[level] as number
    this.#state[node] = FREE
    this.#next[node] = head
    this.#previous[node] = NONE
    if (head !== NONE) this.#previous[head] = node
    this.#heads[level] = node
  }

  #unlink(node: number, level: number): void {
    const next = this.#next[node] as number
    const previous = this.#previous[node] as number
    if (previous === NONE) this.#heads[level] = next
    else this.#next[previous] = next
    if (next !== NONE) this.#previous[next] = previous
  }
}
