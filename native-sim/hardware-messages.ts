// What main asks of a hardware thread, and its answers. Plain data; each question is answered once, in order.
// Runs on: both sides.

import type { MessagePort } from 'node:worker_threads'
import type { IdleStrategyName } from '../src/sharedarraybuffer-queue/index.js'
import type { DmaWindow } from './dma-space.js'
import type { HardwareReport } from './hardware-device.js'
import type { HardwarePlan } from './hardware-models.js'
import type { ErrorData } from './producer-messages.js'

/** The thread's workerData. */
export interface HardwareJob {
  readonly plan: HardwarePlan
  readonly control: Int32Array
  readonly port: MessagePort
  readonly waitStrategy: IdleStrategyName
}

export type HardwareQuestion =
  | { readonly kind: 'map'; readonly window: DmaWindow }
  | { readonly kind: 'unmap'; readonly window: number }
  | { readonly kind: 'remove' }
  | { readonly kind: 'report' }

export type HardwareAnswer =
  | { readonly kind: 'report'; readonly report: HardwareReport }
  | { readonly kind: 'failed'; readonly error: ErrorData }
