// The NVMe-like device's one namespace: executes read, write and flush commands against a sparse medium.
// Runs on: the hardware's thread. Layout of the commands: src/abi/nvme-registers.
// Invariant: a word of a command is read once, so a driver that changes an entry under way harms only that command.

import {
  NVME_BLOCK_SHIFT,
  NVME_DATA_TRANSFER_ERROR,
  NVME_FLUSH,
  NVME_INVALID_NAMESPACE,
  NVME_INVALID_OPCODE,
  NVME_OUT_OF_RANGE,
  NVME_READ,
  NVME_SUCCESS,
  NVME_WRITE,
  SQE_BLOCK_HIGH,
  SQE_BLOCK_LOW,
  SQE_BLOCKS,
  SQE_NAMESPACE,
} from '../src/abi/nvme-registers.js'
import { read as sharedRead } from '../src/sharedarraybuffer-queue/access.js'
import type { FaultPlan } from './fault-plan.js'
import type { NvmeTransfer } from './nvme-transfer.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const READ = NVME_READ
const WRITE = NVME_WRITE
const FLUSH = NVME_FLUSH
const NAMESPACE = SQE_NAMESPACE
const BLOCK_LOW = SQE_BLOCK_LOW
const BLOCK_HIGH = SQE_BLOCK_HIGH
const BLOCKS = SQE_BLOCKS
const BLOCK_SHIFT = NVME_BLOCK_SHIFT
const BLOCK_BYTES = 2 ** BLOCK_SHIFT
const TWO_32 = 2 ** 32

export class NvmeNamespace {
  readonly #blocks: number
  readonly #transfer: NvmeTransfer
  readonly #faults: FaultPlan

  constructor(blocks: number, transfer: NvmeTransfer, faults: FaultPlan) {
    this.#blocks = blocks
    this.#transfer = transfer
    this.#faults = faults
  }

  /** Executes the command at `words[at …]`, of that opcode. Returns an NVMe status. */
  execute(opcode: number, words: Int32Array, at: number): number {
    if (read(words, at + NAMESPACE) !== 1) return NVME_INVALID_NAMESPACE
    if (opcode === FLUSH) return NVME_SUCCESS
    if (opcode !== READ && opcode !== WRITE) return NVME_INVALID_OPCODE
    const low = read(words, at + BLOCK_LOW)
    const high = read(words, at + BLOCK_HIGH)
    const block = high === 0 && low >= 0 ? low : (high >>> 0) * TWO_32 + (low >>> 0)
    const count = (read(words, at + BLOCKS) & 0xffff) + 1
    if (block + count > this.#blocks) return NVME_OUT_OF_RANGE
    if (this.#faults.failsDma()) return NVME_DATA_TRANSFER_ERROR
    return this.#transfer.move(
      words,
      at,
      block * BLOCK_BYTES,
      count << BLOCK_SHIFT,
      opcode === WRITE,
    )
  }
}
