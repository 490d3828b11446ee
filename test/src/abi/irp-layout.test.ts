import { describe, expect, it } from 'vitest'
import * as layout from '../../../src/abi/irp-layout.js'
import { MAJOR_FUNCTION_COUNT } from '../../../src/abi/major-function.js'
import { drawnNumbers, headComment } from '../../harness/drawn-layout.js'

const comment = headComment('src/abi/irp-layout.ts')
const constants = new Map<string, number>(Object.entries(layout))

describe('IRP slot layout', () => {
  it('is as drawn, each word of the slot once', () => {
    const drawn = drawnNumbers(comment, /^ +(?<at>\d) +(?<name>[A-Z_]+) /gm)
    expect([...drawn.values()].toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    for (const [name, at] of drawn) expect(constants.get(`IRP_${name}`), `${name}:`).toBe(at)
  })

  it('is a union in the drawn words, and only there', () => {
    const united = drawnNumbers(comment, /^ +(?<at>\d) .*\| (?<name>[A-Z_]+) /gm)
    expect([...united]).toEqual([
      ['IO_CONTROL', layout.IRP_OFFSET_LO],
      ['INPUT_LENGTH', layout.IRP_OFFSET_HI],
    ])
    for (const [name, at] of united) expect(constants.get(`IRP_${name}`), `${name}:`).toBe(at)
  })

  it('is half a cache line, found by a shift', () => {
    expect(layout.IRP_SLOT_WORDS).toBe(8)
    expect(1 << layout.IRP_SLOT_SHIFT).toBe(layout.IRP_SLOT_WORDS)
  })

  it('has room for every major function beside the device in a row', () => {
    expect(layout.ROW_MAJOR_MASK).toBe(2 ** layout.ROW_DEVICE_SHIFT - 1)
    expect(layout.ROW_MAJOR_MASK).toBeGreaterThanOrEqual(MAJOR_FUNCTION_COUNT - 1)
  })
})
