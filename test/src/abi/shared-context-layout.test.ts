import { describe, expect, it } from 'vitest'
import * as layout from '../../../src/abi/shared-context-layout.js'
import { drawnNumbers, headComment } from '../../harness/drawn-layout.js'

const comment = headComment('src/abi/shared-context-layout.ts')
const constants = new Map(Object.entries(layout))

describe('shared context', () => {
  it('is as drawn', () => {
    expect([...drawnNumbers(comment, /word (?<at>\d+) +(?<name>[A-Z]+)/g)]).toEqual([
      ['SHAPE', layout.CONTEXT_SHAPE],
    ])
    expect(comment).toContain(`a cell of ${layout.CELL_WORDS} words each`)
    const cell = drawnNumbers(comment, /\+(?<at>\d+) +(?<name>[A-Z_]+)/g)
    expect(cell.size).toBe(layout.CELL_WORDS)
    for (const [name, at] of cell) expect(constants.get(`CELL_${name}`), `${name}:`).toBe(at)
  })

  it('rounds up to cache lines', () => {
    expect([0, 0.25, 1, 16, 17].map(layout.wholeLines)).toEqual([0, 16, 16, 16, 32])
    expect(layout.CONTEXT_LINE_BYTES).toBe(64)
    expect(layout.CONTEXT_HEADER_WORDS % layout.CONTEXT_LINE_WORDS).toBe(0)
  })
})
