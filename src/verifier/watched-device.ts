/**
 * Watched device: what the verifier keeps about one level of a device stack on this worker. Runs on: worker.
 */
import type { Device } from '../framework/device.js'
import type { IoQueue } from '../framework/io-queue.js'
import type { RequestUse } from './request-use.js'

export class WatchedDevice {
  readonly name: string
  /** URL of its driver's module. */
  readonly driver: string
  /** Null until createDevice has returned. */
  device: Device | null = null
  /** setFileObjectConfig was called. */
  hasFileConfig = false
  /** Where power policy callbacks were set, which only a policy owner may. */
  policySite: string | null = null
  /** Where each of its queues was made. */
  readonly queueSites = new Map<IoQueue | null, string>()
  /** Requests that its driver has been shown and whose end it has not seen. */
  readonly uses = new Set<RequestUse>()

  constructor(name: string, driver: string) {
    this.name = name
    this.driver = driver
  }
}
