import { describe, expect, it } from 'vitest'
import { renderHeadline, renderMarkdown, replaceBlock } from '../../bench/report-markdown.js'
import type { MeasuredReport } from '../../bench/report-json.js'
import { REPORT } from './fixtures/sample-report.js'

const BEGIN = '<!-- bench:all:begin -->'
const END = '<!-- bench:all:end -->'

describe('renderMarkdown', () => {
  const markdown = renderMarkdown(REPORT)

  it('says when, where and how', () => {
    expect(markdown.split('\n')[0]).toBe(
      'Measured 2026-01-02: Node v20.20.2, Test CPU, 2 cores, commit abc123; median of 3 interleaved runs of 0.6 s each, 1 worker.',
    )
  })

  it('has a row per scenario with its figures', () => {
    const row = markdown.split('\n').find((line) => line.includes('`irp/batch/depth-1024`'))!
    expect(row.split('|').map((cell) => cell.trim())).toEqual([
      '',
      '`irp/batch/depth-1024` batch API, 1024 in flight',
      '12,345,678 IRP/s (12,000,000 – 13,000,000)',
      '81.5 µs',
      '250 µs',
      '0.123',
      '0.62',
      '35.3× `rival/post-message/depth-1024`',
      '',
    ])
  })

  it('calls a cost a cost', () => {
    const idle = { ...REPORT.scenarios[0]!, median: 2.274, min: 0.5, max: 3, lowerIsBetter: true }
    const scenarios = [{ ...idle, unit: '% of a core' } as MeasuredReport]
    expect(renderMarkdown({ ...REPORT, scenarios })).toContain(
      '| 2.27 % of a core (less is better) (0.500 – 3.00) |',
    )
  })

  it('keeps rows of a table equally wide and cells free of bars', () => {
    const rows = markdown.split('\n').filter((line) => line.startsWith('|'))
    const rivals = rows.slice(rows.findLastIndex((line) => line.includes('median (min')))
    expect(new Set(rivals.map((row) => row.length)).size).toBe(1)
    expect(markdown).toContain(String.raw`failed: it \| broke`)
  })

  it('hides neither disturbed nor missing figures', () => {
    expect(markdown).toContain('350,000 IRP/s (340,000 – 360,000) noisy')
    expect(markdown).toMatch(/`rival\/cpp` C\+\+ +\| +skipped \|/)
    expect(markdown).toContain('failed: lost 7')
  })

  it('tells the ledger, and that a machine was too busy', () => {
    expect(markdown).toContain('Every answer was checked: accepted 7 completed 7')
    expect(markdown).not.toContain('too busy')
    expect(renderMarkdown({ ...REPORT, tooBusy: true })).toContain('too busy')
  })
})

describe('renderHeadline', () => {
  const rows = renderHeadline(REPORT)
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').map((cell) => cell.trim()))

  it('has the few figures that people ask for first, in its own order, and no others', () => {
    expect(rows.map((cells) => cells[1]!.replace(/,.*/, ''))).toEqual([
      'one request there and back',
      '---'.padEnd(rows[1]![1]!.length, '-'),
      '**irpool**',
      'postMessage',
    ])
    expect(rows[2]!.slice(2, 5)).toEqual(['12,345,678', '81.5 µs', '250 µs'])
  })

  it('hides no disturbance, and says when, where and how', () => {
    expect(rows.at(-1)![2]).toBe('350,000 noisy')
    expect(renderHeadline(REPORT)).toContain('Node v20.20.2, Test CPU, 2 cores')
  })
})

describe('replaceBlock', () => {
  it('replaces what is between the markers and nothing else', () => {
    const readme = `# A\n\n${BEGIN}\nold\n${END}\n\nB\n`
    expect(replaceBlock(readme, 'all', '\nnew $& $1\n')).toBe(
      `# A\n\n${BEGIN}\n\nnew $& $1\n\n${END}\n\nB\n`,
    )
  })

  it('knows the blocks by their names', () => {
    const readme = `${BEGIN}a${END} <!-- bench:headline:begin -->b<!-- bench:headline:end -->`
    expect(replaceBlock(readme, 'headline', 'new')).toContain(`${BEGIN}a${END} `)
    expect(replaceBlock(readme, 'all', 'new')).toContain('begin -->b<!--')
  })

  it('changes nothing the second time', () => {
    const once = replaceBlock(`${BEGIN}${END}`, 'all', 'new')
    expect(replaceBlock(once, 'all', 'new')).toBe(once)
  })

  it.each([
    'no markers',
    BEGIN,
    END,
    `${END}\n${BEGIN}`,
    `${BEGIN}${END}${BEGIN}${END}`,
    `${BEGIN}${END}${END}`,
  ])('refuses %j', (readme) => {
    expect(() => replaceBlock(readme, 'all', 'new')).toThrow(/exactly one/)
  })
})
