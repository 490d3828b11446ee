/**
 * flame-page.ts: a profile as one page of HTML: the table of layers and, per thread, a flame graph and a
 * table of functions. Needs no network, and no script to be read.
 *
 * Runs on: the main thread of the command.
 * Every name of a function and every place comes from a log and is escaped.
 */
import { formatCount } from '../format.js'
import { layOut } from './flame-layout.js'
import type { FlameFrame } from './flame-layout.js'
import { SCRIPT } from './flame-page-script.js'
import { FRAME_REM, STYLE, layerClass } from './flame-page-style.js'
import { LAYERS, LAYER_MEANING } from './layer.js'
import { formatShare } from './layer-table.js'
import type { ProfileReport, ThreadReport } from './profile-json.js'

const HOT_FUNCTIONS = 25
const PLACE_DIGITS = 6

/** The whole page. */
export function renderFlamePage(report: ProfileReport): string {
  const { scenario, threads, operationsPerSecond, settings, environment } = report
  const { node, cpu, cores, commit, date } = environment
  const title = `Profile of ${scenario}`
  const links = threads.map(
    ({ name }, index) => `<li><a href="#t${index}">${escape(name)}</a></li>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escape(title)}</h1>
<p>${formatCount(operationsPerSecond)} operations a second under the profiler, ${settings.durationMs / 1000} s
measured, workers: ${settings.workers}.</p>
<p>${escape(cpu)}, cores: ${cores}; Node ${escape(node)}; commit ${escape(commit)}; ${escape(date)}.</p>
<nav aria-label="Threads"><ul>${links.join('')}</ul></nav>
</header>
<main>
${layerTable(threads)}
${threads.map(threadSection).join('\n')}
</main>
<script>${SCRIPT}</script>
</body>
</html>
`
}

function busyOf({ ticks, parked }: ThreadReport): number {
  return ticks - parked
}

function layerTable(threads: readonly ThreadReport[]): string {
  const used = LAYERS.filter((layer) => threads.some(({ layers }) => layers[layer] !== undefined))
  const rows = used.map((layer) => {
    const cells = threads.map((thread) => formatShare(thread.layers[layer] ?? 0, busyOf(thread)))
    const head = `<th scope="row" class="swatch ${layerClass(layer)}">${layer}</th>`
    return `<tr>${head}${tableCells(cells)}<td class="text">${escape(LAYER_MEANING[layer])}</td></tr>`
  })
  const parked = threads.map((thread) => formatShare(thread.parked, thread.lived))
  const unseen = threads.map(({ lived, ticks }) => formatShare(lived - ticks, lived))
  const names = threads.map(({ name }) => `<th scope="col">${escape(name)}</th>`)
  return `<div class="wide" role="region" aria-label="Layers" tabindex="0"><table>
<caption>Share of each thread's busy time; time asleep or without a processor is in the last rows and nowhere else</caption>
<thead><tr><th scope="col">layer</th>${names.join('')}<th scope="col" class="text">what it is</th></tr></thead>
<tbody>${rows.join('\n')}
<tr><th scope="row">parked, of all time</th>${tableCells(parked)}<td class="text">${escape(LAYER_MEANING.parked)}</td></tr>
<tr><th scope="row">unseen, of all time</th>${tableCells(unseen)}<td class="text">without a tick: waiting for a processor</td></tr>
</tbody></table></div>`
}

function tableCells(cells: readonly string[]): string {
  return cells.map((cell) => `<td>${cell}</td>`).join('')
}

function threadSection(thread: ThreadReport, index: number): string {
  const { name, lived, parked, seconds, log } = thread
  const frames = layOut(thread.tree)
  const deepest = Math.max(0, ...frames.map(({ depth }) => depth))
  const height = (deepest + 1) * FRAME_REM
  const label = escape(name)
  return `<section class="thread" id="t${index}" aria-labelledby="h${index}">
<h2 id="h${index}">${label}</h2>
<p>Lived ${seconds.toFixed(2)} s, parked ${formatShare(parked, lived)} of it. The graph has the busy
time: a frame is as wide as its share, and below it lies what it called.</p>
<p class="scripted" hidden>Tap or <kbd>Enter</kbd> makes a frame as wide as the page, <kbd>Esc</kbd> shows
all again; the arrow keys go to callers, called functions and neighbours.</p>
<div class="tools scripted" hidden>
<label for="s${index}">Find</label><input id="s${index}" type="search" placeholder="function, file or layer">
<button type="button">Show all</button><output for="s${index}"></output></div>
<div class="flame" role="tree" aria-label="Flame graph of ${label}" style="height:${height}rem">
${frames.map((frame, order) => frameOf(frame, order, thread)).join('\n')}
</div>
<p class="detail"></p>
${functionTable(thread)}
<p>Raw log: ${escape(log)}</p>
</section>`
}

function frameOf({ node, x, width, ...at }: FlameFrame, order: number, thread: ThreadReport) {
  const { frame, self, total } = node
  const isRoot = at.depth === 0
  const name = isRoot ? thread.name : frame.name
  const whole = busyOf(thread)
  const where = frame.place === '' ? '' : `, ${frame.place}`
  const what = isRoot ? '' : `, layer ${frame.layer}`
  const times = `${formatShare(total, whole)} of the busy time, itself ${formatShare(self, whole)}`
  const style = `--x:${decimal(x)};--width:${decimal(width)};--depth:${at.depth}`
  const place = `aria-level="${at.depth + 1}" aria-posinset="${at.position}" aria-setsize="${at.siblings}"`
  const look = isRoot ? 'frame layer-node' : `frame ${layerClass(frame.layer)}`
  const label = escape(`${name}${where}${what}: ${times}`)
  return `<div class="${look}" role="treeitem" ${place} tabindex="${order === 0 ? 0 : -1}" style="${style}" aria-label="${label}" title="${label}">${escape(name)}</div>`
}

function decimal(value: number): string {
  return String(Number(value.toFixed(PLACE_DIGITS)))
}

function functionTable(thread: ThreadReport): string {
  const whole = busyOf(thread)
  const rows = thread.functions
    .slice(0, HOT_FUNCTIONS)
    .map(({ name, place, layer, self, total }) => {
      const shares = tableCells([formatShare(self, whole), formatShare(total, whole)])
      const head = `<th scope="row" class="swatch ${layerClass(layer)}">${layer}</th>`
      return `<tr>${head}${shares}<td class="text">${escape(name)}</td><td class="text">${escape(place)}</td></tr>`
    })
  return `<div class="wide" role="region" aria-label="Functions of ${escape(thread.name)}" tabindex="0"><table>
<caption>Functions of ${escape(thread.name)}, by the time they ran themselves</caption>
<thead><tr><th scope="col">layer</th><th scope="col">itself</th><th scope="col">with callees</th><th scope="col" class="text">function</th><th scope="col" class="text">place</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character]!)
}
