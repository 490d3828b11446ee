/**
 * Host actor: a thread of the user's with a channel of its own, which sends requests by the promise or by the batch
 * API, cancels some, reaps, and closes what it opened, or dies. Runs on: the simulation's one thread.
 */
import type { Channel, ChannelDescriptor } from '../../src/manager/channel.js'
import type { Engine } from '../../src/manager/engine.js'
import type { IrpFile } from '../../src/manager/irp-file.js'
import { Actor } from './actor.js'
import type { DeviceHistory } from './device-history.js'
import { Killed, port } from './port.js'
import type { HostPlan } from './plan.js'
import { Calls, checkBuffers, drawRequest, type Prepared, prepare, reaped } from './requests.js'
import type { World } from './world.js'

const PAUSE_MS = 20
const BUFFER_BYTES = 4096
/** The thread dies after so many accesses more, at most. */
const LAST_ACCESSES = 60

export class HostActor extends Actor {
  readonly world: World
  readonly #plan: HostPlan
  channel: Channel | undefined
  /** It has closed its channel, and all its requests have ended. */
  isDone = false
  #file: IrpFile | undefined
  #device: DeviceHistory | undefined
  readonly #prepared = new Map<number, Prepared>()
  /** Things it still does. */
  #left: number
  readonly #calls = new Calls()
  readonly #onExit: (() => void)[] = []

  constructor(world: World, name: string, plan: HostPlan) {
    super(world.kernel, name)
    this.world = world
    this.#plan = plan
    this.#left = plan.operations
  }

  /** Its channel's doorbell. */
  get sleeper(): Channel['sleeper'] | undefined {
    return this.channel?.sleeper
  }

  /** A user with a thread and a channel of its own comes. */
  static async open(
    world: World,
    engine: Engine,
    name: string,
    plan: HostPlan,
  ): Promise<HostActor> {
    const { slots } = plan
    const channel = await engine.openChannel({ slots, bufferBytes: BUFFER_BYTES })
    const host = new HostActor(world, name, plan)
    const descriptor = channel.transfer()
    engine.watchHost(descriptor, host)
    host.#begin(structuredClone(descriptor))
    return host
  }

  /** What `engine.watchHost` wants of a thread. */
  once(_event: 'exit', listener: () => void): void {
    this.#onExit.push(listener)
  }

  /** The thread begins, with a channel that main has let go. */
  #begin(descriptor: ChannelDescriptor): void {
    this.post('start', this.kernel.within(10), () => {
      this.channel = this.world.source.attachChannel(descriptor)
      this.#run().catch((error: unknown) => this.kernel.threw(error))
    })
  }

  override step(): void {
    if (this.channel !== undefined && !this.isDone && this.kernel.faults.strikes('host death')) {
      this.kernel.afterAccesses(this.kernel.random.nextBelow(LAST_ACCESSES), () => {
        this.#die()
        port.left = 0
        throw new Killed()
      })
    }
    super.step()
  }

  /** Sends, cancels or reaps in the middle of another thread's step. */
  override stepInside(): boolean {
    if (this.#file === undefined || this.isDone || this.#plan.api === 'promise') return false
    // Not while calls are out: what a promise leads to would run as part of the other thread.
    if (this.#left <= 0 || this.channel?.calls.outstanding !== 0) return false
    this.#left--
    this.#act(this.#file)
    return true
  }

  #die(): void {
    this.kernel.note(`${this.name} dies`)
    for (const request of this.world.requests.values()) {
      if (request.host === this.name) request.isAbandoned = true
    }
    this.forget()
    this.isDone = true
    const { main } = this.kernel
    for (const listener of this.#onExit) main.post(`exit of ${this.name}`, 1, listener)
  }

  async #run(): Promise<void> {
    const channel = this.channel as Channel
    const { kernel } = this
    const device = kernel.pick([...this.world.devices.values()])
    try {
      this.#device = device
      this.#file = await channel.open(device.plan.name)
      kernel.note(`has opened ${device.plan.name}`)
      while (this.#left > 0) {
        this.#left--
        this.#act(this.#file)
        await sleep(kernel.within(PAUSE_MS))
      }
    } catch (error) {
      // The device has gone, or the engine: that is an answer, too.
      const { ntstatus, code } = error as { ntstatus?: number; code?: string }
      if (ntstatus === undefined && code === undefined) throw error
      kernel.note(`cannot open ${device.plan.name}: ${(error as Error).message}`)
    }
    await this.#finish(channel)
  }

  /** One thing that a host does. */
  #act(file: IrpFile): void {
    const { kernel } = this
    if (this.#plan.api === 'promise') {
      for (let more = 1 + kernel.random.nextBelow(3); more > 0; more--) this.#call(file)
      return
    }
    switch (kernel.random.nextBelow(4)) {
      case 0:
        this.#cancelOne()
        break
      case 1:
        this.#reap()
        break
      default:
        this.#submit(file)
    }
  }

  #call(file: IrpFile): void {
    const { world } = this
    const request = drawRequest(world, this.name, this.#device as DeviceHistory)
    this.#calls.send(world, file, request)
  }

  #submit(file: IrpFile): void {
    const { world, kernel } = this
    const channel = this.channel as Channel
    const staged: Prepared[] = []
    for (let more = 1 + kernel.random.nextBelow(4); more > 0; more--) {
      const request = drawRequest(world, this.name, this.#device as DeviceHistory)
      const prepared = prepare(world, channel, file, request)
      if (prepared === undefined) continue
      this.#prepared.set(request.id, prepared)
      staged.push(prepared)
    }
    const count = channel.submit()
    kernel.note(`submits ${count}`)
    if (count < 0) this.#forget(channel, staged)
  }

  /** The engine stops: what was just prepared has been taken back. */
  #forget(channel: Channel, staged: readonly Prepared[]): void {
    for (const {
      request: { id },
      buffer,
    } of staged) {
      this.#prepared.delete(id)
      this.world.requests.delete(id)
      channel.free(buffer)
    }
  }

  #cancelOne(): void {
    if (this.#prepared.size === 0) return
    const { request, handle } = this.kernel.pick([...this.#prepared.values()])
    this.kernel.note(`cancels ${request.id}`)
    request.isCancelAsked = true
    this.channel?.cancel(handle)
  }

  #reap(): void {
    const channel = this.channel as Channel
    const limit = 1 + this.kernel.random.nextBelow(8)
    channel.reap(limit, (context, status, information, handle) => {
      const prepared = this.#prepared.get(context)
      if (prepared === undefined) {
        this.world.broken(`request ${context} of ${this.name} ends, which has ended or never was`)
        return
      }
      this.#prepared.delete(context)
      reaped(this.world, channel, prepared, { status, information, handle })
    })
  }

  /** Everything of this host comes to its end: what its driver keeps is cancelled. */
  async #finish(channel: Channel): Promise<void> {
    const { kernel } = this
    kernel.note('comes to its end')
    const patienceMs = kernel.within(100)
    await sleep(patienceMs)
    this.#calls.cancelAll()
    for (const { request, handle } of this.#prepared.values()) {
      request.isCancelAsked = true
      channel.cancel(handle)
    }
    while (this.#prepared.size > 0) {
      this.#reap()
      if (this.#prepared.size > 0) await channel.waitAsync(20)
    }
    await this.#calls.ended()
    this.#checkLeaks(channel)
    await channel.close()
    kernel.note('has closed its channel')
    this.isDone = true
  }

  #checkLeaks(channel: Channel): void {
    const { accepted, completed, duplicates, lost } = channel.ledger()
    if (duplicates !== 0 || lost !== 0) {
      this.world.broken(`ledger of ${this.name}: duplicates ${duplicates}, lost ${lost}`)
    }
    if (completed > accepted) this.world.broken(`${this.name}: more completed than accepted`)
    checkBuffers(channel)
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
