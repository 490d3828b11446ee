/**
 * Interrupts and DMA enablers of a device, in KMDF's order on the way into and out of D0.
 * Runs on: the device's home worker. Source: kmdf.md 5.3, 6.1, 6.2.
 *
 *   up    for each interrupt as created: connect, EvtInterruptEnable
 *         for each DMA enabler: EvtDmaEnablerFill, EvtDmaEnablerEnable, EvtDmaEnablerSelfManagedIoStart
 *   down  for each DMA enabler: EvtDmaEnablerSelfManagedIoStop, EvtDmaEnablerDisable, EvtDmaEnablerFlush
 *         for each interrupt in reverse: EvtInterruptDisable, flush, disconnect
 *
 * On the way up the first failure ends the row; on the way down every step runs and the first failure is told.
 * Only what was done is undone.
 */
import { isSuccess, STATUS_SUCCESS } from '../../abi/ntstatus.js'
import { type HostStatus, statusOfCall } from './host-call.js'
import type { Steps } from './state-machine.js'

/** An interrupt, as power management sees it. */
export interface PowerManagedInterrupt {
  /** Hardware may raise it from now on. */
  connect(): HostStatus
  disconnect(): HostStatus
  /** EvtInterruptEnable: the driver lets the hardware raise it. */
  enable?(): HostStatus
  /** EvtInterruptDisable. */
  disable?(): HostStatus
  /** Waits until DPCs and work items that it queued have run. */
  flush?(): HostStatus
  /** True for an interrupt that stays connected while the device is armed for wake. */
  readonly canWake?: boolean
}

/** A DMA enabler's callbacks. */
export interface PowerManagedDmaEnabler {
  /** EvtDmaEnablerFill. */
  fill?(): HostStatus
  /** EvtDmaEnablerEnable. */
  enable?(): HostStatus
  /** EvtDmaEnablerSelfManagedIoStart. */
  start?(): HostStatus
  /** EvtDmaEnablerSelfManagedIoStop. */
  stop?(): HostStatus
  /** EvtDmaEnablerDisable. */
  disable?(): HostStatus
  /** EvtDmaEnablerFlush. */
  flush?(): HostStatus
}

export class DeviceHardware {
  readonly interrupts: PowerManagedInterrupt[] = []
  readonly dmaEnablers: PowerManagedDmaEnabler[] = []
  readonly #connected = new Set<PowerManagedInterrupt>()
  readonly #enabled = new Set<PowerManagedDmaEnabler>()
  readonly #threw: (error: unknown) => void

  /** @param threw told what a callback of an interrupt or enabler threw; its status is a failure then. */
  constructor(threw: (error: unknown) => void = () => {}) {
    this.#threw = threw
  }

  *connectInterrupts(): Steps<number> {
    for (const interrupt of this.interrupts) {
      // One that can wake may have stayed connected; its device lost its registers all the same.
      if (!this.#connected.has(interrupt)) {
        const status = yield* this.#status(() => interrupt.connect())
        if (!isSuccess(status)) return status
        this.#connected.add(interrupt)
      }
      const status = yield* this.#status(() => interrupt.enable?.())
      if (!isSuccess(status)) return status
    }
    return STATUS_SUCCESS
  }

  *disconnectInterrupts(armedForWake: boolean): Steps<number> {
    let first = STATUS_SUCCESS
    for (const interrupt of this.interrupts.toReversed()) {
      if (!this.#connected.has(interrupt) || (armedForWake && interrupt.canWake === true)) continue
      const status = yield* this.#all(
        () => interrupt.disable?.(),
        () => interrupt.flush?.(),
        () => interrupt.disconnect(),
      )
      if (isSuccess(first)) first = status
      this.#connected.delete(interrupt)
    }
    return first
  }

  *enableDma(): Steps<number> {
    for (const enabler of this.dmaEnablers) {
      this.#enabled.add(enabler)
      const steps = [() => enabler.fill?.(), () => enabler.enable?.(), () => enabler.start?.()]
      for (const step of steps) {
        const status = yield* this.#status(step)
        if (!isSuccess(status)) return status
      }
    }
    return STATUS_SUCCESS
  }

  *disableDma(): Steps<number> {
    let first = STATUS_SUCCESS
    for (const enabler of this.dmaEnablers) {
      if (!this.#enabled.delete(enabler)) continue
      const status = yield* this.#all(
        () => enabler.stop?.(),
        () => enabler.disable?.(),
        () => enabler.flush?.(),
      )
      if (isSuccess(first)) first = status
    }
    return first
  }

  /** Every step runs; the first failure is the answer. */
  *#all(...steps: readonly (() => HostStatus | undefined)[]): Steps<number> {
    let first = STATUS_SUCCESS
    for (const step of steps) {
      const status = yield* this.#status(step)
      if (isSuccess(first)) first = status
    }
    return first
  }

  #status(step: () => HostStatus | undefined): Steps<number> {
    return statusOfCall(step, this.#threw)
  }
}
