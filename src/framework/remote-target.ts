/**
 * Remote I/O target: leads to another device by name, on this worker or on another one.
 * Runs on: the worker of the driver that uses it. Source: WdfIoTargetOpen by name; kmdf.md 4.4.
 */
import {
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../abi/ntstatus.js'
import { WdfStatusError } from './errors.js'
import type { FrameworkObject, ObjectAttributes } from './framework-object.js'
import { IoTarget, type TargetRoute } from './io-target.js'
import type { RequestSender } from './request-sender.js'

export type RemoteRoute = TargetRoute & { close(): Promise<void> }

/** Finds the way to a device by name; rejects when there is none. */
export type OpenRoute = (deviceName: string) => Promise<RemoteRoute>

export class RemoteTarget extends IoTarget {
  readonly #openRoute: OpenRoute
  #close: (() => Promise<void>) | undefined

  /** @internal Drivers use `device.createIoTarget()`. */
  constructor(
    sender: RequestSender,
    openRoute: OpenRoute,
    parent: FrameworkObject,
    attributes: ObjectAttributes<RemoteTarget> = {},
  ) {
    super(sender, 'closed', null, null, parent, 'ioTarget', attributes)
    this.#openRoute = openRoute
  }

  /**
   * Opens the device of that name; the target is started then. WdfIoTargetOpen.
   * @returns STATUS_SUCCESS, STATUS_INVALID_DEVICE_STATE when it is open already or deleted.
   * @throws an error with the status when there is no such device or its driver refuses the open.
   */
  async open(deviceName: string): Promise<number> {
    if (this.state !== 'closed') return STATUS_INVALID_DEVICE_STATE
    if (typeof deviceName !== 'string') {
      throw new WdfStatusError(
        STATUS_INVALID_PARAMETER,
        'a remote target is opened by name',
        deviceName,
      )
    }
    const route = await this.#openRoute(deviceName)
    // Its device may have gone, or another open come first, meanwhile.
    if (this.state !== 'closed') {
      await route.close()
      return STATUS_INVALID_DEVICE_STATE
    }
    this.#close = () => route.close()
    this.opened(deviceName, route)
    return STATUS_SUCCESS
  }

  override async close(): Promise<void> {
    await super.close()
    await this.#letGo()
  }

  /** @internal */
  override dispose(): void {
    super.dispose()
    // A device that has gone meanwhile needs no close.
    this.#letGo().catch(() => {})
  }

  async #letGo(): Promise<void> {
    const close = this.#close
    this.#close = undefined
    await close?.()
  }
}
