/**
 * Main script: what the engine's own thread does in a simulation: starts it, adds devices, opens channels for hosts,
 * sends requests itself, puts the system to sleep, pulls devices out, and stops everything.
 * Runs on: the simulation's one thread, as main.
 */
import type { Engine } from '../../src/manager/engine.js'
import type { IrpFile } from '../../src/manager/irp-file.js'
import { DiskUser } from './disk-user.js'
import { DeviceHistory } from './device-history.js'
import { HostActor } from './host-actor.js'
import type { DevicePlan, HostPlan } from './plan.js'
import { Calls, checkBuffers, drawRequest } from './requests.js'
import { DRIVER_URL } from './simulated-driver.js'
import type { World } from './world.js'

const PAUSE_MS = 30
const MIN_BUFFER_BYTES = 4096

/** Errors that a host is told when a worker or a device goes while it asks for something. */
const EXPECTED = new Set([
  'ERR_IRP_WORKER_LOST',
  'ERR_IRP_NO_SUCH_DEVICE',
  'ERR_IRP_DEVICE_POWER',
  'ERR_IRP_DEVICE_START',
  'ERR_IRP_CLOSED',
])

export class MainScript {
  readonly #world: World
  engine: Engine | undefined
  readonly hosts: HostActor[] = []
  disk: DiskUser | undefined
  isDone = false
  /** Deaths and the like that the engine told of. */
  readonly told: string[] = []
  readonly #files: { file: IrpFile; device: DeviceHistory }[] = []
  readonly #calls = new Calls()

  constructor(world: World) {
    this.#world = world
  }

  async run(): Promise<void> {
    const { kernel, plan } = this.#world
    const engine = await this.#start()
    if (engine === undefined) {
      this.isDone = true
      return
    }
    for (const host of plan.hosts) await this.#openHost(engine, host)
    await this.#openFiles(engine)
    await this.#openDisk(engine)
    const controls = this.#control(engine)
    const working = this.#work()
    const disk = this.disk?.run(plan.operations)
    if (plan.stopsEarly) {
      await sleep(kernel.within(300))
    } else {
      await Promise.race([controls, sleep(2 * PAUSE_MS * plan.mainOperations)])
      await working
      await this.#settle(engine)
    }
    await this.#stop(engine)
    await Promise.all([controls, working, disk])
    this.isDone = true
  }

  /** Undefined when a worker died before there was an engine. */
  async #start(): Promise<Engine | undefined> {
    const { plan, source, threads } = this.#world
    const { workers, slots, waitStrategy, watchdogMs, restart } = plan
    let engine: Engine
    try {
      engine = await source.Engine.start(
        {
          workers,
          slots,
          bufferBytes: MIN_BUFFER_BYTES,
          waitStrategy,
          watchdogMs,
          restart,
        },
        () => threads,
      )
    } catch (error) {
      if (threads.deaths === 0) throw error
      return undefined
    }
    this.engine = engine
    engine.on('workerDied', (worker, reason) => this.#tell(`worker ${worker} died`, reason))
    engine.on('workerReplaced', (worker) => this.#tell(`worker ${worker} was replaced`))
    engine.on('workerHung', (worker) => this.#tell(`worker ${worker} hung`))
    engine.on('driverFault', ({ callback, error }) => this.#tell(`fault: ${callback}`, error))
    engine.on('hostDied', (id) => this.#tell(`the host of channel ${id} died`))
    engine.on('deviceLost', (name, error) => {
      this.#tell(`${name} is lost`, error)
      const device = this.#world.devices.get(name)
      if (device !== undefined) device.isGoing = true
    })
    for (const device of plan.devices) await this.#attempt(() => this.#add(engine, device))
    return engine
  }

  async #add(engine: Engine, plan: DevicePlan): Promise<void> {
    this.#world.devices.set(plan.name, new DeviceHistory(plan))
    const stack = plan.levels.map((_, level) => ({
      driver: DRIVER_URL,
      role: level === 0 ? ('function' as const) : ('filter' as const),
      parameters: { name: plan.name, level },
    }))
    await engine.addDevice({ name: plan.name, worker: plan.worker, stack })
  }

  async #openHost(engine: Engine, plan: HostPlan): Promise<void> {
    const name = `host ${this.hosts.length}`
    this.hosts.push(await HostActor.open(this.#world, engine, name, plan))
  }

  async #openFiles(engine: Engine): Promise<void> {
    for (const device of this.#world.devices.values()) {
      await this.#attempt(async () => {
        this.#files.push({ file: await engine.open(device.plan.name), device })
      })
    }
  }

  async #openDisk(engine: Engine): Promise<void> {
    const { kernel, plan } = this.#world
    if (!plan.hasHardware) return
    const disk = new DiskUser(this.#world, engine, kernel.random.nextBelow(plan.workers))
    await this.#attempt(async () => {
      await disk.open()
      this.disk = disk
    })
  }

  /** Sends requests, as a host of the promise API. */
  async #work(): Promise<void> {
    const { kernel, plan } = this.#world
    if (this.#files.length === 0) return
    for (let left = plan.operations; left > 0; left--) {
      const { file, device } = kernel.pick(this.#files)
      for (let more = 1 + kernel.random.nextBelow(4); more > 0; more--) {
        this.#calls.send(this.#world, file, drawRequest(this.#world, 'main', device))
      }
      await sleep(kernel.within(PAUSE_MS))
    }
  }

  /** Powers, removes, kills. */
  async #control(engine: Engine): Promise<void> {
    const { kernel, plan } = this.#world
    for (let left = plan.mainOperations; left > 0; left--) {
      await sleep(kernel.within(2 * PAUSE_MS))
      await this.#attempt(() => this.#controlOnce(engine))
    }
  }

  async #controlOnce(engine: Engine): Promise<void> {
    const { kernel, devices } = this.#world
    const device = kernel.pick([...devices.values()])
    const { name } = device.plan
    if (kernel.faults.strikes('surprise removal')) {
      kernel.note(`${name} is pulled out`)
      device.isGoing = true
      await engine.device(name).surpriseRemove()
      return
    }
    switch (kernel.random.nextBelow(7)) {
      case 0:
        kernel.note('the system sleeps')
        await this.#sleepAndWake(engine, name)
        break
      case 1:
        kernel.note(`${name} to D3`)
        await engine.device(name).setPower('D3')
        break
      case 2:
        kernel.note(`${name} to D0`)
        await engine.device(name).setPower('D0')
        break
      case 3:
        kernel.note(`${name} is rebalanced`)
        device.wasStopped = true
        await engine.device(name).rebalance()
        break
      case 4:
        if (!kernel.chance(0.2)) break
        kernel.note(`${name} is removed`)
        device.isGoing = true
        await engine.removeDevice(name)
        break
      case 5:
        kernel.note('one more host')
        await this.#openHost(engine, {
          api: kernel.pick(['promise', 'batch']),
          slots: 16,
          operations: 5,
        })
        break
      default:
        kernel.note('statistics')
        engine.statistics()
    }
  }

  async #sleepAndWake(engine: Engine, name: string): Promise<void> {
    const { kernel } = this.#world
    // What is asked for meanwhile waits for the system to wake up.
    const asleep = this.#attempt(() => engine.suspend())
    if (kernel.chance(0.2)) void this.#attempt(() => engine.device(name).setPower('D0'))
    await asleep
    await sleep(kernel.within(PAUSE_MS))
    kernel.note('the system wakes up')
    await this.#attempt(() => engine.resume())
  }

  /** Faults have ended: everything that was begun must end, too. */
  async #settle(engine: Engine): Promise<void> {
    const { kernel } = this.#world
    kernel.faults.isQuiet = true
    kernel.note('no faults any more')
    await sleep(200)
    this.#calls.cancelAll()
    await this.#attempt(() => engine.resume())
    await this.#calls.ended()
    await this.disk?.close()
    checkBuffers(engine.channel)
    for (const { file } of this.#files) await file.close()
    while (this.hosts.some(({ isDone }) => !isDone)) await sleep(5)
    this.#checkWorkers(engine)
  }

  /** Nobody has anything left, but the engine runs. */
  #checkWorkers(engine: Engine): void {
    const world = this.#world
    const { threads } = world
    // A thread that died between publishing and ringing leaves its sleeper to the net.
    const mayRescue = threads.deaths > 0 || this.hosts.some(({ isDead }) => isDead)
    const sleepers = [engine.channel.sleeper, ...this.hosts.map(({ sleeper }) => sleeper)]
    for (const { body, name, isDead } of threads.workers) {
      if (isDead || body === undefined) continue
      const { outstanding, files } = body.framework
      sleepers.push(body.loop.sleeper)
      if (outstanding !== 0) world.broken(`${name} holds ${outstanding} requests at rest`)
      if (files.size > 0) world.broken(`${name} has ${files.size} files open at rest`)
    }
    for (const { actor, held } of world.drivers) {
      if (!actor.isDead && held.size > 0)
        world.broken(`a driver keeps ${held.size} requests at rest`)
    }
    const rescues = sleepers.reduce((sum, sleeper) => sum + (sleeper?.rescues ?? 0), 0)
    if (rescues > 0 && !mayRescue) {
      world.broken(`${rescues} sleeps ended by time-out although there was work`)
    }
  }

  async #stop(engine: Engine): Promise<void> {
    const { kernel, requests, devices } = this.#world
    kernel.note('the engine stops')
    for (const request of requests.values()) request.isCancelAsked = true
    for (const device of devices.values()) {
      device.isGoing = true
      device.mayFail = true
    }
    await engine.stop({ timeoutMs: kernel.within(200) })
    kernel.faults.isQuiet = true
    kernel.note('the engine has stopped')
    await this.#calls.ended()
    while (this.hosts.some(({ isDone }) => !isDone)) await sleep(5)
  }

  async #attempt(action: () => Promise<unknown>): Promise<void> {
    try {
      await action()
    } catch (error) {
      const { code = '', ntstatus } = error as { code?: string; ntstatus?: number }
      if (!EXPECTED.has(code) && ntstatus === undefined) throw error
      this.#world.kernel.note(`refused: ${(error as Error).message}`)
    }
  }

  #tell(what: string, error?: { message: string }): void {
    const told = error === undefined ? what : `${what}: ${error.message}`
    this.#world.kernel.note(told)
    this.told.push(told)
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
