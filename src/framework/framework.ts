/**
 * Framework: the general half of every driver pair on one worker. Owns the dispatch table, the devices,
 * the file objects, and whatever a request needs that no queue takes.
 * Runs on: worker; never on the path of a request that a queue takes and whose handler does not throw.
 */
import { ROW_DEVICE_SHIFT } from '../abi/irp-layout.js'
import {
  IRP_MJ_CLEANUP,
  IRP_MJ_CLOSE,
  IRP_MJ_CREATE,
  MAJOR_FUNCTION_COUNT,
} from '../abi/major-function.js'
import {
  STATUS_CANCELLED,
  STATUS_DEVICE_REMOVED,
  STATUS_DRIVER_INTERNAL_ERROR,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_NO_SUCH_DEVICE,
  STATUS_SUCCESS,
} from '../abi/ntstatus.js'
import { ChannelPort } from '../dispatch/channel-port.js'
import { DispatchTurn, type TurnHooks } from '../dispatch/dispatch-turn.js'
import {
  REQUEST_CANCELABLE,
  REQUEST_CANCELING,
  REQUEST_FREE,
  REQUEST_OWNED,
  REQUEST_WAITING,
  type DispatchedRequest,
} from '../dispatch/dispatched-request.js'
import { BufferViews } from '../irp/buffer-views.js'
import type { ChannelMemory } from '../irp/channel-memory.js'
import type { DeviceDescription, DeviceSpec, ErrorReport } from '../irp/device-description.js'
import { Device, DeviceInit } from './device.js'
import { describeDevice } from './describe-device.js'
import { DriverError, DriverLoader } from './driver-loader.js'
import { failureStatusOf, reportError } from './errors.js'
import { FileObject } from './file-object.js'
import { startDevice, stopDevice } from './pnp-power-callbacks.js'
import { Request } from './request.js'

const FILE_OPENED = 1
const DISPATCH_ROW_WIDTH = 1 << ROW_DEVICE_SHIFT

/** What the framework tells its worker thread. */
export interface FrameworkEvents {
  /** A request was completed, or a gate opened, outside a turn. */
  wake(): void
  /** A driver's callback threw or rejected. */
  driverFault(device: string, callback: string, error: ErrorReport): void
}

export class Framework implements TurnHooks {
  readonly worker: number
  readonly workerCount: number
  readonly turn: DispatchTurn
  readonly devices = new Map<number, Device>()
  /** Handlers that returned a promise which has not settled: the event loop must run. */
  pendingAsync = 0
  readonly #events: FrameworkEvents
  readonly #loader = new DriverLoader()
  readonly #files = new Map<number, FileObject>()

  constructor(worker: number, workerCount: number, events: FrameworkEvents) {
    this.worker = worker
    this.workerCount = workerCount
    this.#events = events
    this.turn = new DispatchTurn(this)
  }

  /** Takes part in a channel: from now on its submissions are polled. */
  attachChannel(memory: ChannelMemory): ChannelPort {
    const views = new BufferViews(memory.buffer)
    const fileObjectOf = (request: Request): FileObject => this.#fileObjectOf(request)
    const port = new ChannelPort(
      memory,
      this.worker,
      this.turn,
      (owner, slot) => new Request(owner, slot, this.turn.frameworkGate, views, fileObjectOf),
    )
    this.turn.ports.push(port)
    return port
  }

  /** Forgets a channel that its host has closed. */
  detachChannel(id: number): void {
    const at = this.turn.ports.findIndex((port) => port.memory.id === id)
    if (at >= 0) this.turn.ports.splice(at, 1)
    for (const [key, file] of this.#files) if (file.channelId === id) this.#files.delete(key)
  }

  /** Calls EvtDriverDeviceAdd and enters the device into the dispatch table. It presents nothing yet. */
  async addDevice(spec: DeviceSpec): Promise<DeviceDescription> {
    const driver = await this.#loader.load(spec.driver)
    const placement = {
      homeWorker: spec.homeWorker,
      thisWorker: this.worker,
      workerCount: this.workerCount,
    }
    const init = new DeviceInit(
      spec.name,
      spec.parameters,
      (self, attributes) => new Device(spec.id, driver, self, attributes, placement, this.turn),
    )
    const where = `EvtDriverDeviceAdd of ${spec.driver} for device "${spec.name}"`
    let status: unknown
    try {
      status = await driver.config.EvtDriverDeviceAdd(driver, init)
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      const error = new DriverError(
        'ERR_IRP_DEVICE_ADD',
        `${where} threw: ${message}`,
        spec.name,
        cause,
      )
      throw Object.assign(error, statusOf(cause))
    }
    if (typeof status === 'number' && status < 0) {
      const error = new DriverError('ERR_IRP_DEVICE_ADD', `${where} failed`, spec.name)
      throw Object.assign(error, { ntstatus: status })
    }
    const device = init.created
    if (device === undefined) {
      throw new DriverError(
        'ERR_IRP_DEVICE_ADD',
        `${where} created no device: call deviceInit.createDevice()`,
        spec.name,
      )
    }
    device.isInitializing = false
    this.devices.set(device.id, device)
    this.#enterRoutes(device)
    return describeDevice(device)
  }

  /** Runs the device's start sequence (home worker) and opens its queues. */
  async startDevice(id: number): Promise<void> {
    const device = this.#deviceOf(id)
    if (device.isHome) await startDevice(device)
    // Queues may have been made in EvtDevicePrepareHardware.
    this.#enterRoutes(device)
    for (const queue of device.queues) queue.open()
    this.#events.wake()
  }

  /**
   * Holds the device's queues, cancels what waits in them, lets the driver end what it owns for at most
   * `patienceMs`, runs its stop sequence (home worker), takes it out of the table.
   */
  async stopDevice(id: number, patienceMs = 0): Promise<void> {
    const device = this.#deviceOf(id)
    for (const queue of device.queues) queue.hold()
    try {
      this.#purge(device)
      await this.#ownedEnded(device, patienceMs)
      if (device.isHome) await stopDevice(device)
    } finally {
      // Once more: what has come since then would be left behind a gate that nobody opens.
      this.#purge(device)
      this.#endOwned(id)
      this.removeDevice(id)
    }
  }

  /** Cancels what waits in the device's queues and what its driver marked cancelable. */
  #purge(device: Device): void {
    for (const queue of device.queues) {
      while (queue.head !== null) {
        const request = queue.head
        queue.remove(request)
        queue.owned++
        request.finish(STATUS_CANCELLED, 0)
      }
    }
    this.#forEachRequestOf(device.id, (request) => {
      if (request.state === REQUEST_CANCELABLE) request.callCancel()
    })
  }

  /** Resolves when the driver owns no request of the device any more, or after `patienceMs`. */
  async #ownedEnded(device: Device, patienceMs: number): Promise<void> {
    const deadline = performance.now() + patienceMs
    while (device.queues.some((queue) => queue.owned > 0) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  /** Ends what the driver still owns after its stop sequence: it will not hear of the device again. */
  #endOwned(id: number): void {
    this.#forEachRequestOf(id, (request) => {
      if (request.gate !== this.turn.frameworkGate) request.finish(STATUS_DEVICE_REMOVED, 0)
    })
  }

  #forEachRequestOf(id: number, visit: (request: DispatchedRequest) => void): void {
    for (const port of this.turn.ports) {
      for (const request of port.requests) {
        if (request.state !== REQUEST_FREE && request.deviceId === id) visit(request)
      }
    }
  }

  /** Takes a device out of the dispatch table; its requests get STATUS_NO_SUCH_DEVICE from now on. */
  removeDevice(id: number): void {
    const row = id << ROW_DEVICE_SHIFT
    for (let i = 0; i < DISPATCH_ROW_WIDTH; i++) this.turn.dispatchTable[row + i] = null
    this.devices.delete(id)
  }

  /** Requests that a queue holds or a driver owns, on this worker. */
  get outstanding(): number {
    let count = this.turn.frameworkGate.owned
    for (const device of this.devices.values()) {
      for (const queue of device.queues) count += queue.owned + queue.queued
    }
    return count
  }

  unload(): void {
    this.#loader.unload()
  }

  // TurnHooks

  routeWithoutQueue(request: DispatchedRequest, major: number): void {
    const device = this.devices.get(request.deviceId)
    if (device === undefined) {
      request.finish(STATUS_NO_SUCH_DEVICE, 0)
      return
    }
    const preprocess = device.preprocess.get(major)
    if (preprocess !== undefined) {
      this.handlerReturned(request, preprocess(device, request as Request))
      return
    }
    this.routeInFramework(request, major)
  }

  /** What the Framework does with a request by itself: files, and everything that nobody handles. */
  routeInFramework(request: DispatchedRequest, major: number): void {
    const device = this.#deviceOf(request.deviceId)
    switch (major) {
      case IRP_MJ_CREATE:
        this.#create(device, request as Request)
        break
      case IRP_MJ_CLEANUP:
        device.files.EvtFileCleanup?.(this.#fileObjectOf(request as Request))
        request.finish(STATUS_SUCCESS, 0)
        break
      case IRP_MJ_CLOSE:
        this.#close(device, request as Request)
        break
      default:
        request.finish(STATUS_INVALID_DEVICE_REQUEST, 0)
    }
  }

  handlerThrew(request: DispatchedRequest | null, error: unknown): void {
    const name = request === null ? 'unknown' : this.#nameOf(request)
    const callback =
      request === null ? 'a callback' : `the handler of major ${request.majorFunction}`
    if (request !== null) this.#failRequest(request, error)
    this.#events.driverFault(name, callback, reportError(error))
  }

  handlerReturned(request: DispatchedRequest, result: unknown): void {
    if (!isThenable(result)) return
    // The same slot may carry another request by the time the promise settles.
    const stillTheSame = request.currentUse()
    const device = this.#nameOf(request)
    this.pendingAsync++
    result.then(
      () => {
        this.pendingAsync--
      },
      (error: unknown) => {
        this.pendingAsync--
        if (stillTheSame()) this.handlerThrew(request, error)
        else this.#events.driverFault(device, 'an asynchronous handler', reportError(error))
      },
    )
  }

  wake(): void {
    this.#events.wake()
  }

  #nameOf(request: DispatchedRequest): string {
    return this.devices.get(request.deviceId)?.name ?? 'unknown'
  }

  #failRequest(request: DispatchedRequest, error: unknown): void {
    const { state } = request
    // Ended, or sent on to a queue before the callback threw: not its own any more.
    if (state === REQUEST_FREE || state === REQUEST_WAITING) return
    if (state !== REQUEST_OWNED && state !== REQUEST_CANCELING) request.evtRequestCancel = null
    request.finish(failureStatusOf(error) ?? STATUS_DRIVER_INTERNAL_ERROR, 0)
  }

  #create(device: Device, request: Request): void {
    // An open that failed, or an earlier owner of the channel, may have left one under this number.
    this.#files.delete(keyOf(request.port.memory.id, request.fileId))
    const file = this.#fileObjectOf(request)
    const create = device.files.EvtDeviceFileCreate
    if (create === undefined) request.finish(STATUS_SUCCESS, FILE_OPENED)
    else this.handlerReturned(request, create(device, request, file))
  }

  #close(device: Device, request: Request): void {
    const file = this.#fileObjectOf(request)
    try {
      device.files.EvtFileClose?.(file)
    } finally {
      this.#files.delete(keyOf(file.channelId, file.fileId))
    }
    request.finish(STATUS_SUCCESS, 0)
  }

  #fileObjectOf(request: Request): FileObject {
    const channelId = request.port.memory.id
    const key = keyOf(channelId, request.fileId)
    const known = this.#files.get(key)
    if (known !== undefined) return known
    const device = this.#deviceOf(request.deviceId)
    const file = new FileObject(device, channelId, request.fileId)
    this.#files.set(key, file)
    return file
  }

  #deviceOf(id: number): Device {
    const device = this.devices.get(id)
    if (device === undefined) {
      throw new DriverError(
        'ERR_IRP_DEVICE_START',
        `there is no device ${id} on worker ${this.worker}`,
        id,
      )
    }
    return device
  }

  #enterRoutes(device: Device): void {
    const table = this.turn.dispatchTable
    const row = device.id << ROW_DEVICE_SHIFT
    while (table.length < row + DISPATCH_ROW_WIDTH) table.push(null)
    for (let major = 0; major < MAJOR_FUNCTION_COUNT; major++) {
      table[row + major] = device.preprocess.has(major)
        ? null
        : (device.dispatchTable[major] ?? null)
    }
  }
}

/** A failure status that an error carries, to be handed on. */
function statusOf(error: unknown): { ntstatus?: number } {
  const ntstatus = failureStatusOf(error)
  return ntstatus === undefined ? {} : { ntstatus }
}

/** Both are below 2^21, so the pair is an exact number. */
function keyOf(channelId: number, fileId: number): number {
  return channelId * 2 ** 32 + fileId
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === 'function'
}
