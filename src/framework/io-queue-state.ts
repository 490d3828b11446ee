/**
 * I/O queue state: start, stop, drain, purge, and the callbacks that a queue owes. The slow half of a gate.
 * Runs on: the worker that the queue lives on; off the path of a request unless the queue uses it.
 *
 *                 Accept  Dispatch                          callback fires when
 *   start           1        1
 *   stop            1        0                              the driver owns nothing
 *   stop-and-purge  1        0     cancel waiting and armed  the driver owns nothing
 *   drain           0        1                              nothing waits, the driver owns nothing
 *   purge           0        as is cancel waiting and armed  nothing waits, the driver owns nothing
 *
 * Invariants: no callback runs inside a handler, nor inside the call that caused it: what is due is
 * remembered, and `attend` calls it in KMDF's order of precedence. Each state callback fires once.
 * Source: FxIoQueue; kmdf.md 3.3-3.6.
 */
import {
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_POWER_STATE_INVALID,
} from '../abi/ntstatus.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import {
  REQUEST_CANCELABLE,
  REQUEST_CANCEL_DUE,
  REQUEST_DOOMED,
  REQUEST_WAITING,
  type DispatchedRequest,
} from '../dispatch/dispatched-request.js'
import { DUTY, type QueueDuties } from '../dispatch/queue-gate.js'
import { WdfViolation } from '../dispatch/wdf-violation.js'
import type { FileObject } from './file-object.js'
import type { IoQueue } from './io-queue.js'
import type { Request } from './request.js'

/** Called when a queue has come to the state that was asked for. EVT_WDF_IO_QUEUE_STATE. */
export type EvtIoQueueState = (queue: IoQueue) => void

/** What can be asked of a queue's state. */
export type QueueChange = 'start' | 'stop' | 'stopAndPurge' | 'drain' | 'purge'

/** Flags of WDF_IO_QUEUE_STATE; kmdf.md 3.4. */
export const WdfIoQueueAcceptRequests = 1
export const WdfIoQueueDispatchRequests = 2
export const WdfIoQueueNoRequests = 4
export const WdfIoQueueDriverNoRequests = 8
export const WdfIoQueuePnpHeld = 0x10

/** What a queue does now. WdfIoQueueGetState. */
export interface IoQueueSnapshot {
  /** WdfIoQueueAcceptRequests and the other flags. */
  readonly flags: number
  /** Requests that wait. */
  readonly queueRequests: number
  /** Requests that the driver owns. */
  readonly driverRequests: number
}

interface StateChange {
  readonly done: EvtIoQueueState
  readonly name: string
}

export class IoQueueState implements QueueDuties {
  accepts = true
  dispatches = true
  /** Power-managed, and the device is not in D0. */
  isHeld: boolean
  /** The device is going away: the queue cannot accept again. */
  isShutDown = false
  /** While a power change tells the driver about its requests, cancel callbacks wait. */
  defersCancels = false
  readonly #queue: IoQueue
  readonly #turn: DispatchTurn
  #stop: StateChange | null = null
  #drain: StateChange | null = null
  /** Cancelled while they waited, by something that a callback did. */
  #doomed: DispatchedRequest[] = []
  /** Cancelled while armed, by something that a callback did. */
  #cancelDue: DispatchedRequest[] = []
  /** Cancelled in the queue after a driver had had them. */
  #canceledOnQueue: DispatchedRequest[] = []
  #readyNotify: EvtIoQueueState | null = null
  #becameReady = false
  /** Its requests keep the device in D0. */
  #holdsPower = false

  constructor(queue: IoQueue, turn: DispatchTurn) {
    this.#queue = queue
    this.#turn = turn
    this.isHeld = queue.powerManaged && !queue.device.isInD0
  }

  snapshot(): IoQueueSnapshot {
    const { queued, owned } = this.#queue
    let flags = 0
    if (this.accepts) flags |= WdfIoQueueAcceptRequests
    if (this.dispatches) flags |= WdfIoQueueDispatchRequests
    if (queued === 0) flags |= WdfIoQueueNoRequests
    if (owned === 0) flags |= WdfIoQueueDriverNoRequests
    if (this.isHeld) flags |= WdfIoQueuePnpHeld
    return { flags, queueRequests: queued, driverRequests: owned }
  }

  /** One of the changes that a driver asks for; `done` is called when it is there. */
  change(change: QueueChange, done: EvtIoQueueState | null): void {
    switch (change) {
      case 'start':
        this.start()
        done?.(this.#queue)
        break
      case 'stop':
      case 'stopAndPurge':
        this.stop(done, change === 'stopAndPurge')
        break
      case 'drain':
        this.drain(done)
        break
      case 'purge':
        this.purge(done)
    }
  }

  start(): void {
    if (!this.isShutDown) this.accepts = true
    this.dispatches = true
    this.#queue.cancelsOwned = false
    if (this.#queue.head !== null) this.#becameReady = true
    this.kick()
  }

  stop(done: EvtIoQueueState | null, cancels: boolean): void {
    this.#checkFree(this.#stop, done, 'stop')
    if (!this.isShutDown) this.accepts = true
    this.dispatches = false
    if (done !== null) this.#stop = { done, name: cancels ? 'stopAndPurge' : 'stop' }
    if (cancels) this.#cancelAll()
    this.kick()
  }

  drain(done: EvtIoQueueState | null): void {
    this.#checkFree(this.#drain, done, 'drain')
    this.accepts = false
    this.dispatches = true
    if (done !== null) this.#drain = { done, name: 'drain' }
    this.kick()
  }

  purge(done: EvtIoQueueState | null): void {
    this.#checkFree(this.#drain, done, 'purge')
    this.accepts = false
    if (done !== null) this.#drain = { done, name: 'purge' }
    this.#cancelAll()
    this.kick()
  }

  /** Calls `notify` whenever the queue goes from empty to non-empty; null takes it away. */
  setReadyNotify(notify: EvtIoQueueState | null): void {
    this.#readyNotify = notify
    this.#becameReady = notify !== null && this.#queue.head !== null
    this.kick()
  }

  get hasReadyNotify(): boolean {
    return this.#readyNotify !== null
  }

  /** The device has come to D0, or is leaving it. */
  hold(isHeld: boolean): void {
    if (isHeld && !this.#queue.powerManaged) return
    this.isHeld = isHeld
    if (!isHeld && this.#queue.head !== null) this.#becameReady = true
    this.kick()
  }

  /** The device goes away: nothing comes in any more, what waits and what is armed is cancelled. */
  shutDown(): void {
    this.isShutDown = true
    this.accepts = false
    this.dispatches = false
    this.#cancelAll()
    this.kick()
  }

  /** Requests that wait for a callback of attend. */
  get owes(): number {
    return this.#doomed.length + this.#canceledOnQueue.length
  }

  /** A file is being closed: cancels what waits of it. */
  flush(file: FileObject): void {
    this.#queue.forwardProgress?.cancelWaiting(file)
    const waiting: Request[] = []
    for (let request = this.#queue.head; request !== null; request = request.next) {
      if ((request as Request).isOfFile(file)) waiting.push(request as Request)
    }
    for (const request of waiting) {
      if (request.state === REQUEST_WAITING && request.gate === this.#queue) {
        this.#turn.cancel(request)
      }
    }
  }

  /** Brings the gate in line with the state. */
  refresh(): void {
    const queue = this.#queue
    queue.limit = this.dispatches && !this.isHeld ? queue.openLimit : 0
    const hasDuty =
      !this.accepts ||
      this.#stop !== null ||
      this.#drain !== null ||
      this.#doomed.length !== 0 ||
      this.#cancelDue.length !== 0 ||
      this.#canceledOnQueue.length !== 0 ||
      this.#readyNotify !== null ||
      queue.power.isWaiting ||
      (queue.device.usesIdle && queue.powerManaged) ||
      queue.watchesRequests
    queue.demand = hasDuty ? queue.demand | DUTY : queue.demand & ~DUTY
  }

  /** As refresh, and has the turn look at the queue. */
  kick(): void {
    this.refresh()
    if (this.#queue.demand === 0) return
    this.#turn.makeReady(this.#queue)
    if (!this.#turn.isRunning) this.#turn.wake()
  }

  // QueueDuties

  admits(request: DispatchedRequest): boolean {
    if (!this.#takesPower()) {
      this.#queue.owned++
      request.gate = this.#queue
      request.end(STATUS_POWER_STATE_INVALID, 0)
      return false
    }
    if (!this.accepts) {
      this.#queue.owned++
      request.gate = this.#queue
      request.state = REQUEST_WAITING
      request.end(STATUS_INVALID_DEVICE_STATE, 0)
      return false
    }
    if (this.#queue.watchesRequests) request.isSpecial = true
    if (this.#queue.forwardProgress?.admits(request) === false) return false
    this.#noteArrival()
    return true
  }

  takesBack(): void {
    this.#noteArrival()
  }

  takesCanceled(request: DispatchedRequest): boolean {
    if (this.#queue.config.EvtIoCanceledOnQueue === undefined) return false
    // It has put the request back all the same: told again, it would do so for ever.
    if (request.toldOfCancel === request.sequence) return false
    request.state = REQUEST_DOOMED
    this.#canceledOnQueue.push(request)
    this.kick()
    return true
  }

  cancelLater(request: DispatchedRequest): void {
    this.#cancelDue.push(request)
    this.kick()
  }

  /** The first request of an idle device's queue wakes it up. False: it cannot come up. */
  #takesPower(): boolean {
    const { device, powerManaged } = this.#queue
    if (!device.usesIdle || !powerManaged || this.#holdsPower || device.power === null) return true
    if (device.power.pnp.powerReference() < 0) return false
    this.#holdsPower = true
    return true
  }

  /** Nothing waits and nothing is with the driver: the device may go down. */
  #givesPower(): void {
    if (!this.#holdsPower || this.#queue.queued > 0 || this.#queue.owned > 0 || this.owes > 0)
      return
    this.#holdsPower = false
    this.#queue.device.power?.pnp.powerDereference()
  }

  attend(): void {
    this.#callCancels()
    this.#endDoomed()
    this.#callCanceledOnQueue()
    this.#callStateChanges()
    this.#callReadyNotify()
    this.#givesPower()
    this.#queue.power.look()
  }

  /** An empty queue gets a request: that is what a ready notification tells. */
  #noteArrival(): void {
    if (this.#queue.head !== null) return
    this.#becameReady = true
    this.#turn.makeReady(this.#queue)
  }

  /** EvtRequestCancel for requests that were armed when the queue was purged. */
  #callCancels(): void {
    if (this.defersCancels) return
    for (const request of this.#cancelDue.splice(0)) {
      if (request.state === REQUEST_CANCEL_DUE) request.callCancel()
    }
  }

  #endDoomed(): void {
    for (const request of this.#doomed.splice(0)) {
      if (request.wasDelivered && this.takesCanceled(request)) continue
      this.#queue.owned++
      request.end(STATUS_CANCELLED, 0)
    }
  }

  /** EvtIoCanceledOnQueue: even when the sequential queue's one place is taken. */
  #callCanceledOnQueue(): void {
    const queue = this.#queue
    const callback = queue.config.EvtIoCanceledOnQueue
    for (const request of this.#canceledOnQueue.splice(0)) {
      queue.owned++
      request.state = request.ownedState
      request.toldOfCancel = request.sequence
      this.#turn.callHandler(request, (owned) => callback?.(queue, owned as never))
    }
  }

  #callStateChanges(): void {
    const queue = this.#queue
    if (this.#stop !== null && queue.owned === 0) {
      const { done, name } = this.#stop
      this.#stop = null
      this.#call(name, done)
    }
    // The stop callback may just have purged: what that cancelled has not ended yet.
    if (this.#drain !== null && queue.owned === 0 && queue.queued === 0 && this.owes === 0) {
      const { done, name } = this.#drain
      this.#drain = null
      this.#call(name, done)
    }
  }

  #callReadyNotify(): void {
    if (!this.#becameReady || this.#readyNotify === null) return
    if (this.isHeld || !this.dispatches) return
    this.#becameReady = false
    if (this.#queue.head !== null) this.#call('ready notification', this.#readyNotify)
  }

  #call(name: string, callback: EvtIoQueueState): void {
    try {
      callback(this.#queue)
    } catch (error) {
      this.#turn.hooks.callbackThrew(this.#queue, `the ${name} callback`, error)
    }
  }

  /** Cancels what waits, and what the driver marked cancelable; the callbacks come later, from `attend`. */
  #cancelAll(): void {
    const queue = this.#queue
    queue.cancelsOwned = true
    queue.forwardProgress?.cancelWaiting(null)
    while (queue.head !== null) {
      const request = queue.head
      queue.remove(request)
      request.state = REQUEST_DOOMED
      this.#doomed.push(request)
    }
    this.#turn.hooks.forEachRequestOf(queue, (request) => {
      if (request.state !== REQUEST_CANCELABLE) return
      request.state = REQUEST_CANCEL_DUE
      this.#cancelDue.push(request)
    })
  }

  /** One callback of a kind may be outstanding; a call without one changes nothing about it. */
  #checkFree(pending: StateChange | null, done: EvtIoQueueState | null, asked: string): void {
    if (pending === null || done === null) return
    throw new WdfViolation(
      'WDF_QUEUE_FATAL_ERROR',
      `${asked} of a queue whose ${pending.name} is still under way: wait for its callback first`,
      asked,
    )
  }
}
