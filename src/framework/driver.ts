/**
 * Driver: the specific half of a driver pair. A module whose default export is `defineDriver({…})`.
 * Runs on: every worker that has a part of one of its devices. Source: WDF_DRIVER_CONFIG; kmdf.md 1.0.
 */
import { Collection } from './collection.js'
import type { DeviceInit } from './device-init.js'
import {
  type ChildAttributes,
  FrameworkObject,
  type ObjectHandle,
  type ObjectReports,
} from './framework-object.js'
import { GeneralObject } from './general-object.js'
import { Lookaside } from './lookaside.js'
import { Memory, newBytes } from './memory.js'
import type { ObjectKind } from './object-kinds.js'
import { parentFor } from './object-parent.js'

/** A callback may fail by returning a failure status or by throwing; returning nothing is success. */
// oxlint-disable-next-line typescript/no-invalid-void-type
export type CallbackResult = void | number | Promise<void | number>

/** Adds one device: sets its callbacks on `deviceInit`, calls `deviceInit.createDevice()`, creates its queues. */
export type EvtDriverDeviceAdd = (driver: Driver, deviceInit: DeviceInit) => CallbackResult

export interface DriverConfig {
  readonly EvtDriverDeviceAdd: EvtDriverDeviceAdd
  /** Called once a worker, when its last device has gone. */
  readonly EvtDriverUnload?: (driver: Driver) => void
}

const DRIVER = Symbol.for('irpool.driver')

/** What a driver module exports by default. */
export interface DriverModule extends DriverConfig {
  readonly [DRIVER]: true
}

/** Declares a driver. Checked here, so that a typing slip shows where it was made. */
export function defineDriver(config: DriverConfig): DriverModule {
  if (typeof config?.EvtDriverDeviceAdd !== 'function') {
    throw new TypeError('defineDriver needs an EvtDriverDeviceAdd function')
  }
  return { ...config, [DRIVER]: true }
}

/** True for what `defineDriver` returned, also when it came from another copy of this package. */
export function isDriverModule(value: unknown): value is DriverModule {
  return typeof value === 'object' && value !== null && DRIVER in value
}

/** The driver object: one a worker and module. */
export class Driver {
  /** URL of its module. */
  readonly url: string
  readonly config: DriverConfig
  /** Root of the driver's objects on this worker. */
  readonly object: FrameworkObject<Driver>
  /** The driver's own state on this worker. */
  context: Record<string, unknown> = {}

  /** @internal `reports`: where its objects tell of faults. */
  constructor(url: string, config: DriverConfig, reports?: ObjectReports) {
    this.url = url
    this.config = config
    this.object = new FrameworkObject<Driver>('driver', this, null, {}, reports)
  }

  /**
   * Memory of `byteLength` zeroed bytes that goes with its parent: this driver, or another object.
   * WdfMemoryCreate. @throws WdfStatusError STATUS_INVALID_PARAMETER for a length that is none.
   */
  createMemory(byteLength: number, attributes: ChildAttributes<Memory> = {}): Memory {
    return new Memory(newBytes(byteLength), this.#parentOf('memory', attributes), attributes)
  }

  /** As createMemory, of bytes that the driver has. WdfMemoryCreatePreallocated. */
  createMemoryOf(bytes: Uint8Array, attributes: ChildAttributes<Memory> = {}): Memory {
    return new Memory(bytes, this.#parentOf('memory', attributes), attributes)
  }

  /**
   * Memory objects of one size whose bytes are used again and again. WdfLookasideListCreate.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER for a length that is none.
   */
  createLookaside(byteLength: number, attributes: ChildAttributes<Lookaside> = {}): Lookaside {
    return new Lookaside(byteLength, this.#parentOf('lookaside', attributes), attributes)
  }

  /** An ordered list of Framework objects, which it keeps referenced. WdfCollectionCreate. */
  createCollection(attributes: ChildAttributes<Collection> = {}): Collection {
    return new Collection(this.#parentOf('collection', attributes), attributes)
  }

  /** An object of the driver's own: a place for contexts, a parent for other objects. WdfObjectCreate. */
  createObject(attributes: ChildAttributes<GeneralObject> = {}): GeneralObject {
    return new GeneralObject(this.#parentOf('general', attributes), attributes)
  }

  #parentOf(kind: ObjectKind, { parent }: { readonly parent?: ObjectHandle }): FrameworkObject {
    return parentFor(kind, parent, this.object) ?? this.object
  }
}
