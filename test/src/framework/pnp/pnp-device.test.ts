import { describe, expect, it } from 'vitest'
import { STATUS_SUCCESS } from '../../../../src/abi/ntstatus.js'
import { Driver } from '../../../../src/framework/driver.js'
import { Framework } from '../../../../src/framework/framework.js'
import { ManualClock } from '../../../../src/framework/pnp/clock.js'
import { PnpDevice, PnpDeviceInit } from '../../../../src/framework/pnp/pnp-device.js'

function deviceOf(setUp: (init: PnpDeviceInit) => void, parameters = {}) {
  const framework = new Framework(0, 1, { wake: () => {}, driverFault: () => {} })
  const driver = new Driver('test:', { EvtDriverDeviceAdd: () => {} })
  const placement = { homeWorker: 0, thisWorker: 0, workerCount: 1 }
  const clock = new ManualClock()
  const init = new PnpDeviceInit('dev', parameters, (self, attributes) => {
    const own = { clock }
    return new PnpDevice(
      0,
      driver,
      self as PnpDeviceInit,
      attributes,
      placement,
      framework.turn,
      own,
    )
  })
  setUp(init)
  return { device: init.createDevice() as PnpDevice, clock }
}

describe('a device with its machines', () => {
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
    const gate = queue as unknown as { limit: number }
    const closed = gate.limit
    await device.pnp.start()
    const open = gate.limit
    await device.pnp.remove()
    expect([closed === open, gate.limit === closed]).toEqual([false, true])
  })
})
