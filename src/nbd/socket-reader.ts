/**
 * Socket reader: brings a client's bytes to where they are wanted, by reading straight into that memory.
 * Runs on: host.
 *
 * Node lets a socket read into the caller's memory (`onread`), but a server's sockets are made without. So the
 * accepted socket gives its handle to a new one; where that is not to be had, bytes are copied from 'data'
 * events. `onread` asks for the next place right after each read: when the sink has none, reading pauses, and
 * the read after the pause goes to a spill and is copied from there.
 */
import { Socket } from 'node:net'

/** Where bytes go. */
export interface ByteSink {
  /** There is memory for bytes. If not, `SocketReader.resume` is called once there is. */
  readonly hasPlace: boolean
  /** Memory for the next bytes; asked for only while there is some. */
  place(): Uint8Array
  /** So many bytes are in the place that was given last. */
  received(count: number): void
}

const SPILL_BYTES = 65_536

interface HandleOwner {
  _handle?: unknown
}

export class SocketReader {
  readonly socket: Socket
  /** True when bytes are read where they are wanted. */
  readonly isDirect: boolean
  #sink: ByteSink
  #place: Uint8Array | null = null
  /** Bytes that came when there was no place for them. */
  #left: Uint8Array | null = null
  #spill: Uint8Array | undefined
  #isPaused = false

  /** Takes over a socket that a server accepted with `pauseOnConnect`. */
  constructor(accepted: Socket, sink: ByteSink, mayReadDirectly = true) {
    this.#sink = sink
    const { _handle: handle } = accepted as unknown as HandleOwner
    this.isDirect = mayReadDirectly && typeof handle === 'object' && handle !== null
    this.socket = this.isDirect ? this.#adopt(accepted, handle) : accepted
    if (!this.isDirect) this.socket.on('data', (bytes: Uint8Array) => this.#spread(bytes))
  }

  /** From now on bytes go to another sink. */
  set sink(sink: ByteSink) {
    this.#sink = sink
    this.#place = null
  }

  /** Starts, or goes on after the sink had no place. */
  resume(): void {
    this.#isPaused = false
    const left = this.#left
    this.#left = null
    if (left !== null) this.#spread(left)
    if (!this.#isPaused && !this.socket.destroyed) this.socket.resume()
  }

  /** Hands bytes on that were read before the sink was there. */
  unshift(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#left = bytes.slice()
  }

  #adopt(accepted: Socket, handle: unknown): Socket {
    const owner = accepted as unknown as HandleOwner
    owner._handle = null
    const options = {
      handle,
      allowHalfOpen: true,
      onread: {
        buffer: (): Uint8Array => this.#nextPlace(),
        callback: (count: number, bytes: Uint8Array): boolean => this.#onRead(count, bytes),
      },
    }
    const socket = new Socket(options)
    // The server counts its connections by the sockets that it made.
    socket.once('close', () => accepted.destroy())
    return socket
  }

  #nextPlace(): Uint8Array {
    this.#place = this.#isPaused || !this.#sink.hasPlace ? null : this.#sink.place()
    if (this.#place !== null) return this.#place
    this.#spill ??= new Uint8Array(SPILL_BYTES)
    return this.#spill
  }

  #onRead(count: number, bytes: Uint8Array): boolean {
    if (this.#place === bytes) this.#sink.received(count)
    else this.#spread(bytes.subarray(0, count))
    if (!this.#sink.hasPlace) this.#isPaused = true
    return !this.#isPaused
  }

  /** Copies bytes to the sink's places, as far as there are any. */
  #spread(bytes: Uint8Array): void {
    let done = 0
    while (done < bytes.length) {
      if (!this.#sink.hasPlace) {
        this.#left = bytes.slice(done)
        this.#isPaused = true
        this.socket.pause()
        return
      }
      const place = this.#sink.place()
      const count = Math.min(place.length, bytes.length - done)
      place.set(bytes.subarray(done, done + count))
      done += count
      this.#sink.received(count)
    }
  }
}
