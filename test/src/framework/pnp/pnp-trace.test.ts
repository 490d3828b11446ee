import { describe, expect, it } from 'vitest'
import { STATUS_DEVICE_BUSY } from '../../../../src/abi/ntstatus.js'
import { PNP_SCENARIOS, type ScenarioName } from '../../../../src/framework/pnp/pnp-scenarios.js'
import { tracePnp } from '../../../../src/framework/pnp/pnp-trace.js'
import { driverUrl } from '../../../harness/inline-driver.js'

const driver = new URL('../../../fixtures/drivers/power-pages.ts', import.meta.url)
const bare = driverUrl({ EvtDriverDeviceAdd: (_driver, init) => void init.createDevice() })
const names = Object.keys(PNP_SCENARIOS) as ScenarioName[]

const callbacksOf = async (
  scenario: ScenarioName,
  parameters: Record<string, unknown> = {},
): Promise<string[]> => {
  const trace = await tracePnp({ driver, scenario, parameters })
  return trace.lines.filter(({ kind }) => kind === 'callback').map(({ name }) => name)
}

describe('a trace', () => {
  it('tells callbacks in order, with states, arguments, results and time', async () => {
    const trace = await tracePnp({ driver, scenario: 'idle' })
    const line = (name: string, nth = 0) => trace.lines.filter((at) => at.name === name)[nth]
    expect(line('EvtDeviceD0Entry')).toEqual({
      atMs: 0,
      kind: 'callback',
      name: 'EvtDeviceD0Entry',
      detail: 'D3Final',
      states: { pnp: 'HardwareAvailable', power: 'D0Starting', policy: 'Starting' },
      implemented: true,
      status: 0,
    })
    expect(line('EvtDeviceD0Exit')).toMatchObject({ atMs: 5000, detail: 'D3' })
    expect(line('EvtDeviceD0Entry', 1)).toMatchObject({ atMs: 5000, detail: 'D3' })
    expect(trace.lines.map(({ kind, name }) => `${kind} ${name}`)).toContain('framework holdQueues')
    expect(trace.states).toEqual({ pnp: 'Started', power: 'D0', policy: 'StartedIdleCapable' })
    expect(trace.stuck).toBeUndefined()
  })

  it('tells callbacks that the driver does not have, and that it does not', async () => {
    const { lines } = await tracePnp({ driver: bare, scenario: 'start' })
    const callbacks = lines.filter(({ kind }) => kind === 'callback')
    expect(callbacks.length).toBeGreaterThan(6)
    expect(callbacks.filter(({ implemented }) => implemented)).toEqual([])
  })

  it.each(names)('of %s is the same with slow callbacks', async (scenario) => {
    const quick = await callbacksOf(scenario)
    expect(quick.length).toBeGreaterThan(4)
    expect(await callbacksOf(scenario, { slow: true })).toEqual(quick)
  })

  it('lets callbacks fail', async () => {
    const fail = { EvtDeviceD0EntryPostHardwareEnabled: STATUS_DEVICE_BUSY }
    const { lines, states } = await tracePnp({ driver, scenario: 'start', fail })
    const failed = lines.find(({ status }) => status === STATUS_DEVICE_BUSY)
    expect(failed?.name).toBe('EvtDeviceD0EntryPostHardwareEnabled')
    expect(states.pnp).toBe('FailedWaitForRemove')
  })

  it('notes what a driver throws', async () => {
    const parameters = { throwAt: 'EvtDeviceSelfManagedIoInit' }
    const { lines } = await tracePnp({ driver, scenario: 'start', parameters })
    const notes = lines.filter(({ kind }) => kind === 'note').map(({ name }) => name)
    expect(notes).toEqual(['EvtDeviceSelfManagedIoInit threw: no light'])
  })

  it('ends with the name of a callback that does not come back', async () => {
    const parameters = { hangAt: 'EvtDeviceD0Entry' }
    const trace = await tracePnp({ driver, scenario: 'start', parameters, timeoutMs: 30 })
    expect(trace.stuck).toBe('EvtDeviceD0Entry')
    expect(trace.lines.at(-1)).toMatchObject({ name: 'EvtDeviceD0Entry', status: undefined })
  })

  it('is left where it stands when a callback does not come back', async () => {
    const parameters = { hangAt: 'EvtDeviceD0Exit' }
    const trace = await tracePnp({ driver, scenario: 'idle', parameters, timeoutMs: 30 })
    expect(trace.stuck).toBe('EvtDeviceD0Exit')
    const { length } = trace.lines
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(trace.lines).toHaveLength(length)
  })
})

describe('bad input', () => {
  const throwing = driverUrl({
    EvtDriverDeviceAdd() {
      throw new Error('no')
    },
  })
  const failing = driverUrl({ EvtDriverDeviceAdd: () => STATUS_DEVICE_BUSY })
  const idle = driverUrl({ EvtDriverDeviceAdd: () => {} })

  it.each([
    [throwing, /threw: no/],
    [failing, /failed/],
    [idle, /created no device/],
  ])('of a driver is told', async (url, message) => {
    const traced = tracePnp({ driver: url, scenario: 'start' })
    await expect(traced).rejects.toThrow(message)
    await expect(traced).rejects.toMatchObject({ code: 'ERR_IRP_DEVICE_ADD' })
  })

  it('of a scenario is told', async () => {
    const traced = tracePnp({ driver: bare, scenario: 'party' as ScenarioName })
    await expect(traced).rejects.toThrow(/"party" is no scenario: start, stop/)
  })
})
