/**
 * Child nodes: device nodes for the children of bus drivers' devices: a child that is plugged in gets one, one that
 * is unplugged loses it. Runs on: main. Its operations are called in turn with all others that change devices.
 *
 * A child's device is named after its bus's device and its identity there: `bus0.port1`.
 */
import type { ChildSpec, PluggedChild } from '../irp/device-description.js'
import type { WorkerEvent } from '../workers/control-plane.js'
import type { EngineReports } from './engine-reports.js'
import type { PnpManager } from './pnp-manager.js'

type ChildEvent = Extract<WorkerEvent, { kind: 'childPlugged' | 'childUnplugged' }>

/** What the engine does for it. */
export interface ChildNodeActions {
  isStopping(): boolean
  /** Takes a device away that has been pulled out. */
  remove(name: string): Promise<void>
  told(event: 'deviceArrived' | 'deviceRemoved', name: string): void
}

export class ChildNodes {
  readonly #pnp: PnpManager
  readonly #reports: EngineReports
  readonly #actions: ChildNodeActions

  constructor(pnp: PnpManager, reports: EngineReports, actions: ChildNodeActions) {
    this.#pnp = pnp
    this.#reports = reports
    this.#actions = actions
  }

  /** Does what a bus driver's list on `worker` wants. */
  follow(event: ChildEvent, worker: number): Promise<void> {
    if (event.kind === 'childUnplugged') return this.#unplugged(event.child)
    return this.#plugged(event.child, worker)
  }

  /** A device node for a child that has none: one whose worker was replaced has. */
  async #plugged(child: PluggedChild, worker: number): Promise<void> {
    const { bus, id } = child
    if (this.#actions.isStopping() || this.#pnp.childName(bus, id) !== undefined) return
    try {
      const added = await this.#pnp.addChild(child)
      if (added !== undefined) this.#actions.told('deviceArrived', added.name)
    } catch (error) {
      // Unplugged again meanwhile.
      if ((error as { code?: unknown }).code === 'ERR_IRP_CHILD_GONE') return
      this.#reports.deviceLost(`child ${id} of bus ${bus}`, error as Error, worker)
    }
  }

  async #unplugged({ bus, id }: ChildSpec): Promise<void> {
    const name = this.#pnp.childName(bus, id)
    if (name === undefined || this.#actions.isStopping()) return
    try {
      await this.#actions.remove(name)
    } catch (error) {
      this.#reports.warn(`removing device "${name}" failed`, error)
    }
    this.#actions.told('deviceRemoved', name)
  }
}
