/**
 * Request failure: what a throwing callback does to the request that it was about. Runs on: worker.
 * Invariant: a driver's fault ends what this driver owns, and nothing that it has given away.
 */
import { STATUS_DRIVER_INTERNAL_ERROR } from '../abi/ntstatus.js'
import {
  REQUEST_DOOMED,
  REQUEST_FREE,
  REQUEST_SENT,
  REQUEST_WAITING,
  type DispatchedRequest,
} from '../dispatch/dispatched-request.js'
import { failureStatusOf } from './errors.js'
import type { Request } from './request.js'

/** The driver of its queue has it, or gets it back: it has not ended and does not wait in a queue. */
export function isDriverOwned(request: DispatchedRequest): boolean {
  switch (request.state) {
    case REQUEST_FREE:
    case REQUEST_WAITING:
    case REQUEST_DOOMED:
      return false
    default:
      return true
  }
}

/** Ends the request with the status that the error carries, if its driver still has it. */
export function failRequest(request: DispatchedRequest, error: unknown): void {
  // One that its driver made has nobody to be ended for.
  const isDriverCreated = (request as Request).extras?.isDriverCreated === true
  if (isDriverCreated || request.state === REQUEST_SENT || !isDriverOwned(request)) return
  request.evtRequestCancel = null
  request.end(failureStatusOf(error) ?? STATUS_DRIVER_INTERNAL_ERROR, 0)
}
