/**
 * Request channel: a host thread's way to submit and reap requests; the ground of the batch and the promise
 * API. Runs on: the one thread that owns the channel. HOT: prepare…, submit, reap allocate nothing.
 * Longer than most files: one request's whole way out and back, without a jump.
 *
 * Invariants: a slot belongs to the host (free list), or to one worker (slot table). A completion counts
 * only if the table says that this worker has the slot. Everything prepared is published or taken back
 * by the next `submit`, so accepted = completed + in flight at every instant.
 */
import { CHANNEL_ATTENTION, CHANNEL_CLOSED } from '../abi/channel-layout.js'
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
import { ChannelBuffer } from '../irp/channel-buffer.js'
import type { ChannelMemory } from '../irp/channel-memory.js'
import type { Ledger } from '../irp/ledger.js'
import { SLOT_CANCEL_SENT, SLOT_HAS_CALL, SlotTable } from '../irp/slot-table.js'
import { load, read, store, write as sharedWrite } from '../sharedarraybuffer-queue/access.js'
import { Sleeper } from '../sharedarraybuffer-queue/doorbell.js'
import { checkHostWaitStrategy, type HostWaitStrategy } from './engine-options.js'
import { HostWait } from './host-wait.js'
import type { ChannelFile } from './channel-file.js'
import { clearCancel, CompletionBatch, type OnBatch } from './completion-batch.js'
import { HostPort } from './host-port.js'
import { sweepDeadWorkers } from './sweep.js'
import { WorkerChoice } from './worker-choice.js'

/** Gets one completion: the caller's context, NTSTATUS, Information, and the handle that prepare gave. */
export type OnCompletion = (
  context: number,
  status: number,
  information: number,
  handle: number,
) => void

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const write = sharedWrite
const READ = IRP_MJ_READ
const WRITE = IRP_MJ_WRITE
const SLOT_SHIFT = IRP_SLOT_SHIFT
const ROW = IRP_ROW
const FILE = IRP_FILE
const LENGTH = IRP_LENGTH
const OFFSET_LO = IRP_OFFSET_LO
const OFFSET_HI = IRP_OFFSET_HI
const IO_CONTROL = IRP_IO_CONTROL
const INPUT_LENGTH = IRP_INPUT_LENGTH
const BUFFER = IRP_BUFFER
const INPUT_BUFFER = IRP_INPUT_BUFFER
const NO_SLOT = STATUS_INSUFFICIENT_RESOURCES

const TWO_32 = 2 ** 32

export class RequestChannel {
  readonly id: number
  readonly memory: ChannelMemory
  readonly words: Int32Array
  readonly engineWords: Int32Array
  readonly slots: SlotTable
  readonly ports: HostPort[] = []
  readonly sleeper: Sleeper
  /** @internal */
  readonly choice: WorkerChoice
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
  /** @internal Stands for the buffer of a request without one. */
  readonly noBuffer: ChannelBuffer
  private readonly batch = new CompletionBatch()
  private readonly waiting: HostWait

  constructor(memory: ChannelMemory, engineWords: Int32Array, firstPosition = 0) {
    this.id = memory.id
    this.openId = memory.id
    this.memory = memory
    this.words = memory.words
    this.engineWords = engineWords
    this.slotsWord = memory.geometry.slotsWord
    this.noBuffer = new ChannelBuffer(memory.id, new Uint8Array(0))
    this.slots = new SlotTable(memory.geometry.slotCount, firstPosition)
    this.sleeper = new Sleeper(memory.words, memory.doorbell())
    this.waiting = new HostWait(this.sleeper, () => this.hasCompletions())
    this.attention = load(memory.words, CHANNEL_ATTENTION)
    for (let worker = 0; worker < memory.geometry.workerCount; worker++) {
      const port = new HostPort(memory, engineWords, worker)
      this.ports.push(port)
      // A worker died while nobody owned this channel: the first reap sweeps.
      if (port.incarnation !== port.currentIncarnation()) this.attention = (this.attention - 1) | 0
      // Given up before this channel was opened: nobody will tell it of that any more.
      if (port.hasFailed()) this.hasFailedPort = true
    }
    this.choice = new WorkerChoice(this.ports, engineWords)
  }

  get isClosed(): boolean {
    return this.openId === 0
  }

  /** Requests that have a slot: published and not reaped, or prepared. */
  get inFlight(): number {
    return this.slots.inFlight
  }

  /** Prepared, not yet published. */
  get staged(): number {
    return this.ports.reduce((sum, port) => sum + port.staged, 0)
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
    return this.prepareTransfer(READ, file.readWorker, file, buffer, length, offset, context)
  }

  /** Prepares a write of `length` bytes of `buffer` at `offset`. Returns as prepareRead. */
  prepareWrite(
    file: ChannelFile,
    buffer: ChannelBuffer,
    length: number,
    offset: number,
    context: number,
  ): number {
    return this.prepareTransfer(WRITE, file.writeWorker, file, buffer, length, offset, context)
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
    return this.prepareBare(IRP_MJ_FLUSH_BUFFERS, file, context)
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

  /** @internal Callers use `reap` of Channel, which knows about completions that were set aside. */
  reapNow(limit: number, onCompletion: OnCompletion): number {
    this.lookForDeadWorkers()
    const { ports } = this
    let total = 0
    for (let i = 0; i < ports.length; i++) {
      let count = 1
      while (total < limit && count !== 0) {
        count = this.reapPort(ports[i] as HostPort, limit - total, onCompletion)
        total += count
      }
    }
    return total
  }

  /** @internal Callers use `reapBatch` of Channel. */
  reapBatchNow(limit: number, onBatch: OnBatch): number {
    this.lookForDeadWorkers()
    const { batch, ports } = this
    let total = 0
    for (let i = 0; i < ports.length; i++) {
      let count = 1
      while (total < limit && count !== 0) {
        count = batch.take(this, ports[i] as HostPort, limit - total)
        total += count
        if (batch.count !== 0) batch.deliverAll(onBatch)
      }
    }
    return total
  }

  /** @internal Takes what one worker completed and calls back for each. Returns how many there were. */
  reapPort(port: HostPort, limit: number, onCompletion: OnCompletion): number {
    const { batch } = this
    const count = batch.take(this, port, limit)
    if (batch.count !== 0) batch.deliver(this, onCompletion)
    return count
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

  /** True when a reap would find something. */
  hasCompletions(): boolean {
    return this.hasArrivals()
  }

  /** @internal True when a worker has sent something, or died; asked before sleeping. */
  hasArrivals(): boolean {
    if (load(this.words, CHANNEL_ATTENTION) !== this.attention) return true
    for (const port of this.ports) {
      // What an accused worker wrote is not taken, and nobody may stay awake for it; its end comes as attention.
      if (!port.isAccused && port.completions.available(1) !== 0) return true
      if (this.hasFailedPort && port.load() !== 0 && port.hasFailed()) return true
    }
    return false
  }

  /**
   * What `wait` does while there is nothing: `adaptive` (default) spins a little, then parks; `park` leaves the
   * processor at once, for when hosts, workers and hardware threads outnumber the processors; `busy-spin` never does.
   * @throws EngineError ERR_IRP_OPTION for any other: the event loop's way is `waitAsync`.
   */
  get waitStrategy(): HostWaitStrategy {
    return this.waiting.strategy
  }

  set waitStrategy(name: HostWaitStrategy) {
    this.waiting.strategy = checkHostWaitStrategy(name)
  }

  /**
   * Blocks this thread until there is something to reap, at most `timeoutMs`; best 20 or more, for a time-out shorter
   * than a scheduler tick makes each sleep dearer. Not for main: its event loop would stand still.
   * @returns whether there is something to reap.
   */
  wait(timeoutMs: number): boolean {
    return this.waiting.wait(timeoutMs)
  }

  /** As `wait`, with the event loop running meanwhile. */
  waitAsync(timeoutMs: number): Promise<boolean> {
    return this.waiting.waitAsync(timeoutMs)
  }

  /** What became of every request so far. */
  ledger(): Ledger {
    const { accepted, success, error, cancelled, workerDied, duplicates } = this
    const completed = success + error + cancelled + workerDied
    const inFlight = this.inFlight - this.staged
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

  /**
   * @internal A read, a write, or a request that looks like one (create, cleanup, close, flush: no bytes).
   * Flat on purpose: one function that V8 compiles as a whole, whoever calls it.
   */
  prepareTransfer(
    major: number,
    route: number,
    file: ChannelFile,
    buffer: ChannelBuffer,
    length: number,
    offset: number,
    context: number,
  ): number {
    const { openId, slots } = this
    if (
      file.openOn !== openId ||
      buffer.channelId !== openId ||
      (length | 0) !== length ||
      length < 0 ||
      length > buffer.byteLength
    ) {
      return this.refusalOfTransfer(file)
    }
    let high = 0
    // Small offsets stay integers all the way.
    if ((offset | 0) !== offset || offset < 0) {
      high = highOf(offset)
      if (high < 0) return STATUS_INVALID_PARAMETER
    }
    const worker = route < 0 ? this.choice.next() : route
    const ring = (this.ports[worker] as HostPort).submissions
    const handle = slots.acquire(worker, context | 0, (ring.tail << 1) | 1)
    if (handle < 0) return NO_SLOT
    const slot = handle & slots.mask
    const { words } = this
    const base = this.slotsWord + (slot << SLOT_SHIFT)
    write(words, base + ROW, file.row | major)
    write(words, base + FILE, file.fileId)
    write(words, base + LENGTH, length)
    write(words, base + OFFSET_LO, offset | 0)
    write(words, base + OFFSET_HI, high)
    write(words, base + BUFFER, buffer.byteOffset)
    ring.stage(slot)
    return handle
  }

  /** @internal A request that has no parameters but its file. Taken from a closing file, too. */
  prepareBare(
    major: number,
    file: ChannelFile,
    context: number,
    route = file.workers[major] as number,
  ): number {
    const { openOn } = file
    if (openOn === 0) file.openOn = file.channelId
    const handle = this.prepareTransfer(major, route, file, this.noBuffer, 0, 0, context)
    file.openOn = openOn
    return handle
  }

  /** @internal An IOCTL of either kind. */
  prepareControl(
    major: number,
    file: ChannelFile,
    code: number,
    input: ChannelBuffer | null,
    inputLength: number,
    output: ChannelBuffer | null,
    outputLength: number,
    context: number,
  ): number {
    const { slots, words } = this
    const refusal = this.refusalOf(file)
    if (refusal !== STATUS_SUCCESS) return refusal
    if (!this.fits(input, inputLength) || !this.fits(output, outputLength)) {
      return STATUS_INVALID_PARAMETER
    }
    const route = file.workers[major] as number
    const worker = route < 0 ? this.choice.next() : route
    const ring = (this.ports[worker] as HostPort).submissions
    const handle = slots.acquire(worker, context | 0, (ring.tail << 1) | 1)
    if (handle < 0) return NO_SLOT
    const slot = handle & slots.mask
    const base = this.slotsWord + (slot << SLOT_SHIFT)
    write(words, base + ROW, file.row | major)
    write(words, base + FILE, file.fileId)
    write(words, base + LENGTH, outputLength | 0)
    write(words, base + IO_CONTROL, code | 0)
    write(words, base + INPUT_LENGTH, inputLength | 0)
    write(words, base + BUFFER, output === null ? 0 : output.byteOffset)
    write(words, base + INPUT_BUFFER, input === null ? 0 : input.byteOffset)
    ring.stage(slot)
    return handle
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
    const { slots } = this
    if ((slots.stateOf(slot) & SLOT_CANCEL_SENT) !== 0) return
    if (load(this.engineWords, ENGINE_ACCEPTING) === 0) {
      // What was only prepared is not accepted any more; this one may have been among it.
      this.discardStaged()
      if (slots.ownerOf(slot) < 0) return
    }
    slots.setFlag(slot, SLOT_CANCEL_SENT)
    store(this.words, this.memory.slotWord(slot) + IRP_CANCEL, slots.sequenceOf(slot))
    ;(this.ports[slots.ownerOf(slot)] as HostPort).stageCancel(slot)
    this.publish()
  }

  /** @internal Ends one request that no worker will complete: frees its slot, counts it, tells its owner. */
  finish(slot: number, status: number, information: number, onCompletion: OnCompletion): void {
    const { slots } = this
    const state = slots.stateOf(slot)
    const context = slots.contextOf(slot)
    const handle = slots.handleOf(slot)
    if ((state & SLOT_CANCEL_SENT) !== 0) clearCancel(this, slot)
    slots.release(slot)
    if (status >= 0) this.success++
    else this.countFailure(status)
    if ((state & SLOT_HAS_CALL) !== 0) this.onCall(slot, status, information)
    else onCompletion(context, status, information, handle)
  }

  /** @internal Set by the promise API: ends the call that waits for a slot. */
  onCall: (slot: number, status: number, information: number) => void = nothing

  /** @internal Set by the channel: keeps a completion whose turn was lost to a throwing callback. */
  onSetAside: OnCompletion = nothing

  /** @internal */
  countFailure(status: number): void {
    if (status === STATUS_CANCELLED) this.cancelled++
    else if (status === STATUS_DRIVER_PROCESS_TERMINATED) this.workerDied++
    else this.error++
  }

  /** @internal Lets the channel go; workers drop it. */
  markClosed(): void {
    this.openId = 0
    store(this.words, CHANNEL_CLOSED, 1)
  }

  private fits(buffer: ChannelBuffer | null, length: number): boolean {
    if (buffer === null) return length === 0
    const isWhole = (length | 0) === length
    return isWhole && length >= 0 && length <= buffer.byteLength && buffer.channelId === this.id
  }

  private refusalOf(file: ChannelFile): number {
    if (this.isClosed || file.channelId !== this.id) return STATUS_INVALID_HANDLE
    return file.isOpen ? STATUS_SUCCESS : STATUS_FILE_CLOSED
  }

  private refusalOfTransfer(file: ChannelFile): number {
    const refusal = this.refusalOf(file)
    return refusal === STATUS_SUCCESS ? STATUS_INVALID_PARAMETER : refusal
  }

  /** @internal Ends or hands on the requests of workers that have died; callbacks come with the next reap. */
  lookForDeadWorkers(): void {
    if (load(this.words, CHANNEL_ATTENTION) !== this.attention || this.hasFailedPort === true) {
      sweepDeadWorkers(this)
    }
  }

  /** Takes back what was prepared and not published: it was never accepted. */
  private discardStaged(): void {
    for (const { submissions } of this.ports) {
      while (submissions.tail !== submissions.published) {
        submissions.tail = (submissions.tail - 1) | 0
        const slot = read(this.words, submissions.slots + (submissions.tail & submissions.mask))
        const hasCall = (this.slots.stateOf(slot) & SLOT_HAS_CALL) !== 0
        this.slots.release(slot)
        if (hasCall) this.onCall(slot, STATUS_DEVICE_NOT_READY, 0)
      }
    }
  }
}

function nothing(): void {}

/** The high word of an offset in bytes; -1 for what is none. */
function highOf(offset: number): number {
  return Number.isSafeInteger(offset) && offset >= 0 ? (offset / TWO_32) | 0 : -1
}
