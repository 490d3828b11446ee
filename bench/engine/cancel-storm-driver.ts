/**
 * cancel-storm-driver.ts: a driver with requests in every state that a cancel can meet. The low bits of a
 * read's offset say what becomes of it; at most KEPT of each kind are kept, the oldest makes room.
 *
 *   0  completed at once                    2  forwarded to a manual queue, retrieved later
 *   1  marked cancelable, completed later   3  kept as it is, asked whether it was cancelled, completed later
 *
 * A write ends everything that is kept, and then itself: the end of a run.
 *
 * Runs on: worker.
 */
import {
  defineDriver,
  STATUS_CANCELLED,
  STATUS_SUCCESS,
  type Device,
  type IoQueue,
  type Request,
} from '../../src/index.js'

const KEPT = 64
const KIND_MASK = 3

class Storm {
  readonly manual: IoQueue
  readonly armed = new Set<Request>()
  readonly polled = new Set<Request>()
  forwarded = 0

  constructor(manual: IoQueue) {
    this.manual = manual
  }

  readonly evtRequestCancel = (request: Request): void => {
    this.armed.delete(request)
    request.complete(STATUS_CANCELLED)
  }

  arm(request: Request): void {
    if (this.armed.size >= KEPT) this.endArmed()
    if (request.markCancelableEx(this.evtRequestCancel) === STATUS_CANCELLED) {
      request.complete(STATUS_CANCELLED)
    } else this.armed.add(request)
  }

  forward(request: Request): void {
    if (this.manual.queued >= KEPT) this.endForwarded()
    request.forwardToIoQueue(this.manual)
  }

  poll(request: Request): void {
    if (this.polled.size >= KEPT) this.endPolled()
    this.polled.add(request)
  }

  endArmed(): void {
    const [oldest] = this.armed
    if (oldest === undefined) return
    this.armed.delete(oldest)
    // Whoever was cancelled has been ended by its callback.
    if (oldest.unmarkCancelable() === STATUS_SUCCESS) end(oldest)
  }

  endForwarded(): void {
    const oldest = this.manual.retrieveNextRequest()
    if (oldest !== null) end(oldest)
  }

  endPolled(): void {
    const [oldest] = this.polled
    if (oldest === undefined) return
    this.polled.delete(oldest)
    if (oldest.isCanceled()) oldest.complete(STATUS_CANCELLED)
    else end(oldest)
  }

  endAll(): void {
    while (this.armed.size > 0) this.endArmed()
    while (this.manual.queued > 0) this.endForwarded()
    while (this.polled.size > 0) this.endPolled()
  }
}

function end(request: Request): void {
  request.completeWithInformation(STATUS_SUCCESS, request.length)
}

const stormOf = (device: Device): Storm => device.context['storm'] as Storm

function stormEvtIoRead({ device }: IoQueue, request: Request): void {
  const storm = stormOf(device)
  switch (request.deviceOffset & KIND_MASK) {
    case 0:
      end(request)
      break
    case 1:
      storm.arm(request)
      break
    case 2:
      storm.forward(request)
      break
    default:
      storm.poll(request)
  }
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const device = deviceInit.createDevice({ synchronizationScope: 'device' })
    device.createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead: stormEvtIoRead,
      EvtIoWrite({ device: { context } }, request) {
        ;(context['storm'] as Storm).endAll()
        end(request)
      },
    })
    device.context['storm'] = new Storm(device.createIoQueue({ dispatchType: 'manual' }))
  },
})
