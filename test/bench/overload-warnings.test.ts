import { expect, it } from 'vitest'
import { renderPage } from '../../bench/html/page.js'
import { overloadWarnings } from '../../bench/overload-warnings.js'
import { renderMarkdown } from '../../bench/report-markdown.js'
import { renderReport } from '../../bench/report-text.js'
import { painter } from '../../src/cli/colour.js'
import { ENGINE, REPORT } from './fixtures/sample-report.js'

const KEPT_UP = { ...ENGINE, name: 'open-loop/10-percent', notes: { offeredRate: 1000 } }
const OVERLOADED = {
  ...ENGINE,
  name: 'open-loop/90-percent',
  notes: { offeredRate: 2_000_000, overloaded: 'the rate was not reached' },
}
const WARNING =
  'open-loop/90-percent: 2,000,000 a second were offered and not reached: latencies grow with the length of the run.'

it('names the variants that took less than they were offered, and no other', () => {
  expect(overloadWarnings([KEPT_UP, OVERLOADED, ...REPORT.scenarios])).toEqual([WARNING])
})

it('stands in every report that has percentiles', () => {
  const report = { ...REPORT, scenarios: [KEPT_UP, OVERLOADED] }
  const assets = { pageCss: '', uplotCss: '', uplotJs: '', uplotLicense: '', chartsJs: '' }
  expect(renderReport(report, { paint: painter(false) })).toContain(`\n${WARNING}\n`)
  expect(renderMarkdown(report)).toContain(WARNING)
  expect(renderPage(report, assets)).toContain(`<p class="warning">${WARNING}</p>`)
})
