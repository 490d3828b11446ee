/**
 * Framework: the general half of every driver pair on one worker: its channels, its devices, their start
 * and stop. Runs on: worker, control plane. What requests do is in request-router and dispatch/.
 */
import { STATUS_DEVICE_REMOVED, STATUS_SUCCESS } from '../abi/ntstatus.js'
import {
  RECORD_CHANNEL_ATTACHED,
  RECORD_CHANNEL_DETACHED,
  RECORD_DEVICE_ADDED,
  RECORD_DEVICE_NOT_ADDED,
  RECORD_DEVICE_REMOVED,
  RECORD_DEVICE_STARTED,
  RECORD_DEVICE_STOPPING,
  RECORD_HOST_DIED,
} from '../abi/recorder-layout.js'
import { ChannelPort } from '../dispatch/channel-port.js'
import type { QueueGate } from '../dispatch/queue-gate.js'
import { BufferViews } from '../irp/buffer-views.js'
import type { ChannelMemory } from '../irp/channel-memory.js'
import type {
  ChildSpec,
  DeviceDescription,
  DeviceSpec,
  PowerRequest,
} from '../irp/device-description.js'
import { buildDevice } from './build-device.js'
import type { ChildDevices } from './child-devices.js'
import { describeDevice } from './describe-device.js'
import type { Device } from './device.js'
import type { HardwareResources } from './device-hardware.js'
import { clearRoutes, enterRoutes, levelsOf } from './dispatch-routes.js'
import { DriverError, DriverLoader } from './driver-loader.js'
import type { QueueChange } from './io-queue.js'
import { reportError } from './errors.js'
import type { FileObject } from './file-object.js'
import { leaksOf } from './object-reports.js'
import { DEFAULT_PATIENCE_MS, Patience } from './patience.js'
import { realClock } from './pnp/clock.js'
import { purgeQueues } from './queue-power.js'
import { nameDmaMemory } from './dma-memory.js'
import { Request } from './request.js'
import type { FrameworkEvents } from './framework-events.js'
import { RequestRouter } from './request-router.js'

export class Framework extends RequestRouter {
  readonly worker: number
  readonly workerCount: number
  readonly #events: FrameworkEvents
  readonly #loader: DriverLoader
  /** With what callbacks promise while a device is added. */
  readonly #patience: Patience
  /** Devices that hang from a bus driver's device. */
  readonly #children = new Map<number, { readonly bus: ChildDevices; readonly id: string }>()

  constructor(worker: number, workerCount: number, events: FrameworkEvents) {
    super(events)
    this.worker = worker
    this.workerCount = workerCount
    this.#events = events
    const { clock = realClock, watchdogMs } = events.machines ?? {}
    this.#patience = new Patience(clock, watchdogMs)
    // Reading and compiling a module takes what it takes on a busy machine.
    const withModules = new Patience(clock, Math.max(this.#patience.ms, DEFAULT_PATIENCE_MS))
    this.#loader = new DriverLoader(events.verifyDriver, this.objectReports, withModules)
  }

  /** Takes part in a channel: from now on its submissions are polled. */
  attachChannel(memory: ChannelMemory): ChannelPort {
    const views = new BufferViews(memory.buffer, memory.id)
    nameDmaMemory(memory.buffer, memory.id)
    const port = new ChannelPort(
      memory,
      this.worker,
      this.turn,
      (owner, slot) => new Request(owner, slot, this.turn.frameworkGate, views, this),
    )
    this.turn.ports.push(port)
    this.record(RECORD_CHANNEL_ATTACHED, memory.id)
    return port
  }

  /** Forgets a channel that its host has closed. */
  detachChannel(id: number): void {
    const at = this.turn.ports.findIndex((port) => port.memory.id === id)
    if (at >= 0) this.turn.ports.splice(at, 1)
    this.files.forgetChannel(id)
    this.record(RECORD_CHANNEL_DETACHED, id)
  }

  /**
   * The host of a channel has died: cancels what it sent, closes its files as a process's end does, and lets
   * the channel go. What it had submitted and nobody took is dropped. A driver that keeps a request for longer
   * than `patienceMs` completes it into memory that nobody reads.
   */
  async releaseChannel(id: number, patienceMs: number): Promise<void> {
    const at = this.turn.ports.findIndex((port) => port.memory.id === id)
    if (at < 0) return
    this.record(RECORD_HOST_DIED, id)
    const [port] = this.turn.ports.splice(at, 1) as [ChannelPort]
    const files = this.files.openOf(id).filter(({ device }) => device.isHome)
    for (const file of files) this.#callFile(file, 'EvtFileCleanup')
    for (const request of port.requests) this.turn.cancel(request)
    const deadline = performance.now() + patienceMs
    while (port.held > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    for (const file of files) this.#callFile(file, 'EvtFileClose')
    this.files.forgetChannel(id)
  }

  #callFile(file: FileObject, name: 'EvtFileCleanup' | 'EvtFileClose'): void {
    try {
      file.device.files[name]?.(file)
    } catch (error) {
      this.#events.driverFault(file.device.name, name, reportError(error))
    }
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
    const bus = this.#busOf(spec)
    let lower: Device | null = null
    const { hardware, ...top } = { role: 'function' as const, ...spec }
    const all = [...levels, top]
    // The device's hardware is its function driver's: that of the lowest level with this role.
    const owner = all.find(({ role }) => role === 'function') ?? top
    for (const level of all) {
      try {
        const driver = await this.#loader.load(level.driver)
        const isChild = lower === null && bus !== undefined
        const childId = isChild ? { childId: (spec.child as ChildSpec).id } : {}
        const isOwner = level === owner && hardware !== undefined
        const resources = isOwner ? { hardware: hardware as HardwareResources } : {}
        const whole = { ...level, ...childId, ...resources }
        const maker = { services: this, patience: this.#patience, bus: isChild ? bus : undefined }
        lower = await buildDevice(driver, whole, placement, lower, maker)
      } catch (error) {
        this.record(RECORD_DEVICE_NOT_ADDED, spec.id)
        if (spec.child !== undefined) bus?.gone(spec.child.id)
        if (lower !== null) await this.#deleteObjects(levelsOf(lower))
        throw error
      }
    }
    const device = lower as Device
    for (const level of levelsOf(device)) this.devices.set(level.id, level)
    if (bus !== undefined && spec.child !== undefined) {
      this.#children.set(device.id, { bus, id: spec.child.id })
      bus.created(spec.child.id)
    }
    enterRoutes(this.turn.dispatchTable, device)
    this.record(RECORD_DEVICE_ADDED, device.id)
    if (startIfAlone && device.livesHereOnly) {
      try {
        await this.startDevice(device.id)
      } catch (error) {
        await this.removeDevice(device.id)
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
    enterRoutes(this.turn.dispatchTable, device)
    for (const level of levelsOf(device)) {
      // At home the device's machines have done it, or have taken it to sleep meanwhile.
      if (level.power !== null) continue
      level.isInD0 = true
      for (const queue of level.queues) queue.power.resume()
    }
    this.record(RECORD_DEVICE_STARTED, id)
    this.#events.wake()
  }

  /**
   * Top first, at each level: cancels what waits in the queues, lets the driver end what it owns for at most
   * `patienceMs`, runs the stop sequence (home worker), takes the device out of the table. `isSurprise`: the
   * device has been pulled out.
   */
  async stopDevice(id: number, patienceMs = 0, isSurprise = false): Promise<void> {
    const deadline = performance.now() + patienceMs
    this.record(RECORD_DEVICE_STOPPING, id)
    let failure: unknown
    for (const level of levelsOf(this.#deviceOf(id))) {
      try {
        await this.#stopLevel(level, deadline, isSurprise)
      } catch (error) {
        failure ??= error
      }
    }
    this.#closeFilesAt(id)
    await this.removeDevice(id)
    if (failure !== undefined) throw failure
  }

  /** Handles that are still open on a stack that goes: their closing will not find it any more. */
  #closeFilesAt(id: number): void {
    for (const device of levelsOf(this.#deviceOf(id))) {
      const files = this.files.takeAt(device)
      if (!device.isHome) continue
      for (const file of files) {
        this.#callFile(file, 'EvtFileCleanup')
        this.#callFile(file, 'EvtFileClose')
      }
    }
  }

  /**
   * Asks a stack's machines for something: going down from the top, coming up from the bottom. Resolves with the
   * first status that is not a success. Whether a stack may go down when it has nothing to do is its policy owner's
   * to say; a level below that went down by itself would never come up for what is sent to it.
   */
  async power(id: number, request: PowerRequest): Promise<number> {
    const all = levelsOf(this.#deviceOf(id))
    const owners = all.filter((level) => level.power?.ownsPolicy === true)
    const isPolicy = (request === 'D0' || request === 'D3') && owners.length > 0
    const levels = isPolicy ? owners : all
    const isUp = request === 'D0' || request === 'resume' || request === 'start'
    for (const { power } of isUp ? levels.reverse() : levels) {
      const status = (await power?.request(request)) ?? STATUS_SUCCESS
      if (status < 0) return status
    }
    return STATUS_SUCCESS
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

  /**
   * Takes a stack out of the dispatch table; its requests get STATUS_NO_SUCH_DEVICE from now on. Then its objects
   * are deleted, the top level first.
   */
  removeDevice(id: number): Promise<void> {
    const device = this.devices.get(id)
    const levels = device === undefined ? [] : levelsOf(device)
    for (const level of levels) {
      clearRoutes(this.turn.dispatchTable, level)
      level.deleteIoTargets()
      for (const queue of level.queues) queue.forwardProgress?.dispose()
      this.devices.delete(level.id)
    }
    this.record(RECORD_DEVICE_REMOVED, id)
    return this.#deleteObjects(levels).then(() => {
      const child = this.#children.get(id)
      this.#children.delete(id)
      child?.bus.gone(child.id)
    })
  }

  /** The list of the bus that a new device is a child of. */
  #busOf({ name, child }: DeviceSpec): ChildDevices | undefined {
    if (child === undefined) return undefined
    const bus = this.devices.get(child.bus)?.childList ?? null
    if (bus?.isPresent(child.id) === true) return bus
    // It was unplugged before it had a device.
    bus?.removed(child.id)
    throw new DriverError('ERR_IRP_CHILD_GONE', `device "${name}" is not on its bus any more`, name)
  }

  async #deleteObjects(devices: readonly Device[]): Promise<void> {
    for (const { object } of devices) {
      await object.deleteByFramework()
      for (const leak of leaksOf(object)) this.#events.objectLeaked?.(leak)
    }
  }

  /** Requests that a queue holds or a driver owns, on this worker. */
  get outstanding(): number {
    let count = 0
    for (const port of this.turn.ports) count += port.held
    return count
  }

  /** The engine stops: drivers are unloaded, and what they never deleted goes. */
  async unload(): Promise<void> {
    for (const { object } of await this.#loader.unload()) {
      for (const leak of leaksOf(object)) this.#events.objectLeaked?.(leak)
    }
  }

  /** Bottom first; those below one that fails are stopped again. */
  async #startLevels(top: Device): Promise<void> {
    const started: Device[] = []
    try {
      for (const level of levelsOf(top).reverse()) {
        await level.power?.start()
        started.unshift(level)
      }
    } catch (error) {
      for (const { power } of started) await power?.remove(performance.now()).catch(() => {})
      throw error
    }
  }

  /** The removal sequence of one level; on a worker that is not its home, its queues only. */
  async #stopLevel(device: Device, deadline: number, isSurprise: boolean): Promise<void> {
    const { power } = device
    device.isInD0 = false
    try {
      if (power === null) await purgeQueues(device.queues, deadline)
      else if (isSurprise) await power.surpriseRemove(deadline)
      else await power.remove(deadline)
    } finally {
      device.deleteIoTargets()
      for (const queue of device.queues) {
        queue.state.shutDown()
        queue.state.attend()
        this.#endOwned(queue)
      }
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
}
