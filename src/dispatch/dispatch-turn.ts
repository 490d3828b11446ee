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
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS } from '../abi/ntstatus.js'
import { read as sharedRead } from '../sharedarraybuffer-queue/access.js'
import type { ChannelPort } from './channel-port.js'
import { REQUEST_OWNED, REQUEST_WAITING, type DispatchedRequest } from './dispatched-request.js'
import { QueueGate } from './queue-gate.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const OWNED = REQUEST_OWNED
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
  /** As routeWithoutQueue, for a request whose preprocess callback sent it on. */
  routeInFramework(request: DispatchedRequest, major: number): void
  /** A handler threw while `request` was presented to it. */
  handlerThrew(request: DispatchedRequest | null, error: unknown): void
  /** A handler returned something: a promise, if it is asynchronous. */
  handlerReturned(request: DispatchedRequest, result: unknown): void
  /** A request was completed outside a turn: have one soon. */
  wake(): void
}

export class DispatchTurn {
  /** device << 5 | major → the gate of the queue that gets it, null when no queue does. */
  readonly dispatchTable: (QueueGate | null)[] = []
  readonly ports: ChannelPort[] = []
  readonly hooks: TurnHooks
  /** Stands in for a queue for requests that the Framework handles itself; never presents anything. */
  readonly frameworkGate: QueueGate
  isRunning = false
  private readonly ready: QueueGate[] = []

  constructor(hooks: TurnHooks) {
    this.hooks = hooks
    this.frameworkGate = new QueueGate((_gate, request) => {
      request.finish(STATUS_INVALID_DEVICE_REQUEST, 0)
    })
  }

  /** Once around; returns how much was done. At most `limit` submissions of each channel. */
  poll(limit: number): number {
    const { ports } = this
    let done = 0
    this.isRunning = true
    for (let i = 0; i < ports.length; i++) (ports[i] as ChannelPort).isInTurn = true
    for (let i = 0; i < ports.length; i++) {
      const port = ports[i] as ChannelPort
      done += port.poll(limit)
      port.publish()
    }
    if (this.ready.length !== 0) done += this.drainReadyGates(limit)
    // Once more for all: a handler may have completed a request of another channel than its own.
    for (let i = 0; i < ports.length; i++) {
      const port = ports[i] as ChannelPort
      port.publish()
      port.isInTurn = false
    }
    this.isRunning = false
    return done
  }

  /** True when a poll would find something; asked before the worker sleeps. */
  hasWork(): boolean {
    if (this.ready.length !== 0) return true
    for (const port of this.ports) if (port.hasWork()) return true
    return false
  }

  /** Gives the request to its driver. The caller saw that the gate is open. */
  present(gate: QueueGate, request: DispatchedRequest, major: number): void {
    const { words, base } = request
    // Storing a reference costs a write barrier; a slot mostly comes back to the same queue.
    if (request.gate !== gate) request.gate = gate
    gate.owned++
    request.state = OWNED
    request.markPresented()
    let result: unknown
    switch (major) {
      case READ: {
        const length = read(words, base + LENGTH)
        if (length === 0 && gate.allowZeroLengthRequests === false) request.finish(0, 0)
        else result = gate.evtIoRead(gate, request, length)
        break
      }
      case WRITE: {
        const length = read(words, base + LENGTH)
        if (length === 0 && gate.allowZeroLengthRequests === false) request.finish(0, 0)
        else result = gate.evtIoWrite(gate, request, length)
        break
      }
      case DEVICE_CONTROL:
        result = gate.evtIoDeviceControl(
          gate,
          request,
          read(words, base + LENGTH),
          read(words, base + INPUT_LENGTH),
          read(words, base + IO_CONTROL),
        )
        break
      case INTERNAL_DEVICE_CONTROL:
        result = gate.evtIoInternalDeviceControl(
          gate,
          request,
          read(words, base + LENGTH),
          read(words, base + INPUT_LENGTH),
          read(words, base + IO_CONTROL),
        )
        break
      default:
        result = gate.evtIoDefault(gate, request, 0)
    }
    if (result !== undefined) this.hooks.handlerReturned(request, result)
  }

  /** Puts a request behind a gate; it is presented when the gate opens. */
  enqueue(gate: QueueGate, request: DispatchedRequest): void {
    request.gate = gate
    request.state = REQUEST_WAITING
    gate.append(request)
    if (gate.owned < gate.limit) this.makeReady(gate)
  }

  /** Takes the oldest waiting request for the driver itself (manual retrieval); null when there is none. */
  retrieve(gate: QueueGate): DispatchedRequest | null {
    for (let request = gate.head; request !== null; request = gate.head) {
      gate.remove(request)
      gate.owned++
      if (!gate.allowZeroLengthRequests && isEmptyTransfer(request)) {
        request.finish(STATUS_SUCCESS, 0)
        continue
      }
      request.state = REQUEST_OWNED
      request.markPresented()
      return request
    }
    return null
  }

  /** Moves a request that the driver owns to a gate: it is presented there when that one opens. */
  redirect(request: DispatchedRequest, gate: QueueGate): void {
    const from = request.gate
    from.owned--
    if (from.head !== null) this.makeReady(from)
    this.enqueue(gate, request)
    if (!this.isRunning) this.wake()
  }

  /** The gate has waiting requests and may have room: look at it before the turn ends. */
  makeReady(gate: QueueGate): void {
    if (gate.isReady || gate.owned >= gate.limit) return
    gate.isReady = true
    this.ready.push(gate)
  }

  /** Calls a driver callback about one request, with a handler's protection. */
  callHandler(request: DispatchedRequest, callback: (request: unknown) => unknown): void {
    try {
      const result = callback(request)
      if (result !== undefined) this.hooks.handlerReturned(request, result)
    } catch (error) {
      this.hooks.handlerThrew(request, error)
    }
  }

  /** For a request that no queue gets: files, and major functions that only the Framework knows. */
  routeWithoutQueue(request: DispatchedRequest, major: number): void {
    request.gate = this.frameworkGate
    request.gate.owned++
    request.state = REQUEST_OWNED
    request.markPresented()
    this.hooks.routeWithoutQueue(request, major)
  }

  wake(): void {
    this.hooks.wake()
  }

  /** Presents what waits behind the gates that opened, at most `limit` requests a gate. */
  private drainReadyGates(limit: number): number {
    const gates = this.ready
    const rounds = gates.length
    let done = 0
    for (let i = 0; i < rounds; i++) {
      const gate = gates[i] as QueueGate
      gate.isReady = false
      done += this.drainGate(gate, limit)
      if (gate.head !== null) this.makeReady(gate)
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
          this.present(gate, request, request.majorFunction)
        }
      } catch (error) {
        this.hooks.handlerThrew(request, error)
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
