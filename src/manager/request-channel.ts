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
import { CHANNEL_ATTENTION, CHANNEL_CLOSED } from '../abi/channel-layout.js'
import { methodOf } from '../abi/ctl-code.js'
import { ENGINE_ACCEPTING } from '../abi/engine-layout.js'
import {
  IRP_BUFFER,
  IRP_CANCEL,
  IRP_DEVICE,
  IRP_FILE,
  IRP_HEADER,
  IRP_INFORMATION,
  IRP_INPUT_BUFFER,
  IRP_INPUT_LENGTH,
  IRP_IO_CONTROL,
  IRP_LENGTH,
  IRP_OFFSET_HI,
  IRP_OFFSET_LO,
  IRP_SEQUENCE,
  IRP_SLOT_SHIFT,
  IRP_STATUS,
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
import { SLOT_CANCEL_SENT, SLOT_HAS_CALL, SLOT_OWNER_MASK, SlotTable } from '../irp/slot-table.js'
import { load, read, store, write } from '../sharedarraybuffer-queue/access.js'
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

const MAX_OFFSET = Number.MAX_SAFE_INTEGER
const TWO_32 = 2 ** 32
const METHOD_SHIFT = 8

export class RequestChannel {
  readonly id: number
  readonly memory: ChannelMemory
  readonly words: Int32Array
  readonly engineWords: Int32Array
  readonly slots: SlotTable
  readonly ports: HostPort[] = []
  readonly sleeper: Sleeper
  isClosed = false
  accepted = 0
  success = 0
  error = 0
  cancelled = 0
  workerDied = 0
  duplicates = 0
  /** Prepared, not yet published. */
  staged = 0
  /** Order of acceptance: odd, runs free in 32 bits. */
  sequence: number
  /** Deaths of workers that have been dealt with. */
  attention: number
  /** A worker has no successor: its requests are ended here. */
  hasFailedPort = false
  private readonly slotsWord: number
  private readonly slotCount: number

  constructor(memory: ChannelMemory, engineWords: Int32Array, firstSequence = 0) {
    this.id = memory.id
    this.memory = memory
    this.words = memory.words
    this.engineWords = engineWords
    this.slotCount = memory.geometry.slotCount
    this.slotsWord = memory.geometry.slotsWord
    this.slots = new SlotTable(this.slotCount, firstSequence)
    this.sequence = firstSequence | 1
    this.sleeper = new Sleeper(memory.words, memory.doorbell())
    this.attention = load(memory.words, CHANNEL_ATTENTION)
    for (let worker = 0; worker < memory.geometry.workerCount; worker++) {
      this.ports.push(new HostPort(memory, engineWords, worker))
    }
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
    return this.prepareTransfer(IRP_MJ_READ, file, buffer, length, offset, context)
  }

  /** Prepares a write of `length` bytes of `buffer` at `offset`. Returns as prepareRead. */
  prepareWrite(
    file: ChannelFile,
    buffer: ChannelBuffer,
    length: number,
    offset: number,
    context: number,
  ): number {
    return this.prepareTransfer(IRP_MJ_WRITE, file, buffer, length, offset, context)
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
    if (load(this.words, CHANNEL_ATTENTION) !== this.attention || this.hasFailedPort) {
      sweepDeadWorkers(this, onCompletion)
    }
    const { ports } = this
    let total = 0
    for (let i = 0; i < ports.length && total < limit; i++) {
      total += this.reapPort(ports[i] as HostPort, limit - total, onCompletion)
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
      if (this.hasFailedPort && port.inFlight !== 0 && port.hasFailed()) return true
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
      await this.sleeper.sleepOnEventLoop(Math.min(left, NET_MS), () => this.hasCompletions(), 'ref')
    }
  }

  /** What became of every request so far. */
  ledger(): Ledger {
    const completed = this.success + this.error + this.cancelled + this.workerDied
    const inFlight = this.inFlight - this.staged
    const { accepted, success, error, cancelled, workerDied, duplicates } = this
    const lost = accepted - completed - inFlight
    return { accepted, completed, success, error, cancelled, workerDied, inFlight, duplicates, lost }
  }

  // What follows is the engine's own: the promise API, the sweep, closing.

  /** @internal Prepares a request that has no parameters but its file: create, cleanup, close, flush. */
  prepareBare(major: number, file: ChannelFile, context: number, flags: number): number {
    const slot = this.acquire(major, file, flags)
    if (slot < 0) return STATUS_INSUFFICIENT_RESOURCES
    write(this.words, this.slotsWord + (slot << IRP_SLOT_SHIFT) + IRP_LENGTH, 0)
    return this.stage(slot, context)
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
    const slot = this.acquire(major, file, flags)
    if (slot < 0) return STATUS_INSUFFICIENT_RESOURCES
    const { words } = this
    const base = this.slotsWord + (slot << IRP_SLOT_SHIFT)
    write(words, base + IRP_LENGTH, length)
    write(words, base + IRP_OFFSET_LO, offset | 0)
    write(words, base + IRP_OFFSET_HI, offset < TWO_32 ? 0 : (offset / TWO_32) | 0)
    write(words, base + IRP_BUFFER, byteOffset)
    return this.stage(slot, context)
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
    const slot = this.acquire(major, file, flags)
    if (slot < 0) return STATUS_INSUFFICIENT_RESOURCES
    const { words } = this
    const base = this.slotsWord + (slot << IRP_SLOT_SHIFT)
    write(words, base + IRP_HEADER, major | (methodOf(code) << METHOD_SHIFT))
    write(words, base + IRP_LENGTH, outputLength)
    write(words, base + IRP_IO_CONTROL, code)
    write(words, base + IRP_INPUT_LENGTH, inputLength)
    write(words, base + IRP_BUFFER, outputOffset)
    write(words, base + IRP_INPUT_BUFFER, inputOffset)
    return this.stage(slot, context)
  }

  /** @internal Publishes without asking whether the engine accepts: for requests that end others. */
  publish(): number {
    const { ports } = this
    for (let i = 0; i < ports.length; i++) (ports[i] as HostPort).publish()
    const count = this.staged
    this.accepted += count
    this.staged = 0
    return count
  }

  /** @internal Sends the cancel of a slot's request behind it, and sets the flag that drivers poll. */
  cancelSlot(slot: number): void {
    const port = this.ports[this.slots.ownerOf(slot)] as HostPort
    const base = this.slotsWord + (slot << IRP_SLOT_SHIFT)
    const sequence = read(this.words, base + IRP_SEQUENCE)
    const state = this.slots.state[slot] as number
    if ((state & SLOT_CANCEL_SENT) !== 0) return
    this.slots.state[slot] = state | SLOT_CANCEL_SENT
    store(this.words, base + IRP_CANCEL, sequence)
    port.submissions.stage(~slot)
    if (this.staged === 0) port.publish()
  }

  /** @internal Ends one request: frees its slot, counts it, tells its owner. */
  finish(slot: number, status: number, information: number, onCompletion: OnCompletion): void {
    const { slots } = this
    const state = slots.state[slot] as number
    const context = slots.context[slot] as number
    const handle = slots.handleOf(slot)
    ;(this.ports[(state & SLOT_OWNER_MASK) - 1] as HostPort).inFlight--
    if ((state & SLOT_CANCEL_SENT) !== 0) {
      store(this.words, this.slotsWord + (slot << IRP_SLOT_SHIFT) + IRP_CANCEL, 0)
    }
    slots.release(slot)
    if (status >= 0) this.success++
    else this.countFailure(status)
    if ((state & SLOT_HAS_CALL) !== 0) this.onCall(slot, status, information)
    else onCompletion(context, status, information, handle)
  }

  /** @internal Set by the promise API: ends the call that waits for a slot. */
  onCall: (slot: number, status: number, information: number) => void = noCall

  /** @internal Lets the channel go; workers drop it. */
  markClosed(): void {
    this.isClosed = true
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
    if (!file.isOpen || this.isClosed || file.channelId !== this.id) return this.refusalOf(file)
    if (
      length < 0 ||
      length > buffer.byteLength ||
      buffer.channelId !== this.id ||
      !(offset >= 0 && offset <= MAX_OFFSET)
    ) {
      return STATUS_INVALID_PARAMETER
    }
    return this.prepareAt(major, file, buffer.byteOffset, length | 0, offset, context, 0)
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

  /** A slot at the worker that gets this request, with the words every request has; -1 when none is free. */
  private acquire(major: number, file: ChannelFile, flags: number): number {
    let worker = file.workers[major] as number
    if (worker < 0) worker = this.leastLoaded()
    const slot = this.slots.acquire(worker, flags)
    if (slot < 0) return slot
    const { words } = this
    const base = this.slotsWord + (slot << IRP_SLOT_SHIFT)
    write(words, base + IRP_HEADER, major)
    write(words, base + IRP_DEVICE, file.device.id)
    write(words, base + IRP_FILE, file.fileId)
    const port = this.ports[worker] as HostPort
    port.inFlight++
    port.submissions.stage(slot)
    return slot
  }

  private stage(slot: number, context: number): number {
    const sequence = (this.sequence + 2) | 0
    this.sequence = sequence
    write(this.words, this.slotsWord + (slot << IRP_SLOT_SHIFT) + IRP_SEQUENCE, sequence)
    this.slots.context[slot] = context
    this.staged++
    return this.slots.handleOf(slot)
  }

  private leastLoaded(): number {
    const { ports } = this
    let best = 0
    let fewest = (ports[0] as HostPort).inFlight
    for (let i = 1; i < ports.length; i++) {
      const { inFlight } = ports[i] as HostPort
      if (inFlight < fewest) {
        best = i
        fewest = inFlight
      }
    }
    return best
  }

  /** @internal Takes what one worker completed. */
  reapPort(port: HostPort, limit: number, onCompletion: OnCompletion): number {
    const { words, slots, slotsWord, slotCount } = this
    const { completions } = port
    const owner = port.worker + 1
    const count = completions.available(limit)
    for (let i = 0; i < count; i++) {
      const slot = completions.take()
      const state = slot >>> 0 < slotCount ? (slots.state[slot] as number) : 0
      if ((state & SLOT_OWNER_MASK) !== owner) {
        this.duplicates++
        continue
      }
      const base = slotsWord + (slot << IRP_SLOT_SHIFT)
      this.finish(slot, read(words, base + IRP_STATUS), read(words, base + IRP_INFORMATION), onCompletion)
    }
    completions.release()
    return count
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
        if (entry >= 0) this.discard(entry, port)
      }
    }
    this.staged = 0
  }

  private discard(slot: number, port: HostPort): void {
    const hasCall = ((this.slots.state[slot] as number) & SLOT_HAS_CALL) !== 0
    port.inFlight--
    this.slots.release(slot)
    if (hasCall) this.onCall(slot, STATUS_DEVICE_NOT_READY, 0)
  }
}

/** Empty looks before a waiting thread parks; ~20 ns each. */
const WAIT_SPINS = 2000
/** A parked host looks by itself this often; finding work then is a rescue, and counted. */
const NET_MS = 50

function noCall(): void {}
