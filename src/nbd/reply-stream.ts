/**
 * Reply stream: finished replies on their way to the socket. Replies that lie side by side go as one piece; the
 * pieces of a turn go in one writev. Runs on: host. HOT: add; the rest once a turn.
 *
 * Invariant: a piece's memory is given back when the socket has handed it to the system, or is gone.
 */
import type { Socket } from 'node:net'

/** Gives the memory of a sent piece back. */
export type OnSent = (position: number, length: number) => void

export class ReplyStream {
  /** Bytes handed to the socket and not yet taken by the system. */
  pendingBytes = 0
  readonly #socket: Socket
  readonly #memory: SharedArrayBuffer
  readonly #onSent: OnSent
  /** Called when memory has been given back. */
  readonly #onRoom: () => void
  /** Position and length of the pieces of this turn, one after the other. */
  #pieces: number[] = []

  constructor(socket: Socket, memory: SharedArrayBuffer, onSent: OnSent, onRoom: () => void) {
    this.#socket = socket
    this.#memory = memory
    this.#onSent = onSent
    this.#onRoom = onRoom
  }

  /** Queues bytes of the channel's memory; `mayJoin` says that they may go with the piece before them. */
  add(position: number, length: number, mayJoin: boolean): void {
    const pieces = this.#pieces
    const last = pieces.length - 2
    if (
      mayJoin &&
      last >= 0 &&
      (pieces[last] as number) + (pieces[last + 1] as number) === position
    ) {
      ;(pieces[last + 1] as number) += length
      return
    }
    pieces.push(position, length)
  }

  /** Hands this turn's pieces to the socket. */
  flush(): void {
    const pieces = this.#pieces
    if (pieces.length === 0) return
    this.#pieces = []
    if (this.#socket.destroyed) {
      this.#giveBack(pieces)
      return
    }
    const isSeveral = pieces.length > 2
    if (isSeveral) this.#socket.cork()
    for (let i = 0; i < pieces.length; i += 2) {
      const length = pieces[i + 1] as number
      this.pendingBytes += length
      const piece = Buffer.from(this.#memory, pieces[i] as number, length)
      // The system takes the pieces in order, so the last one's news is that of all.
      if (i + 2 < pieces.length) this.#socket.write(piece)
      else this.#socket.write(piece, () => this.#sent(pieces))
    }
    if (isSeveral) this.#socket.uncork()
  }

  #sent(pieces: readonly number[]): void {
    for (let i = 1; i < pieces.length; i += 2) this.pendingBytes -= pieces[i] as number
    this.#giveBack(pieces)
    this.#onRoom()
  }

  #giveBack(pieces: readonly number[]): void {
    for (let i = 0; i < pieces.length; i += 2) {
      this.#onSent(pieces[i] as number, pieces[i + 1] as number)
    }
  }
}
