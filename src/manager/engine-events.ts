/**
 * Events of an engine, and the words of its calls. Runs on: main. Types only.
 */
import type { DeviceStateChange, LockRecovery, ObjectLeak } from '../irp/device-description.js'
import type { ViolationReport } from '../irp/violation-report.js'
import type { DriverFault } from '../workers/control-plane.js'

/** A driver's callback, of a device. */
export interface CallbackPlaceName {
  readonly device: string
  /** KMDF's name: `EvtDevicePrepareHardware`. */
  readonly callback: string
}

/** Events of an engine. */
export interface EngineEvents {
  /** A driver's callback threw or rejected on `worker`; its request has failed. A process warning if nobody listens. */
  driverFault: [fault: DriverFault, worker: number]
  /** With `verifier`: a driver broke a rule of KMDF's. A process warning if nobody listens. */
  violation: [report: ViolationReport]
  /**
   * A worker thread ended without being told to; `places`: the driver callback that it was in, as workerHung. A
   * successor is on its way. `engine.inFlightRecords(worker)` has what it did last.
   */
  workerDied: [worker: number, reason: Error, places: readonly CallbackPlaceName[]]
  /**
   * A worker thread showed no sign of life for `silentMs`, and is being ended. `places`: the callback that does not
   * return; several when hosts of several channels wait for handlers; none when it is in no driver's callback.
   */
  workerHung: [worker: number, silentMs: number, places: readonly CallbackPlaceName[]]
  /** A driver on that worker wrote into the rings: its thread is being ended. Its words are not believed. */
  workerCorrupt: [worker: number]
  /** With `stateEvents`: a machine of a device (pnp, power, policy) has entered a state. */
  deviceStateChange: [change: DeviceStateChange]
  /** A lock that a dead worker held was taken over: what it guards may be half written. */
  lockRecovered: [recovery: LockRecovery]
  /** A bus driver has found a child: this device node was made for it, and is started. */
  deviceArrived: [device: string]
  /** A bus driver's child went, and its device node with it. */
  deviceRemoved: [device: string]
  /** A driver still references an object of a device or driver that has gone. A process warning if nobody listens. */
  objectLeaked: [leak: ObjectLeak]
  /** A thread that owned this channel ended without closing it; what it had is cleaned up. */
  hostDied: [channel: number]
  /** The successor runs, with the dead worker's devices and channels. */
  workerReplaced: [worker: number]
  /** A device could not be brought back on the successor of `worker`, or started there. */
  deviceLost: [device: string, error: Error, worker: number]
}

/** A thread whose end can be heard of: a `Worker`. */
export interface HostThread {
  once(event: 'exit', listener: () => void): unknown
}

export interface StopOptions {
  /** How long accepted requests may take to end before they are cancelled. Default 5000. */
  readonly timeoutMs?: number
}
