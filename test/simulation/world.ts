/**
 * World: what the parts of one simulation share: the kernel, the engine's threads, and the books of the oracle.
 * Runs on: the simulation's one thread.
 */
import { statusName } from '../../src/abi/ntstatus-name.js'
import type { DeviceHistory, QueueHistory } from './device-history.js'
import { type Outcome, RequestHistory, type RequestKind } from './history.js'
import type { Kernel } from './kernel.js'
import type { Plan } from './plan.js'
import type { SimulatedThreads } from './simulated-threads.js'
import type { Source } from './source.js'
import { WorkerActor } from './worker-actor.js'

/** A promise of the simulation does not hold. */
export class Broken extends Error {}

export class World {
  readonly kernel: Kernel
  readonly source: Source
  readonly plan: Plan
  readonly threads: SimulatedThreads
  readonly devices = new Map<string, DeviceHistory>()
  /** Drivers of every level, on every thread that there was. */
  readonly drivers: { readonly actor: WorkerActor; readonly held: ReadonlySet<unknown> }[] = []
  readonly requests = new Map<number, RequestHistory>()
  #nextId = 1

  constructor(kernel: Kernel, source: Source, plan: Plan, threads: SimulatedThreads) {
    this.kernel = kernel
    this.source = source
    this.plan = plan
    this.threads = threads
  }

  /** A new request, which is about to be sent. */
  begin(kind: RequestKind, length: number, host: string, device: DeviceHistory): RequestHistory {
    const request = new RequestHistory(this.#nextId++, kind, length, host, device)
    // The host has died in this very step, and its code runs out.
    request.isAbandoned = this.kernel.current?.isDead === true
    this.requests.set(request.id, request)
    return request
  }

  /** Its host is told of its end. */
  end(request: RequestHistory, outcome: Outcome): void {
    request.told.push(outcome)
    const { id, kind } = request
    const what = `${kind} ${id} ends with ${statusName(outcome.status)}, ${outcome.information}`
    this.kernel.note(what)
    const objection = request.objectionTo(outcome)
    if (objection !== undefined) this.broken(`${what}: ${objection}`)
  }

  /** A queue of a device's top level presents a request. */
  present(queue: QueueHistory, request: RequestHistory): void {
    const { kernel } = this
    kernel.note(`${queue.name} presents ${request.kind} ${request.id}`)
    const objection = request.device.objectionToPresenting(queue, request)
    if (objection !== undefined) this.broken(`${request.kind} ${request.id}: ${objection}`)
  }

  requestOf(id: number): RequestHistory {
    const request = this.requests.get(id)
    if (request === undefined) throw this.broken(`a handler got request ${id}, which nobody sent`)
    return request
  }

  /** The worker whose code runs; only that of a thread that lives may change the books. */
  get worker(): WorkerActor {
    const { current } = this.kernel
    if (current instanceof WorkerActor) return current
    throw this.broken(`a driver runs on ${current?.name ?? 'no thread'}`)
  }

  /** What has not ended, for the message of a run that does not end. */
  unfinished(): string[] {
    const open = [...this.requests.values()].filter(
      ({ told, isAbandoned }) => told.length === 0 && !isAbandoned,
    )
    return open.map(({ id, kind, host, device, presentedOn, decided }) => {
      const where = presentedOn.map(({ name }) => name).join(', ') || 'nobody'
      return `${kind} ${id} of ${host} to ${device.plan.name}: presented to ${where}, decided ${decided.length} times`
    })
  }

  broken(what: string): Broken {
    const error = new Broken(what)
    this.kernel.fail(error)
    return error
  }
}

/** The content of a request: the same for who writes it and who checks it. */
export function contentOf(id: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (id * 31 + i * 7) & 0xff)
}

export function isContentOf(id: number, bytes: Uint8Array): boolean {
  return bytes.every((byte, i) => byte === ((id * 31 + i * 7) & 0xff))
}
