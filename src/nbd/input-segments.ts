/**
 * Input segments: where a client's bytes land, in the channel's shared memory, so that the data of a write are
 * used where the socket put them. Runs on: host. HOT.
 *
 *   segment   |  parsed, used by requests  |  parseAt … writeAt: not parsed  |  room for the socket  |
 *
 * Invariants: one segment is current; a segment is free when no request uses its bytes and it is not current.
 * Only the few bytes of an unfinished header or block are ever moved, when the current segment is full.
 */

export class InputSegments {
  readonly bytes: Uint8Array
  readonly segmentBytes: number
  /** First byte that is not parsed, and first that is not received; positions in `bytes`. */
  parseAt = 0
  writeAt = 0
  #current = 0
  /** Requests that use a segment. */
  readonly #users: Int32Array

  constructor(bytes: Uint8Array, segmentCount: number) {
    this.bytes = bytes
    this.segmentBytes = bytes.length / segmentCount
    this.#users = new Int32Array(segmentCount)
  }

  /** Received and not parsed. */
  get unparsed(): number {
    return this.writeAt - this.parseAt
  }

  /** Bytes from `parseAt` to the end of the segment: what can lie in one piece. */
  get piece(): number {
    return this.#end - this.parseAt
  }

  /** Room that the socket may fill. */
  get room(): number {
    return this.#end - this.writeAt
  }

  get #end(): number {
    return (this.#current + 1) * this.segmentBytes
  }

  /** A request uses bytes of the current segment. Returns the segment, for `release`. */
  use(): number {
    this.#users[this.#current]!++
    return this.#current
  }

  release(segment: number): void {
    this.#users[segment]!--
  }

  /** Starts the current segment again when nothing in it is needed: the same places come again. */
  rewind(): void {
    if (this.parseAt !== this.writeAt || this.#users[this.#current] !== 0) return
    this.parseAt = this.writeAt = this.#current * this.segmentBytes
  }

  /** Goes on in another segment, with what is not parsed. False when none is free. */
  advance(): boolean {
    const next = this.#findFree()
    if (next < 0) return false
    const start = next * this.segmentBytes
    const { unparsed } = this
    this.bytes.copyWithin(start, this.parseAt, this.writeAt)
    this.#current = next
    this.parseAt = start
    this.writeAt = start + unparsed
    return true
  }

  #findFree(): number {
    const count = this.#users.length
    for (let i = 1; i < count; i++) {
      const candidate = (this.#current + i) % count
      if (this.#users[candidate] === 0) return candidate
    }
    return -1
  }
}
