/**
 * Entry functions of the power machine on the way out of D0, and below it. Every step runs even when one before
 * it failed. Runs on: the device's home worker. Source: [WDF] powerstatemachine.cpp; kmdf.md 6.2, 6.4, 6.8.
 */
import { isSuccess } from '../../abi/ntstatus.js'
import type { PowerDeviceState } from '../pnp-power-callbacks.js'
import type { EntryGroup } from './entry-groups.js'
import type { PnpContext } from './pnp-context.js'
import { twin, type TwinSuffix } from './power-twin.js'
import type { PowerState } from './power-table.js'
import type { EntryFunctions, EntryResult, Steps } from './state-machine.js'
import { STAY } from './state-table.js'

type Next = Steps<EntryResult<PowerState>>

export const goToDxEntries: readonly EntryGroup<PowerState>[] = [
  (c) => dxEntries(c, ''),
  (c) => dxEntries(c, 'NP'),
  stopEntries,
  notOwnerEntries,
]

/** The device is asked for a Dx state. */
function dxEntries(c: PnpContext, suffix: TwinSuffix): EntryFunctions<PowerState> {
  const to = (name: string): PowerState => `${name}${suffix}` as PowerState
  const failed: PowerState = suffix === '' ? 'GotoDxFailed' : 'GotoDxNPFailed'
  const ioStopped = (dx: string) =>
    function* (): Next {
      return (yield* leaveD0(c)) ? to(dx) : failed
    }
  return {
    ...twin(suffix, {
      GotoDx: () => stopIoForDx(c),
      GotoDxArmedForWake: () => stopIoForDx(c),
      NotifyingD0ExitToWakeInterrupts() {
        if ((c.host.wakeInterruptCount ?? 0) === 0) return to('GotoDxIoStopped')
        const isArmed = c.keepWakeInterrupts || isWaitWakePending(c)
        c.notifyWakeInterrupts(isArmed ? 'leaving D0' : 'leaving D0, not armed for wake')
        return STAY
      },
      GotoDxIoStopped: ioStopped('Dx'),
      GotoDxIoStoppedArmedForWake: ioStopped('DxArmedForWake'),
      *DxStoppedDisarmWake(): Next {
        yield* c.disableWakeAtBus()
        return to('GotoDxStoppedDisableInterrupt')
      },
      *GotoDxStoppedDisableInterrupt(): Next {
        yield* c.disconnectInterrupts()
        return 'GotoDxStopped'
      },
      *DxStoppedArmForWake(): Next {
        const status = yield* c.enableWakeAtBus()
        if (isSuccess(status)) return to('DxArmedForWake')
        c.receivedWaitWake.fail(status)
        return to('Dx')
      },
    }),
    *[failed](): Next {
      yield* c.disconnectInterrupts()
      return 'ReportPowerDownFailed'
    },
  }
}

/** The device stops, or is removed. */
function stopEntries(c: PnpContext): EntryFunctions<PowerState> {
  return {
    *GotoImplicitD3DisarmWakeAtBus(): Next {
      yield* c.disableWakeAtBus()
      return 'GotoD3Stopped'
    },
    *GotoD3Stopped(): Next {
      const ioStopped = yield* stopIo(c, 'D3Final')
      const left = yield* hardwareDown(c, 'D3Final', false)
      c.devicePowerState = 'D3Final'
      c.releaseParentPower()
      if (!ioStopped || !left) return 'FinalPowerDownFailed'
      tellImplicitPowerDown(c)
      return 'Stopped'
    },
    FinalPowerDownFailed() {
      c.policy.post(c.isPolicyOwner ? 'PowerDownFailed' : 'ImplicitPowerDownFailed')
      if (!c.isPolicyOwner) c.pnp.post('PowerDownFailed')
      return 'Stopped'
    },
    ReportPowerDownFailed() {
      c.releaseDeviceIrp()
      tellPowerDownFailed(c)
      return STAY
    },
    PowerFailedPowerDown() {
      c.devicePowerState = 'D3Final'
      tellImplicitPowerDown(c)
      return 'Stopped'
    },
    GotoDxStopped() {
      tellImplicitPowerDown(c)
      return 'Stopped'
    },
  }
}

/** A device that does not own the policy gets power requests while it is stopped, too. */
function notOwnerEntries(c: PnpContext): EntryFunctions<PowerState> {
  return {
    GotoStopped() {
      c.releaseDeviceIrp()
      return 'Stopped'
    },
    StoppedCompleteDx() {
      c.releaseDeviceIrp()
      return 'DxStopped'
    },
    DxStoppedDecideDxState() {
      c.idle.powerUpComplete()
      c.policy.post('PowerUp')
      const state = c.receivedWaitWake.isPending ? 'DxStoppedArmForWake' : 'Dx'
      return `${state}${c.isPageable ? '' : 'NP'}` as PowerState
    },
  }
}

function isWaitWakePending(c: PnpContext): boolean {
  return c.sentWaitWake.isPending || c.receivedWaitWake.isPending
}

function* stopIo(c: PnpContext, target: PowerDeviceState): Steps<boolean> {
  const { status } = yield* c.selfManagedIo.suspend(target)
  yield* c.holdQueues()
  return isSuccess(status)
}

function* stopIoForDx(c: PnpContext): Next {
  if (!(yield* stopIo(c, c.targetPowerState))) c.ioCallbackFailed = true
  c.policy.post('PowerDownIoStopped')
  return STAY
}

/** Everything between D0 and no power; false when a step failed. */
function* hardwareDown(
  c: PnpContext,
  target: PowerDeviceState,
  armedForWake: boolean,
): Steps<boolean> {
  let ok = yield* c.succeeds('EvtDeviceD0ExitPreHardwareDisabled', target)
  ok = (yield* c.disableDma()) && ok
  ok = (yield* c.succeeds('EvtDeviceD0ExitPreInterruptsDisabled', target)) && ok
  ok = (yield* c.disconnectInterrupts(armedForWake)) && ok
  return (yield* c.succeeds('EvtDeviceD0Exit', target)) && ok
}

function* leaveD0(c: PnpContext): Steps<boolean> {
  const target = c.targetPowerState
  const armedForWake = c.keepWakeInterrupts || isWaitWakePending(c)
  c.keepWakeInterrupts = false
  const left = yield* hardwareDown(c, target, armedForWake)
  c.releaseParentPower()
  c.devicePowerState = target
  const failed = !left || c.ioCallbackFailed
  c.ioCallbackFailed = false
  if (failed) {
    c.powerDownFailed = true
    return false
  }
  c.idle.powerDown()
  // The owner of the policy hears of it when its request is completed.
  if (!c.isPolicyOwner) c.policy.post('PowerDown')
  c.releaseDeviceIrp()
  return true
}

function tellImplicitPowerDown(c: PnpContext): void {
  c.idle.powerDown()
  c.policy.post(c.isPolicyOwner ? 'PowerDown' : 'ImplicitPowerDown')
}

function tellPowerDownFailed(c: PnpContext): void {
  if (c.isPolicyOwner) {
    c.idle.fail()
    return
  }
  c.policy.post('PowerDownFailed')
  c.pnp.post('PowerDownFailed')
}
