import { expect, it } from 'vitest'
import * as wire from '../../../src/nbd/wire.js'

it('numbers are big-endian, and 64 bits are exact up to 2^53', () => {
  const bytes = new Uint8Array(16)
  wire.put16(bytes, 0, 0x1234)
  wire.put32(bytes, 2, 0xfedcba98)
  wire.put64(bytes, 6, Number.MAX_SAFE_INTEGER)
  expect(Buffer.from(bytes).toString('hex')).toBe('1234fedcba98001fffffffffffff0000')
  expect([wire.get16(bytes, 0), wire.get32(bytes, 2)]).toEqual([0x1234, 0xfedcba98])
  expect(wire.getWord(bytes, 2)).toBe(0xfedcba98 | 0)
  expect(wire.get64(bytes, 6)).toBe(Number.MAX_SAFE_INTEGER)
})

it('a request is read field by field', () => {
  const bytes = Buffer.from('ff25609513800100060102030405060708000000010000000200001000', 'hex')
  const header = new wire.RequestHeader()
  header.read(bytes, 1)
  expect(header).toEqual({
    magic: 0x25609513,
    flags: 0x8001,
    type: 6,
    cookieHi: 0x01020304,
    cookieLo: 0x05060708,
    offset: 2 ** 32 + 2,
    length: 4096,
  })
})

it('replies are as the protocol draws them', () => {
  const bytes = new Uint8Array(30)
  const hex = (length: number) => Buffer.from(bytes.subarray(1, 1 + length)).toString('hex')
  wire.putSimpleReply(bytes, 1, 28, 0x80000001 | 0, 2)
  expect(hex(16)).toBe('674466980000001c8000000100000002')
  wire.putDataChunk(bytes, 1, 2 ** 33, 512, 1, 2)
  expect(hex(28)).toBe('668e33ef000100010000000100000002000002080000000200000000')
  wire.putErrorChunk(bytes, 1, 5, 1, 2)
  expect(hex(26)).toBe('668e33ef00018001000000010000000200000006000000050000')
})
