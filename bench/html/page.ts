/**
 * page.ts: the result of a benchmark as one page: bars against rivals and the limit, charts, and every figure in
 * tables. It carries its own styles and scripts and asks nobody for anything.
 *
 * Runs on: the main thread of the command.
 */
import { describeBuild } from '../environment.js'
import { formatCount, threeDigits } from '../format.js'
import { formatLedger } from '../ledger.js'
import { overloadWarnings } from '../overload-warnings.js'
import type { BenchReport, MeasuredReport, RatioReport, ScenarioReport } from '../report-json.js'
import { shownRatios } from '../shown-ratios.js'
import type { Assets } from './assets.js'
import { type Chart, chartsOf, formatValue, isMeasured, kindOf } from './charts.js'
import { figureSection } from './page-tables.js'
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
          ${charts.map(chartSection)} ${figureSection(report)}
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
  return `${page.html.trim()}\n`
}

function raw(text: string): Markup {
  return new Markup(text)
}

/** Nothing in a script may look like its end. */
function scriptText(script: string): string {
  return script.replaceAll('</script', String.raw`<\/script`)
}

function header({
  environment,
  settings,
  tooBusy,
  interrupted,
  ledger,
  scenarios,
}: BenchReport): Markup {
  const { cpu, cores, node, platform, date, loadAverage } = environment
  const { runs, durationMs, workers } = settings
  return html`<header>
    <h1>irpool bench</h1>
    <p>
      ${runs === 1 ? 'one round' : `${runs} interleaved rounds`}, ${durationMs / 1000} s each,
      ${workers} ${workers === 1 ? 'worker' : 'workers'}; medians of the rounds; every answer was
      checked.
    </p>
    <p class="soft">
      ${date.slice(0, 16).replace('T', ' ')} UTC, ${cpu}, ${cores} cores, load average
      ${loadAverage} before the start, Node ${node} ${platform}, ${describeBuild(environment)}
    </p>
    <p class="soft">${formatLedger(ledger)}</p>
    ${tooBusy === true && html`<p class="warning">This machine was too busy to judge: other processes used more than 5 % of it during too many runs.</p>`}
    ${overloadWarnings(scenarios).map((text) => html`<p class="warning">${text}</p>`)}
    ${interrupted === true && html`<p class="warning">The run was interrupted: this is what was measured until then.</p>`}
  </header>`
}

/** Units of throughput, that of requests first. */
function barUnits({ scenarios }: BenchReport): string[] {
  const units = new Set(scenarios.filter(isThroughput).map(({ unit }) => unit))
  return [...units].sort((left, right) => Number(right === 'IRP/s') - Number(left === 'IRP/s'))
}

/** Whether its median says how fast it can be, and not at which rate it was asked or how long it paused. */
function isThroughput(report: ScenarioReport): report is MeasuredReport {
  if (!isMeasured(report) || report.lowerIsBetter === true || !(report.median > 0)) return false
  return report.notes?.['offeredRate'] === undefined && !report.name.startsWith('latency/')
}

function bars({ scenarios, ratios }: BenchReport, unit: string): Markup {
  const rows = scenarios
    .filter(isThroughput)
    .filter((scenario) => scenario.unit === unit)
    .sort((left, right) => right.median - left.median)
  const highest = Math.ceil(Math.log10(rows[0]!.median))
  const lowest = Math.min(highest - 1, Math.floor(Math.log10(rows.at(-1)!.median)))
  const share = (value: number) => ((Math.log10(value) - lowest) / (highest - lowest)) * 100
  return html`<h3>${unit}</h3>
    <table class="bars" role="table">
      <caption class="soft">
        ${unit}, fastest first; a bar begins at ${formatCount(10 ** lowest)} and ends at
        ${formatCount(10 ** highest)}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">variant</th>
          <th role="columnheader" scope="col" class="text">
            <span class="soft">logarithmic</span>
          </th>
          <th role="columnheader" scope="col">median</th>
          <th role="columnheader" scope="col" class="wide">of C++</th>
          <th role="columnheader" scope="col" class="wide text">ratio</th>
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map((row) => barRow(row, ratios, Math.max(1, share(row.median))))}
      </tbody>
    </table>`
}

/** On a phone a row becomes a block, so its roles are said; what has no column there stands below the title. */
function barRow(scenario: MeasuredReport, ratios: readonly RatioReport[], width: number): Markup {
  const { name, title, median, noisy } = scenario
  const own = ratios.filter((ratio) => ratio.scenario === name)
  const native = own.find(({ kind }) => kind === 'native')?.value.toFixed(2)
  const shown = shownRatios(own, name).filter(({ kind }) => kind === undefined)
  const ratioText = shown.map(({ value, rival }) => `${threeDigits(value)}× ${rival}`).join(', ')
  const both = [native === undefined ? '' : `${native} of C++`, ratioText]
    .filter(Boolean)
    .join('; ')
  return html`<tr role="row">
    <th role="rowheader" scope="row">
      ${name}<span class="title">${title}</span>
      ${both !== '' && html`<span class="title narrow">${both}</span>`}
    </th>
    <td role="cell" class="bar">
      <span class="${kindOf(name)}" style="width:${width.toFixed(1)}%"></span>
    </td>
    <td role="cell">${threeDigits(median)}${noisy !== undefined && ' (noisy)'}</td>
    <td role="cell" class="wide">${native}</td>
    <td role="cell" class="wide text">${ratioText}</td>
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
