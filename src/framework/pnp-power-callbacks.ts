/**
 * Words of Plug and Play and power that drivers and machines share. Runs on: any thread. Types only.
 */
export type PowerDeviceState = 'D0' | 'D1' | 'D2' | 'D3' | 'D3Final'

/** Hardware resources of a device, as the host described them when it added the device. */
export type ResourceList = readonly unknown[]
