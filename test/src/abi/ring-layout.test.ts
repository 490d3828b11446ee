import { describe, expect, it } from 'vitest'
import {
  LINE_PAIR_WORDS,
  RING_HEAD,
  RING_MAGIC,
  RING_MASK,
  RING_SLOTS,
  RING_TAIL,
  ringWords,
} from '../../../src/abi/ring-layout.js'
import { drawnNumbers, headComment } from '../../harness/drawn-layout.js'

const pair = (word: number) => Math.floor(word / LINE_PAIR_WORDS)

describe('ring layout', () => {
  it('is as drawn', () => {
    const drawn = drawnNumbers(
      headComment('src/abi/ring-layout.ts'),
      /word +(?<at>\d+) +(?<name>[A-Z]+|slots)/g,
    )
    expect(Object.fromEntries(drawn)).toEqual({
      TAIL: RING_TAIL,
      HEAD: RING_HEAD,
      MASK: RING_MASK,
      MAGIC: RING_MAGIC,
      slots: RING_SLOTS,
    })
  })

  it('gives each writing thread a line pair of its own', () => {
    expect(LINE_PAIR_WORDS * 4).toBe(128)
    expect(new Set([RING_TAIL, RING_HEAD, RING_MASK, RING_SLOTS].map(pair)).size).toBe(4)
    expect(pair(RING_MAGIC)).toBe(pair(RING_MASK))
  })

  it('rounds a ring up to whole line pairs', () => {
    expect(ringWords(1)).toBe(RING_SLOTS + 32)
    expect(ringWords(32)).toBe(RING_SLOTS + 32)
    expect(ringWords(64)).toBe(RING_SLOTS + 64)
    expect(ringWords(4096) % LINE_PAIR_WORDS).toBe(0)
  })
})
