/**
 * stamps.ts: where a driver writes when its handler began with a request, and when it completed it.
 *
 * Runs on: any thread; the driver writes, the host of the request reads.
 *
 *   float 2 n       when the handler of place n began, shared-clock nanoseconds
 *   float 2 n + 1   when it called complete
 *
 * A place belongs to one request in flight: number = host * depth + place of the host's. The driver learns the
 * number from the request's offset, which is number * block bytes. Plain words: the completion ring's tail
 * publishes them, as it does a result.
 */
export interface StampsPlan {
  readonly buffer: SharedArrayBuffer
  readonly blockBytes: number
}

const STAMP_BYTES = 16

export function createStamps(places: number, blockBytes: number): StampsPlan {
  return { buffer: new SharedArrayBuffer(places * STAMP_BYTES), blockBytes }
}
