/**
 * Reply area: where replies are put together, in the channel's shared memory: the worker reads data right behind
 * the place of their header, so that a reply, or a row of them, goes to the socket as it lies. Runs on: host. HOT.
 *
 * A reply's place is reserved when its request is sent and given back when the socket has taken it. Invariant:
 * `live` counts a segment's reserved bytes; a segment without any starts again from its beginning.
 */

export class ReplyArea {
  readonly segmentBytes: number
  readonly #first: number
  readonly #used: Int32Array
  readonly #live: Int32Array
  #current = 0

  /** The area's first byte, a position in the channel's memory, and its segments. */
  constructor(first: number, segmentBytes: number, segmentCount: number) {
    this.#first = first
    this.segmentBytes = segmentBytes
    this.#used = new Int32Array(segmentCount)
    this.#live = new Int32Array(segmentCount)
  }

  /** Position of `length` bytes in one piece, or -1 when there is no room. */
  reserve(length: number): number {
    let current = this.#current
    if (this.#live[current] === 0) this.#used[current] = 0
    if ((this.#used[current] as number) + length > this.segmentBytes) {
      current = this.#findFree()
      if (current < 0 || length > this.segmentBytes) return -1
      this.#current = current
      this.#used[current] = 0
    }
    const position = this.#first + current * this.segmentBytes + (this.#used[current] as number)
    this.#used[current]! += length
    this.#live[current]! += length
    return position
  }

  release(position: number, length: number): void {
    const segment = ((position - this.#first) / this.segmentBytes) | 0
    this.#live[segment]! -= length
  }

  #findFree(): number {
    return this.#live.indexOf(0)
  }
}
