/**
 * three-queue-driver.ts: a null device with a queue each for reads, writes and device controls.
 *
 * Runs on: worker.
 */
import { defineDriver, STATUS_SUCCESS } from '../../src/index.js'
import type { IoQueue, Request } from '../../src/index.js'

function nullTransfer(_queue: IoQueue, request: Request, length: number): void {
  request.completeWithInformation(STATUS_SUCCESS, length)
}

function nullControl(_queue: IoQueue, request: Request): void {
  request.complete(STATUS_SUCCESS)
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const device = deviceInit.createDevice({ synchronizationScope: 'device' })
    device.createIoQueue({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead: nullTransfer,
    })
    const writes = device.createIoQueue({ dispatchType: 'sequential', EvtIoWrite: nullTransfer })
    device.configureRequestDispatching(writes, 'write')
    const controls = device.createIoQueue({
      dispatchType: 'parallel',
      EvtIoDeviceControl: nullControl,
    })
    device.configureRequestDispatching(controls, 'deviceControl')
  },
})
