/**
 * Channel file: an open handle on a device, as the batch API uses it. Runs on: the channel's host thread.
 */
import type { DeviceRoute } from './device-directory.js'

export class ChannelFile {
  readonly channelId: number
  readonly fileId: number
  readonly device: DeviceRoute
  readonly deviceId: number
  /** Worker of each major function, -1 = any. */
  readonly workers: Int8Array
  /** The channel's id while it takes requests, 0 once it is being closed: one comparison on the hot path. */
  openOn: number
  /** Requests of this file that have not been reaped; counted for files of the promise API. */
  pending = 0

  constructor(channelId: number, fileId: number, device: DeviceRoute) {
    this.channelId = channelId
    this.openOn = channelId
    this.fileId = fileId
    this.device = device
    this.deviceId = device.id
    this.workers = device.workers
  }

  get isOpen(): boolean {
    return this.openOn !== 0
  }
}
