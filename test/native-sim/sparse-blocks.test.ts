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

it('a page is found among hundreds, also those whose numbers share their low bits, and before it is written', () => {
  const blocks = new SparseBlocks()
  const PAGE = 65_536
  const numbers = Array.from({ length: 600 }, (_, i) => (i % 3) * 2 ** 24 + i * 128)
  for (const [i, number] of numbers.entries()) {
    blocks.locate(number * PAGE, false)
    expect(blocks.page.bytes[0]).toBe(0)
    blocks.locate(number * PAGE, true)
    blocks.page.bytes[0] = 1 + (i % 250)
  }
  for (const [i, number] of numbers.entries()) {
    blocks.locate(number * PAGE + 7, i % 2 === 0)
    expect([blocks.page.bytes[0], blocks.at]).toEqual([1 + (i % 250), 7])
  }
  expect(blocks.residentBytes).toBe(numbers.length * PAGE)
})
