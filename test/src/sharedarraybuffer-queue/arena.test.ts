import { describe, expect, it } from 'vitest'
import { allocateShared, Arena } from '../../../src/sharedarraybuffer-queue/arena.js'

describe('allocateShared', () => {
  it('gives zeroed shared memory of a fixed size, at least as much as asked for', () => {
    for (const byteLength of [1, 65_536, 65_537]) {
      const buffer = allocateShared(byteLength)
      expect(buffer).toBeInstanceOf(SharedArrayBuffer)
      expect(buffer.byteLength).toBe(Math.ceil(byteLength / 65_536) * 65_536)
      expect(buffer.growable).toBe(false)
      expect(new Int32Array(buffer).every((word) => word === 0)).toBe(true)
    }
  })

  it.each([0, -1, 1.5, NaN, 2 ** 31, 2 ** 53, Infinity])('refuses %d bytes', (byteLength) => {
    expect(() => allocateShared(byteLength)).toThrow(
      expect.objectContaining({ name: 'QueueError', code: 'ERR_IRP_MEMORY', value: byteLength }),
    )
  })
})

describe('Arena', () => {
  it('hands out line-pair-aligned pieces that do not overlap, and adds them up', () => {
    const arena = new Arena(4096)
    const sizes = [1, 32, 33, 64]
    const at = sizes.map((wordCount, i) => arena.take(`piece ${i}`, wordCount))
    expect(at).toEqual([0, 32, 64, 128])
    expect(arena.shares.map((share) => share.byteLength)).toEqual([128, 128, 256, 256])
    const ends = arena.shares.map((share) => share.byteOffset + share.byteLength)
    expect(arena.shares.slice(1).map((share) => share.byteOffset)).toEqual(ends.slice(0, -1))
    expect(arena.words.buffer).toBe(arena.buffer)
    expect(arena.describe().split('\n')).toEqual([
      expect.stringMatching(/^ +128 {2}piece 0$/),
      expect.stringMatching(/^ +128 {2}piece 1$/),
      expect.stringMatching(/^ +256 {2}piece 2$/),
      expect.stringMatching(/^ +256 {2}piece 3$/),
      expect.stringMatching(/^ +768 {2}bytes in all$/),
    ])
  })

  it('says what is missing when it is full, and takes nothing then', () => {
    const arena = new Arena(65_536)
    arena.take('most', 16_384 - 32)
    expect(() => arena.take('too much', 33)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_ARENA_FULL', value: 33 }),
    )
    expect(() => arena.take('too much', 33)).toThrow(/128 bytes left and "too much" needs 256/)
    expect(arena.take('the rest', 32)).toBe(16_384 - 32)
    expect(() => arena.take('one more', 1)).toThrow(/0 bytes left/)
  })
})
