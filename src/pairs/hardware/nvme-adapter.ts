/**
 * NVMe adapter: the requests that a device works on, one tag each. Runs on: the device's home worker. HOT.
 *
 * The way of a request: a tag and its DMA transaction → submission entry → doorbell, one for all that a turn brought
 * (a DPC of its own) → the device interrupts → ISR: are there completions? → DPC: drain them all, complete the
 * requests. A watchdog looks after interrupts that got lost, and after a device that has been pulled out.
 *
 * Invariants: a tag is on the free stack or has a request; at most `depth` have one, so the queues are never full.
 * Nothing is allocated per request.
 */
import {
  type CommonBuffer,
  type DeviceHardware,
  type DmaDirection,
  type DmaEnabler,
  type DmaTransaction,
  type Dpc,
  type Interrupt,
  NVME_BLOCK_SHIFT,
  NVME_FLUSH,
  NVME_OUT_OF_RANGE,
  NVME_READ,
  NVME_SUCCESS,
  NVME_WRITE,
  type Request,
  type ScatterGatherList,
  SQE_BLOCK_HIGH,
  SQE_BLOCK_LOW,
  SQE_BLOCKS,
  SQE_ID_SHIFT,
  SQE_NAMESPACE,
  SQE_OPCODE,
  SQE_PRP1,
  SQE_PRP2,
  STATUS_DEVICE_BUSY,
  STATUS_DEVICE_NOT_CONNECTED,
  STATUS_INVALID_PARAMETER,
  STATUS_IO_DEVICE_ERROR,
  STATUS_IO_TIMEOUT,
  STATUS_SUCCESS,
  type Timer,
} from '../../index.js'
import { NvmeController } from './nvme-controller.js'
import type { NvmeQueuePair } from './nvme-queue-pair.js'

/** Longest transfer this driver asks for; the device may take less. */
const MAX_TRANSFER_BYTES = 131_072
/** Room for the page addresses of one command: 32, of 8 bytes. */
const LIST_WORDS = 64
const TWO_32 = 2 ** 32
// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const BLOCK_SHIFT = NVME_BLOCK_SHIFT
const BLOCK_BYTES = 2 ** BLOCK_SHIFT
const OPCODE = SQE_OPCODE
const ID_SHIFT = SQE_ID_SHIFT
const NAMESPACE = SQE_NAMESPACE
const PRP1 = SQE_PRP1
const BLOCK_LOW = SQE_BLOCK_LOW
const BLOCK_HIGH = SQE_BLOCK_HIGH
const BLOCKS = SQE_BLOCKS
const SUCCESS = STATUS_SUCCESS
const DONE = NVME_SUCCESS

/**
 * The device hears of this many commands at once: it works on them while the turn's next ones are made. More, and it
 * stands still meanwhile; fewer, and each costs a good part of a ring, an ordered store.
 */
const COMMANDS_A_RING = 8

export class NvmeAdapter {
  readonly hardware: DeviceHardware
  readonly depth: number
  readonly interrupt: Interrupt
  readonly enabler: DmaEnabler
  readonly watchdog: Timer
  /** Rings the device once for all commands of a turn: each ring is an ordered store that the device's thread reads. */
  readonly doorbell: Dpc
  /** Size of the disk, bytes; 0 before the device has started. */
  sizeBytes = 0
  /** Interrupts that the watchdog had to stand in for. */
  lostInterrupts = 0
  #controller: NvmeController | null = null
  /** Page lists, LIST_WORDS a tag. */
  #lists: CommonBuffer | null = null
  readonly #watchdogMs: number
  readonly #timeoutMs: number
  /** Commands that the device has not heard of. */
  #unrung = 0
  #completions = 0
  /** What #completions was when the watchdog looked, and for how many looks it has been the same. */
  #completionsSeen = 0
  #idleLooks = 0
  readonly #transactions: DmaTransaction[]
  readonly #requests: (Request | null)[]
  readonly #freeTags: Int32Array
  #freeCount: number

  constructor(hardware: DeviceHardware, depth: number, watchdogMs: number, timeoutMs: number) {
    this.hardware = hardware
    this.depth = depth
    this.#watchdogMs = watchdogMs
    this.#timeoutMs = timeoutMs
    this.enabler = hardware.createDmaEnabler({
      profile: 'scatter-gather-duplex',
      maximumLength: MAX_TRANSFER_BYTES,
    })
    this.#transactions = Array.from({ length: depth }, (_, tag) => {
      const transaction = this.enabler.createTransaction()
      transaction.tag = tag
      return transaction
    })
    this.#requests = Array.from({ length: depth }, () => null)
    this.#freeTags = Int32Array.from({ length: depth }, (_, i) => depth - 1 - i)
    this.#freeCount = depth
    this.interrupt = this.#createInterrupts()
    this.doorbell = hardware.createDpc({
      parent: hardware.device,
      EvtDpcFunc: () => this.#endTurn(),
    })
    this.watchdog = hardware.createTimer({
      parent: hardware.device,
      EvtTimerFunc: () => this.#lookAfter(),
      tolerableDelayMs: watchdogMs / 2,
    })
  }

  /** Commands under way. */
  get outstanding(): number {
    return this.depth - this.#freeCount
  }

  /** EvtDevicePrepareHardware: the memory that driver and device share. */
  prepare(): void {
    const vector = Math.min(1, this.hardware.interrupts.length - 1)
    this.#controller = new NvmeController(this.hardware, this.depth, vector)
    this.#lists = this.hardware.createCommonBuffer(this.depth * LIST_WORDS * 4)
  }

  /** EvtDeviceD0Entry. @throws WdfStatusError */
  async start(): Promise<void> {
    const controller = this.#controller
    if (controller === null) return
    this.#unrung = 0
    await controller.start()
    this.sizeBytes = controller.sizeBytes
    const limit = Math.min(MAX_TRANSFER_BYTES, controller.maximumTransferBytes)
    for (const transaction of this.#transactions) transaction.setMaximumLength(limit)
  }

  /**
   * EvtDeviceD0Exit: the device forgets its commands. A device that only sleeps has none: its queue waited for them.
   * One that goes may have; it reaches for their buffers no more, and their requests end here.
   */
  stop(): void {
    this.watchdog.stop()
    this.doorbell.cancel()
    this.#controller?.stop()
    this.#endAll(STATUS_DEVICE_NOT_CONNECTED)
  }

  transfer(request: Request, direction: DmaDirection): void {
    const { deviceOffset, length } = request
    // Bits of a number above 2^32 are its low word's: an exact remainder, and no division.
    const isWhole = ((deviceOffset | length) & (BLOCK_BYTES - 1)) === 0
    if (!isWhole || deviceOffset + length > this.sizeBytes) {
      request.complete(STATUS_INVALID_PARAMETER)
      return
    }
    const tag = this.#takeTag(request)
    if (tag < 0) return
    const transaction = this.#transactions[tag] as DmaTransaction
    let status = transaction.initializeUsingRequest(request, this.nvmeEvtProgramDma, direction)
    if (status >= 0) status = transaction.execute()
    if (status < 0) this.#end(tag, status)
  }

  flush(request: Request): void {
    const tag = this.#takeTag(request)
    if (tag < 0) return
    // With a tag there is a controller.
    const { io } = this.#controller as NvmeController
    this.#writeHeader(io, tag, NVME_FLUSH)
    this.#push(io)
  }

  readonly nvmeEvtProgramDma = (
    transaction: DmaTransaction,
    direction: DmaDirection,
    list: ScatterGatherList,
  ): boolean => {
    const controller = this.#controller
    const { tag } = transaction
    const request = this.#requests[tag]
    if (controller === null || request === null || request === undefined) return false
    const { io } = controller
    const { submissions } = io
    const opcode = direction === 'read-from-device' ? NVME_READ : NVME_WRITE
    const entry = this.#writeHeader(io, tag, opcode)
    const block = (request.deviceOffset + transaction.bytesTransferred) / BLOCK_BYTES
    submissions.write(entry + BLOCK_LOW, block | 0)
    submissions.write(entry + BLOCK_HIGH, Math.floor(block / TWO_32))
    submissions.write(entry + BLOCKS, (list.byteLength >>> BLOCK_SHIFT) - 1)
    submissions.write(entry + PRP1, list.addressLow(0))
    submissions.write(entry + PRP1 + 1, list.addressHigh(0))
    if (list.count > 1) this.#writePages(submissions, entry, tag, list)
    this.#push(io)
    return true
  }

  nvmeEvtInterruptIsr(): boolean {
    if (this.#controller === null || !this.#controller.io.hasCompletion()) return false
    this.interrupt.queueDpcForIsr()
    return true
  }

  nvmeEvtInterruptDpc(): void {
    this.#controller?.io.poll(this.depth, this.#onCompletion)
  }

  /** One interrupt a line; the last of the first two is the I/O queue's, the admin queue is polled. */
  #createInterrupts(): Interrupt {
    const lines = this.hardware.resources.interrupts?.length ?? 0
    if (lines > 1) this.hardware.createInterrupt({ EvtInterruptIsr: () => true })
    return this.hardware.createInterrupt({
      EvtInterruptIsr: () => this.nvmeEvtInterruptIsr(),
      EvtInterruptDpc: () => this.nvmeEvtInterruptDpc(),
    })
  }

  /** A tag for the request; -1, and the request completed, when there is none or the device was given up. */
  #takeTag(request: Request): number {
    if (this.#controller === null) {
      request.complete(STATUS_DEVICE_NOT_CONNECTED)
      return -1
    }
    if (this.#freeCount === 0) {
      request.complete(STATUS_DEVICE_BUSY)
      return -1
    }
    const tag = this.#freeTags[--this.#freeCount] as number
    this.#requests[tag] = request
    if (!this.watchdog.isArmed) this.watchdog.start(this.#watchdogMs)
    return tag
  }

  #writeHeader(io: NvmeQueuePair, tag: number, opcode: number): number {
    const { submissions, nextEntry } = io
    submissions.write(nextEntry + OPCODE, opcode | (tag << ID_SHIFT))
    submissions.write(nextEntry + NAMESPACE, 1)
    return nextEntry
  }

  /** The entry is complete; the device hears of it with others, at the head of the next turn at the latest. */
  #push(io: NvmeQueuePair): void {
    io.push()
    const unrung = ++this.#unrung
    if (unrung === 1) this.doorbell.enqueue()
    else if (unrung === COMMANDS_A_RING) this.#ring()
  }

  #ring(): void {
    this.#unrung = 0
    this.#controller?.io.ring()
  }

  /** The turn's last commands, and one look whether the device is still there to work on them. */
  #endTurn(): void {
    if (this.hardware.registers.isRemoved) this.#endAll(STATUS_DEVICE_NOT_CONNECTED)
    else if (this.#unrung !== 0) this.#ring()
  }

  /** The second page's address, or the address of a list of all but the first. */
  #writePages(
    submissions: CommonBuffer,
    entry: number,
    tag: number,
    list: ScatterGatherList,
  ): void {
    const lists = this.#lists
    if (list.count === 2 || lists === null) {
      submissions.write(entry + SQE_PRP2, list.addressLow(1))
      submissions.write(entry + SQE_PRP2 + 1, list.addressHigh(1))
      return
    }
    const first = tag * LIST_WORDS
    for (let page = 1; page < list.count; page++) {
      lists.write(first + 2 * (page - 1), list.addressLow(page))
      lists.write(first + 2 * (page - 1) + 1, list.addressHigh(page))
    }
    submissions.write(entry + SQE_PRP2, lists.addressLow + first * 4)
    submissions.write(entry + SQE_PRP2 + 1, lists.addressHigh)
  }

  readonly #onCompletion = (tag: number, nvmeStatus: number): void => {
    this.commandCompleted(tag, nvmeStatus)
  }

  /** The device has completed a command. */
  protected commandCompleted(tag: number, nvmeStatus: number): void {
    const request = this.#requests[tag]
    // A completion of a command that was given up.
    if (request === null || request === undefined) return
    this.#completions = (this.#completions + 1) | 0
    const transaction = this.#transactions[tag] as DmaTransaction
    if (nvmeStatus !== DONE) this.#end(tag, toNtStatus(nvmeStatus))
    else if (!transaction.isInTransfer) this.#end(tag, SUCCESS)
    else if (transaction.dmaCompleted()) this.#end(tag, transaction.status)
  }

  /** The request that a command works for, null when it has been given up. */
  protected requestOf(tag: number): Request | null {
    return this.#requests[tag] ?? null
  }

  #end(tag: number, status: number): void {
    const request = this.#requests[tag]
    const information = (this.#transactions[tag] as DmaTransaction).bytesTransferred
    this.#forget(tag)
    request?.completeWithInformation(status, status < 0 ? 0 : information)
  }

  /** The tag is free again; its request is somebody else's. */
  #forget(tag: number): void {
    if (this.#requests[tag] === null) return
    const transaction = this.#transactions[tag] as DmaTransaction
    if (transaction.isInTransfer) transaction.dmaCompletedFinal(0)
    transaction.release()
    this.#requests[tag] = null
    this.#freeTags[this.#freeCount++] = tag
  }

  #lookAfter(): void {
    if (this.outstanding === 0 || this.#controller === null) return
    if (this.hardware.registers.isRemoved) {
      this.#endAll(STATUS_DEVICE_NOT_CONNECTED)
      return
    }
    this.watchdog.start(this.#watchdogMs)
    if (this.#controller.io.hasCompletion()) {
      this.lostInterrupts++
      this.nvmeEvtInterruptDpc()
    } else if (this.#isTimedOut()) {
      // It may be dead, or may come back and write: nobody waits for it any more, and nobody asks it again.
      this.watchdog.stop()
      this.#controller.disable()
      this.#controller = null
      this.#endAll(STATUS_IO_TIMEOUT)
    }
  }

  /** The device has completed nothing for as many looks as the time-out has. */
  #isTimedOut(): boolean {
    if (this.#completions !== this.#completionsSeen) {
      this.#completionsSeen = this.#completions
      this.#idleLooks = 0
    }
    return ++this.#idleLooks * this.#watchdogMs >= this.#timeoutMs
  }

  #endAll(status: number): void {
    for (let tag = 0; tag < this.depth; tag++) {
      if (this.#requests[tag] !== null) this.#end(tag, status)
    }
  }
}

function toNtStatus(nvmeStatus: number): number {
  return nvmeStatus === NVME_OUT_OF_RANGE ? STATUS_INVALID_PARAMETER : STATUS_IO_DEVICE_ERROR
}
