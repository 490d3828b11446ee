/**
 * The parent of a new Framework object, and what KMDF refuses. Runs on: worker. Source: kmdf.md 7.1.
 */
import {
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED,
  STATUS_WDF_PARENT_NOT_SPECIFIED,
} from '../abi/ntstatus.js'
import { WdfViolation } from '../dispatch/wdf-violation.js'
import { WdfStatusError } from './errors.js'
import { FrameworkObject, type ObjectHandle } from './framework-object.js'
import { OBJECT_KINDS, type ObjectKind } from './object-kinds.js'

/**
 * The parent of a new object: the chosen one, or the default.
 * @throws WdfStatusError STATUS_WDF_PARENT_NOT_SPECIFIED or STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED;
 *   WdfViolation WDF_INVALID_HANDLE for a parent that is no Framework object.
 */
export function parentFor(
  kind: ObjectKind,
  chosen: ObjectHandle | undefined,
  byDefault: FrameworkObject | null,
): FrameworkObject | null {
  const { parent, title } = OBJECT_KINDS[kind]
  if (chosen === undefined || chosen === null) {
    if (parent !== 'required') return byDefault
    throw new WdfStatusError(
      STATUS_WDF_PARENT_NOT_SPECIFIED,
      `a ${title} needs a parent: a device, one of its queues, or an object below them`,
      chosen,
    )
  }
  if (parent === 'none' || parent === 'fixed') {
    throw new WdfStatusError(
      STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED,
      `the parent of a ${title} cannot be chosen: leave it out`,
      'parent',
    )
  }
  if (chosen.object instanceof FrameworkObject) return chosen.object
  const message = `the parent of a ${title} is a Framework object, which ${typeof chosen} is not`
  throw new WdfViolation('WDF_INVALID_HANDLE', message, chosen)
}

/**
 * As parentFor, for what belongs to one device: its parent is that device or stands below it.
 * @throws WdfStatusError STATUS_INVALID_DEVICE_REQUEST for a parent outside the device's tree.
 */
export function parentInDevice(
  kind: ObjectKind,
  chosen: ObjectHandle | undefined,
  device: FrameworkObject,
): FrameworkObject {
  const parent = parentFor(kind, chosen, device) ?? device
  if (parent.isBelow(device)) return parent
  throw new WdfStatusError(
    STATUS_INVALID_DEVICE_REQUEST,
    `the parent of a ${OBJECT_KINDS[kind].title} belongs to another device: choose one of this device`,
    'parent',
  )
}
