/**
 * page-tables.ts: every figure of a report in tables: by group, by stage, and what they took.
 *
 * Runs on: the main thread of the command.
 */
import { formatDuration, threeDigits } from '../format.js'
import type { BenchReport, ScenarioReport } from '../report-json.js'
import { ALL_STAGES } from '../scenario.js'
import { isMeasured, PERCENTILE_LABELS } from './charts.js'
import { html, type Markup, table } from './markup.js'

/** The last section of the page. */
export function figureSection(report: BenchReport): Markup {
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
    return ALL_STAGES.flatMap((stage) => {
      const latency = stagesNs[stage]
      if (latency === undefined) return []
      const { p50, p90, p99, p999, p9999, max } = latency
      return [[`${name}, ${stage}`, ...[p50, p90, p99, p999, p9999, max].map(formatDuration)]]
    })
  })
  if (rows.length === 0) return false
  const caption =
    'send: due to sent; dispatch: to the first line of the handler; handler: to its completion; device: sent to line raised; interrupt: to the ISR; dpc: to the DPC; complete: to its completion; reap: to the callback'
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
