/**
 * Child devices of a bus driver: its child list, joined to the device and to whoever makes device nodes.
 * Runs on: the home worker of the bus driver's device. Source: WdfFdoInitSetDefaultChildListConfig; kmdf.md 6.3.
 *
 *   driver: addOrUpdate, scan, markMissing ──► list ──► main: a node comes, or goes ──► this worker:
 *   EvtChildListCreateDevice makes the lowest level of the child's stack, on this same worker
 */
import type { Device } from './device.js'
import type { DeviceInit } from './device-init.js'
import type { CallbackResult } from './driver.js'
import type { FrameworkEvents } from './framework-events.js'
import { FrameworkObject } from './framework-object.js'
import { type ChildDescription, ChildList, type ChildListEvents } from './pnp/child-list.js'

export interface ChildListConfig {
  /** Makes a child's physical device object: `deviceInit.createDevice()`, queues, as in EvtDriverDeviceAdd. */
  readonly EvtChildListCreateDevice: (
    childList: ChildDevices,
    child: ChildDescription,
    deviceInit: DeviceInit,
  ) => CallbackResult
  /** The bus is in D0: tell the list which children are there. Absent: the driver tells by itself. */
  readonly EvtChildListScanForChildren?: (childList: ChildDevices) => CallbackResult
}

/** What a bus driver's list tells: a device node is wanted, or has to go. */
export function childEvents({ id: bus }: Device, events: FrameworkEvents): ChildListEvents {
  return {
    createDevice({ id, driver, parameters = {} }) {
      const url = driver === undefined ? {} : { driver: String(driver) }
      events.childPlugged?.({ bus, id, parameters, ...url })
    },
    removeDevice: ({ id }) => events.childUnplugged?.({ bus, id }),
  }
}

export class ChildDevices extends ChildList {
  readonly device: Device
  readonly config: ChildListConfig
  /** Its place among the driver's objects: below its device. */
  readonly object: FrameworkObject<ChildDevices>

  /** @internal Made with the device, from `deviceInit.setDefaultChildListConfig`. */
  constructor(device: Device, config: ChildListConfig, events: ChildListEvents) {
    super(events)
    this.device = device
    this.config = config
    this.object = new FrameworkObject<ChildDevices>('childList', this, device.object)
  }

  /** @internal The device node of a child has gone, or could not be made: it may be found again. */
  gone(id: string): void {
    if (this.isPresent(id)) this.markMissing(id)
    this.removed(id)
  }
}
