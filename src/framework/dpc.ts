/**
 * Dpc (WDFDPC): a driver's own deferred procedure call, at DISPATCH_LEVEL after the interrupts of a turn.
 * Runs on: the worker of its device. Source: WdfDpcCreate; kmdf.md 5.4.
 */
import { placeOf } from '../abi/callback-names.js'
import { DISPATCH_LEVEL, type LevelledTurn } from '../dispatch/levelled-turn.js'
import { DeferredCall } from '../dispatch/dpc-queue.js'
import { hardwareViolation } from '../dispatch/hardware-violation.js'
import {
  callbackParentOf,
  type CallbackParent,
  checkSerialization,
  deviceNumber,
  requireCallback,
} from './callback-parent.js'
import { FrameworkObject, type ObjectAttributes, type ObjectHandle } from './framework-object.js'
import { parentFor } from './object-parent.js'

export type EvtDpcFunc = (dpc: Dpc) => void

export interface DpcConfig extends ObjectAttributes<Dpc> {
  readonly EvtDpcFunc: EvtDpcFunc
  /** A device, one of its queues, or an object below them. */
  readonly parent: ObjectHandle
  /** Serialize with the parent's callbacks. Default true. */
  readonly automaticSerialization?: boolean
}

export class Dpc {
  /** The device or queue that its callback is serialized with. */
  readonly parent: CallbackParent
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject
  /** The driver's own state. */
  context: Record<string, unknown> = {}
  private readonly levels: LevelledTurn
  private readonly call: DeferredCall
  private isDisposed = false

  /** @internal Drivers call `hardware.createDpc`. @throws WdfStatusError as WdfDpcCreate */
  constructor(levels: LevelledTurn, config: DpcConfig) {
    const { EvtDpcFunc, automaticSerialization = true } = config
    requireCallback('EvtDpcFunc', EvtDpcFunc)
    const above = parentFor('dpc', config.parent, null) as FrameworkObject
    this.parent = callbackParentOf('DPC', above)
    checkSerialization('DPC', this.parent, automaticSerialization, 'dispatch')
    this.levels = levels
    const place = placeOf(deviceNumber(above), 'EvtDpcFunc')
    this.call = new DeferredCall((call) => {
      const result: unknown = levels.place.run(place, EvtDpcFunc, this)
      if (result !== undefined) levels.callbackReturned(call, result)
    }, place)
    this.object = new FrameworkObject<Dpc>('dpc', this, above, config)
  }

  /** True if newly queued, false if it waits already. WdfDpcEnqueue. */
  enqueue(): boolean {
    if (this.isDisposed) return false
    if (!this.levels.dpcs.enqueue(this.call, 0, 0)) return false
    this.levels.wake()
    return true
  }

  /**
   * Takes it out of the queue; true if it was there. With `wait`, no run is in progress afterwards: one that
   * is cannot be, because callbacks of a worker do not overlap. WdfDpcCancel.
   * @throws WdfViolation WDF_IRQL_MISMATCH for `wait` above PASSIVE_LEVEL.
   */
  cancel(wait = false): boolean {
    if (wait && this.levels.irql >= DISPATCH_LEVEL) {
      hardwareViolation(
        'WDF_IRQL_MISMATCH',
        'Dpc.cancel(true) waits, which is for PASSIVE_LEVEL: cancel without waiting, or from a work item',
        this.levels.irql,
      )
    }
    return this.levels.dpcs.remove(this.call)
  }

  /** @internal It is deleted, or its device goes: it runs no more. */
  dispose(): void {
    this.isDisposed = true
    this.levels.dpcs.remove(this.call)
  }

  /** How often it ran, in 32 bits. */
  get runs(): number {
    return this.call.runs
  }
}
