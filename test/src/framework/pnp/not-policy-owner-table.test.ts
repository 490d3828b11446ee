import { expect, it } from 'vitest'
import { NOT_POLICY_OWNER_TABLE } from '../../../../src/framework/pnp/not-policy-owner-table.js'
import {
  NOT_OWNER_PRIORITY_EVENTS,
  POWER_POLICY_EVENTS,
} from '../../../../src/framework/pnp/power-policy-events.js'
import { edgesOf, openStates, tableEdges, walk } from '../../../harness/state-facts.js'

const WAITS = 'StoppingWaitingForImplicitPowerDown'
const EDGES = `
Start: ObjectCreated>Starting Stopped>Starting Removed>Starting
Remove: ObjectCreated>Removed StartingFailed>Removed Stopped>Removed Removed>Removed
Stop: StartingSucceeded>Stopping Dx>Stopping
SurpriseRemove: StartingSucceeded>Stopping Dx>Stopping
PowerUp: Starting>Started GotoD0>StartingSucceeded GotoD0InD0>StartingSucceeded
  StoppingPoweringUp>${WAITS}
PowerUpFailed: Starting>StartingFailed GotoD0>StartingSucceeded GotoD0InD0>StartingSucceeded
  StoppingPoweringUp>${WAITS}
PowerDown: GotoDx>Dx GotoDxInDx>Dx StoppingPoweringDown>${WAITS}
PowerDownFailed: GotoDx>StartingSucceeded GotoDxInDx>Dx StoppingPoweringDown>${WAITS}
PowerDownIoStopped: StartingSucceeded>GotoDx Dx>GotoDxInDx ${WAITS}>StoppingPoweringDown
PowerUpHwStarted: StartingSucceeded>GotoD0InD0 Dx>GotoD0 ${WAITS}>StoppingPoweringUp
ImplicitPowerDown: ${WAITS}>StoppingSendStatus
ImplicitPowerDownFailed: ${WAITS}>StoppingFailed`

it('has the edges of the reference, in 18 states', () => {
  expect(tableEdges(NOT_POLICY_OWNER_TABLE)).toEqual(edgesOf(EDGES))
  expect(tableEdges(NOT_POLICY_OWNER_TABLE)).toHaveLength(33)
  expect(Object.keys(NOT_POLICY_OWNER_TABLE)).toHaveLength(18)
})

it('rests where nothing is under way', () => {
  const resting = ['Dx', 'ObjectCreated', 'Removed', 'StartingFailed', 'StartingSucceeded']
  expect(openStates(NOT_POLICY_OWNER_TABLE)).toEqual([...resting, 'Stopped', WAITS])
})

it('is walked: every state with every event', () => {
  const counts = walk(NOT_POLICY_OWNER_TABLE, POWER_POLICY_EVENTS, NOT_OWNER_PRIORITY_EVENTS)
  expect(counts.edges).toBe(33)
  expect(counts.edges + counts.drops + counts.queued).toBe(18 * POWER_POLICY_EVENTS.length)
})
