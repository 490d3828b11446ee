/**
 * Wire: big-endian numbers in byte arrays, and the two headers of the transmission phase. Runs on: host. HOT.
 * A 64-bit number is a number up to 2^53 or two words; cookies are two words and never interpreted.
 */
import {
  CHUNK_HEADER_BYTES,
  REPLY_FLAG_DONE,
  REPLY_TYPE_ERROR,
  REPLY_TYPE_OFFSET_DATA,
  SIMPLE_REPLY_MAGIC,
  STRUCTURED_REPLY_MAGIC,
} from './protocol.js'

const TWO_32 = 2 ** 32

export function get16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number)
}

/** As a signed 32-bit integer: the shape that V8 keeps in a register. */
export function getWord(bytes: Uint8Array, at: number): number {
  return (get16(bytes, at) << 16) | get16(bytes, at + 2)
}

export function get32(bytes: Uint8Array, at: number): number {
  return getWord(bytes, at) >>> 0
}

/** Not exact beyond 2^53: out of every disk's range anyway. */
export function get64(bytes: Uint8Array, at: number): number {
  return get32(bytes, at) * TWO_32 + get32(bytes, at + 4)
}

export function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

export function put64(bytes: Uint8Array, at: number, value: number): void {
  put32(bytes, at, value / TWO_32)
  put32(bytes, at + 4, value)
}

/** A request of the transmission phase; one object, filled anew for each. */
export class RequestHeader {
  magic = 0
  flags = 0
  type = 0
  cookieHi = 0
  cookieLo = 0
  offset = 0
  length = 0

  /** Reads the 28 bytes at `at`. */
  read(bytes: Uint8Array, at: number): void {
    this.magic = getWord(bytes, at)
    this.flags = get16(bytes, at + 4)
    this.type = get16(bytes, at + 6)
    this.cookieHi = getWord(bytes, at + 8)
    this.cookieLo = getWord(bytes, at + 12)
    this.offset = get64(bytes, at + 16)
    this.length = get32(bytes, at + 24)
  }
}

/** The 16 bytes before a simple reply's data. */
export function putSimpleReply(
  bytes: Uint8Array,
  at: number,
  error: number,
  cookieHi: number,
  cookieLo: number,
): void {
  put32(bytes, at, SIMPLE_REPLY_MAGIC)
  put32(bytes, at + 4, error)
  put32(bytes, at + 8, cookieHi)
  put32(bytes, at + 12, cookieLo)
}

/** The 28 bytes before the data of a reply that is one chunk. */
export function putDataChunk(
  bytes: Uint8Array,
  at: number,
  offset: number,
  length: number,
  cookieHi: number,
  cookieLo: number,
): void {
  putChunk(bytes, at, REPLY_TYPE_OFFSET_DATA, cookieHi, cookieLo, length + 8)
  put64(bytes, at + CHUNK_HEADER_BYTES, offset)
}

/** The 26 bytes of a reply that is one error without words. */
export function putErrorChunk(
  bytes: Uint8Array,
  at: number,
  error: number,
  cookieHi: number,
  cookieLo: number,
): void {
  putChunk(bytes, at, REPLY_TYPE_ERROR, cookieHi, cookieLo, 6)
  put32(bytes, at + CHUNK_HEADER_BYTES, error)
  put16(bytes, at + CHUNK_HEADER_BYTES + 4, 0)
}

function putChunk(
  bytes: Uint8Array,
  at: number,
  type: number,
  cookieHi: number,
  cookieLo: number,
  length: number,
): void {
  put32(bytes, at, STRUCTURED_REPLY_MAGIC)
  put16(bytes, at + 4, REPLY_FLAG_DONE)
  put16(bytes, at + 6, type)
  put32(bytes, at + 8, cookieHi)
  put32(bytes, at + 12, cookieLo)
  put32(bytes, at + 16, length)
}
