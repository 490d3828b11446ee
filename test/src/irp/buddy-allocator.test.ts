import { describe, expect, it } from 'vitest'
import { Random } from '../../../native-sim/random.js'
import { BuddyAllocator } from '../../../src/irp/buddy-allocator.js'

const REGION = 65_536
const blockOf = (byteLength: number) => Math.max(64, 2 ** Math.ceil(Math.log2(byteLength)))

describe('BuddyAllocator', () => {
  it('gives blocks of powers of two from 64 bytes, aligned to their size', () => {
    for (const byteLength of [1, 63, 64, 65, 100, 4096, 40_000, REGION]) {
      const allocator = new BuddyAllocator(REGION)
      const position = allocator.allocate(byteLength)
      expect(position % blockOf(byteLength)).toBe(0)
      expect(allocator.usedBytes).toBe(blockOf(byteLength))
      expect(allocator.free(position)).toBe(true)
      expect(allocator.usedBytes).toBe(0)
    }
  })

  it('can be emptied to the last block, and says when there is none', () => {
    const allocator = new BuddyAllocator(1024)
    const positions = Array.from({ length: 16 }, () => allocator.allocate(64))
    expect(positions.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 16 }, (_, i) => i * 64),
    )
    expect(allocator.allocate(1)).toBe(-1)
    expect(allocator.usedBytes).toBe(1024)
    for (const position of positions) expect(allocator.free(position)).toBe(true)
    expect(allocator.allocate(1024)).toBe(0)
  })

  it('has nothing larger than its region', () => {
    const allocator = new BuddyAllocator(1024)
    expect(allocator.allocate(1025)).toBe(-1)
    expect(allocator.allocate(2 ** 31)).toBe(-1)
    expect(allocator.usedBytes).toBe(0)
  })

  it('is one block when the region is the smallest there can be', () => {
    const allocator = new BuddyAllocator(64)
    expect(allocator.levels).toBe(1)
    expect(allocator.allocate(64)).toBe(0)
    expect(allocator.allocate(1)).toBe(-1)
    expect(allocator.free(0)).toBe(true)
    expect(allocator.allocate(10)).toBe(0)
  })

  it('joins buddies, not neighbours', () => {
    const allocator = new BuddyAllocator(512)
    const blocks = [0, 1, 2, 3].map(() => allocator.allocate(128)).toSorted((a, b) => a - b)
    expect(blocks).toEqual([0, 128, 256, 384])
    allocator.free(128)
    allocator.free(256)
    expect(allocator.allocate(256)).toBe(-1)
    allocator.free(0)
    expect(allocator.allocate(256)).toBe(0)
  })

  it('refuses what it did not give: a second free, the inside of a block, a foreign position', () => {
    const allocator = new BuddyAllocator(REGION)
    const position = allocator.allocate(256)
    for (const foreign of [position + 64, position + 1, -256, REGION, 2 * REGION, 0.5, NaN]) {
      expect(allocator.free(foreign)).toBe(false)
    }
    expect(allocator.usedBytes).toBe(256)
    expect(allocator.free(position)).toBe(true)
    expect(allocator.free(position)).toBe(false)
    expect(allocator.usedBytes).toBe(0)
    expect(allocator.allocate(REGION)).toBe(0)
  })

  it.each([21, 22, 23])(
    'does what a map of blocks does, seed %i, and comes back to one',
    (seed) => {
      const random = new Random(seed)
      const allocator = new BuddyAllocator(REGION)
      const used = new Uint8Array(REGION / 64)
      const blocks = new Map<number, number>()
      let refused = 0
      let usedBytes = 0
      for (let step = 0; step < 20_000; step++) {
        const at = `seed ${seed}, step ${step}`
        if (random.nextBelow(5) < 3) {
          const byteLength = 1 + random.nextBelow(2 ** (6 + random.nextBelow(7)))
          const size = blockOf(byteLength)
          const position = allocator.allocate(byteLength)
          // A buddy allocator has a block exactly if some aligned run of that size is all free.
          const fits = hasFreeRun(used, size / 64)
          if (position >= 0 !== fits) throw new Error(`${at}: ${byteLength} bytes at ${position}`)
          if (position < 0) {
            refused++
            continue
          }
          const units = used.subarray(position / 64, (position + size) / 64)
          if (units.indexOf(1) >= 0 || position % size !== 0) throw new Error(`${at}: ${position}`)
          units.fill(1)
          blocks.set(position, size)
          usedBytes += size
        } else {
          const position = 64 * random.nextBelow(REGION / 64)
          const size = blocks.get(position)
          if (allocator.free(position) !== (size !== undefined)) throw new Error(`${at}: free`)
          if (size === undefined) continue
          used.fill(0, position / 64, (position + size) / 64)
          blocks.delete(position)
          usedBytes -= size
        }
        if (allocator.usedBytes !== usedBytes) throw new Error(`${at}: usedBytes`)
      }
      expect(refused).toBeGreaterThan(100)
      for (const position of blocks.keys()) expect(allocator.free(position)).toBe(true)
      expect(allocator.usedBytes).toBe(0)
      expect(allocator.allocate(REGION)).toBe(0)
    },
  )
})

function hasFreeRun(used: Uint8Array, length: number): boolean {
  for (let at = 0; at < used.length; at += length) {
    if (used.subarray(at, at + length).indexOf(1) < 0) return true
  }
  return false
}
