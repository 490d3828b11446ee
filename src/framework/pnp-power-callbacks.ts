/**
 * Plug and Play and power callbacks of a device, in KMDF's order at start and stop.
 * Runs on: the device's home worker; each may be asynchronous, the next waits for it.
 * Source: WDF_PNPPOWER_EVENT_CALLBACKS; kmdf.md 6.1, 6.2, 6.4.
 *
 *   start   EvtDevicePrepareHardware → EvtDeviceD0Entry → queues dispatch
 *   stop    queues hold → EvtDeviceD0Exit → EvtDeviceReleaseHardware
 *   failure PrepareHardware failed: ReleaseHardware. D0Entry failed: no D0Exit, then ReleaseHardware.
 */
import { STATUS_UNSUCCESSFUL } from '../abi/ntstatus.js'
import type { Device } from './device.js'
import type { CallbackResult } from './driver.js'
import { failureStatusOf, WdfStatusError } from './errors.js'

export type PowerDeviceState = 'D0' | 'D1' | 'D2' | 'D3' | 'D3Final'

/** Hardware resources of a device, as the host described them when it added the device. */
export type ResourceList = readonly unknown[]

export interface PnpPowerEventCallbacks {
  readonly EvtDevicePrepareHardware?: (
    device: Device,
    resourcesRaw: ResourceList,
    resourcesTranslated: ResourceList,
  ) => CallbackResult
  readonly EvtDeviceD0Entry?: (device: Device, previousState: PowerDeviceState) => CallbackResult
  readonly EvtDeviceD0Exit?: (device: Device, targetState: PowerDeviceState) => CallbackResult
  readonly EvtDeviceReleaseHardware?: (
    device: Device,
    resourcesTranslated: ResourceList,
  ) => CallbackResult
}

/** Awaits a callback and throws what it failed with, named. */
async function run(device: Device, name: string, call: () => CallbackResult): Promise<void> {
  let status: unknown
  try {
    status = await call()
  } catch (cause) {
    const failure = new WdfStatusError(
      failureStatusOf(cause) ?? STATUS_UNSUCCESSFUL,
      `${name} of device "${device.name}" threw: ${cause instanceof Error ? cause.message : String(cause)}`,
      device.name,
    )
    failure.cause = cause
    throw failure
  }
  if (typeof status === 'number' && status < 0) {
    throw new WdfStatusError(status, `${name} of device "${device.name}" failed`, device.name)
  }
}

/** Brings a device to D0. Throws after unwinding what had been done. */
export async function startDevice(device: Device): Promise<void> {
  const { pnpPower } = device
  const resources = resourcesOf(device)
  try {
    await run(device, 'EvtDevicePrepareHardware', () =>
      pnpPower.EvtDevicePrepareHardware?.(device, resources, resources),
    )
    await run(device, 'EvtDeviceD0Entry', () => pnpPower.EvtDeviceD0Entry?.(device, 'D3Final'))
  } catch (error) {
    await release(device).catch(() => {})
    throw error
  }
}

/** Takes a device out of D0 and its hardware away. Every step runs; the first failure is thrown at the end. */
export async function stopDevice(device: Device): Promise<void> {
  let failure: unknown
  try {
    await run(device, 'EvtDeviceD0Exit', () => device.pnpPower.EvtDeviceD0Exit?.(device, 'D3Final'))
  } catch (error) {
    failure = error
  }
  await release(device)
  if (failure !== undefined) throw failure
}

function release(device: Device): Promise<void> {
  return run(device, 'EvtDeviceReleaseHardware', () =>
    device.pnpPower.EvtDeviceReleaseHardware?.(device, resourcesOf(device)),
  )
}

function resourcesOf(device: Device): ResourceList {
  const { resources } = device.parameters
  return Array.isArray(resources) ? (resources as unknown[]) : []
}
