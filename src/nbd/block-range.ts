/**
 * Block range: the whole blocks within a range of bytes, and what is left at its edges. Runs on: host.
 *
 *   offset           from                 to           end
 *     |---- head ----|--- whole blocks ---|--- tail ---|
 *
 * A range within one block is all head.
 */
export class BlockRange {
  /** The whole blocks; none when `to` is not beyond `from`. */
  from = 0
  to = 0
  headBytes = 0
  tailBytes = 0

  /** Takes a range apart; the object is used again for the next. */
  set(offset: number, length: number, blockBytes: number): void {
    const end = offset + length
    this.from = Math.ceil(offset / blockBytes) * blockBytes
    this.to = Math.floor(end / blockBytes) * blockBytes
    this.headBytes = Math.min(end, this.from) - offset
    this.tailBytes = this.to >= this.from ? end - this.to : 0
  }

  get wholeBytes(): number {
    return Math.max(0, this.to - this.from)
  }

  get isAligned(): boolean {
    return this.headBytes === 0 && this.tailBytes === 0
  }
}
