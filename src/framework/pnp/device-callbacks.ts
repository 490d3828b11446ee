/**
 * The driver's Plug and Play, power and power policy callbacks, with KMDF's names.
 * Runs on: the device's home worker; each may be asynchronous. Types and names only.
 * Source: WDF_PNPPOWER_EVENT_CALLBACKS, WDF_POWER_POLICY_EVENT_CALLBACKS, WDF_FDO_EVENT_CALLBACKS,
 * WDF_PDO_EVENT_CALLBACKS; kmdf.md 6.1 to 6.4.
 *
 * A callback fails by returning a failure status or by throwing; it may never return STATUS_NOT_SUPPORTED.
 */
import { DEVICE_CALLBACK_NAMES as NAMES } from '../../abi/callback-names.js'
import type { Device } from '../device.js'
import type { CallbackResult } from '../driver.js'
import type { PowerDeviceState, ResourceList } from '../pnp-power-callbacks.js'

/** System power states: S0 works, S1 to S4 sleep, S5 is off. */
export type SystemPowerState = 'S0' | 'S1' | 'S2' | 'S3' | 'S4' | 'S5'

/** A callback whose failure nobody could act on: what it returns is ignored, what it throws is reported. */
// oxlint-disable-next-line typescript/no-invalid-void-type
export type VoidCallbackResult = void | Promise<void>

/** I/O that a driver does by itself, beside its queues: told when to start, pause and end. */
export interface SelfManagedIoCallbacks {
  /** Once, when the device is in D0 for the first time. */
  readonly EvtDeviceSelfManagedIoInit?: (device: Device) => CallbackResult
  /** Each further time that the device is in D0. */
  readonly EvtDeviceSelfManagedIoRestart?: (device: Device) => CallbackResult
  /** Before the device leaves D0: stop. */
  readonly EvtDeviceSelfManagedIoSuspend?: (
    device: Device,
    targetState: PowerDeviceState,
  ) => CallbackResult
  /** At removal: end what is outstanding. */
  readonly EvtDeviceSelfManagedIoFlush?: (device: Device) => VoidCallbackResult
  /** At removal, last: free what Init made. */
  readonly EvtDeviceSelfManagedIoCleanup?: (device: Device) => VoidCallbackResult
}

export interface PnpPowerEventCallbacks extends SelfManagedIoCallbacks {
  /** Once for each set of resources: map registers, find out what the device is. */
  readonly EvtDevicePrepareHardware?: (
    device: Device,
    resourcesRaw: ResourceList,
    resourcesTranslated: ResourceList,
  ) => CallbackResult
  /** Undoes EvtDevicePrepareHardware, also a failed one. */
  readonly EvtDeviceReleaseHardware?: (
    device: Device,
    resourcesTranslated: ResourceList,
  ) => CallbackResult
  /** The device has power: bring its registers to life. Interrupts are not connected yet. */
  readonly EvtDeviceD0Entry?: (device: Device, previousState: PowerDeviceState) => CallbackResult
  readonly EvtDeviceD0EntryPostInterruptsEnabled?: (
    device: Device,
    previousState: PowerDeviceState,
  ) => CallbackResult
  /** DMA runs, children have been scanned for; queues do not dispatch yet. */
  readonly EvtDeviceD0EntryPostHardwareEnabled?: (
    device: Device,
    previousState: PowerDeviceState,
  ) => CallbackResult
  /** Queues hold; DMA still runs. */
  readonly EvtDeviceD0ExitPreHardwareDisabled?: (
    device: Device,
    targetState: PowerDeviceState,
  ) => CallbackResult
  readonly EvtDeviceD0ExitPreInterruptsDisabled?: (
    device: Device,
    targetState: PowerDeviceState,
  ) => CallbackResult
  /** Last before the power goes: save what the device forgets. */
  readonly EvtDeviceD0Exit?: (device: Device, targetState: PowerDeviceState) => CallbackResult
  /** A failure status keeps the device. May overlap with other callbacks. */
  readonly EvtDeviceQueryRemove?: (device: Device) => CallbackResult
  /** A failure status keeps the device running. May overlap with other callbacks. */
  readonly EvtDeviceQueryStop?: (device: Device) => CallbackResult
  /** The device has gone. May overlap with other callbacks, comes before them or after them. */
  readonly EvtDeviceSurpriseRemoval?: (device: Device) => VoidCallbackResult
}

/** Called on the device that owns the power policy of its stack. */
export interface PowerPolicyEventCallbacks {
  /** The device is going to idle in S0: have it wake up by itself. */
  readonly EvtDeviceArmWakeFromS0?: (device: Device) => CallbackResult
  readonly EvtDeviceDisarmWakeFromS0?: (device: Device) => VoidCallbackResult
  /** The device woke itself in S0. */
  readonly EvtDeviceWakeFromS0Triggered?: (device: Device) => VoidCallbackResult
  /** The system is going to sleep: have the device wake it up. */
  readonly EvtDeviceArmWakeFromSx?: (device: Device) => CallbackResult
  /** Instead of EvtDeviceArmWakeFromSx: told who wants it. */
  readonly EvtDeviceArmWakeFromSxWithReason?: (
    device: Device,
    deviceWakeEnabled: boolean,
    childrenArmedForWake: boolean,
  ) => CallbackResult
  readonly EvtDeviceDisarmWakeFromSx?: (device: Device) => VoidCallbackResult
  /** The device woke the system. */
  readonly EvtDeviceWakeFromSxTriggered?: (device: Device) => VoidCallbackResult
}

/** Resource requirements, on the function or filter device only. */
export interface FdoEventCallbacks {
  readonly EvtDeviceFilterRemoveResourceRequirements?: (device: Device) => CallbackResult
  readonly EvtDeviceFilterAddResourceRequirements?: (device: Device) => CallbackResult
  /** Takes away what EvtDeviceFilterAddResourceRequirements added, before the bus sees the resources. */
  readonly EvtDeviceRemoveAddedResources?: (device: Device) => CallbackResult
}

/** What a bus driver does for one of its children, on the child's device. */
export interface PdoEventCallbacks {
  readonly EvtDeviceEnableWakeAtBus?: (
    device: Device,
    systemState: SystemPowerState,
  ) => CallbackResult
  readonly EvtDeviceDisableWakeAtBus?: (device: Device) => VoidCallbackResult
  readonly EvtDeviceEject?: (device: Device) => CallbackResult
}

/** All callbacks that the machines call. */
export type DeviceCallbacks = PnpPowerEventCallbacks &
  PowerPolicyEventCallbacks &
  FdoEventCallbacks &
  PdoEventCallbacks

export type DeviceCallbackName = keyof DeviceCallbacks

/** Every callback that the machines call, in the order of a device's life. */
export const DEVICE_CALLBACK_NAMES = NAMES satisfies readonly DeviceCallbackName[]
