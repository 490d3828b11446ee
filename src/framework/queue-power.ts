/**
 * Queue power: how a queue goes down and comes up with its device. Runs on: the worker that the queue lives on.
 *
 *   down  (a) dispatching stops   (b) EvtIoStop for each request that the driver owns and nobody cancelled
 *         … until each was completed, forwarded, or acknowledged with stopAcknowledge
 *   up    (a) EvtIoResume for each request that was kept   (b) dispatching goes on
 *
 * A queue without EvtIoStop waits for its driver to complete what it owns. Cancel callbacks wait while
 * (b) runs, so that no request is told about twice. Source: FxIoQueue's power states; kmdf.md 3.8.
 */
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import {
  REQUEST_CANCELABLE,
  REQUEST_OWNED,
  REQUEST_OWNED_SPECIAL,
  REQUEST_SENT,
} from '../dispatch/dispatched-request.js'
import type { IoQueue } from './io-queue.js'
import {
  WdfRequestStopActionPurge,
  WdfRequestStopActionSuspend,
  WdfRequestStopRequestCancelable,
} from './io-queue-config.js'
import type { Request } from './request.js'

export class QueuePower {
  readonly #queue: IoQueue
  readonly #turn: DispatchTurn
  /** Acknowledged without requeue: the driver's, but nobody waits for them. Value: the use of the object. */
  readonly #kept = new Map<Request, number>()
  #whenQuiet: (() => void) | null = null
  /** Neither on nor on the way: a driver can retrieve nothing. */
  isOff = true

  constructor(queue: IoQueue, turn: DispatchTurn) {
    this.#queue = queue
    this.#turn = turn
  }

  /** True while somebody waits for the driver's requests to be dealt with. */
  get isWaiting(): boolean {
    return this.#whenQuiet !== null
  }

  /** First pass of going down, over all queues of a device: dispatching stops. */
  hold(): void {
    // With nothing to tell the driver about, it is down already.
    this.isOff = this.#queue.owned === 0
    this.#queue.state.hold(true)
  }

  /**
   * Second pass: resolves when the driver has dealt with every request that it owns. A queue that is not
   * power-managed runs on while the device only sleeps.
   */
  notify(actionFlags: number): Promise<void> {
    if (actionFlags === WdfRequestStopActionSuspend && !this.#queue.powerManaged) {
      return Promise.resolve()
    }
    const { EvtIoStop } = this.#queue.config
    if (EvtIoStop !== undefined) this.#callEvtIoStop(EvtIoStop, actionFlags)
    return new Promise((resolve) => {
      this.#whenQuiet = resolve
      this.look()
    })
  }

  /** Up again: kept requests are told, then dispatching goes on. */
  resume(): void {
    this.isOff = false
    const { EvtIoResume } = this.#queue.config
    for (const [request, sequence] of this.#kept) {
      this.#kept.delete(request)
      if (EvtIoResume === undefined || !this.#isStillOwned(request, sequence)) continue
      this.#turn.callHandler(request, () => EvtIoResume(this.#queue, request))
    }
    this.#queue.state.hold(false)
  }

  /** @internal A request was acknowledged and stays with the driver. */
  keep(request: Request): void {
    this.#kept.set(request, request.sequence)
    this.look()
  }

  /** @internal Something of the queue has ended: perhaps that was the last to wait for. */
  look(): void {
    if (this.#whenQuiet === null) {
      this.#queue.state.refresh()
      return
    }
    let kept = 0
    for (const [request, sequence] of this.#kept) {
      if (this.#isStillOwned(request, sequence)) kept++
      else this.#kept.delete(request)
    }
    if (this.#queue.owned <= kept) {
      const resolve = this.#whenQuiet
      this.#whenQuiet = null
      this.isOff = true
      resolve()
      this.#turn.hooks.wantEventLoop()
    }
    this.#queue.state.refresh()
  }

  #callEvtIoStop(
    EvtIoStop: NonNullable<IoQueue['config']['EvtIoStop']>,
    actionFlags: number,
  ): void {
    const queue = this.#queue
    queue.state.defersCancels = true
    const owned: Request[] = []
    this.#turn.hooks.forEachRequestOf(queue, (request) => {
      if (isDriverOwned(request.state) && !request.cancelIsRequested())
        owned.push(request as Request)
    })
    for (const request of owned) {
      const extras = request.useExtras()
      if (!isDriverOwned(request.state)) continue
      const flags =
        request.state === REQUEST_CANCELABLE
          ? actionFlags | WdfRequestStopRequestCancelable
          : actionFlags
      extras.isInEvtIoStop = true
      this.#turn.callHandler(request, () => EvtIoStop(queue, request, flags))
      extras.isInEvtIoStop = false
    }
    queue.state.defersCancels = false
    queue.state.kick()
  }

  #isStillOwned(request: Request, sequence: number): boolean {
    return (
      request.gate === this.#queue && request.sequence === sequence && isDriverOwned(request.state)
    )
  }
}

function isDriverOwned(state: number): boolean {
  return (
    state === REQUEST_OWNED ||
    state === REQUEST_OWNED_SPECIAL ||
    state === REQUEST_CANCELABLE ||
    state === REQUEST_SENT
  )
}

/**
 * Removal: nothing comes in any more, what waits is cancelled, and the driver has until the deadline
 * (performance.now()) for what it owns. Undefined when it owns nothing.
 */
export function purgeQueues(
  queues: readonly IoQueue[],
  deadlineMs: number,
): Promise<void> | undefined {
  for (const queue of queues) {
    queue.state.shutDown()
    // No handler runs here: the control plane has the thread.
    queue.state.attend()
  }
  const busy = queues.filter((queue) => queue.owned > 0)
  return busy.length === 0 ? undefined : settle(busy, deadlineMs)
}

async function settle(queues: readonly IoQueue[], deadlineMs: number): Promise<void> {
  for (const queue of queues) void queue.power.notify(WdfRequestStopActionPurge)
  while (queues.some((queue) => queue.power.isWaiting) && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    for (const queue of queues) queue.state.attend()
  }
}
