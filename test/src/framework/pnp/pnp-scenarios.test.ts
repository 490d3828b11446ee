import { describe, expect, it } from 'vitest'
import { PNP_SCENARIOS, type ScenarioName } from '../../../../src/framework/pnp/pnp-scenarios.js'
import { tracePnp } from '../../../../src/framework/pnp/pnp-trace.js'

const driver = new URL('../../../fixtures/drivers/power-pages.ts', import.meta.url)

/** Where each scenario ends, and a callback that it is about. */
const ENDS: Record<ScenarioName, [end: string, shows: string]> = {
  start: ['Started D0 Started', 'EvtDeviceSelfManagedIoInit'],
  stop: ['Final Stopped Removed', 'EvtDeviceSelfManagedIoCleanup'],
  rebalance: ['Started D0 Started', 'EvtDeviceQueryStop'],
  'query-stop-cancel': ['Started D0 Started', 'EvtDeviceQueryStop'],
  'query-remove-cancel': ['Started D0 Started', 'EvtDeviceQueryRemove'],
  'query-remove': ['Final Stopped Removed', 'EvtDeviceQueryRemove'],
  'surprise-removal': ['Final Stopped Removed', 'EvtDeviceSurpriseRemoval'],
  restart: ['Started D0 Started', 'EvtDeviceReleaseHardware'],
  idle: ['Started D0 StartedIdleCapable', 'EvtDeviceSelfManagedIoRestart'],
  wake: ['Started D0 StartedWakeCapable', 'EvtDeviceWakeFromS0Triggered'],
  'suspend-resume': ['Started D0 Started', 'EvtDeviceSelfManagedIoSuspend'],
  'suspend-wake': ['Started D0 Started', 'EvtDeviceWakeFromSxTriggered'],
  'idle-suspend': ['Started D0 StartedWakeCapable', 'EvtDeviceDisarmWakeFromS0'],
  'failing-prepare-hardware': [
    'FailedWaitForRemove ObjectCreated Removed',
    'EvtDeviceReleaseHardware',
  ],
  'failing-d0-entry': ['FailedWaitForRemove Stopped Removed', 'EvtDeviceReleaseHardware'],
  'failing-post-interrupts': ['FailedWaitForRemove Stopped Removed', 'EvtDeviceD0Exit'],
  'failing-post-hardware': [
    'FailedWaitForRemove Stopped Removed',
    'EvtDeviceD0ExitPreHardwareDisabled',
  ],
  'failing-self-managed-io': ['FailedWaitForRemove Stopped Removed', 'EvtDeviceSelfManagedIoFlush'],
  'failing-d0-exit': ['FailedWaitForRemove Stopped Removed', 'EvtDeviceReleaseHardware'],
}

describe.each(Object.entries(ENDS))('%s', (scenario, [end, shows]) => {
  it(`ends in ${end} and shows ${shows}`, async () => {
    const { lines, states } = await tracePnp({ driver, scenario: scenario as ScenarioName })
    expect(`${states.pnp} ${states.power} ${states.policy}`).toBe(end)
    expect(lines.map(({ name }) => name)).toContain(shows)
  })
})

it('are all here, with a line that says what they are', () => {
  expect(Object.keys(ENDS)).toEqual(Object.keys(PNP_SCENARIOS))
  for (const { summary } of Object.values(PNP_SCENARIOS)) expect(summary).not.toBe('')
})
