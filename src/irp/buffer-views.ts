/**
 * Buffer views: `Uint8Array`s over pieces of a channel's memory, kept so that a request which comes again
 * with the same buffer allocates nothing. Runs on: the thread that asks (a worker, a host).
 * Direct-mapped: a place in the cache per buffer position; another buffer there simply takes its place.
 */
const CACHE_SIZE = 2048
const POSITION_SHIFT = 6

export class BufferViews {
  readonly buffer: SharedArrayBuffer
  /** Number of the channel whose memory it is, -1 for other memory. */
  readonly window: number
  private readonly offsets = new Int32Array(CACHE_SIZE).fill(-1)
  private readonly views: (Uint8Array | undefined)[] = Array.from({ length: CACHE_SIZE })

  constructor(buffer: SharedArrayBuffer, window = -1) {
    this.buffer = buffer
    this.window = window
  }

  /** A view of those bytes; the same object for the same piece, as long as the cache keeps it. */
  view(byteOffset: number, byteLength: number): Uint8Array {
    const place = (byteOffset >>> POSITION_SHIFT) & (CACHE_SIZE - 1)
    const cached = this.views[place]
    if (
      cached !== undefined &&
      this.offsets[place] === byteOffset &&
      cached.length === byteLength
    ) {
      return cached
    }
    const view = new Uint8Array(this.buffer, byteOffset, byteLength)
    this.offsets[place] = byteOffset
    this.views[place] = view
    return view
  }
}
