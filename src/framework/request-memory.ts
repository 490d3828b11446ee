/**
 * Request memory: the bytes of a request as a memory object (WDFMEMORY), made when a driver first asks for it.
 * Runs on: the worker that presents the request. Source: WdfRequestRetrieveInputMemory, …OutputMemory; kmdf.md 7, 8.3.
 *
 * Invariants: one handle for each request and direction, which never stands for another request: what is kept too
 * long refuses instead of showing somebody else's bytes. It hangs from the request's object and ends with it, before
 * the request's EvtCleanup; a reference keeps the handle, not the bytes, which are the caller's again.
 */
import { REQUEST_FREE } from '../dispatch/dispatched-request.js'
import { Memory } from './memory.js'
import type { Request } from './request.js'

export class RequestMemory extends Memory {
  /** @internal Told of a use after the request has ended, which is refused all the same. */
  onUsedTooLate: (() => void) | null = null

  private readonly request: Request
  private readonly sequence: number

  constructor(bytes: Uint8Array, request: Request) {
    super(bytes, request.object, {}, undefined, 'requestMemory')
    this.request = request
    this.sequence = request.sequence
  }

  protected override checkUsable(): void {
    const { state } = this.object
    const isInTree = state === 'created' || state === 'disposing'
    if (isInTree && this.request.sequence === this.sequence && this.request.state !== REQUEST_FREE)
      return
    this.onUsedTooLate?.()
    this.refuse('its request has ended')
  }

  /** @internal The driver gets these bytes instead. */
  standFor(bytes: Uint8Array): void {
    this.view = bytes
  }
}

/** @throws WdfStatusError as retrieveInputBuffer and retrieveOutputBuffer. */
export function memoryOf(request: Request, which: 'inputMemory' | 'outputMemory'): RequestMemory {
  const extras = request.useExtras()
  const known = extras[which]
  if (known !== null) return known
  const bytes =
    which === 'inputMemory' ? request.retrieveInputBuffer() : request.retrieveOutputBuffer()
  const memory = new RequestMemory(bytes, request)
  extras[which] = memory
  return memory
}
