/**
 * What must hold for every sequence of callbacks, whatever happens to a device. Runs on: the test's own thread.
 *
 *   prepared   between EvtDevicePrepareHardware and EvtDeviceReleaseHardware, also when the first one failed
 *   in D0      from a successful EvtDeviceD0Entry to EvtDeviceD0Exit: only then are the hardware's other callbacks
 *              called, interrupts connected, DMA enabled and requests presented
 *   alone      one callback of the driver at a time, but for the three that may overlap
 */
import type { DeviceCallbackName } from '../../src/framework/pnp/device-callbacks.js'
import type { HostStep } from '../../src/framework/pnp/pnp-context.js'

type Call = DeviceCallbackName | HostStep

const MAY_OVERLAP: ReadonlySet<string> = new Set([
  'EvtDeviceSurpriseRemoval',
  'EvtDeviceQueryRemove',
  'EvtDeviceQueryStop',
])
const IN_D0_ONLY: ReadonlySet<string> = new Set([
  'EvtDeviceD0EntryPostInterruptsEnabled',
  'EvtDeviceD0EntryPostHardwareEnabled',
  'EvtDeviceD0ExitPreHardwareDisabled',
  'EvtDeviceD0ExitPreInterruptsDisabled',
  'EvtDeviceD0Exit',
  'EvtDeviceSelfManagedIoInit',
  'EvtDeviceSelfManagedIoRestart',
  'EvtDeviceSelfManagedIoSuspend',
  'connectInterrupts',
  'enableDma',
  'disableDma',
  'scanChildren',
  'resumeQueues',
])

const isAlone = (call: Call): boolean => call.startsWith('Evt') && !MAY_OVERLAP.has(call)

export class PnpInvariants {
  /** What was broken first; undefined while everything held. */
  broken: string | undefined
  /** Calls so far. */
  calls = 0
  isPrepared = false
  isInD0 = false
  arePresenting = false
  #isDmaOn = false
  #isIoStarted = false
  #ioInits = 0
  #running: string | undefined

  /** A call begins. */
  begin(call: Call): void {
    this.calls++
    if (isAlone(call)) {
      if (this.#running !== undefined) this.#fail(`${call} overlaps ${this.#running}`)
      this.#running = call
    }
    if (IN_D0_ONLY.has(call) && !this.isInD0) this.#fail(`${call} outside D0`)
    this.#before(call)
  }

  /** It has ended, well or not. */
  end(call: Call, ok: boolean): void {
    if (isAlone(call)) this.#running = undefined
    this.#after(call, ok)
  }

  /** The device has gone: nothing may be left. */
  final(): void {
    if (this.isPrepared) this.#fail('the hardware was not released')
    if (this.isInD0) this.#fail('D0 was not left')
    if (this.arePresenting) this.#fail('queues present requests')
    if (this.#isIoStarted) this.#fail('self-managed I/O was not suspended')
  }

  #before(call: Call): void {
    switch (call) {
      case 'EvtDevicePrepareHardware':
        if (this.isPrepared) this.#fail('hardware prepared twice')
        this.isPrepared = true
        break
      case 'EvtDeviceReleaseHardware':
        if (!this.isPrepared) this.#fail('hardware released that was not prepared')
        if (this.isInD0) this.#fail('hardware released in D0')
        break
      case 'EvtDeviceD0Entry':
        if (!this.isPrepared) this.#fail('D0 without hardware')
        if (this.isInD0) this.#fail('D0 entered twice')
        break
      case 'EvtDeviceD0ExitPreHardwareDisabled':
        if (this.arePresenting) this.#fail('queues present requests on the way out of D0')
        if (this.#isIoStarted) this.#fail('self-managed I/O runs on the way out of D0')
        break
      case 'EvtDeviceD0ExitPreInterruptsDisabled':
      case 'EvtDeviceD0Exit':
        if (this.#isDmaOn) this.#fail(`${call} while DMA is on`)
        break
      case 'EvtDeviceSelfManagedIoInit':
        if (++this.#ioInits > 1) this.#fail('self-managed I/O initialized twice')
        break
      case 'EvtDeviceSelfManagedIoSuspend':
        if (!this.#isIoStarted) this.#fail('self-managed I/O suspended that does not run')
        break
      default:
    }
  }

  #after(call: Call, ok: boolean): void {
    switch (call) {
      case 'EvtDeviceReleaseHardware':
        this.isPrepared = false
        break
      case 'EvtDeviceD0Entry':
        this.isInD0 = ok
        break
      case 'EvtDeviceD0Exit':
        this.isInD0 = false
        break
      case 'resumeQueues':
        this.arePresenting = true
        break
      case 'holdQueues':
        this.arePresenting = false
        break
      case 'enableDma':
        this.#isDmaOn = true
        break
      case 'disableDma':
        this.#isDmaOn = false
        break
      case 'EvtDeviceSelfManagedIoInit':
      case 'EvtDeviceSelfManagedIoRestart':
        this.#isIoStarted = ok
        break
      case 'EvtDeviceSelfManagedIoSuspend':
        this.#isIoStarted = false
        break
      default:
    }
  }

  #fail(what: string): void {
    this.broken ??= what
  }
}
