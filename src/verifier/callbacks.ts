/**
 * Callbacks: runs a driver's callbacks as activations, and looks at what they leave behind. Runs on: worker.
 */
import { Request } from '../framework/request.js'
import type { IoQueue } from '../framework/io-queue.js'
import {
  Activation,
  type CallbackInfo,
  type CallbackKind,
  PASSIVE,
  runActivation,
} from './activation.js'
import { LOCK_RULE } from './held-lock.js'
import { executionLevelOf } from './levels.js'
import type { RequestUse } from './request-use.js'
import type { Verifier } from './verifier.js'
import type { WatchedDevice } from './watched-device.js'

type Callback = (...args: never[]) => unknown

/** Kinds of callbacks that give a driver a request. */
const GIVES: ReadonlySet<CallbackKind> = new Set(['io', 'dispatch', 'cancel', 'completion'])

export class Callbacks {
  /** How many were run. */
  count = 0
  readonly #verifier: Verifier
  /** Stands in for the EvtIoStop that a driver does not have. */
  readonly #standIns = new WeakSet<object>()

  constructor(verifier: Verifier) {
    this.#verifier = verifier
  }

  /** A callback of no queue, at PASSIVE_LEVEL unless told otherwise. */
  wrap<F extends Callback>(
    watched: WatchedDevice,
    name: string,
    callback: F,
    kind: CallbackKind = 'other',
    level: number = PASSIVE,
  ): F {
    const info = { name, kind, device: watched, level, isByExecutionLevel: false, queue: null }
    return this.as(() => info, callback)
  }

  /** Every callback of a configuration. */
  wrapAll<T extends object>(
    watched: WatchedDevice,
    config: T,
    kindOf: (name: string) => CallbackKind = () => 'other',
    levelOf: (name: string) => number = () => PASSIVE,
  ): T {
    if (typeof config !== 'object' || config === null) return config
    const wrapped = Object.entries(config).map(([name, value]) => [
      name,
      typeof value === 'function' && name.startsWith('Evt')
        ? this.wrap(watched, name, value as Callback, kindOf(name), levelOf(name))
        : (value as unknown),
    ])
    return Object.fromEntries(wrapped) as T
  }

  /** A callback about one request that its driver armed. */
  about<F extends Callback>(use: RequestUse, name: string, kind: CallbackKind, callback: F): F {
    const { watched, request } = use
    const info = (): CallbackInfo => {
      const queue = request.ioQueue
      const level = executionLevelOf(queue ?? watched.device)
      return { name, kind, device: watched, level, isByExecutionLevel: true, queue }
    }
    return this.as(info, callback)
  }

  /** A callback of a queue, or of a device at its execution level. `queueOf`: known when it is called. */
  ofQueue<F extends Callback>(
    watched: WatchedDevice,
    name: string,
    callback: F,
    kind: CallbackKind,
    queueOf: () => IoQueue | null,
  ): F {
    const info = (): CallbackInfo => {
      const queue = queueOf()
      const level = executionLevelOf(queue ?? watched.device)
      return { name, kind, device: watched, level, isByExecutionLevel: true, queue }
    }
    return this.as(info, callback)
  }

  /** The callback, run as an activation. */
  as<F extends Callback>(info: () => CallbackInfo, callback: F): F {
    return ((...args: never[]) => this.#run(info(), callback, args)) as F
  }

  standsIn<F extends Callback>(callback: F): F {
    this.#standIns.add(callback)
    return callback
  }

  /** The queue's driver has an EvtIoStop of its own. */
  tellsOfStop(queue: IoQueue | null): boolean {
    const EvtIoStop = queue?.config.EvtIoStop
    return EvtIoStop !== undefined && !this.#standIns.has(EvtIoStop)
  }

  #run(info: CallbackInfo, callback: Callback, args: readonly unknown[]): unknown {
    this.count++
    const activation = new Activation(info)
    const uses = this.#show(info, activation, args)
    const shown = this.#verifier.requests.showAll(args, info.device)
    return runActivation(activation, () => {
      let result: unknown
      try {
        result = callback(...(shown as never[]))
      } catch (error) {
        this.#threw(activation, uses)
        throw error
      }
      this.#verifier.requests.inspectFresh()
      if (!isThenable(result)) {
        this.#returned(activation, result, false)
        return result
      }
      this.#checkLocks(activation, 'spin', false)
      result.then(
        (value) => this.#returned(activation, value, true),
        () => this.#threw(activation, uses),
      )
      return result
    })
  }

  /** The requests that it is called with. */
  #show(info: CallbackInfo, activation: Activation, args: readonly unknown[]): RequestUse[] {
    const uses: RequestUse[] = []
    for (const arg of args) {
      if (!(arg instanceof Request)) continue
      const use = this.#verifier.requests.useFor(arg, info.device)
      uses.push(use)
      use.note(info.name, '')
      if (GIVES.has(info.kind)) use.place = 'driver'
      if (info.kind === 'io') use.queue = info.queue
      if (info.kind === 'cancel') use.isCancelCalled = true
      if (info.kind === 'completion') {
        use.hasStatus = true
        use.refreshBuffers()
      }
      if (info.kind === 'stop') {
        use.isStopHandled = false
        activation.subject = use
      }
    }
    return uses
  }

  #threw(activation: Activation, uses: readonly RequestUse[]): void {
    for (const use of uses) use.hasFailed = true
    try {
      this.#checkLocks(activation, 'all', true)
      this.#checkTargets(activation)
    } finally {
      activation.isOver = true
    }
  }

  #returned(activation: Activation, result: unknown, isLate: boolean): void {
    try {
      if (typeof result === 'number' && result < 0) this.#checkTargets(activation)
      this.#checkStop(activation, isLate)
      this.#checkLocks(activation, 'all', isLate)
    } finally {
      activation.isOver = true
    }
  }

  /** Locks that it holds and nobody will release. */
  #checkLocks(activation: Activation, sort: 'all' | 'spin', isLate: boolean): void {
    const left = activation.locks.filter(({ kind }) => sort === 'all' || kind === sort)
    for (const held of left) {
      activation.locks.splice(activation.locks.indexOf(held), 1)
      const message = `${activation.info.name} ended holding ${held.name}`
      const { device: watched } = activation.info
      this.#verifier.violation(LOCK_RULE[held.kind].release, message, {
        watched,
        site: held.site,
        isLate,
      })
    }
  }

  #checkStop(activation: Activation, isLate: boolean): void {
    const use = activation.subject
    if (use === null || use.isOver || use.isStopHandled) return
    const isSent = use.place === 'target'
    this.#verifier.violation(
      isSent ? 'EvtIoStopCancel' : 'EvtIoStopCompleteOrStopAck',
      isSent
        ? 'EvtIoStop left a request where it was sent, neither cancelled nor acknowledged'
        : 'EvtIoStop returned without having completed or acknowledged it',
      { use, site: use.lastSite, isLate },
    )
  }

  #checkTargets(activation: Activation): void {
    if (activation.info.kind !== 'd0-entry') return
    for (const [target, site] of activation.startedTargets) {
      if (target.state !== 'started') continue
      this.#verifier.violation(
        'FailD0EntryIoTargetState',
        'EvtDeviceD0Entry failed and left the I/O target started',
        { watched: activation.info.device, site, isLate: true },
      )
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === 'function'
}
