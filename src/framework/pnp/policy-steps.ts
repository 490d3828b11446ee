/**
 * Steps that many entry functions of the power policy machine are: pass on, ask for D0, cancel wake.
 * Runs on: the device's home worker.
 */
import type { PnpContext } from './pnp-context.js'
import type { PowerPolicyState } from './power-policy-table.js'
import type { EntryResult } from './state-machine.js'
import { STAY } from './state-table.js'

type Entry = () => EntryResult<PowerPolicyState>

/** A state that only leads on: it has work to do for devices that this machine has no part of. */
export function passTo(next: PowerPolicyState): Entry {
  return () => next
}

/** Does something, then goes on there. */
export function followed(next: EntryResult<PowerPolicyState>, act: () => void): Entry {
  return () => {
    act()
    return next
  }
}

/** Asks for D0; `refused` when the request cannot be sent. */
export function toD0(c: PnpContext, refused: PowerPolicyState): Entry {
  return () => (c.sendDevicePower('D0') ? STAY : refused)
}

/** Lets the power machine go on from started hardware to D0. */
export function completeD0(c: PnpContext): Entry {
  return followed(STAY, () => c.power.post('CompleteD0'))
}

/** Lets the power machine go on from held queues to Dx. */
export function completeDx(c: PnpContext): Entry {
  return followed(STAY, () => c.power.post('CompleteDx'))
}

/** Cancels the wait-wake request and waits for its end, unless that was heard already. */
export function cancelWake(c: PnpContext, ended: PowerPolicyState): Entry {
  return () => (!c.sentWaitWake.cancel() && c.wakeCompletionDropped ? ended : STAY)
}

/** Stops the idle time-out; false when it expired and the machine has not been told yet. */
export function timerDisabled(c: PnpContext): boolean {
  c.idle.disableTimer()
  return !c.policy.hasQueued('PowerTimeoutExpired')
}
