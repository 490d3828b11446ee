/**
 * Adapter hardware: what the port does for a miniport whose adapter is real, or simulated: interrupts, the DPC, a
 * timer. Runs on: the device's home worker. Source: HwMSInterruptRoutine, StorPortIssueDpc, RequestTimerCall.
 *
 *   interrupt → HwInterrupt at DIRQL, which asks for → HwDpc at DISPATCH_LEVEL, which completes requests
 *
 * Made in EvtDriverDeviceAdd, where interrupts are created; the miniport comes and goes with the device's hardware.
 */
import type { DeviceHardware, Timer } from '../../index.js'
import type { AdapterHardware, Miniport } from './miniport.js'

export class PortHardware implements AdapterHardware {
  readonly device: DeviceHardware
  readonly #timer: Timer
  #miniport: Miniport | null = null

  constructor(device: DeviceHardware) {
    this.device = device
    for (const _line of device.resources.interrupts ?? []) {
      device.createInterrupt({
        EvtInterruptIsr: (_interrupt, message) => this.#miniport?.HwInterrupt?.(message) ?? false,
        EvtInterruptDpc: ({ messageNumber }) => this.#miniport?.HwDpc?.(messageNumber),
      })
    }
    this.#timer = device.createTimer({
      parent: device.device,
      EvtTimerFunc: () => this.#miniport?.HwTimer?.(),
    })
  }

  /** Whom interrupts and the timer call from now on. */
  serve(miniport: Miniport | null): void {
    this.#timer.stop()
    this.#miniport = miniport
  }

  issueDpc(message: number): void {
    this.device.interrupts[message]?.queueDpcForIsr()
  }

  requestTimer(timeoutMs: number): void {
    if (timeoutMs === 0) this.#timer.stop()
    else this.#timer.start(timeoutMs)
  }
}
