import { expect, it } from 'vitest'
import { countEdges, STAY, stateTable } from '../../../../src/framework/pnp/state-table.js'

it('counts edges', () => {
  const table = stateTable<'up' | 'down'>()({
    low: { open: true, on: { up: 'high' } },
    high: { open: true, on: { up: 'high', down: 'low' }, next: [STAY] },
  })
  expect(countEdges(table)).toBe(3)
  expect(STAY).toBeNull()
})
