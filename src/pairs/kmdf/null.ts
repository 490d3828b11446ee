/**
 * Null driver: completes every request at once, as many bytes as were asked for. Runs on: worker.
 * Parameters: dispatchType 'sequential' (default) or 'parallel', synchronizationScope (default 'device'),
 * spinUs: busy work per request in microseconds (default 0), for measuring CPU-bound handlers.
 */
import {
  defineDriver,
  STATUS_SUCCESS,
  type DispatchType,
  type IoQueue,
  type Request,
  type SynchronizationScope,
} from '../../index.js'

function nullEvtIoTransfer(_queue: IoQueue, request: Request, length: number): void {
  request.completeWithInformation(STATUS_SUCCESS, length)
}

function nullEvtIoDeviceControl(_queue: IoQueue, request: Request): void {
  request.complete(STATUS_SUCCESS)
}

function spinningEvtIoTransfer(spinUs: number) {
  return function spinningNullEvtIoTransfer(
    _queue: IoQueue,
    request: Request,
    length: number,
  ): void {
    const until = performance.now() + spinUs / 1000
    while (performance.now() < until);
    request.completeWithInformation(STATUS_SUCCESS, length)
  }
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const {
      dispatchType = 'sequential',
      synchronizationScope = 'device',
      spinUs = 0,
    } = deviceInit.parameters as {
      dispatchType?: DispatchType
      synchronizationScope?: SynchronizationScope
      spinUs?: number
    }
    const transfer = spinUs > 0 ? spinningEvtIoTransfer(spinUs) : nullEvtIoTransfer
    const device = deviceInit.createDevice({ synchronizationScope })
    device.createIoQueue({
      dispatchType,
      defaultQueue: true,
      EvtIoRead: transfer,
      EvtIoWrite: transfer,
      EvtIoDeviceControl: nullEvtIoDeviceControl,
      EvtIoInternalDeviceControl: nullEvtIoDeviceControl,
    })
  },
})
