// View cache: pieces of one buffer as `Uint8Array`s, kept so that a transfer to where one was before allocates nothing.
// Runs on: the hardware's thread. Direct-mapped: another piece at a place of the cache takes it over.

const SHIFT = 9

export class ViewCache {
  readonly bytes: Uint8Array
  readonly #mask: number
  readonly #offsets: Int32Array
  readonly #views: (Uint8Array | undefined)[]

  /** @param places a power of two */
  constructor(bytes: Uint8Array, places: number) {
    this.bytes = bytes
    this.#mask = places - 1
    this.#offsets = new Int32Array(places).fill(-1)
    this.#views = Array.from({ length: places })
  }

  /** The bytes from `offset` on. */
  view(offset: number, byteLength: number): Uint8Array {
    const place = (offset >>> SHIFT) & this.#mask
    const known = this.#views[place]
    if (known !== undefined && this.#offsets[place] === offset && known.length === byteLength) {
      return known
    }
    const view = this.bytes.subarray(offset, offset + byteLength)
    this.#offsets[place] = offset
    this.#views[place] = view
    return view
  }
}
