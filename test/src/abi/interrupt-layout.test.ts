import { describe, expect, it } from 'vitest'
import * as layout from '../../../src/abi/interrupt-layout.js'
import { LINE_PAIR_WORDS } from '../../../src/abi/ring-layout.js'
import { drawnNumbers, headComment } from '../../harness/drawn-layout.js'

const comment = headComment('src/abi/interrupt-layout.ts')
const constants = new Map(Object.entries(layout))
const pair = (word: number): number => Math.floor(word / LINE_PAIR_WORDS)

describe('interrupt block', () => {
  it('is as drawn', () => {
    const header = drawnNumbers(comment, /word +(?<at>\d+) +(?<name>[A-Z]+)/g)
    expect([...header.keys()]).toEqual(['MAGIC', 'COUNT', 'IDENTITY', 'SIGNALS'])
    for (const [name, at] of header) expect(constants.get(`INTERRUPT_${name}`), `${name}:`).toBe(at)
    const line = drawnNumbers(comment, /\+(?<at>\d+) +(?<name>[A-Z]+)/g)
    expect([...line.keys()]).toEqual(['RAISED', 'ASSERTED', 'TAKEN', 'MASK'])
    for (const [name, at] of line) expect(constants.get(`LINE_${name}`), `${name}:`).toBe(at)
  })

  it('keeps what hardware writes, what the worker writes and what all add to on lines of their own', () => {
    const { LINE_ASSERTED, LINE_MASK, LINE_RAISED, LINE_TAKEN, LINE_WORDS } = layout
    expect(pair(LINE_RAISED)).toBe(pair(LINE_ASSERTED))
    expect(pair(LINE_TAKEN)).toBe(pair(LINE_MASK))
    expect(pair(LINE_RAISED)).not.toBe(pair(LINE_TAKEN))
    expect(LINE_WORDS % LINE_PAIR_WORDS).toBe(0)
    const pairs = [0, 1, 2].map((line) => pair(layout.interruptLineWord(line)))
    expect(
      new Set([pair(layout.INTERRUPT_MAGIC), pair(layout.INTERRUPT_SIGNALS), ...pairs]).size,
    ).toBe(5)
  })

  it('ends after its last line', () => {
    expect(layout.interruptBlockWords(3)).toBe(layout.interruptLineWord(2) + layout.LINE_WORDS)
  })
})
