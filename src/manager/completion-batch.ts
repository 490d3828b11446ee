/**
 * Completion batch: completions on their way from a ring to a callback. Runs on: the channel's host
 * thread. HOT.
 *
 * Taking is split: plain completions in a loop without a call, so that the machine keeps its addresses in
 * registers (that halves its time); everything else by the way that is short to read; then the
 * callbacks, which may prepare, submit and reap.
 */
import { IRP_CANCEL } from '../abi/irp-layout.js'
import { RESULT_SHIFT } from '../abi/channel-layout.js'
import {
  ENTRY_CONTEXT,
  ENTRY_FREE,
  ENTRY_SHIFT,
  SLOT_CANCEL_SENT,
  SLOT_GENERATION_MASK,
  SLOT_GENERATION_SHIFT,
  SLOT_HAS_CALL,
  SLOT_OWNER_MASK,
} from '../irp/slot-table.js'
import { read as sharedRead, store } from '../sharedarraybuffer-queue/access.js'
import type { HostPort } from './host-port.js'
import type { OnCompletion, RequestChannel } from './request-channel.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const SHIFT = RESULT_SHIFT
const OWNER_MASK = SLOT_OWNER_MASK
const HAS_CALL = SLOT_HAS_CALL
const PLAIN_MASK = SLOT_OWNER_MASK | SLOT_HAS_CALL | SLOT_CANCEL_SENT
const GENERATION = SLOT_GENERATION_SHIFT
const ENTRY = ENTRY_SHIFT
const CONTEXT = ENTRY_CONTEXT
const FREE = ENTRY_FREE
const GENERATION_MASK = SLOT_GENERATION_MASK

/** Words of a completion in a batch: context, NTSTATUS, Information, handle. */
export const COMPLETION_WORDS = 4
const COMPLETION_SHIFT = 2
/** Completions that are taken before their callbacks run. */
export const BATCH_LIMIT = 256

/**
 * Gets `count` completions: `batch[4 * i]` is the context, then NTSTATUS, Information and handle. The
 * array is used again after the callback.
 */
export type OnBatch = (batch: Int32Array, count: number) => void

export class CompletionBatch {
  records: Int32Array = new Int32Array(BATCH_LIMIT * COMPLETION_WORDS)
  /** Records that wait for their callback. */
  count = 0
  private isDelivering = false

  /**
   * Takes up to `limit` completions of one worker: frees their slots, counts them, settles those of the
   * promise API. The others are in `records` then. Returns how many were taken.
   */
  take(channel: RequestChannel, port: HostPort, limit: number): number {
    const { completions } = port
    const known = completions.available(limit)
    // A tail behind the head, or further ahead than the ring is long: not one entry of it means anything.
    if ((completions.tailCache - completions.head) >>> 0 > completions.mask + 1) {
      this.count = 0
      if (port.accuse()) channel.duplicates++
      return 0
    }
    const taken = known < BATCH_LIMIT ? known : BATCH_LIMIT
    this.count = 0
    if (taken === 0) return 0
    // A callback that reaps while this batch is being delivered gets an array of its own.
    if (this.isDelivering) this.records = new Int32Array(BATCH_LIMIT * COMPLETION_WORDS)
    const end = (completions.head + taken) | 0
    while (completions.head !== end) {
      this.takePlain(channel, port, end)
      if (completions.head !== end) this.takeCalls(channel, port, end)
      if (completions.head !== end) this.takeSpecial(channel, port, end)
    }
    completions.release()
    return taken
  }

  /** Takes batch requests that nobody cancelled, up to `end` or the first that is something else. */
  private takePlain(channel: RequestChannel, port: HostPort, end: number): void {
    const { words, slots } = channel
    const { entries, handleShift, slotCount } = slots
    const { records } = this
    const { completions, results } = port
    const { mask, slots: ring } = completions
    const owner = port.worker + 1
    const lastSlot = slotCount - 1
    let head = completions.head | 0
    let at = this.count << COMPLETION_SHIFT
    // slots.release, with the free list's tail in a register.
    let { freeTail } = slots
    for (; head !== end; head = (head + 1) | 0) {
      const place = head & mask
      const slot = read(words, ring + place)
      const state = slot >>> 0 < slotCount ? (entries[slot << ENTRY] as number) : 0
      const status = read(words, results + (place << SHIFT))
      if ((state & PLAIN_MASK) !== owner || status < 0) break
      entries[slot << ENTRY] = state & GENERATION_MASK
      entries[((freeTail & lastSlot) << ENTRY) + FREE] = slot
      freeTail = (freeTail + 1) | 0
      records[at] = entries[(slot << ENTRY) + CONTEXT] as number
      records[at + 1] = status
      records[at + 2] = read(words, results + (place << SHIFT) + 1)
      records[at + 3] = (((state >>> GENERATION) << handleShift) | slot) & 0x7fffffff
      at += COMPLETION_WORDS
    }
    channel.success += (head - completions.head) | 0
    completions.head = head
    slots.freeTail = freeTail
    this.count = at >> COMPLETION_SHIFT
  }

  /** Takes calls of the promise API that succeeded and nobody cancelled, up to `end` or something else. */
  private takeCalls(channel: RequestChannel, port: HostPort, end: number): void {
    const { words, slots } = channel
    const { entries, slotCount } = slots
    const { completions, results } = port
    const { mask, slots: ring } = completions
    const wanted = (port.worker + 1) | HAS_CALL
    for (let head = completions.head | 0; head !== end; head = (head + 1) | 0) {
      const place = head & mask
      const slot = read(words, ring + place)
      const state = slot >>> 0 < slotCount ? (entries[slot << ENTRY] as number) : 0
      const status = read(words, results + (place << SHIFT))
      if ((state & PLAIN_MASK) !== wanted || status < 0) return
      completions.head = (head + 1) | 0
      slots.release(slot)
      channel.success++
      // Settles a promise: no user's code runs here.
      channel.onCall(slot, status, read(words, results + (place << SHIFT) + 1))
    }
  }

  /** Takes failures, calls of the promise API, cancelled requests and forged completions: one or a run. */
  private takeSpecial(channel: RequestChannel, port: HostPort, end: number): void {
    const { words, slots } = channel
    const { completions, results } = port
    const owner = port.worker + 1
    let isCall = true
    while (isCall && completions.head !== end) {
      const result = results + (completions.place << SHIFT)
      const slot = completions.take()
      const state = slot >>> 0 < slots.slotCount ? slots.stateOf(slot) : 0
      if ((state & OWNER_MASK) !== owner) {
        channel.duplicates++
        return
      }
      isCall = (state & HAS_CALL) !== 0
      channel.finish(slot, read(words, result), read(words, result + 1), this.keep)
    }
  }

  /** Keeps a completion of a batch request for its callback. */
  private readonly keep: OnCompletion = (context, status, information, handle) => {
    const { records } = this
    const at = this.count << COMPLETION_SHIFT
    records[at] = context
    records[at + 1] = status
    records[at + 2] = information
    records[at + 3] = handle
    this.count++
  }

  /** Calls back once for all records. */
  deliverAll(onBatch: OnBatch): void {
    const outer = this.isDelivering
    this.isDelivering = true
    try {
      onBatch(this.records, this.count)
    } finally {
      this.isDelivering = outer
    }
  }

  /** Calls back for every record; what a throwing callback leaves goes to `channel.onSetAside`, not lost. */
  deliver(channel: RequestChannel, onCompletion: OnCompletion): void {
    const { records } = this
    const end = this.count << COMPLETION_SHIFT
    const outer = this.isDelivering
    let at = 0
    this.isDelivering = true
    try {
      while (at < end) {
        const i = at
        at += COMPLETION_WORDS
        onCompletion(
          records[i] as number,
          records[i + 1] as number,
          records[i + 2] as number,
          records[i + 3] as number,
        )
      }
    } finally {
      this.isDelivering = outer
      for (; at < end; at += COMPLETION_WORDS) {
        const [context = 0, status = 0, information = 0, handle = 0] = records.subarray(at)
        channel.onSetAside(context, status, information, handle)
      }
    }
  }
}

/** The slot's next request must not look cancelled. */
export function clearCancel(channel: RequestChannel, slot: number): void {
  store(channel.words, channel.memory.slotWord(slot) + IRP_CANCEL, 0)
}
