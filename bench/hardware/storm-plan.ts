/**
 * storm-plan.ts: what the threads of an interrupt storm share: how much the hardware is to offer, what became of it,
 * and the ring through which events go.
 *
 * Runs on: any thread. Who writes: main RATE and STOP, the hardware OFFERED and ACCEPTED, the driver the rest.
 */
import type { LineDescriptor } from '../../src/index.js'
import { createRing } from '../../src/sharedarraybuffer-queue/index.js'

/** Events a second; AS_TAKEN: as many as the driver takes, none is dropped. */
export const RATE = 0
/** Not 0: offer no more, answer, end. */
export const STOP = 1
/** Events, and raises of the line with each. */
export const OFFERED = 2
/** Events for which there was room: the driver must see each of them. */
export const ACCEPTED = 3
/** Events that the driver has dealt with. */
export const CONSUMED = 4
/** Events that were not the next one. */
export const OUT_OF_ORDER = 5
/** ISRs, and DPCs. */
export const SERVICES = 6
export const DPCS = 7
/** Times that the line was masked and polled. */
export const MODERATIONS = 8
/** Of the driver's computing, so that it is not left out. */
export const RESULT = 9
const FIELDS = 10

export const AS_TAKEN = -1
/** Events that the hardware can keep: a network card's descriptors. */
const RING_EVENTS = 256

/** Structured-cloneable. */
export interface StormPlan {
  /** Fields above, floats: counts pass 31 bits. One writer each. */
  readonly fields: SharedArrayBuffer
  readonly ring: { readonly buffer: SharedArrayBuffer; readonly base: number }
}

/** workerData of the hardware's thread. */
export interface StormJob {
  readonly plan: StormPlan
  readonly line: LineDescriptor
}

export function createStormPlan(): StormPlan {
  return { fields: new SharedArrayBuffer(FIELDS * 8), ring: createRing(RING_EVENTS) }
}
