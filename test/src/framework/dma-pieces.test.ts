import assert from 'node:assert/strict'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../native-sim/random.js'
import { DmaPieces } from '../../../src/framework/dma-pieces.js'
import { ScatterGatherList } from '../../../src/framework/scatter-gather-list.js'

function piecesOf(...pieces: [high: number, low: number, bytes: number][]): DmaPieces {
  const all = new DmaPieces()
  for (const piece of pieces) all.add(...piece)
  return all
}

function elements(list: ScatterGatherList): number[][] {
  return Array.from({ length: list.count }, (_, i) => [
    list.addressHigh(i),
    list.addressLow(i),
    list.lengthOf(i),
  ])
}

describe('DmaPieces', () => {
  it('cuts at pages', () => {
    const list = new ScatterGatherList(8)
    const pieces = piecesOf([1, 4000, 5000])
    expect(pieces.pagesFrom(0)).toBe(3)
    expect(pieces.cut(list, 0, Infinity, Infinity, false)).toBe(3)
    expect(elements(list)).toEqual([
      [1, 4000, 96],
      [1, 4096, 4096],
      [1, 8192, 808],
    ])
  })

  it('merges the pages of one piece for a device that needs one element', () => {
    const list = new ScatterGatherList(1)
    const pieces = piecesOf([1, 4000, 5000], [2, 0, 100])
    expect(pieces.cut(list, 0, Infinity, Infinity, true)).toBe(3)
    expect(elements(list)).toEqual([[1, 4000, 5000]])
    expect(pieces.cut(list, 5000, Infinity, Infinity, true)).toBe(1)
    expect(elements(list)).toEqual([[2, 0, 100]])
  })

  it('goes on in the middle of any piece, over pieces', () => {
    const list = new ScatterGatherList(8)
    const pieces = piecesOf([1, 0, 100], [2, 500, 100], [3, 4090, 100])
    pieces.cut(list, 150, Infinity, Infinity, false)
    expect(elements(list)).toEqual([
      [2, 550, 50],
      [3, 4090, 6],
      [3, 4096, 94],
    ])
    expect(pieces.pagesFrom(150)).toBe(3)
  })

  it('keeps to every limit and covers each byte once, at random', () => {
    const random = new Random(11)
    for (let round = 0; round < 2000; round++) {
      const pieces = new DmaPieces()
      const wanted: [number, number][] = []
      for (let i = 0; i <= random.nextBelow(4); i++) {
        const low = random.nextBelow(10_000)
        const bytes = 1 + random.nextBelow(9000)
        pieces.add(i, low, bytes)
        wanted.push([i, low], [i, low + bytes])
      }
      const list = new ScatterGatherList(1 + random.nextBelow(4))
      const byteLimit = 1 + random.nextBelow(12_000)
      const pageLimit = 1 + random.nextBelow(4)
      const isMerging = list.capacity === 1 && random.nextBelow(2) === 0
      const covered: [number, number][] = []
      let done = 0
      while (done < pieces.byteLength) {
        const pages = pieces.cut(list, done, byteLimit, pageLimit, isMerging)
        expect(list.byteLength).toBeGreaterThan(0)
        expect(list.byteLength).toBeLessThanOrEqual(byteLimit)
        expect(pages).toBeLessThanOrEqual(pageLimit)
        for (const [high = 0, low = 0, bytes = 0] of elements(list)) {
          const last = covered.at(-1)
          if (last?.[0] === high && last[1] === low)
            covered[covered.length - 1] = [high, low + bytes]
          else covered.push([high, low], [high, low + bytes])
          assert.ok(isMerging || (low % 4096) + bytes <= 4096)
        }
        done += list.byteLength
      }
      expect([done, covered]).toEqual([pieces.byteLength, wanted])
    }
  })
})
