import { expect, it } from 'vitest'
import { STATUS_IO_TIMEOUT } from '../../../src/abi/ntstatus.js'
import { Patience } from '../../../src/framework/patience.js'
import { ManualClock } from '../../../src/framework/pnp/clock.js'
import { Gate } from '../../harness/gate.js'

it('gives what the promise gives, or what it rejects with, and looks at the clock no more', async () => {
  const clock = new ManualClock()
  const patience = new Patience(clock, 50)
  let overdue = 0
  expect(await patience.settled('EvtDeviceD0Entry', Promise.resolve(5), () => overdue++)).toBe(5)
  const failed = patience.settled('EvtDeviceD0Entry', Promise.reject(new Error('no lamp')))
  await expect(failed).rejects.toThrow('no lamp')
  clock.advance(100)
  expect(overdue).toBe(0)
})

it('ends with the name of the callback when the promise does not settle in time', async () => {
  const clock = new ManualClock()
  const gate = new Gate()
  let overdue = 0
  const waiting = new Patience(clock, 50).settled('EvtDeviceD0Exit', gate.wait(), () => overdue++)
  clock.advance(49)
  expect(overdue).toBe(0)
  clock.advance(1)
  await expect(waiting).rejects.toMatchObject({
    name: 'CallbackHungError',
    code: 'ERR_IRP_CALLBACK_HUNG',
    ntstatus: STATUS_IO_TIMEOUT,
    value: 'EvtDeviceD0Exit',
    message: 'EvtDeviceD0Exit: its promise has not settled for 50 ms (callbackTimeoutMs)',
  })
  expect(overdue).toBe(1)
})

it('hears of no rejection that comes too late', async () => {
  const clock = new ManualClock()
  const gate = new Gate()
  const late = gate.wait().then(() => Promise.reject(new Error('too late')))
  const waiting = new Patience(clock, 50).settled('EvtDeviceD0Exit', late)
  clock.advance(50)
  await expect(waiting).rejects.toThrow('has not settled')
  gate.open()
  // An unhandled rejection fails the run.
  await new Promise((resolve) => setTimeout(resolve, 1))
})
