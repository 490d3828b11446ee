import { describe, expect, it } from 'vitest'
import {
  POWER_EVENTS,
  POWER_PRIORITY_EVENTS,
  POWER_SINGULAR_EVENTS,
  POWER_TABLE,
} from '../../../../src/framework/pnp/power-table.js'
import {
  POWER_EDGES,
  POWER_ENTRIES,
  POWER_OPEN,
  POWER_SINGLES,
  POWER_TWIN_EDGES,
} from '../../../fixtures/pnp-facts.js'
import {
  edgesOf,
  entriesOf,
  openStates,
  tableEdges,
  tableEntries,
  walk,
  wordsOf,
} from '../../../harness/state-facts.js'

const singles = new Set([...wordsOf(POWER_SINGLES), 'stay'])
const isSingle = (state: string): boolean => singles.has(state)

const normal = (line: string): string => entriesOf(line)[0] ?? ''

/** Name of a state's twin; the state itself when it has none. */
function twinOf(state: string): string {
  if (isSingle(state)) return state
  return state === 'GotoDxFailed' ? 'GotoDxNPFailed' : `${state}NP`
}

/** The pageable half, its mirror image, and what the mirror does not show. */
function expectedEdges(): string[] {
  const half = edgesOf(POWER_EDGES)
  const twins = half
    .map((edge) => edge.split(' ') as [string, string, string])
    .filter(([from, event]) => !isSingle(from) && event !== 'MarkNonpageable')
  const mirrored = twins.map(([from, event, to]) => `${twinOf(from)} ${event} ${twinOf(to)}`)
  return [...half, ...mirrored, ...edgesOf(POWER_TWIN_EDGES)].toSorted()
}

describe('the power table', () => {
  it('has the edges of the reference, 68 of 68, in 105 states', () => {
    const edges = tableEdges(POWER_TABLE)
    console.log(`power: ${edges.length}/68 edges, ${Object.keys(POWER_TABLE).length}/105 states`)
    expect(edges).toEqual(expectedEdges())
    expect(edges).toHaveLength(68)
    expect(Object.keys(POWER_TABLE)).toHaveLength(105)
  })

  it('is open in 18 states and has entry functions in 93', () => {
    const open = wordsOf(POWER_OPEN)
    const twins = open.filter((state) => !isSingle(state)).map(twinOf)
    expect(openStates(POWER_TABLE)).toEqual([...open, ...twins].toSorted())
    expect(openStates(POWER_TABLE)).toHaveLength(18)
    expect(tableEntries(POWER_TABLE)).toHaveLength(93)
  })

  it('has the entry results of the reference, twins leading to twins', () => {
    const half = entriesOf(POWER_ENTRIES)
    const twins = half.flatMap((line) => {
      const [state = '', answers = ''] = line.split(' => ')
      if (isSingle(state)) return []
      const twin = (name: string): string => (name === 'DecideD0State' ? name : twinOf(name))
      return [`${twinOf(state)} => ${answers.split(' ').map(twin).join(' ')}`]
    })
    const expected = [...half, ...twins].map(normal).toSorted()
    expect(tableEntries(POWER_TABLE)).toEqual(expected)
  })

  it('is walked: every state with every event', () => {
    const { edges, drops, queued } = walk(POWER_TABLE, POWER_EVENTS, POWER_PRIORITY_EVENTS)
    console.log(`power: ${edges} edges taken, ${drops} events dropped, ${queued} kept`)
    expect(edges).toBe(68)
    expect(edges + drops + queued).toBe(105 * 14)
  })

  it('waits in a closed state for priority events only', () => {
    for (const [state, { open, on = {} }] of Object.entries(POWER_TABLE)) {
      if (open === true) continue
      const events = Object.keys(on) as (keyof typeof on)[]
      const stuck = events.filter((event) => !POWER_PRIORITY_EVENTS.includes(event))
      expect([state, stuck]).toEqual([state, []])
    }
  })

  it('knows one singular event', () => {
    expect(POWER_SINGULAR_EVENTS).toEqual(['ParentToD0'])
  })
})
