/**
 * Device (WDFDEVICE) and DeviceInit (WDFDEVICE_INIT): one (driver, Framework) pair on one device node.
 * Runs on: the device's home worker, and as a replica on each other worker that has a queue of it.
 * Source: WdfDeviceCreate, WdfDeviceConfigureRequestDispatching; kmdf.md 3.2, 6.1.
 */
import {
  IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
  MAJOR_FUNCTION_COUNT,
} from '../abi/major-function.js'
import {
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_UNSUCCESSFUL,
  STATUS_WDF_BUSY,
} from '../abi/ntstatus.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import { REQUEST_OWNED } from '../dispatch/dispatched-request.js'
import { REQUEST_IS_CANCELABLE, requestViolation } from '../dispatch/wdf-violation.js'
import type { Driver } from './driver.js'
import { WdfStatusError } from './errors.js'
import type { FileObject } from './file-object.js'
import { IoQueue } from './io-queue.js'
import { checkIoQueueConfig, type HandlerReturn, type IoQueueConfig } from './io-queue-config.js'
import type { PnpPowerEventCallbacks } from './pnp-power-callbacks.js'
import type { Request } from './request.js'
import type { SynchronizationScope } from './synchronization-scope.js'

/** Where a device lives. */
export interface DevicePlacement {
  readonly homeWorker: number
  readonly thisWorker: number
  readonly workerCount: number
}

/** Request types that can be given a queue of their own. */
export type RequestType = 'create' | 'read' | 'write' | 'deviceControl' | 'deviceControlInternal'

const MAJOR_OF: Record<RequestType, number> = {
  create: IRP_MJ_CREATE,
  read: IRP_MJ_READ,
  write: IRP_MJ_WRITE,
  deviceControl: IRP_MJ_DEVICE_CONTROL,
  deviceControlInternal: IRP_MJ_INTERNAL_DEVICE_CONTROL,
}

/** Major functions that a default queue takes when no other queue is configured for them. */
const DEFAULT_QUEUE_MAJORS = [
  IRP_MJ_READ,
  IRP_MJ_WRITE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
]

export interface FileObjectConfig {
  /** Completes the create request; without it the Framework succeeds every open. */
  readonly EvtDeviceFileCreate?: (
    device: Device,
    request: Request,
    fileObject: FileObject,
  ) => HandlerReturn
  /** The handle is being closed; its requests have been asked to cancel. */
  readonly EvtFileCleanup?: (fileObject: FileObject) => void
  /** The last request of the handle has ended. */
  readonly EvtFileClose?: (fileObject: FileObject) => void
}

/** Sees a raw request of one major function before any queue does, and completes or re-dispatches it. */
export type EvtDeviceWdmIrpPreprocess = (device: Device, request: Request) => HandlerReturn

export interface DeviceAttributes {
  readonly synchronizationScope?: SynchronizationScope
  /** The driver's own state; a plain object on each worker that has a part of the device. */
  readonly context?: Record<string, unknown>
}

/** What a driver sets before it creates its device. */
export class DeviceInit {
  readonly name: string
  /** What the host passed to addDevice. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** @internal */
  pnpPower: PnpPowerEventCallbacks = {}
  /** @internal */
  files: FileObjectConfig = {}
  /** @internal */
  readonly preprocess = new Map<number, EvtDeviceWdmIrpPreprocess>()
  /** @internal */
  created: Device | undefined
  readonly #make: (init: DeviceInit, attributes: DeviceAttributes) => Device

  /** @internal */
  constructor(
    name: string,
    parameters: Readonly<Record<string, unknown>>,
    make: (init: DeviceInit, attributes: DeviceAttributes) => Device,
  ) {
    this.name = name
    this.parameters = parameters
    this.#make = make
  }

  /** WdfDeviceInitSetPnpPowerEventCallbacks. */
  setPnpPowerEventCallbacks(callbacks: PnpPowerEventCallbacks): void {
    this.pnpPower = callbacks
  }

  /** WdfDeviceInitSetFileObjectConfig. */
  setFileObjectConfig(config: FileObjectConfig): void {
    this.files = config
  }

  /** WdfDeviceInitAssignWdmIrpPreprocessCallback, for one major function. */
  assignWdmIrpPreprocessCallback(major: number, callback: EvtDeviceWdmIrpPreprocess): void {
    if (!Number.isInteger(major) || major < 0 || major >= MAJOR_FUNCTION_COUNT) {
      throw new WdfStatusError(
        STATUS_INVALID_PARAMETER,
        `${major} is no major function: 0 to ${MAJOR_FUNCTION_COUNT - 1} are`,
        major,
      )
    }
    this.preprocess.set(major, callback)
  }

  /** WdfDeviceCreate. Once per DeviceInit. */
  createDevice(attributes: DeviceAttributes = {}): Device {
    if (this.created !== undefined) {
      throw new WdfStatusError(
        STATUS_INVALID_DEVICE_STATE,
        `device "${this.name}" has been created already`,
        this.name,
      )
    }
    this.created = this.#make(this, attributes)
    return this.created
  }
}

export class Device {
  readonly id: number
  readonly name: string
  readonly driver: Driver
  readonly parameters: Readonly<Record<string, unknown>>
  readonly placement: DevicePlacement
  readonly synchronizationScope: SynchronizationScope
  readonly pnpPower: PnpPowerEventCallbacks
  readonly files: FileObjectConfig
  readonly preprocess: ReadonlyMap<number, EvtDeviceWdmIrpPreprocess>
  readonly queues: IoQueue[] = []
  /** Queue of each major function, null where the Framework answers itself. */
  readonly dispatchTable: (IoQueue | null)[] = Array.from(
    { length: MAJOR_FUNCTION_COUNT },
    () => null,
  )
  /** The driver's own state for this device, on this worker. */
  context: Record<string, unknown>
  defaultQueue: IoQueue | null = null
  /** @internal Still in EvtDriverDeviceAdd. */
  isInitializing = true
  readonly #turn: DispatchTurn

  /** @internal Drivers call `deviceInit.createDevice`. */
  constructor(
    id: number,
    driver: Driver,
    init: DeviceInit,
    attributes: DeviceAttributes,
    placement: DevicePlacement,
    turn: DispatchTurn,
  ) {
    this.id = id
    this.name = init.name
    this.driver = driver
    this.parameters = init.parameters
    this.placement = placement
    this.synchronizationScope = attributes.synchronizationScope ?? 'inherit'
    this.context = attributes.context ?? {}
    this.pnpPower = init.pnpPower
    this.files = init.files
    this.preprocess = init.preprocess
    this.#turn = turn
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
    const queue = new IoQueue(this, config, this.#turn)
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
  }

  /** Sends a preprocessed request on to its queue. WdfDeviceWdmDispatchPreprocessedIrp. */
  dispatchPreprocessedIrp(request: Request): void {
    if (request.state !== REQUEST_OWNED) requestViolation(request, REQUEST_IS_CANCELABLE)
    const queue = this.dispatchTable[request.majorFunction]
    if (queue === null || queue === undefined) {
      this.#turn.hooks.routeInFramework(request, request.majorFunction)
    } else {
      this.#turn.redirect(request, queue)
    }
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
