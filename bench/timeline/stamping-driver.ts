/**
 * stamping-driver.ts: a null driver that writes down when each sampled request was dispatched and handled, and
 * when its device went through Plug and Play and power.
 *
 * Runs on: a Framework worker.
 *
 * A preprocess callback sees a request before any queue does: that is the stamp of its dispatch. It sends the
 * request on, so that every request takes the way through its queue, also where that is empty.
 * Parameters: StampingParameters.
 */
import { IRP_MJ_READ } from '../../src/abi/major-function.js'
import { defineDriver, STATUS_SUCCESS } from '../../src/index.js'
import type { Device, IoQueue, Request } from '../../src/index.js'
import {
  type Moment,
  MOMENTS,
  momentIndex,
  READ_BYTES,
  STAMP_COUNT,
  STAMP_DISPATCH,
  STAMP_DISPATCH_END,
  STAMP_HANDLER,
  STAMP_HANDLER_END,
  stampIndex,
} from './stamp-layout.js'
import { threadClock } from './thread-clock.js'
import type { ThreadClock } from './thread-clock.js'

export interface StampingParameters {
  /** The table of stamp-layout.ts. */
  readonly stamps: SharedArrayBuffer
  /** Zero of the recording's clock. */
  readonly originNs: number
  /** This device, and how many there are. */
  readonly device: number
  readonly devices: number
  /** Busy work in the handler of every request, microseconds. */
  readonly handlerUs: number
}

/** Stamps of one device on its worker. */
class Stamper {
  readonly #stamps: Float64Array
  readonly #now: ThreadClock
  readonly #moments: number
  readonly #samples: number
  readonly #handlerUs: number

  constructor({ stamps, originNs, device, devices, handlerUs }: StampingParameters) {
    this.#stamps = new Float64Array(stamps)
    this.#now = threadClock(originNs)
    this.#moments = momentIndex(device)
    this.#samples = stampIndex(devices, 0)
    this.#handlerUs = handlerUs
  }

  /** A callback of the device was called. */
  moment(name: Moment): void {
    this.#stamps[this.#moments + MOMENTS.indexOf(name)] = this.#now()
  }

  dispatch(device: Device, request: Request): void {
    const at = this.#indexOf(request)
    const begin = at < 0 ? 0 : this.#now()
    device.dispatchPreprocessedIrp(request)
    if (at < 0) return
    this.#stamps[at + STAMP_DISPATCH] = begin
    this.#stamps[at + STAMP_DISPATCH_END] = this.#now()
  }

  read(request: Request, length: number): void {
    const at = this.#indexOf(request)
    const begin = at < 0 && this.#handlerUs === 0 ? 0 : this.#now()
    if (this.#handlerUs > 0) while (this.#now() < begin + this.#handlerUs);
    if (at >= 0) {
      this.#stamps[at + STAMP_HANDLER] = begin
      this.#stamps[at + STAMP_HANDLER_END] = this.#now()
    }
    request.completeWithInformation(STATUS_SUCCESS, length)
  }

  /** First double of a sampled request's stamps; -1 for any other. */
  #indexOf(request: Request): number {
    const { deviceOffset } = request
    return deviceOffset === 0 ? -1 : this.#samples + (deviceOffset / READ_BYTES) * STAMP_COUNT
  }
}

export default defineDriver({
  EvtDriverDeviceAdd(_driver, deviceInit) {
    const stamper = new Stamper(deviceInit.parameters as unknown as StampingParameters)
    deviceInit.setPnpPowerEventCallbacks({
      EvtDevicePrepareHardware: () => stamper.moment('EvtDevicePrepareHardware'),
      EvtDeviceD0Entry: () => stamper.moment('EvtDeviceD0Entry'),
      EvtDeviceD0Exit: () => stamper.moment('EvtDeviceD0Exit'),
      EvtDeviceReleaseHardware: () => stamper.moment('EvtDeviceReleaseHardware'),
    })
    deviceInit.assignWdmIrpPreprocessCallback(IRP_MJ_READ, (device, request) =>
      stamper.dispatch(device, request),
    )
    const device = deviceInit.createDevice({ synchronizationScope: 'device' })
    device.createIoQueue({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead: (_queue: IoQueue, request: Request, length: number) =>
        stamper.read(request, length),
    })
  },
})
