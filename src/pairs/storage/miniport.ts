/**
 * Miniport: the specific half of the storage pair, and what the port does for it. Types only.
 * Runs on: the home worker of the device. Source: HW_INITIALIZATION_DATA, StorPortNotification; kmdf.md 1.5.
 *
 *   start  HwFindAdapter → HwInitialize → requests
 *   each   HwBuildIo (at once, also while others are held back) → HwStartIo (one at a time) → requestComplete
 *   real   HwInterrupt (DIRQL) → issueDpc → HwDpc (DISPATCH_LEVEL); HwTimer
 *   stop   HwAdapterControl('stop')
 */
import type { DeviceHardware } from '../../index.js'
import type { Srb } from './srb.js'

/** One logical unit behind the adapter. */
export interface UnitDescription {
  /** Bytes of a logical block; a power of two from 512. */
  readonly blockBytes: number
  readonly blockCount: number
  /** SRBs that may be with the miniport at once. */
  readonly queueDepth: number
}

/** What HwFindAdapter found. Units are numbered in this order. */
export interface AdapterDescription {
  readonly units: readonly UnitDescription[]
  /** Largest transfer of one SRB, in bytes. */
  readonly maximumTransferBytes: number
}

/** Plain data from the host, as given to addDevice. */
export type MiniportParameters = Readonly<Record<string, unknown>>

/** What an adapter with hardware has. */
export interface AdapterHardware {
  /** Registers and common memory. Interrupts and timers are the port's. */
  readonly device: DeviceHardware
  /** StorPortIssueDpc: HwDpc is called soon for that message. */
  issueDpc(message: number): void
  /** RequestTimerCall: HwTimer is called once after so long; 0 takes that back. */
  requestTimer(timeoutMs: number): void
}

/** What the port offers a miniport. Counted holds are per adapter, or per unit where a lun is named. */
export interface PortServices {
  /** Null unless the module's `adapterInterface` is 'pci'. */
  readonly hardware: AdapterHardware | null
  /** The SRB is done, as its `srbStatus`, or as `srbStatus` if given. BUSY queues it again. */
  requestComplete(srb: Srb, srbStatus: number): void
  /** StorPortPause: starts nothing for at most so long. */
  pause(timeoutMs: number): void
  /** StorPortResume. */
  resume(): void
  /** StorPortBusy: starts nothing until so many requests have completed. */
  busy(requestsToComplete: number): void
  /** StorPortReady. */
  ready(): void
  pauseDevice(lun: number, timeoutMs: number): void
  resumeDevice(lun: number): void
  deviceBusy(lun: number, requestsToComplete: number): void
  deviceReady(lun: number): void
}

export interface Miniport {
  /** Finds the adapter and its units; throws (with a `code`) when there is none to be had. */
  HwFindAdapter(parameters: MiniportParameters): AdapterDescription | Promise<AdapterDescription>
  /** The adapter is about to get requests. */
  HwInitialize?(): unknown
  /** Makes what the miniport keeps with an SRB; once for each pooled SRB. */
  HwMakeSrbExtension?(srb: Srb): unknown
  /**
   * Prepares a request; may touch the SRB and its extension only. False: the miniport has completed it, or
   * will, and HwStartIo is not called. After SRB_STATUS_BUSY it is called again for the same SRB.
   */
  HwBuildIo(srb: Srb): boolean
  /** Starts a request. Never entered while it runs; completes now or later, by `requestComplete`. */
  HwStartIo(srb: Srb): void
  /** An interrupt of the adapter: is it one of ours? At DIRQL: quietens it and asks for the DPC, no more. */
  HwInterrupt?(message: number): boolean
  /** The rest of interrupts' work: completes what is done, however many of them came. */
  HwDpc?(message: number): void
  /** The time of `requestTimer` is over. */
  HwTimer?(): void
  /** Last level of a reset. True: the miniport has let go of every SRB. */
  HwResetBus(): boolean
  /** The device leaves D0: nothing is outstanding. */
  HwAdapterControl?(control: 'stop'): unknown
}

/** Makes the miniport of one adapter. */
export type MiniportEntry = (port: PortServices) => Miniport

/** What a miniport's module exports. */
export interface MiniportModule {
  readonly default: MiniportEntry
  /** AdapterInterfaceType: 'pci' has the hardware of its device; 'internal' (default) has none. */
  readonly adapterInterface?: 'internal' | 'pci'
}
