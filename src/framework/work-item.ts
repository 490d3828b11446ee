/**
 * WorkItem (WDFWORKITEM): a callback at PASSIVE_LEVEL, last thing of a turn. It may be asynchronous.
 * Runs on: the worker of its device. Source: WdfWorkItemCreate; kmdf.md 5.4.
 */
import { placeOf } from '../abi/callback-names.js'
import type { LevelledTurn } from '../dispatch/levelled-turn.js'
import { hardwareViolation } from '../dispatch/hardware-violation.js'
import { WorkItemCall } from '../dispatch/work-item-queue.js'
import {
  callbackParentOf,
  type CallbackParent,
  checkSerialization,
  deviceNumber,
  requireCallback,
} from './callback-parent.js'
import { FrameworkObject, type ObjectAttributes, type ObjectHandle } from './framework-object.js'
import { parentFor } from './object-parent.js'
import type { HandlerReturn } from './io-queue-config.js'

export type EvtWorkItem = (workItem: WorkItem) => HandlerReturn

export interface WorkItemConfig extends ObjectAttributes<WorkItem> {
  readonly EvtWorkItemFunc: EvtWorkItem
  /** A device, one of its queues, or an object below them. */
  readonly parent: ObjectHandle
  /** Serialize with the parent's callbacks, whose level must then be passive. Default true. */
  readonly automaticSerialization?: boolean
}

export class WorkItem {
  /** The device or queue that its callback is serialized with. */
  readonly parent: CallbackParent
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject
  /** The driver's own state. */
  context: Record<string, unknown> = {}
  private readonly levels: LevelledTurn
  private readonly call: WorkItemCall
  /** Its callback is on the stack. */
  private isInCallback = false
  private isDisposed = false

  /** @internal Drivers call `hardware.createWorkItem`. @throws WdfStatusError as WdfWorkItemCreate */
  constructor(levels: LevelledTurn, config: WorkItemConfig) {
    const { EvtWorkItemFunc, automaticSerialization = true } = config
    requireCallback('EvtWorkItemFunc', EvtWorkItemFunc)
    const above = parentFor('workItem', config.parent, null) as FrameworkObject
    this.parent = callbackParentOf('work item', above)
    checkSerialization('work item', this.parent, automaticSerialization, 'passive')
    this.levels = levels
    const place = placeOf(deviceNumber(above), 'EvtWorkItemFunc')
    this.call = new WorkItemCall(() => {
      this.isInCallback = true
      try {
        return levels.place.run(place, EvtWorkItemFunc, this)
      } finally {
        this.isInCallback = false
      }
    }, place)
    this.object = new FrameworkObject<WorkItem>('workItem', this, above, config)
  }

  /** Queues it; does nothing while it waits. Allowed from its own callback. WdfWorkItemEnqueue. */
  enqueue(): void {
    if (!this.isDisposed) this.levels.workItems.enqueue(this.call)
  }

  /**
   * Resolves when it neither waits nor runs. WdfWorkItemFlush.
   * @throws WdfViolation WDF_INVALID_LOCK_OPERATION from its own callback: it would wait for itself.
   */
  flush(): Promise<void> {
    if (this.isInCallback) {
      hardwareViolation(
        'WDF_INVALID_LOCK_OPERATION',
        'a work item cannot be flushed from its own callback: it would wait for itself',
        'flush',
      )
    }
    return this.levels.workItems.flush(this.call)
  }

  /**
   * @internal Its device goes: it runs no more. Its driver deletes it: it runs once more if it is queued. A promise
   * waits for what is under way.
   */
  dispose(root: FrameworkObject = this.parent.object.home): void | Promise<void> {
    this.isDisposed = true
    const { workItems } = this.levels
    if (root.home === root) workItems.remove(this.call)
    return workItems.rest(this.call)
  }

  /** How often it ran, in 32 bits. */
  get runs(): number {
    return this.call.runs
  }
}
