/**
 * Framework: the general half of every driver pair on one worker: its channels, its devices, their start
 * and stop. Runs on: worker, control plane. What requests do is in request-router and dispatch/.
 */
import { ROW_DEVICE_SHIFT } from '../abi/irp-layout.js'
import { MAJOR_FUNCTION_COUNT } from '../abi/major-function.js'
import { STATUS_DEVICE_REMOVED } from '../abi/ntstatus.js'
import { ChannelPort } from '../dispatch/channel-port.js'
import type { QueueGate } from '../dispatch/queue-gate.js'
import { BufferViews } from '../irp/buffer-views.js'
import type { ChannelMemory } from '../irp/channel-memory.js'
import type { DeviceDescription, DeviceSpec } from '../irp/device-description.js'
import { buildDevice } from './build-device.js'
import { describeDevice } from './describe-device.js'
import type { Device } from './device.js'
import { DriverError, DriverLoader } from './driver-loader.js'
import type { QueueChange } from './io-queue.js'
import { WdfRequestStopActionPurge } from './io-queue-config.js'
import { startDevice, stopDevice } from './pnp-power-callbacks.js'
import { Request } from './request.js'
import { type FrameworkEvents, queueOf, RequestRouter } from './request-router.js'

const DISPATCH_ROW_WIDTH = 1 << ROW_DEVICE_SHIFT

export class Framework extends RequestRouter {
  readonly worker: number
  readonly workerCount: number
  readonly #events: FrameworkEvents
  readonly #loader = new DriverLoader()

  constructor(worker: number, workerCount: number, events: FrameworkEvents) {
    super(events)
    this.worker = worker
    this.workerCount = workerCount
    this.#events = events
  }

  /** Takes part in a channel: from now on its submissions are polled. */
  attachChannel(memory: ChannelMemory): ChannelPort {
    const views = new BufferViews(memory.buffer)
    const port = new ChannelPort(
      memory,
      this.worker,
      this.turn,
      (owner, slot) => new Request(owner, slot, this.turn.frameworkGate, views, this),
    )
    this.turn.ports.push(port)
    return port
  }

  /** Forgets a channel that its host has closed. */
  detachChannel(id: number): void {
    const at = this.turn.ports.findIndex((port) => port.memory.id === id)
    if (at >= 0) this.turn.ports.splice(at, 1)
    this.files.forgetChannel(id)
  }

  /**
   * Calls EvtDriverDeviceAdd of each level, bottom first, and enters the devices into the dispatch table.
   * `startIfAlone`: starts it, too, when no other worker has a part of it.
   */
  async addDevice(spec: DeviceSpec, startIfAlone = false): Promise<DeviceDescription> {
    const placement = {
      homeWorker: spec.homeWorker,
      thisWorker: this.worker,
      workerCount: this.workerCount,
      staysHome: (spec.below?.length ?? 0) > 0,
    }
    const { below = [] } = spec
    const levels = [...below].reverse().map((level, i) => ({
      ...level,
      name: `${spec.name}/${below.length - i}`,
    }))
    let lower: Device | null = null
    for (const level of [...levels, { role: 'function' as const, ...spec }]) {
      const driver = await this.#loader.load(level.driver)
      lower = await buildDevice(driver, level, placement, lower, this)
    }
    const device = lower as Device
    for (const level of levelsOf(device)) this.devices.set(level.id, level)
    this.#enterRoutes(device)
    if (startIfAlone && device.livesHereOnly) {
      try {
        await this.startDevice(device.id)
      } catch (error) {
        this.removeDevice(device.id)
        throw error
      }
    }
    return describeDevice(device)
  }

  /** Runs the stack's start sequence, bottom first (home worker), and lets its queues dispatch. */
  async startDevice(id: number): Promise<void> {
    const device = this.#deviceOf(id)
    if (device.isHome) await this.#startLevels(device)
    // Queues may have been made in EvtDevicePrepareHardware.
    this.#enterRoutes(device)
    for (const level of levelsOf(device)) {
      for (const queue of level.queues) queue.power.resume()
    }
    this.#events.wake()
  }

  /**
   * Top first, at each level: cancels what waits in the queues, lets the driver end what it owns for at most
   * `patienceMs`, runs the stop sequence (home worker), takes the device out of the table.
   */
  async stopDevice(id: number, patienceMs = 0): Promise<void> {
    const deadline = performance.now() + patienceMs
    let failure: unknown
    for (const level of levelsOf(this.#deviceOf(id))) {
      try {
        await this.#stopLevel(level, deadline)
      } catch (error) {
        failure ??= error
      }
    }
    this.removeDevice(id)
    if (failure !== undefined) throw failure
  }

  /** Changes the state of a queue here, as another worker asks. Resolves when it is done. */
  async changeQueue(id: number, queue: number, change: QueueChange): Promise<void> {
    const target = this.devices.get(id)?.queues[queue]
    if (target === undefined) return
    await new Promise<void>((resolve) => {
      target.changeHere(change, () => {
        resolve()
        this.wantEventLoop()
      })
    })
  }

  /** Takes a stack out of the dispatch table; its requests get STATUS_NO_SUCH_DEVICE from now on. */
  removeDevice(id: number): void {
    const device = this.devices.get(id)
    for (const level of device === undefined ? [] : levelsOf(device)) {
      const row = level.id << ROW_DEVICE_SHIFT
      for (let i = 0; i < DISPATCH_ROW_WIDTH; i++) this.turn.dispatchTable[row + i] = null
      level.deleteIoTargets()
      this.devices.delete(level.id)
    }
  }

  /** Requests that a queue holds or a driver owns, on this worker. */
  get outstanding(): number {
    let count = 0
    for (const port of this.turn.ports) count += port.held
    return count
  }

  unload(): void {
    this.#loader.unload()
  }

  /** Bottom first; those below one that fails are stopped again. */
  async #startLevels(top: Device): Promise<void> {
    const started: Device[] = []
    try {
      for (const level of levelsOf(top).reverse()) {
        await startDevice(level)
        started.unshift(level)
      }
    } catch (error) {
      for (const level of started) await stopDevice(level).catch(() => {})
      throw error
    }
  }

  async #stopLevel(device: Device, deadline: number): Promise<void> {
    for (const queue of device.queues) queue.state.shutDown()
    try {
      await this.#settle(device, deadline)
      if (device.isHome) await stopDevice(device)
    } finally {
      device.deleteIoTargets()
      for (const queue of device.queues) {
        queue.state.attend()
        this.#endOwned(queue)
      }
    }
  }

  /** Tells the driver to let go of its requests, and waits until it has or the time is over. */
  async #settle(device: Device, deadline: number): Promise<void> {
    const { queues } = device
    // No handler runs here: the control plane has the thread.
    for (const queue of queues) queue.state.attend()
    for (const queue of queues) void queue.power.notify(WdfRequestStopActionPurge)
    while (queues.some((queue) => queue.power.isWaiting) && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      for (const queue of queues) queue.state.attend()
    }
  }

  /** Ends what the driver still owns after its time: it will not hear of the device again. */
  #endOwned(queue: QueueGate): void {
    this.forEachRequestOf(queue, (request) => {
      const extras = (request as Request).extras
      const child = extras?.child
      if (extras !== null && child?.extras) {
        child.extras.upper = null
        child.extras.isOrphan = true
        extras.child = null
        extras.target?.returned()
      }
      request.end(STATUS_DEVICE_REMOVED, 0)
    })
  }

  #deviceOf(id: number): Device {
    const device = this.devices.get(id)
    if (device !== undefined) return device
    throw new DriverError(
      'ERR_IRP_DEVICE_START',
      `there is no device ${id} on worker ${this.worker}`,
      id,
    )
  }

  #enterRoutes(top: Device): void {
    const table = this.turn.dispatchTable
    for (const device of levelsOf(top)) {
      const row = device.id << ROW_DEVICE_SHIFT
      while (table.length < row + DISPATCH_ROW_WIDTH) table.push(null)
      for (let major = 0; major < MAJOR_FUNCTION_COUNT; major++) {
        table[row + major] = directRoute(device, major)
      }
    }
  }
}

/** The gate that a request comes to straight away: through filters that do not care, past no callback. */
function directRoute(device: Device, major: number): QueueGate | null {
  if (device.hasCallbackBefore(major)) return null
  const queue = queueOf(device, major)
  if (queue !== null) return queue
  const { lower } = device
  return device.isFilter && lower !== null && !device.takesFile(major)
    ? directRoute(lower, major)
    : null
}

/** The devices of a stack, top to bottom. */
export function levelsOf(top: Device): Device[] {
  const levels: Device[] = []
  for (let device: Device | null = top; device !== null; device = device.lower) levels.push(device)
  return levels
}
