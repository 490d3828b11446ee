/**
 * Activation: one run of a driver's callback, up to the end of the promise that it returned. Runs on: worker.
 *
 * Who is calling a method of the Framework: `currentActivation` is the callback that does, undefined for driver code
 * that no callback began (an event of its own, a timer of one that has ended), and null while the Framework itself is at
 * work, whose calls of its own methods are nobody's business. It follows promises, so what a handler does after an
 * `await` counts as the handler's.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { IoQueue } from '../framework/io-queue.js'
import type { IoTarget } from '../framework/io-target.js'
import type { HeldLock } from './held-lock.js'
import type { RequestUse } from './request-use.js'
import type { WatchedDevice } from './watched-device.js'

export type CallbackKind =
  | 'io'
  | 'stop'
  | 'resume'
  | 'cancel'
  | 'completion'
  | 'dispatch'
  | 'request-end'
  | 'd0-entry'
  | 'surprise-removal'
  | 'isr'
  | 'other'

/** PASSIVE_LEVEL, DISPATCH_LEVEL, the device's own level. */
export const PASSIVE = 0
export const DISPATCH = 1
export const DIRQL = 2

export interface CallbackInfo {
  /** KMDF's name of the callback. */
  readonly name: string
  readonly kind: CallbackKind
  readonly device: WatchedDevice
  /** Highest level at which it runs. */
  readonly level: number
  /** That level is its execution level's, and not the kind of callback's. */
  readonly isByExecutionLevel: boolean
  readonly queue: IoQueue | null
}

export class Activation {
  readonly info: CallbackInfo
  /** Requests about which unmarkCancelable said STATUS_CANCELLED. */
  readonly toldCanceled = new Set<RequestUse>()
  /** Requests that it was called with, in EvtIoStop. */
  subject: RequestUse | null = null
  /** Locks that it acquired and holds. */
  readonly locks: HeldLock[] = []
  /** Targets that it started, and where. */
  readonly startedTargets = new Map<IoTarget, string>()
  /** Queues whose state it changed. */
  readonly changedQueues = new Set<IoQueue>()
  /** Queues in which it found a request that it has not taken. */
  readonly foundIn = new Set<IoQueue>()

  /** It has returned, and its promise has settled. */
  isOver = false

  constructor(info: CallbackInfo) {
    this.info = info
  }

  get holdsSpinLock(): boolean {
    return this.locks.some(({ kind }) => kind === 'spin')
  }

  /** The level at which it runs now. */
  get level(): number {
    return Math.max(this.info.level, this.holdsSpinLock ? DISPATCH : PASSIVE)
  }
}

const activations = new AsyncLocalStorage<Activation | null>()

export function currentActivation(): Activation | null | undefined {
  const activation = activations.getStore()
  return activation?.isOver === true ? undefined : activation
}

/** Runs driver code as that activation. */
export function runActivation<T>(activation: Activation, action: () => T): T {
  return activations.run(activation, action)
}

/** Runs the Framework's code. */
export function runFramework<T>(action: () => T): T {
  return activations.run(null, action)
}
