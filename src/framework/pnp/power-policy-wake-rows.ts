/**
 * Rows of the power policy owner's table: an idle device in S0 that is armed to wake itself.
 * Runs on: any thread; data only. Source: [WDF] powerpolicystatemachine.cpp; kmdf.md 6.9.
 */
import { STAY } from './state-table.js'

export const WAKE_ROWS = {
  StartedWakeCapable: {
    open: true,
    on: {
      PowerTimeoutExpired: 'WakeCapableDeviceIdle',
      Sx: 'StartedWakeCapableCancelTimerForSleep',
      Stop: 'StoppingCancelTimer',
      SurpriseRemove: 'StoppingCancelTimer',
      S0IdlePolicyChanged: 'StartedCancelTimer',
    },
    next: [STAY],
    drops: [
      'S0',
      'PowerUp',
      'WakeArrived',
      'WakeSuccess',
      'WakeFailed',
      'IoPresent',
      'DevicePowerNotRequired',
      'DevicePowerRequired',
    ],
  },
  TimerExpiredDecideUsbSS: { next: ['TimerExpiredWakeCapablePowerDown'] },
  TimerExpiredWakeCapablePowerDown: {
    on: {
      PowerDownIoStopped: 'TimerExpiredWakeCapableSendWake',
      PowerDown: 'TimerExpiredWakeCapablePowerDownNotProcessed',
    },
    next: ['TimerExpiredWakeCapableDxAllocFailed', STAY],
  },
  TimerExpiredWakeCapableSendWake: {
    on: {
      WakeArrived: 'TimerExpiredWakeCapableWakeArrived',
      WakeFailed: 'TimerExpiredWakeCompletedDisarm',
      WakeSuccess: 'TimerExpiredWakeSucceeded',
    },
    next: ['TimerExpiredWakeCapableCleanup', STAY],
  },
  TimerExpiredWakeCapableWakeArrived: {
    on: {
      PowerDown: 'WaitingArmedUsbSS',
      WakeSuccess: 'TimerExpiredWakeCapableWakeSucceeded',
      WakeFailed: 'TimerExpiredWakeCapableWakeFailed',
      PowerDownFailed: 'TimerExpiredWakeCapablePowerDownFailedCancelWake',
      WakeInterruptFired: 'TimerExpiredWakeCapableWakeInterruptArrived',
    },
    next: ['TimerExpiredWakeCapableRevertArmWake', 'TimerExpiredWakeCapableCancelWake', STAY],
  },
  TimerExpiredWakeCapableCancelWake: {
    on: {
      WakeSuccess: 'TimerExpiredWakeCapableWakeCanceled',
      WakeFailed: 'TimerExpiredWakeCapableWakeCanceled',
    },
    next: ['TimerExpiredWakeCapableWakeCanceled', STAY],
  },
  TimerExpiredWakeCapableWakeCanceled: { next: ['TimerExpiredWakeCapableCleanup'] },
  TimerExpiredWakeCapableCleanup: { next: ['TimerExpiredWakeCompletedPowerDown'] },
  TimerExpiredWakeCapableDxAllocFailed: { next: ['TimerExpiredWakeCapableUndoPowerDown'] },
  TimerExpiredWakeCompletedPowerDown: {
    on: {
      PowerDown: 'TimerExpiredWakeCompletedPowerDownCheckDirected',
      PowerDownFailed: 'DevicePowerRequestFailed',
    },
    next: [STAY],
    drops: ['WakeSuccess', 'WakeArrived'],
  },
  TimerExpiredWakeCompletedPowerUp: {
    on: {
      PowerUpHwStarted: 'TimerExpiredWakeCompletedHardwareStarted',
      PowerUpFailed: 'DevicePowerRequestFailed',
      PowerUpNotSeen: 'DeviceD0PowerRequestFailed',
    },
    next: ['DeviceD0PowerRequestFailed', STAY],
    drops: ['WakeSuccess', 'WakeArrived'],
  },
  WaitingArmedUsbSS: { next: ['WaitingArmedQueryIdle'] },
  WaitingArmed: {
    open: true,
    on: {
      IoPresent: 'WaitingArmedQueryIdle',
      Sx: 'CancelingUsbSSForSystemSleep',
      WakeSuccess: 'WaitingArmedWakeSucceededCancelUsbSS',
      WakeFailed: 'WaitingArmedWakeFailedCancelUsbSS',
      Stop: 'StoppingD0CancelUsbSS',
      SurpriseRemove: 'WaitingArmedStoppingCancelUsbSS',
      S0IdlePolicyChanged: 'WaitingArmedIoPresentCancelUsbSS',
      DevicePowerRequired: 'WaitingArmedIoPresentCancelUsbSS',
      WakeInterruptFired: 'WaitingArmedWakeInterruptFired',
    },
    drops: ['S0'],
  },
  WaitingArmedQueryIdle: { next: ['WaitingArmed', 'WaitingArmedIoPresentCancelUsbSS'] },
  IoPresentArmed: {
    on: { WakeFailed: 'IoPresentArmedWakeCanceled', WakeSuccess: 'IoPresentArmedWakeCanceled' },
    next: ['IoPresentArmedWakeCanceled', STAY],
    drops: ['WakeInterruptFired'],
  },
  IoPresentArmedWakeCanceled: {
    on: {
      PowerUpHwStarted: 'S0WakeDisarm',
      PowerUpFailed: 'DevicePowerRequestFailed',
      PowerUpNotSeen: 'DeviceD0PowerRequestFailed',
    },
    next: ['DeviceD0PowerRequestFailed', STAY],
    drops: ['WakeSuccess', 'WakeFailed', 'WakeInterruptFired'],
  },
  S0WakeDisarm: { next: ['S0WakeCompletePowerUp'] },
  S0WakeCompletePowerUp: {
    on: { PowerUp: 'StartingDecideS0Wake', PowerUpFailed: 'DevicePowerRequestFailed' },
    next: [STAY],
  },
  TimerExpiredWakeSucceeded: { next: ['TimerExpiredWakeCompletedDisarm'] },
  TimerExpiredWakeCompletedDisarm: { next: ['TimerExpiredWakeCapableCleanup'] },
  TimerExpiredWakeCapableWakeSucceeded: {
    on: {
      PowerDown: 'TimerExpiredWakeCapableWakeSucceededCheckDirected',
      PowerDownFailed: 'TimerExpiredWakeCapablePowerDownFailedUsbSS',
    },
  },
  TimerExpiredWakeCapableWakeFailed: {
    on: {
      PowerDown: 'TimerExpiredWakeCapableWakeFailedCheckDirected',
      PowerDownFailed: 'TimerExpiredWakeCapablePowerDownFailedUsbSS',
    },
  },
  WakeFailedUsbSS: { next: ['IoPresentArmedWakeCanceled'] },
  TimerExpiredWakeCapablePowerDownFailedCancelWake: {
    on: {
      WakeSuccess: 'TimerExpiredWakeCapablePowerDownFailedWakeCanceled',
      WakeFailed: 'TimerExpiredWakeCapablePowerDownFailedWakeCanceled',
    },
    next: ['TimerExpiredWakeCapablePowerDownFailedWakeCanceled', STAY],
  },
  TimerExpiredWakeCapablePowerDownFailedWakeCanceled: {
    next: ['TimerExpiredWakeCapablePowerDownFailedUsbSS'],
  },
  TimerExpiredWakeCapablePowerDownFailedUsbSS: { next: ['DevicePowerRequestFailed'] },
  WokeFromS0UsbSS: { next: ['WokeFromS0'] },
  WokeFromS0: {
    on: {
      PowerUpHwStarted: 'WokeFromS0NotifyDriver',
      PowerUpFailed: 'DevicePowerRequestFailed',
      PowerUpNotSeen: 'DeviceD0PowerRequestFailed',
    },
    next: ['DeviceD0PowerRequestFailed', STAY],
  },
  WokeFromS0NotifyDriver: { next: ['S0WakeDisarm'] },
  StoppingD0: {
    on: {
      PowerUpHwStarted: 'StoppingDisarmWake',
      PowerUpFailed: 'StoppingD0Failed',
      PowerUpNotSeen: 'DeviceD0PowerRequestFailed',
    },
    next: ['DeviceD0PowerRequestFailed', STAY],
    drops: ['WakeSuccess', 'WakeFailed'],
  },
  StoppingD0Failed: { next: ['StoppingDisarmWakeCancelWake'] },
  StoppingDisarmWake: {
    on: { PowerUp: 'StoppingDisarmWakeCancelWake', PowerUpFailed: 'StoppingD0Failed' },
    next: [STAY],
    drops: ['WakeFailed', 'WakeSuccess'],
  },
  StoppingDisarmWakeCancelWake: {
    on: {
      WakeFailed: 'StoppingDisarmWakeWakeCanceled',
      WakeSuccess: 'StoppingDisarmWakeWakeCanceled',
    },
    next: ['StoppingDisarmWakeWakeCanceled', STAY],
  },
  StoppingDisarmWakeWakeCanceled: { next: ['Stopping'] },
  StoppingCancelWake: {
    open: true,
    on: { WakeFailed: 'Stopping', WakeSuccess: 'Stopping' },
    next: ['Stopping', STAY],
  },
  TimerExpiredWakeCapablePowerDownNotProcessed: { next: ['TimerExpiredWakeCapableDxAllocFailed'] },
  WaitingArmedStoppingCancelUsbSS: { next: ['StoppingCancelWake'] },
  WaitingArmedWakeFailedCancelUsbSS: { next: ['IoPresentArmedWakeCanceled'] },
  WaitingArmedIoPresentCancelUsbSS: { next: ['IoPresentArmed'] },
  WaitingArmedWakeSucceededCancelUsbSS: { next: ['WokeFromS0'] },
  StoppingD0CancelUsbSS: { next: ['StoppingD0'] },
  WakeCapableDeviceIdle: {
    open: true,
    on: {
      DevicePowerNotRequired: 'TimerExpiredDecideUsbSS',
      Sx: 'DeviceIdleSleeping',
      Stop: 'DeviceIdleStopping',
      SurpriseRemove: 'DeviceIdleStopping',
      S0IdlePolicyChanged: 'DeviceIdleReturnToActive',
      IoPresent: 'DeviceIdleReturnToActive',
    },
    next: ['TimerExpiredDecideUsbSS', STAY],
    drops: ['S0', 'DevicePowerRequired'],
  },
  TimerExpiredWakeCapableUndoPowerDown: { next: ['DeviceIdleReturnToActive'] },
  TimerExpiredWakeCompletedHardwareStarted: { next: ['S0WakeCompletePowerUp'] },
  WaitingArmedWakeInterruptFired: {
    on: {
      WakeFailed: 'WaitingArmedWakeSucceededCancelUsbSS',
      WakeSuccess: 'WaitingArmedWakeSucceededCancelUsbSS',
    },
    next: ['WaitingArmedWakeSucceededCancelUsbSS', STAY],
  },
  TimerExpiredWakeCapableWakeInterruptArrived: {
    on: {
      WakeFailed: 'TimerExpiredWakeCapableWakeSucceeded',
      WakeSuccess: 'TimerExpiredWakeCapableWakeSucceeded',
      PowerDownFailed: 'TimerExpiredWakeCapablePowerDownFailedWakeInterruptArrived',
      PowerDown: 'WaitingArmedWakeInterruptFiredDuringPowerDown',
    },
    next: ['TimerExpiredWakeCapableWakeSucceeded', STAY],
  },
  TimerExpiredWakeCapablePowerDownFailedWakeInterruptArrived: {
    on: {
      WakeFailed: 'TimerExpiredWakeCapablePowerDownFailedWakeCanceled',
      WakeSuccess: 'TimerExpiredWakeCapablePowerDownFailedWakeCanceled',
    },
  },
  WaitingArmedWakeInterruptFiredDuringPowerDown: {
    on: {
      WakeFailed: 'WaitingArmedWakeSucceededCancelUsbSS',
      WakeSuccess: 'WaitingArmedWakeSucceededCancelUsbSS',
    },
  },
  TimerExpiredWakeCompletedPowerDownCheckDirected: { next: ['TimerExpiredWakeCompletedPowerUp'] },
  TimerExpiredWakeCapableWakeSucceededCheckDirected: { next: ['WokeFromS0UsbSS'] },
  TimerExpiredWakeCapableWakeFailedCheckDirected: { next: ['WakeFailedUsbSS'] },
  TimerExpiredWakeCapableRevertArmWake: { next: ['TimerExpiredWakeCapableCancelWake'] },
} as const
