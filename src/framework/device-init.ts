/**
 * DeviceInit (WDFDEVICE_INIT): what a driver settles before it creates its device.
 * Runs on: worker, in EvtDriverDeviceAdd.
 */
import { MAJOR_FUNCTION_COUNT } from '../abi/major-function.js'
import { STATUS_INVALID_DEVICE_STATE, STATUS_INVALID_PARAMETER } from '../abi/ntstatus.js'
import type { DeviceRole } from '../irp/device-description.js'
import { requireCallback } from './callback-parent.js'
import type { ChildDevices, ChildListConfig } from './child-devices.js'
import type { Device } from './device.js'
import { WdfStatusError } from './errors.js'
import { checkScopeAndLevel, refuseScopeAndLevel, type ScopeAndLevel } from './execution-level.js'
import type { FileObject } from './file-object.js'
import type { ObjectAttributes } from './framework-object.js'
import type { HandlerReturn } from './io-queue-config.js'
import type {
  DeviceCallbacks,
  FdoEventCallbacks,
  PdoEventCallbacks,
  PnpPowerEventCallbacks,
  PowerPolicyEventCallbacks,
} from './pnp/device-callbacks.js'
import type { DevicePnp } from './pnp/device-pnp.js'
import type { PolicyState } from './pnp/pnp-context.js'
import type { PnpState } from './pnp/pnp-table.js'
import type { PowerState } from './pnp/power-table.js'
import type { StateChangeCallback } from './pnp/state-change-callbacks.js'
import type { Request } from './request.js'
import type { SharedContextDeclaration } from './shared-context-declaration.js'

export interface FileObjectConfig {
  /** Completes the create request; without it the Framework succeeds every open (a filter passes it down). */
  readonly EvtDeviceFileCreate?: (
    device: Device,
    request: Request,
    fileObject: FileObject,
  ) => HandlerReturn
  /** The handle is being closed; its requests have been asked to cancel. */
  readonly EvtFileCleanup?: (fileObject: FileObject) => void
  /** The last request of the handle has ended. */
  readonly EvtFileClose?: (fileObject: FileObject) => void
  /** Pass create (without EvtDeviceFileCreate), cleanup and close on to the next lower device. Default: for filters. */
  readonly autoForwardCleanupClose?: boolean
}

/** Sees a raw request of one major function before any queue does, and completes or re-dispatches it. */
export type EvtDeviceWdmIrpPreprocess = (device: Device, request: Request) => HandlerReturn

/**
 * Runs before a request comes into its queue; the driver owns it and must `device.enqueueRequest` or complete
 * it. In KMDF it runs in the caller's thread; the caller is another thread here, so it runs on the worker
 * of the queue, and a METHOD_NEITHER buffer needs no probing: it is channel memory.
 */
export type EvtIoInCallerContext = (device: Device, request: Request) => HandlerReturn

export interface DeviceAttributes extends ScopeAndLevel, ObjectAttributes<Device> {
  /** The driver's own state; a plain object on each worker that has a part of the device. */
  readonly context?: Record<string, unknown>
  /** State in shared memory, for a device whose handlers run on several workers: `device.getSharedContext`. */
  readonly sharedContext?: SharedContextDeclaration
}

/** For every request that the device's queues present. WdfDeviceInitSetRequestAttributes. */
export interface RequestAttributes extends ScopeAndLevel, ObjectAttributes<Request> {
  /** The request has been completed; its parameters and buffers are still there. */
  EvtCleanup?(request: Request): void
  /** The result is on its way; only its contexts are left. */
  EvtDestroy?(request: Request): void
}

export class DeviceInit {
  readonly name: string
  /** What the host passed to addDevice. */
  readonly parameters: Readonly<Record<string, unknown>>
  /** What the device is in its stack, as the host said. */
  readonly role: DeviceRole
  /** @internal */
  isFilter: boolean
  /** @internal Plug and Play, power and power policy callbacks, all in one. */
  callbacks: DeviceCallbacks = {}
  /** @internal */
  childListConfig: ChildListConfig | undefined
  /** @internal The bus driver's device that it is a child of, for the lowest level of a child's stack. */
  bus: ChildDevices | undefined
  /** @internal Its identity there. */
  childId = ''
  /** @internal */
  readonly stateChangeRegistrations: ((pnp: DevicePnp) => void)[] = []
  /** @internal */
  files: FileObjectConfig = {}
  /** @internal */
  fileAttributes: ObjectAttributes<FileObject> = {}
  /** @internal */
  requestAttributes: RequestAttributes | undefined
  /** @internal */
  inCallerContext: EvtIoInCallerContext | undefined
  /** @internal */
  readonly preprocess = new Map<number, EvtDeviceWdmIrpPreprocess>()
  /** @internal */
  created: Device | undefined
  /** @internal Adding the device has failed: its driver comes too late. */
  isOver = false
  readonly #make: (init: DeviceInit, attributes: DeviceAttributes) => Device

  /** @internal */
  constructor(
    name: string,
    role: DeviceRole,
    parameters: Readonly<Record<string, unknown>>,
    make: (init: DeviceInit, attributes: DeviceAttributes) => Device,
  ) {
    this.name = name
    this.role = role
    this.isFilter = role === 'filter'
    this.parameters = parameters
    this.#make = make
  }

  /** The device only looks at requests: what it does not handle goes down. WdfFdoInitSetFilter. */
  setFilter(): void {
    this.isFilter = true
  }

  /** WdfDeviceInitSetPnpPowerEventCallbacks. */
  setPnpPowerEventCallbacks(callbacks: PnpPowerEventCallbacks): void {
    this.callbacks = { ...this.callbacks, ...callbacks }
  }

  /** WdfDeviceInitSetPowerPolicyEventCallbacks. */
  setPowerPolicyEventCallbacks(callbacks: PowerPolicyEventCallbacks): void {
    this.callbacks = { ...this.callbacks, ...callbacks }
  }

  /** WdfFdoInitSetEventCallbacks. */
  setFdoEventCallbacks(callbacks: FdoEventCallbacks): void {
    this.callbacks = { ...this.callbacks, ...callbacks }
  }

  /** WdfPdoInitSetEventCallbacks. */
  setPdoEventCallbacks(callbacks: PdoEventCallbacks): void {
    this.callbacks = { ...this.callbacks, ...callbacks }
  }

  /**
   * The device is a bus: it has children. `device.childList` is told of them. WdfFdoInitSetDefaultChildListConfig.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER without EvtChildListCreateDevice.
   */
  setDefaultChildListConfig(config: ChildListConfig): void {
    requireCallback('EvtChildListCreateDevice', config?.EvtChildListCreateDevice)
    this.childListConfig = config
  }

  /** EvtDevicePnpStateChange at one state. WdfDeviceInitRegisterPnpStateChangeCallback. */
  registerPnpStateChangeCallback(
    state: PnpState,
    callback: StateChangeCallback<PnpState>,
    types?: number,
  ): void {
    this.stateChangeRegistrations.push((pnp) => pnp.onPnpStateChange(state, callback, types))
  }

  /** EvtDevicePowerStateChange at one state. WdfDeviceInitRegisterPowerStateChangeCallback. */
  registerPowerStateChangeCallback(
    state: PowerState,
    callback: StateChangeCallback<PowerState>,
    types?: number,
  ): void {
    this.stateChangeRegistrations.push((pnp) => pnp.onPowerStateChange(state, callback, types))
  }

  /** EvtDevicePowerPolicyStateChange at one state. WdfDeviceInitRegisterPowerPolicyStateChangeCallback. */
  registerPowerPolicyStateChangeCallback(
    state: PolicyState,
    callback: StateChangeCallback<PolicyState>,
    types?: number,
  ): void {
    this.stateChangeRegistrations.push((pnp) =>
      pnp.onPowerPolicyStateChange(state, callback, types),
    )
  }

  /** WdfDeviceInitSetFileObjectConfig. */
  setFileObjectConfig(
    config: FileObjectConfig,
    attributes: ObjectAttributes<FileObject> = {},
  ): void {
    this.files = config
    this.fileAttributes = attributes
  }

  /**
   * WdfDeviceInitSetRequestAttributes. Its queues take the slower way then: each request is watched.
   * @throws WdfStatusError for a scope or level of its own, which a request cannot have.
   */
  setRequestAttributes(attributes: RequestAttributes): void {
    refuseScopeAndLevel(attributes, 'a request')
    this.requestAttributes = attributes
  }

  /** WdfDeviceInitSetIoInCallerContextCallback. */
  setIoInCallerContextCallback(callback: EvtIoInCallerContext): void {
    this.inCallerContext = callback
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

  /** WdfDeviceCreate. Once per DeviceInit. @throws WdfStatusError for a scope or level that is none. */
  createDevice(attributes: DeviceAttributes = {}): Device {
    if (this.created !== undefined || this.isOver) {
      const what = this.isOver ? 'could not be added' : 'has been created already'
      throw new WdfStatusError(
        STATUS_INVALID_DEVICE_STATE,
        `device "${this.name}" ${what}`,
        this.name,
      )
    }
    checkScopeAndLevel(attributes)
    this.created = this.#make(this, attributes)
    return this.created
  }
}
