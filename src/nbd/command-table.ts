/**
 * Command table: the requests of a client that have not been answered. Runs on: host. HOT.
 * Columns of numbers, an entry a command; the free entries are a stack.
 *
 * A command is one or several IRPs (parts): a write whose data lie in several segments has several, one that
 * has to reach the medium may be followed by a flush. It is answered once, when no part is out and none is due.
 */
import type { RequestHeader } from './wire.js'

/** A context of an IRP: its command, and the segment that its data lie in, plus 1. */
const SEGMENT_BITS = 5
const SEGMENT_MASK = (1 << SEGMENT_BITS) - 1
/** Stands for the segment of a part that uses none. */
export const NO_SEGMENT = -1

export function contextOf(command: number, segment: number): number {
  return (command << SEGMENT_BITS) | (segment + 1)
}
export function commandOf(context: number): number {
  return context >> SEGMENT_BITS
}
export function segmentOfContext(context: number): number {
  return (context & SEGMENT_MASK) - 1
}

/** Zeroes at the edges of a range that is no whole blocks, and a flush. */
export const DUE_HEAD = 1
export const DUE_TAIL = 2
export const DUE_FLUSH = 4

export class CommandTable {
  readonly capacity: number
  /** CMD_… of the protocol. */
  readonly type: Uint16Array
  readonly cookieHi: Int32Array
  readonly cookieLo: Int32Array
  readonly offset: Float64Array
  readonly length: Float64Array
  /** Parts that are out, plus one while its data are still coming in. */
  readonly parts: Int32Array
  /** NBD error of the first part that failed. */
  readonly error: Int32Array
  /** DUE_… bits: what has to follow before it is answered. */
  readonly due: Uint8Array
  /** Where its reply is put together, and how many bytes were reserved there. */
  readonly replyAt: Int32Array
  readonly replyBytes: Int32Array
  /** Where data of a read lie that have a block of their own; 0 = behind the reply's header. */
  readonly blockAt: Int32Array
  readonly startedMs: Float64Array
  readonly #free: Int32Array
  #freeCount: number

  constructor(capacity: number) {
    this.capacity = capacity
    this.type = new Uint16Array(capacity)
    this.cookieHi = new Int32Array(capacity)
    this.cookieLo = new Int32Array(capacity)
    this.offset = new Float64Array(capacity)
    this.length = new Float64Array(capacity)
    this.parts = new Int32Array(capacity)
    this.error = new Int32Array(capacity)
    this.due = new Uint8Array(capacity)
    this.replyAt = new Int32Array(capacity)
    this.replyBytes = new Int32Array(capacity)
    this.blockAt = new Int32Array(capacity)
    this.startedMs = new Float64Array(capacity)
    this.#free = Int32Array.from({ length: capacity }, (_, i) => capacity - 1 - i)
    this.#freeCount = capacity
  }

  /** Commands that are not answered. */
  get inUse(): number {
    return this.capacity - this.#freeCount
  }

  /** An entry for the request, or -1 when all are in use. */
  acquire(request: RequestHeader, nowMs: number): number {
    if (this.#freeCount === 0) return -1
    const command = this.#free[--this.#freeCount] as number
    this.type[command] = request.type
    this.cookieHi[command] = request.cookieHi
    this.cookieLo[command] = request.cookieLo
    this.offset[command] = request.offset
    this.length[command] = request.length
    this.startedMs[command] = nowMs
    this.parts[command] = 0
    this.error[command] = 0
    this.due[command] = 0
    this.blockAt[command] = 0
    return command
  }

  release(command: number): void {
    this.#free[this.#freeCount++] = command
  }
}
