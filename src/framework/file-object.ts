/**
 * File object (WDFFILEOBJECT): one open handle on a device. Made by CREATE, gone after CLOSE.
 * Runs on: the worker that asks. The device's home worker sees create, cleanup and close; on other
 * workers of the same device it is a replica with its own `context`.
 */
import type { Device } from './device.js'
import { FrameworkObject } from './framework-object.js'

export class FileObject {
  readonly device: Device
  /** Its place among Framework objects: below its device, until the handle is closed. */
  readonly object: FrameworkObject<FileObject>
  readonly channelId: number
  readonly fileId: number
  /** @internal Its create has succeeded. */
  isOpen = false
  /** The driver's own state for this handle. */
  context: Record<string, unknown> = {}

  constructor(device: Device, channelId: number, fileId: number) {
    this.object = new FrameworkObject<FileObject>(
      'file',
      this,
      device.object,
      device.fileAttributes,
    )
    this.device = device
    this.channelId = channelId
    this.fileId = fileId
  }
}
