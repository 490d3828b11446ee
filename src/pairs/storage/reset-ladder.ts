/**
 * Reset ladder: what the port does about a request that does not come back. Runs on: the worker of the port,
 * on a timer that exists only while requests are outstanding.
 *
 *   time-out ──► RESET_LOGICAL_UNIT ──► RESET_DEVICE ──► HwResetBus ──► unit failed
 *                   each level has one tick to answer with success, which means: the miniport has let go
 *
 * A level that succeeds ends the unit's requests (bus: all units'). The request that timed out ends with
 * TIMEOUT, the others with BUS_RESET. If no level helps, the miniport still owns their buffers: they stay
 * outstanding until it completes them, and the unit takes nothing more.
 */
import { HOLD_FAILED, HOLD_RESETTING, type LogicalUnit } from './logical-unit.js'
import {
  type Srb,
  SRB_FUNCTION_RESET_DEVICE,
  SRB_FUNCTION_RESET_LOGICAL_UNIT,
  SRB_STARTED,
} from './srb.js'

/** The port's part in a reset. */
export interface ResetTarget {
  /** Sends a reset SRB past the queue; `done` hears whether the miniport let go. */
  sendReset(unit: LogicalUnit, srbFunction: number, done: (released: boolean) => void): void
  resetBus(): boolean
  /** Ends the unit's started requests; `timedOut` has the tag of the one that took too long. */
  endStarted(unit: LogicalUnit, timedOut: number): void
  /** Ends what waits in the unit's queue: it is gone. */
  failWaiting(unit: LogicalUnit): void
  /** The unit may dispatch again. */
  dispatch(unit: LogicalUnit): void
  units(): readonly LogicalUnit[]
}

const LEVELS = [SRB_FUNCTION_RESET_LOGICAL_UNIT, SRB_FUNCTION_RESET_DEVICE]

interface Climb {
  readonly unit: LogicalUnit
  readonly timedOut: number
  level: number
}

export class ResetLadder {
  /** Resets begun, for statistics. */
  resets = 0
  tick = 0
  readonly #target: ResetTarget
  readonly #tickMs: number
  readonly #climbs = new Map<number, Climb>()

  constructor(target: ResetTarget, tickMs: number) {
    this.#target = target
    this.#tickMs = tickMs
  }

  /** One tick: levels that gave no answer go up, requests that took too long begin to climb. */
  onTick(srbs: readonly Srb[]): void {
    this.tick = (this.tick + 1) | 0
    for (const climb of this.#climbs.values()) this.#climb(climb)
    for (const srb of srbs) {
      if (srb.state === SRB_STARTED && this.#isLate(srb)) this.#begin(srb)
    }
  }

  #isLate(srb: Srb): boolean {
    const age = ((this.tick - srb.startedTick) | 0) * this.#tickMs
    return srb.timeOutMs > 0 && age > srb.timeOutMs
  }

  #begin(srb: Srb): void {
    const unit = this.#target.units()[srb.lun]
    if (unit === undefined || (unit.holds & (HOLD_RESETTING | HOLD_FAILED)) !== 0) return
    this.resets++
    unit.hold(HOLD_RESETTING)
    const climb: Climb = { unit, timedOut: srb.queueTag, level: -1 }
    this.#climbs.set(unit.lun, climb)
    this.#climb(climb)
  }

  #climb(climb: Climb): void {
    const level = ++climb.level
    const srbFunction = LEVELS[level]
    if (srbFunction !== undefined) {
      this.#target.sendReset(climb.unit, srbFunction, (released) => {
        // An answer that comes after its level was given up is no answer.
        if (climb.level !== level || this.#climbs.get(climb.unit.lun) !== climb) return
        if (released) this.#end(climb, [climb.unit])
        else this.#climb(climb)
      })
    } else if (this.#target.resetBus()) {
      this.#end(climb, this.#target.units())
    } else {
      this.#climbs.delete(climb.unit.lun)
      climb.unit.unhold(HOLD_RESETTING)
      climb.unit.hold(HOLD_FAILED)
      this.#target.failWaiting(climb.unit)
    }
  }

  #end(climb: Climb, units: readonly LogicalUnit[]): void {
    for (const unit of units) this.#target.endStarted(unit, climb.timedOut)
    for (const unit of units) {
      this.#climbs.delete(unit.lun)
      unit.unhold(HOLD_RESETTING)
      this.#target.dispatch(unit)
    }
  }
}
