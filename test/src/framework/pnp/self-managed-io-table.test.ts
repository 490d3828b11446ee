import { expect, it } from 'vitest'
import { SELF_MANAGED_IO_TABLE } from '../../../../src/framework/pnp/self-managed-io-table.js'
import { SELF_MANAGED_IO_EDGES } from '../../../fixtures/pnp-facts.js'
import { edgesOf, tableEdges, walk } from '../../../harness/state-facts.js'

it('has the edges of the reference, 14 of 14, in 14 states', () => {
  expect(tableEdges(SELF_MANAGED_IO_TABLE)).toEqual(edgesOf(SELF_MANAGED_IO_EDGES))
  expect(tableEdges(SELF_MANAGED_IO_TABLE)).toHaveLength(14)
  expect(Object.keys(SELF_MANAGED_IO_TABLE)).toHaveLength(14)
  const events = ['Start', 'Suspend', 'Flush', 'Cleanup']
  expect(walk(SELF_MANAGED_IO_TABLE, events, []).edges).toBe(14)
})

it('has seven callback states', () => {
  const leading = Object.entries(SELF_MANAGED_IO_TABLE).filter(([, row]) => row.next !== undefined)
  expect(leading.map(([state]) => state)).toEqual([
    'Init',
    'InitStartedFailedPost',
    'Suspending',
    'Restarting',
    'RestartedFailedPost',
    'Flushing',
    'Cleanup',
  ])
})
