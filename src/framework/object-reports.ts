/**
 * Object reports: what Framework objects tell and ask their worker, and which of them outlive their device or driver.
 * Runs on: worker.
 */
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import { DISPATCH_LEVEL } from '../dispatch/levelled-turn.js'
import { WorkItemCall } from '../dispatch/work-item-queue.js'
import type { ObjectLeak } from '../irp/device-description.js'
import { reportError } from './errors.js'
import type { FrameworkEvents } from './framework-events.js'
import type { FrameworkObject, ObjectReports } from './framework-object.js'
import { OBJECT_KINDS } from './object-kinds.js'

/** The Framework, as its objects need it. */
export interface ObjectsOwner {
  readonly turn: DispatchTurn
  pendingAsync: number
}

export function newObjectReports(owner: ObjectsOwner, events: FrameworkEvents): ObjectReports {
  return {
    fault: (object, callback, error) =>
      events.driverFault(nameOf(object.home), callback, reportError(error)),
    atPassive(action) {
      const { levels } = owner.turn
      if (levels === null || levels.irql < DISPATCH_LEVEL) action()
      else levels.workItems.enqueue(new WorkItemCall(action))
    },
    waiting(deletion) {
      owner.pendingAsync++
      const settled = (): void => void owner.pendingAsync--
      deletion.then(settled, settled)
    },
  }
}

/** What is still referenced of a device or driver that has gone. */
export function leaksOf(home: FrameworkObject): ObjectLeak[] {
  return home.leaks.map((object) => ({
    owner: `${OBJECT_KINDS[home.kind].title} ${nameOf(home)}`,
    kind: OBJECT_KINDS[object.kind].title,
    created: object.created,
    references: object.heldBy,
  }))
}

/** Name of a device, URL of a driver. */
function nameOf({ handle }: FrameworkObject): string {
  const { name, url } = handle as { readonly name?: string; readonly url?: string }
  return name ?? url ?? 'unknown'
}
