/**
 * NVMe controller: brings the device up: reset, admin queues, identify, one I/O queue pair.
 * Runs on: the device's home worker, in EvtDeviceD0Entry: interrupts are not connected yet, so admin commands are
 * polled for, and the event loop runs meanwhile.
 */
import {
  type CommonBuffer,
  type DeviceHardware,
  IDENTIFY_BLOCK_SHIFT,
  IDENTIFY_CONTROLLER,
  IDENTIFY_MAX_TRANSFER,
  IDENTIFY_NAMESPACE,
  IDENTIFY_SIZE_BLOCKS,
  NVME_ADMIN_CQ,
  NVME_ADMIN_CREATE_CQ,
  NVME_ADMIN_CREATE_SQ,
  NVME_ADMIN_IDENTIFY,
  NVME_ADMIN_SIZES,
  NVME_ADMIN_SQ,
  NVME_BLOCK_SHIFT,
  NVME_CONFIGURATION,
  NVME_ENABLE,
  NVME_FATAL,
  NVME_PAGE_BYTES,
  NVME_READY,
  NVME_SQE_WORDS,
  NVME_STATUS,
  NVME_SUCCESS,
  QUEUE_CONTIGUOUS,
  QUEUE_INTERRUPTS,
  SQE_NAMESPACE,
  SQE_OPCODE,
  SQE_PARAMETERS,
  SQE_PRP1,
  STATUS_DEVICE_NOT_CONNECTED,
  STATUS_IO_DEVICE_ERROR,
  STATUS_IO_TIMEOUT,
  WdfStatusError,
} from '../../index.js'
import { NvmeQueuePair } from './nvme-queue-pair.js'

const ADMIN_ENTRIES = 8
const IO_PAIR = 1
/** How long the device may take for its reset, and for an admin command. */
const PATIENCE_MS = 1000

/** A command of the admin queue. */
interface AdminCommand {
  readonly opcode: number
  readonly memory: CommonBuffer
  readonly namespace?: number
  readonly parameter0?: number
  readonly parameter1?: number
}

export class NvmeController {
  readonly io: NvmeQueuePair
  /** Size of the namespace, bytes. */
  sizeBytes = 0
  /** Longest transfer of one command, bytes. */
  maximumTransferBytes = 0
  readonly #hardware: DeviceHardware
  readonly #admin: NvmeQueuePair
  readonly #identifyData: CommonBuffer
  readonly #vector: number

  /** @param depth commands that are to be under way at once */
  constructor(hardware: DeviceHardware, depth: number, vector: number) {
    this.#hardware = hardware
    this.#vector = vector
    this.#admin = new NvmeQueuePair(hardware, 0, ADMIN_ENTRIES)
    this.io = new NvmeQueuePair(hardware, IO_PAIR, depth + 1)
    this.#identifyData = hardware.createCommonBuffer(NVME_PAGE_BYTES)
  }

  /** @throws WdfStatusError STATUS_IO_TIMEOUT, STATUS_IO_DEVICE_ERROR or STATUS_DEVICE_NOT_CONNECTED */
  async start(): Promise<void> {
    const { registers } = this.#hardware
    registers.write(NVME_CONFIGURATION, 0)
    this.#admin.reset()
    this.io.reset()
    const last = ADMIN_ENTRIES - 1
    registers.write(NVME_ADMIN_SIZES, last | (last << 16))
    registers.write64(
      NVME_ADMIN_SQ,
      this.#admin.submissions.addressLow,
      this.#admin.submissions.addressHigh,
    )
    registers.write64(
      NVME_ADMIN_CQ,
      this.#admin.completions.addressLow,
      this.#admin.completions.addressHigh,
    )
    registers.write(NVME_CONFIGURATION, NVME_ENABLE)
    await this.#until('become ready', () => this.#isReady())
    await this.#identify()
    await this.#createIoPair()
  }

  /** Tells the device to forget its commands; does not wait until it has. */
  disable(): void {
    this.#hardware.registers.write(NVME_CONFIGURATION, 0)
  }

  /** Switches the device off. Afterwards it has forgotten its commands, and reaches for no buffer of theirs. */
  stop(): void {
    this.disable()
    this.#hardware.registers.flush()
  }

  #isReady(): boolean {
    const status = this.#hardware.registers.read(NVME_STATUS)
    if ((status & NVME_FATAL) !== 0) this.#fail('reports a fatal error', STATUS_IO_DEVICE_ERROR)
    return (status & NVME_READY) !== 0
  }

  async #identify(): Promise<void> {
    const memory = this.#identifyData
    const view = new DataView(memory.bytes.buffer, memory.bytes.byteOffset)
    await this.#command({
      opcode: NVME_ADMIN_IDENTIFY,
      memory,
      parameter0: IDENTIFY_CONTROLLER,
    })
    this.maximumTransferBytes = NVME_PAGE_BYTES << view.getUint8(IDENTIFY_MAX_TRANSFER)
    await this.#command({
      opcode: NVME_ADMIN_IDENTIFY,
      memory,
      namespace: 1,
      parameter0: IDENTIFY_NAMESPACE,
    })
    const blocks = Number(view.getBigUint64(IDENTIFY_SIZE_BLOCKS, true))
    const blockShift = view.getUint8(IDENTIFY_BLOCK_SHIFT)
    if (blockShift !== NVME_BLOCK_SHIFT) {
      this.#fail(`has blocks of 2^${blockShift} bytes`, STATUS_IO_DEVICE_ERROR)
    }
    this.sizeBytes = blocks * 2 ** blockShift
  }

  async #createIoPair(): Promise<void> {
    const { io } = this
    const queue = IO_PAIR | ((io.entries - 1) << 16)
    await this.#command({
      opcode: NVME_ADMIN_CREATE_CQ,
      memory: io.completions,
      parameter0: queue,
      parameter1: QUEUE_CONTIGUOUS | QUEUE_INTERRUPTS | (this.#vector << 16),
    })
    await this.#command({
      opcode: NVME_ADMIN_CREATE_SQ,
      memory: io.submissions,
      parameter0: queue,
      parameter1: QUEUE_CONTIGUOUS | (IO_PAIR << 16),
    })
  }

  async #command(command: AdminCommand): Promise<void> {
    const { opcode, memory, namespace = 0, parameter0 = 0, parameter1 = 0 } = command
    const admin = this.#admin
    const entry = admin.nextEntry
    for (let i = 0; i < NVME_SQE_WORDS; i++) admin.submissions.write(entry + i, 0)
    admin.submissions.write(entry + SQE_OPCODE, opcode)
    admin.submissions.write(entry + SQE_NAMESPACE, namespace)
    admin.submissions.write(entry + SQE_PRP1, memory.addressLow)
    admin.submissions.write(entry + SQE_PRP1 + 1, memory.addressHigh)
    admin.submissions.write(entry + SQE_PARAMETERS, parameter0)
    admin.submissions.write(entry + SQE_PARAMETERS + 1, parameter1)
    admin.push()
    admin.ring()
    await this.#until(`answer admin command ${opcode}`, () => admin.hasCompletion())
    let outcome = NVME_SUCCESS
    admin.poll(1, (_id, status) => {
      outcome = status
    })
    if (outcome !== NVME_SUCCESS) {
      this.#fail(`refuses admin command ${opcode} with ${outcome}`, STATUS_IO_DEVICE_ERROR)
    }
  }

  async #until(what: string, condition: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (!condition()) {
      if (this.#hardware.registers.isRemoved) {
        this.#fail('has gone', STATUS_DEVICE_NOT_CONNECTED)
      }
      if (performance.now() > deadline) {
        this.#fail(`does not ${what} in ${PATIENCE_MS} ms`, STATUS_IO_TIMEOUT)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  #fail(what: string, status: number): never {
    throw new WdfStatusError(status, `the NVMe controller ${what}`, what)
  }
}
