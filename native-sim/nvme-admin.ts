// Admin commands of the NVMe-like device: identify, create a completion queue, create a submission queue.
// Runs on: the hardware's thread. Codes and layouts: src/abi/nvme-registers.

import {
  IDENTIFY_BLOCK_SHIFT,
  IDENTIFY_CONTROLLER,
  IDENTIFY_MAX_TRANSFER,
  IDENTIFY_MODEL,
  IDENTIFY_MODEL_BYTES,
  IDENTIFY_NAMESPACE,
  IDENTIFY_NAMESPACES,
  IDENTIFY_SIZE_BLOCKS,
  NVME_ADMIN_CREATE_CQ,
  NVME_ADMIN_CREATE_SQ,
  NVME_ADMIN_IDENTIFY,
  NVME_BLOCK_SHIFT,
  NVME_CQE_WORDS,
  NVME_DATA_TRANSFER_ERROR,
  NVME_INVALID_COMPLETION_QUEUE,
  NVME_INVALID_FIELD,
  NVME_INVALID_NAMESPACE,
  NVME_INVALID_OPCODE,
  NVME_INVALID_QUEUE_ID,
  NVME_INVALID_QUEUE_SIZE,
  NVME_INVALID_VECTOR,
  NVME_PAGE_BYTES,
  NVME_SQE_WORDS,
  NVME_SUCCESS,
  QUEUE_CONTIGUOUS,
  QUEUE_INTERRUPTS,
  SQE_NAMESPACE,
  SQE_OPCODE,
  SQE_PARAMETERS,
  SQE_PRP1,
} from '../src/abi/nvme-registers.js'
import type { DmaSpace } from './dma-space.js'
import { CompletionQueue, SubmissionQueue } from './nvme-queues.js'
import type { NvmeTransfer } from './nvme-transfer.js'

/** Largest transfer: 2^5 pages. */
const MAX_TRANSFER_SHIFT = 5

export interface NvmeAdminParts {
  readonly model: string
  readonly blocks: number
  readonly lineCount: number
  readonly maxPairs: number
  readonly maxEntries: number
  readonly dma: DmaSpace
  readonly transfer: NvmeTransfer
  readonly submissionQueues: (SubmissionQueue | undefined)[]
  readonly completionQueues: (CompletionQueue | undefined)[]
}

export class NvmeAdmin {
  readonly #parts: NvmeAdminParts

  constructor(parts: NvmeAdminParts) {
    this.#parts = parts
  }

  /** Executes the command at `commands[at …]`. Returns an NVMe status. */
  execute(commands: Int32Array, at: number): number {
    switch ((commands[at + SQE_OPCODE] as number) & 0xff) {
      case NVME_ADMIN_IDENTIFY:
        return this.#identify(commands, at)
      case NVME_ADMIN_CREATE_CQ:
        return this.#createCompletionQueue(commands, at)
      case NVME_ADMIN_CREATE_SQ:
        return this.#createSubmissionQueue(commands, at)
      default:
        return NVME_INVALID_OPCODE
    }
  }

  #identify(commands: Int32Array, at: number): number {
    const { transfer } = this.#parts
    switch ((commands[at + SQE_PARAMETERS] as number) & 0xff) {
      case IDENTIFY_NAMESPACE:
        if (commands[at + SQE_NAMESPACE] !== 1) return NVME_INVALID_NAMESPACE
        return transfer.give(commands, at, this.#namespaceData())
      case IDENTIFY_CONTROLLER:
        return transfer.give(commands, at, this.#controllerData())
      default:
        return NVME_INVALID_FIELD
    }
  }

  #namespaceData(): Uint8Array {
    const data = new Uint8Array(NVME_PAGE_BYTES)
    const view = new DataView(data.buffer)
    view.setBigUint64(IDENTIFY_SIZE_BLOCKS, BigInt(this.#parts.blocks), true)
    view.setUint8(IDENTIFY_BLOCK_SHIFT, NVME_BLOCK_SHIFT)
    return data
  }

  #controllerData(): Uint8Array {
    const data = new Uint8Array(NVME_PAGE_BYTES)
    const model = this.#parts.model.padEnd(IDENTIFY_MODEL_BYTES).slice(0, IDENTIFY_MODEL_BYTES)
    data.set(new TextEncoder().encode(model).subarray(0, IDENTIFY_MODEL_BYTES), IDENTIFY_MODEL)
    data[IDENTIFY_MAX_TRANSFER] = MAX_TRANSFER_SHIFT
    new DataView(data.buffer).setUint32(IDENTIFY_NAMESPACES, 1, true)
    return data
  }

  #createCompletionQueue(commands: Int32Array, at: number): number {
    const { completionQueues, lineCount, dma } = this.#parts
    const id = (commands[at + SQE_PARAMETERS] as number) & 0xffff
    const entries = ((commands[at + SQE_PARAMETERS] as number) >>> 16) + 1
    const flags = commands[at + SQE_PARAMETERS + 1] as number
    const status = this.#checkQueue(id, entries, flags, completionQueues[id] !== undefined)
    if (status !== NVME_SUCCESS) return status
    const vector = (flags & QUEUE_INTERRUPTS) === 0 ? -1 : flags >>> 16
    if (vector >= lineCount) return NVME_INVALID_VECTOR
    const memory = dma.wordsAt(
      commands[at + SQE_PRP1 + 1] as number,
      commands[at + SQE_PRP1] as number,
      entries * NVME_CQE_WORDS * 4,
    )
    if (memory === null) return NVME_DATA_TRANSFER_ERROR
    completionQueues[id] = new CompletionQueue(id, memory, entries, vector)
    return NVME_SUCCESS
  }

  #createSubmissionQueue(commands: Int32Array, at: number): number {
    const { submissionQueues, completionQueues, dma } = this.#parts
    const id = (commands[at + SQE_PARAMETERS] as number) & 0xffff
    const entries = ((commands[at + SQE_PARAMETERS] as number) >>> 16) + 1
    const flags = commands[at + SQE_PARAMETERS + 1] as number
    const status = this.#checkQueue(id, entries, flags, submissionQueues[id] !== undefined)
    if (status !== NVME_SUCCESS) return status
    const completionQueue = completionQueues[flags >>> 16]
    if (completionQueue === undefined) return NVME_INVALID_COMPLETION_QUEUE
    const memory = dma.wordsAt(
      commands[at + SQE_PRP1 + 1] as number,
      commands[at + SQE_PRP1] as number,
      entries * NVME_SQE_WORDS * 4,
    )
    if (memory === null) return NVME_DATA_TRANSFER_ERROR
    submissionQueues[id] = new SubmissionQueue(id, memory, entries, completionQueue)
    return NVME_SUCCESS
  }

  #checkQueue(id: number, entries: number, flags: number, isTaken: boolean): number {
    const { maxPairs, maxEntries } = this.#parts
    if (id < 1 || id > maxPairs || isTaken) return NVME_INVALID_QUEUE_ID
    if (entries < 2 || entries > maxEntries) return NVME_INVALID_QUEUE_SIZE
    return (flags & QUEUE_CONTIGUOUS) === 0 ? NVME_INVALID_FIELD : NVME_SUCCESS
  }
}
