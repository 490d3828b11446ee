/**
 * Rows of the power policy owner's table: the system sleeps and wakes (Sx), with and without wake armed.
 * Runs on: any thread; data only. Source: [WDF] powerpolicystatemachine.cpp; kmdf.md 6.9.
 */
import { STAY } from './state-table.js'

export const SLEEP_ROWS = {
  SystemSleepFromDeviceWaitingUnarmed: { next: ['SystemSleepNeedWake', 'SystemAsleepNoWake'] },
  SystemSleepNeedWake: {
    on: {
      PowerUpHwStarted: 'SystemSleepNeedWakeCompletePowerUp',
      PowerUpFailed: 'SystemSleepPowerRequestFailed',
      PowerUpNotSeen: 'PowerUpForSystemSleepNotSeen',
    },
    next: ['SystemAsleepNoWake', STAY],
  },
  SystemSleepNeedWakeCompletePowerUp: {
    on: { PowerUp: 'Sleeping', PowerUpFailed: 'SystemSleepPowerRequestFailed' },
    next: [STAY],
  },
  SystemSleepPowerRequestFailed: { next: ['DevicePowerRequestFailed'] },
  CheckPowerPageable: { next: ['SleepingWakeWakeArrived', 'SleepingWakeWakeArrivedNP'] },
  SleepingWakeWakeArrived: {
    on: { PowerDown: 'SystemAsleepWakeArmed', PowerDownFailed: 'SleepingWakePowerDownFailed' },
    next: ['SleepingWakeCancelWake', 'SleepingWakeRevertArmWake', STAY],
    drops: ['WakeFailed', 'WakeSuccess', 'WakeInterruptFired'],
  },
  SleepingWakeRevertArmWake: { next: ['SleepingWakeCancelWake'] },
  SystemAsleepWakeArmed: {
    open: true,
    on: {
      S0: 'SystemWakeDeviceWakeEnabled',
      WakeSuccess: 'SystemWakeDeviceWakeTriggered',
      WakeInterruptFired: 'SystemWakeDeviceWakeInterruptFired',
    },
    next: [STAY],
    drops: ['WakeFailed', 'IoPresent', 'PowerTimeoutExpired', 'DevicePowerNotRequired'],
  },
  SystemWakeDeviceWakeEnabled: {
    on: {
      WakeFailed: 'SystemWakeDeviceWakeEnabledWakeCanceled',
      WakeSuccess: 'SystemWakeDeviceWakeEnabledWakeCanceled',
    },
    next: ['SystemWakeDeviceWakeEnabledWakeCanceled', STAY],
    drops: ['WakeInterruptFired'],
  },
  SystemWakeDeviceWakeEnabledWakeCanceled: {
    on: {
      PowerUpHwStarted: 'SystemWakeDeviceWakeDisarm',
      PowerUpFailed: 'SystemWakeDevicePowerRequestFailed',
      PowerUpNotSeen: 'SystemWakeDeviceD0PowerRequestFailed',
    },
    next: ['SystemWakeDeviceD0PowerRequestFailed', STAY],
    drops: ['WakeInterruptFired'],
  },
  SystemWakeDeviceWakeDisarm: { next: ['SystemWakeDeviceWakeCompletePowerUp'] },
  SystemWakeDeviceWakeTriggered: { open: true, on: { S0: 'SystemWakeDeviceWakeTriggeredS0' } },
  SystemWakeDeviceWakeTriggeredS0: {
    on: {
      PowerUpHwStarted: 'SystemWakeDeviceWokeDisarm',
      PowerUpFailed: 'SystemWakeDevicePowerRequestFailed',
      PowerUpNotSeen: 'SystemWakeDeviceD0PowerRequestFailed',
    },
    next: ['SystemWakeDeviceD0PowerRequestFailed', STAY],
  },
  SystemWakeDeviceWokeDisarm: { next: ['SystemWakeDeviceWakeCompletePowerUp'] },
  SleepingWakeWakeArrivedNP: {
    on: { PowerDown: 'SystemAsleepWakeArmedNP', PowerDownFailed: 'SleepingWakePowerDownFailed' },
    next: ['SleepingWakeCancelWakeNP', 'SleepingWakeRevertArmWakeNP', STAY],
    drops: ['WakeFailed', 'WakeSuccess', 'WakeInterruptFired'],
  },
  SleepingWakeRevertArmWakeNP: { next: ['SleepingWakeCancelWakeNP'] },
  SleepingWakePowerDownFailed: {
    on: {
      WakeSuccess: 'SleepingWakePowerDownFailedWakeCanceled',
      WakeFailed: 'SleepingWakePowerDownFailedWakeCanceled',
    },
    next: ['SleepingWakePowerDownFailedWakeCanceled', STAY],
  },
  SleepingWakePowerDownFailedWakeCanceled: { next: ['DevicePowerRequestFailed'] },
  SystemAsleepWakeArmedNP: {
    open: true,
    on: {
      S0: 'SystemWakeDeviceWakeEnabledNP',
      WakeSuccess: 'SystemWakeDeviceWakeTriggeredNP',
      WakeInterruptFired: 'SystemWakeDeviceWakeInterruptFiredNP',
    },
    next: [STAY],
    drops: ['WakeFailed', 'IoPresent', 'PowerTimeoutExpired', 'DevicePowerNotRequired'],
  },
  SystemWakeDeviceWakeEnabledNP: {
    on: {
      WakeFailed: 'SystemWakeDeviceWakeEnabledWakeCanceledNP',
      WakeSuccess: 'SystemWakeDeviceWakeEnabledWakeCanceledNP',
    },
    next: ['SystemWakeDeviceWakeEnabledWakeCanceledNP', STAY],
    drops: ['WakeInterruptFired'],
  },
  SystemWakeDeviceWakeEnabledWakeCanceledNP: {
    on: {
      PowerUpHwStarted: 'SystemWakeDeviceWakeDisarmNP',
      PowerUpFailed: 'SystemWakeDevicePowerRequestFailed',
      PowerUpNotSeen: 'SystemWakeDeviceD0PowerRequestFailed',
    },
    next: ['SystemWakeDeviceD0PowerRequestFailed', STAY],
    drops: ['WakeSuccess', 'WakeInterruptFired'],
  },
  SystemWakeDeviceWakeDisarmNP: { next: ['SystemWakeDeviceWakeCompletePowerUp'] },
  SystemWakeDeviceWakeTriggeredNP: {
    open: true,
    on: { S0: 'SystemWakeDeviceWakeTriggeredS0NP' },
    drops: ['IoPresent'],
  },
  SystemWakeDeviceWakeTriggeredS0NP: {
    on: {
      PowerUpHwStarted: 'SystemWakeDeviceWokeDisarmNP',
      PowerUpFailed: 'SystemWakeDevicePowerRequestFailed',
      PowerUpNotSeen: 'SystemWakeDeviceD0PowerRequestFailed',
    },
    next: ['SystemWakeDeviceD0PowerRequestFailed', STAY],
  },
  SystemWakeDeviceWokeDisarmNP: { next: ['SystemWakeDeviceWakeCompletePowerUp'] },
  SystemWakeDeviceWakeCompletePowerUp: {
    on: { PowerUp: 'StartingDecideS0Wake', PowerUpFailed: 'DevicePowerRequestFailed' },
    next: [STAY],
  },
  Sleeping: { next: ['SleepingWakePowerDown', 'SleepingNoWakePowerDown'] },
  SleepingNoWakePowerDown: {
    on: {
      PowerDownIoStopped: 'SleepingNoWakeCompletePowerDown',
      PowerDown: 'SleepingPowerDownNotProcessed',
    },
    next: ['SleepingNoWakeDxRequestFailed', STAY],
  },
  SleepingNoWakeCompletePowerDown: {
    on: { PowerDown: 'SystemAsleepNoWake', PowerDownFailed: 'SystemSleepPowerRequestFailed' },
    next: [STAY],
    drops: ['WakeArrived'],
  },
  SleepingNoWakeDxRequestFailed: { next: ['DevicePowerRequestFailed'] },
  SleepingWakePowerDown: {
    on: { PowerDownIoStopped: 'SleepingSendWake', PowerDown: 'SleepingPowerDownNotProcessed' },
    next: ['SleepingNoWakePowerDown', STAY],
  },
  SleepingSendWake: {
    on: {
      WakeArrived: 'CheckPowerPageable',
      WakeSuccess: 'SleepingNoWakeCompletePowerDown',
      WakeFailed: 'SleepingNoWakeCompletePowerDown',
    },
    next: ['SleepingNoWakeCompletePowerDown', STAY],
  },
  SystemAsleepNoWake: {
    open: true,
    on: { S0: 'SystemWakeDeviceWakeDisabled' },
    next: [STAY],
    drops: [
      'S0IdlePolicyChanged',
      'WakeArrived',
      'IoPresent',
      'PowerTimeoutExpired',
      'DevicePowerNotRequired',
    ],
  },
  SystemWakeDeviceWakeDisabled: { next: ['SystemWakeQueryIdle', 'SystemWakeDeviceToD0'] },
  SystemWakeDeviceToD0: {
    on: {
      PowerUpHwStarted: 'SystemWakeDeviceToD0CompletePowerUp',
      PowerUpFailed: 'SystemWakeDevicePowerRequestFailed',
      PowerUpNotSeen: 'SystemWakeDeviceD0PowerRequestFailed',
    },
    next: ['SystemWakeDeviceD0PowerRequestFailed', STAY],
  },
  SystemWakeDeviceToD0CompletePowerUp: {
    on: { PowerUp: 'StartingDecideS0Wake', PowerUpFailed: 'DevicePowerRequestFailed' },
    next: [STAY],
  },
  SystemWakeQueryIdle: { next: ['WaitingUnarmed', 'SystemWakeDeviceToD0'] },
  CancelingWakeForSystemSleep: {
    on: {
      WakeFailed: 'CancelingWakeForSystemSleepWakeCanceled',
      WakeSuccess: 'CancelingWakeForSystemSleepWakeCanceled',
    },
    next: ['CancelingWakeForSystemSleepWakeCanceled', STAY],
  },
  CancelingWakeForSystemSleepWakeCanceled: {
    on: {
      PowerUpHwStarted: 'DisarmingWakeForSystemSleepCompletePowerUp',
      PowerUpFailed: 'PowerUpForSystemSleepFailed',
      PowerUpNotSeen: 'PowerUpForSystemSleepNotSeen',
    },
    next: ['PowerUpForSystemSleepNotSeen', STAY],
    drops: ['WakeSuccess'],
  },
  DisarmingWakeForSystemSleepCompletePowerUp: {
    on: {
      PowerUp: 'StartedWakeCapableCancelTimerForSleep',
      PowerUpFailed: 'PowerUpForSystemSleepFailed',
    },
    next: [STAY],
  },
  PowerUpForSystemSleepFailed: { next: ['DevicePowerRequestFailed'] },
  StartedWakeCapableCancelTimerForSleep: {
    next: ['StartedWakeCapableTimerCanceledForSleep', 'StartedWakeCapableWaitForIdleTimeout'],
  },
  StartedWakeCapableWaitForIdleTimeout: {
    open: true,
    on: { PowerTimeoutExpired: 'StartedWakeCapableTimerCanceledForSleep' },
  },
  StartedIdleCapableCancelTimerForSleep: {
    next: ['StartedIdleCapableTimerCanceledForSleep', 'StartedIdleCapableWaitForIdleTimeout'],
  },
  StartedIdleCapableWaitForIdleTimeout: {
    open: true,
    on: { PowerTimeoutExpired: 'StartedIdleCapableTimerCanceledForSleep' },
  },
  SleepingPowerDownNotProcessed: { next: ['SystemSleepPowerRequestFailed'] },
  PowerUpForSystemSleepNotSeen: { next: ['DeviceD0PowerRequestFailed'] },
  CancelingUsbSSForSystemSleep: { next: ['CancelingWakeForSystemSleep'] },
  SystemWakeDeviceWakeInterruptFired: {
    on: {
      WakeFailed: 'SystemWakeDeviceWakeTriggered',
      WakeSuccess: 'SystemWakeDeviceWakeTriggered',
    },
    next: ['SystemWakeDeviceWakeTriggered', STAY],
  },
  SystemWakeDeviceWakeInterruptFiredNP: {
    on: {
      WakeFailed: 'SystemWakeDeviceWakeTriggeredNP',
      WakeSuccess: 'SystemWakeDeviceWakeTriggeredNP',
    },
    next: ['SystemWakeDeviceWakeTriggeredNP', STAY],
  },
  StartedIdleCapableTimerCanceledForSleep: { next: ['Sleeping'] },
  StartedWakeCapableTimerCanceledForSleep: { next: ['Sleeping'] },
  SleepingWakeCancelWake: {
    on: {
      WakeFailed: 'SleepingNoWakeCompletePowerDown',
      WakeSuccess: 'SleepingNoWakeCompletePowerDown',
    },
    next: ['SleepingNoWakeCompletePowerDown', STAY],
  },
  SleepingWakeCancelWakeNP: {
    on: {
      WakeFailed: 'SleepingNoWakeCompletePowerDown',
      WakeSuccess: 'SleepingNoWakeCompletePowerDown',
    },
    next: ['SleepingNoWakeCompletePowerDown', STAY],
  },
  SystemWakeDeviceD0PowerRequestFailed: { next: ['DeviceD0PowerRequestFailed'] },
  SystemWakeDevicePowerRequestFailed: { next: ['DevicePowerRequestFailed'] },
} as const
