/** The recorder's layout is as drawn, and no two of its words are one. */
import { expect, it } from 'vitest'
import * as layout from '../../../src/abi/recorder-layout.js'
import { drawnNumbers, headComment } from '../../harness/drawn-layout.js'

it('is as drawn', () => {
  const comment = headComment('src/abi/recorder-layout.ts')
  const words = drawnNumbers(comment, /\+(?<at>\d) +(?<name>[A-Z]+)\b/g)
  const constants = new Map(Object.entries(layout))
  expect([...words.keys()]).toEqual(['NUMBER', 'TIME', 'CODE', 'A', 'B', 'C'])
  for (const [name, at] of words) expect(constants.get(`RECORD_${name}`), `${name}:`).toBe(at)
  expect(layout.RECORD_C).toBeLessThan(1 << layout.RECORD_SHIFT)
})

it('has room for whole records behind the line of its counter', () => {
  const { RECORDER_BYTES, RECORDER_RECORDS, RECORDER_RECORDS_WORD, RECORD_SHIFT } = layout
  expect(Math.log2(RECORDER_RECORDS) % 1).toBe(0)
  expect(RECORDER_RECORDS_WORD).toBeGreaterThan(layout.RECORDER_NEXT)
  expect(RECORDER_BYTES).toBe(4 * (RECORDER_RECORDS_WORD + (RECORDER_RECORDS << RECORD_SHIFT)))
})
