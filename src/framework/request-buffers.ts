/**
 * Request buffers: where the bytes of a request lie: in its host's channel, or in memory that a driver gave to a request
 * of its own. Runs on: worker.
 */

import { NO_WINDOW } from './dma-memory.js'

/** The bytes of a request, by the places that its words name. */
export interface RequestBuffers {
  /** Number of the channel in whose memory they lie, NO_WINDOW: they are a driver's own. */
  readonly window: number
  view(byteOffset: number, byteLength: number): Uint8Array
}

/** Where DriverBuffers keeps the input of an IOCTL; 0 is the data or output. */
export const INPUT_PLACE = 1

/** Buffers that a driver gave to a request of its own. */
export class DriverBuffers implements RequestBuffers {
  readonly window = NO_WINDOW
  readonly data: Uint8Array | null
  readonly input: Uint8Array | null

  constructor(data: Uint8Array | null, input: Uint8Array | null) {
    this.data = data
    this.input = input
  }

  view(place: number, byteLength: number): Uint8Array {
    const bytes = place === INPUT_PLACE ? this.input : this.data
    return bytes === null ? new Uint8Array(0) : bytes.subarray(0, byteLength)
  }
}
