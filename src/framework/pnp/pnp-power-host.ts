/**
 * What the machines need from the Framework around them: queues, interrupts, DMA, interfaces, the stack below.
 * Runs on: the device's home worker. Types only.
 *
 * Each member is optional: a device without interrupts has nothing to connect. A member that may fail answers a
 * status; one that takes time answers a promise. Nothing here is a driver's callback: those that belong to an
 * object (EvtIoStop, EvtInterruptEnable, EvtDmaEnablerFill …) are called by the object, inside these members.
 */
import type { PowerDeviceState } from '../pnp-power-callbacks.js'
import type { SystemPowerState } from './device-callbacks.js'
import type { HostDone, HostStatus } from './host-call.js'

/** What becomes of a device power request that the policy machine sends. */
export type DevicePowerRoute =
  /** It arrives at this device's power machine. */
  | 'sent'
  /** It could not be sent. */
  | 'refused'
  /** Another driver of the stack ended it before this one saw it. */
  | 'not seen'

/** What wake interrupts are told, and answer with `DevicePnp.wakeInterruptsReady()`. */
export type WakeInterruptNotice =
  | 'entering D0'
  | 'D0 entry failed'
  | 'leaving D0'
  | 'leaving D0, not armed for wake'

/** The system's own idle management of a device, in place of the driver's time-out (PoFx). */
export interface SystemManagedIdle {
  /** The device has nothing to do. True: it may power down at once; false: `devicePowerNotRequired()` follows. */
  declareIdle(): boolean
  /** The device is needed. */
  requestActive(): void
}

export interface PnpPowerHost {
  /**
   * Power-managed queues stop presenting requests (a), then EvtIoStop(Suspend) for what the driver owns (b);
   * done when each of those is completed, forwarded or acknowledged.
   */
  holdQueues?(): HostDone
  /** Power-managed queues: EvtIoResume for kept requests (a), then they present again (b). */
  resumeQueues?(): HostDone
  /** Removal: power-managed queues take nothing more, EvtIoStop(Purge) for what the driver owns. */
  purgePowerManagedQueues?(): HostDone
  /** Removal, at its end: the same for all other queues. */
  purgeOtherQueues?(): HostDone

  /** For each interrupt in order of creation: connect, EvtInterruptEnable. */
  connectInterrupts?(): HostStatus
  /** In reverse: EvtInterruptDisable, flush its DPC, disconnect. One armed for wake may stay connected. */
  disconnectInterrupts?(armedForWake: boolean): HostStatus
  /** For each DMA enabler: EvtDmaEnablerFill, …Enable, …SelfManagedIoStart. */
  enableDma?(): HostStatus
  /** For each DMA enabler: EvtDmaEnablerSelfManagedIoStop, …Disable, …Flush. */
  disableDma?(): HostStatus
  /** Bus driver: look which children are there. */
  scanChildren?(): HostDone

  enableInterfaces?(): HostStatus
  disableInterfaces?(): HostDone

  /** The drivers below start. Not called for a bus driver's child, which has none below. */
  startLowerDrivers?(): HostStatus
  /** Bus driver's child: is it still plugged in? Without this member a child has gone once it is removed. */
  isPresent?(): boolean
  /** EvtCleanup and EvtDestroy of the device and what it owns: the device has gone. */
  disposeDevice?(): HostDone
  /** The device failed and asked to be started again: remove it and enumerate it anew. */
  reenumerate?(): void

  /** The device is in D0 for the first time: set up what power management needs of the system. */
  initializePowerManagement?(): HostStatus
  routeDevicePower?(target: PowerDeviceState): DevicePowerRoute
  /** Asks the bus to tell when the device signals wake. Not for a child that owns its wake request. */
  sendWaitWake?(systemState: SystemPowerState): number
  /** Number of interrupts that can wake the device. Absent or 0: nobody is notified. */
  readonly wakeInterruptCount?: number
  notifyWakeInterrupts?(notice: WakeInterruptNotice): void
  readonly systemManagedIdle?: SystemManagedIdle
}
