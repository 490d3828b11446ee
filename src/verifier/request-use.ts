/**
 * Request use: one IRP as one device's driver knows it: from being shown to it until it is over for this driver. The
 * object of the request is its slot's, and serves others later; a use does not. Runs on: worker.
 *
 *   shown ─► with the driver ◄──► in a queue ─► … ─► over: completed, deleted, handed on, or ended by the Framework
 *                   ▲ └────send────► with a target ─┐
 *                   └──────── came back ◄───────────┘
 */
import { IRP_BUFFER, IRP_INPUT_BUFFER, IRP_INPUT_LENGTH, IRP_LENGTH } from '../abi/irp-layout.js'
import { IRP_MJ_DEVICE_CONTROL } from '../abi/major-function.js'
import { REQUEST_FREE } from '../dispatch/dispatched-request.js'
import type { IoQueue } from '../framework/io-queue.js'
import type { RequestMemory } from '../framework/request-memory.js'
import type { Request } from '../framework/request.js'
import type { ReportedRequest, RequestEvent } from '../irp/violation-report.js'
import { read } from '../sharedarraybuffer-queue/access.js'
import type { Activation } from './activation.js'
import { callSite } from './call-site.js'
import { GuardedBuffer } from './guarded-buffer.js'
import type { WatchedDevice } from './watched-device.js'

export type Place = 'driver' | 'queue' | 'target'
export type Ending = 'completed' | 'deleted' | 'handed on' | 'by the Framework'

/** A request that goes round for ever keeps its latest events. */
const MAX_EVENTS = 64

export class RequestUse {
  readonly request: Request
  readonly watched: WatchedDevice
  readonly sequence: number
  readonly majorFunction: number
  readonly isDriverCreated: boolean
  readonly #slot: number
  readonly #channel: number
  place: Place = 'queue'
  ending: Ending | null = null
  /** The callback that ended it. */
  endedIn: Activation | null = null
  /** EvtRequestCancel has been called, and owns its end. */
  isCancelCalled = false
  /** The last send failed, and nothing was sent since. */
  sendFailed = false
  /** A send has ended, so there is a status to ask for. */
  hasStatus = false
  /** EvtIoStop has done something about it. */
  isStopHandled = false
  /** The queue that its driver got it from; null when it came past all queues. */
  queue: IoQueue | null = null
  /** A callback that was called with it threw: the Framework ends it. */
  hasFailed = false
  /** Memory objects that the driver retrieved. */
  readonly memories = new Set<RequestMemory>()
  readonly events: RequestEvent[] = []
  readonly #sinceMs = performance.now()
  readonly #buffers: GuardedBuffer[] = []

  constructor(request: Request, watched: WatchedDevice) {
    this.request = request
    this.watched = watched
    this.sequence = request.sequence
    this.majorFunction = request.majorFunction
    this.isDriverCreated = request.extras?.isDriverCreated === true
    this.#slot = request.slot
    this.#channel = request.port.memory.id
  }

  /** The driver may not touch it any more, or the slot stands for another IRP. */
  get isOver(): boolean {
    const { request } = this
    return (
      this.ending !== null || request.sequence !== this.sequence || request.state === REQUEST_FREE
    )
  }

  get isOfDefaultQueue(): boolean {
    return this.queue?.isDefault === true
  }

  /** The driver's last call about it; where its queue was made, if there was none. */
  get lastSite(): string {
    const last = this.events.findLast(({ site }) => site !== '')
    return last?.site ?? this.watched.queueSites.get(this.queue) ?? ''
  }

  note(what: string, site: string = callSite()): void {
    if (this.events.length === MAX_EVENTS) this.events.splice(1, 1)
    this.events.push({ what, site, afterMs: performance.now() - this.#sinceMs })
  }

  end(ending: Ending, activation: Activation | null | undefined = null): void {
    if (this.ending !== null) return
    this.ending = ending
    this.endedIn = activation ?? null
    this.watched.uses.delete(this)
  }

  /** The bytes that the driver gets instead of these of the request. */
  guard(real: Uint8Array): Uint8Array {
    let guarded = this.#buffers.find((buffer) => buffer.isOf(real))
    if (guarded === undefined) {
      const length = Math.max(real.length, this.#sharedLength())
      guarded = new GuardedBuffer(new Uint8Array(real.buffer, real.byteOffset, length))
      this.#buffers.push(guarded)
    }
    return guarded.bytes.subarray(0, real.length)
  }

  /** What the driver wrote goes where it belongs. */
  flushBuffers(): void {
    for (const buffer of this.#buffers) buffer.flush()
  }

  refreshBuffers(): void {
    for (const buffer of this.#buffers) buffer.refresh()
  }

  /** The driver's buffers, poisoned: from now on nobody writes to them. */
  takeBuffers(): GuardedBuffer[] {
    for (const buffer of this.#buffers) buffer.poison()
    return this.#buffers.splice(0)
  }

  report(): ReportedRequest {
    const { majorFunction, isDriverCreated } = this
    return { channel: this.#channel, slot: this.#slot, majorFunction, isDriverCreated }
  }

  /** With METHOD_BUFFERED input and output begin at the same byte: both are to fit. */
  #sharedLength(): number {
    const { words, base } = this.request
    if (this.majorFunction !== IRP_MJ_DEVICE_CONTROL) return 0
    if (read(words, base + IRP_BUFFER) !== read(words, base + IRP_INPUT_BUFFER)) return 0
    return Math.max(read(words, base + IRP_LENGTH), read(words, base + IRP_INPUT_LENGTH))
  }
}
