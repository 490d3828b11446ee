/**
 * Request extras: what only some requests have: a level above or below, a completion routine, a context.
 * Made the first time a request object needs one, and kept with it. Runs on: worker.
 */
import type { FileObject } from './file-object.js'
import type { ForwardProgress } from './forward-progress.js'
import type { FrameworkObject } from './framework-object.js'
import type { CompletionParams, EvtRequestCompletionRoutine, IoTarget } from './io-target.js'
import type { Memory } from './memory.js'
import type { RequestMemory } from './request-memory.js'
import type { RequestBuffers } from './request-buffers.js'
import type { Request } from './request.js'
import { IRP_PARAMETER_WORDS } from '../abi/irp-layout.js'

/** The references of a request that is formatted with a memory object. */
const SENT_TAG = 'formatted request'
const NO_MEMORIES: readonly Memory[] = []

export class RequestExtras implements CompletionParams {
  /** The request of the level above that this one carries out; null at the top. */
  upper: Request | null = null
  /** This request at the level below, while it is sent. */
  child: Request | null = null
  /** Where it was sent. */
  target: IoTarget | null = null
  /** It ends as the level below ended it: nobody asked to look at the result. */
  propagates = false
  isDriverCreated = false
  /** The request above it ended without it: nobody hears of its end. */
  isOrphan = false
  /** Whose reserved request it is (guaranteed forward progress). */
  reserve: ForwardProgress | null = null
  /** EvtIoAllocateRequestResources has succeeded for it. */
  hasResources = false
  /** The file that it opens, of a create. */
  opening: FileObject | null = null
  /** EvtIoStop is being called with it. */
  isInEvtIoStop = false
  // Sending.
  isFormatted = false
  /** Parameters for the level below, with these buffers; without buffers it gets the request's own of both. */
  readonly nextWords: Int32Array = new Int32Array(IRP_PARAMETER_WORDS)
  nextBuffers: RequestBuffers | null = null
  /** Memory objects whose bytes these are, each with a reference. */
  private nextMemories: readonly Memory[] = NO_MEMORIES
  completionRoutine: EvtRequestCompletionRoutine | null = null
  completionContext: unknown = undefined
  /** Status of the last send, or of its end. */
  status = 0
  information = 0
  timer: NodeJS.Timeout | null = null
  hasTimedOut = false
  /** Told when it comes back, by whoever waits for it. */
  onReturned: (() => void) | null = null
  /** The driver's own state for this request. */
  context: Record<string, unknown> | null = null
  hasContext = false
  /** Its place among Framework objects, once somebody has asked for it. */
  object: FrameworkObject<Request> | null = null
  /** One that an earlier request of this object left behind, to be used again. */
  spareObject: FrameworkObject<Request> | null = null
  /** Its bytes as memory objects, once somebody has asked for them. */
  inputMemory: RequestMemory | null = null
  outputMemory: RequestMemory | null = null
  /** The driver object that a request of a driver's own belongs to. */
  driver: FrameworkObject | null = null

  /** Forgets everything about the request that ended. */
  reset(): void {
    this.clearTimer()
    this.upper = null
    this.child = null
    this.target = null
    this.propagates = false
    this.isDriverCreated = false
    this.isOrphan = false
    this.reserve = null
    this.hasResources = false
    this.opening = null
    this.isInEvtIoStop = false
    this.clearFormat()
    this.status = 0
    this.information = 0
    this.hasTimedOut = false
    this.onReturned = null
    this.hasContext = false
    this.object = null
    this.inputMemory = null
    this.outputMemory = null
    this.driver = null
  }

  /** The request goes on without this driver, or its object stays: its bytes are not the driver's any more. */
  endMemories(): void {
    void this.inputMemory?.object.deleteByFramework()
    void this.outputMemory?.object.deleteByFramework()
    this.inputMemory = null
    this.outputMemory = null
  }

  clearTimer(): void {
    if (this.timer === null) return
    clearTimeout(this.timer)
    this.timer = null
  }

  /** As reset, for a reserved request: it keeps its place, and its context with the resources. */
  recycle(): void {
    const { reserve, hasContext, object } = this
    this.endMemories()
    this.reset()
    this.reserve = reserve
    this.hasContext = hasContext
    this.object = object
  }

  /** It is formatted for these buffers; the memory objects behind them stay until it has come back. */
  format(buffers: RequestBuffers, ...memories: readonly (Memory | null)[]): void {
    const held = memories.filter((memory) => memory !== null)
    for (const { object } of held) object.reference(SENT_TAG)
    this.dropMemories()
    this.nextMemories = held
    this.nextBuffers = buffers
    this.isFormatted = true
  }

  /** It goes on with its own parameters and buffers. */
  formatAsItIs(): void {
    this.nextBuffers = null
    this.dropMemories()
    this.isFormatted = true
  }

  /** As before anything was formatted. */
  clearFormat(): void {
    this.isFormatted = false
    this.nextBuffers = null
    this.dropMemories()
    this.completionRoutine = null
    this.completionContext = undefined
  }

  private dropMemories(): void {
    const { nextMemories } = this
    if (nextMemories.length === 0) return
    this.nextMemories = NO_MEMORIES
    for (const { object } of nextMemories) object.dereference(SENT_TAG)
  }
}
