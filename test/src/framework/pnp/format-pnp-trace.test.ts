import { expect, it } from 'vitest'
import { STATUS_DEVICE_BUSY } from '../../../../src/abi/ntstatus.js'
import { formatPnpTrace } from '../../../../src/framework/pnp/format-pnp-trace.js'
import type { PnpTrace, PnpTraceLine } from '../../../../src/framework/pnp/pnp-trace.js'

const states = { pnp: 'Started', power: 'D0', policy: 'Started' }
const line = (kind: PnpTraceLine['kind'], name: string, more = {}): PnpTraceLine => ({
  atMs: 5,
  kind,
  name,
  detail: '',
  states,
  implemented: true,
  status: undefined,
  ...more,
})
const trace: PnpTrace = {
  driver: 'file:///driver.js',
  scenario: 'start',
  lines: [
    line('request', 'StartDevice'),
    line('callback', 'EvtDeviceD0Entry', { detail: 'D3Final', status: 0 }),
    line('callback', 'EvtDeviceD0Exit', { implemented: false, status: 0 }),
    line('framework', 'holdQueues', { status: 0 }),
    line('note', 'something happens'),
    line('completion', 'StartDevice', { status: STATUS_DEVICE_BUSY }),
  ],
  states,
  stuck: undefined,
}

it('prints one line a callback, with states in columns', () => {
  expect(formatPnpTrace(trace)).toBe(
    [
      'ms     callback                               result              PnP      power  power policy',
      ' 5  >  StartDevice                                                Started  D0     Started',
      ' 5     EvtDeviceD0Entry(D3Final)              ok                  Started  D0     Started',
      ' 5  .  EvtDeviceD0Exit                        ok                  Started  D0     Started',
      ' 5  .  power-managed queues hold (EvtIoStop)  ok                  Started  D0     Started',
      ' 5  *  something happens                                          Started  D0     Started',
      ' 5  <  StartDevice                            STATUS_DEVICE_BUSY  Started  D0     Started',
      'end: PnP Started, power D0, power policy Started',
      '',
    ].join('\n'),
  )
})

it('leaves out, or dims, what the driver has no part in', () => {
  expect(formatPnpTrace(trace, { onlyDriver: true }).split('\n')).toHaveLength(7)
  const dimmed = formatPnpTrace(trace, { dim: (text) => `(${text})` })
  expect(dimmed.split('\n').filter((text) => text.startsWith('('))).toHaveLength(2)
})

it('names what has not come back', () => {
  const lines = [line('callback', 'EvtDeviceD0Entry')]
  const text = formatPnpTrace({ ...trace, lines, stuck: 'EvtDeviceD0Entry' })
  expect(text).toContain('still running')
  expect(text).toContain('EvtDeviceD0Entry has not come back')
})
