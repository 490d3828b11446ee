// The NVMe-like device: an admin queue pair and I/O queue pairs in memory, doorbells, one message interrupt a
// completion queue, identify, read, write and flush against a sparse medium. Registers, entries, codes:
// src/abi/nvme-registers, a subset of the public NVM Express specification.
// Runs on: the hardware's thread, or a test that steps it.
//
// Invariants: a command is answered by one completion, which is posted only into a free place of its queue: with the
// queue full the command waits. Data moves when the command's time has come, before its completion is posted. A command
// that takes time, or waits, is copied; one that does neither is executed where its entry lies.

import {
  NVME_ADMIN_CQ,
  NVME_ADMIN_SIZES,
  NVME_ADMIN_SQ,
  NVME_CAPABILITIES,
  NVME_CAPABILITIES_HIGH,
  NVME_COMPLETION_DOORBELL,
  NVME_CONFIGURATION,
  NVME_CONTIGUOUS,
  NVME_CQE_WORDS,
  NVME_DOORBELL_STRIDE,
  NVME_DOORBELLS,
  NVME_ENABLE,
  NVME_FATAL,
  NVME_NVM_SET,
  NVME_READY,
  NVME_SQE_WORDS,
  NVME_STATUS,
  NVME_VERSION,
  NVME_VERSION_1_4,
  SQE_ID_SHIFT,
  SQE_OPCODE,
} from '../src/abi/nvme-registers.js'
import {
  KIND_COMMAND,
  KIND_DOORBELL,
  KIND_READ_ONLY,
  KIND_READ_WRITE,
} from '../src/abi/register-layout.js'
import { DeviceParts, type DevicePartsOptions } from './device-parts.js'
import type { DmaWindow } from './dma-space.js'
import { DueEvents } from './due-events.js'
import { SimulationError } from './errors.js'
import type { HardwareDevice, HardwareReport } from './hardware-device.js'
import { NvmeAdmin } from './nvme-admin.js'
import { NvmeNamespace } from './nvme-namespace.js'
import { CompletionQueue, SubmissionQueue } from './nvme-queues.js'
import { NvmeTransfer } from './nvme-transfer.js'
import { createBar, type RegisterSpec } from './register-bank.js'
import { SparseBlocks } from './sparse-blocks.js'
import { read as sharedRead } from '../src/sharedarraybuffer-queue/access.js'

export interface NvmeOptions extends DevicePartsOptions {
  /** Size of its one namespace, in blocks of 512 bytes. Default 2^21: 1 GiB. */
  readonly blocks?: number
  /** How long a read, write or flush takes, microseconds. Default 0. */
  readonly latencyUs?: number
  /** Most commands it works on at once. Default 1024. */
  readonly commands?: number
}

/** I/O queue pairs it may have, besides the admin pair. */
const MAX_PAIRS = 15
/** Largest queue, entries. */
const MAX_ENTRIES = 4096
const BAR_BYTES = NVME_DOORBELLS + (MAX_PAIRS + 1) * NVME_DOORBELL_STRIDE

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const OPCODE = SQE_OPCODE
const OPCODE_MASK = 0xff
const ID_SHIFT = SQE_ID_SHIFT

const REGISTERS: readonly RegisterSpec[] = [
  { offset: NVME_CAPABILITIES, kind: KIND_READ_ONLY, reset: (MAX_ENTRIES - 1) | NVME_CONTIGUOUS },
  { offset: NVME_CAPABILITIES_HIGH, kind: KIND_READ_ONLY, reset: NVME_NVM_SET },
  { offset: NVME_VERSION, kind: KIND_READ_ONLY, reset: NVME_VERSION_1_4 },
  { offset: NVME_CONFIGURATION, kind: KIND_COMMAND },
  { offset: NVME_STATUS, kind: KIND_READ_ONLY },
  { offset: NVME_ADMIN_SIZES, kind: KIND_READ_WRITE },
  ...[NVME_ADMIN_SQ, NVME_ADMIN_SQ + 4, NVME_ADMIN_CQ, NVME_ADMIN_CQ + 4].map((offset) => ({
    offset,
    kind: KIND_READ_WRITE,
  })),
  ...Array.from({ length: 2 * (MAX_PAIRS + 1) }, (_, i) => ({
    offset: NVME_DOORBELLS + i * 4,
    kind: KIND_DOORBELL,
  })),
]

export class NvmeDevice implements HardwareDevice {
  readonly #parts: DeviceParts
  readonly #namespace: NvmeNamespace
  readonly #admin: NvmeAdmin
  readonly #latencyUs: number
  /** Queues by number; 0 is the admin pair. */
  readonly #submissionQueues: (SubmissionQueue | undefined)[] = []
  readonly #completionQueues: (CompletionQueue | undefined)[] = []
  // Commands being worked on: their entries, their queues, and which places are free.
  readonly #commands: Int32Array
  readonly #queueOf: Int32Array
  readonly #free: Int32Array
  #freeCount: number
  readonly #due = new DueEvents()
  #nowUs = 0

  /** The BAR of one such device. */
  static createBar(): SharedArrayBuffer {
    return createBar(BAR_BYTES, REGISTERS)
  }

  /** @throws SimulationError for impossible options. */
  constructor(options: NvmeOptions) {
    const { blocks = 2 ** 21, latencyUs = 0, commands = 1024 } = options
    if (!Number.isSafeInteger(blocks) || blocks < 1 || blocks > 2 ** 44) {
      throw new SimulationError('blocks', blocks, 'a whole number from 1 to 2^44')
    }
    if (!(latencyUs >= 0)) throw new SimulationError('latencyUs', latencyUs, '0 or more')
    if (!Number.isInteger(commands) || commands < 1 || commands > 65_536) {
      throw new SimulationError('commands', commands, 'a whole number from 1 to 65536')
    }
    if (options.lines.length === 0) {
      throw new SimulationError('lines', 0, 'at least one: the admin queue has an interrupt')
    }
    this.#parts = new DeviceParts(options, 'message')
    const transfer = new NvmeTransfer(this.#parts.dma, new SparseBlocks())
    this.#namespace = new NvmeNamespace(blocks, transfer, this.#parts.faults)
    this.#admin = new NvmeAdmin({
      model: `irpool ${options.name}`,
      blocks,
      lineCount: options.lines.length,
      maxPairs: MAX_PAIRS,
      maxEntries: MAX_ENTRIES,
      dma: this.#parts.dma,
      transfer,
      submissionQueues: this.#submissionQueues,
      completionQueues: this.#completionQueues,
    })
    this.#latencyUs = latencyUs
    this.#commands = new Int32Array(commands * NVME_SQE_WORDS)
    this.#queueOf = new Int32Array(commands)
    this.#free = Int32Array.from({ length: commands }, (_, i) => commands - 1 - i)
    this.#freeCount = commands
  }

  get name(): string {
    return this.#parts.name
  }

  poll(limit: number): number {
    const { bank, clock, faults, lines } = this.#parts
    if (bank.isRemoved) return bank.pollCommands(limit, ignoreCommand)
    this.#nowUs = clock.nowUs()
    if (faults.isRemovedNow(this.#nowUs)) {
      this.surpriseRemove()
      return 1
    }
    for (const line of lines) line.beginPoll(this.#nowUs)
    let done = bank.pollCommands(limit, this.#execute)
    for (const queue of this.#submissionQueues) {
      if (queue !== undefined) done += this.#fetch(queue, limit)
    }
    done += this.#finishDue(limit)
    for (const queue of this.#completionQueues) {
      if (queue === undefined) continue
      if (queue.waiting.length !== 0) done += this.#finishWaiting(queue)
      if (queue.posted !== 0) this.#raise(queue)
    }
    return done
  }

  hasWork(): boolean {
    if (this.#parts.bank.hasCommands()) return true
    const { length } = this.#submissionQueues
    for (let id = 0; id < length; id++) {
      const queue = this.#submissionQueues[id]
      if (queue === undefined || queue.isBroken || this.#freeCount === 0) continue
      if (this.#tailOf(queue) !== queue.head) return true
    }
    for (let id = 0; id < this.#completionQueues.length; id++) {
      if (this.#canFinishWaiting(this.#completionQueues[id])) return true
    }
    return false
  }

  nextUs(): number {
    if (this.#parts.bank.isRemoved) return Infinity
    let next = Math.min(this.#due.nextUs, this.#parts.faults.removalUs)
    for (const line of this.#parts.lines) next = Math.min(next, line.nextUs)
    return next
  }

  mapDma(window: DmaWindow): void {
    this.#parts.dma.map(window)
  }

  unmapDma(window: number): void {
    this.#parts.dma.unmap(window)
  }

  surpriseRemove(): void {
    this.#reset()
    this.#parts.remove()
  }

  report(): HardwareReport {
    return this.#parts.report()
  }

  readonly #execute = (offset: number, low: number): void => {
    if (offset !== NVME_CONFIGURATION) return
    const { bank } = this.#parts
    const wasEnabled = (bank.get(NVME_CONFIGURATION) & NVME_ENABLE) !== 0
    const isEnabled = (low & NVME_ENABLE) !== 0
    bank.set(NVME_CONFIGURATION, low)
    if (wasEnabled === isEnabled) return
    this.#reset()
    if (isEnabled) bank.set(NVME_STATUS, this.#enable() ? NVME_READY : NVME_FATAL)
  }

  /** Sets the admin pair up from what the driver wrote; false when its addresses are no good. */
  #enable(): boolean {
    const { bank, dma } = this.#parts
    const sizes = bank.driverValue(NVME_ADMIN_SIZES)
    const submissions = (sizes & 0xfff) + 1
    const completions = ((sizes >>> 16) & 0xfff) + 1
    const submissionMemory = dma.wordsAt(
      bank.driverValue(NVME_ADMIN_SQ + 4),
      bank.driverValue(NVME_ADMIN_SQ),
      submissions * NVME_SQE_WORDS * 4,
    )
    const completionMemory = dma.wordsAt(
      bank.driverValue(NVME_ADMIN_CQ + 4),
      bank.driverValue(NVME_ADMIN_CQ),
      completions * NVME_CQE_WORDS * 4,
    )
    if (submissionMemory === null || completionMemory === null) return false
    const completionQueue = new CompletionQueue(0, completionMemory, completions, 0)
    this.#completionQueues[0] = completionQueue
    this.#submissionQueues[0] = new SubmissionQueue(
      0,
      submissionMemory,
      submissions,
      completionQueue,
    )
    return true
  }

  #reset(): void {
    this.#submissionQueues.length = 0
    this.#completionQueues.length = 0
    this.#due.clear()
    this.#freeCount = this.#free.length
    for (let i = 0; i < this.#freeCount; i++) this.#free[i] = this.#freeCount - 1 - i
    this.#parts.bank.set(NVME_STATUS, 0)
  }

  /** Takes commands that the driver's tail doorbell covers; those without a delay are answered at once. */
  #fetch(queue: SubmissionQueue, limit: number): number {
    const tail = this.#tailOf(queue)
    if (tail === queue.head || queue.isBroken) return 0
    if (tail < 0 || tail >= queue.entries) {
      this.#parts.bank.set(NVME_STATUS, NVME_READY | NVME_FATAL)
      queue.isBroken = true
      return 1
    }
    let done = 0
    while (queue.head !== tail && done < limit && this.#freeCount > 0) {
      const delayUs = this.#delayOf(queue)
      if (delayUs !== 0) this.#due.add(this.#nowUs + delayUs, this.#keep(queue))
      else if (this.#canFinish(queue.completionQueue)) this.#finishNext(queue)
      else queue.completionQueue.waiting.push(this.#keep(queue))
      done++
    }
    return done
  }

  #delayOf(queue: SubmissionQueue): number {
    return queue.id === 0 ? 0 : this.#latencyUs + this.#parts.faults.dmaDelayUs()
  }

  /** Takes the next command away for later; returns its place. */
  #keep(queue: SubmissionQueue): number {
    const place = this.#free[--this.#freeCount] as number
    this.#queueOf[place] = queue.id
    queue.fetch(this.#commands, place * NVME_SQE_WORDS)
    return place
  }

  /** Does the work of the next command where its entry lies: it is the driver's again with the completion. */
  #finishNext(queue: SubmissionQueue): void {
    const { words, nextEntry } = queue
    queue.advance()
    this.#answer(queue, words, nextEntry)
  }

  #finishDue(limit: number): number {
    let done = 0
    while (done < limit && this.#due.nextUs <= this.#nowUs) {
      this.#finishIfRoom(this.#due.take())
      done++
    }
    return done
  }

  /** With the completion queue full, the driver has to take completions first; it rings when it does. */
  #finishIfRoom(place: number): void {
    const queue = this.#submissionQueues[this.#queueOf[place] as number]?.completionQueue
    if (queue === undefined || this.#canFinish(queue)) this.#finish(place)
    else queue.waiting.push(place)
  }

  #finishWaiting(queue: CompletionQueue): number {
    let done = 0
    while (done < queue.waiting.length && this.#hasRoom(queue)) {
      this.#finish(queue.waiting[done++] as number)
    }
    queue.waiting.splice(0, done)
    return done
  }

  /** Does the work of a command that was kept. */
  #finish(place: number): void {
    const queue = this.#submissionQueues[this.#queueOf[place] as number]
    this.#free[this.#freeCount++] = place
    if (queue !== undefined) this.#answer(queue, this.#commands, place * NVME_SQE_WORDS)
  }

  /** Executes the command at `words[at …]` and posts its completion. */
  #answer(queue: SubmissionQueue, words: Int32Array, at: number): void {
    const header = read(words, at + OPCODE)
    const status =
      queue.id === 0
        ? this.#admin.execute(words, at)
        : this.#namespace.execute(header & OPCODE_MASK, words, at)
    queue.completionQueue.post(queue, header >>> ID_SHIFT, status, 0)
  }

  #raise(queue: CompletionQueue): void {
    queue.publish()
    this.#parts.lines[queue.vector]?.raise(this.#nowUs)
  }

  /** Nothing waits before a command that is done, and there is a place for its completion. */
  #canFinish(queue: CompletionQueue): boolean {
    return queue.waiting.length === 0 && this.#hasRoom(queue)
  }

  #canFinishWaiting(queue: CompletionQueue | undefined): boolean {
    return queue !== undefined && queue.waiting.length !== 0 && this.#hasRoom(queue)
  }

  #tailOf(queue: SubmissionQueue): number {
    return this.#parts.bank.driverValue(NVME_DOORBELLS + queue.id * NVME_DOORBELL_STRIDE)
  }

  /** Looks at the driver's doorbell only when the queue would be full without. */
  #hasRoom(queue: CompletionQueue): boolean {
    if (!queue.isFull) return true
    const doorbell = NVME_DOORBELLS + queue.id * NVME_DOORBELL_STRIDE + NVME_COMPLETION_DOORBELL
    queue.head = this.#parts.bank.driverValue(doorbell)
    return !queue.isFull
  }
}

function ignoreCommand(): void {}
