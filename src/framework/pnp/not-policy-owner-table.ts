/**
 * The power policy machine of a device that does not own the policy (a filter, a bus driver's child under a
 * function driver): 18 states, 33 edges. It follows what the owner decides for the stack.
 * Runs on: any thread; data only. Source: [WDF] notpowerpolicyownerstatemachine.cpp; kmdf.md 6.6.
 */
import type { PowerPolicyEvent } from './power-policy-events.js'
import { STAY, stateTable } from './state-table.js'

export const NOT_POLICY_OWNER_TABLE = stateTable<PowerPolicyEvent>()({
  ObjectCreated: { open: true, on: { Start: 'Starting', Remove: 'Removed' } },
  Starting: { on: { PowerUp: 'Started', PowerUpFailed: 'StartingFailed' }, next: [STAY] },
  Started: { next: ['StartingSucceeded'] },
  StartingSucceeded: {
    open: true,
    on: {
      PowerDownIoStopped: 'GotoDx',
      Stop: 'Stopping',
      SurpriseRemove: 'Stopping',
      PowerUpHwStarted: 'GotoD0InD0',
    },
  },
  GotoDx: { on: { PowerDown: 'Dx', PowerDownFailed: 'StartingSucceeded' }, next: [STAY] },
  GotoDxInDx: { on: { PowerDown: 'Dx', PowerDownFailed: 'Dx' }, next: [STAY] },
  Dx: {
    open: true,
    on: {
      PowerUpHwStarted: 'GotoD0',
      Stop: 'Stopping',
      SurpriseRemove: 'Stopping',
      PowerDownIoStopped: 'GotoDxInDx',
    },
  },
  GotoD0: {
    on: { PowerUp: 'StartingSucceeded', PowerUpFailed: 'StartingSucceeded' },
    next: [STAY],
  },
  GotoD0InD0: {
    on: { PowerUp: 'StartingSucceeded', PowerUpFailed: 'StartingSucceeded' },
    next: [STAY],
  },
  Stopping: { next: ['StoppingWaitingForImplicitPowerDown'] },
  StoppingSendStatus: { next: ['Stopped'] },
  StartingFailed: { open: true, on: { Remove: 'Removed' }, next: [STAY] },
  StoppingFailed: { next: ['Stopped'] },
  Stopped: { open: true, on: { Start: 'Starting', Remove: 'Removed' } },
  StoppingWaitingForImplicitPowerDown: {
    open: true,
    on: {
      ImplicitPowerDown: 'StoppingSendStatus',
      ImplicitPowerDownFailed: 'StoppingFailed',
      PowerDownIoStopped: 'StoppingPoweringDown',
      PowerUpHwStarted: 'StoppingPoweringUp',
    },
  },
  StoppingPoweringUp: {
    on: {
      PowerUp: 'StoppingWaitingForImplicitPowerDown',
      PowerUpFailed: 'StoppingWaitingForImplicitPowerDown',
    },
    next: [STAY],
  },
  StoppingPoweringDown: {
    on: {
      PowerDown: 'StoppingWaitingForImplicitPowerDown',
      PowerDownFailed: 'StoppingWaitingForImplicitPowerDown',
    },
    next: [STAY],
  },
  Removed: { open: true, on: { Start: 'Starting', Remove: 'Removed' }, next: [STAY] },
})

export type NotPolicyOwnerState = keyof typeof NOT_POLICY_OWNER_TABLE
