// The models of devices there are, by name, and the resources that a driver gets for each.
// Runs on: whoever makes the hardware, and the thread that moves it.

import type { HardwareResources, LineDescriptor } from '../src/index.js'
import { allocateShared } from '../src/sharedarraybuffer-queue/index.js'
import type { DmaWindow } from './dma-space.js'
import { EduDevice, type EduOptions } from './edu-device.js'
import { SimulationError } from './errors.js'
import type { HardwareDevice } from './hardware-device.js'
import type { Trigger } from './interrupt-line.js'
import { NvmeDevice, type NvmeOptions } from './nvme-device.js'

/** Plain data: what a device is made of, on whatever thread. */
export type HardwareModel =
  | ({ readonly model: 'edu' } & Omit<EduOptions, 'bar' | 'lines' | 'clock'>)
  | ({ readonly model: 'nvme' } & Omit<NvmeOptions, 'bar' | 'lines' | 'clock'>)

export interface HardwarePlan {
  readonly model: HardwareModel
  readonly lines: readonly LineDescriptor[]
  readonly bar: SharedArrayBuffer
  readonly windows: readonly DmaWindow[]
}

/** High word of the addresses of a device's common memory; channels have theirs from 1 on. */
const COMMON_WINDOW = 0x4000_0000

/** Shared memory of a device, and what its driver is told of it. */
export interface PreparedHardware {
  readonly plan: HardwarePlan
  readonly resources: HardwareResources
}

/**
 * Takes the shared memory of a device. @param commonBufferBytes memory that driver and device share, besides requests'
 * buffers. @throws SimulationError
 */
export function prepareHardware(
  model: HardwareModel,
  lines: readonly LineDescriptor[],
  commonBufferBytes: number,
): PreparedHardware {
  const bar = barOf(model)
  const trigger = triggerOf(model)
  const interrupts = lines.map((line) => ({ line, trigger }))
  if (commonBufferBytes === 0) {
    return { plan: { model, lines, bar, windows: [] }, resources: { bar, interrupts } }
  }
  if (!Number.isInteger(commonBufferBytes) || commonBufferBytes < 0) {
    throw new SimulationError('commonBufferBytes', commonBufferBytes, 'a whole number of bytes')
  }
  const buffer = allocateShared(commonBufferBytes)
  const commonBuffer = {
    window: COMMON_WINDOW,
    buffer,
    byteOffset: 0,
    byteLength: buffer.byteLength,
  }
  return {
    plan: { model, lines, bar, windows: [commonBuffer] },
    resources: { bar, interrupts, commonBuffer },
  }
}

/** The device of a plan; its clock is real time. @throws SimulationError */
export function createModel(plan: HardwarePlan): HardwareDevice {
  const { model, bar, lines } = plan
  const device =
    model.model === 'edu'
      ? new EduDevice({ ...model, bar, lines })
      : new NvmeDevice({ ...model, bar, lines })
  for (const window of plan.windows) device.mapDma(window)
  return device
}

function barOf({ model }: HardwareModel): SharedArrayBuffer {
  switch (model) {
    case 'edu':
      return EduDevice.createBar()
    case 'nvme':
      return NvmeDevice.createBar()
    default:
      throw new SimulationError('model', model, "'edu' or 'nvme'")
  }
}

function triggerOf(model: HardwareModel): Trigger {
  return model.model === 'edu' ? (model.trigger ?? 'level') : 'message'
}
