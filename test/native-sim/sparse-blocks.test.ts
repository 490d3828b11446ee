import { expect, it } from 'vitest'
import { SparseBlocks } from '../../native-sim/sparse-blocks.js'

it('sparse blocks take memory only for pages that are written', () => {
  const blocks = new SparseBlocks()
  blocks.locate(2 ** 40 + 5, false)
  expect([blocks.at, blocks.byteLength, blocks.page.bytes[5], blocks.residentBytes]).toEqual([
    5, 65_531, 0, 0,
  ])
  blocks.locate(2 ** 40 + 65_535, true)
  expect([blocks.at, blocks.byteLength, blocks.residentBytes]).toEqual([65_535, 1, 65_536])
  blocks.page.bytes[65_535] = 9
  blocks.locate(2 ** 40, false)
  expect(blocks.page.bytes[65_535]).toBe(9)
  blocks.locate(0, false)
  expect(blocks.page.bytes[65_535]).toBe(0)
})
