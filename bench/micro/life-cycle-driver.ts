/**
 * life-cycle-driver.ts: a driver for bench/micro/request.ts. Parameter `kind`: 'cancelable' marks, unmarks
 * and completes each request in its handler, 'manual' leaves them in its queue.
 *
 * Runs on: the main thread of bench/micro/main.ts, stepped.
 */
import { defineDriver, STATUS_CANCELLED, STATUS_SUCCESS } from '../../src/index.js'
import type { IoQueue, Request } from '../../src/index.js'

function cancelRequest(request: Request): void {
  request.complete(STATUS_CANCELLED)
}

function cancelableEvtIoRead(_queue: IoQueue, request: Request, length: number): void {
  request.markCancelable(cancelRequest)
  request.unmarkCancelable()
  request.completeWithInformation(STATUS_SUCCESS, length)
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const device = deviceInit.createDevice()
    if (deviceInit.parameters['kind'] === 'manual') {
      device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
    } else {
      device.createIoQueue({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoRead: cancelableEvtIoRead,
      })
    }
  },
})
