/**
 * Call table: the promise API's half of a channel. Puts a call into a slot, settles it when the slot
 * completes, and pumps completions for as long as calls are out.
 * Runs on: the channel's host thread.
 *
 * Publishing: calls of one turn of the event loop are staged and published together, by a nextTick that
 * runs once the turn's microtasks are done. Pumping: a setImmediate turn reaps, spins a little (adaptive)
 * if nothing was there, and at last sleeps on the event loop until a worker rings.
 */
import { STATUS_CANCELLED, STATUS_IO_TIMEOUT } from '../abi/ntstatus.js'
import { BufferViews } from '../irp/buffer-views.js'
import { SLOT_HAS_CALL } from '../irp/slot-table.js'
import { AdaptiveSpinThenPark, IDLE_SPIN } from '../sharedarraybuffer-queue/idle-strategy.js'
import type { OnCompletion, RequestChannel } from './request-channel.js'
import { EngineError, IrpError } from './errors.js'
import { type IrpCall, NO_BLOCK, type RequestOptions } from './irp-call.js'

/** Completions taken before the event loop gets a turn. */
const REAP_LIMIT = 512
const PUMP_SPINS = 1000
const NET_MS = 50

export class CallTable {
  readonly #channel: RequestChannel
  readonly #calls: (IrpCall | undefined)[] = []
  readonly #views: BufferViews
  readonly #idle = new AdaptiveSpinThenPark(PUMP_SPINS)
  readonly #freeBlock: (position: number) => void
  readonly #onBatchCompletion: OnCompletion
  readonly #flush = (): void => {
    this.#flushIsDue = false
    this.#channel.submit()
    this.#startPump()
  }
  readonly #pump = (): void => this.#pumpOnce()
  #flushIsDue = false
  #isPumping = false
  /** Calls that have not settled. */
  outstanding = 0

  /** `onBatchCompletion` gets completions of batch requests that come by while pumping. */
  constructor(
    channel: RequestChannel,
    freeBlock: (position: number) => void,
    onBatchCompletion: OnCompletion,
  ) {
    this.#channel = channel
    this.#views = new BufferViews(channel.memory.buffer)
    this.#freeBlock = freeBlock
    this.#onBatchCompletion = onBatchCompletion
    for (let slot = 0; slot < channel.slots.slotCount; slot++) this.#calls.push(undefined)
    channel.onCall = (slot, status, information) => this.#settle(slot, status, information)
  }

  /** Enters a call whose request has been prepared (`handle` >= 0), or rejects it with the refusal. */
  enter(call: IrpCall, handle: number, options: RequestOptions): void {
    if (handle < 0) {
      this.#giveBack(call)
      this.#end(call, handle, 0)
      return
    }
    call.handle = handle
    const { slots } = this.#channel
    const slot = slots.slotOf(handle)
    slots.setFlag(slot, SLOT_HAS_CALL)
    this.#calls[slot] = call
    this.outstanding++
    call.file.pending++
    if (options.timeoutMs !== undefined) this.#armTimer(call, options.timeoutMs)
    if (options.signal !== undefined) this.#armSignal(call, options.signal)
    if (!this.#flushIsDue) {
      this.#flushIsDue = true
      process.nextTick(this.#flush)
    }
  }

  #armTimer(call: IrpCall, timeoutMs: number): void {
    call.timer = setTimeout(() => {
      call.timedOut = true
      this.#channel.cancel(call.handle)
    }, timeoutMs)
  }

  #armSignal(call: IrpCall, signal: AbortSignal): void {
    call.signal = signal
    call.onAbort = (): void => void this.#channel.cancel(call.handle)
    signal.addEventListener('abort', call.onAbort, { once: true })
  }

  #settle(slot: number, status: number, information: number): void {
    const call = this.#calls[slot]
    if (call === undefined) return
    this.#calls[slot] = undefined
    this.outstanding--
    call.file.pending--
    if (call.timer !== undefined || call.onAbort !== undefined) call.disarm()
    const copied = this.#copyOut(call, information)
    this.#giveBack(call)
    if (copied !== undefined) call.reject(copied)
    else
      this.#end(
        call,
        call.timedOut && status === STATUS_CANCELLED ? STATUS_IO_TIMEOUT : status,
        information,
      )
  }

  #end(call: IrpCall, status: number, information: number): void {
    if (status >= 0 || !call.rejectOnFailure) {
      call.resolve({ status, information })
    } else {
      const { name } = call.file.device
      const cause: unknown = call.signal?.aborted === true ? call.signal.reason : undefined
      call.reject(new IrpError(status, `${call.operation} of ${name}`, information, cause))
    }
  }

  /** Copies what the driver wrote to the caller's own buffer; an error if that has gone meanwhile. */
  #copyOut(call: IrpCall, information: number): Error | undefined {
    const target = call.copyOut
    if (target === undefined || information === 0) return undefined
    const count = Math.min(information >>> 0, target.byteLength)
    try {
      target.set(this.#views.view(call.copyFrom, count))
      if (count === 0) throw new TypeError('the buffer is detached')
      return undefined
    } catch (cause) {
      const message = `${call.operation} ended, but its buffer was detached meanwhile: keep it until the promise settles`
      return new EngineError('ERR_IRP_BUFFER', message, target, cause)
    }
  }

  #giveBack(call: IrpCall): void {
    if (call.block === NO_BLOCK) return
    this.#freeBlock(call.block)
    call.block = NO_BLOCK
  }

  #startPump(): void {
    if (this.#isPumping || this.outstanding === 0) return
    this.#isPumping = true
    setImmediate(this.#pump)
  }

  #pumpOnce(): void {
    const channel = this.#channel
    for (;;) {
      if (channel.reapNow(REAP_LIMIT, this.#onBatchCompletion) !== 0) {
        this.#idle.reset()
        break
      }
      if (this.outstanding === 0) break
      if (this.#idle.idle() !== IDLE_SPIN) {
        void channel.sleeper
          .sleepOnEventLoop(NET_MS, () => channel.hasCompletions(), 'ref')
          .then(this.#pump)
        return
      }
    }
    if (this.outstanding === 0) this.#isPumping = false
    else setImmediate(this.#pump)
  }
}
