/**
 * Channel file: an open handle on a device, as the batch API uses it. Runs on: the channel's host thread.
 */
import { ROW_DEVICE_SHIFT } from '../abi/irp-layout.js'
import { IRP_MJ_CLOSE, IRP_MJ_READ, IRP_MJ_WRITE } from '../abi/major-function.js'
import { ANY_WORKER } from '../irp/device-description.js'
import type { DeviceRoute } from './device-directory.js'

export class ChannelFile {
  readonly channelId: number
  readonly fileId: number
  readonly device: DeviceRoute
  /** First row of its device in the dispatch table. */
  readonly row: number
  /** Worker of each major function, -1 = any; reads and writes once more as plain fields. */
  readonly workers: Int8Array
  readonly readWorker: number
  readonly writeWorker: number
  /** The channel's id while it takes requests, 0 once it is being closed: one comparison on the hot path. */
  openOn: number

  constructor(channelId: number, fileId: number, device: DeviceRoute) {
    this.channelId = channelId
    this.fileId = fileId
    this.device = device
    this.row = device.id << ROW_DEVICE_SHIFT
    this.workers = device.workers
    this.readWorker = device.workers[IRP_MJ_READ] ?? 0
    this.writeWorker = device.workers[IRP_MJ_WRITE] ?? 0
    this.openOn = channelId
  }

  /** Workers that present requests of this file, but not its create and close. */
  otherWorkers(workerCount: number): number[] {
    const home = this.workers[IRP_MJ_CLOSE] as number
    const all = Array.from({ length: workerCount }, (_, worker) => worker)
    const routes = [...this.workers]
    return all.filter(
      (worker) => worker !== home && (routes.includes(worker) || routes.includes(ANY_WORKER)),
    )
  }

  get isOpen(): boolean {
    return this.openOn !== 0
  }
}
