/**
 * Entry functions of the power policy owner's machine: start, idle, wake from S0, stop. Those of system sleep
 * are in policy-sleep-entries.ts. Runs on: the device's home worker.
 * Source: [WDF] powerpolicystatemachine.cpp; kmdf.md 6.2, 6.9.
 */
import { isSuccess, STATUS_SUCCESS } from '../../abi/ntstatus.js'
import { CALLBACK_FAILED_IN_POST } from './callback-runner.js'
import { EntryGroups } from './entry-groups.js'
import { policySleepEntries } from './policy-sleep-entries.js'
import {
  cancelWake,
  completeD0,
  completeDx,
  followed,
  passTo,
  timerDisabled,
  toD0,
} from './policy-steps.js'
import type { PnpContext } from './pnp-context.js'
import type { PowerPolicyState } from './power-policy-table.js'
import type { EntryFunctions, EntryResult, Steps } from './state-machine.js'
import { STAY } from './state-table.js'

type Next = Steps<EntryResult<PowerPolicyState>>

export const policyEntries = new EntryGroups<PowerPolicyState>([
  startEntries,
  idleEntries,
  armEntries,
  armFailureEntries,
  wakeEntries,
  stopEntries,
  ...policySleepEntries,
])

function startEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  const start = (): typeof STAY => {
    c.idle.start()
    c.power.post('ImplicitD0')
    return STAY
  }
  return {
    Starting: start,
    *StartingPoweredUp(): Next {
      const status = yield* c.step('initializePowerManagement', (host) =>
        host.initializePowerManagement?.(),
      )
      return isSuccess(status) ? 'StartingSucceeded' : 'StartingPoweredUpFailed'
    },
    StartingPoweredUpFailed: followed(STAY, () => c.power.post('ImplicitD3')),
    StartingSucceeded: followed('StartingDecideS0Wake', () => c.pnp.post('PwrPolStarted')),
    StartingDecideS0Wake() {
      c.childPower.allow()
      if (!c.idleSettings.enabled) return 'Started'
      return c.idleSettings.wakeFromS0Capable ? 'StartedWakeCapable' : 'StartedIdleCapable'
    },
    StartingFailed: followed(STAY, () => {
      c.idle.stop()
      c.pnp.post('PwrPolStartFailed')
    }),
    Started: followed(STAY, () => c.idle.disableTimer()),
    StartedIdleCapable: followed(STAY, () => c.idle.enableTimer()),
    StartedWakeCapable: followed(STAY, () => c.idle.enableTimer()),
    StartedCancelTimer: () =>
      timerDisabled(c) ? 'StartingDecideS0Wake' : 'StartedWaitForIdleTimeout',
    Restarting: start,
    RestartingFailed: followed('Stopped', () => {
      c.idle.stop()
      c.pnp.post('PwrPolStartFailed')
    }),
  }
}

/** An idle device that cannot wake itself, and what both kinds share. */
function idleEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  const declareIdle = (next: PowerPolicyState) => (): EntryResult<PowerPolicyState> =>
    (c.host.systemManagedIdle?.declareIdle() ?? true) ? next : STAY
  const active = (next: PowerPolicyState) => followed(next, () => requestActive(c))
  return {
    IdleCapableDeviceIdle: declareIdle('TimerExpiredNoWake'),
    WakeCapableDeviceIdle: declareIdle('TimerExpiredDecideUsbSS'),
    DeviceIdleReturnToActive: active('StartedCancelTimer'),
    DeviceIdleSleeping: active('StartedIdleCapableCancelTimerForSleep'),
    DeviceIdleStopping: active('StoppingCancelTimer'),
    TimerExpiredNoWake: () => (idlePowerDown(c) ? STAY : 'TimerExpiredNoWakeUndoPowerDown'),
    TimerExpiredNoWakePowerDownNotProcessed: () => 'TimerExpiredNoWakeUndoPowerDown',
    TimerExpiredNoWakeUndoPowerDown: () => 'TimerExpiredNoWakeReturnToActive',
    TimerExpiredNoWakeReturnToActive: active('StartedIdleCapable'),
    TimerExpiredNoWakeCompletePowerDown: completeDx(c),
    TimerExpiredNoWakePoweredDownDisableIdleTimer: followed('WaitingUnarmedQueryIdle', () =>
      c.idle.disableTimer(),
    ),
    WaitingUnarmedQueryIdle: () => (c.idle.mayStayIdle() ? 'WaitingUnarmed' : 'S0NoWakePowerUp'),
    S0NoWakePowerUp: activeToD0(c),
    S0NoWakeCompletePowerUp: completeD0(c),
    DeviceD0PowerRequestFailed: followed('DevicePowerRequestFailed', () =>
      c.pnp.post('PowerUpFailed'),
    ),
    DevicePowerRequestFailed: followed(STAY, () => {
      // A request that never reached the power machine leaves nobody else to tell those who wait for D0.
      c.idle.fail()
      c.childPower.allow()
      c.powerFailed = true
      // The stop that this request was for has been taken, and the PnP machine waits for its end.
      if (c.isStopping) c.policy.post('Stop')
    }),
  }
}

/** On the way down from S0 with wake armed. */
function armEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  return {
    TimerExpiredDecideUsbSS: passTo('TimerExpiredWakeCapablePowerDown'),
    TimerExpiredWakeCapablePowerDown: () =>
      idlePowerDown(c) ? STAY : 'TimerExpiredWakeCapableDxAllocFailed',
    TimerExpiredWakeCapablePowerDownNotProcessed: passTo('TimerExpiredWakeCapableDxAllocFailed'),
    TimerExpiredWakeCapableDxAllocFailed: passTo('TimerExpiredWakeCapableUndoPowerDown'),
    TimerExpiredWakeCapableUndoPowerDown: passTo('DeviceIdleReturnToActive'),
    TimerExpiredWakeCapableSendWake() {
      c.keepWakeInterrupts = true
      return c.sendWaitWake('S0') ? STAY : 'TimerExpiredWakeCapableCleanup'
    },
    *TimerExpiredWakeCapableWakeArrived(): Next {
      const { status, progress } = yield* c.run('EvtDeviceArmWakeFromS0')
      if (!isSuccess(status)) {
        return progress === CALLBACK_FAILED_IN_POST
          ? 'TimerExpiredWakeCapableRevertArmWake'
          : 'TimerExpiredWakeCapableCancelWake'
      }
      if (!(yield* wakeAtBus(c))) return 'TimerExpiredWakeCapableCancelWake'
      c.power.post('CompleteDx')
      return STAY
    },
    *TimerExpiredWakeCapableRevertArmWake(): Next {
      yield* c.run('EvtDeviceDisarmWakeFromS0')
      return 'TimerExpiredWakeCapableCancelWake'
    },
    WaitingArmedUsbSS: followed('WaitingArmedQueryIdle', () => c.idle.disableTimer()),
    WaitingArmedQueryIdle: () =>
      c.idle.mayStayIdle() ? 'WaitingArmed' : 'WaitingArmedIoPresentCancelUsbSS',
  }
}

/** Wake ended, or could not be armed, while the device was on its way down: down it goes, and up again. */
function armFailureEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  return {
    TimerExpiredWakeCapableCancelWake: () =>
      c.sentWaitWake.cancel() ? STAY : 'TimerExpiredWakeCapableWakeCanceled',
    TimerExpiredWakeCapableWakeCanceled: passTo('TimerExpiredWakeCapableCleanup'),
    TimerExpiredWakeCapableCleanup: passTo('TimerExpiredWakeCompletedPowerDown'),
    TimerExpiredWakeCompletedPowerDown: completeDx(c),
    TimerExpiredWakeCompletedPowerDownCheckDirected: passTo('TimerExpiredWakeCompletedPowerUp'),
    TimerExpiredWakeCompletedPowerUp: activeToD0(c),
    TimerExpiredWakeCompletedHardwareStarted: passTo('S0WakeCompletePowerUp'),
    *TimerExpiredWakeSucceeded(): Next {
      yield* c.run('EvtDeviceWakeFromS0Triggered')
      return 'TimerExpiredWakeCompletedDisarm'
    },
    *TimerExpiredWakeCompletedDisarm(): Next {
      yield* disarmFromS0(c)
      return 'TimerExpiredWakeCapableCleanup'
    },
    TimerExpiredWakeCapableWakeSucceededCheckDirected: passTo('WokeFromS0UsbSS'),
    TimerExpiredWakeCapableWakeFailedCheckDirected: passTo('WakeFailedUsbSS'),
    TimerExpiredWakeCapableWakeInterruptArrived: cancelWake(
      c,
      'TimerExpiredWakeCapableWakeSucceeded',
    ),
    TimerExpiredWakeCapablePowerDownFailedCancelWake: () =>
      c.sentWaitWake.cancel() ? STAY : 'TimerExpiredWakeCapablePowerDownFailedWakeCanceled',
    TimerExpiredWakeCapablePowerDownFailedWakeCanceled: passTo(
      'TimerExpiredWakeCapablePowerDownFailedUsbSS',
    ),
    TimerExpiredWakeCapablePowerDownFailedUsbSS: passTo('DevicePowerRequestFailed'),
  }
}

/** From the armed idle state back to D0: I/O, or the device's own signal. */
function wakeEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  return {
    WaitingArmedIoPresentCancelUsbSS: passTo('IoPresentArmed'),
    IoPresentArmed: cancelWake(c, 'IoPresentArmedWakeCanceled'),
    IoPresentArmedWakeCanceled: activeToD0(c),
    WaitingArmedWakeFailedCancelUsbSS: passTo('IoPresentArmedWakeCanceled'),
    WakeFailedUsbSS: followed('IoPresentArmedWakeCanceled', () => c.idle.disableTimer()),
    WaitingArmedWakeInterruptFired: cancelWake(c, 'WaitingArmedWakeSucceededCancelUsbSS'),
    WaitingArmedWakeSucceededCancelUsbSS: passTo('WokeFromS0'),
    WokeFromS0UsbSS: followed('WokeFromS0', () => c.idle.disableTimer()),
    WokeFromS0: activeToD0(c),
    *WokeFromS0NotifyDriver(): Next {
      yield* c.run('EvtDeviceWakeFromS0Triggered')
      return 'S0WakeDisarm'
    },
    *S0WakeDisarm(): Next {
      yield* disarmFromS0(c)
      return 'S0WakeCompletePowerUp'
    },
    S0WakeCompletePowerUp: completeD0(c),
  }
}

/** Stop and surprise removal, from wherever the device is. */
function stopEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  const failed = (next: PowerPolicyState) =>
    followed(next, () => {
      c.powerFailed = true
    })
  return {
    StoppingCancelTimer: () => (timerDisabled(c) ? 'Stopping' : 'StoppingWaitForIdleTimeout'),
    StoppingResetDevice: activeToD0(c),
    StoppingResetDeviceCompletePowerUp: completeD0(c),
    StoppingResetDeviceFailed: failed('Stopping'),
    StoppingD0CancelUsbSS: passTo('StoppingD0'),
    StoppingD0: activeToD0(c),
    StoppingD0Failed: failed('StoppingDisarmWakeCancelWake'),
    *StoppingDisarmWake(): Next {
      yield* disarmFromS0(c)
      c.power.post('CompleteD0')
      return STAY
    },
    StoppingDisarmWakeCancelWake: cancelWake(c, 'StoppingDisarmWakeWakeCanceled'),
    StoppingDisarmWakeWakeCanceled: passTo('Stopping'),
    WaitingArmedStoppingCancelUsbSS: passTo('StoppingCancelWake'),
    StoppingCancelWake: cancelWake(c, 'Stopping'),
    Stopping: followed(STAY, () => {
      c.childPower.block()
      c.power.post('ImplicitD3')
    }),
    StoppingFailed: failed('StoppingSendStatus'),
    StoppingSendStatus: followed('Stopped', () => {
      c.idle.stop()
      c.pnp.post(c.powerFailed ? 'PwrPolStopFailed' : 'PwrPolStopped')
      c.powerFailed = false
      c.isStopping = false
    }),
    StoppedRemoving: passTo('Removed'),
    Removed: followed(STAY, () => c.pnp.post('PwrPolRemoved')),
  }
}

/** Tells system-managed idle that the device is needed, then asks for D0. */
function activeToD0(c: PnpContext) {
  const next = toD0(c, 'DeviceD0PowerRequestFailed')
  return (): EntryResult<PowerPolicyState> => {
    requestActive(c)
    c.idle.disableTimer()
    return next()
  }
}

function requestActive(c: PnpContext): void {
  c.host.systemManagedIdle?.requestActive()
}

/** Sends the idle device down, unless one of its children is up. */
function idlePowerDown(c: PnpContext): boolean {
  if (c.childPower.poweredOn > 0) return false
  c.childPower.block()
  if (c.sendDevicePower(c.idleSettings.dxState)) return true
  c.childPower.allow()
  return false
}

/** A bus driver's child that owns its policy arms the bus as well. */
function* wakeAtBus(c: PnpContext): Steps<boolean> {
  const status = c.isPdo ? yield* c.enableWakeAtBus() : STATUS_SUCCESS
  return isSuccess(status)
}

function* disarmFromS0(c: PnpContext): Steps<void> {
  if (c.isPdo) yield* c.disableWakeAtBus()
  yield* c.run('EvtDeviceDisarmWakeFromS0')
}
