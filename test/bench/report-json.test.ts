import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isTooBusy, readReport, writeReport } from '../../bench/report-json.js'
import { ENGINE, REPORT } from './fixtures/sample-report.js'

const folder = mkdtempSync(path.join(os.tmpdir(), 'irpool-report-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('report files', () => {
  it('come back as they were written', () => {
    const file = path.join(folder, 'run.json')
    writeReport(file, REPORT)
    expect(readReport(file)).toEqual(REPORT)
  })

  it.each(['{"schema":"irpool-bench/2"}', '{}', 'null'])('refuse %s', (text) => {
    const file = path.join(folder, 'other.json')
    writeFileSync(file, text)
    expect(() => readReport(file)).toThrow(
      /other\.json: its schema is .*, expected "irpool-bench\/1"/,
    )
  })

  it('refuse one that is not whole', () => {
    const file = path.join(folder, 'part.json')
    for (const scenarios of [undefined, 'none']) {
      writeFileSync(file, JSON.stringify({ ...REPORT, scenarios }))
      expect(() => readReport(file)).toThrow(/part\.json: .* it is not whole/)
    }
  })
})

describe('isTooBusy', () => {
  it('is content with a few disturbed runs', () => {
    expect(isTooBusy([{ ...ENGINE, noisy: 1 }, ENGINE])).toBe(false)
    expect(isTooBusy([])).toBe(false)
  })

  it('is not with more than a third of them', () => {
    expect(
      isTooBusy([
        { ...ENGINE, noisy: 2 },
        { ...ENGINE, noisy: 1 },
      ]),
    ).toBe(true)
  })

  it('nor with all runs of one scenario', () => {
    expect(isTooBusy([{ ...ENGINE, noisy: 3 }, ENGINE, ENGINE, ENGINE])).toBe(true)
  })
})
