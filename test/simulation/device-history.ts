/**
 * Device history: what the oracle knows of one device of an engine: whether it goes, what its queues present, in
 * which order, and whether its Plug and Play callbacks keep the rules. Runs on: the simulation's one thread.
 */
import { PnpInvariants } from '../harness/pnp-invariants.js'
import type { DevicePlan } from './plan.js'
import type { RequestHistory } from './history.js'
import type { WorkerActor } from './worker-actor.js'

/** What one queue presents on one thread. */
export class QueueHistory {
  readonly actor: WorkerActor
  readonly limit: number
  readonly name: string
  /** Requests that its driver owns. */
  owned = 0

  constructor(name: string, actor: WorkerActor, limit: number) {
    this.name = name
    this.actor = actor
    this.limit = limit
  }
}

export class DeviceHistory {
  readonly plan: DevicePlan
  /** It is being removed, was pulled out, or could not be brought back. */
  isGoing = false
  /** It was asked to give its resources back for a while. */
  wasStopped = false
  /** A worker of it may have been given up. */
  mayFail = false
  /** Rules of the home worker's callbacks, anew for each thread. */
  readonly invariants = new Map<WorkerActor, PnpInvariants>()
  /** Highest request number that a queue presented, for each host. */
  readonly #lastOf = new Map<string, number>()

  constructor(plan: DevicePlan) {
    this.plan = plan
  }

  invariantsOn(actor: WorkerActor): PnpInvariants {
    const known = this.invariants.get(actor) ?? new PnpInvariants()
    this.invariants.set(actor, known)
    return known
  }

  /** A top-level queue presents a request: why it must not; undefined when it may. */
  objectionToPresenting(queue: QueueHistory, request: RequestHistory): string | undefined {
    const { actor } = queue
    const wasPresented = request.presentedOn.length > 0
    request.presentedOn.push(actor)
    if (wasPresented && !request.isRequeued) return 'presented a second time'
    if (request.isRequeued && request.presentedOn.some((other) => other !== actor)) {
      return 'presented on a second worker'
    }
    if (request.told.length > 0) return 'presented after its end'
    if (request.isRequeued) {
      request.isRequeued = false
      return undefined
    }
    const key = `${queue.name} of worker ${actor.worker} for ${request.host}`
    const last = this.#lastOf.get(key) ?? -1
    this.#lastOf.set(key, request.id)
    return request.id > last ? undefined : `presented after ${last} on ${key}: not in order`
  }
}
