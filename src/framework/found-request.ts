/**
 * Found request: a waiting request that `findRequest` saw, and the tag by which it is taken later.
 * Runs on: the worker that the queue lives on. Invariant: it stands for one IRP, never for its slot's next.
 */
import { REQUEST_WAITING } from '../dispatch/dispatched-request.js'
import type { QueueGate } from '../dispatch/queue-gate.js'
import type { Request } from './request.js'

/** A waiting request that `findRequest` saw: its parameters may be read, it is not owned. */
export class FoundRequest {
  readonly request: Request
  private readonly sequence: number

  /** @internal */
  constructor(request: Request) {
    this.request = request
    this.sequence = request.sequence
  }

  /** @internal Whether it still waits in that queue. */
  isIn(queue: QueueGate): boolean {
    const { request } = this
    return (
      request.state === REQUEST_WAITING &&
      request.sequence === this.sequence &&
      request.gate === queue
    )
  }
}
