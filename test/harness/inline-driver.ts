/**
 * Inline drivers: a driver whose callbacks are closures of the test, reachable by URL as the Framework wants.
 * Runs on: the test's own thread (stepped engines only: a closure cannot cross threads).
 */
import { type DriverConfig, defineDriver } from '../../src/framework/driver.js'
import type { Device } from '../../src/framework/device.js'
import type { DeviceAttributes } from '../../src/framework/device-init.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'

const KEY = 'irpool.test.drivers'
const modules: unknown[] = []
Object.assign(globalThis, { [KEY]: modules })

/** A URL whose default export is that value. */
export function moduleUrl(value: unknown): string {
  const at = modules.push(value) - 1
  return `data:text/javascript,export default globalThis[${JSON.stringify(KEY)}][${at}]`
}

/** A URL of a driver with those callbacks. */
export function driverUrl(config: DriverConfig): string {
  return moduleUrl(defineDriver(config))
}

/** A driver that creates its device and these queues, and nothing else. */
export function queueDriver(...queues: readonly IoQueueConfig[]): string {
  return deviceDriver((device) => {
    for (const queue of queues) device.createIoQueue(queue)
  })
}

/** A driver that creates its device and does something with it. */
export function deviceDriver(
  build: (device: Device) => void,
  attributes: DeviceAttributes = {},
): string {
  return driverUrl({
    EvtDriverDeviceAdd(_driver, deviceInit) {
      build(deviceInit.createDevice(attributes))
    },
  })
}
