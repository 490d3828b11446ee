/**
 * PnP manager: adds devices on the workers that have a part of them, and takes them away again.
 * Runs on: main. Its operations are called one after the other.
 */
import {
  ANY_WORKER,
  type DeviceDescription,
  type DeviceSpec,
  type PluggedChild,
} from '../irp/device-description.js'
import type { DeviceDirectory } from './device-directory.js'
import { checkResources, type ResourceOwner } from './device-resources.js'
import { type CheckedLevel, checkDevice, type DeviceOptions } from './engine-options.js'
import { EngineError } from './errors.js'
import { WorkerLostError } from '../workers/worker-lost.js'
import type { KnownDevice } from './hung-devices.js'
import type { WorkerLines } from './worker-lines.js'
import type { PlacedDevice, WorkerSet } from './worker-set.js'

export class PnpManager {
  readonly #workers: WorkerSet
  readonly #directory: DeviceDirectory
  readonly #lines: WorkerLines
  #nextDeviceId = 0
  #nextHome = 0
  #adding: readonly KnownDevice[] = []

  constructor(workers: WorkerSet, directory: DeviceDirectory, lines: WorkerLines) {
    this.#workers = workers
    this.#directory = directory
    this.#lines = lines
  }

  /** Adds a device on its workers and starts it. Nothing of it is left behind when that fails. */
  async add(options: DeviceOptions): Promise<DeviceDescription> {
    const [top, ...below] = checkDevice(options, this.#workers.count)
    const { name } = options
    if (this.#directory.has(name)) {
      throw new EngineError('ERR_IRP_DEVICE_EXISTS', `there is a device "${name}" already`, name)
    }
    const { hardware, worker } = checkResources(name, options.hardware, this.#lines, this.owners())
    if (worker !== undefined && (options.worker ?? worker) !== worker) {
      throw new EngineError(
        'ERR_IRP_OPTION',
        `device "${name}" cannot live on worker ${options.worker}: its hardware interrupts worker ${worker}`,
        options.worker,
      )
    }
    const homeWorker = worker ?? options.worker ?? this.#nextHome++ % this.#workers.count
    const id = this.#nextDeviceId++
    const levels = below.map((level) => ({ ...level, id: this.#nextDeviceId++ }))
    const spec: DeviceSpec = {
      id,
      name,
      homeWorker,
      ...(top as CheckedLevel),
      below: levels,
      ...(hardware === undefined ? {} : { hardware }),
    }
    return this.#addSpec(spec)
  }

  /**
   * Adds a child of a bus driver's device: the bus driver's level, and its function driver above it. Its name is
   * that of the bus, a dot, and its identity there. Undefined when the bus has gone.
   */
  async addChild({
    bus,
    id,
    driver,
    parameters,
  }: PluggedChild): Promise<DeviceDescription | undefined> {
    const placed = [...this.#workers.devices.values()].find(({ spec }) => isLevelOf(spec, bus))
    if (placed === undefined) return undefined
    const name = `${placed.spec.name}.${id}`
    if (this.#directory.has(name)) {
      throw new EngineError('ERR_IRP_DEVICE_EXISTS', `there is a device "${name}" already`, name)
    }
    const { homeWorker, below: levels = [] } = placed.spec
    const { driver: busDriver } = levels.find((level) => level.id === bus) ?? placed.spec
    const lowest = { role: 'bus', driver: busDriver, parameters } as const
    const above = { role: 'function', driver: driver ?? '', parameters } as const
    const top = driver === undefined ? lowest : above
    const common = { id: this.#nextDeviceId++, name, homeWorker, child: { bus, id } }
    const below = driver === undefined ? [] : [{ ...lowest, id: this.#nextDeviceId++ }]
    return this.#addSpec({ ...common, ...top, below })
  }

  /** The devices that are there, with their hardware: not gathered for a device that has none. */
  *owners(): Iterable<ResourceOwner> {
    for (const { spec } of this.#workers.devices.values()) yield spec
  }

  /** Name of a child's device; undefined when it has none. */
  childName(bus: number, id: string): string | undefined {
    for (const { spec } of this.#workers.devices.values()) {
      if (spec.child?.bus === bus && spec.child.id === id) return spec.name
    }
    return undefined
  }

  /** Names of the devices that hang from a device. */
  childrenOf(id: number): string[] {
    const specs = Array.from(this.#workers.devices.values(), ({ spec }) => spec)
    const bus = specs.find((spec) => spec.id === id)
    if (bus === undefined) return []
    const children = specs.filter(({ child }) => child !== undefined && isLevelOf(bus, child.bus))
    return children.map(({ name }) => name)
  }

  async #addSpec(spec: DeviceSpec): Promise<DeviceDescription> {
    const { id, name, homeWorker, below: levels = [] } = spec
    const added: number[] = []
    const incarnations = new Map<number, number>()
    const note = (worker: number): void => {
      incarnations.set(worker, this.#workers.incarnationOf(worker))
    }
    this.#adding = [{ name, ids: [id, ...levels.map((level) => level.id)] }]
    try {
      note(homeWorker)
      const description = await this.#workers.ask(homeWorker, (control) =>
        control.addDevice(spec, true),
      )
      added.push(homeWorker)
      const others = this.#otherWorkersOf(description)
      const shared = withSharedContext(spec, description)
      for (const worker of others) {
        note(worker)
        const replica = await this.#workers.ask(worker, (control) => control.addDevice(shared))
        added.push(worker)
        checkSame(description, replica)
      }
      // A device that lives on one worker only has been started there at once.
      for (const worker of others.length === 0 ? [] : added) {
        await this.#workers.ask(worker, (control) => control.startDevice(id))
      }
      for (const [worker, incarnation] of incarnations) {
        // The successor of one that died meanwhile knows nothing of the device.
        if (this.#workers.incarnationOf(worker) === incarnation) continue
        throw new WorkerLostError(worker, 'has died')
      }
      this.#workers.devices.set(id, { spec: shared, workers: added })
      const told = withoutMemory(description)
      this.#directory.add(told)
      return told
    } catch (error) {
      for (const worker of added) {
        await this.#workers.call(worker, (control) => control.removeDevice(id)).catch(() => {})
      }
      throw error
    } finally {
      this.#adding = []
    }
  }

  /** The device that is being added, for whoever asks why a worker hangs. */
  get beingAdded(): readonly KnownDevice[] {
    return this.#adding
  }

  #otherWorkersOf(description: DeviceDescription): number[] {
    const needed = new Set(description.queues.map((queue) => queue.worker))
    const all = Array.from({ length: this.#workers.count }, (_, worker) => worker)
    return all.filter(
      (worker) =>
        worker !== description.homeWorker && (needed.has(ANY_WORKER) || needed.has(worker)),
    )
  }

  /** Stops a device on all its workers, the home worker last; the first failure is reported. */
  async stop(id: number, patienceMs: number, isSurprise = false): Promise<void> {
    const placed: PlacedDevice | undefined = this.#workers.devices.get(id)
    this.#workers.forget(id)
    let failure: unknown
    for (const worker of [...(placed?.workers ?? [])].reverse()) {
      // One that was given up runs nothing any more.
      if (this.#workers.hasFailed(worker)) continue
      await this.#workers
        .ask(worker, (control) => control.stopDevice(id, patienceMs, isSurprise))
        .catch((error: unknown) => {
          failure ??= error
        })
    }
    if (failure !== undefined) throw failure
  }
}

function isLevelOf({ id, below = [] }: DeviceSpec, level: number): boolean {
  return id === level || below.some((lower) => lower.id === level)
}

/** A driver must build the same device on every worker. */
function checkSame(home: DeviceDescription, replica: DeviceDescription): void {
  if (JSON.stringify(home) === JSON.stringify(replica)) return
  throw Object.assign(
    new Error(
      `EvtDriverDeviceAdd built device "${home.name}" differently on two workers: it must not depend on where it runs`,
    ),
    { code: 'ERR_IRP_DRIVER_DIFFERS', value: home.name },
  )
}

/** The spec for replicas and successors: with the memory that the home worker made for shared contexts. */
function withSharedContext(
  spec: DeviceSpec,
  { sharedContext, below }: DeviceDescription,
): DeviceSpec {
  const levels = spec.below?.map((level, i) => {
    const memory = below[i]?.sharedContext
    return memory === undefined ? level : { ...level, sharedContext: memory }
  })
  return {
    ...spec,
    ...(levels === undefined ? {} : { below: levels }),
    ...(sharedContext === undefined ? {} : { sharedContext }),
  }
}

/** What users see: the memory of shared contexts is the drivers'. */
function withoutMemory(description: DeviceDescription): DeviceDescription {
  const { sharedContext, ...told } = description
  const below = description.below.map(withoutMemory)
  return sharedContext === undefined ? { ...description, below } : { ...told, below }
}
