/**
 * Worker levels: interrupts, DPCs, timers and work items of a worker, joined to its turn and its reports.
 * Made when the first device asks for one: a worker without hardware has none. Runs on: worker.
 */
import type { CallbackPlace } from '../dispatch/callback-place.js'
import { LevelledTurn } from '../dispatch/levelled-turn.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import { createInterruptBlock, interruptBlockOf } from '../irp/interrupt-block.js'
import { reportError } from './errors.js'
import type { FrameworkEvents } from './framework-events.js'

/** The Framework, as its levels need it. */
export interface LevelOwner {
  readonly turn: DispatchTurn
  pendingAsync: number
  readonly place: CallbackPlace
  wake(): void
}

export function newLevels(owner: LevelOwner, events: FrameworkEvents): LevelledTurn {
  const fault = (callback: string, error: unknown): void =>
    events.driverFault('hardware', callback, reportError(error))
  const block = events.interrupts ?? createInterruptBlock(1)
  const levels = new LevelledTurn(interruptBlockOf(block), {
    callbackThrew: (callback, error) => fault(callback.constructor.name, error),
    lineIsStuck: (_service, unclaimed) =>
      fault(
        'EvtInterruptIsr',
        new Error(`an interrupt was switched off: nobody claimed it ${unclaimed} times`),
      ),
    wake: () => owner.wake(),
    pendingAsync: (change) => {
      owner.pendingAsync += change
    },
  })
  levels.place = owner.place
  owner.turn.levels = levels
  return levels
}
