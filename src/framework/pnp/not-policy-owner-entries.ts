/**
 * Entry functions of the power policy machine of a device that does not own the policy.
 * Runs on: the device's home worker. Source: [WDF] notpowerpolicyownerstatemachine.cpp.
 */
import type { NotPolicyOwnerState } from './not-policy-owner-table.js'
import { EntryGroups } from './entry-groups.js'
import type { PnpContext } from './pnp-context.js'
import type { EntryFunction, EntryFunctions, EntryResult } from './state-machine.js'
import { STAY } from './state-table.js'

export const notPolicyOwnerEntries = new EntryGroups<NotPolicyOwnerState>([entriesOf])

function entriesOf(c: PnpContext): EntryFunctions<NotPolicyOwnerState> {
  const completeD0 = followed(STAY, () => c.power.post('CompleteD0'))
  const completeDx = followed(STAY, () => c.power.post('CompleteDx'))
  return {
    Starting: followed(STAY, () => c.power.post('ImplicitD0')),
    Started: followed('StartingSucceeded', () => {
      c.childPower.allow()
      c.pnp.post('PwrPolStarted')
    }),
    GotoDx: completeDx,
    GotoDxInDx: completeDx,
    GotoD0: completeD0,
    GotoD0InD0: completeD0,
    Stopping: followed('StoppingWaitingForImplicitPowerDown', () => {
      c.childPower.block()
      c.power.post('ImplicitD3')
    }),
    StoppingSendStatus: followed('Stopped', () => c.pnp.post('PwrPolStopped')),
    StartingFailed: followed(STAY, () => c.pnp.post('PwrPolStartFailed')),
    StoppingFailed: followed('Stopped', () => c.pnp.post('PwrPolStopFailed')),
    StoppingPoweringUp: completeD0,
    StoppingPoweringDown: completeDx,
    Removed: followed(STAY, () => c.pnp.post('PwrPolRemoved')),
  }
}

function followed(
  next: EntryResult<NotPolicyOwnerState>,
  act: () => void,
): EntryFunction<NotPolicyOwnerState> {
  return () => {
    act()
    return next
  }
}
