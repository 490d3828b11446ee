/**
 * Queue model: what KMDF says an I/O queue does, written down a second time and as simply as possible, to hold
 * the real one against. Runs on: the schedule's own thread.
 *
 * A request is an item at one level of its stack; it is always at exactly one place:
 *
 *   ring ► waiting ► owned ◄► armed ► due ► canceling        due: EvtRequestCancel must come
 *             │        │ ▲
 *             │        ▼ │ the level below has ended it
 *             │       sent              ended from: waiting, owned, canceling
 *             └► canceledOnQueue ► owned                     EvtIoCanceledOnQueue must come
 */
import {
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_SUCCESS,
} from '../../../src/abi/ntstatus.js'
import type { IoQueue } from '../../../src/framework/io-queue.js'
import {
  WdfIoQueueAcceptRequests,
  WdfIoQueueDispatchRequests,
  WdfIoQueueDriverNoRequests,
  WdfIoQueueNoRequests,
  WdfIoQueuePnpHeld,
} from '../../../src/framework/io-queue-state.js'
import type { Request } from '../../../src/framework/request.js'

export type Place =
  | 'ring'
  | 'waiting'
  | 'owned'
  | 'armed'
  | 'due'
  | 'canceling'
  | 'canceledOnQueue'
  | 'sent'
  | 'ended'

/** One request at one level. */
export class Item {
  readonly number: number
  readonly worker: number
  readonly isWrite: boolean
  /** A read or write of no bytes. */
  readonly isEmpty: boolean
  place: Place = 'ring'
  queue: QueueModel | null = null
  /** A driver has had it. */
  wasDelivered = false
  cancelAsked = false
  /** EvtIoCanceledOnQueue gave it to the driver, who may do nothing but complete it. */
  isGivenUp = false
  request: Request | null = null
  /** The item above that this one carries out, and the one below that carries this one out. */
  upper: Item | null = null
  below: Item | null = null
  /** The item above has been told that this one has ended. */
  hasReturned = false
  /** How it ended. */
  status = 0
  /** Of the host's request; -1 for one that a level above made. */
  readonly handle: number
  /** An empty transfer whose turn and whose cancel came in one turn: which was first cannot be seen. */
  isEither = false
  /** What the host was told. */
  readonly told: number[] = []

  constructor(number: number, worker: number, isWrite: boolean, isEmpty: boolean, handle = -1) {
    this.number = number
    this.worker = worker
    this.isWrite = isWrite
    this.isEmpty = isEmpty
    this.handle = handle
  }

  mayEndWith(status: number): boolean {
    if (this.place !== 'ended') return false
    return status === this.status || (this.isEither && status === STATUS_SUCCESS)
  }
}

/** A rule was broken. */
export class Broken extends Error {}

export class QueueModel {
  readonly name: string
  /** 0 is the top of the stack. */
  readonly level: number
  readonly queue: IoQueue
  readonly worker: number
  /** Requests that the driver may own by presentation. */
  readonly limit: number
  readonly takesWrites: boolean
  accepts = true
  dispatches = true
  /** Its device is not in D0. */
  isHeld = false
  /** Purge, stop-and-purge: what is armed or put back from now on is cancelled. */
  cancelsOwned = false
  readonly waiting: Item[] = []
  owned = 0
  /** Callbacks that were asked for and have not come. */
  awaitsStop = false
  awaitsDrain = false
  /** Cancelled while waiting; EvtIoCanceledOnQueue has not come. */
  readonly canceledOnQueue = new Set<Item>()
  /** Ended by a purge, which the real queue may do a little later. */
  purged: Item[] = []

  constructor(level: number, index: number, queue: IoQueue, limit: number, takesWrites: boolean) {
    this.level = level
    this.takesWrites = takesWrites
    this.queue = queue
    this.worker = queue.device.placement.thisWorker
    this.limit = limit
    this.name = `queue ${level}.${index} of worker ${this.worker}`
  }

  /** Neither stopped nor held. */
  get presents(): boolean {
    return this.dispatches && !this.isHeld
  }

  get isManual(): boolean {
    return this.queue.dispatchType === 'manual'
  }

  /** Whether the Framework ends this one by itself as soon as its turn comes. */
  skips(item: Item): boolean {
    return item.isEmpty && !this.queue.allowZeroLengthRequests
  }

  /** An item comes in at the tail, not by a driver's forwarding. */
  arrive(item: Item): void {
    item.queue = this
    if (this.accepts) this.append(item)
    else end(item, STATUS_INVALID_DEVICE_STATE)
  }

  append(item: Item): void {
    item.queue = this
    item.place = 'waiting'
    this.waiting.push(item)
  }

  putBack(item: Item): void {
    item.place = 'waiting'
    this.waiting.unshift(item)
  }

  /** I1, I2, I3: the handler gets the oldest one, and only while there is room. */
  deliver(item: Item): void {
    if (item.place !== 'waiting' || item.queue !== this) {
      throw new Broken(`${this.name} presents ${item.number}, which is ${item.place}`)
    }
    if (!this.presents) throw new Broken(`${this.name} presents ${item.number} while stopped`)
    if (this.owned >= this.limit) {
      throw new Broken(`${this.name} presents ${item.number} with ${this.owned} owned already`)
    }
    this.take(item)
  }

  /** The oldest one leaves the queue for its driver. */
  take(item: Item): void {
    const [first] = this.waiting
    if (first !== item) {
      throw new Broken(`${this.name}: ${item.number} comes before ${first?.number ?? 'nothing'}`)
    }
    this.waiting.shift()
    item.place = 'owned'
    item.wasDelivered = true
    this.owned++
  }

  /** The Framework has ended empty transfers whose turn came: nobody is told about those. */
  settleEmpty(hasReallyEnded: (item: Item) => boolean): void {
    for (let [first] = this.waiting; first !== undefined; [first] = this.waiting) {
      if (!this.skips(first) || !hasReallyEnded(first)) return
      this.waiting.shift()
      end(first, STATUS_SUCCESS)
    }
  }

  /** A cancel reaches an item that waits here. */
  cancelWaiting(item: Item): void {
    this.waiting.splice(this.waiting.indexOf(item), 1)
    if (item.wasDelivered && this.queue.config.EvtIoCanceledOnQueue !== undefined) {
      item.place = 'canceledOnQueue'
      this.canceledOnQueue.add(item)
    } else {
      end(item, STATUS_CANCELLED)
    }
  }

  /** Purge and stop-and-purge. */
  cancelAll(armed: Iterable<Item>): void {
    this.cancelsOwned = true
    for (let [item] = this.waiting; item !== undefined; [item] = this.waiting) {
      this.cancelWaiting(item)
      if (item.place === 'ended') this.purged.push(item)
    }
    for (const item of armed) {
      if (item.queue === this && item.place === 'armed') item.place = 'due'
    }
  }

  start(): void {
    this.accepts = true
    this.dispatches = true
    this.cancelsOwned = false
  }

  /** The stop callback's condition. */
  get isStopped(): boolean {
    return this.owned === 0
  }

  /** The drain and purge callbacks' condition. */
  get isDrained(): boolean {
    return this.owned === 0 && this.waiting.length === 0 && this.canceledOnQueue.size === 0
  }

  /** Flags and counts are what the real queue says. */
  compare(): void {
    let flags = 0
    if (this.accepts) flags |= WdfIoQueueAcceptRequests
    if (this.dispatches) flags |= WdfIoQueueDispatchRequests
    if (this.waiting.length === 0) flags |= WdfIoQueueNoRequests
    if (this.owned === 0) flags |= WdfIoQueueDriverNoRequests
    if (this.isHeld) flags |= WdfIoQueuePnpHeld
    const real = this.queue.getState()
    const told = `${real.flags}, ${real.queueRequests} waiting, ${real.driverRequests} owned`
    const expected = `${flags}, ${this.waiting.length} waiting, ${this.owned} owned`
    if (told !== expected) {
      throw new Broken(`${this.name} says flags ${told}; it should be ${expected}`)
    }
  }

  /** Everything that could happen has happened. */
  checkRest(): void {
    if (this.awaitsStop && this.isStopped) throw new Broken(`${this.name}: stop callback missing`)
    if (this.awaitsDrain && this.isDrained) throw new Broken(`${this.name}: drain callback missing`)
    if (this.canceledOnQueue.size > 0) {
      throw new Broken(`${this.name}: EvtIoCanceledOnQueue is missing`)
    }
    const isOpen = this.presents && !this.isManual && this.owned < this.limit
    if (isOpen && this.waiting.length > 0) {
      throw new Broken(`${this.name} is open and leaves ${this.waiting.length} waiting`)
    }
    this.compare()
  }
}

/** The item has ended, wherever it was. */
export function end(item: Item, status: number): void {
  const { queue, place } = item
  if (queue !== null && (place === 'owned' || place === 'canceling')) queue.owned--
  item.place = 'ended'
  item.status = status
}
