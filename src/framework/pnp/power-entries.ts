/**
 * Entry functions of the power machine. Runs on: the device's home worker.
 * Source: [WDF] powerstatemachine.cpp, fdopower.cpp, pdopower.cpp; kmdf.md 6.1, 6.2, 6.4, 6.8.
 *
 * Twins (NP) do the same and lead to twins, so both come from one function that is told the suffix. What an NP
 * device may not do, page, has no counterpart here.
 */
import { STATUS_PENDING, isSuccess } from '../../abi/ntstatus.js'
import { CALLBACK_FAILED_IN_PRE, CALLBACK_SUCCEEDED } from './callback-runner.js'
import { EntryGroups } from './entry-groups.js'
import type { PnpContext } from './pnp-context.js'
import { goToDxEntries } from './power-down-entries.js'
import type { PowerState } from './power-table.js'
import { twin, type TwinSuffix } from './power-twin.js'
import type { EntryFunctions, EntryResult, Steps } from './state-machine.js'
import { STAY } from './state-table.js'

type Next = Steps<EntryResult<PowerState>>

export const powerEntries = new EntryGroups<PowerState>([
  startEntries,
  startFailureEntries,
  (c) => inD0Entries(c, ''),
  (c) => inD0Entries(c, 'NP'),
  (c) => wakingEntries(c, ''),
  (c) => wakingEntries(c, 'NP'),
  (c) => upFailedEntries(c, ''),
  (c) => upFailedEntries(c, 'NP'),
  reportEntries,
  ...goToDxEntries,
])

/** Nobody got it to D0. */
function reportEntries(c: PnpContext): EntryFunctions<PowerState> {
  return {
    ReportPowerUpFailedDerefParent() {
      c.releaseParentPower()
      return 'ReportPowerUpFailed'
    },
    ReportPowerUpFailed() {
      c.releaseDeviceIrp()
      tellPowerUpFailed(c)
      return STAY
    },
  }
}

/** Into D0 for the first time, or after a stop. */
function startEntries(c: PnpContext): EntryFunctions<PowerState> {
  return {
    StartingCheckDeviceType: () => (c.isPdo ? 'StartingChild' : 'D0Starting'),
    StartingChild() {
      const status = c.askParentForPower()
      if (status === STATUS_PENDING) return STAY
      return isSuccess(status) ? 'D0Starting' : 'InitialPowerUpFailed'
    },
    *D0Starting(): Next {
      const { status, progress } = yield* c.run('EvtDeviceD0Entry', c.devicePowerState)
      if (isSuccess(status)) return 'D0StartingConnectInterrupt'
      // Only when a class extension failed after the driver did not is there something to exit from.
      return progress >= CALLBACK_SUCCEEDED
        ? 'InitialPowerUpFailedPowerDown'
        : 'InitialPowerUpFailedDerefParent'
    },
    *D0StartingConnectInterrupt(): Next {
      const connected = yield* interruptsEnabled(c)
      return connected ? 'D0StartingDmaEnable' : 'InitialConnectInterruptFailed'
    },
    *D0StartingDmaEnable(): Next {
      const enabled = yield* dmaAndScan(c)
      return enabled ? 'D0StartingPostHardwareEnabled' : 'InitialDmaEnableFailed'
    },
    *D0StartingPostHardwareEnabled(): Next {
      const { status, progress } = yield* c.run(
        'EvtDeviceD0EntryPostHardwareEnabled',
        c.devicePowerState,
      )
      if (isSuccess(status)) return 'D0StartingStartSelfManagedIo'
      return progress === CALLBACK_FAILED_IN_PRE
        ? 'InitialDmaEnableFailed'
        : 'InitialPostHardwareEnabledFailed'
    },
    *D0StartingStartSelfManagedIo(): Next {
      const failedProgress = yield* ioStarted(c)
      if (failedProgress !== undefined) {
        return failedProgress >= CALLBACK_SUCCEEDED
          ? 'InitialSelfManagedIoFailedStarted'
          : 'InitialSelfManagedIoFailed'
      }
      tellPowerUp(c)
      return 'DecideD0State'
    },
    DecideD0State: () =>
      `${c.ownsWakeLine ? 'D0BusWakeOwner' : 'D0'}${c.isPageable ? '' : 'NP'}` as PowerState,
  }
}

/** The start failed: what had been done is undone, step by step backwards. */
function startFailureEntries(c: PnpContext): EntryFunctions<PowerState> {
  return {
    *InitialSelfManagedIoFailedStarted(): Next {
      yield* c.selfManagedIo.suspend('D3Final')
      return 'InitialSelfManagedIoFailed'
    },
    *InitialSelfManagedIoFailed(): Next {
      yield* c.holdQueues()
      return 'InitialPostHardwareEnabledFailed'
    },
    *InitialPostHardwareEnabledFailed(): Next {
      yield* c.run('EvtDeviceD0ExitPreHardwareDisabled', 'D3Final')
      return 'InitialDmaEnableFailed'
    },
    *InitialDmaEnableFailed(): Next {
      yield* dmaDown(c)
      return 'InitialConnectInterruptFailed'
    },
    *InitialConnectInterruptFailed(): Next {
      yield* interruptsDownAndExit(c)
      return 'InitialPowerUpFailedDerefParent'
    },
    *InitialPowerUpFailedPowerDown(): Next {
      yield* c.run('EvtDeviceD0Exit', 'D3Final')
      return 'InitialPowerUpFailedDerefParent'
    },
    InitialPowerUpFailedDerefParent() {
      c.releaseParentPower()
      return 'InitialPowerUpFailed'
    },
    InitialPowerUpFailed() {
      tellPowerUpFailed(c)
      return 'Stopped'
    },
  }
}

/** In D0, perhaps with the wake line armed for the driver above. */
function inD0Entries(c: PnpContext, suffix: TwinSuffix): EntryFunctions<PowerState> {
  const to = (name: string): PowerState => `${name}${suffix}` as PowerState
  const stayUnlessMarked = (): EntryResult<PowerState> =>
    c.isPageable === (suffix === '') ? STAY : 'DecideD0State'
  return twin(suffix, {
    D0: stayUnlessMarked,
    D0BusWakeOwner() {
      const marked = stayUnlessMarked()
      if (marked !== STAY) return marked
      return c.receivedWaitWake.isPending ? to('EnablingWakeAtBus') : STAY
    },
    *EnablingWakeAtBus(): Next {
      const status = yield* c.enableWakeAtBus()
      if (isSuccess(status)) return to('D0ArmedForWake')
      c.receivedWaitWake.fail(status)
      return to('D0BusWakeOwner')
    },
    D0ArmedForWake: stayUnlessMarked,
    *D0DisarmingWakeAtBus(): Next {
      yield* c.disableWakeAtBus()
      c.receivedWaitWake.completeIndicated()
      return to('D0BusWakeOwner')
    },
  })
}

/** From Dx back to D0. */
function wakingEntries(c: PnpContext, suffix: TwinSuffix): EntryFunctions<PowerState> {
  const to = (name: string): PowerState => `${name}${suffix}` as PowerState
  const parentChecked = (mayPowerUp: string, wait: string) => (): PowerState => {
    const status = c.askParentForPower()
    if (status === STATUS_PENDING) return to(wait)
    return to(isSuccess(status) ? mayPowerUp : 'UpFailed')
  }
  return twin(suffix, {
    CheckDeviceType: () => to(c.isPdo ? 'CheckParentState' : 'Waking'),
    CheckParentState: parentChecked('Waking', 'WaitForParent'),
    CheckParentStateArmedForWake: c.isPdo
      ? parentChecked('DxDisablingWakeAtBus', 'WaitForParentArmedForWake')
      : () => to('DxDisablingWakeAtBus'),
    *DxDisablingWakeAtBus(): Next {
      yield* c.disableWakeAtBus()
      return to('Waking')
    },
    WakePending() {
      c.receivedWaitWake.completeIndicated()
      return STAY
    },
    *Waking(): Next {
      const { status, progress } = yield* c.run('EvtDeviceD0Entry', c.devicePowerState)
      if (isSuccess(status)) return to('NotifyingD0EntryToWakeInterrupts')
      return to(progress >= CALLBACK_SUCCEEDED ? 'UpFailedPowerDown' : 'UpFailedDerefParent')
    },
    NotifyingD0EntryToWakeInterrupts() {
      if ((c.host.wakeInterruptCount ?? 0) === 0) return to('WakingConnectInterrupt')
      c.notifyWakeInterrupts('entering D0')
      return STAY
    },
    *WakingConnectInterrupt(): Next {
      const connected = yield* interruptsEnabled(c)
      return to(connected ? 'WakingDmaEnable' : 'WakingConnectInterruptFailed')
    },
    *WakingDmaEnable(): Next {
      const enabled = yield* dmaAndScan(c)
      return to(enabled ? 'WakingPostHardwareEnabled' : 'WakingDmaEnableFailed')
    },
    WakingPostHardwareEnabled: () => wakingPostHardwareEnabled(c, to),
    *StartSelfManagedIo(): Next {
      const failedProgress = yield* ioStarted(c)
      if (failedProgress !== undefined) {
        const started = failedProgress >= CALLBACK_SUCCEEDED
        return to(started ? 'StartSelfManagedIoFailedStarted' : 'StartSelfManagedIoFailed')
      }
      tellPowerUp(c)
      c.releaseDeviceIrp()
      return to(c.ownsWakeLine ? 'D0BusWakeOwner' : 'D0')
    },
  })
}

function* wakingPostHardwareEnabled(c: PnpContext, to: (name: string) => PowerState): Next {
  const { status, progress } = yield* c.run(
    'EvtDeviceD0EntryPostHardwareEnabled',
    c.devicePowerState,
  )
  if (!isSuccess(status)) {
    const inPre = progress === CALLBACK_FAILED_IN_PRE
    return to(inPre ? 'WakingDmaEnableFailed' : 'WakingPostHardwareEnabledFailed')
  }
  c.policy.post('PowerUpHwStarted')
  return STAY
}

/** The way back to D0 failed: undone as at the start, then reported and kept until the device is stopped. */
function upFailedEntries(c: PnpContext, suffix: TwinSuffix): EntryFunctions<PowerState> {
  const to = (name: string): PowerState => `${name}${suffix}` as PowerState
  const disconnected = (next: PowerState) =>
    function* (): Next {
      c.notifyWakeInterrupts('D0 entry failed')
      yield* c.disconnectInterrupts()
      return next
    }
  return twin(suffix, {
    *StartSelfManagedIoFailedStarted(): Next {
      yield* c.selfManagedIo.suspend('D3Final')
      return to('StartSelfManagedIoFailed')
    },
    *StartSelfManagedIoFailed(): Next {
      yield* c.holdQueues()
      return to('WakingPostHardwareEnabledFailed')
    },
    *WakingPostHardwareEnabledFailed(): Next {
      yield* c.run('EvtDeviceD0ExitPreHardwareDisabled', 'D3Final')
      return to('WakingDmaEnableFailed')
    },
    *WakingDmaEnableFailed(): Next {
      yield* dmaDown(c)
      return to('WakingConnectInterruptFailed')
    },
    *WakingConnectInterruptFailed(): Next {
      yield* interruptsDownAndExit(c)
      return 'ReportPowerUpFailedDerefParent'
    },
    *UpFailedPowerDown(): Next {
      yield* c.run('EvtDeviceD0Exit', 'D3Final')
      return to('UpFailedDerefParent')
    },
    UpFailedDerefParent: disconnected('ReportPowerUpFailedDerefParent'),
    UpFailed: disconnected('ReportPowerUpFailed'),
  })
}

function* interruptsEnabled(c: PnpContext): Steps<boolean> {
  if (!(yield* c.connectInterrupts())) return false
  return yield* c.succeeds('EvtDeviceD0EntryPostInterruptsEnabled', c.devicePowerState)
}

function* dmaAndScan(c: PnpContext): Steps<boolean> {
  if (!(yield* c.enableDma())) return false
  yield* c.step('scanChildren', (host) => host.scanChildren?.())
  return true
}

/** Queues resume, then self-managed I/O. Undefined, or how far the failed callback got. */
function* ioStarted(c: PnpContext): Steps<number | undefined> {
  yield* c.resumeQueues()
  const { status, progress } = yield* c.selfManagedIo.start()
  return isSuccess(status) ? undefined : progress
}

function* dmaDown(c: PnpContext): Steps<void> {
  yield* c.disableDma()
  yield* c.run('EvtDeviceD0ExitPreInterruptsDisabled', 'D3Final')
}

function* interruptsDownAndExit(c: PnpContext): Steps<void> {
  yield* c.disconnectInterrupts()
  yield* c.run('EvtDeviceD0Exit', 'D3Final')
  c.devicePowerState = 'D3Final'
}

function tellPowerUp(c: PnpContext): void {
  c.devicePowerState = 'D0'
  c.idle.powerUpComplete()
  c.policy.post('PowerUp')
}

function tellPowerUpFailed(c: PnpContext): void {
  c.idle.fail()
  c.policy.post('PowerUpFailed')
  c.pnp.post('PowerUpFailed')
}
