import { expect, it } from 'vitest'
import * as major from '../../../src/abi/major-function.js'
import { driverUrl } from '../../harness/inline-driver.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const EvtIoDefault = (): void => {}

it('tells the host which worker gets which major function, and what else there is to know', async () => {
  const engine = new SteppedEngine({ workers: 2 })
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.assignWdmIrpPreprocessCallback(major.IRP_MJ_WRITE, () => {})
      const device = init.createDevice({ synchronizationScope: 'queue' })
      device.createIoQueue({ dispatchType: 'parallel', defaultQueue: true, EvtIoDefault })
      const second = device.createIoQueue({ dispatchType: 'sequential', EvtIoDefault })
      device.configureRequestDispatching(second, 'deviceControl')
      device.configureRequestDispatching(second, 'write')
      device.createIoQueue({
        dispatchType: 'parallel',
        synchronizationScope: 'none',
        EvtIoDefault,
      })
    },
  })
  const description = await engine.addDevice(driver, { id: 3, name: 'disk', homeWorker: 1 })
  const home = 1
  const routes = Array.from({ length: major.MAJOR_FUNCTION_COUNT }, () => home)
  // A preprocessed request too goes where its queue lives.
  routes[major.IRP_MJ_DEVICE_CONTROL] = 0
  routes[major.IRP_MJ_WRITE] = 0
  expect(description).toEqual({
    id: 3,
    name: 'disk',
    driver,
    homeWorker: home,
    role: 'function',
    below: [],
    synchronizationScope: 'queue',
    queues: [
      {
        dispatchType: 'parallel',
        synchronizationScope: 'queue',
        isDefault: true,
        powerManaged: true,
        worker: 1,
        requestTypes: ['read', 'deviceControlInternal'],
      },
      {
        dispatchType: 'sequential',
        synchronizationScope: 'queue',
        isDefault: false,
        powerManaged: true,
        worker: 0,
        requestTypes: ['write', 'deviceControl'],
      },
      {
        dispatchType: 'parallel',
        synchronizationScope: 'none',
        isDefault: false,
        powerManaged: true,
        worker: -1,
        requestTypes: [],
      },
    ],
    routes,
  })
  expect(structuredClone(description)).toEqual(description)
})
