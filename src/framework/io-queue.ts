/**
 * I/O queue (WDFQUEUE): a queue gate with a device, a configuration and the driver's handlers.
 * Runs on: the worker it lives on. Only configuration and control are here; the path of a request is in
 * dispatch/queue-gate and dispatch/dispatch-turn.
 */
import {
  IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_INVALID_DEVICE_STATE } from '../abi/ntstatus.js'
import { type EvtIoControl, type EvtIoTransfer, QueueGate } from '../dispatch/queue-gate.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import type { Device } from './device.js'
import { WdfStatusError } from './errors.js'
import type { IoQueueConfig } from './io-queue-config.js'
import type { Request } from './request.js'
import {
  ANY_WORKER,
  type DispatchType,
  effectiveScope,
  placeQueue,
  shareOfLimit,
  type SynchronizationScope,
} from './synchronization-scope.js'

/** EvtIo handler for requests whose type the driver did not name: the Framework's own answer. */
const refuseRequest: EvtIoTransfer = (_queue, request) => {
  request.complete(STATUS_INVALID_DEVICE_REQUEST)
}

export class IoQueue extends QueueGate {
  readonly device: Device
  readonly dispatchType: DispatchType
  readonly synchronizationScope: SynchronizationScope
  readonly isDefault: boolean
  /** Worker it lives on, ANY_WORKER if it runs on all. */
  readonly worker: number
  /** Driver-owned requests allowed while dispatching, on this worker. */
  private readonly openLimit: number
  private readonly config: IoQueueConfig
  private readonly turn: DispatchTurn

  /** @internal Drivers call `device.createIoQueue`. The configuration has been checked. */
  constructor(device: Device, config: IoQueueConfig, turn: DispatchTurn) {
    super(refuseRequest)
    this.device = device
    this.dispatchType = config.dispatchType
    this.isDefault = config.defaultQueue === true
    this.allowZeroLengthRequests = config.allowZeroLengthRequests === true
    this.config = config
    this.turn = turn
    const { homeWorker, thisWorker, workerCount } = device.placement
    const scope = effectiveScope(
      config.synchronizationScope ?? 'inherit',
      device.synchronizationScope,
    )
    this.synchronizationScope = scope
    const place = placeQueue(
      scope,
      this.dispatchType,
      device.queues.length,
      homeWorker,
      workerCount,
    )
    const limit = presentedLimit(config)
    // A limit that does not reach round the pool is kept by staying home.
    this.worker = place === ANY_WORKER && limit < workerCount ? homeWorker : place
    const share = this.worker === ANY_WORKER ? shareOfLimit(limit, thisWorker, workerCount) : limit
    // A small integer, so that the hot comparison stays one of small integers.
    this.openLimit = Math.min(share, MAX_LIMIT)

    // EvtIoDefault stands in wherever the specific handler is missing; the extra arguments do not hurt it.
    const fallback = (config.EvtIoDefault ?? refuseRequest) as EvtIoTransfer & EvtIoControl
    this.evtIoDefault = fallback
    this.evtIoRead = (config.EvtIoRead as EvtIoTransfer | undefined) ?? fallback
    this.evtIoWrite = (config.EvtIoWrite as EvtIoTransfer | undefined) ?? fallback
    this.evtIoDeviceControl = (config.EvtIoDeviceControl as EvtIoControl | undefined) ?? fallback
    this.evtIoInternalDeviceControl =
      (config.EvtIoInternalDeviceControl as EvtIoControl | undefined) ?? fallback
  }

  /** Whether the queue can take requests of that major function (manual queues take all). */
  handles(major: number): boolean {
    if (this.dispatchType === 'manual' || this.config.EvtIoDefault !== undefined) return true
    switch (major) {
      case IRP_MJ_READ:
        return this.config.EvtIoRead !== undefined
      case IRP_MJ_WRITE:
        return this.config.EvtIoWrite !== undefined
      case IRP_MJ_DEVICE_CONTROL:
        return this.config.EvtIoDeviceControl !== undefined
      case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        return this.config.EvtIoInternalDeviceControl !== undefined
      case IRP_MJ_CREATE:
      default:
        return false
    }
  }

  /**
   * The oldest waiting request, now driver-owned, or null when there is none. WdfIoQueueRetrieveNextRequest.
   * @throws WdfStatusError STATUS_INVALID_DEVICE_STATE on a parallel queue.
   */
  retrieveNextRequest(): Request | null {
    if (this.dispatchType === 'parallel') {
      throw new WdfStatusError(
        STATUS_INVALID_DEVICE_STATE,
        'a parallel queue presents its requests itself',
        this.dispatchType,
      )
    }
    return this.turn.retrieve(this) as Request | null
  }

  /** @internal The device is in D0: present requests. */
  open(): void {
    this.limit = this.openLimit
    if (this.head !== null) this.turn.makeReady(this)
  }

  /** @internal The device is leaving D0: hold what comes. */
  hold(): void {
    this.limit = 0
  }
}

const MAX_LIMIT = 0x3fffffff

/** How many requests the driver may own at once, on all workers together. */
function presentedLimit(config: IoQueueConfig): number {
  if (config.dispatchType === 'manual') return 0
  if (config.dispatchType === 'sequential') return 1
  const asked = config.numberOfPresentedRequests ?? 0
  return asked === 0 ? Infinity : asked
}
