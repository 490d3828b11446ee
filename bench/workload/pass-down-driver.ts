/**
 * pass-down-driver.ts: a level of a workload's device stack: hands every request on to the next lower one.
 *
 * Runs on: worker. A driver module.
 */
import { defineDriver, type IoQueue, type Request } from '../../src/index.js'

const FORGET = { sendAndForget: true }

function passDown(queue: IoQueue, request: Request): void {
  if (!request.send(queue.device.ioTarget, FORGET)) request.complete(request.getStatus())
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    deviceInit.createDevice({ synchronizationScope: 'device' }).createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoDefault: passDown,
    })
  },
})
