import { describe, expect, it } from 'vitest'
import {
  PNP_EVENTS,
  PNP_PRIORITY_EVENTS,
  PNP_REQUEST_EVENTS,
  PNP_TABLE,
} from '../../../../src/framework/pnp/pnp-table.js'
import { countEdges } from '../../../../src/framework/pnp/state-table.js'
import { PNP_EDGES, PNP_ENTRIES, PNP_OPEN } from '../../../fixtures/pnp-facts.js'
import {
  edgesOf,
  entriesOf,
  openStates,
  tableEdges,
  tableEntries,
  walk,
  wordsOf,
} from '../../../harness/state-facts.js'

describe('the Plug and Play table', () => {
  it('has the edges of the reference, 66 of 66, in 58 states', () => {
    const edges = tableEdges(PNP_TABLE)
    console.log(`PnP: ${edges.length}/66 edges, ${Object.keys(PNP_TABLE).length}/58 states`)
    expect(edges).toEqual(edgesOf(PNP_EDGES))
    expect(edges).toHaveLength(66)
    expect(countEdges(PNP_TABLE)).toBe(66)
    expect(Object.keys(PNP_TABLE)).toHaveLength(58)
  })

  it('is open in 21 states and has entry functions in 52', () => {
    expect(openStates(PNP_TABLE)).toEqual(wordsOf(PNP_OPEN))
    expect(openStates(PNP_TABLE)).toHaveLength(21)
    expect(tableEntries(PNP_TABLE)).toEqual(entriesOf(PNP_ENTRIES))
    expect(tableEntries(PNP_TABLE)).toHaveLength(52)
  })

  it('is walked: every state with every event', () => {
    const { edges, drops, queued } = walk(PNP_TABLE, PNP_EVENTS, PNP_PRIORITY_EVENTS)
    console.log(`PnP: ${edges} edges taken, ${drops} events dropped, ${queued} kept`)
    expect(edges).toBe(66)
    expect(edges + drops + queued).toBe(58 * 22)
  })

  it('waits in a closed state for priority events only: nothing else could ever be taken', () => {
    for (const [state, { open, on = {} }] of Object.entries(PNP_TABLE)) {
      if (open === true) continue
      const stuck = Object.keys(on).filter((event) => !PNP_PRIORITY_EVENTS.includes(event as never))
      expect([state, stuck]).toEqual([state, []])
    }
  })

  it('names the events that somebody waits for', () => {
    expect(PNP_REQUEST_EVENTS.filter((event) => PNP_PRIORITY_EVENTS.includes(event))).toEqual([])
    expect(PNP_REQUEST_EVENTS.filter((event) => !PNP_EVENTS.includes(event))).toEqual([])
  })
})
