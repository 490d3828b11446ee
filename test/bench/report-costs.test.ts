import { describe, expect, it } from 'vitest'
import { renderCosts, renderStages } from '../../bench/report-costs.js'
import { painter } from '../../src/cli/colour.js'
import { ENGINE, RIVAL } from './fixtures/sample-report.js'

const PLAIN = painter(false)
const COUNTERS = {
  workerParks: 1234,
  hostParks: 5,
  workerWakeUps: 67,
  hostWakeUps: 8,
  rescues: 0,
  batches: 900,
  requestsPerBatch: 12.3,
}
const GC = { count: 3, totalMs: 2.5, maxMs: 1.25 }

/** The cells of the line that begins with this word. */
function cellsOf(table: string, word: string): string[] {
  const line = table.split('\n').find((candidate) => candidate.trim().startsWith(word))!
  return line.trim().split(/\s{2,}/)
}

describe('renderCosts', () => {
  it('has a line for each scenario with counters, and none for others', () => {
    const table = renderCosts([{ ...ENGINE, counters: COUNTERS, gc: GC }, RIVAL], PLAIN)
    expect(cellsOf(table, ENGINE.name)).toEqual([
      ENGINE.name,
      '1.00 ms',
      '2.00 ms',
      '5.00 ms',
      '1,234 / 5',
      '67 / 8',
      '0',
      '12.3',
      '3',
      '1.25 ms',
    ])
    expect(table).not.toContain(RIVAL.name)
  })

  it('is nothing where there is nothing to tell', () => {
    expect(renderCosts([ENGINE, RIVAL], PLAIN)).toBe('')
    expect(renderStages([ENGINE, RIVAL], PLAIN)).toBe('')
  })
})

describe('renderStages', () => {
  it('has a line for each stage in the order of time, and one for all', () => {
    const { latencyNs } = ENGINE
    const stage = (p50: number) => ({ ...latencyNs!, p50 })
    const stagesNs = { send: stage(1), dispatch: stage(2), handler: stage(3), reap: stage(4) }
    const table = renderStages([{ ...ENGINE, stagesNs }], PLAIN)
    expect(cellsOf(table, ENGINE.name).slice(0, 3)).toEqual([ENGINE.name, 'send', '1 ns'])
    expect(cellsOf(table, 'dispatch')[1]).toBe('2 ns')
    expect(cellsOf(table, 'reap')[1]).toBe('4 ns')
    expect(cellsOf(table, 'all')[1]).toBe('81.5 µs')
  })
})
