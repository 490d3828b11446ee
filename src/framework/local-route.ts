/**
 * Local route: the way from an I/O target to a device of the same worker: a call, no ring.
 * Runs on: the worker of both. A request comes there as it left: nothing is allocated, nothing is copied
 * but what its driver formatted.
 */
import { IRP_ROW, ROW_DEVICE_SHIFT } from '../abi/irp-layout.js'
import { STATUS_INVALID_DEVICE_REQUEST } from '../abi/ntstatus.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import { write } from '../sharedarraybuffer-queue/access.js'
import type { Device } from './device.js'
import type { TargetRoute } from './io-target.js'
import type { OpenRoute, RemoteRoute } from './remote-target.js'
import type { Request } from './request.js'
import type { RequestSender } from './request-sender.js'

/** Takes a request that comes to a device of this worker from another one. */
export interface Arrivals {
  readonly sender: RequestSender
  readonly turn: DispatchTurn
  /** The level above is done with a request that it handed on. */
  letGo(request: Request): void
  arrive(device: Device, request: Request, isDeferred: boolean): void
}

/** The way to a device of the same worker: a call. */
export class LocalRoute implements TargetRoute {
  readonly canForget = true
  private readonly router: Arrivals
  private readonly device: Device
  private readonly row: number
  private readonly turn: DispatchTurn
  private readonly dispatchTable: DispatchTurn['dispatchTable']
  private readonly defers: boolean

  constructor(router: Arrivals, device: Device, defers: boolean) {
    this.router = router
    this.turn = router.turn
    this.dispatchTable = router.turn.dispatchTable
    this.device = device
    this.row = device.id << ROW_DEVICE_SHIFT
    this.defers = defers
  }

  submit(child: Request): void {
    write(child.words, child.base + IRP_ROW, this.row | child.majorFunction)
    this.#arrive(child)
  }

  forget(request: Request): void {
    const { router } = this
    if (request.isSpecial) {
      router.letGo(request)
    } else if (!this.defers && router.sender.routines === 0) {
      const major = request.majorFunction
      const gate = this.dispatchTable[this.row | major] ?? null
      if (gate !== null && this.turn.handOn(gate, request, major)) return
    }
    this.#arrive(request)
  }

  #arrive(request: Request): void {
    const { router } = this
    router.arrive(this.device, request, this.defers || router.sender.routines > 0)
  }
}

/** A target of a device that has none below: as a bus that knows no such request. */
export const NOWHERE: TargetRoute = {
  canForget: true,
  submit: (child) => child.end(STATUS_INVALID_DEVICE_REQUEST, 0),
  forget: (request) => request.end(STATUS_INVALID_DEVICE_REQUEST, 0),
}

/** Finds the way to a device on another worker, for the device with the number `opener`. */
export type OpenElsewhere = (deviceName: string, opener: number) => Promise<RemoteRoute>

/** The devices of this worker, and the way to them. */
interface Routes {
  readonly devices: ReadonlyMap<number, Device>
  routeTo(device: Device, defers: boolean): TargetRoute
}

/** The ways of a device to others by name: a call to those that live here only, `elsewhere` to the rest. */
export function routesFrom(
  device: Device,
  here: Routes,
  elsewhere: OpenElsewhere | undefined,
): OpenRoute {
  return async (name) => {
    for (const other of here.devices.values()) {
      if (other.name !== name || other.upper !== null || !other.livesHereOnly) continue
      return Object.assign(here.routeTo(other, true), { close: () => Promise.resolve() })
    }
    if (elsewhere !== undefined) return elsewhere(name, device.id)
    throw new TypeError(`device "${device.name}": no way to a device "${name}" from here`)
  }
}
