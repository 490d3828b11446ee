import { describe, expect, it } from 'vitest'
import { BlockOracle, READ_RIGHT, READ_UNDECIDED } from '../../native-sim/block-oracle.js'
import { SimulationError } from '../../native-sim/errors.js'
import { Random } from '../../native-sim/random.js'

const options = { seed: 1, depth: 4, largestBytes: 4096 }
const words = (bytes: number) => new Int32Array(new SharedArrayBuffer(bytes))

/** Submits a write under a context. */
function write(oracle: BlockOracle, context: number, offset: number, size: number): Int32Array {
  const data = words(size)
  oracle.fillWrite(data, offset, size)
  oracle.captureWrite(context, offset, size)
  return data
}

describe('BlockOracle.forgetWrite', () => {
  it('reads after a failed write are undecided, whatever they bring, until the next write', () => {
    const oracle = new BlockOracle(options)
    write(oracle, 0, 512, 512)
    oracle.forgetWrite(0)
    oracle.captureRead(1, 512, 512)
    expect(oracle.checkRead(1, words(512).fill(99))).toBe(READ_UNDECIDED)
    const again = write(oracle, 0, 512, 512)
    oracle.captureRead(1, 512, 512)
    expect(oracle.checkRead(1, words(512))).toBe(0)
    oracle.captureRead(1, 512, 512)
    expect(oracle.checkRead(1, again)).toBe(READ_RIGHT)
  })

  it('still judges the other blocks of such a read', () => {
    const oracle = new BlockOracle(options)
    write(oracle, 0, 512, 512)
    oracle.forgetWrite(0)
    oracle.captureRead(1, 0, 1536)
    const data = words(1536)
    expect(oracle.checkRead(1, data)).toBe(READ_UNDECIDED)
    data[300] = 1
    oracle.captureRead(1, 0, 1536)
    expect(oracle.checkRead(1, data)).toBe(1200)
  })

  it('reads in flight that expect the failed data are undecided, those before and after are not', () => {
    const oracle = new BlockOracle({ ...options, depth: 5 })
    const older = write(oracle, 0, 0, 1024)
    oracle.captureRead(1, 0, 1024)
    write(oracle, 0, 512, 1024)
    oracle.captureRead(2, 0, 1024)
    const newer = write(oracle, 3, 0, 1024)
    oracle.captureRead(4, 0, 1024)
    oracle.forgetWrite(0)
    expect(oracle.checkRead(1, words(1024))).toBe(0)
    expect(oracle.checkRead(2, older)).toBe(READ_UNDECIDED)
    expect(oracle.checkRead(4, newer)).toBe(READ_RIGHT)
    oracle.captureRead(1, 0, 1024)
    expect(oracle.checkRead(1, newer)).toBe(READ_RIGHT)
  })

  it('two failed writes in flight leave the block undecided in either order', () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const oracle = new BlockOracle(options)
      write(oracle, 0, 0, 512)
      oracle.captureRead(2, 0, 512)
      write(oracle, 1, 0, 512)
      oracle.captureRead(3, 0, 512)
      for (const context of order) oracle.forgetWrite(context)
      expect(oracle.checkRead(2, words(512))).toBe(READ_UNDECIDED)
      expect(oracle.checkRead(3, words(512))).toBe(READ_UNDECIDED)
    }
  })

  it('agrees with a disk that fails writes at random, many in flight', () => {
    const depth = 8
    const random = new Random(5)
    const oracle = new BlockOracle({ seed: 5, depth, largestBytes: 2048 })
    const disk = words(64 * 512)
    const inFlight: (() => void)[] = []
    const verdicts: number[] = []
    for (let i = 0; i < 5000; i++) {
      const context = i % depth
      if (inFlight.length === depth) inFlight.shift()?.()
      const size = 512 * (1 + random.nextBelow(4))
      const offset = 512 * random.nextBelow(60)
      if (random.nextBelow(2) === 0) {
        const data = write(oracle, context, offset, size)
        const fails = random.nextBelow(5) === 0
        const stored = fails ? data.subarray(0, random.nextBelow(data.length)) : data
        inFlight.push(() => {
          disk.set(stored, offset / 4)
          if (fails) oracle.forgetWrite(context)
        })
      } else {
        oracle.captureRead(context, offset, size)
        inFlight.push(() => {
          const from = offset / 4
          verdicts.push(oracle.checkRead(context, disk.slice(from, from + size / 4)))
        })
      }
    }
    expect(verdicts.filter((verdict) => verdict >= 0)).toEqual([])
    expect(verdicts.filter((verdict) => verdict === READ_RIGHT).length).toBeGreaterThan(500)
    expect(verdicts.filter((verdict) => verdict === READ_UNDECIDED).length).toBeGreaterThan(200)
  })

  it('refuses contexts without a capture', () => {
    const oracle = new BlockOracle(options)
    for (const context of [0, -1, 4])
      expect(() => oracle.forgetWrite(context)).toThrow(SimulationError)
    write(oracle, 0, 0, 512)
    oracle.forgetWrite(0)
    expect(() => oracle.forgetWrite(0)).toThrow(SimulationError)
  })
})

describe('BlockOracle of a disk that is not blank', () => {
  it('judges blocks once they were written', () => {
    const oracle = new BlockOracle({ ...options, isBlank: false })
    oracle.captureRead(0, 0, 512)
    expect(oracle.checkRead(0, words(512).fill(7))).toBe(READ_UNDECIDED)
    const data = write(oracle, 0, 0, 512)
    oracle.captureRead(1, 0, 512)
    expect(oracle.checkRead(1, data)).toBe(READ_RIGHT)
    oracle.captureRead(1, 0, 512)
    expect(oracle.checkRead(1, words(512).fill(7))).toBe(0)
  })
})
