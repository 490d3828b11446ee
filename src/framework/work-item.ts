/**
 * WorkItem (WDFWORKITEM): a callback at PASSIVE_LEVEL, last thing of a turn. It may be asynchronous.
 * Runs on: the worker of its device. Source: WdfWorkItemCreate; kmdf.md 5.4.
 */
import type { LevelledTurn } from '../dispatch/levelled-turn.js'
import { hardwareViolation } from '../dispatch/hardware-violation.js'
import { WorkItemCall } from '../dispatch/work-item-queue.js'
import {
  type CallbackParent,
  checkSerialization,
  requireCallback,
  requireParent,
} from './callback-parent.js'
import type { HandlerReturn } from './io-queue-config.js'

export type EvtWorkItem = (workItem: WorkItem) => HandlerReturn

export interface WorkItemConfig {
  readonly EvtWorkItemFunc: EvtWorkItem
  /** Device or queue. */
  readonly parent: CallbackParent
  /** Serialize with the parent's callbacks, whose level must then be passive. Default true. */
  readonly automaticSerialization?: boolean
}

export class WorkItem {
  readonly parent: CallbackParent
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
    this.parent = requireParent('work item', config.parent)
    checkSerialization('work item', this.parent, automaticSerialization, 'passive')
    this.levels = levels
    this.call = new WorkItemCall(() => {
      this.isInCallback = true
      try {
        return EvtWorkItemFunc(this)
      } finally {
        this.isInCallback = false
      }
    })
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

  /** @internal Its device goes: it runs no more. Resolves when a run that is under way has ended. */
  dispose(): Promise<void> {
    this.isDisposed = true
    this.levels.workItems.remove(this.call)
    return this.levels.workItems.flush(this.call)
  }

  /** How often it ran, in 32 bits. */
  get runs(): number {
    return this.call.runs
  }
}
