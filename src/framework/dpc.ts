/**
 * Dpc (WDFDPC): a driver's own deferred procedure call, at DISPATCH_LEVEL after the interrupts of a turn.
 * Runs on: the worker of its device. Source: WdfDpcCreate; kmdf.md 5.4.
 */
import { DISPATCH_LEVEL, type LevelledTurn } from '../dispatch/levelled-turn.js'
import { DeferredCall } from '../dispatch/dpc-queue.js'
import { hardwareViolation } from '../dispatch/hardware-violation.js'
import {
  type CallbackParent,
  checkSerialization,
  requireCallback,
  requireParent,
} from './callback-parent.js'

export type EvtDpcFunc = (dpc: Dpc) => void

export interface DpcConfig {
  readonly EvtDpcFunc: EvtDpcFunc
  /** Device or queue. */
  readonly parent: CallbackParent
  /** Serialize with the parent's callbacks. Default true. */
  readonly automaticSerialization?: boolean
}

export class Dpc {
  readonly parent: CallbackParent
  /** The driver's own state. */
  context: Record<string, unknown> = {}
  private readonly levels: LevelledTurn
  private readonly call: DeferredCall
  private isDisposed = false

  /** @internal Drivers call `hardware.createDpc`. @throws WdfStatusError as WdfDpcCreate */
  constructor(levels: LevelledTurn, config: DpcConfig) {
    const { EvtDpcFunc, automaticSerialization = true } = config
    requireCallback('EvtDpcFunc', EvtDpcFunc)
    this.parent = requireParent('DPC', config.parent)
    checkSerialization('DPC', this.parent, automaticSerialization, 'dispatch')
    this.levels = levels
    this.call = new DeferredCall(() => EvtDpcFunc(this))
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

  /** @internal Its device goes: it runs no more. */
  dispose(): void {
    this.isDisposed = true
    this.levels.dpcs.remove(this.call)
  }

  /** How often it ran, in 32 bits. */
  get runs(): number {
    return this.call.runs
  }
}
