/**
 * Host books: what a host of a chaos run has in flight and how it ended. Each request has a place; a request
 * that ends for a place that waits for none ended twice, a place that still waits at the end was lost, and an
 * end must be one that this request could come to. Runs on: the host's own thread.
 */
import {
  STATUS_CANCELLED,
  STATUS_DRIVER_INTERNAL_ERROR,
  STATUS_DRIVER_PROCESS_TERMINATED,
  STATUS_IO_TIMEOUT,
  STATUS_SUCCESS,
  statusName,
} from '../../src/index.js'
import { THROW } from './behaviours.js'
import { isFilledFor, nameOf } from './presented-log.js'

export interface HostReport {
  readonly ended: number
  readonly twice: number
  readonly lost: number
  readonly wrongData: number
  /** Ends that the request could not come to: what they were, and how often. */
  readonly impossible: readonly (readonly [what: string, times: number])[]
}

interface Place {
  offset: number
  isOut: boolean
  /** Somebody asked for its end before it came by itself. */
  isCancelled: boolean
}

export class HostBooks {
  readonly places: Place[]
  readonly #impossible = new Map<string, number>()
  #ended = 0
  #twice = 0
  #wrongData = 0

  constructor(depth: number) {
    this.places = Array.from({ length: depth }, () => ({
      offset: 0,
      isOut: false,
      isCancelled: false,
    }))
  }

  sent(place: number, offset: number): void {
    Object.assign(this.#at(place), { offset, isOut: true, isCancelled: false })
  }

  cancelled(place: number): void {
    this.#at(place).isCancelled = true
  }

  /** `read`: the bytes that a read brought. */
  ended(place: number, status: number, read: Uint8Array | null): void {
    const request = this.#at(place)
    if (!request.isOut) this.#twice++
    request.isOut = false
    this.#ended++
    if (!isPossible(status, request)) this.#note(request.offset, status)
    if (status === STATUS_SUCCESS && read !== null && !isFilledFor(request.offset, read)) {
      this.#wrongData++
    }
  }

  /** What has not ended, in words. */
  outstanding(): string[] {
    return this.places
      .filter(({ isOut }) => isOut)
      .map(({ offset }) => JSON.stringify(nameOf(offset)))
  }

  report(): HostReport {
    return {
      ended: this.#ended,
      twice: this.#twice,
      lost: this.places.filter(({ isOut }) => isOut).length,
      wrongData: this.#wrongData,
      impossible: [...this.#impossible],
    }
  }

  #at(place: number): Place {
    return this.places[place] as Place
  }

  #note(offset: number, status: number): void {
    const { behaviour, route } = nameOf(offset)
    const what = `${statusName(status)} of behaviour ${behaviour} by route ${route}`
    this.#impossible.set(what, (this.#impossible.get(what) ?? 0) + 1)
  }
}

function isPossible(status: number, { offset, isCancelled }: Place): boolean {
  const { behaviour } = nameOf(offset)
  switch (status) {
    case STATUS_DRIVER_PROCESS_TERMINATED:
      return true
    case STATUS_DRIVER_INTERNAL_ERROR:
      return behaviour === THROW
    case STATUS_CANCELLED:
    case STATUS_IO_TIMEOUT:
      return isCancelled
    case STATUS_SUCCESS:
      return behaviour !== THROW
    default:
      return false
  }
}
