import { describe, expect, it } from 'vitest'
import * as layout from '../../../src/abi/register-layout.js'
import { DOORBELL_WORDS } from '../../../src/abi/doorbell-layout.js'
import { LINE_PAIR_WORDS, ringWords } from '../../../src/abi/ring-layout.js'
import { drawnNumbers, headComment } from '../../harness/drawn-layout.js'

const comment = headComment('src/abi/register-layout.ts')
const constants = new Map(Object.entries(layout))

describe('BAR', () => {
  it('is as drawn', () => {
    const drawn = drawnNumbers(comment, /word +(?<at>\d+) +(?<name>[A-Z]+)/g)
    expect([...drawn.keys()]).toEqual(['MAGIC', 'COUNT', 'CAPACITY', 'REMOVED', 'DOORBELL'])
    for (const [name, at] of drawn) expect(constants.get(`BAR_${name}`), `${name}:`).toBe(at)
  })

  it('has a kind for each word that the drawing explains, and no other', () => {
    const explained = [...comment.matchAll(/^ {2}([A-Z][A-Z_0-9]+) {2,}/gm)].map(([, name]) => name)
    const kinds = [...constants.keys()]
      .filter((name) => name.startsWith('KIND_') && !/MASK|SHIFT/.test(name))
      .map((name) => name.slice('KIND_'.length))
    expect(kinds).toEqual(explained)
    const values = kinds.map((name) => constants.get(`KIND_${name}`))
    expect(values).toEqual(kinds.map((_, i) => i))
    expect(layout.KIND_MASK).toBeGreaterThanOrEqual(kinds.length - 1)
    expect(1 << layout.KIND_TARGET_SHIFT).toBe(layout.KIND_MASK + 1)
  })

  it.each([1, 31, 32, 33, 1064])('has %i registers in planes that do not overlap', (count) => {
    const g = layout.barGeometry(count, 64)
    expect(g.kinds).toBe(layout.BAR_DOORBELL + DOORBELL_WORDS)
    const ends = [g.kinds, g.devicePlane, g.driverPlane].map((first) => first + count)
    expect(ends[0]).toBeLessThanOrEqual(g.devicePlane)
    expect(ends[1]).toBeLessThanOrEqual(g.driverPlane)
    expect(ends[2]).toBeLessThanOrEqual(g.commandRing)
    expect(g.totalWords).toBe(g.commandRing + ringWords(64))
    for (const first of [g.kinds, g.devicePlane, g.driverPlane, g.commandRing]) {
      expect(first % LINE_PAIR_WORDS).toBe(0)
    }
  })

  it('has room for the number of every register in a command and in an acknowledge', () => {
    const last = layout.MAX_REGISTERS - 1
    expect((last << layout.COMMAND_REGISTER_SHIFT) >> layout.COMMAND_REGISTER_SHIFT).toBe(last)
    expect((last << layout.KIND_TARGET_SHIFT) >>> layout.KIND_TARGET_SHIFT).toBe(last)
  })
})
