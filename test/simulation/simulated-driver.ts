/**
 * Simulated driver: a driver that does with its requests whatever a driver may do, at any moment, chosen by the seed,
 * and sometimes what it may not. Runs on: the simulation's one thread, as a worker.
 */
import { statusName } from '../../src/abi/ntstatus-name.js'
import { STATUS_CANCELLED, STATUS_SUCCESS, STATUS_UNSUCCESSFUL } from '../../src/abi/ntstatus.js'
import { IRP_MJ_DEVICE_CONTROL } from '../../src/abi/major-function.js'
import type { Device } from '../../src/framework/device.js'
import type { DriverModule } from '../../src/framework/driver.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import {
  WdfRequestStopActionPurge,
  WdfRequestStopRequestCancelable,
  type IoQueueConfig,
} from '../../src/framework/io-queue-config.js'
import { WdfIoQueuePnpHeld } from '../../src/framework/io-queue-state.js'
import {
  DEVICE_CALLBACK_NAMES,
  type DeviceCallbackName,
  type DeviceCallbacks,
} from '../../src/framework/pnp/device-callbacks.js'
import type { Request } from '../../src/framework/request.js'
import type { Timer } from '../../src/framework/timer.js'
import { type DeviceHistory, QueueHistory } from './device-history.js'
import type { RequestHistory } from './history.js'
import type { Behaviour, LevelPlan, QueuePlan } from './plan.js'
import type { WorkerActor } from './worker-actor.js'
import { contentOf, isContentOf, type World } from './world.js'

export const DRIVER_URL = 'simulation:driver'
/** Offsets count in requests. */
export const UNIT = 512
const LATE_MS = 20
/** What a driver throws on purpose. */
class IntendedError extends Error {}

/** A request that the driver of one level owns. */
interface Held {
  readonly request: Request
  readonly sequence: number
  readonly history: RequestHistory
  readonly queue: QueueHistory
  /** Acknowledged and kept while the device sleeps: EvtIoResume, or its cancel, goes on with it. */
  isKept: boolean
}

/** The world that drivers live in now: simulations run one after the other. */
let world: World

export function setDriverWorld(next: World): void {
  world = next
}

/** The driver module of a source. */
export function simulatedDriver(
  defineDriver: (config: DriverModule) => DriverModule,
): DriverModule {
  return defineDriver({
    EvtDriverDeviceAdd(_driver, init) {
      const { name, level } = init.parameters as { name: string; level: number }
      const history = world.devices.get(name)
      const plan = history?.plan.levels[level]
      if (history === undefined || plan === undefined) throw new Error(`no plan for ${name}`)
      const driver = new LevelDriver(world, history, plan, level)
      init.setPnpPowerEventCallbacks(driver.callbacks())
      driver.build(init.createDevice({ synchronizationScope: history.plan.scope }))
    },
  } as DriverModule)
}

class LevelDriver {
  readonly #world: World
  readonly #device: DeviceHistory
  readonly #plan: LevelPlan
  readonly #level: number
  readonly actor: WorkerActor
  readonly held = new Set<Held>()
  /** Owned requests of the device, by the object that stands for them. */
  readonly #queues = new Map<IoQueue, QueueHistory>()
  #manual: IoQueue | undefined
  #timer: Timer | undefined

  constructor(inWorld: World, device: DeviceHistory, plan: LevelPlan, level: number) {
    this.#world = inWorld
    this.#device = device
    this.#plan = plan
    this.#level = level
    this.actor = inWorld.worker
    inWorld.drivers.push(this)
  }

  build(device: Device): void {
    for (const [i, plan] of this.#plan.queues.entries()) {
      const queue = device.createIoQueue(this.#configOf(plan, i))
      if (i === 1) device.configureRequestDispatching(queue, 'write')
      const isAnywhere = queue.worker < 0
      const name = `${this.#device.plan.name}/${this.#level} queue ${i}`
      const limit = isAnywhere ? Infinity : plan.limit
      this.#queues.set(queue, new QueueHistory(name, this.actor, limit))
    }
    const { behaviours } = this.#plan
    if (!behaviours.includes('park and pull')) return
    const manual = device.createIoQueue({
      dispatchType: 'manual',
      ...(this.#device.plan.scope === 'none' ? { synchronizationScope: 'device' as const } : {}),
    })
    if (!device.isHome || !manual.livesHere) return
    this.#manual = manual
    const name = `${this.#device.plan.name}/${this.#level} manual queue`
    this.#queues.set(manual, new QueueHistory(name, this.actor, Infinity))
    this.#timer = device.hardware.createTimer({
      parent: device,
      automaticSerialization: false,
      EvtTimerFunc: () => this.#pull(),
    })
  }

  callbacks(): DeviceCallbacks {
    const names = DEVICE_CALLBACK_NAMES.filter(
      (name) => name !== 'EvtDeviceArmWakeFromSxWithReason',
    )
    return Object.fromEntries(names.map((name) => [name, () => this.#callback(name)]))
  }

  #callback(name: DeviceCallbackName): unknown {
    const { kernel } = this.#world
    if (this.#level !== 0) return STATUS_SUCCESS
    const rules = this.#device.invariantsOn(this.actor)
    kernel.note(`${name} of ${this.#device.plan.name}`)
    rules.begin(name)
    this.#check(rules.broken)
    const isRefused = name.startsWith('EvtDeviceQuery') && kernel.chance(0.3)
    const status = isRefused ? STATUS_UNSUCCESSFUL : STATUS_SUCCESS
    const end = (): number => {
      rules.end(name, status >= 0)
      this.#check(rules.broken)
      return status
    }
    if (this.#plan.callbackMs === 0 || kernel.chance(0.5)) return end()
    return sleep(kernel.within(this.#plan.callbackMs)).then(end)
  }

  #check(broken: string | undefined): void {
    if (broken !== undefined) this.#world.broken(`${this.#device.plan.name}: ${broken}`)
  }

  #configOf(plan: QueuePlan, index: number): IoQueueConfig {
    const handler = (queue: IoQueue, request: Request): void | Promise<void> =>
      this.#handle(queue, request)
    return {
      dispatchType: plan.dispatchType,
      defaultQueue: index === 0,
      powerManaged: plan.powerManaged,
      ...(plan.dispatchType === 'parallel' ? { numberOfPresentedRequests: plan.limit } : {}),
      EvtIoDefault: handler,
      ...(plan.hasEvtIoStop
        ? {
            EvtIoStop: (_queue, request, flags) => this.#stop(request, flags),
            EvtIoResume: (_queue, request) => this.#resume(request),
          }
        : {}),
    }
  }

  #handle(queue: IoQueue, request: Request): void | Promise<void> {
    const { kernel } = this.#world
    const held = this.#own(queue, request)
    if (this.#level === 0) this.#world.present(held.queue, held.history)
    this.#checkData(held)
    if (kernel.faults.strikes('worker hang')) this.actor.hang()
    if (kernel.faults.strikes('driver throws')) this.#throw(held)
    const behaviour = kernel.pick(this.#plan.behaviours)
    if (kernel.faults.strikes('never completes')) {
      this.#arm(held, Infinity)
      return undefined
    }
    return this.#do(behaviour, held)
  }

  #do(behaviour: Behaviour, held: Held): void | Promise<void> {
    const { kernel } = this.#world
    switch (behaviour) {
      case 'complete':
        this.#complete(held, STATUS_SUCCESS)
        return undefined
      case 'fail':
        this.#complete(held, STATUS_UNSUCCESSFUL)
        return undefined
      case 'complete later':
        setTimeout(() => this.#completeLate(held), kernel.within(LATE_MS))
        return undefined
      case 'asynchronous':
        return this.#completeAfterSleep(held)
      case 'cancelable':
        this.#arm(held, kernel.within(2 * LATE_MS))
        return undefined
      case 'park and pull':
        this.#forward(held)
        return undefined
      case 'send down':
        this.#send(held)
        return undefined
      default:
        this.#forget(held)
        return undefined
    }
  }

  async #completeAfterSleep(held: Held): Promise<void> {
    const { kernel } = this.#world
    await sleep(kernel.within(LATE_MS))
    if (!this.#isStill(held)) return
    if (kernel.faults.strikes('driver throws')) this.#throw(held)
    this.#complete(held, STATUS_SUCCESS)
  }

  #own(queue: IoQueue, request: Request): Held {
    const history = this.#world.requestOf(idOf(request))
    const model = this.#queues.get(queue) as QueueHistory
    model.owned++
    if (model.owned > model.limit) {
      this.#world.broken(`${model.name} has ${model.owned} owned, not ${model.limit}`)
    }
    const rules = this.#device.invariants.get(this.actor)
    if (this.#level === 0 && queue.powerManaged && rules?.isInD0 === false && queue.device.isHome) {
      this.#world.broken(`${model.name} presents ${history.id} outside D0`)
    }
    const held = { request, sequence: request.sequence, history, queue: model, isKept: false }
    this.held.add(held)
    return held
  }

  #note({ history, queue }: Held, what: string): void {
    this.#world.kernel.note(`driver of ${queue.name}: ${history.id}: ${what}`)
  }

  /** The driver gives it up: completed, or another queue's. */
  #release(held: Held): void {
    this.held.delete(held)
    held.queue.owned--
  }

  /** Its device may have gone meanwhile, and the Framework has ended it. */
  #isStill(held: Held): boolean {
    if (held.isKept) return false
    return this.held.has(held) && held.request.sequence === held.sequence && !isFree(held.request)
  }

  #checkData({ request, history }: Held): void {
    if (history.kind === 'read') return
    const bytes = request.retrieveInputBuffer()
    if (!isContentOf(history.id, history.kind === 'write' ? bytes : bytes.subarray(4))) {
      this.#world.broken(`${history.kind} ${history.id} brings other bytes than were sent`)
    }
  }

  #complete(held: Held, status: number): void {
    const { request, history } = held
    const { kernel } = this.#world
    this.#note(held, `completes with ${statusName(status)}`)
    const information = status < 0 ? 0 : history.length
    if (status >= 0 && history.kind !== 'write' && history.length > 0) {
      request.retrieveOutputBuffer().set(contentOf(history.id, history.length))
    }
    this.#release(held)
    history.decided.push({ status, information })
    request.completeWithInformation(status, information)
    if (kernel.faults.strikes('double completion')) this.#completeAgain(request)
  }

  #completeAgain(request: Request): void {
    let refusal: unknown
    try {
      request.complete(STATUS_SUCCESS)
    } catch (error) {
      refusal = error
    }
    if (refusal === undefined) this.#world.broken('a second completion was taken')
  }

  #completeLate(held: Held): void {
    const { kernel } = this.#world
    if (kernel.faults.strikes('uncaught exception')) throw new IntendedError('outside a handler')
    if (!this.#isStill(held)) return
    this.#complete(held, kernel.pick([STATUS_SUCCESS, STATUS_SUCCESS, STATUS_UNSUCCESSFUL]))
  }

  #throw(held: Held): never {
    this.#note(held, 'throws')
    this.#release(held)
    held.history.hasThrown = true
    throw new IntendedError('as planned')
  }

  /** Marks it cancelable, and completes it after a time, or never. */
  #arm(held: Held, ms: number): void {
    const { request } = held
    this.#note(held, ms === Infinity ? 'keeps it until it is cancelled' : 'marks it cancelable')
    const canceled = (): void => {
      if (this.held.has(held)) this.#complete(held, STATUS_CANCELLED)
    }
    if (request.markCancelableEx(canceled) < 0) {
      this.#complete(held, STATUS_CANCELLED)
    } else if (ms < Infinity) {
      setTimeout(() => {
        if (this.#isStill(held) && request.unmarkCancelable() >= 0) this.#completeLate(held)
      }, ms)
    }
  }

  #forward(held: Held): void {
    const { request } = held
    const manual = this.#manual
    this.#note(held, 'parks it')
    if (manual === undefined) {
      this.#complete(held, STATUS_SUCCESS)
      return
    }
    this.#release(held)
    if (request.forwardToIoQueue(manual) < 0) {
      held.queue.owned++
      this.held.add(held)
      this.#complete(held, STATUS_UNSUCCESSFUL)
      return
    }
    this.#timer?.start(this.#world.kernel.within(LATE_MS))
  }

  /** The timer of the manual queue: takes one, and comes again while there are more. */
  #pull(): void {
    const manual = this.#manual as IoQueue
    if (manual.head === null) return
    this.#timer?.start(this.#world.kernel.within(LATE_MS))
    // While the device sleeps, nothing can be taken.
    if ((manual.getState().flags & WdfIoQueuePnpHeld) !== 0) return
    const request = manual.retrieveNextRequest()
    if (request !== null) this.#complete(this.#own(manual, request), STATUS_SUCCESS)
  }

  #send(held: Held): void {
    const { request, history } = held
    this.#note(held, 'sends it down')
    request.formatRequestUsingCurrentType()
    request.setCompletionRoutine((back, _target, { status, information }) => {
      if (!this.#isStill(held)) return
      this.#release(held)
      history.decided.push({ status, information })
      back.completeWithInformation(status, information)
    })
    const timeoutMs = this.#world.kernel.chance(0.2) ? this.#world.kernel.within(LATE_MS) : 0
    if (request.send(targetOf(request), { timeoutMs })) return
    this.#release(held)
    history.decided.push({ status: request.getStatus(), information: 0 })
    request.complete(request.getStatus())
  }

  #forget(held: Held): void {
    const { request, history } = held
    this.#note(held, 'sends and forgets it')
    this.#release(held)
    if (request.send(targetOf(request), { sendAndForget: true })) return
    history.decided.push({ status: request.getStatus(), information: 0 })
    request.complete(request.getStatus())
  }

  #heldOf(request: Request): Held | undefined {
    return [...this.held].find((held) => held.request === request && this.#isStill(held))
  }

  /** EvtIoResume, of a request that it kept. */
  #resume(request: Request): void {
    const held = [...this.held].find((kept) => kept.request === request && kept.isKept)
    if (held === undefined) return
    this.#note(held, 'EvtIoResume')
    held.isKept = false
    if (request.unmarkCancelable() < 0) return
    setTimeout(() => this.#completeLate(held), this.#world.kernel.within(LATE_MS))
  }

  /** EvtIoStop. */
  #stop(request: Request, flags: number): void {
    const held = this.#heldOf(request)
    if (held === undefined) return
    const { kernel } = this.#world
    const isPurge = (flags & WdfRequestStopActionPurge) !== 0
    const isCancelable = (flags & WdfRequestStopRequestCancelable) !== 0
    if (isCancelable && request.unmarkCancelable() < 0) return
    if (!request.isOwned) return
    this.#note(held, `EvtIoStop ${flags.toString(16)}`)
    if (isPurge || kernel.chance(0.3)) {
      this.#complete(held, STATUS_UNSUCCESSFUL)
    } else if (kernel.chance(0.5)) {
      this.#note(held, 'requeues it')
      this.#release(held)
      if (this.#level === 0) held.history.isRequeued = true
      request.stopAcknowledge(true)
    } else {
      request.stopAcknowledge(false)
      held.isKept = true
      this.#arm(held, Infinity)
    }
  }
}

function targetOf(request: Request): Device['ioTarget'] {
  return (request.ioQueue as IoQueue).device.ioTarget
}

function idOf(request: Request): number {
  if (request.majorFunction !== IRP_MJ_DEVICE_CONTROL) return request.deviceOffset / UNIT
  const input = request.retrieveInputBuffer(4)
  return new DataView(input.buffer, input.byteOffset).getUint32(0, true)
}

function isFree(request: Request): boolean {
  return request.state === 0
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
