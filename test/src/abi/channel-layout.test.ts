import { describe, expect, it } from 'vitest'
import {
  CHANNEL_ATTENTION,
  CHANNEL_CLOSED,
  CHANNEL_DOORBELL,
  CHANNEL_ID,
  CHANNEL_MAGIC,
  CHANNEL_SLOT_COUNT,
  CHANNEL_WORKER_COUNT,
  channelGeometry,
  PORT_INCARNATION,
  portWord,
  RESULT_SHIFT,
} from '../../../src/abi/channel-layout.js'
import { DOORBELL_WORDS } from '../../../src/abi/doorbell-layout.js'
import { IRP_SLOT_WORDS } from '../../../src/abi/irp-layout.js'
import { LINE_PAIR_WORDS, ringWords } from '../../../src/abi/ring-layout.js'
import { drawnNumbers, headComment } from '../../harness/drawn-layout.js'

const comment = headComment('src/abi/channel-layout.ts')
const SIZES: [slots: number, workers: number, bufferBytes: number][] = [
  [1, 1, 64],
  [2, 3, 4096],
  [16, 1, 4096],
  [64, 126, 65_536],
  [1024, 2, 4 << 20],
  [65_536, 4, 1 << 30],
]

describe('channel layout', () => {
  it('has its header as drawn', () => {
    expect([...drawnNumbers(comment, /word (?<at>\d+) +(?<name>[A-Z]+)/g)]).toEqual([
      ['ATTENTION', CHANNEL_ATTENTION],
      ['DOORBELL', CHANNEL_DOORBELL],
      ['CLOSED', CHANNEL_CLOSED],
    ])
    const geometry = [CHANNEL_MAGIC, CHANNEL_ID, CHANNEL_SLOT_COUNT, CHANNEL_WORKER_COUNT]
    expect(new Set(geometry).size).toBe(4)
    expect(Math.max(...geometry)).toBeLessThanOrEqual(9)
    expect(CHANNEL_CLOSED).toBe(CHANNEL_DOORBELL + DOORBELL_WORDS)
  })

  it('gives each word of the header with a writer of its own a line pair of its own', () => {
    const pairs = [CHANNEL_MAGIC, CHANNEL_ATTENTION, CHANNEL_DOORBELL, CHANNEL_CLOSED].map(
      (word) => word / LINE_PAIR_WORDS,
    )
    expect(pairs).toEqual([0, 1, 2, 4])
    expect(channelGeometry(1, 1, 64).portsWord / LINE_PAIR_WORDS).toBe(5)
  })

  it.each(SIZES)('adds up, without overlap, for %i slots, %i workers, %i bytes', (...size) => {
    const [slots, workers, bufferBytes] = size
    const g = channelGeometry(...size)
    const resultWords = 1 << RESULT_SHIFT
    expect(g).toMatchObject({ slotCount: slots, workerCount: workers, bufferBytes })
    expect(g.submissionCapacity).toBe(4 * slots)
    expect(g.completionCapacity).toBe(slots)

    // What lies in a port, in order: each piece ends before the next one starts, on a line pair.
    const port: [start: number, words: number][] = [
      [PORT_INCARNATION, 1],
      [g.submissionRingOffset, ringWords(g.submissionCapacity)],
      [g.completionRingOffset, ringWords(g.completionCapacity)],
      [g.resultsOffset, g.completionCapacity * resultWords],
      [g.presentedOffset, slots],
    ]
    const starts = [...port.slice(1).map(([start]) => start), g.portWords]
    for (const [i, [start, words]] of port.entries()) {
      expect(start % LINE_PAIR_WORDS, `piece ${i}`).toBe(0)
      expect(start + words, `piece ${i}`).toBeLessThanOrEqual(Number(starts[i]))
    }
    expect(g.portWords % LINE_PAIR_WORDS).toBe(0)

    expect(portWord(g, 0)).toBe(g.portsWord)
    expect(portWord(g, workers - 1) + g.portWords).toBe(g.slotsWord)
    const slotsEndBytes = (g.slotsWord + slots * IRP_SLOT_WORDS) * 4
    expect(g.bufferByteOffset).toBeGreaterThanOrEqual(slotsEndBytes)
    expect(g.bufferByteOffset - slotsEndBytes).toBeLessThan(4096)
    expect(g.bufferByteOffset % 4096).toBe(0)
    expect(g.totalBytes).toBe(g.bufferByteOffset + bufferBytes)
  })

  it('starts a port with its incarnation, then the submission ring, as drawn', () => {
    const drawn = drawnNumbers(comment, /\+(?<at>\d+) +(?<name>INCARNATION|submission)/g)
    const g = channelGeometry(8, 1, 64)
    expect([...drawn]).toEqual([
      ['INCARNATION', PORT_INCARNATION],
      ['submission', g.submissionRingOffset],
    ])
  })
})
