/**
 * Logical unit: the queue between the port and one unit, and everything that may hold it back.
 * Runs on: the worker of the port. HOT: append, take, mayStart.
 *
 * Invariants: SRBs leave in order of arrival; `outstanding` SRBs are with the miniport, at most `queueDepth`.
 * `holds` has one bit a reason; the queue dispatches only while there is none.
 */
import { STATUS_INVALID_PARAMETER, WdfStatusError } from '../../index.js'
import type { UnitDescription } from './miniport.js'
import {
  SRB_FLAGS_BYPASS_FROZEN_QUEUE,
  SRB_FLAGS_BYPASS_LOCKED_QUEUE,
  SRB_HELD,
  SRB_WAITING,
  type Srb,
} from './srb.js'

/** An error came; until RELEASE_QUEUE or FLUSH_QUEUE. */
export const HOLD_FROZEN = 1
/** LOCK_QUEUE; until UNLOCK_QUEUE. */
export const HOLD_LOCKED = 2
/** The miniport asked for time. */
export const HOLD_PAUSED = 4
/** The miniport asked for completions. */
export const HOLD_BUSY = 8
/** A reset is in progress. */
export const HOLD_RESETTING = 16
/** No reset helped: the unit is gone. */
export const HOLD_FAILED = 32
/** Something wants the unit for itself, or has it. */
export const HOLD_EXCLUSIVE = 64

/** Has the unit for itself until it calls `done`. */
export type ExclusiveAction = (done: () => void) => void

const MIN_BLOCK_BYTES = 512
const MAX_BLOCK_BYTES = 65_536

export class LogicalUnit {
  readonly lun: number
  readonly blockBytes: number
  readonly blockCount: number
  readonly queueDepth: number
  outstanding = 0
  holds = 0
  head: Srb | null = null
  waiting = 0
  /** Completions that end HOLD_BUSY. */
  busyCount = 0
  /** Sense key and code of the last command that failed with sense data, until REQUEST SENSE asks. */
  lastSenseKey = 0
  lastAdditionalSense = 0
  /** Somebody waits to have the unit for itself. */
  wantsExclusive = false
  #isExclusive = false
  readonly #exclusives: ExclusiveAction[] = []
  #tail: Srb | null = null

  constructor(lun: number, description: UnitDescription) {
    this.lun = lun
    this.blockBytes = description.blockBytes
    this.blockCount = description.blockCount
    this.queueDepth = description.queueDepth
  }

  /** Whether an SRB with those flags may go to the miniport now. */
  mayStart(srbFlags: number): boolean {
    if (this.outstanding >= this.queueDepth) return false
    if (this.holds === 0) return true
    let holds = this.holds
    if ((srbFlags & SRB_FLAGS_BYPASS_FROZEN_QUEUE) !== 0) holds &= ~HOLD_FROZEN
    if ((srbFlags & SRB_FLAGS_BYPASS_LOCKED_QUEUE) !== 0) holds &= ~HOLD_LOCKED
    return holds === 0
  }

  append(srb: Srb): void {
    srb.state = SRB_WAITING
    srb.next = null
    if (this.#tail === null) this.head = srb
    else this.#tail.next = srb
    this.#tail = srb
    this.waiting++
  }

  /** Puts an SRB that the miniport could not take before all others. */
  putBack(srb: Srb): void {
    srb.state = SRB_WAITING
    srb.next = this.head
    this.head = srb
    this.#tail ??= srb
    this.waiting++
  }

  /** The first SRB, out of the queue. */
  take(): Srb {
    const srb = this.head as Srb
    this.head = srb.next
    if (this.head === null) this.#tail = null
    srb.next = null
    srb.state = SRB_HELD
    this.waiting--
    return srb
  }

  /** Takes the SRB for which `matches` holds out of the queue, wherever it stands; null if there is none. */
  remove(matches: (srb: Srb) => boolean): Srb | null {
    let previous: Srb | null = null
    for (let srb = this.head; srb !== null; previous = srb, srb = srb.next) {
      if (!matches(srb)) continue
      if (previous === null) return this.take()
      previous.next = srb.next
      if (this.#tail === srb) this.#tail = previous
      srb.next = null
      srb.state = SRB_HELD
      this.waiting--
      return srb
    }
    return null
  }

  /** Queues an action that needs the unit for itself; `runExclusive` runs it in its time. */
  askForExclusive(action: ExclusiveAction): void {
    this.#exclusives.push(action)
    this.wantsExclusive = true
    this.hold(HOLD_EXCLUSIVE)
  }

  /** Runs the next such action if nothing holds it back; `onFree` is called when the last is done. */
  runExclusive(onFree: (unit: this) => void): void {
    if (this.#isExclusive) return
    // A unit that has failed keeps what is outstanding; who waits for it hears so.
    const hasFailed = (this.holds & HOLD_FAILED) !== 0
    const isHeld = this.outstanding > 0 || (this.holds & ~HOLD_EXCLUSIVE) !== 0
    if (isHeld && !hasFailed) return
    const action = this.#exclusives.shift()
    if (action === undefined) return
    this.wantsExclusive = this.#exclusives.length !== 0
    this.#isExclusive = true
    action(() => {
      this.#isExclusive = false
      if (this.wantsExclusive) {
        this.runExclusive(onFree)
        return
      }
      this.unhold(HOLD_EXCLUSIVE)
      onFree(this)
    })
  }

  keepSense(srb: Srb): void {
    this.lastSenseKey = srb.senseKey
    this.lastAdditionalSense = srb.additionalSense
  }

  hold(reason: number): void {
    this.holds |= reason
  }

  unhold(reason: number): void {
    this.holds &= ~reason
  }
}

/** @throws WdfStatusError for a unit that cannot be. */
export function checkUnit({ blockBytes, blockCount, queueDepth }: UnitDescription): void {
  const isPowerOfTwo = Number.isInteger(Math.log2(blockBytes))
  if (!isPowerOfTwo || blockBytes < MIN_BLOCK_BYTES || blockBytes > MAX_BLOCK_BYTES) {
    throw new WdfStatusError(
      STATUS_INVALID_PARAMETER,
      `blocks of ${blockBytes} bytes cannot be: a power of two from ${MIN_BLOCK_BYTES} to ${MAX_BLOCK_BYTES} can`,
      blockBytes,
    )
  }
  if (!(Number.isSafeInteger(blockCount * blockBytes) && blockCount >= 1)) {
    throw new WdfStatusError(
      STATUS_INVALID_PARAMETER,
      `a unit of ${blockCount} blocks cannot be: name at least one`,
      blockCount,
    )
  }
  if (!(Number.isInteger(queueDepth) && queueDepth >= 1)) {
    throw new WdfStatusError(
      STATUS_INVALID_PARAMETER,
      `a queue depth of ${queueDepth} cannot be: at least 1 can`,
      queueDepth,
    )
  }
}
