/**
 * Echo driver: a write stores its bytes, a read returns what was stored last. Runs on: worker.
 * Behaves as the WDK's echo sample: at most 40 KiB (more ends with STATUS_BUFFER_OVERFLOW), a read
 * returns min(asked, stored), an empty store reads as 0 bytes.
 */
import {
  defineDriver,
  STATUS_BUFFER_OVERFLOW,
  STATUS_SUCCESS,
  type IoQueue,
  type Request,
} from '../../index.js'

const MAX_WRITE_BYTES = 40 * 1024

class EchoStore {
  readonly bytes = new Uint8Array(MAX_WRITE_BYTES)
  length = 0
}

function storeOf(queue: IoQueue): EchoStore {
  return queue.device.context['store'] as EchoStore
}

function echoEvtIoRead(queue: IoQueue, request: Request, length: number): void {
  const store = storeOf(queue)
  const count = Math.min(length, store.length)
  if (count > 0) request.retrieveOutputBuffer().set(store.bytes.subarray(0, count))
  request.completeWithInformation(STATUS_SUCCESS, count)
}

function echoEvtIoWrite(queue: IoQueue, request: Request, length: number): void {
  if (length > MAX_WRITE_BYTES) {
    request.complete(STATUS_BUFFER_OVERFLOW)
    return
  }
  const store = storeOf(queue)
  store.bytes.set(request.retrieveInputBuffer())
  store.length = length
  request.completeWithInformation(STATUS_SUCCESS, length)
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const device = deviceInit.createDevice({
      synchronizationScope: 'device',
      context: { store: new EchoStore() },
    })
    device.createIoQueue({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead: echoEvtIoRead,
      EvtIoWrite: echoEvtIoWrite,
    })
  },
})
