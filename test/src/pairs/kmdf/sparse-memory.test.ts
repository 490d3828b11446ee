import { describe, expect, it } from 'vitest'
import { Random } from '../../../../native-sim/random.js'
import { SparseMemory, SparseMemoryRangeError } from '../../../../src/pairs/kmdf/sparse-memory.js'

const filled = (length: number, value: number) => new Uint8Array(length).fill(value)

function readBack(memory: SparseMemory, offset: number, length: number): Uint8Array {
  const target = new Uint8Array(new SharedArrayBuffer(length)).fill(0xee)
  memory.read(offset, target)
  return target
}

/** `toEqual` looks at each byte of an array by itself, which takes a second for a megabyte. */
const equal = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0

/** Random reads, writes and discards beside a flat array and a set of resident pages; bytes resident at the end. */
function compare(seed: number, size: number, pageBytes: number, longest: number): number {
  const random = new Random(seed)
  const memory = new SparseMemory(size, pageBytes)
  const model = new Uint8Array(size)
  const pages = new Set<number>()
  for (let step = 0; step < 1500; step++) {
    const aligned = random.nextBelow(2) === 0
    const unit = aligned ? 2 ** random.nextBelow(Math.log2(longest) + 1) : 1
    const length = aligned ? unit : random.nextBelow(longest + 1)
    const offset = unit * Math.floor(random.nextBelow(size - length + 1) / unit)
    const first = Math.floor(offset / pageBytes)
    const last = Math.floor((offset + length - 1) / pageBytes)
    const choice = random.nextBelow(8)
    if (choice < 3) {
      const source = Uint8Array.from({ length }, () => random.nextInt32())
      memory.write(offset, source)
      model.set(source, offset)
      if (length > 0) for (let page = first; page <= last; page++) pages.add(page)
    } else if (choice === 3) {
      memory.discard(offset, length)
      model.fill(0, offset, offset + length)
      for (const page of pages) {
        const inside = page * pageBytes >= offset && (page + 1) * pageBytes <= offset + length
        if (inside) pages.delete(page)
      }
    }
    const target = readBack(memory, offset, length)
    const same = equal(target, model.subarray(offset, offset + length))
    expect(same, `seed ${seed}, step ${step}: ${length} bytes at ${offset}`).toBe(true)
    expect(memory.residentBytes).toBe(pages.size * pageBytes)
  }
  expect(equal(readBack(memory, 0, size), model)).toBe(true)
  return memory.residentBytes
}

describe('SparseMemory', () => {
  it('does what a flat array does', () => {
    // 64-byte pages: 200,000 bytes are four leaves. 8 KiB pages: views of 512 bytes to half a page.
    expect(compare(1, 200_000, 64, 1024)).toBeGreaterThan(0)
    expect(compare(2, 200_001, 4096, 16_384)).toBeGreaterThan(0)
    expect(compare(3, 100_000, 8192, 8192)).toBeGreaterThan(0)
    expect(compare(4, 300_000, 65_536, 65_536)).toBeGreaterThan(0)
  })

  it('reads zeros where nothing was written, and takes no memory for it', () => {
    const memory = new SparseMemory(2 ** 53)
    for (const [offset, length] of [
      [0, 1],
      [1, 100],
      [4096, 4096],
      [2 ** 52 + 65_536, 65_536],
      [2 ** 53 - 200_000, 200_000],
    ] as const) {
      expect(equal(readBack(memory, offset, length), new Uint8Array(length))).toBe(true)
    }
    expect(memory.residentBytes).toBe(0)
  })

  it('keeps far places apart', () => {
    const memory = new SparseMemory(2 ** 53)
    const random = new Random(5)
    const places = new Map<number, number>()
    for (let i = 0; i < 300; i++) places.set(random.nextBelow(2 ** 53 / 4096) * 4096, i & 0xff)
    for (const [offset, value] of places) memory.write(offset, filled(4096, value))
    for (const [offset, value] of places) {
      expect(equal(readBack(memory, offset, 4096), filled(4096, value))).toBe(true)
    }
    memory.write(2 ** 53 - 3, Uint8Array.of(1, 2, 3))
    expect([...readBack(memory, 2 ** 53 - 4, 4)].slice(1)).toEqual([1, 2, 3])
  })

  it('shows later writes through the views it keeps', () => {
    const memory = new SparseMemory(2 ** 20)
    for (const length of [512, 4096, 32_768]) {
      memory.write(65_536, filled(65_536, 1))
      expect(equal(readBack(memory, 98_304, length), filled(length, 1))).toBe(true)
      memory.write(98_304, filled(length, 2))
      expect(equal(readBack(memory, 98_304, length), filled(length, 2))).toBe(true)
      memory.discard(65_536, 65_536)
      expect(equal(readBack(memory, 98_304, length), filled(length, 0))).toBe(true)
      memory.write(98_304, filled(length, 3))
      expect(equal(readBack(memory, 98_304, length), filled(length, 3))).toBe(true)
    }
  })

  it('takes no piece of a page for another, whatever was read before', () => {
    const memory = new SparseMemory(16_384, 8192)
    const content = Uint8Array.from({ length: 8192 }, (_, i) => (i >> 9) + (i & 7))
    memory.write(8192, content)
    const wrong: string[] = []
    for (const step of [512, -512]) {
      for (let length = step > 0 ? 512 : 8192; length > 0 && length <= 8192; length += step) {
        for (let at = 0; at + length <= 8192; at += 512) {
          const piece = readBack(memory, 8192 + at, length)
          if (!equal(piece, content.subarray(at, at + length))) wrong.push(`${length} at ${at}`)
        }
      }
    }
    expect(wrong).toEqual([])
  })

  it('copies: neither source nor target stays connected', () => {
    const memory = new SparseMemory(65_536)
    const buffer = filled(65_536, 5)
    memory.write(0, buffer)
    buffer.fill(6)
    expect(equal(readBack(memory, 0, 65_536), filled(65_536, 5))).toBe(true)
    memory.read(0, buffer)
    buffer.fill(7)
    expect(equal(readBack(memory, 0, 65_536), filled(65_536, 5))).toBe(true)
    const zeros = readBack(new SparseMemory(65_536), 0, 65_536)
    zeros.fill(9)
    expect(equal(readBack(new SparseMemory(65_536), 0, 65_536), filled(65_536, 0))).toBe(true)
  })
})

describe('SparseMemory.discard', () => {
  it('gives back whole pages and zeroes parts of pages', () => {
    const memory = new SparseMemory(2 ** 20, 4096)
    memory.write(0, filled(16_384, 1))
    memory.discard(4000, 8192)
    expect(memory.residentBytes).toBe(3 * 4096)
    expect(readBack(memory, 0, 16_384)).toEqual(
      Uint8Array.from({ length: 16_384 }, (_, i) => (i < 4000 || i >= 12_192 ? 1 : 0)),
    )
  })

  it('empties the largest disk, near and far', () => {
    const memory = new SparseMemory(2 ** 53)
    const offsets = [0, 2 ** 26, 2 ** 42 - 65_536, 2 ** 42, 2 ** 50, 2 ** 53 - 65_536]
    for (const offset of offsets) memory.write(offset, filled(512, 1))
    expect(memory.residentBytes).toBe(offsets.length * 65_536)
    memory.discard(2 ** 42, 2 ** 41)
    expect(memory.residentBytes).toBe(5 * 65_536)
    memory.discard(0, 2 ** 53)
    expect(memory.residentBytes).toBe(0)
    for (const offset of offsets)
      expect(equal(readBack(memory, offset, 512), filled(512, 0))).toBe(true)
  })
})

describe('SparseMemory refuses', () => {
  it('ranges that leave the store, and changes nothing', () => {
    const memory = new SparseMemory(10_000, 4096)
    memory.write(9990, filled(10, 1))
    for (const offset of [-1, 9991, 10_000, 2 ** 53, 0.5, NaN, Infinity, -Infinity]) {
      const target = filled(10, 9)
      expect(() => memory.read(offset, target)).toThrow(RangeError)
      expect(() => memory.write(offset, target)).toThrow(SparseMemoryRangeError)
      expect(() => memory.discard(offset, 10)).toThrow(SparseMemoryRangeError)
      expect(target).toEqual(filled(10, 9))
    }
    expect(() => memory.discard(0, -1)).toThrow(SparseMemoryRangeError)
    expect(() => memory.discard(0, NaN)).toThrow(SparseMemoryRangeError)
    expect(() => memory.write(0, new Uint8Array(10_001))).toThrow(
      expect.objectContaining({
        code: 'ERR_IRP_SPARSE_MEMORY_RANGE',
        message: '10001 bytes at 0 are not within the 10000 bytes of the store',
      }),
    )
    expect(equal(readBack(memory, 9990, 10), filled(10, 1))).toBe(true)
    expect(memory.residentBytes).toBe(4096)
    memory.write(10_000, new Uint8Array(0))
    expect(memory.residentBytes).toBe(4096)
  })

  it('sizes no store can have', () => {
    for (const size of [-1, 0.5, NaN, 2 ** 53 + 2]) {
      expect(() => new SparseMemory(size)).toThrow(SparseMemoryRangeError)
    }
    for (const page of [0, 32, 100, 4096.5, NaN, 2 ** 31]) {
      expect(() => new SparseMemory(4096, page)).toThrow(SparseMemoryRangeError)
    }
  })
})
