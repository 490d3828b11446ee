/**
 * The power machine as a table: 105 states, 68 edges, in KMDF's order of states. A name that ends in NP is the
 * twin for a device that is not power pageable. Runs on: any thread; data only.
 * Source: [WDF] powerstatemachine.cpp; kmdf.md 6.8.
 */
import { STAY, stateTable } from './state-table.js'

export type PowerEvent = (typeof POWER_EVENTS)[number]

export const POWER_EVENTS = [
  'D0',
  'Dx',
  'WakeArrival',
  'WakeSucceeded',
  'WakeFailed',
  'WakeCanceled',
  'ImplicitD0',
  'ImplicitD3',
  'ParentToD0',
  'MarkPageable',
  'MarkNonpageable',
  'CompleteD0',
  'CompleteDx',
  'WakeInterruptCompleteTransition',
] as const

/** Go to the head of the queue and are taken in every state. */
export const POWER_PRIORITY_EVENTS: readonly PowerEvent[] = [
  'ParentToD0',
  'CompleteD0',
  'CompleteDx',
  'WakeInterruptCompleteTransition',
]

/** Are in the queue once at most. */
export const POWER_SINGULAR_EVENTS: readonly PowerEvent[] = ['ParentToD0']

export const POWER_TABLE = stateTable<PowerEvent>()({
  ObjectCreated: {
    open: true,
    on: { ImplicitD0: 'StartingCheckDeviceType' },
    drops: ['MarkPageable', 'MarkNonpageable', 'ParentToD0', 'Dx', 'D0'],
  },
  CheckDeviceType: { next: ['Waking', 'CheckParentState'] },
  CheckDeviceTypeNP: { next: ['WakingNP', 'CheckParentStateNP'] },
  CheckParentState: { next: ['UpFailed', 'Waking', 'WaitForParent'] },
  CheckParentStateNP: { next: ['UpFailedNP', 'WakingNP', 'WaitForParentNP'] },
  EnablingWakeAtBus: { next: ['D0ArmedForWake', 'D0BusWakeOwner'] },
  EnablingWakeAtBusNP: { next: ['D0ArmedForWakeNP', 'D0BusWakeOwnerNP'] },
  D0: {
    open: true,
    on: { Dx: 'GotoDx', ImplicitD3: 'GotoD3Stopped', MarkNonpageable: 'DecideD0State' },
    next: ['DecideD0State', STAY],
    drops: ['D0'],
  },
  D0NP: {
    open: true,
    on: { Dx: 'GotoDxNP', ImplicitD3: 'GotoD3Stopped', MarkPageable: 'DecideD0State' },
    next: ['DecideD0State', STAY],
    drops: ['MarkNonpageable', 'D0'],
  },
  D0BusWakeOwner: {
    open: true,
    on: {
      Dx: 'GotoDx',
      WakeArrival: 'EnablingWakeAtBus',
      ImplicitD3: 'GotoD3Stopped',
      MarkNonpageable: 'DecideD0State',
    },
    next: ['DecideD0State', 'EnablingWakeAtBus', STAY],
    drops: ['WakeSucceeded', 'WakeCanceled', 'WakeFailed', 'ParentToD0', 'D0'],
  },
  D0BusWakeOwnerNP: {
    open: true,
    on: {
      Dx: 'GotoDxNP',
      WakeArrival: 'EnablingWakeAtBusNP',
      ImplicitD3: 'GotoD3Stopped',
      MarkPageable: 'D0BusWakeOwner',
    },
    next: ['DecideD0State', 'EnablingWakeAtBusNP', STAY],
    drops: ['WakeSucceeded', 'WakeCanceled', 'MarkNonpageable', 'ParentToD0', 'D0'],
  },
  D0ArmedForWake: {
    open: true,
    on: {
      Dx: 'GotoDxArmedForWake',
      WakeSucceeded: 'D0DisarmingWakeAtBus',
      WakeFailed: 'D0DisarmingWakeAtBus',
      WakeCanceled: 'D0DisarmingWakeAtBus',
      MarkNonpageable: 'D0ArmedForWakeNP',
      ImplicitD3: 'GotoImplicitD3DisarmWakeAtBus',
    },
    next: ['DecideD0State', STAY],
    drops: ['ParentToD0', 'WakeArrival', 'D0'],
  },
  D0ArmedForWakeNP: {
    open: true,
    on: {
      Dx: 'GotoDxArmedForWakeNP',
      WakeSucceeded: 'D0DisarmingWakeAtBusNP',
      WakeFailed: 'D0DisarmingWakeAtBusNP',
      WakeCanceled: 'D0DisarmingWakeAtBusNP',
      MarkPageable: 'D0ArmedForWake',
      ImplicitD3: 'GotoImplicitD3DisarmWakeAtBus',
    },
    next: ['DecideD0State', STAY],
    drops: ['ParentToD0', 'WakeArrival', 'D0'],
  },
  D0DisarmingWakeAtBus: { next: ['D0BusWakeOwner'] },
  D0DisarmingWakeAtBusNP: { next: ['D0BusWakeOwnerNP'] },
  D0Starting: {
    next: [
      'InitialPowerUpFailedPowerDown',
      'InitialPowerUpFailedDerefParent',
      'D0StartingConnectInterrupt',
    ],
  },
  D0StartingConnectInterrupt: { next: ['InitialConnectInterruptFailed', 'D0StartingDmaEnable'] },
  D0StartingDmaEnable: { next: ['InitialDmaEnableFailed', 'D0StartingPostHardwareEnabled'] },
  D0StartingStartSelfManagedIo: {
    next: ['InitialSelfManagedIoFailedStarted', 'InitialSelfManagedIoFailed', 'DecideD0State'],
  },
  DecideD0State: { next: ['D0BusWakeOwner', 'D0', 'D0BusWakeOwnerNP', 'D0NP'] },
  GotoD3Stopped: { next: ['FinalPowerDownFailed', 'Stopped'] },
  Stopped: {
    open: true,
    on: { ImplicitD0: 'StartingCheckDeviceType', Dx: 'StoppedCompleteDx' },
    drops: ['D0', 'WakeFailed', 'ParentToD0'],
  },
  StartingCheckDeviceType: { next: ['StartingChild', 'D0Starting'] },
  StartingChild: {
    open: true,
    on: { ParentToD0: 'D0Starting' },
    next: ['InitialPowerUpFailed', 'D0Starting', STAY],
  },
  DxDisablingWakeAtBus: { next: ['Waking'] },
  DxDisablingWakeAtBusNP: { next: ['WakingNP'] },
  GotoDx: {
    on: { CompleteDx: 'NotifyingD0ExitToWakeInterrupts' },
    next: [STAY],
    drops: ['WakeArrival', 'ParentToD0'],
  },
  GotoDxNP: {
    on: { CompleteDx: 'NotifyingD0ExitToWakeInterruptsNP' },
    next: [STAY],
    drops: ['WakeArrival', 'ParentToD0'],
  },
  GotoDxIoStopped: { next: ['GotoDxFailed', 'Dx'] },
  GotoDxIoStoppedNP: { next: ['GotoDxNPFailed', 'DxNP'] },
  GotoDxNPFailed: { next: ['ReportPowerDownFailed'] },
  Dx: {
    open: true,
    on: { D0: 'CheckDeviceType', ImplicitD3: 'GotoDxStoppedDisableInterrupt' },
    drops: ['WakeArrival', 'WakeCanceled', 'WakeSucceeded', 'ParentToD0', 'Dx'],
  },
  DxNP: {
    open: true,
    on: { D0: 'CheckDeviceTypeNP', ImplicitD3: 'GotoDxStoppedDisableInterruptNP' },
    drops: ['WakeArrival', 'WakeCanceled', 'WakeSucceeded', 'ParentToD0', 'Dx'],
  },
  GotoDxArmedForWake: { on: { CompleteDx: 'GotoDxIoStoppedArmedForWake' }, next: [STAY] },
  GotoDxArmedForWakeNP: { on: { CompleteDx: 'GotoDxIoStoppedArmedForWakeNP' }, next: [STAY] },
  GotoDxIoStoppedArmedForWake: { next: ['GotoDxFailed', 'DxArmedForWake'] },
  GotoDxIoStoppedArmedForWakeNP: { next: ['GotoDxNPFailed', 'DxArmedForWakeNP'] },
  DxArmedForWake: {
    open: true,
    on: {
      D0: 'CheckParentStateArmedForWake',
      WakeSucceeded: 'WakePending',
      WakeCanceled: 'WakePending',
      WakeFailed: 'WakePending',
      ImplicitD3: 'DxStoppedDisarmWake',
    },
    drops: ['ParentToD0'],
  },
  DxArmedForWakeNP: {
    open: true,
    on: {
      D0: 'CheckParentStateArmedForWakeNP',
      WakeSucceeded: 'WakePendingNP',
      WakeFailed: 'WakePendingNP',
      WakeCanceled: 'WakePendingNP',
      ImplicitD3: 'DxStoppedDisarmWakeNP',
    },
    drops: ['ParentToD0'],
  },
  CheckParentStateArmedForWake: {
    next: ['UpFailed', 'DxDisablingWakeAtBus', 'WaitForParentArmedForWake'],
  },
  CheckParentStateArmedForWakeNP: {
    next: ['UpFailedNP', 'DxDisablingWakeAtBusNP', 'WaitForParentArmedForWakeNP'],
  },
  WaitForParentArmedForWake: { on: { ParentToD0: 'DxDisablingWakeAtBus' } },
  WaitForParentArmedForWakeNP: { on: { ParentToD0: 'DxDisablingWakeAtBusNP' } },
  StartSelfManagedIo: {
    next: ['StartSelfManagedIoFailedStarted', 'StartSelfManagedIoFailed', 'D0BusWakeOwner', 'D0'],
  },
  StartSelfManagedIoNP: {
    next: [
      'StartSelfManagedIoFailedStartedNP',
      'StartSelfManagedIoFailedNP',
      'D0BusWakeOwnerNP',
      'D0NP',
    ],
  },
  StartSelfManagedIoFailed: { next: ['WakingPostHardwareEnabledFailed'] },
  StartSelfManagedIoFailedNP: { next: ['WakingPostHardwareEnabledFailedNP'] },
  WaitForParent: { on: { ParentToD0: 'Waking' } },
  WaitForParentNP: { on: { ParentToD0: 'WakingNP' } },
  WakePending: {
    open: true,
    on: {
      D0: 'CheckParentStateArmedForWake',
      ImplicitD0: 'CheckParentStateArmedForWake',
      ImplicitD3: 'DxStoppedDisarmWake',
    },
    next: [STAY],
    drops: ['ParentToD0'],
  },
  WakePendingNP: {
    open: true,
    on: {
      D0: 'CheckParentStateArmedForWakeNP',
      ImplicitD0: 'CheckParentStateArmedForWakeNP',
      ImplicitD3: 'DxStoppedDisarmWakeNP',
    },
    next: [STAY],
    drops: ['ParentToD0'],
  },
  Waking: {
    next: ['UpFailedPowerDown', 'UpFailedDerefParent', 'NotifyingD0EntryToWakeInterrupts'],
  },
  WakingNP: {
    next: ['UpFailedPowerDownNP', 'UpFailedDerefParentNP', 'NotifyingD0EntryToWakeInterruptsNP'],
  },
  WakingConnectInterrupt: { next: ['WakingConnectInterruptFailed', 'WakingDmaEnable'] },
  WakingConnectInterruptNP: { next: ['WakingConnectInterruptFailedNP', 'WakingDmaEnableNP'] },
  WakingConnectInterruptFailed: { next: ['ReportPowerUpFailedDerefParent'] },
  WakingConnectInterruptFailedNP: { next: ['ReportPowerUpFailedDerefParent'] },
  WakingDmaEnable: { next: ['WakingDmaEnableFailed', 'WakingPostHardwareEnabled'] },
  WakingDmaEnableNP: { next: ['WakingDmaEnableFailedNP', 'WakingPostHardwareEnabledNP'] },
  WakingDmaEnableFailed: { next: ['WakingConnectInterruptFailed'] },
  WakingDmaEnableFailedNP: { next: ['WakingConnectInterruptFailedNP'] },
  ReportPowerUpFailedDerefParent: { next: ['ReportPowerUpFailed'] },
  ReportPowerUpFailed: { open: true, on: { ImplicitD3: 'PowerFailedPowerDown' }, next: [STAY] },
  PowerFailedPowerDown: { next: ['Stopped'] },
  ReportPowerDownFailed: { open: true, on: { ImplicitD3: 'PowerFailedPowerDown' }, next: [STAY] },
  InitialConnectInterruptFailed: { next: ['InitialPowerUpFailedDerefParent'] },
  InitialDmaEnableFailed: { next: ['InitialConnectInterruptFailed'] },
  InitialSelfManagedIoFailed: { next: ['InitialPostHardwareEnabledFailed'] },
  InitialPowerUpFailedDerefParent: { next: ['InitialPowerUpFailed'] },
  InitialPowerUpFailed: { next: ['Stopped'] },
  DxStoppedDisarmWake: { next: ['GotoDxStoppedDisableInterrupt'] },
  DxStoppedDisarmWakeNP: { next: ['GotoDxStoppedDisableInterruptNP'] },
  GotoDxStoppedDisableInterruptNP: { next: ['GotoDxStopped'] },
  GotoDxStopped: { next: ['Stopped'] },
  DxStopped: { open: true, on: { ImplicitD0: 'DxStoppedDecideDxState', D0: 'GotoStopped' } },
  GotoStopped: { next: ['Stopped'] },
  StoppedCompleteDx: { next: ['DxStopped'] },
  DxStoppedDecideDxState: { next: ['DxStoppedArmForWake', 'Dx', 'DxStoppedArmForWakeNP', 'DxNP'] },
  DxStoppedArmForWake: { next: ['DxArmedForWake', 'Dx'] },
  DxStoppedArmForWakeNP: { next: ['DxArmedForWakeNP', 'DxNP'] },
  FinalPowerDownFailed: { next: ['Stopped'] },
  Final: {},
  GotoImplicitD3DisarmWakeAtBus: { next: ['GotoD3Stopped'] },
  UpFailed: { next: ['ReportPowerUpFailed'] },
  UpFailedDerefParent: { next: ['ReportPowerUpFailedDerefParent'] },
  GotoDxFailed: { next: ['ReportPowerDownFailed'] },
  GotoDxStoppedDisableInterrupt: { next: ['GotoDxStopped'] },
  UpFailedNP: { next: ['ReportPowerUpFailed'] },
  UpFailedDerefParentNP: { next: ['ReportPowerUpFailedDerefParent'] },
  NotifyingD0ExitToWakeInterrupts: {
    on: { WakeInterruptCompleteTransition: 'GotoDxIoStopped' },
    next: ['GotoDxIoStopped', STAY],
  },
  NotifyingD0EntryToWakeInterrupts: {
    on: { WakeInterruptCompleteTransition: 'WakingConnectInterrupt' },
    next: ['WakingConnectInterrupt', STAY],
  },
  NotifyingD0ExitToWakeInterruptsNP: {
    on: { WakeInterruptCompleteTransition: 'GotoDxIoStoppedNP' },
    next: ['GotoDxIoStoppedNP', STAY],
  },
  NotifyingD0EntryToWakeInterruptsNP: {
    on: { WakeInterruptCompleteTransition: 'WakingConnectInterruptNP' },
    next: ['WakingConnectInterruptNP', STAY],
  },
  InitialPowerUpFailedPowerDown: { next: ['InitialPowerUpFailedDerefParent'] },
  UpFailedPowerDown: { next: ['UpFailedDerefParent'] },
  UpFailedPowerDownNP: { next: ['UpFailedDerefParentNP'] },
  InitialSelfManagedIoFailedStarted: { next: ['InitialSelfManagedIoFailed'] },
  StartSelfManagedIoFailedStarted: { next: ['StartSelfManagedIoFailed'] },
  StartSelfManagedIoFailedStartedNP: { next: ['StartSelfManagedIoFailedNP'] },
  WakingPostHardwareEnabled: {
    on: { CompleteD0: 'StartSelfManagedIo' },
    next: [STAY, 'WakingPostHardwareEnabledFailed', 'WakingDmaEnableFailed'],
    drops: ['ParentToD0'],
  },
  WakingPostHardwareEnabledNP: {
    on: { CompleteD0: 'StartSelfManagedIoNP' },
    next: [STAY, 'WakingPostHardwareEnabledFailedNP', 'WakingDmaEnableFailedNP'],
    drops: ['ParentToD0'],
  },
  WakingPostHardwareEnabledFailed: { next: ['WakingDmaEnableFailed'] },
  WakingPostHardwareEnabledFailedNP: { next: ['WakingDmaEnableFailedNP'] },
  D0StartingPostHardwareEnabled: {
    next: [
      'InitialDmaEnableFailed',
      'InitialPostHardwareEnabledFailed',
      'D0StartingStartSelfManagedIo',
    ],
  },
  InitialPostHardwareEnabledFailed: { next: ['InitialDmaEnableFailed'] },
})

export type PowerState = keyof typeof POWER_TABLE
