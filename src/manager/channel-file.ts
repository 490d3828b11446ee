/**
 * Channel file: an open handle on a device, as the batch API uses it. Runs on: the channel's host thread.
 */
import type { DeviceRoute } from './device-directory.js'

export class ChannelFile {
  readonly channelId: number
  readonly fileId: number
  readonly device: DeviceRoute
  /** Worker of each major function, -1 = any. */
  readonly workers: Int8Array
  /** False once it is being closed: nothing more is accepted. */
  isOpen = true
  /** Requests of this file that have not been reaped; counted for files of the promise API. */
  pending = 0

  constructor(channelId: number, fileId: number, device: DeviceRoute) {
    this.channelId = channelId
    this.fileId = fileId
    this.device = device
    this.workers = device.workers
  }
}
