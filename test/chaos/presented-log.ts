/**
 * Presented log: what the drivers of a chaos run saw, in shared memory, so that it outlives every worker.
 * Runs on: the workers write, main reads.
 *
 *   words 0-4        PRESENTED, TWICE, OUT_OF_ORDER, WRONG_DATA, LATE (below), added to with Atomics
 *   words 5-7        sender, route and number (low half) of the first request that came twice or out of order
 *   word 8+          per sender and route: the next request number that keeps the order of a sequential queue
 *   words 128+       per sender WINDOW words; request n lies at n & (WINDOW - 1) and leaves n + 1 there
 *
 * A sender has far fewer requests in flight than WINDOW, so a word that already has n + 1 means that request n
 * was presented before.
 *
 * A sender that is killed has a successor of its name, which begins at a number that tells its life: what a
 * driver on one worker handed on for the dead one to another worker may be presented after the successor's
 * first requests, and is neither a repetition nor out of order then, but LATE.
 */
export const PRESENTED = 0
export const TWICE = 1
export const OUT_OF_ORDER = 2
export const WRONG_DATA = 3
export const LATE = 4

const FIRST = 5
const NEXT = 8
const WINDOWS = 128
const WINDOW = 1 << 16
export const ROUTES = 8
export const SENDERS = 12

/** A device offset names the request: sender and route, number, and what the driver shall do with it. */
const SENDER_STEP = 2 ** 40
const BEHAVIOURS = 16
/** More requests than a sender that is killed sends in its life. */
const LIFE_BITS = 24

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
  presented(name: RequestName, isOrdered: boolean): void {
    const { words } = this
    const { sender, route, number } = name
    Atomics.add(words, PRESENTED, 1)
    const place = WINDOWS + sender * WINDOW + (number & (WINDOW - 1))
    const mark = (number + 1) | 0
    if (Atomics.exchange(words, place, mark) === mark) this.#note(TWICE, name)
    if (!isOrdered) return
    const next = NEXT + sender * ROUTES + route
    const expected = Atomics.load(words, next)
    if (((number - expected) | 0) >= 0) Atomics.store(words, next, mark)
    else if (lifeOf(number) === lifeOf(expected - 1)) this.#note(OUT_OF_ORDER, name)
    else this.count(LATE)
  }

  count(what: number): void {
    Atomics.add(this.words, what, 1)
  }

  /** The first request that came twice or out of order, in words. */
  get first(): string {
    const [sender, route, number] = this.words.slice(FIRST, NEXT) as unknown as number[]
    return `sender ${sender}, route ${route}, number ${number}`
  }

  #note(what: number, { sender, route, number }: RequestName): void {
    const { words } = this
    if (words[TWICE] === 0 && words[OUT_OF_ORDER] === 0) words.set([sender, route, number], FIRST)
    this.count(what)
  }
}

/** The number with which a sender begins that follows `deaths` killed ones of its name. */
export function firstNumberOf(deaths: number): number {
  return deaths * 2 ** LIFE_BITS
}

function lifeOf(number: number): number {
  return number >>> LIFE_BITS
}
