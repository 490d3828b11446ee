/** The recorder's ring: order, wrap, and what a death in the middle of a record leaves. */
import { describe, expect, it } from 'vitest'
import {
  RECORD_DEVICE_ADDED,
  RECORD_DRIVER_FAULT,
  RECORD_NUMBER,
  RECORD_SHIFT,
  RECORDER_BYTES,
  RECORDER_NEXT,
  RECORDER_RECORDS,
  RECORDER_RECORDS_WORD,
} from '../../../src/abi/recorder-layout.js'
import { formatRecords, readRecords, Recorder } from '../../../src/observe/in-flight-recorder.js'

const now = (): number => performance.timeOrigin + performance.now()
const nameOf = (id: number): string => `disk${id}`

function recorderAt(next = 0): [memory: SharedArrayBuffer, recorder: Recorder] {
  const memory = new SharedArrayBuffer(RECORDER_BYTES)
  new Int32Array(memory)[RECORDER_NEXT] = next
  return [memory, new Recorder(memory, now())]
}

describe('in-flight recorder', () => {
  it('tells what was written, oldest first', () => {
    const [memory, recorder] = recorderAt()
    recorder.write(RECORD_DEVICE_ADDED, 3)
    recorder.write(RECORD_DRIVER_FAULT, 3, 14, 7)
    const records = readRecords(memory, nameOf)
    expect(records.map(({ number, text }) => [number, text])).toEqual([
      [1, 'device disk3 added'],
      [2, 'a handler of device disk3 threw (major function 14, slot 7)'],
    ])
    expect(formatRecords(records)).toMatch(/^ +\d+ ms {2}device disk3 added\n/)
    expect(readRecords(memory, nameOf, 1)).toHaveLength(1)
  })

  it.each([0, 2 ** 31 - 5, -5])('keeps the last ones, from number %i on', (next) => {
    const [memory, recorder] = recorderAt(next | 0)
    const count = RECORDER_RECORDS + 20
    for (let i = 0; i < count; i++) recorder.write(RECORD_DEVICE_ADDED, i)
    const texts = readRecords(memory, nameOf).map(({ text }) => text)
    // A record whose number would be 0 is not told.
    expect(texts.length).toBeGreaterThanOrEqual(RECORDER_RECORDS - 1)
    expect(texts.at(-1)).toBe(`device disk${count - 1} added`)
    expect(texts.at(-2)).toBe(`device disk${count - 2} added`)
  })

  it('leaves out a record that its writer did not finish', () => {
    const [memory, recorder] = recorderAt()
    for (let i = 0; i < 3; i++) recorder.write(RECORD_DEVICE_ADDED, i)
    const words = new Int32Array(memory)
    words[RECORDER_RECORDS_WORD + (1 << RECORD_SHIFT) + RECORD_NUMBER] = 0
    expect(readRecords(memory, nameOf).map(({ number }) => number)).toEqual([1, 3])
  })

  it('goes on where a predecessor stopped', () => {
    const [memory, recorder] = recorderAt()
    recorder.write(RECORD_DEVICE_ADDED, 0)
    new Recorder(memory, now()).write(RECORD_DEVICE_ADDED, 1)
    expect(readRecords(memory, nameOf).map(({ number }) => number)).toEqual([1, 2])
  })
})
