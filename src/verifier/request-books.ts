/**
 * Request books: which use each request object stands for now, and the handles that drivers have instead of the
 * objects. Runs on: worker.
 *
 * A handle is a driver's only way to a request. When the garbage collector finds that nobody has it any more, while
 * the driver still owns the request, nobody can ever complete it: that is how a forgotten request is told from one
 * that is kept for later. The books therefore hold handles weakly.
 */
import { STATUS_DRIVER_INTERNAL_ERROR } from '../abi/ntstatus.js'
import {
  REQUEST_CANCELING,
  REQUEST_OWNED,
  REQUEST_OWNED_SPECIAL,
} from '../dispatch/dispatched-request.js'
import type { FoundRequest } from '../framework/found-request.js'
import { Request } from '../framework/request.js'
import type { GuardedBuffer } from './guarded-buffer.js'
import { RequestHandle } from './request-handle.js'
import { RequestUse } from './request-use.js'
import { BUFFER_KIND } from './rules-of-buffers.js'
import type { Verifier } from './verifier.js'
import type { WatchedDevice } from './watched-device.js'

interface Poisoned {
  readonly buffer: GuardedBuffer
  readonly use: RequestUse
}

/** So many poisoned buffers are looked at again later. */
const QUARANTINE = 256

export class RequestBooks {
  readonly #verifier: Verifier
  readonly #current = new WeakMap<Request, RequestUse>()
  readonly #handles = new WeakMap<RequestUse, WeakRef<Request>>()
  readonly #uses = new WeakMap<object, RequestUse>()
  /** What findRequest found, by what the driver has of it. */
  readonly #found = new WeakMap<object, FoundRequest>()
  /** Poisoned since a callback has ended. */
  readonly #fresh: Poisoned[] = []
  readonly #quarantine: Poisoned[] = []
  readonly #registry = new FinalizationRegistry<RequestUse>((use) => this.#collected(use))

  constructor(verifier: Verifier) {
    this.#verifier = verifier
  }

  /** What a driver gets for a request. */
  show(shown: Request, watched: WatchedDevice): Request {
    const use = this.useFor(shown, watched)
    const known = this.#handles.get(use)?.deref()
    if (known !== undefined) return known
    const handle = new Proxy(use.request, new RequestHandle(this.#verifier, use))
    this.#handles.set(use, new WeakRef(handle))
    this.#uses.set(handle, use)
    this.#registry.register(handle, use)
    return handle
  }

  /** The use that a request, or a handle, stands for; a new one when it has none at this device. */
  useFor(shown: Request, watched: WatchedDevice): RequestUse {
    const request = this.real(shown)
    const known = this.#current.get(request)
    if (known !== undefined && known.sequence === request.sequence && known.watched === watched) {
      if (known.ending === null) return known
    }
    known?.end('by the Framework')
    const use = new RequestUse(request, watched)
    this.#current.set(request, use)
    watched.uses.add(use)
    return use
  }

  /** The request of a handle; anything else is itself. */
  real<T>(handle: T): T {
    const use = this.#useOf(handle)
    return use === undefined ? handle : (use.request as T)
  }

  /** The use that a driver's argument names; undefined when it is no request. */
  useOf(handle: unknown): RequestUse | undefined {
    return this.#useOf(handle)
  }

  /** As show, for what findRequest found: its request is seen, and not owned. */
  showFound(found: FoundRequest, watched: WatchedDevice): FoundRequest {
    const shown = new Proxy(found, {
      get: (target, name) => {
        if (name !== 'request') return Reflect.get(target, name)
        const request = this.show(target.request, watched)
        this.useFor(target.request, watched).place = 'queue'
        return request
      },
    })
    this.#found.set(shown, found)
    return shown
  }

  realFound<T>(found: T): T {
    const real = typeof found === 'object' && found !== null ? this.#found.get(found) : undefined
    return (real ?? found) as T
  }

  /** Arguments of a driver's callback, as the driver gets them. */
  showAll(args: readonly unknown[], watched: WatchedDevice): unknown[] {
    return args.map((arg) => (arg instanceof Request ? this.show(arg, watched) : arg))
  }

  /** The driver's handle of it can still be reached. */
  isReachable(use: RequestUse): boolean {
    return this.#handles.get(use)?.deref() !== undefined
  }

  /** Another driver gets the same request object: what this one knows of it is over. Undone by `keep`. */
  handOn(use: RequestUse): void {
    this.#current.delete(use.request)
    use.watched.uses.delete(use)
  }

  keep(use: RequestUse): void {
    this.#current.set(use.request, use)
    use.watched.uses.add(use)
  }

  /** Its request is over: the driver's buffers are watched for a while. */
  quarantine(use: RequestUse): void {
    for (const buffer of use.takeBuffers()) this.#fresh.push({ buffer, use })
  }

  /** A callback has ended: did it go on writing to what it completed? */
  inspectFresh(): void {
    for (const poisoned of this.#fresh.splice(0)) {
      if (this.#inspect(poisoned)) continue
      this.#quarantine.push(poisoned)
      if (this.#quarantine.length > QUARANTINE) this.#inspect(this.#quarantine.shift() as Poisoned)
    }
  }

  /** Looks at every buffer once more, and lets it go. */
  inspectAll(): void {
    this.inspectFresh()
    for (const poisoned of this.#quarantine.splice(0)) this.#inspect(poisoned)
  }

  #inspect({ buffer, use }: Poisoned): boolean {
    if (!buffer.wasTouched) return false
    const kind = BUFFER_KIND[use.majorFunction]
    if (kind === undefined) return true
    this.#verifier.violation(
      `BufAfterReqCompleted${kind}A`,
      'its buffer was written after it was completed',
      { use, site: use.lastSite, isLate: true },
    )
    return true
  }

  #useOf(handle: unknown): RequestUse | undefined {
    return typeof handle === 'object' && handle !== null ? this.#uses.get(handle) : undefined
  }

  /** Nobody has a handle of it any more. */
  #collected(use: RequestUse): void {
    if (this.isReachable(use) || use.isOver || use.place !== 'driver') return
    const { request } = use
    const isOwned =
      request.state === REQUEST_OWNED ||
      request.state === REQUEST_OWNED_SPECIAL ||
      request.state === REQUEST_CANCELING
    // Its EvtIoStop will be called with it: there is a way to it.
    if (!isOwned || this.#verifier.callbacks.tellsOfStop(request.ioQueue)) return
    this.forgotten(use)
    if (this.#verifier.settings.onViolation === 'report' || use.isDriverCreated) return
    use.end('by the Framework')
    request.end(STATUS_DRIVER_INTERNAL_ERROR, 0)
  }

  /** Its driver cannot end it any more. */
  forgotten(use: RequestUse): void {
    if (use.isDriverCreated) {
      this.#verifier.violation('ReqDelete', 'nobody has it any more, and it was not deleted', {
        use,
        site: use.lastSite,
        isLate: true,
      })
      return
    }
    this.#verifier.violation(
      use.isOfDefaultQueue ? 'RequestCompletedLocal' : 'RequestCompleted',
      'its driver has forgotten it: nobody has it any more, and it has not ended',
      { use, site: use.lastSite, isLate: true },
    )
  }
}
