import { describe, expect, it } from 'vitest'
import { renderSingleRun, renderTable } from '../../bench/report-table.js'
import { painter } from '../../src/cli/colour.js'
import { FAST, GOOD } from './fixtures/fake-scenarios.js'
import { ENGINE, REPORT, RIVAL } from './fixtures/sample-report.js'

const PLAIN = { paint: painter(false) }

function linesOf(table: string): string[] {
  return table.trimEnd().split('\n')
}

function longest(table: string): number {
  return Math.max(...linesOf(table).map((line) => line.length))
}

describe('renderTable', () => {
  it('puts every figure of a scenario on its line', () => {
    const table = renderTable([ENGINE, RIVAL], REPORT.ratios, PLAIN)
    const line = linesOf(table).find((candidate) => candidate.includes(ENGINE.name))!
    expect(line.trim().split(/\s{2,}/)).toEqual([
      'irp/batch/depth-1024',
      '12,345,678',
      '12,000,000 – 13,000,000',
      'IRP/s',
      '81.5 µs',
      '250 µs',
      '0.123',
      '0.250',
      '0.62',
      '35.3× post-message/depth-1024',
    ])
  })

  it('calls a cost a cost, and leaves out what there is nothing of', () => {
    const idle = { ...RIVAL, name: 'idle', unit: '% of a core', lowerIsBetter: true } as const
    const figures = { median: 2.274, min: 0.5, max: 3, cpuSecondsPerMillion: 0 }
    const line = linesOf(renderTable([{ ...idle, ...figures }], [], PLAIN)).at(-1)!
    expect(line.trim()).toMatch(/^idle +2\.27 +0\.500 – 3\.00 +% of a core \(less is better\)$/)
  })

  it('aligns columns across groups, numbers to the right', () => {
    const lines = linesOf(renderTable([ENGINE, RIVAL], [], PLAIN))
    const end = (text: string) => {
      const line = lines.find((candidate) => candidate.includes(text))!
      return line.indexOf(text) + text.length
    }
    expect(end('12,345,678')).toBe(end('350,000'))
    expect(end('0.123')).toBe(end('2.50'))
    expect(lines.filter((line) => line.includes('CPU s/M'))).toHaveLength(2)
  })

  it('gives each group a heading, in order', () => {
    const headings = linesOf(renderTable(REPORT.scenarios, [], PLAIN)).filter((line) =>
      ['engine', 'rivals'].includes(line),
    )
    expect(headings).toEqual(['engine', 'rivals'])
  })

  it('marks disturbed scenarios and explains the mark only then', () => {
    expect(renderTable(REPORT.scenarios, [], PLAIN)).toMatch(/ ~350,000 [^]*\n~ other processes/)
    expect(renderTable([ENGINE, RIVAL], [], PLAIN)).not.toContain('~')
  })

  it('says why there is no figure', () => {
    const table = renderTable(REPORT.scenarios, [], PLAIN)
    expect(table).toMatch(/rival\/cpp +skipped: no compiler\n/)
    expect(table).toMatch(/rival\/broken +failed: it \| broke\n/)
    expect(table).toMatch(/rival\/wrong +WRONG ANSWERS: lost 7\n/)
  })

  it('moves the ratios below when the terminal is narrow', () => {
    const wide = renderTable([ENGINE, RIVAL], REPORT.ratios, { ...PLAIN, columns: 200 })
    const narrow = renderTable([ENGINE, RIVAL], REPORT.ratios, { ...PLAIN, columns: 120 })
    expect(wide).not.toContain('\nratios\n')
    expect(narrow).toContain('\nratios\n  35.3× irp/batch/depth-1024 ÷ post-message/depth-1024\n')
    expect(longest(narrow)).toBeLessThanOrEqual(120)
    expect(longest(wide)).toBeGreaterThan(120)
  })

  it('styles only when asked to', () => {
    const escape = '\u001b['
    expect(renderTable(REPORT.scenarios, [], PLAIN)).not.toContain(escape)
    expect(renderTable(REPORT.scenarios, [], { paint: painter(true) })).toContain(escape)
  })
})

describe('renderSingleRun', () => {
  it('shows figures, notes and ledger, and that the answers were verified', () => {
    const text = renderSingleRun(FAST, { ...GOOD, notes: { parks: 12 }, ledger: REPORT.ledger })
    expect(text).toContain('2,000')
    expect(text).toContain('parks 12\n')
    expect(text).toContain('accepted 7 completed 7')
    expect(text).toContain('answers verified\n')
  })

  it('does not let wrong answers pass for a figure', () => {
    expect(renderSingleRun(FAST, { ...GOOD, checksumOk: false })).toContain('answers WRONG')
  })
})
