/**
 * interrupt-stamps.ts: when an interrupt-driven request passed its stages.
 *
 * Runs on: the device's worker writes, the host of the request reads.
 *
 *   float 4 n       when the line was raised that the request's completion came with, shared-clock nanoseconds
 *   float 4 n + 1   when the ISR began      float 4 n + 2   when the DPC began
 *   float 4 n + 3   when the driver called complete
 *
 * n is the request's place, which the driver learns from its offset: n * READ_BYTES. Plain words: the completion
 * ring's tail publishes them, as it does a result. A DPC may find completions that were posted after the interrupt
 * that caused it: their stamps lie before they were sent, and the host takes that as no time spent there.
 */
import { raiseTimeNs } from '../../native-sim/raise-times.js'
import type { Interrupt, Request } from '../../src/index.js'
import { createSharedClock } from '../../native-sim/shared-clock.js'

/** Bytes of every read, and the distance of two places on the device. */
export const READ_BYTES = 512
export const STAMPS_OF_PLACE = 4
const RAISED = 0
const ISR = 1
const DPC = 2
const COMPLETED = 3

/** Structured-cloneable: goes to the driver as its parameter `stamps`. */
export interface InterruptStampsPlan {
  readonly places: SharedArrayBuffer
  /** Given to the hardware too. */
  readonly raiseTimes: SharedArrayBuffer
}

export class InterruptStamps {
  readonly #places: Float64Array
  readonly #raiseTimes: Float64Array
  readonly #clock = createSharedClock()
  readonly #began = new Float64Array(1)
  /** Of the interrupts that no DPC has run for: the first one's; 0 = there is none. */
  readonly #noted = new Float64Array(STAMPS_OF_PLACE)
  /** Of the DPC in progress. */
  readonly #current = new Float64Array(STAMPS_OF_PLACE)

  constructor({ places, raiseTimes }: InterruptStampsPlan) {
    this.#places = new Float64Array(places)
    this.#raiseTimes = new Float64Array(raiseTimes)
  }

  /** Runs an ISR, and notes when it began if it had something to do. */
  isr(interrupt: Interrupt, evtInterruptIsr: () => boolean): boolean {
    this.#began[0] = this.#clock()
    const isClaimed = evtInterruptIsr()
    const noted = this.#noted
    if (!isClaimed || noted[ISR] !== 0) return isClaimed
    noted[ISR] = this.#began[0]
    // The oldest raise that has not been serviced.
    const oldest = (interrupt.statistics?.taken ?? 0) + 1
    noted[RAISED] = raiseTimeNs(this.#raiseTimes, interrupt.messageNumber, oldest)
    return isClaimed
  }

  /** A DPC begins. */
  dpc(): void {
    this.#current.set(this.#noted)
    this.#current[DPC] = this.#clock()
    this.#noted.fill(0)
  }

  /** The driver is about to complete the request. */
  completed(request: Request): void {
    const at = (request.deviceOffset / READ_BYTES) * STAMPS_OF_PLACE
    const current = this.#current
    current[COMPLETED] = this.#clock()
    this.#places.set(current, at)
  }
}
