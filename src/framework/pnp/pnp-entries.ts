/**
 * Entry functions of the Plug and Play machine. Runs on: the device's home worker.
 * Source: [WDF] pnpstatemachine.cpp, fxpkgfdo.cpp, fxpkgpdo.cpp; kmdf.md 6.1, 6.3, 6.4, 6.7.
 */
import {
  isSuccess,
  STATUS_DEVICE_NOT_READY,
  STATUS_DEVICE_POWER_FAILURE,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_NO_SUCH_DEVICE,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../../abi/ntstatus.js'
import { CALLBACK_CALLED } from './callback-runner.js'
import type { DeviceCallbackName } from './device-callbacks.js'
import { EntryGroups } from './entry-groups.js'
import type { PnpContext } from './pnp-context.js'
import type { PnpState } from './pnp-table.js'
import type { EntryFunctions, EntryResult, Steps } from './state-machine.js'
import { STAY } from './state-table.js'

type Next = Steps<EntryResult<PnpState>>

export const pnpEntries = new EntryGroups<PnpState>([entriesOf])

function entriesOf(c: PnpContext): EntryFunctions<PnpState> {
  return {
    // Start
    InitStarting: () => startLowerDrivers(c, 'HardwareAvailable'),
    HardwareAvailable: () => prepareHardware(c, 'FailedInit', startPowerPolicy),
    EnableInterfaces: () => enableInterfaces(c),
    HardwareAvailablePowerPolicyFailed: () =>
      after('FailedOwnHardware', () => c.requests.setStatus(STATUS_DEVICE_POWER_FAILURE)),
    Started: () => stay(() => c.requests.finish()),
    FailedInit: () => after('Init', () => c.requests.finish()),

    // Query stop, query remove, and their cancellation
    QueryRemoveStaticCheck: () => staticCheck(c, 'QueryRemoveAskDriver'),
    QueryRemoveAskDriver: () =>
      askDriver(c, 'EvtDeviceQueryRemove', 'QueryRemoveEnsureDeviceAwake'),
    QueryRemoveEnsureDeviceAwake: () => ensureAwake(c, 'QueryRemovePending'),
    QueryRemovePending: () => stay(() => c.requests.finish()),
    QueryStopStaticCheck: () => staticCheck(c, 'QueryStopAskDriver'),
    QueryStopAskDriver: () => askDriver(c, 'EvtDeviceQueryStop', 'QueryStopEnsureDeviceAwake'),
    QueryStopEnsureDeviceAwake: () => ensureAwake(c, 'QueryStopPending'),
    QueryStopPending: () => stay(() => c.requests.finish()),
    QueryCanceled: () => after('Started', () => releasePower(c)),
    StartedCancelStop: () => 'Started',
    StartedCancelRemove: () => 'Started',
    InitQueryRemove: () => stay(() => c.requests.finish()),
    InitQueryRemoveCanceled: () => after('Init', () => c.requests.finish()),

    // Stop and rebalance
    StartedStopping: () =>
      stay(() => {
        c.policy.post('Stop')
        releasePower(c)
      }),
    Stopped: () => stopped(c),
    StoppedWaitForStartCompletion: () => startLowerDrivers(c, 'StartingFromStopped'),
    StartingFromStopped: () => prepareHardware(c, 'Failed', () => 'Restarting'),
    Restarting: () => startPowerPolicy(c),
    Restart: () => stay(() => c.policy.post('Stop')),
    RestartReleaseHardware: () => restartReleaseHardware(c),
    RestartHardwareAvailable: () => prepareHardware(c, 'Failed', startPowerPolicy),

    // Remove
    StartedRemoving: () => stay(() => c.policy.post('Stop')),
    QueriedRemoving: () =>
      stay(() => {
        c.policy.post('Stop')
        releasePower(c)
      }),
    RemovingDisableInterfaces: () => removingDisableInterfaces(c),
    Removed: () => removed(c),
    RemovedChildrenRemoved: () => (c.isPdo ? 'CheckForDevicePresence' : 'FdoRemoved'),
    FdoRemoved: () => removeForGood(c),
    CheckForDevicePresence: () => (c.host.isPresent?.() === true ? 'RemovedPdoWait' : 'PdoRemoved'),
    PdoRemoved: () => removeForGood(c),
    RemovedPdoWait: () => stay(() => c.requests.finishRemove()),
    PdoRestart: () => after('HardwareAvailable', () => resetForRestart(c)),
    PdoInitFailed: () => dispose(c),
    Final: () => stay(() => final(c)),

    // Surprise removal
    InitSurpriseRemoved: () => after('Init', () => c.requests.finish()),
    SurpriseRemove: () => surpriseRemoved(c, 'Failed', false),
    SurpriseRemoveIoStarted: () => surpriseRemoved(c, 'FailedIoStarting', false),
    QueriedSurpriseRemove: () => after('SurpriseRemoveIoStarted', () => releasePower(c)),
    RemovedPdoSurpriseRemoved: () => surpriseRemoved(c, 'RemovedPdoWait', true),
    FailedSurpriseRemoved: () => surpriseRemoved(c, 'FailedWaitForRemove', true),

    // Failure
    FailedPowerDown: () => stay(() => c.policy.post('Stop')),
    FailedIoStarting: () => stay(() => c.policy.post('SurpriseRemove')),
    FailedOwnHardware: () => failedOwnHardware(c),
    Failed: () => failed(c),
    FailedPowerPolicyRemoved: () => after('FailedWaitForRemove', () => failedForGood(c)),
    FailedStarted: () =>
      after('FailedWaitForRemove', () => {
        c.requests.setStatus(STATUS_INVALID_DEVICE_STATE)
        c.requests.finish()
      }),

    // Eject
    EjectHardware: () => ejectHardware(c),
  }
}

function stay(act: () => void): typeof STAY {
  act()
  return STAY
}

function after(next: PnpState, act: () => void): PnpState {
  act()
  return next
}

function startPowerPolicy(c: PnpContext): EntryResult<PnpState> {
  c.policy.post('Start')
  return STAY
}

/** The reference that query-stop and query-remove took. */
function releasePower(c: PnpContext): void {
  if (!c.holdsQueryReference) return
  c.holdsQueryReference = false
  c.idle.dereference()
}

const RESOURCE_CALLBACKS: readonly DeviceCallbackName[] = [
  'EvtDeviceFilterRemoveResourceRequirements',
  'EvtDeviceFilterAddResourceRequirements',
  'EvtDeviceRemoveAddedResources',
]

/** Resource requirements, then the drivers below. A bus driver's child has none below and goes on at once. */
function* startLowerDrivers(c: PnpContext, next: PnpState): Next {
  if (c.isPdo) return next
  const status = yield* startBelow(c)
  if (isSuccess(status)) {
    c.pnp.post('StartDeviceComplete')
  } else {
    c.requests.setStatus(status)
    c.requests.finish()
    c.pnp.post('StartDeviceFailed')
  }
  return STAY
}

function* startBelow(c: PnpContext): Steps<number> {
  for (const name of RESOURCE_CALLBACKS) {
    const { status } = yield* c.run(name)
    if (!isSuccess(status)) return status
  }
  return yield* c.step('startLowerDrivers', (host) => host.startLowerDrivers?.())
}

function* prepareHardware(
  c: PnpContext,
  notCalled: PnpState,
  prepared: (context: PnpContext) => EntryResult<PnpState>,
): Next {
  const { raw, translated } = c.resources
  const { status, progress } = yield* c.run('EvtDevicePrepareHardware', raw, translated)
  if (isSuccess(status)) return prepared(c)
  c.requests.setStatus(status)
  return progress < CALLBACK_CALLED ? notCalled : 'FailedOwnHardware'
}

function* releaseHardware(c: PnpContext): Steps<number> {
  return (yield* c.run('EvtDeviceReleaseHardware', c.resources.translated)).status
}

function* enableInterfaces(c: PnpContext): Next {
  const status = yield* c.step('enableInterfaces', (host) => host.enableInterfaces?.())
  if (isSuccess(status)) return 'Started'
  c.requests.setStatus(status)
  return 'FailedPowerDown'
}

function staticCheck(c: PnpContext, next: PnpState): PnpState {
  if (c.stopRefusals === 0 && c.specialFiles === 0) return next
  c.requests.setStatus(c.stopRefusals > 0 ? STATUS_INVALID_DEVICE_STATE : STATUS_DEVICE_NOT_READY)
  return 'Started'
}

function* askDriver(c: PnpContext, name: DeviceCallbackName, next: PnpState): Next {
  const { status } = yield* c.run(name)
  c.requests.setStatus(status)
  return isSuccess(status) ? next : 'Started'
}

/** A device that is to be stopped or removed is brought to D0 first, and kept there. */
function ensureAwake(c: PnpContext, pending: PnpState): EntryResult<PnpState> {
  if (!c.isPolicyOwner) return pending
  const status = c.idle.reference((settled) => {
    c.holdsQueryReference = isSuccess(settled)
    c.pnp.post('DeviceInD0')
  })
  if (status === STATUS_PENDING) return STAY
  if (isSuccess(status)) {
    c.holdsQueryReference = true
    return pending
  }
  c.requests.setStatus(status)
  return 'Started'
}

function* stopped(c: PnpContext): Next {
  const status = yield* releaseHardware(c)
  c.requests.finish()
  return isSuccess(status) ? STAY : 'Failed'
}

function* restartReleaseHardware(c: PnpContext): Next {
  const status = yield* releaseHardware(c)
  if (isSuccess(status)) return yield* startLowerDrivers(c, 'RestartHardwareAvailable')
  c.requests.setStatus(status)
  return 'Failed'
}

function* removingDisableInterfaces(c: PnpContext): Next {
  yield* releaseHardware(c)
  yield* cleanUpForRemove(c)
  c.policy.post('Remove')
  return STAY
}

/** Interfaces, power-managed queues and self-managed I/O end. */
function* cleanUpForRemove(c: PnpContext): Steps<void> {
  yield* c.step('disableInterfaces', (host) => host.disableInterfaces?.())
  yield* c.step('purgePowerManagedQueues', (host) => host.purgePowerManagedQueues?.())
  yield* c.selfManagedIo.flush()
  if (c.ownsWakeLine) c.receivedWaitWake.indicate(STATUS_NO_SUCH_DEVICE)
}

/** Children that are still there are told; the machine waits until the last one has gone. */
function removed(c: PnpContext): PnpState {
  // One more than there are: children that go at once must not end the wait before it began.
  c.pendingChildren = c.children.size + 1
  for (const child of Array.from(c.children)) child.pnp.post('ParentRemoved')
  c.pendingChildren--
  return c.pendingChildren > 0 ? 'RemovedWaitForChildren' : 'RemovedChildrenRemoved'
}

function* removeForGood(c: PnpContext): Next {
  yield* c.step('purgeOtherQueues', (host) => host.purgeOtherQueues?.())
  yield* c.selfManagedIo.cleanup()
  return yield* dispose(c)
}

function* dispose(c: PnpContext): Next {
  yield* c.step('disposeDevice', (host) => host.disposeDevice?.())
  return 'Final'
}

function final(c: PnpContext): void {
  c.pnp.close()
  c.power.close()
  c.policy.close()
  c.parent?.childRemoved(c)
  c.requests.finishRemove()
}

/** A child that was removed, but not unplugged, starts again: as new. */
function resetForRestart(c: PnpContext): void {
  c.failedAction = undefined
  c.idle.reset()
  c.keepWakeInterrupts = false
  c.requests.setStatus(STATUS_SUCCESS)
}

function* surpriseRemoved(c: PnpContext, next: PnpState, finishes: boolean): Next {
  yield* c.run('EvtDeviceSurpriseRemoval')
  if (finishes) c.requests.finish()
  return next
}

function* failedOwnHardware(c: PnpContext): Next {
  yield* releaseHardware(c)
  return 'Failed'
}

function* failed(c: PnpContext): Next {
  yield* cleanUpForRemove(c)
  c.policy.post('Remove')
  return STAY
}

function failedForGood(c: PnpContext): void {
  c.requests.finish()
  if (c.failedAction === 'attemptRestart') c.host.reenumerate?.()
}

function* ejectHardware(c: PnpContext): Next {
  const { status } = yield* c.run('EvtDeviceEject')
  c.requests.setStatus(status)
  c.requests.finish()
  return isSuccess(status) ? 'EjectedWaitingForRemove' : 'EjectFailed'
}
