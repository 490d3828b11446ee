/**
 * Call table: the promise API's half of a channel. Puts a call into a slot, settles it when the slot
 * completes, and pumps completions for as long as calls are out.
 * Runs on: the channel's host thread.
 *
 * Publishing: calls of one turn of the event loop are staged and published together, by a nextTick that
 * runs once the turn's microtasks are done. That tick also waits a few microseconds for the answers, so
 * that a fast driver costs no turn of the event loop; after ROUNDS_PER_TURN of these in a row the loop
 * gets its turn. Pumping: a setImmediate turn reaps, spins a little (adaptive) if nothing was there, and
 * at last sleeps on the event loop until a worker rings.
 *
 * Halves: of many answers half are settled at once. What they lead to is published before the other half
 * is, and the worker is at it meanwhile: else all calls move in step, and each side waits for the other.
 */
import { setMaxListeners } from 'node:events'
import {
  STATUS_CANCELLED,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_IO_TIMEOUT,
} from '../abi/ntstatus.js'
import { BufferViews } from '../irp/buffer-views.js'
import { SLOT_HAS_CALL } from '../irp/slot-table.js'
import { AdaptiveSpinThenPark, IDLE_SPIN } from '../sharedarraybuffer-queue/idle-strategy.js'
import type { OnCompletion, RequestChannel } from './request-channel.js'
import { EngineError, IrpError } from './errors.js'
import { WaterMarks } from './water-marks.js'
import { type CallWatch, type IrpCall, NO_BLOCK, type RequestOptions } from './irp-call.js'

/** Completions taken before the event loop gets a turn. */
const REAP_LIMIT = 512
const PUMP_SPINS = 2000
/** Looks for completions in the tick that published, ~30 ns each. */
const TICK_SPINS = 200
/** Publishing ticks that may wait before the event loop gets its turn: about half a millisecond. */
const ROUNDS_PER_TURN = 32
/** So few answers are settled all at once: a tick costs as much as two or three of them. */
const FEWEST_HALVED = 32
const NET_MS = 50

/** Its reactions run after those of all promises that were settled before: a microtask without a resource of its own. */
const SETTLED = Promise.resolve()

export class CallTable {
  private readonly channel: RequestChannel
  private readonly calls: (IrpCall | undefined)[] = []
  private readonly views: BufferViews
  private readonly idle = new AdaptiveSpinThenPark(PUMP_SPINS)
  private readonly freeBlock: (position: number) => void
  private readonly onBatchCompletion: OnCompletion
  private readonly flush = (): void => {
    this.flushIsDue = false
    this.channel.submit()
    if (this.rounds++ < ROUNDS_PER_TURN) this.waitInTick()
    this.startPump()
  }
  /** Has `flush` run as soon as the microtasks are done. */
  private readonly flushLater = (): void => {
    if (this.flushIsDue) return
    this.flushIsDue = true
    process.nextTick(this.flush)
  }
  private readonly pump = (): void => this.pumpOnce()
  private flushIsDue = false
  private isPumping = false
  private rounds = 0
  /** Calls that have not settled. */
  outstanding = 0
  readonly marks: WaterMarks

  /** `onBatchCompletion` gets completions of batch requests that come by while pumping. */
  constructor(
    channel: RequestChannel,
    freeBlock: (position: number) => void,
    onBatchCompletion: OnCompletion,
    marks = new WaterMarks(channel.slots.slotCount),
  ) {
    this.marks = marks
    this.channel = channel
    this.views = new BufferViews(channel.memory.buffer)
    this.freeBlock = freeBlock
    this.onBatchCompletion = onBatchCompletion
    for (let slot = 0; slot < channel.slots.slotCount; slot++) this.calls.push(undefined)
    channel.onCall = (slot, status, information) => this.settle(slot, status, information)
  }

  /** Enters a call whose request has been prepared (`handle` >= 0), or rejects it with the refusal. */
  enter(call: IrpCall, handle: number, options: RequestOptions): void {
    if (handle < 0) {
      if (handle === STATUS_INSUFFICIENT_RESOURCES) this.marks.refused(this.outstanding)
      this.giveBack(call)
      this.end(call, handle, 0)
      return
    }
    if (options.timeoutMs !== undefined || options.signal !== undefined) {
      this.arm(call, handle, options)
    }
    this.enterPlain(call, handle)
  }

  /** Enters a call whose request has been prepared and that nothing can cancel but the end of its file. */
  enterPlain(call: IrpCall, handle: number): void {
    const { slots } = this.channel
    const slot = handle & slots.mask
    slots.setFlag(slot, SLOT_HAS_CALL)
    this.calls[slot] = call
    if (++this.outstanding === this.marks.high) this.marks.reachedHigh()
    this.flushLater()
  }

  /** Makes the time-out and the signal of a call cancel its request. */
  private arm(call: IrpCall, handle: number, { timeoutMs, signal }: RequestOptions): void {
    const cancel = (): void => void this.channel.cancel(handle)
    const watch: CallWatch = { timer: undefined, signal, onAbort: undefined, timedOut: false }
    call.watch = watch
    if (timeoutMs !== undefined) {
      watch.timer = setTimeout(() => {
        watch.timedOut = true
        cancel()
      }, timeoutMs)
    }
    if (signal !== undefined) {
      watch.onAbort = cancel
      // One signal for many requests is what signals are for.
      if (signal instanceof EventTarget) setMaxListeners(0, signal)
      signal.addEventListener('abort', cancel, { once: true })
    }
  }

  private settle(slot: number, status: number, information: number): void {
    const call = this.calls[slot]
    if (call === undefined) return
    this.calls[slot] = undefined
    if (--this.outstanding === this.marks.drainAt) this.marks.reachedLow()
    if (call.watch !== undefined) call.disarm()
    const copied = call.copyOut === undefined ? undefined : this.copyOut(call, information)
    this.giveBack(call)
    if (copied !== undefined) call.reject(copied)
    else if (status >= 0) call.resolve({ status, information })
    else this.end(call, status, information)
  }

  private end(call: IrpCall, status: number, information: number): void {
    const { watch } = call
    const timedOut = watch?.timedOut === true && status === STATUS_CANCELLED
    const told = timedOut ? STATUS_IO_TIMEOUT : status
    if (!call.rejectOnFailure) {
      call.resolve({ status: told, information })
      return
    }
    const { name } = call.file.device
    const cause: unknown = watch?.signal?.aborted === true ? watch.signal.reason : undefined
    call.reject(new IrpError(told, `${call.title} of ${name}`, information, cause))
  }

  /** Copies what the driver wrote to the caller's own buffer; an error if that has gone meanwhile. */
  private copyOut(call: IrpCall, information: number): Error | undefined {
    const target = call.copyOut
    if (target === undefined || information === 0) return undefined
    const count = Math.min(information >>> 0, target.byteLength)
    try {
      target.set(this.views.view(call.copyFrom, count))
      if (count === 0) throw new TypeError('the buffer is detached')
      return undefined
    } catch (cause) {
      const message = `${call.title} ended, but its buffer was detached meanwhile: keep it until the promise settles`
      return new EngineError('ERR_IRP_BUFFER', message, target, cause)
    }
  }

  private giveBack(call: IrpCall): void {
    if (call.block === NO_BLOCK) return
    this.freeBlock(call.block)
    call.block = NO_BLOCK
  }

  private startPump(): void {
    if (this.isPumping || this.outstanding === 0) return
    this.isPumping = true
    setImmediate(this.pump)
  }

  /** How many answers to settle at once. */
  private half(): number {
    return Math.min(Math.max(FEWEST_HALVED, this.outstanding >> 1), REAP_LIMIT)
  }

  /** Looks for the answers to what was just published. */
  private waitInTick(): void {
    const channel = this.channel
    const half = this.half()
    for (let spins = 0; spins < TICK_SPINS && this.outstanding > 0; spins++) {
      const count = channel.reapNow(half, this.onBatchCompletion)
      if (count === 0) continue
      // A tick asked for here would come before what these answers lead to.
      if (count === half) void SETTLED.then(this.flushLater)
      return
    }
    // A slow driver: leave the next answers to the pump.
    this.rounds = ROUNDS_PER_TURN
  }

  private async sleep(): Promise<void> {
    const channel = this.channel
    const before = performance.now()
    await channel.sleeper.sleepOnEventLoop(NET_MS, () => channel.hasArrivals(), 'ref')
    this.idle.parked(performance.now() - before)
  }

  private pumpOnce(): void {
    const channel = this.channel
    this.rounds = 0
    for (;;) {
      if (channel.reapNow(this.half(), this.onBatchCompletion) !== 0) {
        this.idle.reset()
        break
      }
      if (this.outstanding === 0) break
      if (this.idle.idle() !== IDLE_SPIN) {
        void this.sleep().then(this.pump)
        return
      }
    }
    if (this.outstanding === 0) this.isPumping = false
    else setImmediate(this.pump)
  }
}
