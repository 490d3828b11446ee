/**
 * World: an engine whose host, workers and drivers are moved by hand, and the model that follows every step.
 * Runs on: the schedule's own thread, which plays all the others.
 *
 * The model moves first: before the code under test is told to do something, the model has done it; and
 * before a callback is believed, the model has taken what its worker took from the submission ring. So
 * every callback is compared with the one state in which it may come.
 */
import { STATUS_SUCCESS } from '../../../src/abi/ntstatus.js'
import { statusName } from '../../../src/abi/ntstatus-name.js'
import { REQUEST_FREE } from '../../../src/dispatch/dispatched-request.js'
import type { Device } from '../../../src/framework/device.js'
import { Requester } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'
import type { Plan } from './plan.js'
import { Broken, Item, type QueueModel } from './queue-model.js'

const SLOTS = 8

/** What a host put into the submission ring of a worker, and how far the model has followed. */
interface Ring {
  readonly entries: { readonly item: Item; readonly isCancel: boolean }[]
  readonly origin: number
  taken: number
}

export class World {
  readonly plan: Plan
  readonly engine: SteppedEngine
  readonly events: string[] = []
  readonly queues: QueueModel[] = []
  /** What a driver has: owned, armed, due or canceling. */
  readonly held = new Set<Item>()
  /** What a driver has sent to the level below. */
  readonly sentDown = new Set<Item>()
  /** Every request of the host, by number. */
  readonly sent = new Map<number, Item>()
  /** The first rule that was broken, or the first unexpected error. */
  failure: unknown
  /** Faults that drivers made on purpose. */
  intendedFaults = 0
  readonly #rings: Ring[] = []
  /** Requests as the drivers of each level know them. */
  readonly #items: Map<number, Item>[]
  readonly #inside = new Set<Device>()
  #requester: Requester | undefined

  constructor(plan: Plan, firstPosition: number) {
    const { workers } = plan
    this.plan = plan
    this.engine = new SteppedEngine({ workers, slots: SLOTS, bufferBytes: 4096, firstPosition })
    this.#items = plan.levels.map(() => new Map<number, Item>())
    for (let worker = 0; worker < workers; worker++) {
      this.#rings.push({ entries: [], origin: this.#headOf(worker), taken: 0 })
    }
  }

  note(event: string): void {
    this.events.push(event)
  }

  // The host.

  /** Sends one request, if there is a slot for it. */
  send(number: number, isWrite: boolean, isEmpty: boolean): void {
    const { channel } = this.engine
    if (channel.inFlight === SLOTS) return
    this.#requester ??= new Requester(this.engine)
    const length = isEmpty ? 0 : 16
    const before = channel.ports.map(({ submissions }) => submissions.tail)
    const handle = isWrite
      ? this.#requester.write(number, length, number)
      : this.#requester.read(number, length, number)
    const worker = channel.ports.findIndex(({ submissions }, i) => submissions.tail !== before[i])
    channel.submit()
    const item = new Item(number, worker, isWrite, isEmpty, handle)
    this.sent.set(number, item)
    this.#rings[worker]?.entries.push({ item, isCancel: false })
    this.note(`host: ${isWrite ? 'write' : 'read'} ${number}${isEmpty ? ' of no bytes' : ''}`)
  }

  cancel(item: Item): void {
    if (item.told.length > 0 || item.cancelAsked) return
    this.note(`host: cancel ${item.number}`)
    item.cancelAsked = true
    this.#rings[item.worker]?.entries.push({ item, isCancel: true })
    const status = this.engine.channel.cancel(item.handle)
    if (status !== STATUS_SUCCESS) throw new Broken(`cancel of ${item.number} says ${status}`)
  }

  /** Takes completions: each request ends once, and as the model says. */
  reap(limit: number): void {
    this.syncAll()
    for (const { context, status } of this.engine.reap(limit)) {
      this.note(`host: ${context} has ended with ${statusName(status)}`)
      const item = this.sent.get(context)
      if (item === undefined) throw new Broken(`${context} was never sent`)
      item.told.push(status)
      if (item.told.length > 1) throw new Broken(`${context} has ended ${item.told.length} times`)
      if (!item.mayEndWith(status)) {
        const expected = item.place === 'ended' ? statusName(item.status) : `still ${item.place}`
        throw new Broken(`${context} has ended with ${statusName(status)}, it is ${expected}`)
      }
    }
  }

  // What the workers have taken.

  /** Moves the model as far as the worker has come in its ring. */
  sync(worker: number): void {
    const ring = this.#rings[worker]
    if (ring === undefined) return
    const taken = (this.#headOf(worker) - ring.origin) | 0
    while (ring.taken < taken) {
      const entry = ring.entries[ring.taken++]
      if (entry === undefined) throw new Broken(`worker ${worker} took what nobody sent`)
      if (entry.isCancel) this.cancelArrives(entry.item)
      else this.#defaultOrWrites(entry.item).arrive(entry.item)
    }
    for (const queue of this.queues) {
      if (queue.worker === worker) queue.settleEmpty((item) => this.hasReallyEnded(item))
    }
  }

  syncAll(): void {
    for (let worker = 0; worker < this.plan.workers; worker++) this.sync(worker)
  }

  /** The item that a driver's request stands for. */
  itemOf(level: number, number: number): Item {
    const item = this.#items[level]?.get(number)
    if (item === undefined) throw new Broken(`level ${level} knows no request ${number}`)
    return item
  }

  /** An item comes to a level of the stack. */
  enterLevel(level: number, item: Item): void {
    this.#items[level]?.set(item.number, item)
  }

  /** Whether the request object, or the level above, says that it is over. */
  hasReallyEnded(item: Item): boolean {
    if (item.upper !== null) return item.hasReturned
    const slot = this.engine.channel.slots.slotOf(item.handle)
    if (slot < 0) return true
    const request = this.engine.framework(item.worker).turn.ports[0]?.requests[slot]
    return request?.state === REQUEST_FREE
  }

  /** The queue that a level's requests of that type go to. */
  queueAt(level: number, worker: number, isWrite: boolean): QueueModel {
    const here = this.queues.filter((queue) => queue.level === level && queue.worker === worker)
    const writes = isWrite ? here.find(({ takesWrites }) => takesWrites) : undefined
    const queue = writes ?? here.find((model) => model.queue.isDefault)
    if (queue === undefined) throw new Broken(`worker ${worker} has no queue for this`)
    return queue
  }

  /** A cancel finds the item waiting, as far as the model can see. */
  cancelWaiting(item: Item): void {
    const { queue } = item
    if (queue === null) return
    item.isEither = queue.skips(item)
    if (item.isEither && this.hasReallyEnded(item)) item.wasDelivered = false
    queue.cancelWaiting(item)
  }

  /** Runs a callback of a device: serialized ones never inside one another (5.2). */
  callback(device: Device, name: string, isSerialized: boolean, body: () => void): void {
    try {
      if (isSerialized && this.#inside.has(device)) {
        throw new Broken(`${name} inside another callback of its device`)
      }
      const outermost = isSerialized && !this.#inside.has(device)
      if (outermost) this.#inside.add(device)
      try {
        this.sync(device.placement.thisWorker)
        body()
      } finally {
        if (outermost) this.#inside.delete(device)
      }
    } catch (error) {
      if (!(error instanceof IntendedError)) this.failure ??= error
      throw error
    }
  }

  /** Everything comes to rest: nothing that could happen has been forgotten. */
  rest(): void {
    this.engine.settle()
    this.syncAll()
    for (const queue of this.queues) queue.checkRest()
    for (const item of this.held) {
      if (item.place === 'due') throw new Broken(`EvtRequestCancel of ${item.number} is missing`)
    }
  }

  #defaultOrWrites(item: Item): QueueModel {
    this.enterLevel(0, item)
    return this.queueAt(0, item.worker, item.isWrite)
  }

  /** A cancel comes to wherever the request is. */
  cancelArrives(item: Item): void {
    switch (item.place) {
      case 'waiting':
        this.cancelWaiting(item)
        break
      case 'armed':
        item.place = 'due'
        break
      case 'sent':
        if (item.below === null) throw new Broken(`${item.number} was sent nowhere`)
        item.below.cancelAsked = true
        this.cancelArrives(item.below)
        break
      default:
      // A driver owns it and may ask; or it is over.
    }
  }

  #headOf(worker: number): number {
    return this.engine.framework(worker).turn.ports[0]?.submissions.head ?? 0
  }
}

/** What drivers throw on purpose. */
export class IntendedError extends Error {}
