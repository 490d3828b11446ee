/**
 * Request router: where a request goes that no queue takes directly, how a special one ends, and what a
 * throwing callback does to its request. Runs on: worker; never on the path of a request that a queue takes
 * and whose handler does not throw.
 *
 *   arrives ► preprocess callback ► dynamic dispatch callbacks ► EvtIoInCallerContext ► queue
 *                                   no queue: files, or a filter's next lower device, or refused
 *
 * Invariant: every request that comes in here ends, or is owned by a driver that has seen it.
 * Source: FxPkgIo::DispatchStep1 and 2; kmdf.md 3.1.
 */
import { callbackNumber } from '../abi/callback-names.js'
import { ROW_DEVICE_SHIFT } from '../abi/irp-layout.js'
import {
  IRP_MJ_CLEANUP,
  IRP_MJ_CLOSE,
  IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_NO_SUCH_DEVICE } from '../abi/ntstatus.js'
import { REQUEST_FREE, type DispatchedRequest } from '../dispatch/dispatched-request.js'
import { CallbackPlace } from '../dispatch/callback-place.js'
import { RECORD_CALLBACK_FAILED, RECORD_DRIVER_FAULT } from '../abi/recorder-layout.js'
import { DispatchTurn, type TurnHooks } from '../dispatch/dispatch-turn.js'
import type { LevelledTurn } from '../dispatch/levelled-turn.js'
import type { QueueGate } from '../dispatch/queue-gate.js'
import { isThenable } from '../dispatch/work-item-queue.js'
import { DRIVER_CREATED, requestViolation } from '../dispatch/wdf-violation.js'
import { ChildDevices, childEvents, type ChildListConfig } from './child-devices.js'
import type { Device } from './device.js'
import type { DeviceServices } from './device-services.js'
import { attachHardware, DeviceHardware, type HardwareResources } from './device-hardware.js'
import type { DeviceInit, RequestAttributes } from './device-init.js'
import { DevicePower } from './device-power.js'
import { enterRoutes, queueOf, topOf } from './dispatch-routes.js'
import { reportError } from './errors.js'
import { failRequest, isDriverOwned } from './request-failure.js'
import type { FileObject } from './file-object.js'
import { FileObjects } from './file-objects.js'
import { FileRequests } from './file-requests.js'
import type { FrameworkEvents } from './framework-events.js'
import type { ChildAttributes, ObjectReports } from './framework-object.js'
import { IoQueue, type QueueChange } from './io-queue.js'
import { IoTarget, type TargetRoute } from './io-target.js'
import { LocalRoute, NOWHERE, routesFrom } from './local-route.js'
import { LOCAL_PARTY, type LockParty } from './lock-party.js'
import { LocalRequests } from './local-requests.js'
import { parentInDevice } from './object-parent.js'
import { newObjectReports } from './object-reports.js'
import { RemoteTarget } from './remote-target.js'
import { DriverBuffers } from './request-buffers.js'
import { Request, type RequestServices } from './request.js'
import { endObject, releaseObject } from './request-object.js'
import { RequestSender } from './request-sender.js'
import { newLevels } from './worker-levels.js'

export class RequestRouter implements TurnHooks, DeviceServices, RequestServices {
  readonly turn: DispatchTurn
  readonly locals: LocalRequests
  readonly sender: RequestSender
  readonly files = new FileObjects()
  readonly devices = new Map<number, Device>()
  /** Handlers that returned a promise which has not settled: the event loop must run. */
  pendingAsync = 0
  /** Somebody waits for a promise that was resolved in a turn. */
  wantsEventLoop = false
  readonly lockParty: LockParty
  readonly objectReports: ObjectReports
  readonly place: CallbackPlace
  #levels: LevelledTurn | undefined
  readonly #fileRequests: FileRequests
  readonly #events: FrameworkEvents

  constructor(events: FrameworkEvents) {
    this.#events = events
    this.lockParty = events.lockParty ?? LOCAL_PARTY
    this.place = events.place ?? new CallbackPlace()
    this.turn = new DispatchTurn(this)
    this.objectReports = newObjectReports(this, events)
    const noBuffers = new DriverBuffers(null, null)
    this.locals = new LocalRequests(
      this.turn,
      (port, slot) => new Request(port, slot, this.turn.frameworkGate, noBuffers, this),
    )
    this.sender = new RequestSender(this.turn, this.locals)
    this.#fileRequests = new FileRequests(this, (device, callback, error) =>
      events.driverFault(device.name, callback, reportError(error)),
    )
  }

  // TurnHooks

  routeWithoutQueue(request: DispatchedRequest, major: number): void {
    const device = this.devices.get(request.deviceId)
    if (device === undefined) request.end(STATUS_NO_SUCH_DEVICE, 0)
    else this.enter(device, request as Request, major)
  }

  endSpecial(request: DispatchedRequest, status: number, information: number): void {
    this.endIt(request as Request, status, information)
  }

  forEachRequestOf(gate: QueueGate, visit: (request: DispatchedRequest) => void): void {
    for (const ports of [this.turn.ports, this.locals.ports]) {
      for (const port of ports) {
        for (const request of port.requests) {
          if (request.state !== REQUEST_FREE && request.gate === gate) visit(request)
        }
      }
    }
  }

  cancelSent(request: DispatchedRequest): void {
    this.sender.cancelSent(request as Request)
  }

  callbackThrew(gate: QueueGate, callback: string, error: unknown): void {
    const device = gate instanceof IoQueue ? gate.device.name : 'unknown'
    this.#events.driverFault(device, callback, reportError(error))
  }

  handlerThrew(request: DispatchedRequest | null, gate: QueueGate, error: unknown): void {
    if (request === null) {
      this.#events.driverFault('unknown', 'a callback', reportError(error))
      return
    }
    const name = this.#nameOf(request, gate)
    const callback = `the handler of major ${request.majorFunction}`
    // Sent on before its handler threw: it is another driver's now, or nobody's yet.
    if (request.gate === gate) failRequest(request, error)
    this.record(RECORD_DRIVER_FAULT, request.deviceId, request.majorFunction, request.slot)
    this.#events.driverFault(name, callback, reportError(error))
  }

  handlerReturned(request: DispatchedRequest, gate: QueueGate, result: unknown): void {
    if (!isThenable(result)) return
    // The slot may carry another request by the time the promise settles, and may do so already; or the
    // handler has sent this one on, and it is another driver's.
    const isOwn = request.gate === gate && isDriverOwned(request)
    const isStillOwn = isOwn ? request.currentUse() : NEVER
    const device = this.#nameOf(request, gate)
    this.pendingAsync++
    result.then(
      () => {
        this.pendingAsync--
      },
      (error: unknown) => {
        this.pendingAsync--
        if (isStillOwn()) this.handlerThrew(request, gate, error)
        else this.#events.driverFault(device, 'an asynchronous handler', reportError(error))
      },
    )
  }

  wake(): void {
    this.#events.wake()
  }

  wantEventLoop(): void {
    this.wantsEventLoop = true
    if (!this.turn.isRunning) this.#events.wake()
  }

  // DeviceServices

  toQueue(device: Device, request: Request): void {
    const queue = queueOf(device, request.majorFunction)
    if (queue === null) this.byFramework(device, request, request.majorFunction)
    else this.turn.redirect(request, queue, false)
  }

  toDispatchCallback(device: Device, request: Request, position: number): void {
    const major = request.majorFunction
    const entry = device.dispatchCallbacks.get(major)?.[position]
    if (entry !== undefined) {
      const { callback, driverContext } = entry
      this.callDriver(request, () => callback(device, request, driverContext, position + 1))
    } else if (device.inCallerContext !== undefined && isQueueable(major)) {
      const { inCallerContext } = device
      if (!this.#hasResources(device, request)) return
      this.callDriver(request, () => inCallerContext(device, request))
    } else {
      this.toQueue(device, request)
    }
  }

  routesChanged(device: Device): void {
    if (this.devices.has(device.id)) enterRoutes(this.turn.dispatchTable, topOf(device))
  }

  localTarget(device: Device): IoTarget {
    const { lower } = device
    const route = lower === null ? NOWHERE : this.routeTo(lower, false)
    return new IoTarget(this.sender, 'started', lower?.name ?? null, route, device.object)
  }

  remoteTarget(device: Device, attributes: ChildAttributes<RemoteTarget>): RemoteTarget {
    const parent = parentInDevice('ioTarget', attributes.parent, device.object)
    const openRoute = routesFrom(device, this, this.#events.openRemote)
    return new RemoteTarget(this.sender, openRoute, parent, attributes)
  }

  childListFor(device: Device, config: ChildListConfig): ChildDevices {
    return new ChildDevices(device, config, childEvents(device, this.#events))
  }

  powerFor(device: Device, init: DeviceInit): DevicePower {
    const reports = {
      place: this.place,
      fault: ({ name }: Device, callback: string, error: unknown) =>
        this.#events.driverFault(name, callback, reportError(error)),
      failed: ({ id }: Device, step: string, status: number) =>
        this.record(RECORD_CALLBACK_FAILED, id, callbackNumber(step), status),
      transition: ({ name }: Device, machine: string, state: string) =>
        this.#events.transition?.(name, machine, state),
    }
    return new DevicePower(device, init, reports, this.#events.machines ?? {})
  }

  hardwareFor(device: Device, resources: HardwareResources | undefined): DeviceHardware {
    this.#levels ??= newLevels(this, this.#events)
    const hardware = new DeviceHardware(device, this.#levels, resources)
    if (device.power?.isPreparing === true) hardware.phase = 'prepare-hardware'
    else if (!device.isInitializing) hardware.phase = 'later'
    attachHardware(device, hardware)
    return hardware
  }

  changeQueueElsewhere(device: Device, queue: number, change: QueueChange): Promise<void> {
    return this.#events.changeQueueElsewhere?.(device.id, queue, change) ?? Promise.resolve()
  }

  /** The way to a device of this worker. `defers`: not a level of the sender's own stack. */
  routeTo(device: Device, defers: boolean): TargetRoute {
    return new LocalRoute(this, device, defers)
  }

  // RequestServices

  fileObjectOf(request: Request): FileObject {
    const device = request.ioQueue?.device ?? this.devices.get(request.deviceId)
    if (device === undefined) throw new TypeError('the request belongs to no device any more')
    return this.files.at(device, request)
  }

  /** A line for whoever looks after this worker's death. */
  record(code: number, a: number, b = 0, c = 0): void {
    this.#events.record?.(code, a, b, c)
  }

  // What follows is the way of one request.

  private enter(device: Device, request: Request, major: number): void {
    const preprocess = device.preprocess.get(major)
    if (preprocess !== undefined) this.callDriver(request, () => preprocess(device, request))
    else this.toDispatchCallback(device, request, 0)
  }

  /** False: a reserved request stands for it, which comes past EvtIoInCallerContext. */
  #hasResources(device: Device, request: Request): boolean {
    const progress = queueOf(device, request.majorFunction)?.forwardProgress ?? null
    if (progress === null) return true
    const { gate } = request
    this.turn.leave(gate)
    if (!progress.admits(request)) return false
    gate.owned++
    return true
  }

  /** @internal A request comes down to a device from the level above, or from another one of this worker. */
  arrive(device: Device, request: Request, isDeferred: boolean): void {
    const major = request.majorFunction
    const gate = this.turn.dispatchTable[(device.id << ROW_DEVICE_SHIFT) | major] ?? null
    if (gate !== null) {
      this.turn.leave(request.gate)
      this.turn.deliver(gate, request, isDeferred)
    } else {
      this.arriveWithoutQueue(device, request, major)
    }
  }

  /** A function of its own: the closure would cost `arrive` an allocation whenever it is called. */
  private arriveWithoutQueue(device: Device, request: Request, major: number): void {
    const { frameworkGate } = this.turn
    if (request.gate !== frameworkGate) {
      this.turn.leave(request.gate)
      request.gate = frameworkGate
      frameworkGate.owned++
    }
    if (!this.devices.has(device.id)) request.end(STATUS_NO_SUCH_DEVICE, 0)
    else this.callDriver(request, () => this.enter(device, request, major))
  }

  /** What the Framework does with a request by itself: files, and everything that nobody handles. */
  private byFramework(device: Device, request: Request, major: number): void {
    switch (major) {
      case IRP_MJ_CREATE:
        this.#fileRequests.create(device, request)
        break
      case IRP_MJ_CLEANUP:
        this.#fileRequests.cleanup(device, request)
        break
      case IRP_MJ_CLOSE:
        this.#fileRequests.close(device, request)
        break
      default:
        if (device.isFilter && device.lower !== null) {
          this.arrive(device.lower, request, this.sender.routines > 0)
        } else request.end(STATUS_INVALID_DEVICE_REQUEST, 0)
    }
  }

  private endIt(request: Request, status: number, information: number): void {
    const { extras, gate } = request
    const upper = extras === null ? null : extras.upper
    const reserve = extras === null ? null : extras.reserve
    if (extras !== null && extras.isDriverCreated) requestViolation(request, DRIVER_CREATED)
    if (extras !== null && extras.opening !== null) this.files.opened(extras.opening, status)
    const object = extras === null || reserve !== null ? null : extras.object
    const isTold = request.wasSeen && reserve === null && gate instanceof IoQueue
    const attributes = isTold && object === null ? gate.device.requestAttributes : undefined
    const disposal = object?.dispose()
    this.notify(request, 'EvtCleanup', attributes)
    if (extras !== null && (upper !== null || extras.isOrphan)) {
      request.state = REQUEST_FREE
      this.turn.leave(gate)
      reserve?.takeBack(request)
      // With EvtDestroy to come it stays what it was until the level above has had its turn.
      const isDone = reserve === null && attributes === undefined && object === null
      if (isDone) this.locals.give(request)
      if (upper !== null) this.sender.childEnded(upper, status, information)
      this.notify(request, 'EvtDestroy', attributes)
      if (object !== null && !releaseObject(request, object, disposal)) this.locals.drop(request)
      else if (reserve === null && !isDone) this.locals.give(request)
      if (!this.turn.isRunning) this.wake()
      return
    }
    request.isSpecial = false
    request.finish(status, information)
    this.notify(request, 'EvtDestroy', attributes)
    if (object !== null && !releaseObject(request, object, disposal)) {
      request.port.renew(request.slot)
    }
    extras?.reset()
  }

  /** @internal The level that owns it hands it on for good: the request object of that level ends. */
  letGo(request: Request): void {
    // A reserved request keeps its context: it holds the resources.
    if (request.extras !== null && request.extras.reserve !== null) {
      request.extras.endMemories()
      return
    }
    if (!endObject(request)) {
      const attributes = request.ioQueue?.device.requestAttributes
      this.notify(request, 'EvtCleanup', attributes)
      this.notify(request, 'EvtDestroy', attributes)
    }
    if (request.extras !== null) request.extras.hasContext = false
  }

  private notify(
    request: Request,
    name: 'EvtCleanup' | 'EvtDestroy',
    attributes: RequestAttributes | undefined,
  ): void {
    try {
      attributes?.[name]?.(request)
    } catch (error) {
      this.callbackThrew(request.gate, `${name} of a request`, error)
    }
  }

  /** Calls a driver's callback about a request that it owns from now on. */
  private callDriver(request: Request, callback: () => unknown): void {
    this.turn.callHandler(request, callback)
  }

  #nameOf(request: DispatchedRequest, gate: QueueGate): string {
    const device = gate instanceof IoQueue ? gate.device : this.devices.get(request.deviceId)
    return device?.name ?? 'unknown'
  }
}

const NEVER = (): boolean => false

function isQueueable(major: number): boolean {
  switch (major) {
    case IRP_MJ_READ:
    case IRP_MJ_WRITE:
    case IRP_MJ_DEVICE_CONTROL:
    case IRP_MJ_INTERNAL_DEVICE_CONTROL:
      return true
    default:
      return false
  }
}
