/**
 * Builds one level of a device stack: EvtDriverDeviceAdd, with what can go wrong in it named.
 * Runs on: worker, control plane.
 */
import { placeOf } from '../abi/callback-names.js'
import type { DeviceRole } from '../irp/device-description.js'
import type { ChildDevices } from './child-devices.js'
import { Device, type DevicePlacement } from './device.js'
import type { DeviceServices } from './device-services.js'
import type { HardwareResources } from './device-hardware.js'
import { DeviceInit } from './device-init.js'
import type { Driver } from './driver.js'
import type { Patience } from './patience.js'
import { isThenable } from './pnp/state-machine.js'
import { DriverError } from './driver-loader.js'
import { failureStatusOf } from './errors.js'

export interface DeviceLevel {
  readonly id: number
  readonly name: string
  readonly driver: string
  readonly role: DeviceRole
  readonly parameters: Readonly<Record<string, unknown>>
  /** Its identity on its bus, of the level that the bus driver makes. */
  readonly childId?: string
  readonly sharedContext?: SharedArrayBuffer
  readonly hardware?: HardwareResources
}

/** What a device is made with. */
export interface DeviceMaker {
  readonly services: DeviceServices
  readonly patience: Patience
  /** The bus, of the level that its driver makes for a child. */
  readonly bus: ChildDevices | undefined
}

/** The device that the driver makes on top of `lower`. @throws DriverError ERR_IRP_DEVICE_ADD. */
export async function buildDevice(
  driver: Driver,
  level: DeviceLevel,
  placement: DevicePlacement,
  lower: Device | null,
  { services, patience, bus }: DeviceMaker,
): Promise<Device> {
  const init = new DeviceInit(level.name, level.role, level.parameters, (self, attributes) => {
    const { sharedContext, hardware } = level
    const place = { ...placement, sharedContext, hardware }
    return new Device(level.id, driver, self, attributes, place, lower, services)
  })
  const child = bus === undefined ? undefined : bus.find(level.childId ?? '')
  init.bus = bus
  init.childId = child?.id ?? ''
  const name = bus === undefined ? 'EvtDriverDeviceAdd' : 'EvtChildListCreateDevice'
  const where = `${name} of ${level.driver} for device "${level.name}"`
  let status: unknown
  try {
    const before = services.place.enter(placeOf(level.id, name))
    try {
      if (bus === undefined) status = driver.config.EvtDriverDeviceAdd(driver, init)
      else if (child !== undefined) {
        status = bus.config.EvtChildListCreateDevice(bus, child, init)
      }
    } finally {
      services.place.enter(before)
    }
    if (isThenable(status)) status = await patience.settled(name, status)
  } catch (cause) {
    init.isOver = true
    const message = cause instanceof Error ? cause.message : String(cause)
    await init.created?.object.deleteByFramework()
    throw failed(level, `${where} threw: ${message}`, failureStatusOf(cause), cause)
  }
  if (typeof status === 'number' && status < 0) {
    await init.created?.object.deleteByFramework()
    throw failed(level, `${where} failed`, status)
  }
  if (init.created === undefined) {
    throw failed(level, `${where} created no device: call deviceInit.createDevice()`)
  }
  init.created.isInitializing = false
  if (init.created.usedHardware !== undefined) init.created.usedHardware.phase = 'later'
  return init.created
}

function failed(
  level: DeviceLevel,
  message: string,
  ntstatus?: number,
  cause?: unknown,
): DriverError {
  const error = new DriverError('ERR_IRP_DEVICE_ADD', message, level.name, cause)
  return ntstatus === undefined ? error : Object.assign(error, { ntstatus })
}
