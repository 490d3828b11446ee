/**
 * Keeper: the books of a correct driver: which requests it owns, and which of them it has marked cancelable.
 * Runs on: the test's own thread.
 */
import { STATUS_CANCELLED, STATUS_SUCCESS } from '../../src/abi/ntstatus.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { Request } from '../../src/framework/request.js'

export class Keeper {
  readonly owned = new Set<Request>()
  /** Cancel callbacks that have been called. */
  cancels = 0
  /** Requests whose cancel callback has been called and has not completed them. */
  readonly canceling: Request[] = []

  /** A handler that keeps the request. */
  readonly keep = (_queue: IoQueue, request: Request): void => void this.owned.add(request)

  /** As WdfRequestMarkCancelable does it; `isLate`: the callback leaves the completion to `completeLate`. */
  arm(isLate = false): void {
    for (const request of this.owned) {
      request.markCancelable((same: Request) => {
        this.cancels++
        this.owned.delete(same)
        if (isLate) this.canceling.push(same)
        else same.complete(STATUS_CANCELLED)
      })
    }
  }

  /** As WdfRequestMarkCancelableEx does it: who is told STATUS_CANCELLED completes. */
  armEx(): void {
    for (const request of this.owned) {
      const status = request.markCancelableEx((same: Request) => {
        this.cancels++
        this.owned.delete(same)
        same.complete(STATUS_CANCELLED)
      })
      if (status !== STATUS_CANCELLED) continue
      this.owned.delete(request)
      request.complete(STATUS_CANCELLED)
    }
  }

  /** Takes the callbacks away again; leaves alone what has been cancelled. */
  disarm(): void {
    for (const request of this.owned) {
      if (request.unmarkCancelable() === STATUS_CANCELLED) this.owned.delete(request)
    }
  }

  /** Completes what is owned and not marked; asks first whether it has been cancelled. */
  complete(): void {
    for (const request of this.owned) {
      this.owned.delete(request)
      request.complete(request.isCanceled() ? STATUS_CANCELLED : STATUS_SUCCESS)
    }
  }

  completeLate(): void {
    for (const request of this.canceling.splice(0)) request.complete(STATUS_CANCELLED)
  }

  /** Does something with each owned request, which is its driver's no more. */
  giveAway(how: (request: Request) => unknown): void {
    for (const request of this.owned) {
      this.owned.delete(request)
      how(request)
    }
  }

  /** Takes everything that waits in a manual queue. */
  retrieve(queue: IoQueue): void {
    for (let request = queue.retrieveNextRequest(); request !== null;) {
      this.owned.add(request)
      request = queue.retrieveNextRequest()
    }
  }
}
