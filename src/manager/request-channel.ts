/**
 * Channel: a host thread's way to submit and reap requests. The batch API, and the ground of the promise
 * API. Runs on: the one thread that owns the channel. HOT: prepare…, submit, reap allocate nothing.
 *
 * Longer than most files: one request's whole way out and back, without a jump.
 *
 * Invariants: a slot belongs to the host (free list), or to one worker (slot table). A completion counts
 * only if the table says that this worker has the slot. Everything prepared is published or taken back
 * by the next `submit`, so accepted = completed + in flight at every instant.
 */
import { CHANNEL_ATTENTION, CHANNEL_CLOSED, RESULT_SHIFT } from '../abi/channel-layout.js'
import { ENGINE_ACCEPTING } from '../abi/engine-layout.js'
import {
  IRP_BUFFER,
  IRP_CANCEL,
  IRP_FILE,
  IRP_INPUT_BUFFER,
  IRP_INPUT_LENGTH,
  IRP_IO_CONTROL,
  IRP_LENGTH,
  IRP_OFFSET_HI,
  IRP_OFFSET_LO,
  IRP_ROW,
  IRP_SLOT_SHIFT,
  ROW_DEVICE_SHIFT,
} from '../abi/irp-layout.js'
import {
  IRP_MJ_DEVICE_CONTROL,
  IRP_MJ_FLUSH_BUFFERS,
  IRP_MJ_INTERNAL_DEVICE_CONTROL,
  IRP_MJ_READ,
  IRP_MJ_WRITE,
} from '../abi/major-function.js'
import {
  STATUS_CANCELLED,
  STATUS_DEVICE_NOT_READY,
  STATUS_DRIVER_PROCESS_TERMINATED,
  STATUS_FILE_CLOSED,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_HANDLE,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_FOUND,
  STATUS_SUCCESS,
} from '../abi/ntstatus.js'
import type { ChannelBuffer } from '../irp/channel-buffer.js'
import type { ChannelMemory } from '../irp/channel-memory.js'
import type { Ledger } from '../irp/ledger.js'
import {
  SLOT_CANCEL_SENT,
  SLOT_GENERATION_SHIFT,
  SLOT_HAS_CALL,
  SLOT_OWNER_MASK,
  SlotTable,
} from '../irp/slot-table.js'
import {
  load,
  read as sharedRead,
  store,
  write as sharedWrite,
} from '../sharedarraybuffer-queue/access.js'
import { Sleeper } from '../sharedarraybuffer-queue/doorbell.js'
import type { ChannelFile } from './channel-file.js'
import { HostPort } from './host-port.js'
import { sweepDeadWorkers } from './sweep.js'

/** Gets one completion: the caller's context, NTSTATUS, Information, and the handle that submit gave. */
export type OnCompletion = (
  context: number,
  status: number,
  information: number,
  handle: number,
) => void

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const write = sharedWrite
const MAJOR_READ = IRP_MJ_READ
const MAJOR_WRITE = IRP_MJ_WRITE
const SLOT_SHIFT = IRP_SLOT_SHIFT
const ROW = IRP_ROW
const DEVICE_SHIFT = ROW_DEVICE_SHIFT
const FILE = IRP_FILE
const LENGTH = IRP_LENGTH
const OFFSET_LO = IRP_OFFSET_LO
const OFFSET_HI = IRP_OFFSET_HI
const IO_CONTROL = IRP_IO_CONTROL
const INPUT_LENGTH = IRP_INPUT_LENGTH
const BUFFER = IRP_BUFFER
const INPUT_BUFFER = IRP_INPUT_BUFFER
const SHIFT = RESULT_SHIFT
const OWNER_MASK = SLOT_OWNER_MASK
const HAS_CALL = SLOT_HAS_CALL
const CANCEL_SENT = SLOT_CANCEL_SENT
const GENERATION = SLOT_GENERATION_SHIFT

/** Completions that are taken before their callbacks run. */
const REAP_BATCH = 256
const COMPLETION_SHIFT = 2

/** Words of a completion in a batch: context, NTSTATUS, Information, handle. */
export const COMPLETION_WORDS = 4

/**
 * Gets `count` completions: `batch[4 * i]` is the context, then NTSTATUS, Information and handle. The
 * array is used again after the callback.
 */
export type OnBatch = (batch: Int32Array, count: number) => void

const MAX_OFFSET = Number.MAX_SAFE_INTEGER
const TWO_32 = 2 ** 32

export class RequestChannel {
  readonly id: number
  readonly memory: ChannelMemory
  readonly words: Int32Array
  readonly engineWords: Int32Array
  readonly slots: SlotTable
  readonly ports: HostPort[] = []
  readonly sleeper: Sleeper
  /** The channel's id while requests may be prepared, 0 once it is closed or has moved. */
  openId: number
  accepted = 0
  success = 0
  error = 0
  cancelled = 0
  workerDied = 0
  duplicates = 0
  /** Deaths of workers that have been dealt with. */
  attention: number
  /** A worker has no successor: its requests are ended here. */
  hasFailedPort = false
  private readonly slotsWord: number
  private readonly slotCount: number
  /** Completions on their way to a callback, and how many. */
  private batch: Int32Array
  private kept = 0
  private isDelivering = false

  constructor(memory: ChannelMemory, engineWords: Int32Array, firstPosition = 0) {
    this.id = memory.id
    this.openId = memory.id
    this.memory = memory
    this.words = memory.words
    this.engineWords = engineWords
    this.slotCount = memory.geometry.slotCount
    this.batch = new Int32Array(REAP_BATCH * COMPLETION_WORDS)
    this.slotsWord = memory.geometry.slotsWord
    this.slots = new SlotTable(this.slotCount, firstPosition)
    this.sleeper = new Sleeper(memory.words, memory.doorbell())
    this.attention = load(memory.words, CHANNEL_ATTENTION)
    for (let worker = 0; worker < memory.geometry.workerCount; worker++) {
      this.ports.push(new HostPort(memory, engineWords, worker))
    }
  }

  /** Prepared, not yet published. */
  get staged(): number {
    return this.ports.reduce((sum, port) => sum + port.staged, 0)
  }

  get isClosed(): boolean {
    return this.openId === 0
  }

  /** Requests that have a slot: published and not reaped, or prepared. */
  get inFlight(): number {
    return this.slots.inFlight
  }

  /**
   * Prepares a read of `length` bytes at `offset` into `buffer`. Published by `submit`.
   * @returns a handle (>= 0), or at once a negative NTSTATUS: STATUS_INSUFFICIENT_RESOURCES when no slot
   *   is free, STATUS_INVALID_PARAMETER for a length or offset that cannot be, STATUS_FILE_CLOSED,
   *   STATUS_INVALID_HANDLE after `close`. Never throws, never waits.
   */
  prepareRead(
    file: ChannelFile,
    buffer: ChannelBuffer,
    length: number,
    offset: number,
    context: number,
  ): number {
    return this.prepareTransfer(MAJOR_READ, file, buffer, length, offset, context)
  }

  /** Prepares a write of `length` bytes of `buffer` at `offset`. Returns as prepareRead. */
  prepareWrite(
    file: ChannelFile,
    buffer: ChannelBuffer,
    length: number,
    offset: number,
    context: number,
  ): number {
    return this.prepareTransfer(MAJOR_WRITE, file, buffer, length, offset, context)
  }

  /**
   * Prepares IRP_MJ_DEVICE_CONTROL. `input` and `output` may be the same buffer (the one system buffer of
   * METHOD_BUFFERED), or null with length 0. Returns as prepareRead.
   */
  prepareIoctl(
    file: ChannelFile,
    code: number,
    input: ChannelBuffer | null,
    inputLength: number,
    output: ChannelBuffer | null,
    outputLength: number,
    context: number,
  ): number {
    const major = IRP_MJ_DEVICE_CONTROL
    return this.prepareControl(major, file, code, input, inputLength, output, outputLength, context)
  }

  /** Prepares IRP_MJ_INTERNAL_DEVICE_CONTROL, as prepareIoctl. */
  prepareInternalIoctl(
    file: ChannelFile,
    code: number,
    input: ChannelBuffer | null,
    inputLength: number,
    output: ChannelBuffer | null,
    outputLength: number,
    context: number,
  ): number {
    const major = IRP_MJ_INTERNAL_DEVICE_CONTROL
    return this.prepareControl(major, file, code, input, inputLength, output, outputLength, context)
  }

  /** Prepares IRP_MJ_FLUSH_BUFFERS. Returns as prepareRead. */
  prepareFlush(file: ChannelFile, context: number): number {
    const refusal = this.refusalOf(file)
    if (refusal !== STATUS_SUCCESS) return refusal
    return this.prepareBare(IRP_MJ_FLUSH_BUFFERS, file, context, 0)
  }

  /**
   * Publishes everything prepared since the last call: one store and at most one wake-up a worker.
   * @returns how many were accepted, or STATUS_DEVICE_NOT_READY when the engine is stopping and
   *   STATUS_INVALID_HANDLE when the channel is closed; what was prepared is then taken back.
   */
  submit(): number {
    if (this.isClosed) return STATUS_INVALID_HANDLE
    if (load(this.engineWords, ENGINE_ACCEPTING) === 0) {
      this.discardStaged()
      return STATUS_DEVICE_NOT_READY
    }
    return this.publish()
  }

  /**
   * Hands every completion that is there, up to `limit`, to `onCompletion`. Does not wait.
   * @internal Callers use `reap`, which knows about completions that were set aside.
   */
  reapNow(limit: number, onCompletion: OnCompletion): number {
    this.lookForDeadWorkers(onCompletion)
    const { ports } = this
    let total = 0
    for (let i = 0; i < ports.length; i++) {
      const port = ports[i] as HostPort
      let count = 1
      while (total < limit && count !== 0) {
        count = this.reapPort(port, limit - total, onCompletion)
        total += count
      }
    }
    return total
  }

  /**
   * Asks for the request of `handle` to be cancelled. It still completes once: with STATUS_CANCELLED or
   * with its own result.
   * @returns STATUS_SUCCESS when the worker was asked, STATUS_NOT_FOUND for a stale handle.
   */
  cancel(handle: number): number {
    const slot = this.slots.slotOf(handle)
    if (slot < 0) return STATUS_NOT_FOUND
    this.cancelSlot(slot)
    return STATUS_SUCCESS
  }

  /** True when a reap would find something; asked before sleeping. */
  hasCompletions(): boolean {
    if (load(this.words, CHANNEL_ATTENTION) !== this.attention) return true
    for (const port of this.ports) {
      if (port.completions.available(1) !== 0) return true
      if (this.hasFailedPort && port.load() !== 0 && port.hasFailed()) return true
    }
    return false
  }

  /**
   * Blocks this thread until there is something to reap, at most `timeoutMs`. Not for main: its event
   * loop would stand still. @returns whether there is something to reap.
   */
  wait(timeoutMs: number): boolean {
    for (let spins = 0; spins < WAIT_SPINS; spins++) if (this.hasCompletions()) return true
    const deadline = performance.now() + timeoutMs
    for (;;) {
      if (this.hasCompletions()) return true
      const left = deadline - performance.now()
      if (left <= 0) return false
      this.sleeper.park(Math.min(left, NET_MS), () => this.hasCompletions())
    }
  }

  /** As `wait`, with the event loop running meanwhile. */
  async waitAsync(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      if (this.hasCompletions()) return true
      const left = deadline - performance.now()
      if (left <= 0) return false
      await this.sleeper.sleepOnEventLoop(
        Math.min(left, NET_MS),
        () => this.hasCompletions(),
        'ref',
      )
    }
  }

  /** What became of every request so far. */
  ledger(): Ledger {
    const completed = this.success + this.error + this.cancelled + this.workerDied
    const inFlight = this.inFlight - this.staged
    const { accepted, success, error, cancelled, workerDied, duplicates } = this
    const lost = accepted - completed - inFlight
    return {
      accepted,
      completed,
      success,
      error,
      cancelled,
      workerDied,
      inFlight,
      duplicates,
      lost,
    }
  }

  // What follows is the engine's own: the promise API, the sweep, closing.

  /** @internal Prepares a request that has no parameters but its file: create, cleanup, close, flush. */
  prepareBare(major: number, file: ChannelFile, context: number, flags: number): number {
    return this.prepareAt(major, file, 0, 0, 0, context, flags)
  }

  /** @internal As prepareRead and prepareWrite, at a byte position of this channel's memory. */
  prepareAt(
    major: number,
    file: ChannelFile,
    byteOffset: number,
    length: number,
    offset: number,
    context: number,
    flags: number,
  ): number {
    const slot = this.acquire(major, file, context, flags)
    if (slot < 0) return STATUS_INSUFFICIENT_RESOURCES
    const { words } = this
    const base = this.slotsWord + (slot << SLOT_SHIFT)
    write(words, base + LENGTH, length)
    write(words, base + OFFSET_LO, offset | 0)
    write(words, base + OFFSET_HI, offset < TWO_32 ? 0 : (offset / TWO_32) | 0)
    write(words, base + BUFFER, byteOffset)
    return this.slots.handleOf(slot)
  }

  /** @internal As prepareIoctl, at byte positions of this channel's memory. */
  prepareControlAt(
    major: number,
    file: ChannelFile,
    code: number,
    inputOffset: number,
    inputLength: number,
    outputOffset: number,
    outputLength: number,
    context: number,
    flags: number,
  ): number {
    const slot = this.acquire(major, file, context, flags)
    if (slot < 0) return STATUS_INSUFFICIENT_RESOURCES
    const { words } = this
    const base = this.slotsWord + (slot << SLOT_SHIFT)
    write(words, base + LENGTH, outputLength)
    write(words, base + IO_CONTROL, code)
    write(words, base + INPUT_LENGTH, inputLength)
    write(words, base + BUFFER, outputOffset)
    write(words, base + INPUT_BUFFER, inputOffset)
    return this.slots.handleOf(slot)
  }

  /** @internal Publishes without asking whether the engine accepts: for requests that end others. */
  publish(): number {
    const { ports } = this
    let count = 0
    for (let i = 0; i < ports.length; i++) count += (ports[i] as HostPort).publish()
    this.accepted += count
    return count
  }

  /** @internal Sends the cancel of a slot's request behind it, and sets the flag that drivers poll. */
  cancelSlot(slot: number): void {
    const port = this.ports[this.slots.ownerOf(slot)] as HostPort
    const base = this.slotsWord + (slot << IRP_SLOT_SHIFT)
    const state = this.slots.state[slot] as number
    if ((state & SLOT_CANCEL_SENT) !== 0) return
    this.slots.state[slot] = state | SLOT_CANCEL_SENT
    store(this.words, base + IRP_CANCEL, this.slots.sequence[slot] as number)
    port.stageCancel(slot)
    this.publish()
  }

  /** @internal Ends one request that no worker will complete: frees its slot, counts it, tells its owner. */
  finish(slot: number, status: number, information: number, onCompletion: OnCompletion): void {
    const { slots } = this
    const owned = slots.state[slot] as number
    const context = slots.context[slot] as number
    const handle = slots.handleOf(slot)
    if ((owned & CANCEL_SENT) !== 0) this.clearCancel(slot)
    slots.release(slot)
    if (status >= 0) this.success++
    else this.countFailure(status)
    if ((owned & HAS_CALL) !== 0) this.onCall(slot, status, information)
    else onCompletion(context, status, information, handle)
  }

  /** @internal Set by the promise API: ends the call that waits for a slot. */
  onCall: (slot: number, status: number, information: number) => void = nothing

  /** @internal Set by the channel: keeps a completion whose turn was lost to a throwing callback. */
  onSetAside: OnCompletion = nothing

  /** @internal Lets the channel go; workers drop it. */
  markClosed(): void {
    this.openId = 0
    store(this.words, CHANNEL_CLOSED, 1)
  }

  private prepareTransfer(
    major: number,
    file: ChannelFile,
    buffer: ChannelBuffer,
    length: number,
    offset: number,
    context: number,
  ): number {
    const { openId } = this
    if (
      file.openOn !== openId ||
      buffer.channelId !== openId ||
      length < 0 ||
      length > buffer.byteLength ||
      !(offset >= 0 && offset <= MAX_OFFSET)
    ) {
      return this.refusalOfTransfer(file)
    }
    return this.prepareAt(major, file, buffer.byteOffset, length | 0, offset, context | 0, 0)
  }

  private prepareControl(
    major: number,
    file: ChannelFile,
    code: number,
    input: ChannelBuffer | null,
    inputLength: number,
    output: ChannelBuffer | null,
    outputLength: number,
    context: number,
  ): number {
    const refusal = this.refusalOf(file)
    if (refusal !== STATUS_SUCCESS) return refusal
    if (!this.fits(input, inputLength) || !this.fits(output, outputLength)) {
      return STATUS_INVALID_PARAMETER
    }
    const inputOffset = input === null ? 0 : input.byteOffset
    const outputOffset = output === null ? 0 : output.byteOffset
    return this.prepareControlAt(
      major,
      file,
      code | 0,
      inputOffset,
      inputLength,
      outputOffset,
      outputLength,
      context,
      0,
    )
  }

  private fits(buffer: ChannelBuffer | null, length: number): boolean {
    if (buffer === null) return length === 0
    return length >= 0 && length <= buffer.byteLength && buffer.channelId === this.id
  }

  private refusalOf(file: ChannelFile): number {
    if (this.isClosed || file.channelId !== this.id) return STATUS_INVALID_HANDLE
    return file.isOpen ? STATUS_SUCCESS : STATUS_FILE_CLOSED
  }

  private refusalOfTransfer(file: ChannelFile): number {
    const refusal = this.refusalOf(file)
    return refusal === STATUS_SUCCESS ? STATUS_INVALID_PARAMETER : refusal
  }

  /**
   * A slot at the worker that gets this request, staged in its ring, with the words that every request
   * has; -1 when none is free. The rest may be written after: nothing is visible before `publish`.
   */
  private acquire(major: number, file: ChannelFile, context: number, flags: number): number {
    const { words, slots } = this
    let worker = file.workers[major] as number
    if (worker < 0) worker = this.leastLoaded()
    const slot = slots.acquire(worker, flags)
    if (slot < 0) return slot
    const ring = (this.ports[worker] as HostPort).submissions
    const base = this.slotsWord + (slot << SLOT_SHIFT)
    write(words, base + ROW, (file.deviceId << DEVICE_SHIFT) | major)
    write(words, base + FILE, file.fileId)
    slots.sequence[slot] = (ring.tail << 1) | 1
    slots.context[slot] = context
    ring.stage(slot)
    return slot
  }

  private leastLoaded(): number {
    const { ports } = this
    let best = 0
    let fewest = (ports[0] as HostPort).load()
    for (let i = 1; i < ports.length; i++) {
      const inFlight = (ports[i] as HostPort).load()
      if (inFlight < fewest) {
        best = i
        fewest = inFlight
      }
    }
    return best
  }

  /**
   * As `reap`, a callback for up to 256 completions at once: the fastest way to hear of them.
   * @internal Callers use `reapBatch` of Channel.
   */
  reapBatchNow(limit: number, onBatch: OnBatch): number {
    this.lookForDeadWorkers(this.onSetAside)
    const { ports } = this
    let total = 0
    for (let i = 0; i < ports.length; i++) {
      const port = ports[i] as HostPort
      let count = 1
      while (total < limit && count !== 0) {
        count = this.take(port, limit - total)
        total += count
        const { batch, kept } = this
        if (kept !== 0) onBatch(batch, kept)
      }
    }
    return total
  }

  /** @internal Takes what one worker completed and calls back for each. Returns how many there were. */
  reapPort(port: HostPort, limit: number, onCompletion: OnCompletion): number {
    const count = this.take(port, limit)
    if (this.kept !== 0) this.deliver(this.batch, this.kept, onCompletion)
    return count
  }

  /** Moves up to 256 completions of a worker to `batch`; `kept` says how many. Returns how many were taken. */
  private take(port: HostPort, limit: number): number {
    this.kept = 0
    const count = Math.min(port.completions.available(limit), REAP_BATCH)
    if (count === 0) return 0
    // A callback that reaps while this batch is being delivered gets an array of its own.
    if (this.isDelivering) this.batch = new Int32Array(REAP_BATCH * COMPLETION_WORDS)
    this.kept = this.collect(port, count, this.batch)
    port.completions.release()
    return count
  }

  /**
   * The channel's own part of completing, in a loop without a call, so that the machine keeps its addresses
   * in registers; callbacks come after. Settles calls of the promise API. Returns how many are left.
   */
  private collect(port: HostPort, count: number, batch: Int32Array): number {
    const { words, slots, slotCount } = this
    const { state, context, handleShift } = slots
    const { completions, results } = port
    const { mask, slots: ring } = completions
    const owner = port.worker + 1
    let { head } = completions
    let at = 0
    let succeeded = 0
    for (let i = 0; i < count; i++) {
      const place = head & mask
      head = (head + 1) | 0
      const slot = read(words, ring + place)
      const owned = slot >>> 0 < slotCount ? (state[slot] as number) : 0
      if ((owned & OWNER_MASK) !== owner) {
        this.duplicates++
        continue
      }
      const status = read(words, results + (place << SHIFT))
      const information = read(words, results + (place << SHIFT) + 1)
      if (status >= 0) succeeded++
      else this.countFailure(status)
      if ((owned & CANCEL_SENT) !== 0) this.clearCancel(slot)
      slots.release(slot)
      if ((owned & HAS_CALL) !== 0) {
        this.onCall(slot, status, information)
        continue
      }
      batch[at] = context[slot] as number
      batch[at + 1] = status
      batch[at + 2] = information
      batch[at + 3] = (((owned >>> GENERATION) << handleShift) | slot) & 0x7fffffff
      at += COMPLETION_WORDS
    }
    completions.head = head
    this.success += succeeded
    return at >> COMPLETION_SHIFT
  }

  /** Calls back for everything in `batch`; what a throwing callback leaves is set aside, not lost. */
  private deliver(batch: Int32Array, count: number, onCompletion: OnCompletion): void {
    const end = count << COMPLETION_SHIFT
    const outer = this.isDelivering
    let at = 0
    this.isDelivering = true
    try {
      while (at < end) {
        const i = at
        at += COMPLETION_WORDS
        onCompletion(
          batch[i] as number,
          batch[i + 1] as number,
          batch[i + 2] as number,
          batch[i + 3] as number,
        )
      }
    } finally {
      this.isDelivering = outer
      for (; at < end; at += COMPLETION_WORDS) {
        const [context = 0, status = 0, information = 0, handle = 0] = batch.subarray(at)
        this.onSetAside(context, status, information, handle)
      }
    }
  }

  private clearCancel(slot: number): void {
    store(this.words, this.slotsWord + (slot << SLOT_SHIFT) + IRP_CANCEL, 0)
  }

  private lookForDeadWorkers(onCompletion: OnCompletion): void {
    if (load(this.words, CHANNEL_ATTENTION) !== this.attention || this.hasFailedPort === true) {
      sweepDeadWorkers(this, onCompletion)
    }
  }

  private countFailure(status: number): void {
    if (status === STATUS_CANCELLED) this.cancelled++
    else if (status === STATUS_DRIVER_PROCESS_TERMINATED) this.workerDied++
    else this.error++
  }

  /** Takes back what was prepared and not published: it was never accepted. */
  private discardStaged(): void {
    for (const port of this.ports) {
      const { submissions } = port
      while (submissions.tail !== submissions.published) {
        submissions.tail = (submissions.tail - 1) | 0
        const entry = read(this.words, submissions.slots + (submissions.tail & submissions.mask))
        if (entry >= 0) this.discard(entry)
      }
    }
  }

  private discard(slot: number): void {
    const hasCall = ((this.slots.state[slot] as number) & SLOT_HAS_CALL) !== 0
    this.slots.release(slot)
    if (hasCall) this.onCall(slot, STATUS_DEVICE_NOT_READY, 0)
  }
}

/** Empty looks before a waiting thread parks; ~20 ns each. */
const WAIT_SPINS = 2000
/** A parked host looks by itself this often; finding work then is a rescue, and counted. */
const NET_MS = 50

function nothing(): void {}
