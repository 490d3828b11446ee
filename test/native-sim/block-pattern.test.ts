import { describe, expect, it } from 'vitest'
import {
  BLOCK_BYTES,
  BLOCK_WORDS,
  blockBase,
  blockWord,
  fillBlock,
  firstNonZeroWord,
  firstWrongWord,
  mix32,
} from '../../native-sim/block-pattern.js'

describe('the pattern of a block', () => {
  it('fills exactly one block, with words that are all different', () => {
    const words = new Int32Array(3 * BLOCK_WORDS).fill(7)
    fillBlock(words, BLOCK_WORDS, 0x7fff_fff0)
    const block = words.subarray(BLOCK_WORDS, 2 * BLOCK_WORDS)
    expect(new Set(block).size).toBe(BLOCK_WORDS)
    expect([...block]).toEqual(Array.from(block, (_, i) => blockWord(0x7fff_fff0, i)))
    expect(words.subarray(0, BLOCK_WORDS).every((word) => word === 7)).toBe(true)
    expect(words.subarray(2 * BLOCK_WORDS).every((word) => word === 7)).toBe(true)
    expect(BLOCK_BYTES).toBe(BLOCK_WORDS * 4)
  })

  it('finds the first wrong word, wherever it is', () => {
    const words = new Int32Array(2 * BLOCK_WORDS)
    const base = blockBase(1, 2, 3)
    fillBlock(words, BLOCK_WORDS, base)
    expect(firstWrongWord(words, BLOCK_WORDS, base)).toBe(-1)
    for (let at = BLOCK_WORDS; at < 2 * BLOCK_WORDS; at++) {
      for (const bit of [0, 31]) {
        words[at] = (words[at] ?? 0) ^ (1 << bit)
        expect(firstWrongWord(words, BLOCK_WORDS, base)).toBe(at)
        words[at] = (words[at] ?? 0) ^ (1 << bit)
      }
    }
  })

  it('finds the first word that is not zero, wherever it is', () => {
    const words = new Int32Array(2 * BLOCK_WORDS)
    expect(firstNonZeroWord(words, BLOCK_WORDS)).toBe(-1)
    for (let at = BLOCK_WORDS; at < 2 * BLOCK_WORDS; at++) {
      words[at] = 1 << (at & 31)
      expect(firstNonZeroWord(words, BLOCK_WORDS)).toBe(at)
      words[at] = 0
    }
  })

  it('has another base for each version of a block and each block of a version', () => {
    for (const high of [0, 1, 4095]) {
      const first = high * 2 ** 32
      const versions = new Set<number>()
      const blocks = new Set<number>()
      for (let i = 0; i < 50_000; i++) {
        versions.add(blockBase(mix32(1), first, i))
        blocks.add(blockBase(mix32(1), first + i, 1))
      }
      expect([versions.size, blocks.size]).toEqual([50_000, 50_000])
    }
  })

  it('tells blocks apart beyond 2 TiB, and seeds', () => {
    const bases = new Set<number>()
    for (let high = 0; high < 4096; high++) bases.add(blockBase(mix32(1), 5 + high * 2 ** 32, 1))
    expect(bases.size).toBeGreaterThan(4090)
    expect(blockBase(mix32(1), 5, 1)).not.toBe(blockBase(mix32(2), 5, 1))
  })

  it('mixes as MurmurHash3 does', () => {
    expect([0, 1, -1].map((value) => mix32(value) >>> 0)).toEqual([0, 0x514e_28b7, 0x81f1_6f39])
  })
})
