/**
 * The Plug and Play machine as a table: 58 states, 66 edges, in KMDF's order of states.
 * Runs on: any thread; data only. Source: [WDF] pnpstatemachine.cpp; kmdf.md 6.7.
 */
import { STAY, stateTable } from './state-table.js'

export type PnpEvent = (typeof PNP_EVENTS)[number]

export const PNP_EVENTS = [
  'AddDevice',
  'StartDevice',
  'StartDeviceComplete',
  'StartDeviceFailed',
  'QueryRemove',
  'QueryStop',
  'CancelRemove',
  'CancelStop',
  'Stop',
  'Remove',
  'SurpriseRemove',
  'Eject',
  'PwrPolStopped',
  'PwrPolStopFailed',
  'PowerUpFailed',
  'PowerDownFailed',
  'ParentRemoved',
  'ChildrenRemovalComplete',
  'PwrPolStarted',
  'PwrPolStartFailed',
  'DeviceInD0',
  'PwrPolRemoved',
] as const

/** Go to the head of the queue and are taken in every state: other machines wait for none of them. */
export const PNP_PRIORITY_EVENTS: readonly PnpEvent[] = [
  'PwrPolStarted',
  'PwrPolStartFailed',
  'PwrPolStopped',
  'PwrPolStopFailed',
  'DeviceInD0',
  'PwrPolRemoved',
]

/** Come with a Plug and Play request that somebody waits for: dropping one ends the request. */
export const PNP_REQUEST_EVENTS: readonly PnpEvent[] = [
  'StartDevice',
  'StartDeviceComplete',
  'QueryRemove',
  'QueryStop',
  'CancelRemove',
  'CancelStop',
  'Stop',
  'Remove',
  'SurpriseRemove',
  'Eject',
]

export const PNP_TABLE = stateTable<PnpEvent>()({
  ObjectCreated: { open: true, on: { AddDevice: 'Init' } },
  CheckForDevicePresence: { next: ['PdoRemoved', 'RemovedPdoWait'] },
  EjectFailed: { open: true, on: { StartDevice: 'PdoRestart', SurpriseRemove: 'SurpriseRemove' } },
  EjectHardware: { next: ['EjectedWaitingForRemove', 'EjectFailed'] },
  EjectedWaitingForRemove: { open: true, on: { Remove: 'PdoRemoved' }, drops: ['SurpriseRemove'] },
  Init: {
    open: true,
    on: {
      StartDevice: 'InitStarting',
      QueryRemove: 'InitQueryRemove',
      Remove: 'Removed',
      ParentRemoved: 'Removed',
      SurpriseRemove: 'InitSurpriseRemoved',
      Eject: 'EjectHardware',
    },
  },
  InitStarting: {
    open: true,
    on: { StartDeviceComplete: 'HardwareAvailable', StartDeviceFailed: 'Init' },
    next: [STAY, 'HardwareAvailable'],
  },
  InitSurpriseRemoved: { next: ['Init'] },
  HardwareAvailable: {
    on: {
      PwrPolStarted: 'EnableInterfaces',
      PwrPolStartFailed: 'HardwareAvailablePowerPolicyFailed',
    },
    next: ['FailedInit', 'FailedOwnHardware', STAY],
    drops: ['PowerUpFailed'],
  },
  EnableInterfaces: { next: ['FailedPowerDown', 'Started'] },
  HardwareAvailablePowerPolicyFailed: { next: ['FailedOwnHardware'] },
  QueryRemoveAskDriver: { next: ['QueryRemoveEnsureDeviceAwake', 'Started'] },
  QueryRemovePending: {
    open: true,
    on: {
      Remove: 'QueriedRemoving',
      CancelRemove: 'QueryCanceled',
      SurpriseRemove: 'QueriedSurpriseRemove',
    },
    next: [STAY],
  },
  QueryRemoveStaticCheck: { next: ['Started', 'QueryRemoveAskDriver'] },
  QueriedRemoving: {
    on: {
      PwrPolStopped: 'RemovingDisableInterfaces',
      PwrPolStopFailed: 'RemovingDisableInterfaces',
    },
    next: [STAY],
    drops: ['PowerDownFailed', 'PowerUpFailed'],
  },
  QueryStopAskDriver: { next: ['QueryStopEnsureDeviceAwake', 'Started'] },
  QueryStopPending: {
    open: true,
    on: {
      Stop: 'StartedStopping',
      CancelStop: 'QueryCanceled',
      SurpriseRemove: 'QueriedSurpriseRemove',
    },
    next: [STAY],
  },
  QueryStopStaticCheck: { next: ['Started', 'QueryStopAskDriver'] },
  QueryCanceled: { next: ['Started'] },
  Removed: { next: ['RemovedWaitForChildren', 'RemovedChildrenRemoved'] },
  PdoRemoved: { next: ['Final'] },
  RemovedPdoWait: {
    open: true,
    on: {
      Eject: 'EjectHardware',
      StartDevice: 'PdoRestart',
      Remove: 'CheckForDevicePresence',
      ParentRemoved: 'PdoRemoved',
      SurpriseRemove: 'RemovedPdoSurpriseRemoved',
    },
    next: [STAY],
    drops: ['CancelRemove', 'QueryRemove', 'PowerDownFailed'],
  },
  RemovedPdoSurpriseRemoved: { next: ['RemovedPdoWait'] },
  RemovingDisableInterfaces: { on: { PwrPolRemoved: 'Removed' }, next: [STAY] },
  Restarting: {
    on: { PwrPolStarted: 'Started', PwrPolStartFailed: 'HardwareAvailablePowerPolicyFailed' },
    next: [STAY],
    drops: ['PowerUpFailed'],
  },
  Started: {
    open: true,
    on: {
      QueryRemove: 'QueryRemoveStaticCheck',
      QueryStop: 'QueryStopStaticCheck',
      CancelStop: 'StartedCancelStop',
      CancelRemove: 'StartedCancelRemove',
      Remove: 'StartedRemoving',
      SurpriseRemove: 'SurpriseRemoveIoStarted',
      PowerUpFailed: 'FailedIoStarting',
      PowerDownFailed: 'FailedPowerDown',
      StartDevice: 'Restart',
    },
    next: [STAY],
  },
  StartedCancelStop: { next: ['Started'] },
  StartedCancelRemove: { next: ['Started'] },
  StartedRemoving: {
    open: true,
    on: {
      PwrPolStopped: 'RemovingDisableInterfaces',
      PwrPolStopFailed: 'RemovingDisableInterfaces',
    },
    next: [STAY],
    drops: ['PowerUpFailed', 'PowerDownFailed'],
  },
  StartingFromStopped: { next: ['Failed', 'FailedOwnHardware', 'Restarting'] },
  Stopped: {
    open: true,
    on: { StartDevice: 'StoppedWaitForStartCompletion', SurpriseRemove: 'SurpriseRemove' },
    next: [STAY, 'Failed'],
  },
  StoppedWaitForStartCompletion: {
    open: true,
    on: { StartDeviceComplete: 'StartingFromStopped', StartDeviceFailed: 'Failed' },
    next: [STAY, 'StartingFromStopped'],
  },
  StartedStopping: {
    open: true,
    on: { PwrPolStopped: 'Stopped', PwrPolStopFailed: 'FailedOwnHardware' },
    next: [STAY],
    drops: ['PowerUpFailed', 'PowerDownFailed'],
  },
  SurpriseRemove: { next: ['Failed'] },
  InitQueryRemove: {
    open: true,
    on: { Remove: 'Removed', CancelRemove: 'InitQueryRemoveCanceled' },
    next: [STAY],
  },
  InitQueryRemoveCanceled: { open: true, next: ['Init'] },
  FdoRemoved: { next: ['Final'] },
  RemovedWaitForChildren: {
    open: true,
    on: { ChildrenRemovalComplete: 'RemovedChildrenRemoved' },
    drops: ['PowerDownFailed'],
  },
  QueriedSurpriseRemove: { next: ['SurpriseRemoveIoStarted'] },
  SurpriseRemoveIoStarted: { next: ['FailedIoStarting'] },
  FailedPowerDown: {
    on: { PwrPolStopped: 'FailedOwnHardware', PwrPolStopFailed: 'FailedOwnHardware' },
    next: [STAY],
    drops: ['PowerDownFailed'],
  },
  FailedIoStarting: {
    on: { PwrPolStopped: 'FailedOwnHardware', PwrPolStopFailed: 'FailedOwnHardware' },
    next: [STAY],
    drops: ['PowerDownFailed', 'PowerUpFailed'],
  },
  FailedOwnHardware: { next: ['Failed'] },
  Failed: { on: { PwrPolRemoved: 'FailedPowerPolicyRemoved' }, next: [STAY] },
  FailedSurpriseRemoved: { next: ['FailedWaitForRemove'] },
  FailedStarted: { next: ['FailedWaitForRemove'] },
  FailedWaitForRemove: {
    open: true,
    on: {
      Remove: 'Removed',
      SurpriseRemove: 'FailedSurpriseRemoved',
      StartDevice: 'FailedStarted',
    },
    drops: ['PowerUpFailed', 'PowerDownFailed', 'QueryRemove', 'CancelStop', 'CancelRemove'],
  },
  FailedInit: { next: ['Init'] },
  PdoInitFailed: { next: ['Final'] },
  Restart: {
    on: {
      PwrPolStopped: 'RestartReleaseHardware',
      PwrPolStopFailed: 'HardwareAvailablePowerPolicyFailed',
    },
    next: [STAY],
    drops: ['PowerUpFailed', 'PowerDownFailed'],
  },
  RestartReleaseHardware: {
    open: true,
    on: { StartDeviceComplete: 'RestartHardwareAvailable', StartDeviceFailed: 'Failed' },
    next: ['Failed', STAY, 'RestartHardwareAvailable'],
    drops: ['PowerDownFailed'],
  },
  RestartHardwareAvailable: {
    open: true,
    on: { PwrPolStarted: 'Started', PwrPolStartFailed: 'HardwareAvailablePowerPolicyFailed' },
    next: ['Failed', 'FailedOwnHardware', STAY],
    drops: ['PowerUpFailed'],
  },
  PdoRestart: { next: ['HardwareAvailable'] },
  Final: { open: true, next: [STAY], drops: ['PowerDownFailed'] },
  RemovedChildrenRemoved: { open: true, next: ['FdoRemoved', 'CheckForDevicePresence'] },
  QueryRemoveEnsureDeviceAwake: {
    on: { DeviceInD0: 'QueryRemovePending' },
    next: [STAY, 'QueryRemovePending', 'Started'],
  },
  QueryStopEnsureDeviceAwake: {
    on: { DeviceInD0: 'QueryStopPending' },
    next: [STAY, 'QueryStopPending', 'Started'],
  },
  FailedPowerPolicyRemoved: { next: ['FailedWaitForRemove'] },
})

export type PnpState = keyof typeof PNP_TABLE
