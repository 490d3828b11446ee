/**
 * What crosses the control plane about devices; all of it plain data. Runs on: both sides.
 */
export type SynchronizationScope = 'inherit' | 'device' | 'queue' | 'none'
export type DispatchType = 'sequential' | 'parallel' | 'manual'

/** Route of requests that any worker may take. */
export const ANY_WORKER = -1

/** A device to be added to a worker. */
export interface DeviceSpec {
  readonly id: number
  readonly name: string
  /** URL of the driver module. */
  readonly driver: string
  readonly homeWorker: number
  readonly parameters: Readonly<Record<string, unknown>>
}

export interface QueueDescription {
  readonly dispatchType: DispatchType
  readonly synchronizationScope: SynchronizationScope
  readonly isDefault: boolean
  /** Worker it lives on, -1 if it runs on all. */
  readonly worker: number
}

export interface DeviceDescription {
  readonly id: number
  readonly name: string
  readonly driver: string
  readonly homeWorker: number
  readonly synchronizationScope: SynchronizationScope
  readonly queues: readonly QueueDescription[]
  /** Worker that gets each major function; -1 = any. What no queue takes goes home. */
  readonly routes: readonly number[]
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
}
