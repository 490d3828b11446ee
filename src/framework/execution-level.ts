/**
 * Scope and execution level as attributes of an object, and what KMDF refuses in them. Runs on: worker, while a
 * device is added. Source: WDF_OBJECT_ATTRIBUTES, WDF_EXECUTION_LEVEL; kmdf.md 5.1.
 *
 * A level says what a driver's handlers may do: wait (`passive`), or not (`dispatch`). Every handler runs
 * to completion on its worker here and never holds a lock, so both levels run alike; the level is checked
 * and shown, and a timer or work item has to suit it.
 */
import {
  STATUS_INVALID_PARAMETER,
  STATUS_WDF_EXECUTION_LEVEL_INVALID,
  STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID,
} from '../abi/ntstatus.js'
import { WdfStatusError } from './errors.js'
import type { SynchronizationScope } from './synchronization-scope.js'

export type ExecutionLevel = 'inherit' | 'passive' | 'dispatch'

/** What a driver object says when nobody else does. */
const DRIVER_LEVEL = 'dispatch'

const SCOPES: readonly unknown[] = ['inherit', 'device', 'queue', 'none']
const LEVELS: readonly unknown[] = ['inherit', 'passive', 'dispatch']

export interface ScopeAndLevel {
  readonly synchronizationScope?: SynchronizationScope
  readonly executionLevel?: ExecutionLevel
}

/** The level that an object really has: its own, or that of its parent. */
export function effectiveLevel(
  level: ExecutionLevel = 'inherit',
  parent: ExecutionLevel = DRIVER_LEVEL,
): ExecutionLevel {
  return level === 'inherit' ? parent : level
}

/**
 * @throws WdfStatusError STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID or STATUS_WDF_EXECUTION_LEVEL_INVALID for a
 *   value that is none.
 */
export function checkScopeAndLevel({ synchronizationScope, executionLevel }: ScopeAndLevel): void {
  if (synchronizationScope !== undefined && !SCOPES.includes(synchronizationScope)) {
    refuseScope(
      `${JSON.stringify(synchronizationScope)} is not one of ${SCOPES.join(', ')}`,
      synchronizationScope,
    )
  }
  if (executionLevel !== undefined && !LEVELS.includes(executionLevel)) {
    refuseLevel(
      `${JSON.stringify(executionLevel)} is not one of ${LEVELS.join(', ')}`,
      executionLevel,
    )
  }
}

/** For an object that can have neither: its callbacks run where its parent's do. */
export function refuseScopeAndLevel(attributes: ScopeAndLevel, object: string): void {
  const { synchronizationScope: scope = 'inherit', executionLevel: level = 'inherit' } = attributes
  if (scope !== 'inherit') refuseScope(`${object} has no scope of its own`, scope)
  if (level !== 'inherit') refuseLevel(`${object} has no level of its own`, level)
}

/** A queue that shares its device's lock runs at its device's level. */
export function checkQueueLevel(
  scope: SynchronizationScope,
  level: ExecutionLevel,
  deviceLevel: ExecutionLevel,
): void {
  if (scope !== 'device' || level === deviceLevel) return
  throw new WdfStatusError(
    STATUS_INVALID_PARAMETER,
    `a queue of device scope runs at its device's executionLevel, '${deviceLevel}', not at '${level}'`,
    level,
  )
}

function refuseScope(message: string, value: unknown): never {
  const status = STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID
  throw new WdfStatusError(status, `synchronizationScope: ${message}`, value)
}

function refuseLevel(message: string, value: unknown): never {
  throw new WdfStatusError(STATUS_WDF_EXECUTION_LEVEL_INVALID, `executionLevel: ${message}`, value)
}
