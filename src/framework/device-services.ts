/**
 * What a device needs of its worker's Framework, and the dynamic dispatch callbacks that it keeps.
 * Runs on: worker. Types only.
 */
import type { CallbackPlace } from '../dispatch/callback-place.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import type { DeviceHardware, HardwareResources } from './device-hardware.js'
import type { DeviceInit } from './device-init.js'
import type { DevicePower } from './device-power.js'
import type { Device } from './device.js'
import type { ChildDevices, ChildListConfig } from './child-devices.js'
import type { ChildAttributes } from './framework-object.js'
import type { HandlerReturn } from './io-queue-config.js'
import type { QueueChange } from './io-queue.js'
import type { IoTarget } from './io-target.js'
import type { LocalRequests } from './local-requests.js'
import type { LockParty } from './lock-party.js'
import type { RemoteTarget } from './remote-target.js'
import type { RequestSender } from './request-sender.js'
import type { Request } from './request.js'

/**
 * Dynamic dispatch: sees a request before the device's queue for its major function does, and either sends
 * it on (`device.wdmDispatchIrp`), hands it to a queue (`device.wdmDispatchIrpToIoQueue`), or ends it.
 * `dispatchContext` is the position to hand back to wdmDispatchIrp.
 */
export type EvtDeviceWdmIrpDispatch = (
  device: Device,
  request: Request,
  driverContext: unknown,
  dispatchContext: number,
) => HandlerReturn

export interface DispatchCallback {
  readonly callback: EvtDeviceWdmIrpDispatch
  readonly driverContext: unknown
}

/** What a device needs of its worker's Framework. */
export interface DeviceServices {
  readonly turn: DispatchTurn
  readonly sender: RequestSender
  readonly locals: LocalRequests
  readonly lockParty: LockParty
  readonly place: CallbackPlace
  /** Registers, interrupts and the like of a device. */
  hardwareFor(device: Device, resources: HardwareResources | undefined): DeviceHardware
  /** The list of a bus driver's children. */
  childListFor(device: Device, config: ChildListConfig): ChildDevices
  /** The device's machines, on its home worker. */
  powerFor(device: Device, init: DeviceInit): DevicePower
  /** To the queue of its major function, past every callback. */
  toQueue(device: Device, request: Request): void
  /** To the dynamic dispatch callback at `position`, or behind the last one to the queue. */
  toDispatchCallback(device: Device, request: Request, position: number): void
  /** A queue was configured while the device runs. */
  routesChanged(device: Device): void
  /** The target that leads to the device below. */
  localTarget(device: Device): IoTarget
  remoteTarget(device: Device, attributes: ChildAttributes<RemoteTarget>): RemoteTarget
  /** Changes the state of a queue on the other workers that it lives on. */
  changeQueueElsewhere(device: Device, queue: number, change: QueueChange): Promise<void>
}
