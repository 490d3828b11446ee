/**
 * Describes a device for the host: its queues, where they live, who gets which major function.
 * Runs on: worker, control plane.
 */
import {
  IRP_MJ_CREATE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
  MAJOR_FUNCTION_COUNT,
} from '../abi/major-function.js'
import type { DeviceDescription, QueueDescription } from '../irp/device-description.js'
import type { Device } from './device.js'
import type { IoQueue } from './io-queue.js'

const REQUEST_TYPES = ['create', 'read', 'write', 'deviceControl', 'deviceControlInternal']
const MAJORS = [
  IRP_MJ_CREATE,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
]

/** Describes a device that has been added, and the levels below it. */
export function describeDevice(device: Device): DeviceDescription {
  const below: DeviceDescription[] = []
  for (let { lower } = device; lower !== null; lower = lower.lower) {
    below.push(describeLevel(lower, []))
  }
  return describeLevel(device, below)
}

function describeLevel(device: Device, below: readonly DeviceDescription[]): DeviceDescription {
  const { homeWorker } = device.placement
  const routes: number[] = []
  // A preprocessed request goes where its queue is: the callback runs there, and sends it on there.
  for (let major = 0; major < MAJOR_FUNCTION_COUNT; major++) {
    routes.push(device.dispatchTable[major]?.worker ?? homeWorker)
  }
  return {
    id: device.id,
    name: device.name,
    driver: device.driver.url,
    homeWorker,
    role: device.role,
    below,
    ...(device.sharedMemory === undefined ? {} : { sharedContext: device.sharedMemory }),
    synchronizationScope: device.synchronizationScope,
    queues: device.queues.map(describeQueue),
    routes,
  }
}

function describeQueue(queue: IoQueue): QueueDescription {
  const { dispatchType, synchronizationScope, isDefault, powerManaged, worker } = queue
  const { dispatchTable } = queue.device
  const requestTypes = REQUEST_TYPES.filter((_, i) => dispatchTable[MAJORS[i] as number] === queue)
  return { dispatchType, synchronizationScope, isDefault, powerManaged, worker, requestTypes }
}
