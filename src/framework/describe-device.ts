/**
 * Describes a device for the host: its queues, where they live, who gets which major function.
 * Runs on: worker, control plane.
 */
import { MAJOR_FUNCTION_COUNT } from '../abi/major-function.js'
import type { DeviceDescription, QueueDescription } from '../irp/device-description.js'
import type { Device } from './device.js'
import type { IoQueue } from './io-queue.js'

/** Describes a device that has been added. */
export function describeDevice(device: Device): DeviceDescription {
  const { homeWorker } = device.placement
  const routes: number[] = []
  for (let major = 0; major < MAJOR_FUNCTION_COUNT; major++) {
    const preprocessed = device.preprocess.has(major)
    routes.push(preprocessed ? homeWorker : (device.dispatchTable[major]?.worker ?? homeWorker))
  }
  return {
    id: device.id,
    name: device.name,
    driver: device.driver.url,
    homeWorker,
    synchronizationScope: device.synchronizationScope,
    queues: device.queues.map(describeQueue),
    routes,
  }
}

function describeQueue(queue: IoQueue): QueueDescription {
  const { dispatchType, synchronizationScope, isDefault, worker } = queue
  return { dispatchType, synchronizationScope, isDefault, worker }
}
