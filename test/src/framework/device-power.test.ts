import { describe, expect, it } from 'vitest'
import {
  STATUS_INVALID_DEVICE_STATE,
  STATUS_IO_DEVICE_ERROR,
  STATUS_SUCCESS,
} from '../../../src/abi/ntstatus.js'
import { Device } from '../../../src/framework/device.js'
import { DeviceInit } from '../../../src/framework/device-init.js'
import type { DevicePower } from '../../../src/framework/device-power.js'
import { Driver } from '../../../src/framework/driver.js'
import { Framework } from '../../../src/framework/framework.js'
import { ManualClock } from '../../../src/framework/pnp/clock.js'

function deviceOf(setUp: (init: DeviceInit) => void, parameters = {}) {
  const clock = new ManualClock()
  const framework = new Framework(0, 1, {
    wake: () => {},
    driverFault: () => {},
    machines: { clock },
  })
  const driver = new Driver('test:', { EvtDriverDeviceAdd: () => {} })
  const placement = { homeWorker: 0, thisWorker: 0, workerCount: 1 }
  const init = new DeviceInit(
    'dev',
    'function',
    parameters,
    (self, attributes) => new Device(0, driver, self, attributes, placement, null, framework),
  )
  setUp(init)
  return { device: init.createDevice(), clock }
}

/** What the start of a device says that has this hardware. */
function startOf(use: (device: Device) => void): Promise<unknown> {
  const { device } = deviceOf(() => {})
  use(device)
  return (device.power as DevicePower).start().catch((error: unknown) => error)
}

describe('a device with its machines', () => {
  it('says which interrupt or DMA callback kept it from its start, and why', async () => {
    expect(
      await startOf(({ hardware }) => hardware.createInterrupt({ EvtInterruptIsr: () => true })),
    ).toMatchObject({
      ntstatus: STATUS_INVALID_DEVICE_STATE,
      message: expect.stringContaining(
        'the device has no interrupt 0: give its hardware more',
      ) as string,
    })
    expect(
      await startOf(({ hardware }) =>
        hardware.createDmaEnabler({
          profile: 'packet',
          maximumLength: 4096,
          EvtDmaEnablerEnable: () => STATUS_IO_DEVICE_ERROR,
        }),
      ),
    ).toMatchObject({
      ntstatus: STATUS_IO_DEVICE_ERROR,
      message: expect.stringContaining('EvtDmaEnablerEnable failed') as string,
    })
  })

  it('gathers the callbacks of all kinds, and hands out its resources', async () => {
    const log: unknown[] = []
    const resources = [{ port: 1 }]
    const { device, clock } = deviceOf(
      (init) => {
        init.setPnpPowerEventCallbacks({
          EvtDevicePrepareHardware: (self, raw) => void log.push(self.name, raw),
        })
        init.setFdoEventCallbacks({
          EvtDeviceFilterAddResourceRequirements: () => void log.push('filter'),
        })
        init.setPdoEventCallbacks({ EvtDeviceEject: () => void log.push('eject') })
        init.setPowerPolicyEventCallbacks({ EvtDeviceArmWakeFromS0: () => void log.push('arm') })
        init.registerPnpStateChangeCallback(
          'Started',
          (_device, { type }) => void log.push(type),
          1,
        )
        init.registerPowerStateChangeCallback('Dx', (_device, { type }) => void log.push(type), 1)
        init.registerPowerPolicyStateChangeCallback(
          'Sleeping',
          (_device, { type }) => void log.push(type),
          1,
        )
      },
      { resources },
    )
    await device.pnp.start()
    expect(log.splice(0)).toEqual(['filter', 'dev', resources, 'enter'])
    device.assignS0IdleSettings({ idleTimeoutMs: 5, wakeFromS0Capable: true })
    device.assignSxWakeSettings({ enabled: false })
    clock.advance(5)
    expect(log.splice(0)).toEqual(['arm', 'enter'])
    expect(await device.stopIdle()).toBe(STATUS_SUCCESS)
    device.resumeIdle()
    await device.pnp.setSystemPower('S3')
    expect(log).toEqual(['enter', 'enter'])
  })

  it('opens its queues in D0 only', async () => {
    const { device } = deviceOf(() => {})
    const queue = device.createIoQueue({ dispatchType: 'parallel', EvtIoDefault: () => {} })
    const gate: { limit: number } = queue
    const closed = gate.limit
    await device.pnp.start()
    const open = gate.limit
    await device.pnp.remove()
    expect([closed === open, gate.limit === closed]).toEqual([false, true])
  })
})
