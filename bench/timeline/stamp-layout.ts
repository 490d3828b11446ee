/**
 * stamp-layout.ts: where the stamping driver writes down when it did what.
 *
 * Runs on: any thread. Numbers only.
 *
 *   doubles 0 …     of each device, MOMENT_COUNT: its PnP and power callbacks
 *   behind them     of each sampled request, STAMP_COUNT: see below
 *
 * Microseconds of the recording's clock; 0 = has not happened. Every double has one writer, the device's
 * worker; the host reads them when the request has come back, or the engine has stopped.
 */

/** Callbacks of a device, in the order of its life. */
export const MOMENTS = [
  'EvtDevicePrepareHardware',
  'EvtDeviceD0Entry',
  'EvtDeviceD0Exit',
  'EvtDeviceReleaseHardware',
] as const
export const MOMENT_COUNT = MOMENTS.length

export type Moment = (typeof MOMENTS)[number]

/** Stamps of a request, as offsets from its first double. */
export const STAMP_DISPATCH = 0
export const STAMP_DISPATCH_END = 1
export const STAMP_HANDLER = 2
export const STAMP_HANDLER_END = 3
export const STAMP_COUNT = 4

/** Every read is that long. A sampled one's offset is its sample's number (from 1) times this. */
export const READ_BYTES = 512

/** First double of a device's moments. */
export function momentIndex(device: number): number {
  return device * MOMENT_COUNT
}

/** First double of a sample's stamps; `sample` is from 1, 0 stands for all that are not sampled. */
export function stampIndex(devices: number, sample: number): number {
  return devices * MOMENT_COUNT + sample * STAMP_COUNT
}

/** Bytes of the whole table. */
export function stampBytes(devices: number, samples: number): number {
  return stampIndex(devices, samples + 1) * Float64Array.BYTES_PER_ELEMENT
}
