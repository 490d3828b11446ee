import { describe, expect, it } from 'vitest'
import { functionsAt } from '../../../bench/profile/inlined-frames.js'
import type { CodeEntry } from '../../../bench/profile/v8-log.js'
import { recordedWorker } from './fixtures/recorded.js'

/** Function 0 calls 1 from 10 to 29; from 20 to 29 that has called 2, and from 40 on 0 has called 2 itself. */
const CODE: CodeEntry = {
  name: 'outer',
  type: 'JS',
  kind: 'Opt',
  func: 0,
  source: {
    positions: 'C0O5C10O9I0C20O7I1C30O6C40O9I2',
    inlined: 'F0O5F1O9I0F1O6',
    fns: [1, 2],
  },
}

describe('functionsAt', () => {
  it.each([
    [0, [0]],
    [9, [0]],
    [10, [0, 1]],
    [19, [0, 1]],
    [20, [0, 1, 2]],
    [29, [0, 1, 2]],
    [30, [0]],
    [40, [0, 2]],
    [4000, [0, 2]],
  ])('finds what was inlined at offset %i', (offset, functions) => {
    expect(functionsAt(CODE, offset, false)).toEqual(functions)
  })

  it('takes a return address for the call before it', () => {
    expect(functionsAt(CODE, 20, true)).toEqual([0, 1])
    expect(functionsAt(CODE, 30, true)).toEqual([0, 1, 2])
    expect(functionsAt(CODE, 0, true)).toEqual([0])
  })

  it('counts inlined functions that have no name, and passes them by', () => {
    const source = { positions: 'C0O5C10O9I1C20O9I2', inlined: 'F0O5FO6I0F1O7I1', fns: [1, 2] }
    expect(functionsAt({ ...CODE, source }, 10, false)).toEqual([0, 1])
    expect(functionsAt({ ...CODE, source }, 20, false)).toEqual([0, 1, 2])
  })

  it('comes to an end with a log that leads in circles', () => {
    const source = { positions: 'C0O5I0', inlined: 'F0O5I1F1O5I0', fns: [1, 2] }
    expect(functionsAt({ ...CODE, source }, 0, false)).toEqual([0, 1])
    expect(functionsAt({ ...CODE, source: { ...source, inlined: 'F0O5I0' } }, 0, false)).toEqual([
      0, 1,
    ])
  })

  it('answers the function alone where nothing was inlined, and nothing for what is no function', () => {
    expect(functionsAt({ name: 'plain', type: 'JS', func: 7 }, 3, false)).toEqual([7])
    expect(functionsAt({ name: 'libc', type: 'SHARED_LIB' }, 3, false)).toEqual([])
  })

  it('understands every optimized function of a real log', () => {
    const { code, functions, ticks } = recordedWorker()
    let inlined = 0
    for (const { s } of ticks) {
      const entry = code[s[0]!]
      if (entry?.kind !== 'Opt') continue
      const chain = functionsAt(entry, s[1]!, false)
      expect(chain[0]).toBe(entry.func)
      for (const fn of chain) expect(functions[fn]?.name).toMatch(/\S/)
      if (chain.length > 1) inlined++
    }
    expect(inlined).toBeGreaterThan(10)
  })
})
