/**
 * Storage port: the general half of the pair. Takes SRBs to the miniport and back. Runs on: the device's home
 * worker. HOT: execute, requestComplete.
 *
 * Invariants: HwStartIo is never entered while it runs, whatever completes inside it; HwBuildIo waits for
 * nothing. Every SRB that was acquired ends once. An SRB in a unit's queue can be cancelled, one with the
 * miniport cannot: it ends when the miniport says so, or when a reset took it away.
 */
import {
  type Request,
  STATUS_CANCELLED,
  STATUS_DEVICE_DOES_NOT_EXIST,
  STATUS_SUCCESS,
  WdfStatusError,
} from '../../index.js'
import {
  checkUnit,
  type ExclusiveAction,
  HOLD_BUSY,
  HOLD_FAILED,
  HOLD_FROZEN,
  HOLD_LOCKED,
  LogicalUnit,
} from './logical-unit.js'
import type { AdapterDescription, AdapterHardware, Miniport, PortServices } from './miniport.js'
import { Activity } from './activity.js'
import { PortHolds } from './port-holds.js'
import { ResetLadder, type ResetTarget } from './reset-ladder.js'
import { SrbPool } from './srb-pool.js'
import { ntStatusOf } from './srb-status.js'
import { ASC_INTERNAL_TARGET_FAILURE, SENSE_HARDWARE_ERROR } from './scsi.js'
import {
  type Srb,
  SRB_FLAGS_NO_QUEUE_FREEZE,
  SRB_FREE,
  SRB_HELD,
  SRB_STARTED,
  SRB_STATUS_ABORTED,
  SRB_STATUS_BUS_RESET,
  SRB_STATUS_BUSY,
  SRB_STATUS_NO_DEVICE,
  SRB_STATUS_PENDING,
  SRB_STATUS_QUEUE_FROZEN,
  SRB_STATUS_REQUEST_FLUSHED,
  SRB_STATUS_SUCCESS,
  SRB_STATUS_TIMEOUT,
} from './srb.js'

/** A unit that is busy with nothing outstanding is asked again after that time. */
const BUSY_RETRY_MS = 10

export interface PortOptions {
  /** The watch looks at outstanding requests this often, in milliseconds. */
  readonly tickMs: number
  readonly hardware?: AdapterHardware | null
}

export class StoragePort extends PortHolds implements PortServices, ResetTarget {
  readonly pool: SrbPool
  readonly ladder: ResetLadder
  readonly hardware: AdapterHardware | null
  maximumTransferBytes = 0
  /** Completions of SRBs that the miniport did not have. */
  strayCompletions = 0
  readonly miniport: Miniport
  readonly #units: LogicalUnit[] = []
  readonly #dispatch = (unit: LogicalUnit): void => this.dispatch(unit)
  readonly #onCancel = (request: Request): void => this.#cancel(request)
  #watch: NodeJS.Timeout | undefined
  #isStarting = false
  #lookAgain = false
  #activity: Activity | null = null

  constructor(makeMiniport: (port: PortServices) => Miniport, options: PortOptions) {
    super()
    this.ladder = new ResetLadder(this, options.tickMs)
    this.hardware = options.hardware ?? null
    this.miniport = makeMiniport(this)
    this.pool = new SrbPool((srb) => this.miniport.HwMakeSrbExtension?.(srb) ?? null)
    this.#watch = setInterval(() => this.ladder.onTick(this.pool.all), options.tickMs)
    this.#watch.unref()
  }

  /** Takes in what HwFindAdapter found. @throws WdfStatusError for units that cannot be. */
  configure(adapter: AdapterDescription): void {
    this.maximumTransferBytes = adapter.maximumTransferBytes
    for (const [lun, unit] of adapter.units.entries()) {
      checkUnit(unit)
      this.#units.push(new LogicalUnit(lun, unit))
    }
    if (this.#units.length === 0) {
      throw new WdfStatusError(STATUS_DEVICE_DOES_NOT_EXIST, 'the adapter has no unit', 0)
    }
  }

  units(): readonly LogicalUnit[] {
    return this.#units
  }

  /** An SRB for a request. The caller fills in CDB and data, then calls `execute`. */
  acquire(request: Request | null, lun: number, srbFlags: number, timeOutMs: number): Srb {
    const srb = this.pool.acquire()
    srb.reset(request, lun, srbFlags, timeOutMs)
    return srb
  }

  /** Builds the SRB and starts it, or queues it at its unit. */
  execute(srb: Srb): void {
    const unit = this.#units[srb.lun]
    if (unit === undefined || (unit.holds & HOLD_FAILED) !== 0) {
      this.end(srb, SRB_STATUS_NO_DEVICE)
      return
    }
    if (!this.#build(srb)) return
    if (unit.head === null && !this.#isStarting && unit.mayStart(srb.srbFlags)) {
      this.#start(unit, srb)
    } else {
      this.#enqueue(unit, srb)
    }
  }

  /** Builds and starts an SRB of the port's own, whatever holds the queue. */
  executePastQueue(srb: Srb): void {
    const unit = this.#units[srb.lun] as LogicalUnit
    if ((unit.holds & HOLD_FAILED) !== 0) this.end(srb, SRB_STATUS_NO_DEVICE)
    else if (this.#build(srb)) this.#start(unit, srb)
  }

  /** Runs `action` when nothing is with the miniport, and starts nothing else until it is done. */
  exclusively(unit: LogicalUnit, action: ExclusiveAction): void {
    unit.askForExclusive(action)
    unit.runExclusive(this.#dispatch)
  }

  /**
   * A promise while something is outstanding, for the handler to return: the worker's event loop has to run
   * until then. One for a whole busy time, not one a request.
   */
  activity(): Promise<void> | undefined {
    if (this.pool.inUse === 0 || this.#activity !== null) return undefined
    const activity = new Activity()
    this.#activity = activity
    return activity.promise
  }

  /** Resolves when nothing is outstanding any more. */
  async idle(): Promise<void> {
    while (this.pool.inUse > 0) await (this.activity() ?? this.#activity?.promise)
  }

  /** Ends what waits, and the timers. */
  stop(): void {
    for (const unit of this.#units) this.flushQueue(unit)
    clearInterval(this.#watch)
    this.#watch = undefined
    this.stopHolds()
  }

  // Queue control, by SRB functions

  releaseQueue(unit: LogicalUnit): void {
    unit.unhold(HOLD_FROZEN)
    this.dispatch(unit)
  }

  /** Ends everything that waits at the unit, and releases its queue. */
  flushQueue(unit: LogicalUnit): void {
    this.#endWaiting(unit, SRB_STATUS_REQUEST_FLUSHED)
    this.releaseQueue(unit)
  }

  lockQueue(unit: LogicalUnit): void {
    unit.hold(HOLD_LOCKED)
  }

  unlockQueue(unit: LogicalUnit): void {
    unit.unhold(HOLD_LOCKED)
    this.dispatch(unit)
  }

  // PortServices

  requestComplete(srb: Srb, srbStatus: number): void {
    const { state } = srb
    if (state !== SRB_STARTED && state !== SRB_HELD) {
      this.strayCompletions++
      return
    }
    const unit = this.#units[srb.lun] as LogicalUnit
    if (state === SRB_STARTED) unit.outstanding--
    if (unit.busyCount !== 0 && --unit.busyCount === 0) unit.unhold(HOLD_BUSY)
    if (srbStatus === SRB_STATUS_BUSY) {
      this.#tryLater(unit, srb)
    } else if (srbStatus === SRB_STATUS_SUCCESS) {
      this.end(srb, srbStatus)
    } else {
      this.#finishFailed(unit, srb, srbStatus)
    }
    if (unit.head !== null || unit.wantsExclusive) this.dispatch(unit)
  }

  // ResetTarget

  sendReset(unit: LogicalUnit, srbFunction: number, done: (released: boolean) => void): void {
    const srb = this.acquire(null, unit.lun, SRB_FLAGS_NO_QUEUE_FREEZE, 0)
    srb.function = srbFunction
    srb.whenDone = (srbStatus) => done(srbStatus === SRB_STATUS_SUCCESS)
    this.executePastQueue(srb)
  }

  resetBus(): boolean {
    return this.miniport.HwResetBus()
  }

  endStarted(unit: LogicalUnit, timedOut: number): void {
    for (const srb of this.pool.all) {
      if (srb.state !== SRB_STARTED || srb.lun !== unit.lun) continue
      unit.outstanding--
      this.end(srb, srb.queueTag === timedOut ? SRB_STATUS_TIMEOUT : SRB_STATUS_BUS_RESET)
    }
    unit.busyCount = 0
    unit.unhold(HOLD_BUSY)
  }

  failWaiting(unit: LogicalUnit): void {
    this.#endWaiting(unit, SRB_STATUS_NO_DEVICE)
    unit.runExclusive(this.#dispatch)
  }

  /** Starts what the unit has, as far as it may. */
  dispatch(unit: LogicalUnit): void {
    if (unit.wantsExclusive) unit.runExclusive(this.#dispatch)
    if (unit.head === null) return
    if (this.#isStarting) {
      // Whoever is in HwStartIo looks again when it is out.
      this.#lookAgain = true
      return
    }
    while (unit.head !== null && unit.mayStart(unit.head.srbFlags)) {
      const srb = unit.take()
      // Nobody cancelled it: a cancelled one is not in the queue any more.
      srb.request?.unmarkCancelable()
      if (!srb.needsBuild || this.#rebuild(srb)) this.#startOne(unit, srb)
    }
  }

  // The rest

  #build(srb: Srb): boolean {
    try {
      return this.miniport.HwBuildIo(srb)
    } catch (error) {
      this.#failAfterThrow(srb)
      throw error
    }
  }

  #rebuild(srb: Srb): boolean {
    srb.needsBuild = false
    srb.srbStatus = SRB_STATUS_PENDING
    return this.#build(srb)
  }

  #start(unit: LogicalUnit, srb: Srb): void {
    this.#startOne(unit, srb)
    while (this.#lookAgain) {
      this.#lookAgain = false
      for (const other of this.#units) this.dispatch(other)
    }
  }

  #startOne(unit: LogicalUnit, srb: Srb): void {
    unit.outstanding++
    srb.state = SRB_STARTED
    srb.startedTick = this.ladder.tick
    const outer = this.#isStarting
    this.#isStarting = true
    try {
      this.miniport.HwStartIo(srb)
    } catch (error) {
      this.#failAfterThrow(srb)
      throw error
    } finally {
      this.#isStarting = outer
    }
  }

  /** A miniport that throws has failed the request; the Framework hears of the error, too. */
  #failAfterThrow(srb: Srb): void {
    if (srb.state === SRB_FREE) return
    const status = srb.checkCondition(SENSE_HARDWARE_ERROR, ASC_INTERNAL_TARGET_FAILURE)
    this.requestComplete(srb, status)
  }

  #enqueue(unit: LogicalUnit, srb: Srb): void {
    const status = srb.request?.markCancelableEx(this.#onCancel) ?? STATUS_SUCCESS
    if (status === STATUS_CANCELLED) this.end(srb, SRB_STATUS_ABORTED)
    else unit.append(srb)
  }

  #cancel(request: Request): void {
    for (const unit of this.#units) {
      const srb = unit.remove((candidate) => candidate.request === request)
      if (srb !== null) this.end(srb, SRB_STATUS_ABORTED)
    }
  }

  #tryLater(unit: LogicalUnit, srb: Srb): void {
    srb.needsBuild = true
    if (srb.request?.markCancelableEx(this.#onCancel) === STATUS_CANCELLED) {
      this.end(srb, SRB_STATUS_ABORTED)
      return
    }
    unit.putBack(srb)
    if (unit.outstanding > 0) this.deviceBusy(unit.lun, 1)
    else this.pauseDevice(unit.lun, BUSY_RETRY_MS)
  }

  #finishFailed(unit: LogicalUnit, srb: Srb, srbStatus: number): void {
    srb.srbStatus = srbStatus
    if (srb.hasSense) unit.keepSense(srb)
    if ((srb.srbFlags & SRB_FLAGS_NO_QUEUE_FREEZE) === 0) {
      unit.hold(HOLD_FROZEN)
      srbStatus |= SRB_STATUS_QUEUE_FROZEN
    }
    this.end(srb, srbStatus)
  }

  #endWaiting(unit: LogicalUnit, srbStatus: number): void {
    while (unit.head !== null) {
      const srb = unit.take()
      srb.request?.unmarkCancelable()
      this.end(srb, srbStatus)
    }
  }

  /** Ends an SRB that the miniport does not have, and its IRP. */
  end(srb: Srb, srbStatus: number): void {
    const { request, whenDone } = srb
    srb.srbStatus = srbStatus
    if (request !== null) {
      if (srbStatus === SRB_STATUS_SUCCESS) {
        request.completeWithInformation(STATUS_SUCCESS, srb.dataTransferLength)
      } else {
        request.complete(ntStatusOf(srb))
      }
    }
    const ntstatus = whenDone === null ? STATUS_SUCCESS : ntStatusOf(srb)
    this.pool.release(srb)
    if (whenDone !== null) whenDone(srbStatus, ntstatus)
    if (this.pool.inUse === 0 && this.#activity !== null) {
      this.#activity.end()
      this.#activity = null
    }
  }
}
