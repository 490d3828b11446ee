/**
 * Witness: wraps a driver so that every callback of its devices is held against the sequence invariants, and every
 * request against the device's power state. What it sees goes to shared memory, so that main can read it, and so
 * that it outlives devices. Runs on: the devices' worker.
 *
 *   word 0  callbacks                        word 3  requests presented
 *   word 1  successful D0 entries            word 4  requests presented outside D0
 *   word 2  devices that have gone           word 5  invariants broken; the first one's text follows the words
 *
 * Parameters of a wrapped driver, besides its own: witness (the memory), lateEvery (each n-th callback returns later,
 * after a turn of the event loop; 0: none).
 */
import {
  defineDriver,
  type Device,
  type DeviceInit,
  type DriverModule,
  type IoQueue,
  type IoQueueConfig,
  type Request,
} from '../../src/index.js'
import type {
  DeviceCallbackName,
  PnpPowerEventCallbacks,
} from '../../src/framework/pnp/device-callbacks.js'
import { PnpInvariants } from '../harness/pnp-invariants.js'

export const SEEN_CALLBACKS = 0
export const SEEN_D0_ENTRIES = 1
export const SEEN_GONE = 2
export const SEEN_PRESENTED = 3
export const SEEN_OUTSIDE_D0 = 4
export const SEEN_BROKEN = 5
const WORDS = 6
const TEXT_BYTES = 256

const WATCHED = [
  'EvtDevicePrepareHardware',
  'EvtDeviceReleaseHardware',
  'EvtDeviceD0Entry',
  'EvtDeviceD0EntryPostInterruptsEnabled',
  'EvtDeviceD0EntryPostHardwareEnabled',
  'EvtDeviceD0ExitPreHardwareDisabled',
  'EvtDeviceD0ExitPreInterruptsDisabled',
  'EvtDeviceD0Exit',
  'EvtDeviceSelfManagedIoInit',
  'EvtDeviceSelfManagedIoRestart',
  'EvtDeviceSelfManagedIoSuspend',
  'EvtDeviceSelfManagedIoFlush',
  'EvtDeviceSelfManagedIoCleanup',
  'EvtDeviceSurpriseRemoval',
] as const satisfies readonly (DeviceCallbackName & keyof PnpPowerEventCallbacks)[]
type Watched = (typeof WATCHED)[number]
type AnyCallback = (device: Device, ...more: unknown[]) => unknown
type TransferHandler = (queue: IoQueue, request: Request, length: number) => unknown

export function createWitnessMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(WORDS * 4 + TEXT_BYTES)
}

/** What was broken first; empty while everything held. */
export function brokenText(memory: SharedArrayBuffer): string {
  const bytes = new Uint8Array(memory, WORDS * 4).slice()
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)))
}

/** One device's. */
class Witness {
  readonly #invariants = new PnpInvariants()
  readonly #memory: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #lateEvery: number

  constructor({ parameters }: DeviceInit) {
    this.#memory = parameters['witness'] as SharedArrayBuffer
    this.#words = new Int32Array(this.#memory, 0, WORDS)
    this.#lateEvery = (parameters['lateEvery'] as number | undefined) ?? 0
  }

  around(inner: PnpPowerEventCallbacks): PnpPowerEventCallbacks {
    const watched = WATCHED.map((name) => [name, this.#callback(name, inner[name] as AnyCallback)])
    return { ...inner, ...Object.fromEntries(watched) }
  }

  queue(config: IoQueueConfig): IoQueueConfig {
    const { EvtIoRead: read, EvtIoWrite: write } = config
    return {
      ...config,
      ...(read === undefined ? {} : { EvtIoRead: this.#handler(read) }),
      ...(write === undefined ? {} : { EvtIoWrite: this.#handler(write) }),
    } as IoQueueConfig
  }

  #handler(inner: TransferHandler): TransferHandler {
    return (queue, request, length) => {
      this.#count(SEEN_PRESENTED)
      if (!this.#invariants.isInD0) this.#count(SEEN_OUTSIDE_D0)
      return inner(queue, request, length)
    }
  }

  #callback(name: Watched, inner: AnyCallback | undefined): AnyCallback {
    return (device, ...more) => {
      this.#count(SEEN_CALLBACKS)
      this.#invariants.begin(name)
      const isLate = this.#lateEvery > 0 && this.#words[SEEN_CALLBACKS]! % this.#lateEvery === 0
      try {
        const result = inner?.(device, ...more)
        if (!isLate && !(result instanceof Promise)) return this.#ended(name, result)
        return this.#endsLater(name, result, isLate)
      } catch (error) {
        this.#ended(name, -1)
        throw error
      }
    }
  }

  async #endsLater(name: Watched, result: unknown, isLate: boolean): Promise<unknown> {
    let status: unknown = -1
    try {
      if (isLate) await new Promise((resolve) => setImmediate(resolve))
      status = await result
    } finally {
      this.#ended(name, status)
    }
    return status
  }

  #ended(name: Watched, result: unknown): unknown {
    const isOk = !(typeof result === 'number' && result < 0)
    this.#invariants.end(name, isOk)
    if (name === 'EvtDeviceD0Entry' && isOk) this.#count(SEEN_D0_ENTRIES)
    if (name === 'EvtDeviceSelfManagedIoCleanup') {
      this.#count(SEEN_GONE)
      this.#invariants.final()
    }
    if (this.#invariants.broken !== undefined) this.#tell(this.#invariants.broken)
    return result
  }

  #tell(broken: string): void {
    if (this.#words[SEEN_BROKEN] === 0) {
      const text = new TextEncoder().encode(broken).subarray(0, TEXT_BYTES - 1)
      new Uint8Array(this.#memory, WORDS * 4).set(text)
    }
    this.#count(SEEN_BROKEN)
  }

  #count(word: number): void {
    this.#words[word] = this.#words[word]! + 1
  }
}

/** The driver, with a witness for each of its devices. */
export function witnessed(inner: DriverModule): DriverModule {
  return defineDriver({
    EvtDriverDeviceAdd(driver, deviceInit) {
      const witness = new Witness(deviceInit)
      const create = deviceInit.createDevice.bind(deviceInit)
      deviceInit.createDevice = (attributes) => {
        deviceInit.setPnpPowerEventCallbacks(witness.around(deviceInit.callbacks))
        const device = create(attributes)
        const createQueue = device.createIoQueue.bind(device)
        device.createIoQueue = (config) => createQueue(witness.queue(config))
        return device
      }
      return inner.EvtDriverDeviceAdd(driver, deviceInit)
    },
  })
}
