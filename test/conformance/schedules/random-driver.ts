/**
 * Random driver: whatever a driver may do with its requests and queues, at any moment, chosen by the seed; and
 * what the model says about each answer. Runs on: the schedule's own thread.
 */
import type { Random } from '../../../native-sim/random.js'
import {
  STATUS_CANCELLED,
  STATUS_DRIVER_INTERNAL_ERROR,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_WDF_BUSY,
  STATUS_WDF_PAUSED,
} from '../../../src/abi/ntstatus.js'
import { statusName } from '../../../src/abi/ntstatus-name.js'
import type { Device } from '../../../src/framework/device.js'
import type { IoQueue } from '../../../src/framework/io-queue.js'
import type { Request } from '../../../src/framework/request.js'
import { driverUrl } from '../../harness/inline-driver.js'
import { limitOf, type QueuePlan } from './plan.js'
import { Broken, end, Item, QueueModel } from './queue-model.js'
import { IntendedError, type World } from './world.js'

const FINAL = [STATUS_SUCCESS, STATUS_SUCCESS, STATUS_NOT_FOUND, STATUS_CANCELLED]
const OPERATIONS = [
  'start',
  'start',
  'start',
  'stop',
  'stopAndPurge',
  'drain',
  'purge',
  'hold',
  'resume',
  'resume',
] as const

/** The driver whose callbacks the modules below call: schedules run one after the other. */
let current: RandomDriver

function setCurrent(driver: RandomDriver): void {
  current = driver
}

/** One module a level, for all schedules. */
export const LEVEL_DRIVERS = [0, 1].map((level) =>
  driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      current.addDevice(
        init.createDevice({ synchronizationScope: current.world.plan.scope }),
        level,
      )
    },
  }),
)

export class RandomDriver {
  readonly world: World
  readonly #random: Random
  #isMarking = false

  constructor(world: World, random: Random) {
    this.world = world
    this.#random = random
  }

  /** Its callbacks are those of the modules above, until another driver says the same. */
  install(): void {
    setCurrent(this)
  }

  addDevice(device: Device, level: number): void {
    for (const [index, plan] of (this.world.plan.levels[level] ?? []).entries()) {
      this.#addQueue(device, level, index, plan)
    }
  }

  /** Something that the driver of a level does of its own accord, inside a callback or outside. */
  act(level: number, worker: number): void {
    this.world.sync(worker)
    const isMine = (queue: QueueModel | null): boolean => {
      return queue?.level === level && queue.worker === worker
    }
    const queues = this.world.queues.filter(isMine)
    if (queues.length === 0) return
    for (const queue of queues) queue.compare()
    switch (this.#random.nextBelow(10)) {
      case 0:
      case 1:
        this.#operate(this.#pick(queues))
        break
      case 2:
      case 3:
        this.#retrieve(this.#pick(queues))
        break
      case 4: {
        const sent = [...this.world.sentDown].filter((item) => isMine(item.queue))
        if (sent.length > 0) this.#cancelSent(this.#pick(sent))
        break
      }
      default: {
        const mine = [...this.world.held].filter((item) => isMine(item.queue))
        if (mine.length > 0) this.#touch(this.#pick(mine))
      }
    }
  }

  /** Brings everything to its end: queues started, everything completed. */
  wrapUp(): void {
    for (const model of this.world.queues) {
      this.world.sync(model.worker)
      this.world.note(`driver: start ${model.name}`)
      model.start()
      model.queue.start()
      model.isHeld = false
      model.queue.power.resume()
    }
    for (const model of this.world.queues) if (model.isManual) this.#retrieve(model)
    for (const item of this.world.held) {
      if (item.place === 'armed' || item.place === 'due') this.#unmark(item)
      if (item.place === 'owned' || item.place === 'canceling') this.#complete(item, STATUS_SUCCESS)
    }
  }

  #addQueue(device: Device, level: number, index: number, plan: QueuePlan): void {
    const { dispatchType, limit, allowZeroLengthRequests, takesWrites } = plan
    let model: QueueModel
    const handler = (_queue: IoQueue, request: Request): void => this.#handle(model, request)
    const isManual = dispatchType === 'manual'
    const handlers = plan.hasOwnHandlers
      ? { EvtIoRead: handler, EvtIoWrite: handler }
      : { EvtIoDefault: handler }
    const queue = device.createIoQueue({
      dispatchType,
      defaultQueue: index === 0,
      allowZeroLengthRequests,
      ...(limit === 0 ? {} : { numberOfPresentedRequests: limit }),
      ...(isManual ? {} : handlers),
      ...(plan.hasEvtIoCanceledOnQueue
        ? { EvtIoCanceledOnQueue: (_queue, request) => this.#canceledOnQueue(model, request) }
        : {}),
    })
    if (takesWrites) device.configureRequestDispatching(queue, 'write')
    model = new QueueModel(level, index, queue, limitOf(plan), takesWrites)
    if (queue.livesHere) this.world.queues.push(model)
  }

  // Callbacks.

  #handle(model: QueueModel, request: Request): void {
    const { world } = this
    world.callback(model.queue.device, 'a request handler', true, () => {
      const item = world.itemOf(model.level, request.deviceOffset)
      world.note(`${model.name} presents ${item.number}`)
      model.deliver(item)
      this.#own(item, request)
      if (this.#random.nextBelow(16) === 0) this.#throw(item)
      if (this.#random.nextBelow(4) !== 0) this.#touch(item)
      for (let more = this.#random.nextBelow(3); more > 0; more--)
        this.act(model.level, model.worker)
    })
  }

  #canceledOnQueue(model: QueueModel, request: Request): void {
    const { world } = this
    world.callback(model.queue.device, 'EvtIoCanceledOnQueue', true, () => {
      const item = world.itemOf(model.level, request.deviceOffset)
      world.note(`${model.name}: EvtIoCanceledOnQueue of ${item.number}`)
      if (!model.canceledOnQueue.delete(item)) {
        throw new Broken(`EvtIoCanceledOnQueue of ${item.number}, which is ${item.place}`)
      }
      item.place = 'owned'
      item.isGivenUp = true
      model.owned++
      this.#own(item, request)
      if (this.#random.nextBelow(2) === 0) this.#complete(item, STATUS_CANCELLED)
      if (this.#random.nextBelow(2) === 0) this.act(model.level, model.worker)
    })
  }

  #cancelCallback(item: Item): void {
    const { world } = this
    const { device } = queueOf(item).queue
    world.callback(device, 'EvtRequestCancel', !this.#isMarking, () => {
      world.note(`EvtRequestCancel of ${item.number}`)
      if (item.place !== 'due') {
        throw new Broken(`EvtRequestCancel of ${item.number}, which is ${item.place}`)
      }
      item.place = 'canceling'
      // A cancel is a hint: the request may end with any status, now or later.
      if (this.#random.nextBelow(3) !== 0) this.#complete(item, this.#pick(FINAL))
      if (this.#random.nextBelow(3) === 0) this.act(queueOf(item).level, item.worker)
    })
  }

  #completionRoutine(item: Item, status: number): void {
    const { world } = this
    const { device } = queueOf(item).queue
    world.callback(device, 'a completion routine', false, () => {
      const { below } = item
      world.note(`${item.number} comes back with ${statusName(status)}`)
      if (item.place !== 'sent' || below === null) {
        throw new Broken(`${item.number} comes back, which is ${item.place}`)
      }
      below.hasReturned = true
      // Ended without its driver: as an empty transfer, or by a cancel that came before it.
      if (below.cancelAsked && status === STATUS_CANCELLED && stillWaits(below)) {
        world.cancelWaiting(below)
      }
      below.queue?.settleEmpty((other) => world.hasReallyEnded(other))
      if (!below.mayEndWith(status)) {
        const expected = below.place === 'ended' ? statusName(below.status) : below.place
        throw new Broken(`${item.number} comes back with ${statusName(status)}, not ${expected}`)
      }
      item.below = null
      item.place = 'owned'
      world.sentDown.delete(item)
      world.held.add(item)
      const { level } = queueOf(item)
      if (this.#random.nextBelow(2) === 0) this.#touch(item)
      if (this.#random.nextBelow(4) === 0) this.act(level, item.worker)
    })
  }

  #stateCallback(model: QueueModel, which: 'stop' | 'drain'): void {
    const { world } = this
    // The stop callback is the one that runs outside the callback lock (5.2); here it never nests either.
    world.callback(model.queue.device, `the ${which} callback`, true, () => {
      world.note(`${model.name}: the ${which} callback`)
      const isDue = which === 'stop' ? model.awaitsStop : model.awaitsDrain
      if (!isDue) throw new Broken(`${model.name}: the ${which} callback comes unasked`)
      if (which === 'stop') model.awaitsStop = false
      else model.awaitsDrain = false
      const holds = which === 'stop' ? model.isStopped : model.isDrained
      const isEarly = which === 'drain' && model.purged.some((item) => !world.hasReallyEnded(item))
      if (!holds || isEarly) throw new Broken(`${model.name}: the ${which} callback comes early`)
      model.purged = []
      for (let more = this.#random.nextBelow(2); more > 0; more--)
        this.act(model.level, model.worker)
    })
  }

  // What a driver does.

  #own(item: Item, request: Request): void {
    item.request = request
    this.world.held.add(item)
  }

  #touch(item: Item): void {
    switch (item.place) {
      case 'armed':
      case 'due':
        if (this.#unmark(item)) this.#complete(item, this.#pick(FINAL))
        break
      case 'canceling':
        this.#complete(item, this.#pick(FINAL))
        break
      case 'owned':
        this.#useOwned(item)
        break
      default:
        throw new Broken(`${item.number} is held and ${item.place}`)
    }
  }

  #useOwned(item: Item): void {
    const choice = item.isGivenUp ? 0 : this.#random.nextBelow(12)
    const model = queueOf(item)
    const hasLower = model.level + 1 < this.world.plan.levels.length
    if (choice < 4) this.#complete(item, this.#pick(FINAL))
    else if (choice < 7) this.#arm(item)
    else if (choice < 9) this.#forward(item)
    else if (choice < 11 && model.isManual) this.#requeue(item)
    else if (choice < 11 && hasLower) this.#send(item)
    else if (choice < 12 && hasLower) this.#forget(item)
  }

  #complete(item: Item, status: number): void {
    this.world.note(`driver: complete ${item.number} with ${statusName(status)}`)
    this.world.held.delete(item)
    end(item, status)
    requestOf(item).complete(status)
  }

  #throw(item: Item): never {
    this.world.note(`driver: throw with ${item.number}`)
    this.world.held.delete(item)
    this.world.intendedFaults++
    end(item, STATUS_DRIVER_INTERNAL_ERROR)
    throw new IntendedError('as planned')
  }

  #arm(item: Item): void {
    const model = queueOf(item)
    const request = requestOf(item)
    const isCanceled = item.cancelAsked || model.cancelsOwned
    const onCancel = (): void => this.#cancelCallback(item)
    if (this.#random.nextBelow(2) === 0) {
      this.world.note(`driver: markCancelableEx ${item.number}`)
      if (!isCanceled) item.place = 'armed'
      const status = request.markCancelableEx(onCancel)
      expectStatus('markCancelableEx', status, isCanceled ? STATUS_CANCELLED : STATUS_SUCCESS)
      if (isCanceled) this.#complete(item, STATUS_CANCELLED)
      return
    }
    this.world.note(`driver: markCancelable ${item.number}`)
    item.place = isCanceled ? 'due' : 'armed'
    this.#isMarking = isCanceled
    request.markCancelable(onCancel)
    this.#isMarking = false
  }

  /** True: the driver has it again. */
  #unmark(item: Item): boolean {
    this.world.note(`driver: unmarkCancelable ${item.number}`)
    const wasDue = item.place === 'due'
    if (!wasDue) item.place = 'owned'
    const status = requestOf(item).unmarkCancelable()
    expectStatus('unmarkCancelable', status, wasDue ? STATUS_CANCELLED : STATUS_SUCCESS)
    return !wasDue
  }

  #forward(item: Item): void {
    const model = queueOf(item)
    const request = requestOf(item)
    const level = this.world.queues.filter((queue) => queue.level === model.level)
    const to = this.#pick(level)
    this.world.note(`driver: forward ${item.number} to ${to.name}`)
    if (to === model || to.worker !== model.worker) {
      const status = request.forwardToIoQueue(to.queue)
      expectStatus('forwardToIoQueue', status, STATUS_INVALID_DEVICE_REQUEST)
    } else if (!to.accepts) {
      expectStatus('forwardToIoQueue', request.forwardToIoQueue(to.queue), STATUS_WDF_BUSY)
    } else {
      model.owned--
      this.world.held.delete(item)
      to.append(item)
      if (item.cancelAsked) to.cancelWaiting(item)
      expectStatus('forwardToIoQueue', request.forwardToIoQueue(to.queue), STATUS_SUCCESS)
    }
  }

  #requeue(item: Item): void {
    const model = queueOf(item)
    this.world.note(`driver: requeue ${item.number}`)
    model.owned--
    this.world.held.delete(item)
    model.putBack(item)
    if (item.cancelAsked || model.cancelsOwned) model.cancelWaiting(item)
    expectStatus('requeue', requestOf(item).requeue(), STATUS_SUCCESS)
  }

  #send(item: Item): void {
    const { world } = this
    const model = queueOf(item)
    const request = requestOf(item)
    world.note(`driver: send ${item.number} down`)
    const below = new Item(item.number, item.worker, item.isWrite, item.isEmpty)
    below.cancelAsked = item.cancelAsked
    below.upper = item
    item.below = below
    item.place = 'sent'
    world.held.delete(item)
    world.sentDown.add(item)
    request.formatRequestUsingCurrentType()
    request.setCompletionRoutine((_request, _target, { status }) => {
      this.#completionRoutine(item, status)
    })
    world.enterLevel(model.level + 1, below)
    world.queueAt(model.level + 1, item.worker, item.isWrite).arrive(below)
    if (!request.send(model.queue.device.ioTarget)) {
      throw new Broken(`send of ${item.number} says ${statusName(request.getStatus())}`)
    }
    if (stillWaits(below) && below.cancelAsked) {
      throw new Broken(`${item.number} was cancelled before it was sent, and waits below`)
    }
  }

  #cancelSent(item: Item): void {
    this.world.note(`driver: cancelSentRequest ${item.number}`)
    this.world.cancelArrives(item)
    if (!requestOf(item).cancelSentRequest()) throw new Broken(`${item.number} is not sent`)
  }

  #forget(item: Item): void {
    const { world } = this
    const model = queueOf(item)
    const request = requestOf(item)
    const to = world.queueAt(model.level + 1, item.worker, item.isWrite)
    world.note(`driver: send and forget ${item.number}`)
    model.owned--
    world.held.delete(item)
    item.wasDelivered = false
    item.place = 'ring'
    world.enterLevel(to.level, item)
    to.arrive(item)
    if (!request.send(model.queue.device.ioTarget, { sendAndForget: true })) {
      throw new Broken(`send of ${item.number} says ${statusName(request.getStatus())}`)
    }
    if (stillWaits(item) && item.cancelAsked) world.cancelWaiting(item)
  }

  #retrieve(model: QueueModel): void {
    const { queue } = model
    if (!model.isManual && (queue.dispatchType === 'parallel' || model.owned === 0)) return
    this.world.note(`driver: retrieve from ${model.name}`)
    // On its way down a queue may be retrieved from, once it is off not: that is 3.8, not told apart here.
    if (model.isHeld) return
    if (!model.dispatches) {
      expectThrow(() => queue.retrieveNextRequest(), { ntstatus: STATUS_WDF_PAUSED })
      return
    }
    const request = queue.retrieveNextRequest()
    model.settleEmpty((item) => this.world.hasReallyEnded(item))
    if (request === null) {
      if (model.waiting.length > 0) throw new Broken(`${model.name} has nothing to retrieve`)
      return
    }
    const item = this.world.itemOf(model.level, request.deviceOffset)
    model.take(item)
    this.#own(item, request)
  }

  #operate(model: QueueModel): void {
    const { queue } = model
    const operation = this.#pick([...OPERATIONS])
    this.world.note(`driver: ${operation} ${model.name}`)
    if (operation === 'start') {
      model.start()
      queue.start()
      return
    }
    if (operation === 'hold' || operation === 'resume') {
      model.isHeld = operation === 'hold'
      queue.power[operation]()
      return
    }
    const isStop = operation === 'stop' || operation === 'stopAndPurge'
    const callback = (): void => this.#stateCallback(model, isStop ? 'stop' : 'drain')
    const asked = this.#random.nextBelow(5) === 0 ? null : callback
    if (asked !== null && (isStop ? model.awaitsStop : model.awaitsDrain)) {
      expectThrow(() => queue[operation](asked), { code: 'WDF_QUEUE_FATAL_ERROR' })
      return
    }
    if (isStop) model.awaitsStop ||= asked !== null
    else model.awaitsDrain ||= asked !== null
    model.accepts = isStop
    if (isStop) model.dispatches = false
    if (operation === 'drain') model.dispatches = true
    if (operation === 'purge' || operation === 'stopAndPurge') model.cancelAll(this.world.held)
    queue[operation](asked)
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[this.#random.nextBelow(choices.length)] as T
  }
}

function queueOf(item: Item): QueueModel {
  if (item.queue === null) throw new Broken(`${item.number} is in no queue`)
  return item.queue
}

/** Asked again after a call that may have called back. */
function stillWaits(item: Item): boolean {
  return item.place === 'waiting'
}

function requestOf(item: Item): Request {
  if (item.request === null) throw new Broken(`${item.number} has no request object`)
  return item.request
}

function expectStatus(call: string, status: number, expected: number): void {
  if (status === expected) return
  throw new Broken(`${call} says ${statusName(status)} instead of ${statusName(expected)}`)
}

function expectThrow(call: () => unknown, expected: Record<string, unknown>): void {
  try {
    call()
  } catch (error) {
    for (const [name, value] of Object.entries(expected)) {
      if ((error as Record<string, unknown>)[name] !== value) throw error
    }
    return
  }
  throw new Broken(`a call does not throw ${JSON.stringify(expected)}`)
}
