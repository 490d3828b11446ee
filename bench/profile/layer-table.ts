/**
 * layer-table.ts: the threads of a profile side by side: how long each was busy, and on which layer.
 *
 * Runs on: the main thread of the command.
 * Shares are of a thread's busy ticks; parked time is told and then left out of everything.
 */
import { LAYERS, LAYER_MEANING } from './layer.js'
import type { Layer } from './layer.js'
import type { FunctionTicks, ThreadProfile } from './thread-profile.js'
import { TICK_US } from './v8-log.js'

export type NamedThread = ThreadProfile & { readonly name: string }

/** One line of the table. */
export interface LayerRow {
  readonly layer: Layer
  /** Ticks of each thread, in order. */
  readonly ticks: readonly number[]
}

/** The layers that took any time, in order; `parked` is not among them. */
export function layerRows(threads: readonly NamedThread[]): LayerRow[] {
  return LAYERS.filter((layer) => layer !== 'parked')
    .map((layer) => ({ layer, ticks: threads.map(({ layers }) => layers.get(layer) ?? 0) }))
    .filter(({ ticks }) => ticks.some((count) => count > 0))
}

/** Ticks that were not parked. */
export function busyTicks({ ticks, parked }: ThreadProfile): number {
  return ticks - parked
}

/** Ticks that a thread missed, because it, or the profiler, had no processor. */
export function unseenTicks({ lived, ticks }: ThreadProfile): number {
  return lived - ticks
}

/** `12.3 %`; a dash for nothing. */
export function formatShare(part: number, whole: number): string {
  return part === 0 || whole === 0 ? '–' : `${((100 * part) / whole).toFixed(1)} %`
}

/** Seconds that so many ticks stand for. */
export function secondsOf(ticks: number): number {
  return (ticks * TICK_US) / 1e6
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** The cells of a row: label, a cell for each thread, one for all of them. */
function cellsOf(label: string, threads: readonly number[], wholes: readonly number[]): string[] {
  const cells = threads.map((part, index) => formatShare(part, wholes[index]!))
  return [label, ...cells, formatShare(sum(threads), sum(wholes))]
}

/** The table of layers for people, with a newline at its end. */
export function renderLayerTable(threads: readonly NamedThread[]): string {
  const lived = threads.map((thread) => thread.lived)
  const busy = threads.map(busyTicks)
  const seconds = [...lived, sum(lived)].map((ticks) => `${secondsOf(ticks).toFixed(2)} s`)
  const rows = layerRows(threads)
  const table = [
    ['', ...threads.map(({ name }) => name), 'all'],
    ['lived', ...seconds],
    cellsOf(
      'parked',
      threads.map(({ parked }) => parked),
      lived,
    ),
    cellsOf('unseen', threads.map(unseenTicks), lived),
    cellsOf('busy', busy, lived),
    ...rows.map(({ layer, ticks }) => cellsOf(`  ${layer}`, ticks, busy)),
  ]
  const meanings = [
    '',
    '',
    '',
    'without a tick: waiting for a processor',
    'of which:',
    ...rows.map(({ layer }) => LAYER_MEANING[layer]),
  ]
  return alignedLines(table, meanings)
}

function alignedLines(table: readonly (readonly string[])[], comments: readonly string[]): string {
  const widths = table[0]!.map((_, column) =>
    Math.max(...table.map((cells) => cells[column]!.length)),
  )
  const lines = table.map((cells, row) => {
    const padded = cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
    )
    return `${padded.join('  ')}  ${comments[row]}`.trimEnd()
  })
  return `${lines.join('\n')}\n`
}

/** The functions of a thread that took most of its busy time by themselves. */
export function hottestFunctions(thread: ThreadProfile, limit: number): FunctionTicks[] {
  return thread.functions.filter(({ self }) => self > 0).slice(0, limit)
}

/** The hottest functions of every thread for people, with a newline at its end. */
export function renderHotFunctions(threads: readonly NamedThread[], limit: number): string {
  const lines = threads.flatMap((thread) => {
    const busy = busyTicks(thread)
    const rows = hottestFunctions(thread, limit).map(({ self, name, place, layer }) => {
      const share = formatShare(self, busy).padStart(7)
      return `  ${share}  ${layer.padEnd(9)}  ${name}${place === '' ? '' : `  ${place}`}`
    })
    return [`${thread.name}: busy ${secondsOf(busy).toFixed(2)} s, by function`, ...rows, '']
  })
  return lines.join('\n')
}
