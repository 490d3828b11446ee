/**
 * Keeper: a driver that owns requests for a while, so that power-downs and removals find it owning some. Of every
 * four reads it completes one at once, one from setImmediate, and keeps two: the oldest goes when a newer one comes.
 * EvtIoStop: by turns completes what it owns, gives it back to the queue, or keeps it over the power-down.
 *
 * Runs on: worker. Parameters: those of the witness.
 */
import {
  defineDriver,
  type IoQueue,
  type Request,
  STATUS_SUCCESS,
  WdfRequestStopActionPurge,
} from '../../../src/index.js'
import { witnessed } from '../witness.js'

const MOST_KEPT = 8
/** Complete, give back, keep. */
const WAYS_TO_STOP = 3

class Keeper {
  readonly #kept = new Set<Request>()
  #reads = 0
  #stops = 0

  read(request: Request): void {
    const way = this.#reads++ & 3
    if (way === 0) complete(request)
    else if (way === 1) setImmediate(() => this.#completeKept(request))
    if (way !== 0) this.#kept.add(request)
    const [oldest] = this.#kept
    if (this.#kept.size > MOST_KEPT) this.#completeKept(oldest!)
  }

  stop(request: Request, isPurge: boolean): void {
    const way = isPurge ? 0 : this.#stops++ % WAYS_TO_STOP
    if (way === 0) this.#completeKept(request)
    else if (way === 1) {
      this.#kept.delete(request)
      request.stopAcknowledge(true)
    } else request.stopAcknowledge(false)
  }

  /** Requests that stayed over a power-down end soon after it. */
  resume(request: Request): void {
    setImmediate(() => this.#completeKept(request))
  }

  #completeKept(request: Request): void {
    if (this.#kept.delete(request)) complete(request)
  }
}

function complete(request: Request): void {
  request.completeWithInformation(STATUS_SUCCESS, request.length)
}

const keeperOf = (queue: IoQueue): Keeper => queue.device.context['keeper'] as Keeper

export default witnessed(
  defineDriver({
    EvtDriverDeviceAdd(_driver, deviceInit) {
      const device = deviceInit.createDevice({ synchronizationScope: 'device' })
      device.context['keeper'] = new Keeper()
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        numberOfPresentedRequests: 32,
        EvtIoRead: (queue, request) => keeperOf(queue).read(request),
        EvtIoStop: (queue, request, actionFlags) => {
          keeperOf(queue).stop(request, (actionFlags & WdfRequestStopActionPurge) !== 0)
        },
        EvtIoResume: (queue, request) => keeperOf(queue).resume(request),
      })
      return STATUS_SUCCESS
    },
  }),
)
