import { describe, expect, test } from 'vitest'
import { copyBytes, zeroBytes } from '../../../src/pairs/move-bytes.js'

const LENGTHS = [0, 1, 7, 8, 9, 511, 512, 4096, 4097, 10_000]
const PLACES = [0, 1, 4, 7, 8]

/** Bytes in memory of that kind, none of them zero. */
function numbered(shared: boolean, length: number): Uint8Array {
  const bytes = new Uint8Array(shared ? new SharedArrayBuffer(length) : new ArrayBuffer(length))
  for (let i = 0; i < length; i++) bytes[i] = 1 + (i % 251)
  return bytes
}

describe.each([
  ['shared', true],
  ['private', false],
])('%s memory', (_name, shared) => {
  test.each(LENGTHS)(
    '%i bytes arrive between any two places, and nothing else changes',
    (length) => {
      for (const from of PLACES) {
        for (const to of PLACES) {
          const source = numbered(true, from + length + 8)
          const target = numbered(shared, to + length + 16)
          const expected = Uint8Array.from(target)
          const piece = source.subarray(from, from + length)
          expected.set(Uint8Array.from(piece), to + 1)
          copyBytes(piece, target.subarray(1), to)
          expect(same(target, expected)).toBe(true)
        }
      }
    },
  )

  test.each(LENGTHS)('%i bytes are zeroed from any place, and nothing else', (length) => {
    for (const from of PLACES) {
      const target = numbered(shared, from + length + 8)
      const expected = Uint8Array.from(target).fill(0, from, from + length)
      zeroBytes(target, from, from + length)
      expect(same(target, expected)).toBe(true)
    }
  })

  test('a copy that does not fit is refused', () => {
    for (const at of [1, 8]) {
      const target = numbered(shared, 64)
      expect(() => copyBytes(numbered(true, 64), target, at)).toThrow(RangeError)
      expect(target).toEqual(numbered(shared, 64))
    }
  })
})

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}
