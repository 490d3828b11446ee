import { describe, expect, it } from 'vitest'
import { renderMarkdown } from '../../bench/report-markdown.js'
import { renderTable } from '../../bench/report-table.js'
import type { RatioReport } from '../../bench/report-json.js'
import { shownRatios } from '../../bench/shown-ratios.js'
import { painter } from '../../src/cli/colour.js'
import { ENGINE, REPORT } from './fixtures/sample-report.js'

function ratio(rival: string, value: number, more: Partial<RatioReport> = {}): RatioReport {
  return { name: `${ENGINE.name} ÷ ${rival}`, value, scenario: ENGINE.name, rival, ...more }
}
const RATIOS = [
  ratio('native/null-driver/depth-1024', 0.5, { kind: 'native' }),
  ratio('rival/post-message/depth-1024', 60),
  ratio('rival/post-message-object/depth-1024', 80),
  ratio('rival/piscina-tasks-1/depth-1024', 900),
  ratio('rival/comlink/depth-64', 3, { scenario: 'rival/other' }),
]
const PLAIN = { paint: painter(false) }

describe('shownRatios', () => {
  it('are the first two of a scenario, without its twin', () => {
    expect(shownRatios(RATIOS, ENGINE.name).map(({ value }) => value)).toEqual([60, 80])
    expect(shownRatios(RATIOS, 'rival/other').map(({ value }) => value)).toEqual([3])
    expect(shownRatios(RATIOS, 'nobody')).toEqual([])
  })

  it('stand together in every report', () => {
    expect(renderTable([ENGINE], RATIOS, PLAIN)).toContain(
      '60.0× post-message/depth-1024, 80.0× post-message-object/depth-1024\n',
    )
    const narrow = renderTable([ENGINE], RATIOS, { ...PLAIN, columns: 80 })
    expect(narrow).toContain('\n  60.0× irp/batch/depth-1024 ÷ post-message/depth-1024\n')
    expect(narrow).toContain('\n  80.0× irp/batch/depth-1024 ÷ post-message-object/depth-1024\n')
    expect(narrow).not.toContain('900')
    expect(renderMarkdown({ ...REPORT, ratios: RATIOS })).toContain(
      '60.0× `rival/post-message/depth-1024`, 80.0× `rival/post-message-object/depth-1024` |',
    )
  })
})
