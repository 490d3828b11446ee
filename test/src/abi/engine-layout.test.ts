import { describe, expect, it } from 'vitest'
import { DOORBELL_WORDS } from '../../../src/abi/doorbell-layout.js'
import * as layout from '../../../src/abi/engine-layout.js'
import { LINE_PAIR_WORDS } from '../../../src/abi/ring-layout.js'
import { drawnNumbers, headComment } from '../../harness/drawn-layout.js'

const comment = headComment('src/abi/engine-layout.ts')
const constants = new Map(Object.entries(layout))

describe('engine control block', () => {
  it('is as drawn', () => {
    expect(comment).toMatch(/words 0-1 +MAGIC, WORKER_COUNT/)
    expect([layout.ENGINE_MAGIC, layout.ENGINE_WORKER_COUNT]).toEqual([0, 1])
    expect([...drawnNumbers(comment, /word (?<at>\d+) +(?<name>[A-Z]+)/g)]).toEqual([
      ['ACCEPTING', layout.ENGINE_ACCEPTING],
      ['CROWDED', layout.ENGINE_CROWDED],
    ])
    const block = drawnNumbers(comment, /\+(?<at>\d+) +(?<name>[A-Za-z]+)/g)
    expect([...block.keys()]).toEqual([
      'DOORBELL',
      'CONTROL',
      'STOP',
      'INCARNATION',
      'FAILED',
      'HEARTBEAT',
      'PLACE',
      'ACCUSED',
      'statistics',
    ])
    for (const [name, at] of block) {
      expect(constants.get(`WORKER_${name.toUpperCase()}`), `${name}:`).toBe(at)
    }
  })

  it('has no two things in one word of a worker, and the statistics on lines of their own', () => {
    const words = [
      layout.WORKER_CONTROL,
      layout.WORKER_STOP,
      layout.WORKER_INCARNATION,
      layout.WORKER_FAILED,
      layout.WORKER_HEARTBEAT,
      layout.WORKER_PLACE,
      layout.WORKER_ACCUSED,
    ]
    expect(new Set(words).size).toBe(words.length)
    for (const word of words) {
      expect(word).toBeGreaterThanOrEqual(DOORBELL_WORDS)
      expect(word).toBeLessThan(layout.WORKER_STATISTICS)
    }
    expect(layout.WORKER_STATISTICS % LINE_PAIR_WORDS).toBe(0)
    expect(layout.STAT_COUNT).toBeLessThanOrEqual(LINE_PAIR_WORDS)
    expect(layout.WORKER_STATISTICS + layout.STAT_COUNT).toBeLessThanOrEqual(
      layout.WORKER_BLOCK_WORDS,
    )
  })

  it('counts each statistic in a word of its own', () => {
    const stats = Object.entries(layout).filter(([name]) => /^STAT_(?!COUNT)/.test(name))
    const offsets = stats.map(([, value]) => Number(value)).toSorted((a, b) => a - b)
    expect(offsets).toEqual(Array.from({ length: layout.STAT_COUNT }, (_, i) => i))
  })

  it('puts the workers behind the header, one after the other, and the sum comes out', () => {
    expect(layout.workerBlockWord(0)).toBeGreaterThan(layout.ENGINE_ACCEPTING)
    for (const workers of [1, 2, 3, 126]) {
      for (let worker = 0; worker < workers; worker++) {
        const start = layout.workerBlockWord(worker)
        expect(start % LINE_PAIR_WORDS).toBe(0)
        expect(layout.workerBlockWord(worker + 1) - start).toBe(layout.WORKER_BLOCK_WORDS)
      }
      expect(layout.engineBytes(workers)).toBe(layout.workerBlockWord(workers) * 4)
    }
  })
})
