import { describe, expect, it } from 'vitest'
import { BlockOracle } from '../../native-sim/block-oracle.js'
import { SimulationError } from '../../native-sim/errors.js'
import { Random } from '../../native-sim/random.js'

const options = { seed: 1, depth: 4, largestBytes: 4096 }
const words = (bytes: number) => new Int32Array(new SharedArrayBuffer(bytes))
const asBytes = (view: Int32Array) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)

/** The checksum after three blocks were written, and read back in this order. */
function checksumOf(order: number[]): number {
  const oracle = new BlockOracle(options)
  const data = [words(512), words(512), words(512)]
  data.forEach((buffer, i) => oracle.fillWrite(buffer, i * 512, 512))
  data.forEach((_, i) => oracle.captureRead(i, i * 512, 512))
  for (const i of order) expect(oracle.checkRead(i, data[i] ?? words(512))).toBe(-1)
  return oracle.checksum
}

describe('BlockOracle', () => {
  it('expects zeros where nothing was written, and then what was', () => {
    const oracle = new BlockOracle(options)
    const data = words(1024)
    oracle.captureRead(0, 0, 1024)
    expect(oracle.checkRead(0, data)).toBe(-1)
    oracle.fillWrite(data, 512, 512)
    oracle.captureRead(0, 0, 1024)
    data.copyWithin(128, 0, 128)
    data.fill(0, 0, 128)
    expect(oracle.checkRead(0, data)).toBe(-1)
  })

  it('judges a read by the versions at its submission', () => {
    const oracle = new BlockOracle(options)
    const first = words(512)
    const second = words(512)
    oracle.fillWrite(first, 0, 512)
    oracle.captureRead(1, 0, 512)
    oracle.fillWrite(second, 0, 512)
    oracle.captureRead(2, 0, 512)
    expect(oracle.checkRead(2, second)).toBe(-1)
    expect(oracle.checkRead(1, first)).toBe(-1)
    oracle.captureRead(1, 0, 512)
    oracle.captureRead(2, 512, 512)
    expect(oracle.checkRead(1, first)).toBe(0)
    expect(oracle.checkRead(2, first)).toBe(0)
  })

  it('follows requests across its pages of versions and to the end of the largest disk', () => {
    const oracle = new BlockOracle(options)
    for (const offset of [1024 * 512 - 1024, 2 ** 41 - 2048, 2 ** 53 - 4096]) {
      const data = words(4096)
      oracle.captureRead(3, offset, 4096)
      expect(oracle.checkRead(3, data)).toBe(-1)
      oracle.fillWrite(data, offset, 4096)
      oracle.captureRead(3, offset, 4096)
      expect(oracle.checkRead(3, data)).toBe(-1)
      oracle.captureRead(3, offset + 3584, 512)
      expect(oracle.checkRead(3, data.subarray(896))).toBe(-1)
    }
  })

  it('agrees with a disk that takes reads and writes in order, many in flight', () => {
    const seed = 77
    const random = new Random(seed)
    const oracle = new BlockOracle({ seed, depth: 16, largestBytes: 8192 })
    const disk = new Uint8Array(2048 * 512)
    const buffers = Array.from({ length: 16 }, () => words(8192))
    const inFlight: (() => void)[] = []
    const verdicts: number[] = []
    for (let i = 0; i < 3000; i++) {
      const context = i % 16
      if (inFlight.length === 16) inFlight.shift()?.()
      const buffer = buffers[context] ?? words(8192)
      const size = 512 * (1 + random.nextBelow(16))
      const offset = 512 * random.nextBelow(2048 - 16)
      if (random.nextBelow(2) === 0) {
        oracle.fillWrite(buffer, offset, size)
        inFlight.push(() => disk.set(asBytes(buffer).subarray(0, size), offset))
      } else {
        oracle.captureRead(context, offset, size)
        inFlight.push(() => {
          asBytes(buffer).set(disk.subarray(offset, offset + size))
          verdicts.push(oracle.checkRead(context, buffer))
        })
      }
    }
    expect(verdicts.length).toBeGreaterThan(1000)
    expect(
      verdicts.every((verdict) => verdict === -1),
      `seed ${seed}`,
    ).toBe(true)
  })
})

describe('BlockOracle.checksum', () => {
  it('is the same in any order of completion, and tells what was read', () => {
    expect(checksumOf([0, 1, 2])).toBe(checksumOf([2, 0, 1]))
    expect(checksumOf([0, 1, 2])).not.toBe(checksumOf([0, 1]))
  })

  it('counts no read that was wrong', () => {
    const oracle = new BlockOracle(options)
    const data = words(4096)
    oracle.fillWrite(data, 0, 4096)
    oracle.captureRead(0, 0, 4096)
    const before = oracle.checksum
    data[1023] = 0
    expect(oracle.checkRead(0, data)).toBe(4092)
    expect(oracle.checksum).toBe(before)
  })
})

describe('BlockOracle refuses', () => {
  it('options out of range', () => {
    for (const wrong of [
      { seed: 1.5 },
      { depth: 0 },
      { depth: 2.5 },
      { largestBytes: 0 },
      { largestBytes: 700 },
      { largestBytes: 2 ** 30 + 512 },
    ]) {
      expect(() => new BlockOracle({ ...options, ...wrong })).toThrow(SimulationError)
    }
  })

  it('ranges that are not whole blocks of the disk, or do not fit', () => {
    const oracle = new BlockOracle(options)
    const ranges: [offset: number, size: number][] = [
      [1, 512],
      [-512, 512],
      [NaN, 512],
      [2 ** 53, 512],
      [0, 0],
      [0, 100],
      [0, -512],
      [0, NaN],
      [0, 8192],
    ]
    for (const [offset, size] of ranges) {
      expect(() => oracle.fillWrite(words(4096), offset, size)).toThrow(SimulationError)
      expect(() => oracle.captureRead(0, offset, size)).toThrow(SimulationError)
    }
    oracle.captureRead(0, 0, 512)
    expect(oracle.checkRead(0, words(512)), 'a refused write leaves no version').toBe(-1)
  })

  it('contexts that are none, and reads that were not captured', () => {
    const oracle = new BlockOracle(options)
    for (const context of [-1, 4, 0.5, NaN]) {
      expect(() => oracle.captureRead(context, 0, 512)).toThrow(SimulationError)
      expect(() => oracle.checkRead(context, words(512))).toThrow(SimulationError)
    }
    expect(() => oracle.checkRead(0, words(512))).toThrow(/one with a captured read, got 0/)
    oracle.captureRead(0, 0, 1024)
    expect(() => oracle.checkRead(0, words(512))).toThrow(/words.length must be at least 256/)
    expect(oracle.checkRead(0, words(1024))).toBe(-1)
    expect(() => oracle.checkRead(0, words(1024))).toThrow(SimulationError)
  })
})
