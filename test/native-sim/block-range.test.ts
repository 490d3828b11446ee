import { describe, expect, it } from 'vitest'
import { blockCount, firstBlock } from '../../native-sim/block-range.js'
import { SimulationError } from '../../native-sim/errors.js'

describe('block ranges', () => {
  it('blockCount: whole blocks up to the most that fit', () => {
    expect([blockCount('size', 512, 1024), blockCount('size', 1024, 1024)]).toEqual([1, 2])
    for (const bytes of [0, -512, 100, 513, 1536, NaN]) {
      expect(() => blockCount('size', bytes, 1024)).toThrow(SimulationError)
    }
    expect(() => blockCount('largestBytes', 7, 1024)).toThrow(
      /^largestBytes must be a multiple of 512/,
    )
  })

  it('firstBlock: whole blocks whose end is at most 2^53', () => {
    expect([firstBlock(0, 512), firstBlock(2 ** 53 - 512, 512)]).toEqual([0, 2 ** 44 - 1])
    for (const offset of [-512, 1, NaN, 2 ** 53]) {
      expect(() => firstBlock(offset, 512)).toThrow(SimulationError)
    }
  })
})
