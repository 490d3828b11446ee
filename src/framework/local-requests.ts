/**
 * Local requests: request objects that stand for no slot of a host: a request at a lower level of its
 * device stack, a request that a driver made, a reserved one. Taken and given back; the pool grows by
 * blocks and never shrinks. Runs on: worker.
 *
 * They are requests like all others: they lie in the slots of a channel that only this worker knows,
 * whose rings are never used. Invariant: a local request is always special, so it never ends through them.
 */
import { ChannelPort, type RequestFactory } from '../dispatch/channel-port.js'
import { REQUEST_FREE, REQUEST_OWNED_SPECIAL } from '../dispatch/dispatched-request.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import { createChannelMemory } from '../irp/channel-memory.js'
import type { Request } from './request.js'

const BLOCK = 256
/** Channels of hosts count from 1. */
const LOCAL_CHANNEL = 0

export class LocalRequests {
  readonly ports: ChannelPort[] = []
  readonly #turn: DispatchTurn
  readonly #make: RequestFactory
  readonly #free: Request[] = []
  #sequence = 1

  constructor(turn: DispatchTurn, make: RequestFactory) {
    this.#turn = turn
    this.#make = make
  }

  /** A request that its taker owns; the Framework's own gate counts it until a queue does. */
  take(): Request {
    return this.renew(this.#free.pop() ?? this.#grow())
  }

  /** As take, for one that its taker has kept since: it stands for another IRP now. */
  renew(request: Request): Request {
    request.gate = this.#turn.frameworkGate
    request.gate.owned++
    this.#sequence = (this.#sequence + 2) | 0
    request.sequence = this.#sequence
    request.isSpecial = true
    request.wasDelivered = false
    request.state = REQUEST_OWNED_SPECIAL
    return request
  }

  /** As give, for one whose object is still referenced: another one takes its place. */
  drop(request: Request): void {
    request.state = REQUEST_FREE
    this.#free.push(request.port.renew(request.slot) as Request)
  }

  /** Gives a request back that has ended. */
  give(request: Request): void {
    request.state = REQUEST_FREE
    request.isSpecial = false
    request.evtRequestCancel = null
    request.extras?.reset()
    this.#free.push(request)
  }

  #grow(): Request {
    const memory = createChannelMemory(LOCAL_CHANNEL, BLOCK, [1], 0)
    const port = new ChannelPort(memory, 0, this.#turn, this.#make)
    this.ports.push(port)
    const [first, ...others] = port.requests as Request[]
    this.#free.push(...others.reverse())
    return first as Request
  }
}
