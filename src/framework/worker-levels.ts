/**
 * Worker levels: interrupts, DPCs, timers and work items of a worker, joined to its turn and its reports.
 * Made when the first device asks for one: a worker without hardware has none. Runs on: worker.
 */
import { callbackAt, callbackNumber } from '../abi/callback-names.js'
import { STATUS_DRIVER_INTERNAL_ERROR } from '../abi/ntstatus.js'
import { RECORD_CALLBACK_FAILED } from '../abi/recorder-layout.js'
import type { CallbackPlace } from '../dispatch/callback-place.js'
import { LevelledTurn } from '../dispatch/levelled-turn.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import { createInterruptBlock, interruptBlockOf } from '../irp/interrupt-block.js'
import { failureStatusOf, reportError } from './errors.js'
import type { FrameworkEvents } from './framework-events.js'

/** The Framework, as its levels need it. */
export interface LevelOwner {
  readonly turn: DispatchTurn
  pendingAsync: number
  readonly place: CallbackPlace
  readonly devices: ReadonlyMap<number, { readonly name: string }>
  wake(): void
  record(code: number, a: number, b?: number, c?: number): void
}

export function newLevels(owner: LevelOwner, events: FrameworkEvents): LevelledTurn {
  const fault = (origin: number, error: unknown): void => {
    const { device = 0, callback = 'a callback' } = callbackAt(origin) ?? {}
    const status = failureStatusOf(error) ?? STATUS_DRIVER_INTERNAL_ERROR
    owner.record(RECORD_CALLBACK_FAILED, device, callbackNumber(callback), status)
    events.driverFault(owner.devices.get(device)?.name ?? 'unknown', callback, reportError(error))
  }
  const block = events.interrupts ?? createInterruptBlock(1)
  const levels = new LevelledTurn(interruptBlockOf(block), {
    callbackThrew: ({ origin }, error) => fault(origin, error),
    lineIsStuck: ({ origin }, unclaimed) =>
      fault(
        origin,
        new Error(`an interrupt was switched off: nobody claimed it ${unclaimed} times in a row`),
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
