import { describe, expect, it } from 'vitest'
import { DmaSpace } from '../../native-sim/dma-space.js'
import { ViewCache } from '../../native-sim/view-cache.js'

function bench() {
  const buffer = new SharedArrayBuffer(1000)
  const dma = new DmaSpace()
  dma.map({ window: 3, buffer, byteOffset: 100, byteLength: 200 })
  return { dma, bytes: new Uint8Array(buffer) }
}

describe('DmaSpace', () => {
  it('moves bytes both ways', () => {
    const { dma, bytes } = bench()
    const own = new ViewCache(Uint8Array.from([1, 2, 3, 4, 5]), 1)
    expect(dma.write(3, 296, own, 1, 4)).toBe(true)
    expect([...bytes.subarray(295, 301)]).toEqual([0, 2, 3, 4, 5, 0])
    const target = new ViewCache(new Uint8Array(6), 1)
    expect(dma.read(3, 297, target, 2, 2)).toBe(true)
    expect([...target.bytes]).toEqual([0, 0, 3, 4, 0, 0])
    expect([dma.bytesWritten, dma.bytesRead, dma.faults]).toEqual([4, 2, 0])
  })

  it.each([
    [3, 99, 1],
    [3, 100, 201],
    [3, 300, 1],
    [3, 297, 4],
    [3, -4, 8],
    [3, 0xffff_fff0, 32],
    [4, 100, 1],
  ])(
    'faults at window %i offset %i length %i, and touches nothing',
    (window, offset, byteLength) => {
      const { dma, bytes } = bench()
      const own = new ViewCache(new Uint8Array(300).fill(9), 1)
      expect(dma.write(window, offset, own, 0, byteLength)).toBe(false)
      const target = new ViewCache(new Uint8Array(300), 1)
      expect(dma.read(window, offset, target, 0, byteLength)).toBe(false)
      expect([new Set(bytes), new Set(target.bytes)]).toEqual([new Set([0]), new Set([0])])
      expect([dma.faults, dma.lastFault]).toEqual([
        2,
        { direction: 'read', window, offset: offset >>> 0, byteLength },
      ])
    },
  )

  it('an unmapped window is out of reach', () => {
    const { dma } = bench()
    expect(dma.canReach('read', 3, 100, 8)).toBe(true)
    expect(dma.wordsAt(3, 104, 8)?.first).toBe(26)
    expect(dma.wordsAt(3, 102, 8)).toBe(null)
    dma.unmap(3)
    expect([dma.canReach('read', 3, 100, 8), dma.wordsAt(3, 104, 8)]).toEqual([false, null])
  })

  it('refuses a window outside its buffer', () => {
    const { dma } = bench()
    const buffer = new SharedArrayBuffer(64)
    for (const [byteOffset, byteLength] of [
      [-1, 8],
      [0, 0],
      [60, 8],
    ] as const) {
      expect(() => dma.map({ window: 1, buffer, byteOffset, byteLength })).toThrow(
        'within the buffer',
      )
    }
  })
})
