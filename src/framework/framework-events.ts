/**
 * What a Framework tells and asks its worker thread. Runs on: worker. Types only.
 */
import type { CallbackPlace } from '../dispatch/callback-place.js'
import type { ChildSpec, ErrorReport, ObjectLeak, PluggedChild } from '../irp/device-description.js'
import type { MachineOptions } from './device-power.js'
import type { VerifyDriver } from './driver-loader.js'
import type { QueueChange } from './io-queue.js'
import type { LockParty } from './lock-party.js'
import type { OpenElsewhere } from './local-route.js'

/** What the framework tells its worker thread. */
export interface FrameworkEvents {
  /** A request was completed, or a gate opened, outside a turn. */
  wake(): void
  /** A driver's callback threw or rejected. */
  driverFault(device: string, callback: string, error: ErrorReport): void
  /** The way to a device that does not live on this worker; absent where there are no other workers. */
  openRemote?: OpenElsewhere
  /** The worker's interrupt block; absent where no hardware can raise a line. */
  readonly interrupts?: SharedArrayBuffer
  /** How machines are made, where it is not as usual. */
  readonly machines?: MachineOptions
  /** A machine of a device entered a state. */
  transition?(device: string, machine: string, state: string): void
  /** A bus driver's child came: a device node is wanted. Absent where nobody makes device nodes. */
  childPlugged?(child: PluggedChild): void
  /** It went. */
  childUnplugged?(child: ChildSpec): void
  /** A driver holds an object although its device or driver has gone. */
  objectLeaked?(leak: ObjectLeak): void
  /** Where the worker says which driver callback it is in; absent where nobody looks. */
  readonly place?: CallbackPlace
  /** Notes what happened, for the in-flight recorder: RECORD_…, and what it says. */
  record?(code: number, a: number, b?: number, c?: number): void
  /** The verifier; absent when it is off. */
  readonly verifyDriver?: VerifyDriver
  /** Who takes locks here; absent where there is one thread only. */
  readonly lockParty?: LockParty
  /** Changes the state of a queue on the other workers; absent where there are none. */
  changeQueueElsewhere?(device: number, queue: number, change: QueueChange): Promise<void>
}
