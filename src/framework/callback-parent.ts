/**
 * Callback parent: the device or queue that a DPC, timer, work item or interrupt hangs from, and what automatic
 * serialization asks of it. Runs on: worker, when such an object is created. Source: kmdf.md 5.1, 5.2, 7.1.
 *
 * KMDF serializes by taking the parent's callback lock. Here a parent's callbacks live on one worker and run to
 * completion one after another, so whatever lives there too is serialized with them by construction; the rules
 * about levels are checked all the same, because a driver that breaks them breaks elsewhere.
 */
import {
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL,
} from '../abi/ntstatus.js'
import { WdfStatusError } from './errors.js'
import type { ExecutionLevel } from './execution-level.js'
import type { FrameworkObject, ObjectHandle } from './framework-object.js'
import type { SynchronizationScope } from './synchronization-scope.js'

/** What says how callbacks below a device or a queue are serialized. */
export interface SerializingParent {
  readonly synchronizationScope: SynchronizationScope
  /** Level of its callbacks; absent: dispatch. */
  readonly executionLevel?: ExecutionLevel
}

/** A device or a queue. */
export interface CallbackParent extends SerializingParent, ObjectHandle {}

/** Level at which an object calls its driver. */
export type CallbackLevel = 'passive' | 'dispatch'

/**
 * The device or queue whose callback lock an object below `parent` takes: the nearest one above it.
 * @throws WdfStatusError STATUS_INVALID_DEVICE_REQUEST for a parent that belongs to no device.
 */
export function callbackParentOf(what: string, parent: FrameworkObject): CallbackParent {
  for (let at: FrameworkObject | null = parent; at !== null; at = at.parent) {
    if (at.kind === 'device' || at.kind === 'queue') return at.handle as CallbackParent
  }
  throw new WdfStatusError(
    STATUS_INVALID_DEVICE_REQUEST,
    `the parent of a ${what} belongs to no device: choose a device, a queue, or an object below one`,
    parent.kind,
  )
}

/** Number of the device that an object belongs to, for the place of its callbacks; 0 without one. */
export function deviceNumber(object: FrameworkObject): number {
  return (object.home.handle as { readonly id?: number }).id ?? 0
}

/**
 * Checks that an object of that level can be serialized with its parent.
 * @throws WdfStatusError STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL: a dispatch-level object under a passive-level
 *   lock, or a passive one under a dispatch-level lock. Without a scope there is no lock, and no conflict.
 */
export function checkSerialization(
  what: string,
  parent: SerializingParent,
  automaticSerialization: boolean,
  level: CallbackLevel,
): void {
  const { synchronizationScope: scope } = parent
  if (!automaticSerialization || (scope !== 'device' && scope !== 'queue')) return
  const parentLevel = parent.executionLevel === 'passive' ? 'passive' : 'dispatch'
  if (parentLevel === level) return
  throw new WdfStatusError(
    STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL,
    `a ${what} at ${level} level cannot be serialized with callbacks at ${parentLevel} level: ` +
      'set automaticSerialization to false, or change one of the levels',
    level,
  )
}

/** @throws WdfStatusError STATUS_INVALID_PARAMETER unless the value is a function. */
export function requireCallback(name: string, callback: unknown): void {
  if (typeof callback === 'function') return
  throw new WdfStatusError(STATUS_INVALID_PARAMETER, `${name} is not a function`, callback)
}
