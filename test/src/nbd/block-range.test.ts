import { expect, it } from 'vitest'
import { BlockRange } from '../../../src/nbd/block-range.js'

it('takes every range apart without losing or inventing a byte', () => {
  const range = new BlockRange()
  for (let offset = 0; offset < 20; offset++) {
    for (let length = 1; length < 30; length++) {
      range.set(offset, length, 8)
      const { from, to, headBytes, tailBytes, wholeBytes } = range
      expect(headBytes + wholeBytes + tailBytes).toBe(length)
      expect(from % 8).toBe(0)
      expect(wholeBytes % 8).toBe(0)
      const isInPlace = from - headBytes === offset && to + tailBytes === offset + length
      expect(wholeBytes === 0 || isInPlace).toBe(true)
      expect(range.isAligned).toBe(offset % 8 === 0 && length % 8 === 0)
    }
  }
})

it('a range within one block is all head, one over an edge has a head and a tail', () => {
  const range = new BlockRange()
  range.set(1, 3, 8)
  expect([range.headBytes, range.wholeBytes, range.tailBytes]).toEqual([3, 0, 0])
  range.set(6, 4, 8)
  expect([range.headBytes, range.to, range.tailBytes]).toEqual([2, 8, 2])
  range.set(2 ** 40 + 1, 2 ** 33, 512)
  expect(range.headBytes + range.wholeBytes + range.tailBytes).toBe(2 ** 33)
})
