/**
 * Request sender: how a request goes to an I/O target and comes back. Runs on: the worker of its driver.
 *
 *   upper request R (SENT) ──child C──► queue at the level below ──C completed──► R owned again,
 *                                                                 its completion routine is called
 *
 * A level on the same worker is a call: C is presented inside `send` when its queue is open. It waits for
 * the turn instead when the caller is a completion routine or no handler: so a routine that sends again
 * never grows the stack, and a driver is never entered while it is inside one of its callbacks.
 * Send-and-forget hands R itself on: no C, nothing to come back to.
 *
 * Invariant: R comes back exactly once: by C's end, or without having been sent.
 * Source: FxIoTarget::Submit, FxRequestBase; kmdf.md 2.3, 2.4, 4.4.
 */
import { IRP_CANCEL, IRP_PARAMETER_WORDS } from '../abi/irp-layout.js'
import {
  STATUS_CANCELLED,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_INVALID_PARAMETER,
  STATUS_IO_TIMEOUT,
  STATUS_REQUEST_NOT_ACCEPTED,
  STATUS_SUCCESS,
  STATUS_WDF_IO_TIMEOUT_NOT_SENT,
} from '../abi/ntstatus.js'
import {
  REQUEST_CANCELABLE,
  REQUEST_CANCEL_DUE,
  REQUEST_OWNED,
  REQUEST_OWNED_SPECIAL,
  REQUEST_SENT,
} from '../dispatch/dispatched-request.js'
import type { DispatchTurn } from '../dispatch/dispatch-turn.js'
import {
  REQUEST_ALREADY_SENT,
  REQUEST_IS_CANCELABLE,
  requestViolation,
} from '../dispatch/wdf-violation.js'
import {
  read as sharedRead,
  store,
  write as sharedWrite,
} from '../sharedarraybuffer-queue/access.js'
import { WdfStatusError } from './errors.js'
import type { CompletionParams, EvtRequestCompletionRoutine, IoTarget } from './io-target.js'
import type { LocalRequests } from './local-requests.js'
import type { Request } from './request.js'
import type { RequestExtras } from './request-extras.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const write = sharedWrite
const PARAMETER_WORDS = IRP_PARAMETER_WORDS
const CANCEL = IRP_CANCEL
const SENT = REQUEST_SENT
const OWNED = REQUEST_OWNED
const OWNED_SPECIAL = REQUEST_OWNED_SPECIAL
const SUCCESS = STATUS_SUCCESS
const CANCELLED = STATUS_CANCELLED

/** WDF_REQUEST_SEND_OPTIONS. */
export interface SendOptions {
  /** Cancel it after that time; it then ends with STATUS_IO_TIMEOUT. 0: no time-out. */
  readonly timeoutMs?: number
  /** Send it to a stopped or purged target all the same. */
  readonly ignoreTargetState?: boolean
  /** Hand it on for good: alone, without completion routine, unformatted. */
  readonly sendAndForget?: boolean
}

export class RequestSender {
  /** Completion routines that are running, one inside the other, and the like: what they send waits for the turn. */
  routines = 0
  private readonly turn: DispatchTurn
  private readonly locals: LocalRequests

  constructor(turn: DispatchTurn, locals: LocalRequests) {
    this.turn = turn
    this.locals = locals
  }

  /** What `action` sends to a device of this worker comes there in a turn of its own, never inside `send`. */
  deferring<T>(action: () => T): T {
    this.routines++
    try {
      return action()
    } finally {
      this.routines--
    }
  }

  /** A request of the driver's own. WdfRequestCreate. */
  create(): Request {
    const request = this.locals.take()
    const { words, base } = request
    for (let i = 0; i < PARAMETER_WORDS; i++) write(words, base + i, 0)
    request.useExtras().isDriverCreated = true
    return request
  }

  /** Takes a request that a driver made out of the world. WdfObjectDelete. */
  remove(request: Request): void {
    this.checkRemovable(request)
    this.locals.give(request)
    this.turn.leave(request.gate)
  }

  /** @throws WdfViolation when the request is sent, or not its driver's. */
  checkRemovable(request: Request): void {
    if (request.state === SENT) requestViolation(request, REQUEST_ALREADY_SENT)
    if (!request.isOwned) requestViolation(request, REQUEST_IS_CANCELABLE)
  }

  /** WdfRequestSend. */
  send(request: Request, target: IoTarget, options: SendOptions): boolean {
    if (request.state !== OWNED && request.state !== OWNED_SPECIAL) {
      const isSent = request.state === SENT
      requestViolation(request, isSent ? REQUEST_ALREADY_SENT : REQUEST_IS_CANCELABLE)
    }
    if (options.sendAndForget === true) return this.forgetIt(request, target, options)
    const extras = request.useExtras()
    extras.status = this.refusal(extras, target, options)
    if (extras.status !== SUCCESS) return false
    extras.target = target
    extras.hasTimedOut = false
    request.state = SENT
    const { timeoutMs = 0 } = options
    if (timeoutMs > 0) this.startTimer(request, extras, timeoutMs)
    if (target.state === 'stopped' && options.ignoreTargetState !== true) target.pended.add(request)
    else this.submit(request, extras, target)
    return true
  }

  /** Sends a request that waited for its target's start. */
  resubmit(request: Request, target: IoTarget): void {
    const { extras } = request
    if (extras !== null && request.state === SENT) this.submit(request, extras, target)
  }

  /** Gives a request back to its driver that was never sent. */
  returnUnsent(request: Request, status: number): void {
    this.giveBack(request, status, 0)
  }

  /** Asks for a sent request to be cancelled where it is. WdfRequestCancelSentRequest. */
  cancelSent(request: Request): boolean {
    const { extras } = request
    if (request.state !== SENT || extras === null) return false
    const { child, target } = extras
    if (child === null) {
      if (target?.pended.delete(request) !== true) return false
      const status = extras.hasTimedOut ? STATUS_WDF_IO_TIMEOUT_NOT_SENT : CANCELLED
      this.giveBack(request, status, 0)
      return true
    }
    store(child.words, child.base + CANCEL, child.sequence)
    if (child.state === REQUEST_CANCELABLE && this.turn.isRunning && child.gate.duties !== null) {
      child.state = REQUEST_CANCEL_DUE
      child.gate.duties.cancelLater(child)
    } else {
      this.turn.cancel(child)
    }
    return true
  }

  /** Cancels everything that a target has sent. */
  cancelAllSent(target: IoTarget): void {
    for (const port of this.locals.ports) {
      for (const child of port.requests as Request[]) {
        const upper = child.extras?.upper ?? null
        if (upper?.extras?.target === target) this.cancelSent(upper)
      }
    }
  }

  /** The level below has ended the child of `upper`. */
  childEnded(upper: Request, status: number, information: number): void {
    const { extras } = upper
    if (extras === null || upper.state !== SENT) return
    this.giveBack(upper, status, information)
  }

  /** A request as `fill` formats it: sent, awaited, deleted. */
  async sendNew(
    target: IoTarget,
    timeoutMs: number | undefined,
    fill: (request: Request) => number,
  ): Promise<CompletionParams> {
    const request = this.create()
    try {
      fill(request)
      await this.sendAndWait(request, target, timeoutMs === undefined ? {} : { timeoutMs })
      const { status = CANCELLED, information = 0 } = request.extras ?? {}
      return { status, information }
    } finally {
      this.remove(request)
    }
  }

  /** Sends and waits for the end. False: it was not sent. WDF_REQUEST_SEND_OPTION_SYNCHRONOUS. */
  async sendAndWait(request: Request, target: IoTarget, options: SendOptions): Promise<boolean> {
    const extras = request.useExtras()
    const returned = new Promise<void>((resolve) => {
      extras.onReturned = resolve
    })
    if (!this.send(request, target, options)) {
      extras.onReturned = null
      return false
    }
    await returned
    return true
  }

  wantEventLoop(): void {
    this.turn.hooks.wantEventLoop()
  }

  private refusal(extras: RequestExtras, target: IoTarget, options: SendOptions): number {
    checkTimeout(options.timeoutMs)
    const mustReturn = extras.isDriverCreated || extras.onReturned !== null
    if (extras.completionRoutine === null && !mustReturn) return STATUS_INVALID_DEVICE_REQUEST
    if (!extras.isFormatted) return STATUS_REQUEST_NOT_ACCEPTED
    return isClosedTo(target, options) ? STATUS_INVALID_DEVICE_STATE : SUCCESS
  }

  /** Allocates nothing when it succeeds. */
  private forgetIt(request: Request, target: IoTarget, options: SendOptions): boolean {
    const { route } = target
    const status = forgetRefusal(request, target, options)
    if (status !== SUCCESS || route === null) {
      request.useExtras().status = status
      return false
    }
    if (route.canForget) route.forget(request)
    else this.propagate(request, target)
    return true
  }

  /** Send-and-forget to another worker: the result is passed up without asking the driver. */
  private propagate(request: Request, target: IoTarget): void {
    const extras = request.useExtras()
    request.formatRequestUsingCurrentType()
    extras.propagates = true
    extras.target = target
    request.state = SENT
    this.turn.leave(request.gate)
    request.gate = this.turn.frameworkGate
    request.gate.owned++
    this.submit(request, extras, target)
  }

  private submit(request: Request, extras: RequestExtras, target: IoTarget): void {
    const { route } = target
    if (route === null) {
      this.giveBack(request, STATUS_INVALID_DEVICE_STATE, 0)
      return
    }
    const child = this.locals.take()
    const { words, base } = child
    if (extras.nextBuffers === null) {
      const { words: own, base: from } = request
      for (let i = 0; i < PARAMETER_WORDS; i++) write(words, base + i, read(own, from + i))
    } else {
      const { nextWords } = extras
      for (let i = 0; i < PARAMETER_WORDS; i++) write(words, base + i, nextWords[i] as number)
    }
    // Plain: no other thread knows the slot of a child.
    write(words, base + CANCEL, 0)
    const below = child.useExtras()
    below.upper = request
    child.buffers = extras.nextBuffers ?? request.buffers
    extras.child = child
    target.sent++
    if (request.cancelIsRequested()) store(words, base + CANCEL, child.sequence)
    route.submit(child)
  }

  private startTimer(request: Request, extras: RequestExtras, timeoutMs: number): void {
    extras.timer = setTimeout(() => {
      extras.timer = null
      extras.hasTimedOut = true
      this.cancelSent(request)
    }, timeoutMs)
    this.wantEventLoop()
  }

  /** The one way back to the driver. */
  private giveBack(request: Request, status: number, information: number): void {
    const extras = request.useExtras()
    const { child, target, onReturned, completionRoutine, completionContext } = extras
    extras.clearTimer()
    extras.child = null
    extras.status = extras.hasTimedOut && status === CANCELLED ? STATUS_IO_TIMEOUT : status
    extras.information = information
    request.state = request.ownedState
    if (target !== null && child !== null) target.returned()
    if (extras.propagates) {
      request.end(extras.status, information)
      return
    }
    // Cleared before the call: the routine may format and send the same request again.
    extras.clearFormat()
    extras.onReturned = null
    if (completionRoutine !== null && target !== null) {
      this.callRoutine(request, extras, target, completionRoutine, completionContext)
    }
    if (onReturned !== null) {
      onReturned()
      this.wantEventLoop()
    }
  }

  /** As callHandler of the turn, without a closure. */
  private callRoutine(
    request: Request,
    extras: RequestExtras,
    target: IoTarget,
    routine: EvtRequestCompletionRoutine,
    context: unknown,
  ): void {
    const { gate } = request
    this.routines++
    try {
      const result = routine(request, target, extras, context)
      if (result !== undefined) this.turn.hooks.handlerReturned(request, gate, result)
    } catch (error) {
      this.turn.hooks.handlerThrew(request, gate, error)
    }
    this.routines--
  }
}

function isClosedTo(target: IoTarget, options: SendOptions): boolean {
  switch (target.state) {
    case 'started':
    case 'stopped':
      return target.route === null
    case 'purged':
      return options.ignoreTargetState !== true || target.route === null
    default:
      return true
  }
}

function forgetRefusal(request: Request, target: IoTarget, options: SendOptions): number {
  if (options.timeoutMs !== undefined || options.ignoreTargetState === true) {
    return STATUS_INVALID_PARAMETER
  }
  const { extras } = request
  if (request.isSpecial && extras !== null) {
    const { isDriverCreated, completionRoutine, isFormatted } = extras
    if (isDriverCreated || completionRoutine !== null || isFormatted) {
      return STATUS_INVALID_DEVICE_REQUEST
    }
  }
  if (target.state !== 'started' || target.route === null) return STATUS_INVALID_DEVICE_STATE
  return SUCCESS
}

function checkTimeout(timeoutMs: number | undefined): void {
  if (timeoutMs === undefined || (timeoutMs >= 0 && timeoutMs <= 0x7fffffff)) return
  throw new WdfStatusError(
    STATUS_INVALID_PARAMETER,
    `timeoutMs ${timeoutMs} is not a number of milliseconds from 0 to 2^31 - 1`,
    timeoutMs,
  )
}
