import { describe, expect, it } from 'vitest'
import { readAssets } from '../../../bench/html/assets.js'
import { chartsOf } from '../../../bench/html/charts.js'
import { dataScript, escapeHtml, html, table } from '../../../bench/html/markup.js'
import { renderPage } from '../../../bench/html/page.js'
import type { BenchReport, MeasuredReport } from '../../../bench/report-json.js'
import { ENGINE, REPORT, RIVAL } from '../fixtures/sample-report.js'

const ASSETS = readAssets()
const COUNTERS = {
  workerParks: 1,
  hostParks: 2,
  workerWakeUps: 3,
  hostWakeUps: 4,
  rescues: 0,
  batches: 5,
  requestsPerBatch: 6,
}
const { latencyNs } = ENGINE
const STAGES = { send: latencyNs!, dispatch: latencyNs!, handler: latencyNs!, reap: latencyNs! }

function swept(value: number, offeredRate: number): MeasuredReport {
  const name = `custom/rate-${value}`
  return { ...ENGINE, name, parameters: { rate: value }, notes: { offeredRate } }
}

const FULL: BenchReport = {
  ...REPORT,
  settings: { ...REPORT.settings, sweep: 'rate' },
  scenarios: [
    ...REPORT.scenarios,
    { ...ENGINE, name: 'irp/x', counters: COUNTERS, stagesNs: STAGES },
    { ...RIVAL, name: 'native/slab', title: 'C++ & <fast>' },
    swept(10, 10_000),
    swept(20, 20_000),
  ],
}
const PAGE = renderPage(FULL, ASSETS)

describe('the page', () => {
  it('asks nobody for anything', () => {
    expect(PAGE).toContain(`content="default-src &#39;none&#39;;`)
    expect(PAGE).not.toMatch(/<link|<img|<script[^>]+src=|@import|url\(/)
    expect(PAGE.match(/https?:\/\/[^\s"']+/g) ?? []).toEqual(
      expect.not.arrayContaining([expect.stringContaining('cdn')]),
    )
    expect(PAGE).toContain('uPlot')
    expect(PAGE).toContain('Permission is hereby granted')
  })

  it('can be read in order: one heading, sections with names, tables with headings', () => {
    expect(PAGE.match(/<h1>/g)).toHaveLength(1)
    expect(PAGE).toMatch(/<html lang="en">/)
    for (const id of ['throughput', 'percentiles', 'load', 'sweep-throughput', 'figures']) {
      expect(PAGE).toContain(`aria-labelledby="${id}-title"`)
      expect(PAGE).toContain(`href="#${id}"`)
    }
    const tables = PAGE.match(/<table/g)!.length
    expect(PAGE.match(/<caption/g)).toHaveLength(tables)
    expect(PAGE).toMatch(/<th role="rowheader" scope="row">\s*irp\/batch\/depth-1024<span/)
    expect(PAGE).toContain('0.62 of C++; 35.3× rival/post-message/depth-1024')
    expect(PAGE).toMatch(/role="img"\s+aria-label="Latencies of \d/)
  })

  it('has a table behind each chart, with its figures', () => {
    const charts = chartsOf(FULL)
    expect(charts.map(({ id }) => id)).toEqual([
      'percentiles',
      'load',
      'sweep-throughput',
      'sweep-latency',
    ])
    expect(PAGE.match(/<summary>The figures of this chart<\/summary>/g)).toHaveLength(4)
    expect(PAGE).toMatch(/<th scope="row">20,000<\/th>\s*<td>81.5 µs<\/td>/)
  })

  it('says why there is no figure, and escapes what others wrote', () => {
    expect(PAGE).toContain('rival/cpp: skipped: no compiler')
    expect(PAGE).toContain('rival/wrong: wrong answers: lost 7')
    expect(PAGE).toContain('C++ &amp; &lt;fast&gt;')
    expect(PAGE).not.toContain('<fast>')
  })

  it('shows rivals, the limit and ours apart, without what was asked for at a rate', () => {
    const bars = PAGE.slice(PAGE.indexOf('id="throughput"'), PAGE.indexOf('id="percentiles"'))
    expect(bars).toMatch(/class="rival"\s+style="width:/)
    expect(bars).toMatch(/class="native"\s+style="width:/)
    expect(bars).toMatch(/class="ours"\s+style="width:/)
    expect(bars).not.toContain('custom/rate')
  })

  it('is whole without any figure', () => {
    const empty = renderPage({ ...REPORT, scenarios: [], ratios: [], interrupted: true }, ASSETS)
    expect(empty).toContain('The run was interrupted')
    expect(empty).toContain('</html>')
  })
})

describe('charts', () => {
  it('need something to draw', () => {
    expect(chartsOf({ ...REPORT, scenarios: [RIVAL] })).toEqual([])
    const [one] = chartsOf({ ...REPORT, scenarios: [ENGINE] })
    expect(one).toMatchObject({ id: 'percentiles', labels: expect.arrayContaining(['p99.99']) })
    expect(one!.series).toEqual([
      { label: ENGINE.name, values: [81_500, 120_000, 250_000, 1_000_000, 2_000_000, 5_000_000] },
    ])
  })

  it('say in words what they show', () => {
    const load = chartsOf(FULL).find(({ id }) => id === 'load')!
    expect(load.summary).toBe(
      'Latency from the intended send time at 2 rates; at the highest, 20,000 a second, p99 is 250 µs.',
    )
  })
})

describe('markup', () => {
  it('escapes values, not markup, and leaves out what is not there', () => {
    expect(escapeHtml(`<a b="c" d='e'>&`)).toBe('&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;')
    expect(
      html`<p>${'<b>'}${html`<i>${1}</i>`}${undefined}${false}${[html`<u></u>`, '&']}</p>`.html,
    ).toBe('<p>&lt;b&gt;<i>1</i><u></u>&amp;</p>')
  })

  it('keeps data from ending its script', () => {
    expect(dataScript('x', { text: '</script><b>' }).html).toBe(
      String.raw`<script type="application/json" id="x">{"text":"\u003c/script>\u003cb>"}</script>`,
    )
  })

  it('makes the first cell of a row its heading', () => {
    const { html: text } = table('c', ['a', 'b'], [['1', '2']])
    expect(text.replaceAll(/\s+/g, ' ')).toContain('<th scope="row">1</th>')
    expect(text).toContain('<td>2</td>')
  })
})
