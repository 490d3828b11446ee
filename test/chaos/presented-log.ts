/**
 * Presented log: what the drivers of a chaos run saw, in shared memory, so that it outlives every worker.
 * Runs on: the workers write, main reads.
 *
 *   words 0-3        PRESENTED, TWICE, OUT_OF_ORDER, WRONG_DATA (below), added to with Atomics
 *   word 8+          per sender and route: the next request number that keeps the order of a sequential queue
 *   words 128+       per sender WINDOW words; request n lies at n & (WINDOW - 1) and leaves n + 1 there
 *
 * A sender has far fewer requests in flight than WINDOW, so a word that already has n + 1 means that request n
 * was presented before.
 */
export const PRESENTED = 0
export const TWICE = 1
export const OUT_OF_ORDER = 2
export const WRONG_DATA = 3

const NEXT = 8
const WINDOWS = 128
const WINDOW = 1 << 16
export const ROUTES = 8
export const SENDERS = 12

/** A device offset names the request: sender and route, number, and what the driver shall do with it. */
const SENDER_STEP = 2 ** 40
const BEHAVIOURS = 16

export interface RequestName {
  readonly sender: number
  readonly route: number
  readonly number: number
  readonly behaviour: number
}

export function offsetOf({ sender, route, number, behaviour }: RequestName): number {
  return (sender * ROUTES + route) * SENDER_STEP + number * BEHAVIOURS + behaviour
}

export function nameOf(offset: number): RequestName {
  const origin = Math.floor(offset / SENDER_STEP)
  const rest = offset - origin * SENDER_STEP
  return {
    sender: Math.floor(origin / ROUTES),
    route: origin % ROUTES,
    number: Math.floor(rest / BEHAVIOURS),
    behaviour: rest % BEHAVIOURS,
  }
}

/** Fills or checks the bytes that belong to a request. */
export function fillFor(offset: number, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) bytes[i] = byteOf(offset, i)
}

export function isFilledFor(offset: number, bytes: Uint8Array): boolean {
  return bytes.every((byte, i) => byte === byteOf(offset, i))
}

function byteOf(offset: number, i: number): number {
  return ((Math.imul(offset / BEHAVIOURS, 0x9e3779b1) >>> 16) + i * 31) & 0xff
}

export class PresentedLog {
  readonly words: Int32Array

  constructor(memory = new SharedArrayBuffer(4 * (WINDOWS + SENDERS * WINDOW))) {
    this.words = new Int32Array(memory)
  }

  /** A driver has been given the request. */
  presented({ sender, route, number }: RequestName, isOrdered: boolean): void {
    const { words } = this
    Atomics.add(words, PRESENTED, 1)
    const place = WINDOWS + sender * WINDOW + (number & (WINDOW - 1))
    if (Atomics.exchange(words, place, (number + 1) | 0) === ((number + 1) | 0)) this.count(TWICE)
    if (!isOrdered) return
    const next = NEXT + sender * ROUTES + route
    if (((number - Atomics.load(words, next)) | 0) < 0) this.count(OUT_OF_ORDER)
    Atomics.store(words, next, (number + 1) | 0)
  }

  count(what: number): void {
    Atomics.add(this.words, what, 1)
  }

  /** A sender begins again with number 0; nothing of its predecessor is left. */
  forget(sender: number): void {
    const at = WINDOWS + sender * WINDOW
    this.words.fill(0, at, at + WINDOW)
    this.words.fill(0, NEXT + sender * ROUTES, NEXT + (sender + 1) * ROUTES)
  }
}
