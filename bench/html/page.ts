/**
 * page.ts: the result of a benchmark as one page: bars against rivals and the limit, charts, and every figure in
 * tables. It carries its own styles and scripts and asks nobody for anything.
 *
 * Runs on: the main thread of the command.
 */
import { formatDuration, threeDigits } from '../format.js'
import { formatLedger } from '../ledger.js'
import type { BenchReport, MeasuredReport, RatioReport, ScenarioReport } from '../report-json.js'
import { STAGES } from '../scenario.js'
import type { Assets } from './assets.js'
import {
  type Chart,
  chartsOf,
  formatValue,
  isMeasured,
  kindOf,
  PERCENTILE_LABELS,
} from './charts.js'
import { dataScript, html, Markup, table } from './markup.js'

const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

export function renderPage(report: BenchReport, assets: Assets): string {
  const charts = chartsOf(report)
  const units = barUnits(report)
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <title>irpool bench, ${report.environment.date.slice(0, 10)}</title>
        <style>
          ${raw(assets.uplotCss)}
        </style>
        <style>
          ${raw(assets.pageCss)}
        </style>
      </head>
      <body>
        <a class="skip" href="#throughput">Skip to the figures</a>
        ${header(report)}
        <nav aria-label="Sections">
          <ul>
            ${units.length > 0 && html`<li><a href="#throughput">Throughput</a></li>`}
            ${charts.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}
            <li><a href="#figures">All figures</a></li>
          </ul>
        </nav>
        <main>
          <section id="throughput" aria-labelledby="throughput-title">
            <h2 id="throughput-title">Throughput</h2>
            <p class="soft">
              <span class="key ours"></span> irpool <span class="key native"></span> the same in
              C++, the limit <span class="key rival"></span> what one would use instead. Bars are on
              a logarithmic scale.
            </p>
            ${units.map((unit) => bars(report, unit))}
          </section>
          ${charts.map(chartSection)} ${figures(report)}
        </main>
        ${charts.map((chart) => dataScript(`data-${chart.id}`, chart))}
        <script>
          /*
${raw(assets.uplotLicense.replaceAll('*/', '* /'))}
*/
          ${raw(scriptText(assets.uplotJs))}
        </script>
        <script>
          ${raw(scriptText(assets.chartsJs))}
        </script>
      </body>
    </html> `
  return page.html
}

function raw(text: string): Markup {
  return new Markup(text)
}

/** Nothing in a script may look like its end. */
function scriptText(script: string): string {
  return script.replaceAll('</script', String.raw`<\/script`)
}

function header({ environment, settings, tooBusy, interrupted, ledger }: BenchReport): Markup {
  const { cpu, cores, node, platform, commit, date, loadAverage } = environment
  const { runs, durationMs, workers } = settings
  return html`<header>
    <h1>irpool bench</h1>
    <p>
      ${runs} interleaved ${runs === 1 ? 'round' : 'rounds'}, ${durationMs / 1000} s each,
      ${workers} ${workers === 1 ? 'worker' : 'workers'}; medians of the rounds; every answer was
      checked.
    </p>
    <p class="soft">
      ${date.slice(0, 16).replace('T', ' ')} UTC, ${cpu}, ${cores} cores, load average
      ${loadAverage} before the start, Node ${node} ${platform}, commit ${commit}
    </p>
    <p class="soft">${formatLedger(ledger)}</p>
    ${tooBusy === true && html`<p class="warning">This machine was too busy to judge: other processes used more than 5 % of it during too many runs.</p>`}
    ${interrupted === true && html`<p class="warning">The run was interrupted: this is what was measured until then.</p>`}
  </header>`
}

/** Units of throughput, that of requests first. */
function barUnits({ scenarios }: BenchReport): string[] {
  const units = scenarios
    .filter(isMeasured)
    .filter(({ lowerIsBetter, median }) => lowerIsBetter !== true && median > 0)
    .map(({ unit }) => unit)
  return [...new Set(units)]
}

function bars({ scenarios, ratios }: BenchReport, unit: string): Markup {
  const rows = scenarios
    .filter(isMeasured)
    .filter((scenario) => scenario.unit === unit && scenario.median > 0)
    .sort((left, right) => right.median - left.median)
  const highest = Math.ceil(Math.log10(rows[0]!.median))
  const lowest = Math.min(highest - 1, Math.floor(Math.log10(rows.at(-1)!.median)))
  const share = (value: number) => ((Math.log10(value) - lowest) / (highest - lowest)) * 100
  return html`<h3>${unit}</h3>
    <table class="bars">
      <caption class="soft">
        ${unit}, fastest first; the bar ends are 10^${lowest} and 10^${highest}
      </caption>
      <thead>
        <tr>
          <th scope="col">variant</th>
          <th scope="col"><span class="soft">logarithmic</span></th>
          <th scope="col">median</th>
          <th scope="col" class="wide">of C++</th>
          <th scope="col" class="wide">ratio</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => barRow(row, ratios, Math.max(1, share(row.median))))}
      </tbody>
    </table>`
}

function barRow(scenario: MeasuredReport, ratios: readonly RatioReport[], width: number): Markup {
  const { name, title, median, noisy } = scenario
  const own = ratios.filter((ratio) => ratio.scenario === name)
  const native = own.find(({ kind }) => kind === 'native')
  const ratio = own.find(({ kind }) => kind === undefined)
  return html`<tr>
    <th scope="row">${name}<span class="title">${title}</span></th>
    <td class="bar"><span class="${kindOf(name)}" style="width:${width.toFixed(1)}%"></span></td>
    <td>${threeDigits(median)}${noisy !== undefined && ' (noisy)'}</td>
    <td class="wide">${native?.value.toFixed(2)}</td>
    <td class="wide text">
      ${ratio !== undefined && `${threeDigits(ratio.value)}× ${ratio.rival}`}
    </td>
  </tr>`
}

function chartSection(chart: Chart): Markup {
  const { id, title, summary, labels, x, xLabel, series, format } = chart
  const headings = [xLabel, ...series.map(({ label }) => label)]
  const rows = x.map((at, index) => [
    labels?.[index] ?? threeDigits(at),
    ...series.map(({ values }) => formatValue(format, values[index] ?? null)),
  ])
  return html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    <figure>
      <div class="chart" data-chart="data-${id}" role="img" aria-label="${summary}"></div>
      <figcaption>${summary}</figcaption>
    </figure>
    <details>
      <summary>The figures of this chart</summary>
      ${table(title, headings, rows)}
    </details>
  </section>`
}

function figures(report: BenchReport): Markup {
  const groups = [...new Set(report.scenarios.map(({ group }) => group))]
  return html`<section id="figures" aria-labelledby="figures-title">
    <h2 id="figures-title">All figures</h2>
    ${groups.map((group) => groupTable(group, report.scenarios))} ${stageTable(report.scenarios)}
    ${costTable(report.scenarios)}
  </section>`
}

const GROUP_HEADINGS = [
  'variant',
  'median',
  'least – most',
  'unit',
  ...PERCENTILE_LABELS,
  'CPU s per million',
]

function groupTable(group: string, all: readonly ScenarioReport[]): Markup {
  const scenarios = all.filter((scenario) => scenario.group === group)
  const rows = scenarios.filter(isMeasured).map((scenario) => {
    const { median, min, max, unit, latencyNs, cpuSecondsPerMillion } = scenario
    const latencies =
      latencyNs === undefined
        ? PERCENTILE_LABELS.map(() => '')
        : [
            latencyNs.p50,
            latencyNs.p90,
            latencyNs.p99,
            latencyNs.p999,
            latencyNs.p9999,
            latencyNs.max,
          ].map(formatDuration)
    return [
      nameCell(scenario),
      threeDigits(median),
      `${threeDigits(min)} – ${threeDigits(max)}`,
      unit,
      ...latencies,
      cpuSecondsPerMillion === 0 ? '' : threeDigits(cpuSecondsPerMillion),
    ]
  })
  const others = scenarios.filter((scenario) => !isMeasured(scenario))
  return html`<h3>${group}</h3>
    ${rows.length > 0 && table(group, GROUP_HEADINGS, rows)}
    ${
      others.length > 0 &&
      html`<ul>
        ${others.map(({ name, skipped, failed, unverified }) =>
          skipped === undefined
            ? html`<li class="bad">${name}: ${failed ?? `wrong answers: ${unverified}`}</li>`
            : html`<li>${name}: skipped: ${skipped}</li>`,
        )}
      </ul>`
    }`
}

function nameCell({ name, title }: ScenarioReport): Markup {
  return html`${name}<span class="title">${title}</span>`
}

function stageTable(scenarios: readonly ScenarioReport[]): Markup | false {
  const rows = scenarios.filter(isMeasured).flatMap(({ name, stagesNs }) => {
    if (stagesNs === undefined) return []
    return STAGES.map((stage) => {
      const { p50, p90, p99, p999, p9999, max } = stagesNs[stage]
      return [`${name}, ${stage}`, ...[p50, p90, p99, p999, p9999, max].map(formatDuration)]
    })
  })
  if (rows.length === 0) return false
  const caption =
    'send: due to sent; dispatch: to the first line of the handler; handler: to its completion; reap: to the callback'
  return html`<h3>Latency by stage</h3>
    ${table(caption, ['stage', ...PERCENTILE_LABELS], rows)}`
}

const COST_HEADINGS = [
  'variant',
  'worker parks',
  'host parks',
  'worker wake-ups',
  'host wake-ups',
  'rescues',
  'IRP per batch',
  'bytes per IRP',
  'collections',
  'longest pause',
]

function costTable(scenarios: readonly ScenarioReport[]): Markup | false {
  const rows = scenarios.filter(isMeasured).flatMap((scenario) => {
    const { counters, gc, bytesAllocatedPerIrp } = scenario
    if (counters === undefined) return []
    const { workerParks, hostParks, workerWakeUps, hostWakeUps, rescues, requestsPerBatch } =
      counters
    return [
      [
        scenario.name,
        ...[workerParks, hostParks, workerWakeUps, hostWakeUps, rescues].map(String),
        threeDigits(requestsPerBatch),
        bytesAllocatedPerIrp === undefined ? '' : threeDigits(bytesAllocatedPerIrp),
        gc === undefined ? '' : String(gc.count),
        gc === undefined || gc.count === 0 ? '' : formatDuration(gc.maxMs * 1e6),
      ],
    ]
  })
  if (rows.length === 0) return false
  return html`<h3>What it took</h3>
    ${table('Sleeps, wake-ups, batches and collections in the window', COST_HEADINGS, rows)}`
}
