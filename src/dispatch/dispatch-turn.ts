/**
 * Dispatch turn: what a Framework worker does once around. Submissions → route → queue → handler,
 * then the queues that opened again, then completions are published once and hosts are woken.
 * Runs on: worker. HOT.
 *
 * Invariants: a handler runs to completion and is never entered again by something it did: completing
 * inside a handler only counts, and the turn looks at the gate after the handler returned. A handler
 * that throws fails its own request and nothing else: one try a batch.
 */
import { IRP_INPUT_LENGTH, IRP_IO_CONTROL, IRP_LENGTH } from '../abi/irp-layout.js'
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import { STATUS_CANCELLED, STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS } from '../abi/ntstatus.js'
import { read as sharedRead } from '../sharedarraybuffer-queue/access.js'
import type { ChannelPort } from './channel-port.js'
import {
  REQUEST_CANCELABLE,
  REQUEST_SENT,
  REQUEST_WAITING,
  type DispatchedRequest,
} from './dispatched-request.js'
import type { LevelledTurn } from './levelled-turn.js'
import { DUTY as GATE_DUTY, QueueGate } from './queue-gate.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const DUTY = GATE_DUTY
const LENGTH = IRP_LENGTH
const INPUT_LENGTH = IRP_INPUT_LENGTH
const IO_CONTROL = IRP_IO_CONTROL
const READ = IRP_MJ_READ
const WRITE = IRP_MJ_WRITE
const DEVICE_CONTROL = IRP_MJ_DEVICE_CONTROL
const INTERNAL_DEVICE_CONTROL = IRP_MJ_INTERNAL_DEVICE_CONTROL

/** What the framework does for the turn off the hot path; injected, because dispatch imports no framework. */
export interface TurnHooks {
  /** A request whose major function has no queue at its device. */
  routeWithoutQueue(request: DispatchedRequest, major: number): void
  /** A handler threw while `request` was presented to it by `gate`. */
  handlerThrew(request: DispatchedRequest | null, gate: QueueGate, error: unknown): void
  /** The end of a special request: its callbacks, its contexts, the level above it. */
  endSpecial(request: DispatchedRequest, status: number, information: number): void
  /** Visits every request that a queue holds or presented. */
  forEachRequestOf(gate: QueueGate, visit: (request: DispatchedRequest) => void): void
  /** A request that was sent to an I/O target shall be cancelled there. */
  cancelSent(request: DispatchedRequest): void
  /** A callback of a queue's driver that is about no request threw. */
  callbackThrew(gate: QueueGate, callback: string, error: unknown): void
  /** A handler returned something: a promise, if it is asynchronous. */
  handlerReturned(request: DispatchedRequest, gate: QueueGate, result: unknown): void
  /** A request was completed outside a turn: have one soon. */
  wake(): void
  /** A promise was resolved inside a turn: let the event loop run soon. */
  wantEventLoop(): void
}

export class DispatchTurn {
  /** device << 5 | major → the gate of the queue that gets it, null when no queue does. */
  readonly dispatchTable: (QueueGate | null)[] = []
  readonly ports: ChannelPort[] = []
  readonly hooks: TurnHooks
  /** Stands in for a queue for requests that the Framework handles itself; never presents anything. */
  readonly frameworkGate: QueueGate
  /** Interrupts, DPCs and timers before the requests, work items after them; null without hardware. */
  levels: LevelledTurn | null = null
  isRunning = false
  private readonly ready: QueueGate[] = []

  constructor(hooks: TurnHooks) {
    this.hooks = hooks
    this.frameworkGate = new QueueGate((_gate, request) => {
      request.end(STATUS_INVALID_DEVICE_REQUEST, 0)
    })
  }

  /** Once around; returns how much was done. At most `limit` submissions of each channel. */
  poll(limit: number): number {
    const { ports } = this
    let done = 0
    this.isRunning = true
    for (let i = 0; i < ports.length; i++) (ports[i] as ChannelPort).isInTurn = true
    if (this.levels !== null) done += this.levels.pollRaised()
    for (let i = 0; i < ports.length; i++) {
      const port = ports[i] as ChannelPort
      done += port.poll(limit)
      port.publish()
    }
    if (this.ready.length !== 0) done += this.drainReadyGates(limit)
    if (this.levels !== null) done += this.levels.pollPassive()
    // Once more for all: a handler may have completed a request of another channel than its own.
    for (let i = 0; i < ports.length; i++) {
      const port = ports[i] as ChannelPort
      port.publish()
      port.isInTurn = false
    }
    this.isRunning = false
    return done
  }

  /** When the earliest timer of a driver fires (performance.now()); Infinity if none is armed. */
  get nextTimerMs(): number {
    return this.levels === null ? Infinity : this.levels.nextTimerMs
  }

  /** True when a poll would find something; asked before the worker sleeps. */
  hasWork(): boolean {
    if (this.ready.length !== 0) return true
    if (this.levels !== null && this.levels.hasWork()) return true
    for (const port of this.ports) if (port.hasWork()) return true
    return false
  }

  /** Gives the request to its driver, who owns it in `state`. The caller saw that the gate is open. */
  present(gate: QueueGate, request: DispatchedRequest, major: number, state: number): void {
    // Storing a reference costs a write barrier; a slot mostly comes back to the same queue.
    if (request.gate !== gate) request.gate = gate
    gate.owned++
    request.state = state
    request.markPresented()
    const result = this.call(gate, request, major)
    if (result !== undefined) this.hooks.handlerReturned(request, gate, result)
  }

  /** Calls the gate's handler for that major function. */
  private call(gate: QueueGate, request: DispatchedRequest, major: number): unknown {
    const { words, base } = request
    switch (major) {
      case READ: {
        const length = read(words, base + LENGTH)
        if (length !== 0 || gate.allowZeroLengthRequests !== false) {
          return gate.evtIoRead(gate, request, length)
        }
        this.endUnseen(request)
        return undefined
      }
      case WRITE: {
        const length = read(words, base + LENGTH)
        if (length !== 0 || gate.allowZeroLengthRequests !== false) {
          return gate.evtIoWrite(gate, request, length)
        }
        this.endUnseen(request)
        return undefined
      }
      case DEVICE_CONTROL:
        return gate.evtIoDeviceControl(
          gate,
          request,
          read(words, base + LENGTH),
          read(words, base + INPUT_LENGTH),
          read(words, base + IO_CONTROL),
        )
      case INTERNAL_DEVICE_CONTROL:
        return gate.evtIoInternalDeviceControl(
          gate,
          request,
          read(words, base + LENGTH),
          read(words, base + INPUT_LENGTH),
          read(words, base + IO_CONTROL),
        )
      default:
        return gate.evtIoDefault(gate, request, 0)
    }
  }

  /** Puts a request behind a gate; it is presented when the gate opens. */
  enqueue(gate: QueueGate, request: DispatchedRequest): void {
    request.gate = gate
    if (gate.demand >= DUTY && gate.duties !== null && !gate.duties.admits(request)) return
    request.state = REQUEST_WAITING
    gate.append(request)
    if (gate.owned < gate.limit) this.makeReady(gate)
  }

  /** Takes the oldest waiting request for the driver itself (manual retrieval); null when there is none. */
  retrieve(gate: QueueGate): DispatchedRequest | null {
    for (let request = gate.head; request !== null; request = gate.head) {
      const retrieved = this.retrieveThis(request)
      if (retrieved !== null) return retrieved
    }
    return null
  }

  /** As retrieve, for one that waits; null when it was an empty transfer, which the Framework ends. */
  retrieveThis(request: DispatchedRequest): DispatchedRequest | null {
    const { gate } = request
    gate.remove(request)
    gate.owned++
    if (!gate.allowZeroLengthRequests && isEmptyTransfer(request)) {
      this.endUnseen(request)
      return null
    }
    request.state = request.ownedState
    request.markPresented()
    return request
  }

  /** Somebody asked to cancel a request that may be anywhere, and this worker has just heard of it. */
  cancel(request: DispatchedRequest): void {
    switch (request.state) {
      case REQUEST_WAITING: {
        const { gate } = request
        gate.remove(request)
        if (request.wasDelivered && gate.duties?.takesCanceled(request) === true) break
        gate.owned++
        request.end(STATUS_CANCELLED, 0)
        break
      }
      case REQUEST_CANCELABLE:
        request.callCancel()
        break
      case REQUEST_SENT:
        this.hooks.cancelSent(request)
        break
      default:
      // The flag in its slot says it to a driver that asks.
    }
  }

  /**
   * Moves a request that the driver owns behind a gate: it is presented there when that one opens. One
   * that was cancelled before ends as if it had been in that queue.
   */
  redirect(request: DispatchedRequest, gate: QueueGate, wasDelivered = true): void {
    this.leave(request.gate)
    request.wasDelivered = wasDelivered
    this.enqueue(gate, request)
    if (request.state === REQUEST_WAITING && request.cancelIsRequested()) this.cancel(request)
    if (!this.isRunning) this.wake()
  }

  /** Puts a request that the driver owns back before all others in its queue. */
  putBack(request: DispatchedRequest): void {
    const { gate } = request
    this.leave(gate)
    request.wasDelivered = true
    request.state = REQUEST_WAITING
    if (gate.demand >= DUTY && gate.duties !== null) gate.duties.takesBack()
    gate.prepend(request)
    if (gate.owned < gate.limit) this.makeReady(gate)
    if (gate.cancelsOwned || request.cancelIsRequested()) this.cancel(request)
    if (!this.isRunning) this.wake()
  }

  /** A request that a driver owned has left the queue that presented it. */
  leave(gate: QueueGate): void {
    gate.owned--
    if (gate.demand !== 0) this.makeReady(gate)
  }

  /**
   * Brings a request from the level above to a gate of this worker, as a call does and without a ring:
   * presented at once when the gate is open, unless `isDeferred` (the caller may already be inside a
   * callback of the gate's driver).
   */
  deliver(gate: QueueGate, request: DispatchedRequest, isDeferred: boolean): void {
    if (isDeferred || !this.isRunning || gate.owned >= gate.limit || gate.demand !== 0) {
      request.wasDelivered = false
      this.enqueue(gate, request)
      if (request.state === REQUEST_WAITING && request.cancelIsRequested()) this.cancel(request)
      if (!this.isRunning) this.wake()
      return
    }
    try {
      this.present(gate, request, request.majorFunction, request.ownedState)
    } catch (error) {
      this.hooks.handlerThrew(request, gate, error)
    }
  }

  /**
   * The ordinary step down a stack: a request that its driver owns goes to a gate that is open, by a call.
   * False, and nothing has happened, when it is not.
   */
  handOn(gate: QueueGate, request: DispatchedRequest, major: number): boolean {
    if (gate.owned >= gate.limit || gate.demand !== 0 || this.isRunning === false) return false
    this.leave(request.gate)
    request.gate = gate
    gate.owned++
    try {
      const { words, base } = request
      const length = read(words, base + LENGTH)
      let result: unknown
      // Transfers past `call`, which is too large to be folded in here: 7 ns less for three levels.
      if (major === READ && length !== 0) result = gate.evtIoRead(gate, request, length)
      else if (major === WRITE && length !== 0) result = gate.evtIoWrite(gate, request, length)
      else result = this.call(gate, request, major)
      if (result !== undefined) this.hooks.handlerReturned(request, gate, result)
    } catch (error) {
      this.hooks.handlerThrew(request, gate, error)
    }
    return true
  }

  /** The gate has waiting requests and may have room, or duties: look at it before the turn ends. */
  makeReady(gate: QueueGate): void {
    if (gate.isReady || (gate.owned >= gate.limit && gate.demand < DUTY)) return
    gate.isReady = true
    this.ready.push(gate)
  }

  /** Calls a driver callback about one request, with a handler's protection. */
  callHandler(request: DispatchedRequest, callback: (request: unknown) => unknown): void {
    const { gate } = request
    try {
      const result = callback(request)
      if (result !== undefined) this.hooks.handlerReturned(request, gate, result)
    } catch (error) {
      this.hooks.handlerThrew(request, gate, error)
    }
  }

  /** The queue that a fresh request was given to; the Framework's own gate for one that no queue gets. */
  gateOf(request: DispatchedRequest): QueueGate {
    return this.dispatchTable[request.row] ?? this.frameworkGate
  }

  /** For a request that no queue gets: files, and major functions that only the Framework knows. */
  routeWithoutQueue(request: DispatchedRequest, major: number): void {
    request.gate = this.frameworkGate
    request.gate.owned++
    request.state = request.ownedState
    request.markPresented()
    this.hooks.routeWithoutQueue(request, major)
  }

  wake(): void {
    this.hooks.wake()
  }

  /** A transfer of no bytes ends well without its driver. */
  private endUnseen(request: DispatchedRequest): void {
    request.state = REQUEST_WAITING
    request.end(STATUS_SUCCESS, 0)
  }

  /** Presents what waits behind the gates that opened, at most `limit` requests a gate. */
  private drainReadyGates(limit: number): number {
    const gates = this.ready
    const rounds = gates.length
    let done = 0
    for (let i = 0; i < rounds; i++) {
      const gate = gates[i] as QueueGate
      gate.isReady = false
      if (gate.demand >= DUTY && gate.duties !== null) {
        gate.duties.attend()
        done++
      }
      done += this.drainGate(gate, limit)
      if (gate.head !== null && gate.owned < gate.limit) this.makeReady(gate)
    }
    gates.copyWithin(0, rounds)
    gates.length -= rounds
    return done
  }

  private drainGate(gate: QueueGate, limit: number): number {
    let done = 0
    let request: DispatchedRequest | null = null
    while (done < limit && gate.head !== null && gate.owned < gate.limit) {
      try {
        while (done < limit && gate.head !== null && gate.owned < gate.limit) {
          request = gate.head
          gate.remove(request)
          done++
          this.present(gate, request, request.majorFunction, request.ownedState)
        }
      } catch (error) {
        this.hooks.handlerThrew(request, gate, error)
      }
    }
    return done
  }
}

/** A read or write of no bytes, which the Framework completes by itself. */
function isEmptyTransfer(request: DispatchedRequest): boolean {
  const major = request.majorFunction
  return (major === READ || major === WRITE) && read(request.words, request.base + LENGTH) === 0
}
