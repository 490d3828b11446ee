/**
 * What crosses the control plane about devices and their locks; all of it plain data. Runs on: both sides.
 */
export type SynchronizationScope = 'inherit' | 'device' | 'queue' | 'none'
export type DispatchType = 'sequential' | 'parallel' | 'manual'

/** Route of requests that any worker may take. */
export const ANY_WORKER = -1

/** What a device is in its stack. */
export type DeviceRole = 'filter' | 'function' | 'bus'

/** A lower level of a device stack. */
export interface LevelSpec {
  readonly id: number
  /** URL of the driver module. */
  readonly driver: string
  readonly role: DeviceRole
  readonly parameters: Readonly<Record<string, unknown>>
  /** Memory of its shared context, from the worker that made it. */
  readonly sharedContext?: SharedArrayBuffer
}

/** A device to be added to a worker: the top of its stack, and what is below. */
export interface DeviceSpec {
  readonly id: number
  readonly name: string
  /** URL of the driver module. */
  readonly driver: string
  readonly homeWorker: number
  readonly parameters: Readonly<Record<string, unknown>>
  readonly sharedContext?: SharedArrayBuffer
  /** Registers, interrupt lines and common memory of the device that the stack is for; structured-cloneable. */
  readonly hardware?: object
  /** Default: function. */
  readonly role?: DeviceRole
  /** Lower levels, top to bottom. */
  readonly below?: readonly LevelSpec[]
  /** It hangs from a bus driver's device, which makes its lowest level. */
  readonly child?: ChildSpec
}

/** A child of a bus driver's device. */
export interface ChildSpec {
  /** Number of the bus driver's device. */
  readonly bus: number
  /** Identity on that bus. */
  readonly id: string
}

/** A bus driver has found a child. */
export interface PluggedChild extends ChildSpec {
  /** URL of its function driver; absent: the bus driver's level is the whole stack. */
  readonly driver?: string
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface QueueDescription {
  readonly dispatchType: DispatchType
  readonly synchronizationScope: SynchronizationScope
  readonly isDefault: boolean
  readonly powerManaged: boolean
  /** Request types that come to it. */
  readonly requestTypes: readonly string[]
  /** Worker it lives on, -1 if it runs on all. */
  readonly worker: number
}

export interface DeviceDescription {
  readonly id: number
  readonly name: string
  readonly driver: string
  readonly homeWorker: number
  readonly role: DeviceRole
  readonly synchronizationScope: SynchronizationScope
  /** @internal Memory of its shared context. */
  readonly sharedContext?: SharedArrayBuffer
  /** Lower levels of its stack, top to bottom. */
  readonly below: readonly DeviceDescription[]
  readonly queues: readonly QueueDescription[]
  /** Worker that gets each major function; -1 = any. What no queue takes goes home. */
  readonly routes: readonly number[]
}

/** What a host may ask of a device's power and Plug and Play machines. */
export type PowerRequest =
  | 'D0'
  | 'D3'
  | 'suspend'
  | 'resume'
  | 'queryStop'
  | 'cancelStop'
  | 'stop'
  | 'start'
  | 'queryRemove'
  | 'cancelRemove'

/** A machine of a device has entered a state. */
export interface DeviceStateChange {
  readonly device: string
  readonly machine: string
  readonly state: string
}

/** A Framework object that its driver still references although the device or driver it belongs to has gone. */
export interface ObjectLeak {
  /** `device disk0`, or `driver file:///…`. */
  readonly owner: string
  /** What it is: `memory object`, `timer`, … */
  readonly kind: string
  /** Where it was created, `file:///…/driver.js:12:7`; `unknown` for requests and files. */
  readonly created: string
  /** Outstanding references; the tag is empty for those without one. */
  readonly references: readonly { readonly tag: string; readonly count: number }[]
}

/** An error as plain data. */
export interface ErrorReport {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly ntstatus?: number
  /** The offending value, if it is plain. */
  readonly value?: string | number
  readonly stack?: string
  /** What it was thrown for: of a driver that cannot be loaded, the driver's own error. */
  readonly cause?: ErrorReport
}

/** A lock was taken over from a worker that died while it held it. Told once, by the one that took it. */
export interface LockRecovery {
  readonly lock: string
  readonly deadWorker: number
  readonly deadIncarnation: number
}
