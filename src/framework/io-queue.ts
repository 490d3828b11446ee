/**
 * I/O queue (WDFQUEUE): a queue gate with a device, a configuration and the driver's handlers.
 * Runs on: the worker it lives on. Only configuration and control are here; the path of a request is in
 * dispatch/queue-gate and dispatch/dispatch-turn, states and callbacks in io-queue-state.
 */
import {
  STATUS_DELETE_PENDING,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_FOUND,
  STATUS_WDF_PAUSED,
} from '../abi/ntstatus.js'
import type { DispatchedRequest } from '../dispatch/dispatched-request.js'
import { type EvtIoControl, type EvtIoTransfer, QueueGate } from '../dispatch/queue-gate.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import { WdfViolation } from '../dispatch/wdf-violation.js'
import type { Device } from './device.js'
import { WdfStatusError } from './errors.js'
import { checkQueueLevel, effectiveLevel, type ExecutionLevel } from './execution-level.js'
import type { FileObject } from './file-object.js'
import { ForwardProgress, type ForwardProgressPolicy } from './forward-progress.js'
import { FoundRequest } from './found-request.js'
import { FrameworkObject } from './framework-object.js'
import { handlesMajor, type IoQueueConfig, presentedLimit } from './io-queue-config.js'
import {
  type EvtIoQueueState,
  type IoQueueSnapshot,
  IoQueueState,
  type QueueChange,
} from './io-queue-state.js'
import { parentInDevice } from './object-parent.js'
import { QueuePower } from './queue-power.js'
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

export type { QueueChange }

export class IoQueue extends QueueGate {
  readonly device: Device
  readonly dispatchType: DispatchType
  readonly synchronizationScope: SynchronizationScope
  readonly executionLevel: ExecutionLevel
  readonly isDefault: boolean
  /** Whether it dispatches only while its device is in D0. */
  readonly powerManaged: boolean
  /** Worker it lives on, ANY_WORKER if it runs on all. */
  readonly worker: number
  /** @internal Driver-owned requests allowed while dispatching, on this worker. */
  readonly openLimit: number
  /** @internal Every request of it is special: the driver gave its requests callbacks, or reserved some. */
  watchesRequests = false
  /** @internal What it does when a request cannot have its resources. */
  forwardProgress: ForwardProgress | null = null
  /** @internal */
  readonly config: IoQueueConfig
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject<IoQueue>
  /** @internal */
  readonly state: IoQueueState
  /** @internal */
  readonly power: QueuePower
  private readonly turn: DispatchTurn

  /** @internal Drivers call `device.createIoQueue`. The configuration has been checked. */
  constructor(device: Device, config: IoQueueConfig, turn: DispatchTurn) {
    super(refuseRequest)
    this.device = device
    this.dispatchType = config.dispatchType
    this.isDefault = config.defaultQueue === true
    this.allowZeroLengthRequests = config.allowZeroLengthRequests === true
    this.config = config
    const parent = parentInDevice('queue', config.parent, device.object)
    this.object = new FrameworkObject<IoQueue>('queue', this, parent, config)
    this.turn = turn
    this.powerManaged = config.powerManaged ?? !device.isFilter
    const { homeWorker, thisWorker, workerCount, staysHome = false } = device.placement
    const scope = effectiveScope(
      config.synchronizationScope ?? 'inherit',
      device.synchronizationScope,
    )
    this.synchronizationScope = scope
    this.executionLevel = effectiveLevel(config.executionLevel, device.executionLevel)
    checkQueueLevel(scope, this.executionLevel, device.executionLevel)
    // A queue that comes after EvtDriverDeviceAdd is made on this worker only, and lives here.
    const newcomer = device.isInitializing
      ? placeQueue(scope, this.dispatchType, device.queues.length, homeWorker, workerCount)
      : thisWorker
    const place = staysHome ? homeWorker : newcomer
    const limit = presentedLimit(config)
    // A limit that does not reach round the pool is kept by staying home.
    this.worker = place === ANY_WORKER && limit < workerCount ? homeWorker : place
    const share = this.worker === ANY_WORKER ? shareOfLimit(limit, thisWorker, workerCount) : limit
    // A small integer, so that the hot comparison stays one of small integers.
    this.openLimit = Math.min(share, MAX_LIMIT)
    this.watchesRequests = device.requestAttributes !== undefined
    this.power = new QueuePower(this, turn)
    this.state = new IoQueueState(this, turn)
    this.duties = this.state

    // EvtIoDefault stands in wherever the specific handler is missing; the extra arguments do not hurt it.
    const fallback = (config.EvtIoDefault ?? refuseRequest) as EvtIoTransfer & EvtIoControl
    this.evtIoDefault = fallback
    this.evtIoRead = (config.EvtIoRead as EvtIoTransfer | undefined) ?? fallback
    this.evtIoWrite = (config.EvtIoWrite as EvtIoTransfer | undefined) ?? fallback
    this.evtIoDeviceControl = (config.EvtIoDeviceControl as EvtIoControl | undefined) ?? fallback
    this.evtIoInternalDeviceControl =
      (config.EvtIoInternalDeviceControl as EvtIoControl | undefined) ?? fallback
    this.state.refresh()
  }

  /**
   * Takes the lock of this queue's callbacks: its own with queue scope, its device's with device scope.
   * WdfObjectAcquireLock. @throws WdfViolation as `device.acquireLock`.
   */
  acquireLock(): void {
    this.device.lockOfQueue(this).acquire()
  }

  /** WdfObjectReleaseLock. @throws WdfViolation WDF_INVALID_LOCK_OPERATION when it is not held. */
  releaseLock(): void {
    this.device.lockOfQueue(this).release()
  }

  /** It lives on this worker, perhaps on others too. */
  get livesHere(): boolean {
    return this.worker === ANY_WORKER || this.worker === this.device.placement.thisWorker
  }

  /** Whether the queue can take requests of that major function (manual queues take all). */
  handles(major: number): boolean {
    return handlesMajor(this.config, major)
  }

  /** Accepts and dispatches again after stop, drain or purge. WdfIoQueueStart. */
  start(): void {
    this.#everywhere('start', null)
  }

  /**
   * Goes on accepting, presents nothing. `stopComplete` is called once the driver owns no request of the
   * queue, outside any handler. A queue that lives on every worker is stopped on all of them. WdfIoQueueStop.
   * @throws WdfViolation WDF_QUEUE_FATAL_ERROR while an earlier stop's callback is outstanding.
   */
  stop(stopComplete: EvtIoQueueState | null = null): void {
    this.#everywhere('stop', stopComplete)
  }

  /** As stop; waiting requests and those marked cancelable are cancelled. WdfIoQueueStopAndPurge. */
  stopAndPurge(stopAndPurgeComplete: EvtIoQueueState | null = null): void {
    this.#everywhere('stopAndPurge', stopAndPurgeComplete)
  }

  /**
   * Accepts nothing more (STATUS_INVALID_DEVICE_STATE), presents what waits. `drainComplete` is called once
   * everything has ended. WdfIoQueueDrain.
   * @throws WdfViolation WDF_QUEUE_FATAL_ERROR while an earlier drain's or purge's callback is outstanding.
   */
  drain(drainComplete: EvtIoQueueState | null = null): void {
    this.#everywhere('drain', drainComplete)
  }

  /** As drain, but cancels what waits and what is marked cancelable. WdfIoQueuePurge. */
  purge(purgeComplete: EvtIoQueueState | null = null): void {
    this.#everywhere('purge', purgeComplete)
  }

  /**
   * Awaitable stop: await it outside the queue's own handlers, or where the handler owns no request of the
   * queue: it would wait for itself. WdfIoQueueStopSynchronously.
   */
  stopSynchronously(): Promise<void> {
    return this.#whenDone((done) => this.stop(done))
  }

  /** Awaitable stopAndPurge. WdfIoQueueStopAndPurgeSynchronously. */
  stopAndPurgeSynchronously(): Promise<void> {
    return this.#whenDone((done) => this.stopAndPurge(done))
  }

  /** Awaitable drain. WdfIoQueueDrainSynchronously. */
  drainSynchronously(): Promise<void> {
    return this.#whenDone((done) => this.drain(done))
  }

  /** Awaitable purge. WdfIoQueuePurgeSynchronously. */
  purgeSynchronously(): Promise<void> {
    return this.#whenDone((done) => this.purge(done))
  }

  /** State flags and counts; of a queue that lives on every worker, this worker's part. WdfIoQueueGetState. */
  getState(): IoQueueSnapshot {
    return this.state.snapshot()
  }

  /**
   * The oldest waiting request, now driver-owned, or null when there is none (STATUS_NO_MORE_ENTRIES).
   * WdfIoQueueRetrieveNextRequest.
   * @throws WdfStatusError STATUS_INVALID_DEVICE_STATE on a parallel queue, STATUS_WDF_PAUSED on one that
   *   is stopped or whose device is not in D0.
   */
  retrieveNextRequest(): Request | null {
    this.#checkRetrieve()
    return this.turn.retrieve(this) as Request | null
  }

  /** As retrieveNextRequest, of that file only. WdfIoQueueRetrieveRequestByFileObject. */
  retrieveRequestByFileObject(file: FileObject): Request | null {
    this.#checkRetrieve()
    let next: DispatchedRequest | null = null
    for (let request = this.head; request !== null; request = next) {
      next = request.next
      const retrieved = (request as Request).isOfFile(file) ? this.turn.retrieveThis(request) : null
      if (retrieved !== null) return retrieved as Request
    }
    return null
  }

  /**
   * The first waiting request after `after` (from the head without it), of `file` if one is given; null when
   * there is none. It stays in the queue: look at its parameters, then `retrieveFoundRequest`.
   * WdfIoQueueFindRequest.
   * @throws WdfStatusError STATUS_INVALID_DEVICE_REQUEST on a queue that is not manual, STATUS_NOT_FOUND when
   *   `after` has left the queue: start again from the head.
   */
  findRequest(
    after: FoundRequest | null = null,
    file: FileObject | null = null,
  ): FoundRequest | null {
    this.#checkManual('findRequest')
    if (after !== null && !after.isIn(this)) throw notFound('findRequest')
    const first = after === null ? this.head : after.request.next
    for (let request = first; request !== null; request = request.next) {
      if (file === null || (request as Request).isOfFile(file))
        return new FoundRequest(request as Request)
    }
    return null
  }

  /**
   * Takes a request that findRequest saw. WdfIoQueueRetrieveFoundRequest.
   * @throws WdfStatusError STATUS_INVALID_DEVICE_REQUEST on a queue that is not manual, STATUS_NOT_FOUND when
   *   it has left the queue, STATUS_WDF_PAUSED as retrieveNextRequest.
   */
  retrieveFoundRequest(found: FoundRequest): Request {
    this.#checkManual('retrieveFoundRequest')
    this.#checkRetrieve()
    if (!found.isIn(this)) throw notFound('retrieveFoundRequest')
    const request = this.turn.retrieveThis(found.request)
    if (request === null) throw notFound('retrieveFoundRequest')
    return request as Request
  }

  /**
   * Calls `queueReady` whenever this manual queue goes from empty to non-empty: retrieve until there is
   * nothing left. Null unregisters, while the queue is stopped. WdfIoQueueReadyNotify.
   * @returns STATUS_SUCCESS, or STATUS_INVALID_DEVICE_REQUEST for a queue that is not manual, a second
   *   registration, an unregistration of none or while it dispatches; STATUS_DELETE_PENDING while it goes away.
   */
  readyNotify(queueReady: EvtIoQueueState | null): number {
    const { state } = this
    if (this.dispatchType !== 'manual') return STATUS_INVALID_DEVICE_REQUEST
    if (state.isShutDown) return STATUS_DELETE_PENDING
    const isRegistered = state.hasReadyNotify
    if (queueReady === null ? !isRegistered || state.dispatches : isRegistered) {
      return STATUS_INVALID_DEVICE_REQUEST
    }
    state.setReadyNotify(queueReady)
    return 0
  }

  /**
   * Reserves requests with which the queue goes on when its driver cannot allocate resources. Once a queue.
   * WdfIoQueueAssignForwardProgressPolicy.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER for a second policy, none to reserve, or a bad callback;
   *   STATUS_INSUFFICIENT_RESOURCES for too many; what EvtIoAllocateResourcesForReservedRequest failed with.
   */
  assignForwardProgressPolicy(policy: ForwardProgressPolicy): void {
    if (this.forwardProgress !== null) {
      throw new WdfStatusError(STATUS_INVALID_PARAMETER, 'the queue has a policy already')
    }
    const { localRequests } = this.device
    this.forwardProgress = new ForwardProgress(this, this.turn, localRequests, policy)
    this.watchesRequests = true
    this.state.refresh()
  }

  /** @internal A passive queue waits for its handlers at PASSIVE_LEVEL. */
  get waits(): boolean {
    return this.executionLevel === 'passive'
  }

  /** @internal */
  whyNotDeletable(): string | undefined {
    if (this.isDefault) return 'it is the default queue'
    const isConfigured = this.device.dispatchTable.includes(this)
    return isConfigured ? 'requests are configured to come to it' : undefined
  }

  /** @internal Deleted by its driver: it ends what it has. With its device, the Framework has ended that. */
  dispose(root: FrameworkObject): void | Promise<void> {
    const isBusy = this.owned + this.queued + this.state.owes > 0
    this.state.shutDown()
    if (isBusy && root.handle !== this.device) return this.purgeSynchronously()
    return undefined
  }

  /** @internal One of the state changes above, on this worker; `done` is called when it is done here. */
  changeHere(change: QueueChange, done: EvtIoQueueState | null): void {
    this.state.change(change, done)
  }

  #everywhere(change: QueueChange, done: EvtIoQueueState | null): void {
    if (this.worker !== ANY_WORKER) {
      this.changeHere(change, done)
      return
    }
    let arrived: (() => void) | undefined
    const here = new Promise<void>((resolve) => {
      arrived = resolve
    })
    // Not inside the promise: a violation is thrown to the driver who asked.
    this.changeHere(change, () => arrived?.())
    void this.#everywhereDone(here, change, done)
    this.turn.hooks.wantEventLoop()
  }

  async #everywhereDone(
    here: Promise<void>,
    change: QueueChange,
    done: EvtIoQueueState | null,
  ): Promise<void> {
    const index = this.device.queues.indexOf(this)
    await Promise.all([here, this.device.changeQueueElsewhere(index, change)])
    done?.(this)
  }

  #checkRetrieve(): void {
    if (this.dispatchType === 'parallel') {
      throw new WdfStatusError(
        STATUS_INVALID_DEVICE_STATE,
        'a parallel queue presents its requests itself',
        this.dispatchType,
      )
    }
    if (this.dispatchType === 'sequential' && this.owned === 0) {
      throw new WdfViolation(
        'WDF_QUEUE_FATAL_ERROR',
        'retrieve from a sequential queue by a driver that owns none of its requests: it races with the dispatch',
        this.dispatchType,
      )
    }
    if (!this.state.dispatches || (this.state.isHeld && this.power.isOff)) {
      throw new WdfStatusError(
        STATUS_WDF_PAUSED,
        'the queue is stopped, or its device is not in D0: its requests wait',
        this.state.snapshot().flags,
      )
    }
  }

  #checkManual(call: string): void {
    if (this.dispatchType === 'manual') return
    throw new WdfStatusError(
      STATUS_INVALID_DEVICE_REQUEST,
      `${call} is for manual queues, this one is ${this.dispatchType}`,
      this.dispatchType,
    )
  }

  #whenDone(ask: (done: EvtIoQueueState) => void): Promise<void> {
    return new Promise((resolve) => {
      ask(() => {
        resolve()
        // Whoever awaits this goes on in a turn of the event loop.
        this.turn.hooks.wantEventLoop()
      })
    })
  }
}

function notFound(call: string): WdfStatusError {
  return new WdfStatusError(STATUS_NOT_FOUND, `${call}: the request has left the queue`)
}

const MAX_LIMIT = 0x3fffffff
