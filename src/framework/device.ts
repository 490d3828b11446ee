/**
 * Device (WDFDEVICE): one (driver, Framework) pair at one level of a device stack.
 * Runs on: the device's home worker, and as a replica on each other worker that has a queue of it.
 * Source: WdfDeviceCreate, WdfDeviceConfigureRequestDispatching; kmdf.md 3.2, 6.1.
 */
import {
  IRP_MJ_CLEANUP,
  IRP_MJ_CLOSE,
  IRP_MJ_CREATE,
  MAJOR_FUNCTION_COUNT,
} from '../abi/major-function.js'
import {
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
  STATUS_WDF_BUSY,
} from '../abi/ntstatus.js'
import { REQUEST_IS_CANCELABLE, requestViolation } from '../dispatch/wdf-violation.js'
import type { DeviceRole } from '../irp/device-description.js'
import type { ChildDevices } from './child-devices.js'
import type {
  DeviceAttributes,
  DeviceInit,
  EvtDeviceWdmIrpPreprocess,
  EvtIoInCallerContext,
  FileObjectConfig,
  RequestAttributes,
} from './device-init.js'
import type { DeviceHardware } from './device-hardware.js'
import type { DevicePlacement } from './device-placement.js'
import type { DevicePower } from './device-power.js'
import type {
  DeviceServices,
  DispatchCallback,
  EvtDeviceWdmIrpDispatch,
} from './device-services.js'
import type { Driver } from './driver.js'
import { WdfStatusError } from './errors.js'
import type { FileObject } from './file-object.js'
import type { ChildAttributes, ObjectAttributes } from './framework-object.js'
import { effectiveLevel, type ExecutionLevel } from './execution-level.js'
import { IoQueue, type QueueChange } from './io-queue.js'
import { checkIoQueueConfig, type IoQueueConfig } from './io-queue-config.js'
import type { IoTarget } from './io-target.js'
import type { LocalRequests } from './local-requests.js'
import type { DevicePnp } from './pnp/device-pnp.js'
import type { S0IdleSettings, SxWakeSettings } from './pnp/power-settings.js'
import type { RemoteTarget } from './remote-target.js'
import type { Request } from './request.js'
import { objectOfRequest } from './request-object.js'
import { DEFAULT_QUEUE_MAJORS, MAJOR_OF, type RequestType } from './request-type.js'
import { SharedObject } from './shared-object.js'

export type { DevicePlacement, RequestType }

export class Device extends SharedObject {
  readonly id: number
  readonly driver: Driver
  readonly parameters: Readonly<Record<string, unknown>>
  readonly placement: DevicePlacement
  readonly executionLevel: ExecutionLevel
  readonly files: FileObjectConfig
  /** @internal */
  readonly fileAttributes: ObjectAttributes<FileObject>
  readonly preprocess: ReadonlyMap<number, EvtDeviceWdmIrpPreprocess>
  readonly inCallerContext: EvtIoInCallerContext | undefined
  readonly requestAttributes: RequestAttributes | undefined
  /** What it is in its stack. */
  readonly role: DeviceRole
  readonly isFilter: boolean
  /** Next lower device of the stack, null at the bottom. */
  readonly lower: Device | null
  /** Next higher device, null at the top. */
  upper: Device | null = null
  /** @internal */
  readonly dispatchCallbacks = new Map<number, DispatchCallback[]>()
  readonly queues: IoQueue[] = []
  /** Queue of each major function, null where the Framework answers itself. */
  readonly dispatchTable: (IoQueue | null)[] = Array.from(
    { length: MAJOR_FUNCTION_COUNT },
    () => null,
  )
  /** The driver's own state for this device, on this worker. */
  context: Record<string, unknown>
  defaultQueue: IoQueue | null = null
  private hardwareParts: DeviceHardware | undefined
  /** @internal Its machines; null on a worker that is not its home. */
  readonly power: DevicePower | null
  /** @internal Requests take power references: it goes down when it is idle. */
  usesIdle = false
  /** @internal Still in EvtDriverDeviceAdd. */
  isInitializing = true
  /** @internal Its power-managed queues present. */
  isInD0 = false
  /** Its children, of a bus driver's device on its home worker. */
  readonly childList: ChildDevices | null
  private readonly services: DeviceServices
  private localTarget: IoTarget | undefined
  private ioTargets: IoTarget[] = []

  /** @internal Drivers call `deviceInit.createDevice`. */
  constructor(
    id: number,
    driver: Driver,
    init: DeviceInit,
    attributes: DeviceAttributes,
    placement: DevicePlacement,
    lower: Device | null,
    services: DeviceServices,
  ) {
    super(
      init.name,
      attributes.synchronizationScope ?? 'inherit',
      services.lockParty,
      attributes.sharedContext,
      placement.sharedContext,
      driver.object,
      attributes,
    )
    this.id = id
    this.driver = driver
    this.parameters = init.parameters
    this.placement = placement
    this.executionLevel = effectiveLevel(attributes.executionLevel)
    this.context = attributes.context ?? {}
    this.files = init.files
    this.fileAttributes = init.fileAttributes
    this.preprocess = init.preprocess
    this.inCallerContext = init.inCallerContext
    this.requestAttributes = init.requestAttributes
    this.isFilter = init.isFilter
    this.role = init.isFilter ? 'filter' : init.role
    this.lower = lower
    this.services = services
    if (lower !== null) lower.upper = this
    const { childListConfig } = init
    const hasChildren = this.isHome && childListConfig !== undefined
    this.childList = hasChildren ? services.childListFor(this, childListConfig) : null
    this.power = this.isHome ? services.powerFor(this, init) : null
  }

  /** True on the worker that runs the device's PnP, power and file callbacks. */
  get isHome(): boolean {
    return this.placement.thisWorker === this.placement.homeWorker
  }

  /**
   * Creates a queue. WdfIoQueueCreate.
   * @throws WdfStatusError with KMDF's status for a configuration that it refuses.
   */
  createIoQueue(config: IoQueueConfig): IoQueue {
    checkIoQueueConfig(config)
    if (config.defaultQueue === true) this.#checkDefaultQueue()
    const queue = new IoQueue(this, config, this.services.turn)
    this.queues.push(queue)
    if (queue.isDefault) {
      this.defaultQueue = queue
      for (const major of DEFAULT_QUEUE_MAJORS) this.dispatchTable[major] ??= queue
    }
    return queue
  }

  /**
   * Sends one type of request to a queue other than the default one. WdfDeviceConfigureRequestDispatching.
   * @throws WdfStatusError as KMDF: the queue has no handler for the type or is the default queue
   *   (STATUS_INVALID_DEVICE_REQUEST), or the type has a queue already (STATUS_WDF_BUSY).
   */
  configureRequestDispatching(queue: IoQueue, type: RequestType): void {
    const major = MAJOR_OF[type]
    if (major === undefined) {
      throw new WdfStatusError(
        STATUS_INVALID_PARAMETER,
        `${JSON.stringify(type)} is no request type: ${Object.keys(MAJOR_OF).join(', ')} are`,
        type,
      )
    }
    if (queue.isDefault || queue.device !== this || !queue.handles(major)) {
      throw new WdfStatusError(
        STATUS_INVALID_DEVICE_REQUEST,
        `the queue cannot be configured for ${type}: it is the default queue, of another device, or has no handler for it`,
        type,
      )
    }
    const taken = this.dispatchTable[major]
    if (taken !== null && taken !== undefined && !taken.isDefault) {
      throw new WdfStatusError(STATUS_WDF_BUSY, `${type} has a queue already`, type)
    }
    this.dispatchTable[major] = queue
    this.services.routesChanged(this)
  }

  /**
   * Lets the device go down when it has nothing to do, and come up when a request arrives.
   * WdfDeviceAssignS0IdleSettings.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER, and STATUS_INVALID_DEVICE_STATE for a device that does not
   *   own the power policy of its stack or on a worker that is not its home.
   */
  assignS0IdleSettings(settings: S0IdleSettings): void {
    this.pnp.assignS0IdleSettings(settings)
    this.usesIdle = true
    for (const queue of this.queues) queue.state.refresh()
  }

  /** WdfDeviceAssignSxWakeSettings. @throws WdfStatusError as assignS0IdleSettings. */
  assignSxWakeSettings(settings: SxWakeSettings): void {
    this.pnp.assignSxWakeSettings(settings)
  }

  /** Keeps the device in D0. Resolves when it is there, with a status. WdfDeviceStopIdle. */
  stopIdle(): Promise<number> {
    return this.pnp.powerReferenceAndWait()
  }

  /** WdfDeviceResumeIdle. */
  resumeIdle(): void {
    this.pnp.powerDereference()
  }

  /** Registers, interrupts, DPCs, timers, work items, DMA: see DeviceHardware. */
  get hardware(): DeviceHardware {
    this.hardwareParts ??= this.services.hardwareFor(this, this.placement.hardware)
    return this.hardwareParts
  }

  /** @internal Its hardware, if anybody has asked for it. */
  get usedHardware(): DeviceHardware | undefined {
    return this.hardwareParts
  }

  /** Its Plug and Play and power machines. @throws WdfStatusError on a worker that is not its home. */
  get pnp(): DevicePnp {
    if (this.power !== null) return this.power.pnp
    throw new WdfStatusError(
      STATUS_INVALID_DEVICE_STATE,
      `device "${this.name}" has its power machines on worker ${this.placement.homeWorker}`,
      this.name,
    )
  }

  /** The I/O target that leads to the next lower device. WdfDeviceGetIoTarget. */
  get ioTarget(): IoTarget {
    this.localTarget ??= this.#keep(this.services.localTarget(this))
    return this.localTarget
  }

  /** A target that can be opened by device name. WdfIoTargetCreate. */
  createIoTarget(attributes: ChildAttributes<RemoteTarget> = {}): RemoteTarget {
    return this.#keep(this.services.remoteTarget(this, attributes))
  }

  /** @internal The device goes away, and its I/O targets with it. */
  deleteIoTargets(): void {
    for (const target of this.ioTargets) target.dispose()
  }

  /**
   * A request of the driver's own, to format and send; the driver deletes it. With attributes it has a place among
   * the driver's objects from the start, and goes with its parent. WdfRequestCreate.
   */
  createRequest(attributes?: ChildAttributes<Request>): Request {
    const request = this.services.sender.create()
    request.useExtras().driver = this.driver.object
    if (attributes === undefined) return request
    try {
      objectOfRequest(request, this.object.reports, attributes)
    } catch (error) {
      request.delete()
      throw error
    }
    return request
  }

  /** Sends a preprocessed request on to its queue. WdfDeviceWdmDispatchPreprocessedIrp. */
  dispatchPreprocessedIrp(request: Request): void {
    if (!request.isOwned) requestViolation(request, REQUEST_IS_CANCELABLE)
    this.services.toDispatchCallback(this, request, 0)
  }

  /** Sends a request on from EvtIoInCallerContext to its queue. WdfDeviceEnqueueRequest. */
  enqueueRequest(request: Request): void {
    if (!request.isOwned) requestViolation(request, REQUEST_IS_CANCELABLE)
    this.services.toQueue(this, request)
  }

  /**
   * Adds a dynamic dispatch callback for read, write, deviceControl or deviceControlInternal; earlier ones are
   * called first. WdfDeviceConfigureWdmIrpDispatchCallback.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER for another type, STATUS_INVALID_DEVICE_STATE after
   *   EvtDriverDeviceAdd.
   */
  configureWdmIrpDispatchCallback(
    type: Exclude<RequestType, 'create'>,
    callback: EvtDeviceWdmIrpDispatch,
    driverContext?: unknown,
  ): void {
    const major = MAJOR_OF[type]
    if (major === undefined || !DEFAULT_QUEUE_MAJORS.includes(major)) {
      throw new WdfStatusError(
        STATUS_INVALID_PARAMETER,
        `${JSON.stringify(type)} cannot be dispatched dynamically: read, write and device controls can`,
        type,
      )
    }
    if (!this.isInitializing) {
      throw new WdfStatusError(
        STATUS_INVALID_DEVICE_STATE,
        'dispatch callbacks are configured in EvtDriverDeviceAdd',
        type,
      )
    }
    const callbacks = this.dispatchCallbacks.get(major) ?? []
    callbacks.push({ callback, driverContext })
    this.dispatchCallbacks.set(major, callbacks)
  }

  /** From a dispatch callback: on to the next one, or to the queue behind the last. WdfDeviceWdmDispatchIrp. */
  wdmDispatchIrp(request: Request, dispatchContext: number): void {
    if (!request.isOwned) requestViolation(request, REQUEST_IS_CANCELABLE)
    this.services.toDispatchCallback(this, request, dispatchContext)
  }

  /**
   * From a dispatch callback: to that queue, where it is as new as one that came there by itself.
   * WdfDeviceWdmDispatchIrpToIoQueue.
   * @returns STATUS_SUCCESS, also when the queue does not accept and ends it; STATUS_INVALID_DEVICE_REQUEST for
   *   a queue of another device or worker: the callback keeps the request then.
   */
  wdmDispatchIrpToIoQueue(request: Request, queue: IoQueue): number {
    if (!request.isOwned) requestViolation(request, REQUEST_IS_CANCELABLE)
    if (queue.device !== this || !queue.livesHere) return STATUS_INVALID_DEVICE_REQUEST
    this.services.turn.redirect(request, queue, false)
    return STATUS_SUCCESS
  }

  /** @internal */
  get localRequests(): LocalRequests {
    return this.services.locals
  }

  /** @internal */
  changeQueueElsewhere(queue: number, change: QueueChange): Promise<void> {
    return this.services.changeQueueElsewhere(this, queue, change)
  }

  /** @internal Create, cleanup and close go on to the next lower device. */
  get forwardsFiles(): boolean {
    return this.files.autoForwardCleanupClose ?? this.isFilter
  }

  /** @internal Whether the device itself has something to do with a file request. */
  takesFile(major: number): boolean {
    switch (major) {
      case IRP_MJ_CREATE:
      case IRP_MJ_CLEANUP:
      case IRP_MJ_CLOSE:
        return true
      default:
        return false
    }
  }

  /** @internal Every request type of it comes to this worker. */
  get livesHereOnly(): boolean {
    const { homeWorker, thisWorker } = this.placement
    return homeWorker === thisWorker && this.queues.every((queue) => queue.worker === thisWorker)
  }

  /** @internal Whether something of the driver's comes before the queue of that major function. */
  hasCallbackBefore(major: number): boolean {
    return (
      this.preprocess.has(major) ||
      this.dispatchCallbacks.has(major) ||
      (this.inCallerContext !== undefined && DEFAULT_QUEUE_MAJORS.includes(major))
    )
  }

  #keep<T extends IoTarget>(target: T): T {
    this.ioTargets = [...this.ioTargets.filter(({ state }) => state !== 'deleted'), target]
    return target
  }

  #checkDefaultQueue(): void {
    if (!this.isInitializing) {
      throw new WdfStatusError(
        STATUS_INVALID_DEVICE_STATE,
        'a default queue is created in EvtDriverDeviceAdd',
        this.name,
      )
    }
    if (this.defaultQueue !== null) {
      throw new WdfStatusError(
        STATUS_UNSUCCESSFUL,
        `device "${this.name}" has a default queue already`,
        this.name,
      )
    }
  }
}
