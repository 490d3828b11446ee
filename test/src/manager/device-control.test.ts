/** What a host asks for, as the requests that reach the device's machines. */
import { expect, it } from 'vitest'
import { STATUS_DEVICE_BUSY, STATUS_SUCCESS } from '../../../src/abi/ntstatus.js'
import { DeviceControl } from '../../../src/manager/device-control.js'

/** A device whose machines answer what the test says; the calls it got. */
function deviceThat(answers: Record<string, number> = {}): [DeviceControl, string[]] {
  const calls: string[] = []
  const control = new DeviceControl('disk', {
    power(request) {
      calls.push(request)
      return Promise.resolve(answers[request] ?? STATUS_SUCCESS)
    },
    remove(isSurprise) {
      calls.push(isSurprise ? 'surprise' : 'remove')
      return Promise.resolve()
    },
  })
  return [control, calls]
}

it('rebalances: query, stop, start', async () => {
  const [device, calls] = deviceThat()
  expect(await device.rebalance()).toBe(true)
  expect(calls).toEqual(['queryStop', 'stop', 'start'])
})

it('takes a refused query back, and the device runs on', async () => {
  const [device, calls] = deviceThat({
    queryStop: STATUS_DEVICE_BUSY,
    queryRemove: STATUS_DEVICE_BUSY,
  })
  expect(await device.rebalance()).toBe(false)
  expect(await device.remove()).toBe(false)
  expect(calls).toEqual(['queryStop', 'cancelStop', 'queryRemove', 'cancelRemove'])
})

it('removes, and pulls out', async () => {
  const [device, calls] = deviceThat()
  expect(await device.remove()).toBe(true)
  await device.surpriseRemove()
  expect(calls).toEqual(['queryRemove', 'remove', 'surprise'])
})

it('says what a device did not follow', async () => {
  const [device] = deviceThat({ D0: STATUS_DEVICE_BUSY })
  await expect(device.setPower('D0')).rejects.toMatchObject({
    code: 'ERR_IRP_DEVICE_POWER',
    message: 'device "disk" did not follow D0: STATUS_DEVICE_BUSY',
  })
})

it('is set to D0 or D3, and to nothing else', async () => {
  const [device, calls] = deviceThat()
  for (const state of ['D1', 'remove', '', undefined, 3]) {
    await expect(device.setPower(state as 'D0')).rejects.toMatchObject({
      code: 'ERR_IRP_OPTION',
      value: state,
    })
  }
  expect(calls).toEqual([])
})
