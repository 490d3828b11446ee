/**
 * Entry functions of the power policy owner's machine while the system sleeps and wakes (Sx).
 * Runs on: the device's home worker. Source: [WDF] powerpolicystatemachine.cpp; kmdf.md 6.9.
 */
import { isSuccess, STATUS_SUCCESS } from '../../abi/ntstatus.js'
import { CALLBACK_FAILED_IN_PRE } from './callback-runner.js'
import type { EntryGroup } from './entry-groups.js'
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
import { canWakeFrom } from './power-settings.js'
import type { EntryFunction, EntryFunctions, EntryResult, Steps } from './state-machine.js'
import { STAY } from './state-table.js'

type Next = Steps<EntryResult<PowerPolicyState>>

export const policySleepEntries: readonly EntryGroup<PowerPolicyState>[] = [
  beforeSleepEntries,
  idleBeforeSleepEntries,
  goingToSleepEntries,
  asleepEntries,
  (c) => armedEntries(c, ''),
  (c) => armedEntries(c, 'NP'),
  failureEntries,
]

/** The idle time-out has to be out of the way first. */
function beforeSleepEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  return {
    StartedIdleCapableCancelTimerForSleep: () =>
      timerDisabled(c)
        ? 'StartedIdleCapableTimerCanceledForSleep'
        : 'StartedIdleCapableWaitForIdleTimeout',
    StartedIdleCapableTimerCanceledForSleep: passTo('Sleeping'),
    StartedWakeCapableCancelTimerForSleep: () =>
      timerDisabled(c)
        ? 'StartedWakeCapableTimerCanceledForSleep'
        : 'StartedWakeCapableWaitForIdleTimeout',
    StartedWakeCapableTimerCanceledForSleep: passTo('Sleeping'),
  }
}

/** The device idles already. To be armed for another kind of wake, or disarmed, it goes through D0. */
function idleBeforeSleepEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  return {
    SystemSleepFromDeviceWaitingUnarmed: () =>
      mayWakeSystem(c) ? 'SystemSleepNeedWake' : 'SystemAsleepNoWake',
    SystemSleepNeedWake() {
      c.idle.disableTimer()
      return c.sendDevicePower('D0') ? STAY : 'SystemAsleepNoWake'
    },
    SystemSleepNeedWakeCompletePowerUp: completeD0(c),
    CancelingUsbSSForSystemSleep: passTo('CancelingWakeForSystemSleep'),
    CancelingWakeForSystemSleep: cancelWake(c, 'CancelingWakeForSystemSleepWakeCanceled'),
    CancelingWakeForSystemSleepWakeCanceled: toD0(c, 'PowerUpForSystemSleepNotSeen'),
    *DisarmingWakeForSystemSleepCompletePowerUp(): Next {
      if (c.isPdo) yield* c.disableWakeAtBus()
      yield* c.run('EvtDeviceDisarmWakeFromS0')
      c.power.post('CompleteD0')
      return STAY
    },
  }
}

function goingToSleepEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  return {
    Sleeping: () => (mayWakeSystem(c) ? 'SleepingWakePowerDown' : 'SleepingNoWakePowerDown'),
    SleepingNoWakePowerDown() {
      c.childPower.block()
      return c.sendDevicePower('D3') ? STAY : 'SleepingNoWakeDxRequestFailed'
    },
    SleepingNoWakeCompletePowerDown: completeDx(c),
    SleepingWakePowerDown() {
      c.childPower.block()
      return c.sendDevicePower(c.wakeSettings.dxState) ? STAY : 'SleepingNoWakePowerDown'
    },
    SleepingSendWake() {
      c.keepWakeInterrupts = true
      return c.sendWaitWake(c.wakeSettings.deepestWakeState)
        ? STAY
        : 'SleepingNoWakeCompletePowerDown'
    },
    CheckPowerPageable: () =>
      c.isPageable ? 'SleepingWakeWakeArrived' : 'SleepingWakeWakeArrivedNP',
  }
}

/** Asleep without wake, and up again with the system. */
function asleepEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  return {
    SystemAsleepNoWake: followed(STAY, () => c.system.asleep()),
    SystemWakeDeviceWakeDisabled() {
      const { enabled, wakeFromS0Capable, powerUpIdleDeviceOnSystemWake } = c.idleSettings
      const mayIdleOn = enabled && !wakeFromS0Capable && !powerUpIdleDeviceOnSystemWake
      const driverDecides = c.host.systemManagedIdle === undefined
      return mayIdleOn && driverDecides ? 'SystemWakeQueryIdle' : 'SystemWakeDeviceToD0'
    },
    SystemWakeQueryIdle: () => (c.idle.mayStayIdle() ? 'WaitingUnarmed' : 'SystemWakeDeviceToD0'),
    SystemWakeDeviceToD0: toD0(c, 'SystemWakeDeviceD0PowerRequestFailed'),
    SystemWakeDeviceToD0CompletePowerUp: completeD0(c),
    SystemWakeDeviceWakeCompletePowerUp: completeD0(c),
  }
}

/** Armed for wake from Sx: each of these states has a twin for a device that is not power pageable. */
function armedEntries(c: PnpContext, suffix: '' | 'NP'): EntryFunctions<PowerPolicyState> {
  const to = (name: string): PowerPolicyState => `${name}${suffix}` as PowerPolicyState
  const entries: Record<string, EntryFunction<PowerPolicyState>> = {
    SleepingWakeWakeArrived: () => armForSx(c, to),
    *SleepingWakeRevertArmWake(): Next {
      yield* c.run('EvtDeviceDisarmWakeFromSx')
      return to('SleepingWakeCancelWake')
    },
    SleepingWakeCancelWake: cancelWake(c, 'SleepingNoWakeCompletePowerDown'),
    SystemAsleepWakeArmed: followed(STAY, () => c.system.asleep()),
    SystemWakeDeviceWakeEnabled: cancelWake(c, to('SystemWakeDeviceWakeEnabledWakeCanceled')),
    SystemWakeDeviceWakeEnabledWakeCanceled: toD0(c, 'SystemWakeDeviceD0PowerRequestFailed'),
    *SystemWakeDeviceWakeDisarm(): Next {
      yield* disarmFromSx(c, false)
      return 'SystemWakeDeviceWakeCompletePowerUp'
    },
    SystemWakeDeviceWakeInterruptFired: cancelWake(c, to('SystemWakeDeviceWakeTriggered')),
    SystemWakeDeviceWakeTriggeredS0: toD0(c, 'SystemWakeDeviceD0PowerRequestFailed'),
    *SystemWakeDeviceWokeDisarm(): Next {
      yield* disarmFromSx(c, true)
      return 'SystemWakeDeviceWakeCompletePowerUp'
    },
  }
  const named = Object.entries(entries).map(([name, entry]) => [`${name}${suffix}`, entry] as const)
  return Object.fromEntries(named)
}

function failureEntries(c: PnpContext): EntryFunctions<PowerPolicyState> {
  const completed = (next: PowerPolicyState) => followed(next, () => c.system.asleep())
  return {
    SleepingNoWakeDxRequestFailed: followed('DevicePowerRequestFailed', () => {
      c.system.asleep()
      c.pnp.post('PowerDownFailed')
    }),
    SleepingPowerDownNotProcessed: passTo('SystemSleepPowerRequestFailed'),
    SystemSleepPowerRequestFailed: completed('DevicePowerRequestFailed'),
    SleepingWakePowerDownFailed: cancelWake(c, 'SleepingWakePowerDownFailedWakeCanceled'),
    SleepingWakePowerDownFailedWakeCanceled: completed('DevicePowerRequestFailed'),
    PowerUpForSystemSleepFailed: completed('DevicePowerRequestFailed'),
    PowerUpForSystemSleepNotSeen: completed('DeviceD0PowerRequestFailed'),
    SystemWakeDeviceD0PowerRequestFailed: passTo('DeviceD0PowerRequestFailed'),
    SystemWakeDevicePowerRequestFailed: passTo('DevicePowerRequestFailed'),
  }
}

/** Wake is wanted, by the device or by a child of it, and the device can wake from that state. */
function mayWakeSystem(c: PnpContext): boolean {
  const { enabled, deepestWakeState, armForWakeIfChildrenAreArmed } = c.wakeSettings
  const isWanted = enabled || (armForWakeIfChildrenAreArmed && c.childPower.armed > 0)
  return isWanted && canWakeFrom(deepestWakeState, c.system.state)
}

function* armForSx(c: PnpContext, to: (name: string) => PowerPolicyState): Next {
  const { status, progress } = c.runner.has('EvtDeviceArmWakeFromSxWithReason')
    ? yield* c.run(
        'EvtDeviceArmWakeFromSxWithReason',
        c.wakeSettings.enabled,
        c.childPower.armed > 0,
      )
    : yield* c.run('EvtDeviceArmWakeFromSx')
  if (!isSuccess(status)) {
    return to(
      progress === CALLBACK_FAILED_IN_PRE ? 'SleepingWakeCancelWake' : 'SleepingWakeRevertArmWake',
    )
  }
  const atBus = c.isPdo ? yield* c.enableWakeAtBus() : STATUS_SUCCESS
  if (!isSuccess(atBus)) return to('SleepingWakeRevertArmWake')
  c.power.post('CompleteDx')
  return STAY
}

function* disarmFromSx(c: PnpContext, triggered: boolean): Steps<void> {
  if (c.isPdo) yield* c.disableWakeAtBus()
  if (triggered) yield* c.run('EvtDeviceWakeFromSxTriggered')
  yield* c.run('EvtDeviceDisarmWakeFromSx')
}
