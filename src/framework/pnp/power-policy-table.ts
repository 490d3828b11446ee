/**
 * The power policy owner's machine as a table: 148 states and 196 edges of KMDF's 192 and 257. Left out are USB
 * selective suspend and directed power; states that only pass through when neither applies are kept, so that a
 * device visits the same states in the same order. Here are start, idle without wake, and stop; the rest is in
 * the two files it is put together from. Runs on: any thread; data only.
 * Source: [WDF] powerpolicystatemachine.cpp; kmdf.md 6.9.
 */
import type { PowerPolicyEvent } from './power-policy-events.js'
import { SLEEP_ROWS } from './power-policy-sleep-rows.js'
import { WAKE_ROWS } from './power-policy-wake-rows.js'
import { STAY, stateTable } from './state-table.js'

export const POWER_POLICY_TABLE = stateTable<PowerPolicyEvent>()({
  ObjectCreated: {
    open: true,
    on: { Start: 'Starting', Remove: 'Removed' },
    drops: ['S0', 'Sx', 'S0IdlePolicyChanged'],
  },
  Starting: { on: { PowerUp: 'StartingPoweredUp', PowerUpFailed: 'StartingFailed' }, next: [STAY] },
  StartingSucceeded: { next: ['StartingDecideS0Wake'] },
  StartingFailed: { open: true, on: { Remove: 'Removed' }, next: [STAY] },
  StartingDecideS0Wake: { next: ['StartedWakeCapable', 'StartedIdleCapable', 'Started'] },
  StartedIdleCapable: {
    open: true,
    on: {
      PowerTimeoutExpired: 'IdleCapableDeviceIdle',
      Sx: 'StartedIdleCapableCancelTimerForSleep',
      Stop: 'StoppingCancelTimer',
      SurpriseRemove: 'StoppingCancelTimer',
      S0IdlePolicyChanged: 'StartedCancelTimer',
    },
    next: [STAY],
    drops: [
      'S0',
      'WakeArrived',
      'PowerUp',
      'IoPresent',
      'DevicePowerNotRequired',
      'DevicePowerRequired',
    ],
  },
  TimerExpiredNoWake: {
    on: {
      PowerDownIoStopped: 'TimerExpiredNoWakeCompletePowerDown',
      PowerDown: 'TimerExpiredNoWakePowerDownNotProcessed',
    },
    next: ['TimerExpiredNoWakeUndoPowerDown', STAY],
  },
  TimerExpiredNoWakeCompletePowerDown: {
    on: {
      PowerDown: 'TimerExpiredNoWakePoweredDownDisableIdleTimer',
      PowerDownFailed: 'DevicePowerRequestFailed',
    },
    next: [STAY],
  },
  WaitingUnarmed: {
    open: true,
    on: {
      IoPresent: 'WaitingUnarmedQueryIdle',
      Sx: 'SystemSleepFromDeviceWaitingUnarmed',
      Stop: 'StoppingResetDevice',
      SurpriseRemove: 'StoppingCancelTimer',
      S0IdlePolicyChanged: 'S0NoWakePowerUp',
      DevicePowerRequired: 'S0NoWakePowerUp',
    },
    drops: ['S0', 'DevicePowerNotRequired'],
  },
  WaitingUnarmedQueryIdle: { next: ['WaitingUnarmed', 'S0NoWakePowerUp'] },
  S0NoWakePowerUp: {
    on: {
      PowerUpHwStarted: 'S0NoWakeCompletePowerUp',
      PowerUpFailed: 'DevicePowerRequestFailed',
      PowerUpNotSeen: 'DeviceD0PowerRequestFailed',
    },
    next: ['DeviceD0PowerRequestFailed', STAY],
  },
  S0NoWakeCompletePowerUp: {
    on: { PowerUp: 'StartingDecideS0Wake', PowerUpFailed: 'DevicePowerRequestFailed' },
    next: [STAY],
  },
  StoppingResetDevice: {
    on: {
      PowerUpHwStarted: 'StoppingResetDeviceCompletePowerUp',
      PowerUpFailed: 'StoppingResetDeviceFailed',
      PowerUpNotSeen: 'DeviceD0PowerRequestFailed',
    },
    next: ['DeviceD0PowerRequestFailed', STAY],
  },
  StoppingResetDeviceCompletePowerUp: {
    on: { PowerUp: 'Stopping', PowerUpFailed: 'StoppingResetDeviceFailed' },
    next: [STAY],
  },
  StoppingResetDeviceFailed: { next: ['Stopping'] },
  Stopping: {
    on: { PowerDown: 'StoppingSendStatus', PowerDownFailed: 'StoppingFailed' },
    next: [STAY],
  },
  StoppingFailed: { next: ['StoppingSendStatus'] },
  StoppingSendStatus: { next: ['Stopped'] },
  StoppingCancelTimer: { next: ['Stopping', 'StoppingWaitForIdleTimeout'] },
  StoppingWaitForIdleTimeout: { open: true, on: { PowerTimeoutExpired: 'Stopping' } },
  Stopped: {
    open: true,
    on: { Start: 'Restarting', Remove: 'StoppedRemoving' },
    drops: ['PowerTimeoutExpired', 'S0', 'IoPresent', 'DevicePowerRequired'],
  },
  Started: {
    open: true,
    on: {
      Sx: 'Sleeping',
      Stop: 'Stopping',
      SurpriseRemove: 'Stopping',
      S0IdlePolicyChanged: 'StartingDecideS0Wake',
    },
    next: [STAY],
    drops: [
      'S0',
      'WakeArrived',
      'WakeSuccess',
      'PowerUp',
      'IoPresent',
      'PowerTimeoutExpired',
      'DevicePowerRequired',
    ],
  },
  StartedCancelTimer: { next: ['StartingDecideS0Wake', 'StartedWaitForIdleTimeout'] },
  StartedWaitForIdleTimeout: {
    open: true,
    on: {
      PowerTimeoutExpired: 'StartingDecideS0Wake',
      Stop: 'StoppingWaitForIdleTimeout',
      SurpriseRemove: 'StoppingWaitForIdleTimeout',
    },
  },
  DeviceD0PowerRequestFailed: { next: ['DevicePowerRequestFailed'] },
  DevicePowerRequestFailed: {
    open: true,
    on: { Stop: 'StoppingCancelTimer', SurpriseRemove: 'Stopping' },
    next: [STAY],
    drops: ['S0', 'Sx', 'WakeArrived', 'WakeFailed', 'DevicePowerRequired', 'IoPresent'],
  },
  TimerExpiredNoWakePowerDownNotProcessed: { next: ['TimerExpiredNoWakeUndoPowerDown'] },
  TimerExpiredNoWakePoweredDownDisableIdleTimer: { next: ['WaitingUnarmedQueryIdle'] },
  StartingPoweredUp: { next: ['StartingPoweredUpFailed', 'StartingSucceeded'] },
  IdleCapableDeviceIdle: {
    open: true,
    on: {
      DevicePowerNotRequired: 'TimerExpiredNoWake',
      Sx: 'DeviceIdleSleeping',
      Stop: 'DeviceIdleStopping',
      SurpriseRemove: 'DeviceIdleStopping',
      S0IdlePolicyChanged: 'DeviceIdleReturnToActive',
      IoPresent: 'DeviceIdleReturnToActive',
    },
    next: ['TimerExpiredNoWake', STAY],
    drops: ['S0', 'DevicePowerRequired'],
  },
  DeviceIdleReturnToActive: { next: ['StartedCancelTimer'] },
  DeviceIdleSleeping: { next: ['StartedIdleCapableCancelTimerForSleep'] },
  DeviceIdleStopping: { next: ['StoppingCancelTimer'] },
  TimerExpiredNoWakeUndoPowerDown: { next: ['TimerExpiredNoWakeReturnToActive'] },
  StoppedRemoving: { next: ['Removed'] },
  Removed: {
    open: true,
    on: { Start: 'Starting', Remove: 'Removed' },
    next: [STAY],
    drops: ['Sx', 'S0', 'S0IdlePolicyChanged'],
  },
  Restarting: {
    on: { PowerUp: 'StartingSucceeded', PowerUpFailed: 'RestartingFailed' },
    next: [STAY],
  },
  RestartingFailed: { next: ['Stopped'] },
  StartingPoweredUpFailed: { on: { PowerDown: 'StartingFailed' }, next: [STAY] },
  TimerExpiredNoWakeReturnToActive: { next: ['StartedIdleCapable'] },
  ...WAKE_ROWS,
  ...SLEEP_ROWS,
})

export type PowerPolicyState = keyof typeof POWER_POLICY_TABLE
