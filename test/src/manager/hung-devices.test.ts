import { afterEach, expect, it, vi } from 'vitest'
import { HungDevices } from '../../../src/manager/hung-devices.js'
import type { WorkerPlace } from '../../../src/manager/hung-callback.js'

afterEach(() => void vi.restoreAllMocks())

const DEVICES = [
  { name: 'disk0', ids: [3, 4] },
  { name: 'disk1', ids: [5] },
]

function bench(...places: WorkerPlace[]): HungDevices {
  return new HungDevices(
    () => places,
    () => DEVICES,
  )
}

const at = (device: number, callback: string, isHandler = false): WorkerPlace => ({
  device,
  callback,
  isHandler,
})

it('names devices by any level of their stack, those that are not there by number', () => {
  const hung = bench(at(4, 'EvtDeviceD0Entry'), at(9, 'EvtIoRead', true))
  expect(hung.placesOf(0)).toEqual([
    { device: 'disk0', callback: 'EvtDeviceD0Entry' },
    { device: '9', callback: 'EvtIoRead' },
  ])
})

it('fails a device for a callback that is no handler, once', () => {
  const hung = bench(at(5, 'EvtTimerFunc'))
  expect(hung.hung(0, 400.4)).toMatchObject({
    code: 'ERR_IRP_CALLBACK_HUNG',
    message: 'EvtTimerFunc of device "disk1" has not returned for 400 ms',
    value: 'disk1',
  })
  expect(hung.failureOf('disk0')).toBe(undefined)
  expect(hung.failureOf('disk1')).toMatchObject({ code: 'ERR_IRP_CALLBACK_HUNG' })
  expect(hung.failureOf('disk1')).toBe(undefined)
})

it('tells each place where a worker may be once', () => {
  const hung = bench(at(5, 'EvtIoRead', true), at(3, 'EvtIoRead', true), at(5, 'EvtIoRead', true))
  expect(hung.hung(0, 400).message).toBe(
    'EvtIoRead of device "disk1" or EvtIoRead of device "disk0" has not returned for 400 ms',
  )
})

it('fails it for a handler the third time in a short while', () => {
  const hung = bench(at(5, 'EvtIoRead', true))
  const failures = [1, 2, 3].map(() => {
    hung.hung(0, 400)
    return hung.failureOf('disk1')?.code
  })
  expect(failures).toEqual([undefined, undefined, 'ERR_IRP_CALLBACK_HUNG'])
})

it('forgets hangs that lie ten times the patience back', () => {
  let nowMs = 0
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
  const hung = bench(at(5, 'EvtIoRead', true))
  const failures = [1000, 3500, 6000, 7000].map((atMs) => {
    nowMs = atMs
    hung.hung(0, 400)
    return hung.failureOf('disk1')?.code
  })
  // The third is 5 s after the first; the fourth is the third within 4 s.
  expect(failures).toEqual([undefined, undefined, undefined, 'ERR_IRP_CALLBACK_HUNG'])
})

it('blames nobody when it may have been one of two, or none', () => {
  const either = bench(at(3, 'EvtIoRead', true), at(5, 'EvtIoRead', true))
  for (let times = 0; times < 4; times++) {
    expect(either.hung(0, 1).message).toContain('disk0" or EvtIoRead of device "disk1"')
  }
  expect([either.failureOf('disk0'), either.failureOf('disk1')]).toEqual([undefined, undefined])
  expect(bench().hung(0, 1).message).toBe('the worker has not returned for 1 ms')
})
