/**
 * Names of drivers' callbacks, by number: a worker says in one word of shared memory which one it is in, so that
 * main can name the one that never returns (engine-layout: PLACE). Runs on: any thread.
 */

/** Those of a device's machines, in the order of a device's life. */
export const DEVICE_CALLBACK_NAMES = [
  'EvtDeviceFilterRemoveResourceRequirements',
  'EvtDeviceFilterAddResourceRequirements',
  'EvtDeviceRemoveAddedResources',
  'EvtDevicePrepareHardware',
  'EvtDeviceD0Entry',
  'EvtDeviceD0EntryPostInterruptsEnabled',
  'EvtDeviceD0EntryPostHardwareEnabled',
  'EvtDeviceSelfManagedIoInit',
  'EvtDeviceSelfManagedIoRestart',
  'EvtDeviceQueryStop',
  'EvtDeviceQueryRemove',
  'EvtDeviceSurpriseRemoval',
  'EvtDeviceSelfManagedIoSuspend',
  'EvtDeviceArmWakeFromS0',
  'EvtDeviceWakeFromS0Triggered',
  'EvtDeviceDisarmWakeFromS0',
  'EvtDeviceArmWakeFromSx',
  'EvtDeviceArmWakeFromSxWithReason',
  'EvtDeviceWakeFromSxTriggered',
  'EvtDeviceDisarmWakeFromSx',
  'EvtDeviceEnableWakeAtBus',
  'EvtDeviceDisableWakeAtBus',
  'EvtDeviceD0ExitPreHardwareDisabled',
  'EvtDeviceD0ExitPreInterruptsDisabled',
  'EvtDeviceD0Exit',
  'EvtDeviceReleaseHardware',
  'EvtDeviceSelfManagedIoFlush',
  'EvtDeviceSelfManagedIoCleanup',
  'EvtDeviceEject',
] as const

export const CALLBACK_NAMES = [
  'EvtDriverDeviceAdd',
  'EvtDriverUnload',
  'EvtChildListCreateDevice',
  ...DEVICE_CALLBACK_NAMES,
  'EvtDevicePnpStateChange',
  'EvtDevicePowerStateChange',
  'EvtDevicePowerPolicyStateChange',
  'EvtInterruptIsr',
  'EvtInterruptDpc',
  'EvtInterruptWorkItem',
  'EvtInterruptEnable',
  'EvtInterruptDisable',
  'EvtDpcFunc',
  'EvtTimerFunc',
  'EvtWorkItemFunc',
] as const

export type CallbackName = (typeof CALLBACK_NAMES)[number]

/** A place: the callback's number in the low byte, the device above. 0: in no callback. */
const DEVICE_SHIFT = 8
const NAME_MASK = 255

const NUMBERS = new Map<CallbackName, number>(CALLBACK_NAMES.map((name, i) => [name, i + 1]))

export function placeOf(device: number, name: CallbackName): number {
  return (device << DEVICE_SHIFT) | (NUMBERS.get(name) as number)
}

/** From 1; 0 for a name that is not one of them. */
export function callbackNumber(name: string): number {
  return NUMBERS.get(name as CallbackName) ?? 0
}

/** Undefined for 0, and for a number that is none. */
export function callbackAt(place: number): { device: number; callback: CallbackName } | undefined {
  const callback = CALLBACK_NAMES[(place & NAME_MASK) - 1]
  return callback === undefined ? undefined : { device: place >>> DEVICE_SHIFT, callback }
}
