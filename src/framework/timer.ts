/**
 * Timer (WDFTIMER): one-shot or periodic, at DISPATCH_LEVEL, or at PASSIVE_LEVEL through a work item.
 * Runs on: the worker of its device. Source: WdfTimerCreate; kmdf.md 5.4.
 */
import { placeOf } from '../abi/callback-names.js'
import { STATUS_INVALID_PARAMETER, STATUS_NOT_SUPPORTED } from '../abi/ntstatus.js'
import { hardwareViolation } from '../dispatch/hardware-violation.js'
import { DISPATCH_LEVEL, type LevelledTurn } from '../dispatch/levelled-turn.js'
import { TimerCall } from '../dispatch/timer-queue.js'
import { WorkItemCall } from '../dispatch/work-item-queue.js'
import {
  callbackParentOf,
  type CallbackParent,
  checkSerialization,
  deviceNumber,
  requireCallback,
} from './callback-parent.js'
import { FrameworkObject, type ObjectAttributes, type ObjectHandle } from './framework-object.js'
import { parentFor } from './object-parent.js'
import { WdfStatusError } from './errors.js'
import type { HandlerReturn } from './io-queue-config.js'

export type EvtTimer = (timer: Timer) => HandlerReturn

export interface TimerConfig extends ObjectAttributes<Timer> {
  readonly EvtTimerFunc: EvtTimer
  /** A device, one of its queues, or an object below them. */
  readonly parent: ObjectHandle
  /** Milliseconds between two calls; 0 (default): one-shot. */
  readonly periodMs?: number
  /** Serialize with the parent's callbacks. Default true. */
  readonly automaticSerialization?: boolean
  /** How late it may fire for the sake of others, milliseconds. Default 0. */
  readonly tolerableDelayMs?: number
  /** Fire when due, not on the next millisecond. Needs a tolerable delay of 0. */
  readonly useHighResolutionTimer?: boolean
  /** Default dispatch. A passive timer is one-shot, and its callback may be asynchronous. */
  readonly executionLevel?: 'passive' | 'dispatch'
}

const MAX_PERIOD_MS = 2 ** 31 - 1

export class Timer {
  /** The device or queue that its callback is serialized with. */
  readonly parent: CallbackParent
  /** Its place among the driver's objects. */
  readonly object: FrameworkObject
  /** The driver's own state. */
  context: Record<string, unknown> = {}
  private readonly levels: LevelledTurn
  private readonly call: TimerCall
  /** A passive timer's callback; null for one at dispatch level. */
  private readonly passiveCall: WorkItemCall | null
  private isInCallback = false
  private isStopping = false
  private isDisposed = false

  /** @internal Drivers call `hardware.createTimer`. @throws WdfStatusError as WdfTimerCreate */
  constructor(levels: LevelledTurn, config: TimerConfig) {
    const above = parentFor('timer', config.parent, null) as FrameworkObject
    this.parent = callbackParentOf('timer', above)
    checkTimerConfig(config)
    const { automaticSerialization = true, executionLevel = 'dispatch' } = config
    checkSerialization('timer', this.parent, automaticSerialization, executionLevel)
    const { EvtTimerFunc, periodMs = 0, tolerableDelayMs = 0 } = config
    this.levels = levels
    const place = placeOf(deviceNumber(above), 'EvtTimerFunc')
    this.passiveCall =
      executionLevel === 'passive'
        ? new WorkItemCall(() => this.run(EvtTimerFunc, place), place)
        : null
    const { passiveCall } = this
    const fire =
      passiveCall === null
        ? (call: TimerCall) => levels.callbackReturned(call, this.run(EvtTimerFunc, place))
        : () => void levels.workItems.enqueue(passiveCall)
    const isHighResolution = config.useHighResolutionTimer === true
    this.call = new TimerCall(fire, periodMs, tolerableDelayMs, isHighResolution, place)
    this.object = new FrameworkObject<Timer>('timer', this, above, config)
  }

  /**
   * Fires once after `dueMs` milliseconds, then periodically if it has a period. WdfTimerStart.
   * @returns true if it was armed already (and is now armed anew); false, and not armed, during a waiting `stop`.
   * @throws WdfStatusError STATUS_INVALID_PARAMETER unless dueMs is a number from 0.
   */
  start(dueMs: number): boolean {
    if (!(dueMs >= 0 && dueMs < Infinity)) {
      throw new WdfStatusError(
        STATUS_INVALID_PARAMETER,
        `a timer starts in 0 or more milliseconds, not ${String(dueMs)}`,
        dueMs,
      )
    }
    if (this.isStopping || this.isDisposed) return false
    const wasArmed = this.levels.timers.start(this.call, dueMs)
    // A sleep that has begun knows nothing of it.
    this.levels.wake()
    return wasArmed
  }

  /** Disarms it. True if it was armed and will not fire. WdfTimerStop(FALSE). */
  stop(): boolean {
    return this.levels.timers.stop(this.call)
  }

  /**
   * Disarms it, and waits for a callback that is under way; starts meanwhile are refused. WdfTimerStop(TRUE).
   * @returns whether it was armed
   * @throws WdfViolation WDF_IRQL_MISMATCH above PASSIVE_LEVEL, WDF_INVALID_LOCK_OPERATION from its own callback.
   */
  async stopAndWait(): Promise<boolean> {
    if (this.isInCallback) {
      hardwareViolation(
        'WDF_INVALID_LOCK_OPERATION',
        'a timer cannot wait for its own callback: stop it without waiting',
        'stopAndWait',
      )
    }
    if (this.levels.irql >= DISPATCH_LEVEL) {
      hardwareViolation(
        'WDF_IRQL_MISMATCH',
        'stopAndWait waits, which is for PASSIVE_LEVEL: stop without waiting, or from a work item',
        this.levels.irql,
      )
    }
    this.isStopping = true
    const wasArmed = this.stop()
    if (this.passiveCall !== null) await this.levels.workItems.flush(this.passiveCall)
    this.isStopping = false
    return wasArmed
  }

  /** @internal It is deleted, or its device goes: it fires no more. A promise waits for a callback under way. */
  dispose(): void | Promise<void> {
    this.isDisposed = true
    this.stop()
    if (this.passiveCall === null) return undefined
    this.levels.workItems.remove(this.passiveCall)
    return this.levels.workItems.rest(this.passiveCall)
  }

  get isArmed(): boolean {
    return this.call.isArmed
  }

  /** How often it fired, in 32 bits. */
  get runs(): number {
    return this.call.runs
  }

  private run(evtTimerFunc: EvtTimer, place: number): HandlerReturn {
    this.isInCallback = true
    try {
      return this.levels.place.run(place, evtTimerFunc, this)
    } finally {
      this.isInCallback = false
    }
  }
}

function checkTimerConfig(config: TimerConfig): void {
  const { periodMs = 0, tolerableDelayMs = 0 } = config
  requireCallback('EvtTimerFunc', config.EvtTimerFunc)
  if (!(periodMs >= 0 && periodMs <= MAX_PERIOD_MS)) {
    throw new WdfStatusError(
      STATUS_INVALID_PARAMETER,
      `periodMs ${String(periodMs)} is not 0 (one-shot) to ${MAX_PERIOD_MS} milliseconds`,
      periodMs,
    )
  }
  if (!(tolerableDelayMs >= 0 && tolerableDelayMs <= MAX_PERIOD_MS)) {
    throw new WdfStatusError(
      STATUS_INVALID_PARAMETER,
      `tolerableDelayMs ${String(tolerableDelayMs)} is not 0 to ${MAX_PERIOD_MS} milliseconds`,
      tolerableDelayMs,
    )
  }
  if (tolerableDelayMs > 0 && config.useHighResolutionTimer === true) {
    throw new WdfStatusError(
      STATUS_INVALID_PARAMETER,
      'a high-resolution timer has no tolerable delay: leave one of the two out',
      tolerableDelayMs,
    )
  }
  if (periodMs > 0 && config.executionLevel === 'passive') {
    throw new WdfStatusError(
      STATUS_NOT_SUPPORTED,
      'a passive timer is one-shot: start it again from its callback',
      periodMs,
    )
  }
}
