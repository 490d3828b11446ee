/**
 * Ledger of a search: committed figures of every scenario, so that a search that covers less than it did is seen.
 * Runs on: the checker's own thread. The file lies beside the sources, not in the build.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import type { Verdict } from './engine/explorer.js'

/** What must not change without being looked at. */
export interface Figures {
  readonly states: number
  readonly transitions: number
  readonly ends: number
  readonly interleavings: number
}

const file = new URL('../../../test/model/expected.json', import.meta.url)

export type Expected = Record<string, Figures>

export function readExpected(): Expected {
  return JSON.parse(readFileSync(file, 'utf8')) as Expected
}

export function writeExpected(expected: Expected): void {
  const sorted = Object.entries(expected).toSorted(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), undefined, 2)}\n`)
}

export function figuresOf({ states, transitions, ends, interleavings }: Verdict): Figures {
  return { states, transitions, ends, interleavings }
}

/** What is different from the committed figures, in words; undefined when nothing is. */
export function difference(expected: Figures | undefined, found: Figures): string | undefined {
  if (expected === undefined) return 'has no committed figures: run with --update'
  const changed = (Object.keys(expected) as (keyof Figures)[]).filter(
    (figure) => expected[figure] !== found[figure],
  )
  if (changed.length === 0) return undefined
  const what = changed.map((figure) => `${figure} ${expected[figure]} → ${found[figure]}`)
  return `covers something else than before (${what.join(', ')}): look why, then run with --update`
}
