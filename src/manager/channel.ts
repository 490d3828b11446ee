/**
 * Channel: what a host thread opens to send requests: the batch API of RequestChannel, buffers, files,
 * and the promise API of its files. Runs on: the one thread that owns it; `transfer` moves it to another.
 */
import { IRP_FILE } from '../abi/irp-layout.js'
import { IRP_MJ_CREATE } from '../abi/major-function.js'
import type { DeviceDescription } from '../irp/device-description.js'
import { BuddyAllocator } from '../irp/buddy-allocator.js'
import { ChannelBuffer } from '../irp/channel-buffer.js'
import { ChannelMemory, type ChannelMemoryDescriptor } from '../irp/channel-memory.js'
import type { ArenaShare } from '../sharedarraybuffer-queue/arena.js'
import { read } from '../sharedarraybuffer-queue/access.js'
import { CallTable } from './call-table.js'
import { BATCH_LIMIT, type OnBatch } from './completion-batch.js'
import { type OnCompletion, RequestChannel } from './request-channel.js'
import type { ChannelFile } from './channel-file.js'
import { DeviceDirectory, DeviceRoute } from './device-directory.js'
import { EngineError, IrpError } from './errors.js'
import { IrpFile } from './irp-file.js'
import type { WaterMarks } from './water-marks.js'

/** Everything another thread needs to own a channel; send it with postMessage or workerData. */
export interface ChannelDescriptor {
  readonly memory: ChannelMemoryDescriptor
  readonly engine: SharedArrayBuffer
  readonly devices: readonly DeviceDescription[]
}

/** Places for views that were used before; sparse, so that those of a few hundred requests rarely meet. */
const VIEW_CACHE = 4096
const VIEW_SHIFT = 32 - Math.log2(VIEW_CACHE)

export class Channel extends RequestChannel {
  /** @internal */
  readonly calls: CallTable
  /** @internal Stand for the buffers of the call that is being prepared. */
  readonly spanA: ChannelBuffer
  readonly spanB: ChannelBuffer
  /** Views of this channel's buffers that callers have used, by position. */
  private readonly ownViews: (Uint8Array | undefined)[] = Array.from({ length: VIEW_CACHE })
  readonly #allocator: BuddyAllocator
  readonly #directory: DeviceDirectory
  readonly #files = new Map<number, IrpFile>()
  /** Completions of batch requests that came by while the promise API was pumping. */
  readonly #deferred: [number, number, number, number][] = []
  #nextFileId = 1
  #hasMoved = false

  /** @internal Made by `engine.openChannel` and `attachChannel`. */
  constructor(
    memory: ChannelMemory,
    engineWords: Int32Array,
    directory: DeviceDirectory,
    marks?: WaterMarks,
  ) {
    super(memory, engineWords)
    this.#allocator = new BuddyAllocator(memory.geometry.bufferBytes)
    this.#directory = directory
    this.spanA = new ChannelBuffer(memory.id, new Uint8Array(0))
    this.spanB = new ChannelBuffer(memory.id, new Uint8Array(0))
    const setAside: OnCompletion = (context, status, information, handle) => {
      this.#deferred.push([context, status, information, handle])
    }
    this.onSetAside = setAside
    this.calls = new CallTable(
      this,
      (position) => this.#allocator.free(position - memory.geometry.bufferByteOffset),
      setAside,
      marks,
    )
  }

  /** When promise users of this channel should wait, and its `drain` event. */
  get waterMarks(): WaterMarks {
    return this.calls.marks
  }

  /** Opens a device: sends IRP_MJ_CREATE. @throws EngineError ERR_IRP_NO_SUCH_DEVICE, IrpError with the driver's status. */
  async open(name: string): Promise<IrpFile> {
    this.#refuseClosed(name)
    const device = new DeviceRoute(this.#directory.describe(name))
    const file = new IrpFile(this, this.#nextFileId++, device)
    const { status, information } = await file.create(IRP_MJ_CREATE)
    if (status < 0) {
      file.openOn = 0
      throw new IrpError(status, `open of ${name}`, information)
    }
    this.#files.set(file.fileId, file)
    return file
  }

  /**
   * Bytes of the channel's memory, for requests without a copy. @throws EngineError ERR_IRP_BUFFERS_FULL
   * when no block of that size is left.
   */
  allocate(byteLength: number): ChannelBuffer {
    const { bufferBytes } = this.memory.geometry
    const position =
      Number.isInteger(byteLength) && byteLength > 0 ? this.takeBlock(byteLength) : -1
    if (position < 0) {
      throw new EngineError(
        'ERR_IRP_BUFFERS_FULL',
        `no ${String(byteLength)} bytes left: ${this.#allocator.usedBytes} of ${bufferBytes} are in use; ` +
          'free buffers, or open the channel with more bufferBytes',
        byteLength,
      )
    }
    return new ChannelBuffer(this.id, new Uint8Array(this.memory.buffer, position, byteLength))
  }

  /** Gives a buffer back. No request may be using it. */
  free(buffer: ChannelBuffer): void {
    const position = buffer.byteOffset - this.memory.geometry.bufferByteOffset
    if (buffer.channelId !== this.id || !this.#allocator.free(position)) {
      throw new EngineError(
        'ERR_IRP_BUFFER',
        'the buffer is not one of this channel, or was freed before',
        buffer,
      )
    }
  }

  /** The audited sum of the channel's shared memory. */
  shares(): ArenaShare[] {
    return this.memory.shares()
  }

  /**
   * Hands every completion of a batch request that is there, up to `limit`, to `onCompletion`. Does not
   * wait. `onCompletion` may prepare and submit. @returns how many there were, calls of the promise API
   * included.
   */
  reap(limit: number, onCompletion: OnCompletion): number {
    this.lookForDeadWorkers()
    if (this.#deferred.length === 0) return this.reapNow(limit, onCompletion)
    const due = this.#deferred.splice(0, limit)
    for (const [i, [context, status, information, handle]] of due.entries()) {
      try {
        onCompletion(context, status, information, handle)
      } catch (error) {
        this.#deferred.unshift(...due.slice(i + 1))
        throw error
      }
    }
    return due.length
  }

  /** @internal Completions wait for the next `reap` that no worker will send again. */
  get hasSetAside(): boolean {
    return this.#deferred.length !== 0
  }

  /** True when a reap would find something, completions that were set aside included. */
  override hasCompletions(): boolean {
    return this.#deferred.length !== 0 || this.hasArrivals()
  }

  /**
   * As `reap`, with one callback for up to 256 completions: `batch[4 * i]` is the context of the i-th, then
   * its NTSTATUS, Information and handle. The fastest way to hear of many; the array is used again after
   * the callback. A callback that throws loses its batch. @returns how many there were.
   */
  reapBatch(limit: number, onBatch: OnBatch): number {
    this.lookForDeadWorkers()
    if (this.#deferred.length === 0) return this.reapBatchNow(limit, onBatch)
    const due = this.#deferred.splice(0, Math.min(limit, BATCH_LIMIT))
    onBatch(Int32Array.from(due.flat()), due.length)
    return due.length
  }

  /**
   * Lets the channel go to another thread, which calls `attachChannel` with the result. Only while nothing
   * is in flight and no file is open; this object is closed then.
   * @throws EngineError ERR_IRP_CHANNEL_MOVED, ERR_IRP_CLOSED
   */
  transfer(): ChannelDescriptor {
    this.#refuseClosed(this.id)
    if (this.inFlight > 0 || this.#files.size > 0) {
      throw new EngineError(
        'ERR_IRP_CHANNEL_MOVED',
        `a channel with ${this.inFlight} requests in flight and ${this.#files.size} open files cannot ` +
          'move: reap and close them first',
        this.id,
      )
    }
    this.openId = 0
    this.#hasMoved = true
    return {
      memory: this.memory.descriptor(),
      engine: this.engineWords.buffer as SharedArrayBuffer,
      devices: this.#directory.all(),
    }
  }

  #refuseClosed(value: unknown): void {
    if (!this.isClosed) return
    if (!this.#hasMoved) throw new EngineError('ERR_IRP_CLOSED', 'the channel is closed', value)
    throw new EngineError(
      'ERR_IRP_CHANNEL_MOVED',
      'the channel was let go with transfer: use it where attachChannel took it, or open another one',
      value,
    )
  }

  /** Closes all files, cancels what is in flight, waits for its end, and gives the channel up. */
  async close(): Promise<void> {
    if (this.isClosed) return
    this.submit()
    await this.closeFiles()
    this.cancelAll()
    while (this.inFlight > 0) {
      this.reap(this.slots.slotCount, ignore)
      await this.waitAsync(1)
    }
    this.markClosed()
    for (const port of this.ports) port.bell.ringSleeper()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Closes every file that is open on this channel. */
  async closeFiles(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()))
  }

  /** Asks for every request in flight to be cancelled. */
  cancelAll(): void {
    if (this.isClosed) return
    for (let slot = 0; slot < this.slots.slotCount; slot++) {
      if (this.slots.ownerOf(slot) >= 0) this.cancelSlot(slot)
    }
  }

  /** @internal The workers have gone: ends what is left with a status, and closes. */
  giveUp(): void {
    if (this.isClosed) return
    this.reapNow(this.slots.slotCount, this.onSetAside)
    this.markClosed()
  }

  /** @internal Position of a block of the buffer region in the channel's memory, -1 when none is left. */
  takeBlock(byteLength: number): number {
    const { bufferBytes, bufferByteOffset } = this.memory.geometry
    if (byteLength > bufferBytes) {
      throw new EngineError(
        'ERR_IRP_BUFFER',
        `a buffer of ${byteLength} bytes is larger than the channel's ${bufferBytes}: split the request, ` +
          'or open the channel with more bufferBytes',
        byteLength,
      )
    }
    const position = this.#allocator.allocate(byteLength)
    return position < 0 ? position : position + bufferByteOffset
  }

  /** @internal Where the bytes lie in the channel's buffer region, -1 if they are not in it. */
  positionOf(bytes: Uint8Array): number {
    const position = bytes.byteOffset
    // Positions of blocks are multiples of their size: the high bits of the product spread them.
    const place = Math.imul(position, 0x9e3779b1) >>> VIEW_SHIFT
    // Asking a view for its buffer is a call into the machine; the same views come again and again.
    if (this.ownViews[place] === bytes) return position
    if (bytes.buffer !== this.memory.buffer) return -1
    if (position >= this.memory.geometry.bufferByteOffset) {
      this.ownViews[place] = bytes
      return position
    }
    return -1
  }

  /** @internal @throws EngineError for bytes that are the channel's own books. */
  refuseControlPart(bytes: Uint8Array): void {
    const { buffer, geometry } = this.memory
    if (bytes.buffer !== buffer || bytes.byteOffset >= geometry.bufferByteOffset) return
    throw new EngineError(
      'ERR_IRP_BUFFER',
      'the view lies in the control part of the channel: use views of buffers from channel.allocate',
      bytes.byteOffset,
    )
  }

  /** @internal */
  cancelFile(file: ChannelFile): void {
    this.#forEachRequestOf(file, (slot) => this.cancelSlot(slot))
  }

  /** @internal */
  hasRequestsOf(file: ChannelFile): boolean {
    let found = false
    this.#forEachRequestOf(file, () => {
      found = true
    })
    return found
  }

  /** @internal */
  forgetFile(file: ChannelFile): void {
    this.#files.delete(file.fileId)
  }

  #forEachRequestOf(file: ChannelFile, visit: (slot: number) => void): void {
    for (let slot = 0; slot < this.slots.slotCount; slot++) {
      if (this.slots.ownerOf(slot) < 0) continue
      if (read(this.words, this.memory.slotWord(slot) + IRP_FILE) === file.fileId) visit(slot)
    }
  }
}

/**
 * Takes ownership of a channel that another thread let go with `transfer`.
 * @throws EngineError ERR_IRP_OPTION for anything else.
 */
export function attachChannel(descriptor: ChannelDescriptor): Channel {
  const { memory, engine } = (descriptor ?? {}) as Partial<ChannelDescriptor>
  if (!(engine instanceof SharedArrayBuffer) || typeof memory !== 'object' || memory === null) {
    const message = 'the descriptor is not what channel.transfer() gave on the other thread'
    throw new EngineError('ERR_IRP_OPTION', message, descriptor)
  }
  return new Channel(
    new ChannelMemory(descriptor.memory),
    new Int32Array(descriptor.engine),
    new DeviceDirectory(descriptor.devices),
  )
}

function ignore(): void {}
