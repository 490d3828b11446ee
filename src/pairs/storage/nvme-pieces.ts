/**
 * NVMe pieces: the common memory through which data pass, a piece for each tag, and the commands that name it.
 * Runs on: the device's home worker. Layout of the entries: abi/nvme-registers. Nothing is allocated per command.
 *
 * A piece begins at a page and lies in one row, so its list of pages is written once.
 */
import {
  type CommonBuffer,
  type DeviceHardware,
  NVME_BLOCK_SHIFT,
  NVME_FLUSH,
  NVME_PAGE_BYTES,
  SQE_BLOCK_HIGH,
  SQE_BLOCK_LOW,
  SQE_BLOCKS,
  SQE_ID_SHIFT,
  SQE_NAMESPACE,
  SQE_OPCODE,
  SQE_PRP1,
  SQE_PRP2,
} from '../../index.js'
import type { NvmeQueuePair } from '../hardware/nvme-queue-pair.js'

/** The largest transfer of one command. */
export const PIECE_BYTES = 131_072
export const DEFAULT_DEPTH = 64
const PIECE_PAGES = PIECE_BYTES / NVME_PAGE_BYTES
/** Page addresses of a piece, but for the first; two words each. */
const LIST_WORDS = 2 * PIECE_PAGES
const TWO_32 = 2 ** 32

/** Common memory that the hardware of such a disk needs, bytes: pieces, lists, queues, an identify page. */
export function nvmeCommonBytes(depth = DEFAULT_DEPTH): number {
  return depth * (PIECE_BYTES + 1024) + 32 * NVME_PAGE_BYTES
}

export class NvmePieces {
  readonly #memory: CommonBuffer
  readonly #lists: CommonBuffer
  readonly #bytes: readonly Uint8Array[]

  /** @throws WdfStatusError STATUS_INSUFFICIENT_RESOURCES when the hardware has too little common memory */
  constructor(hardware: DeviceHardware, depth: number) {
    this.#memory = hardware.createCommonBuffer(depth * PIECE_BYTES)
    this.#lists = hardware.createCommonBuffer(depth * LIST_WORDS * 4)
    this.#bytes = Array.from({ length: depth }, (_, tag) =>
      this.#memory.bytes.subarray(tag * PIECE_BYTES, (tag + 1) * PIECE_BYTES),
    )
    for (let tag = 0; tag < depth; tag++) this.#writeList(tag)
  }

  bytesOf(tag: number): Uint8Array {
    return this.#bytes[tag] as Uint8Array
  }

  /** Writes a READ or WRITE of the first `byteLength` bytes of the tag's piece into the next entry. */
  writeTransfer(
    io: NvmeQueuePair,
    tag: number,
    opcode: number,
    block: number,
    byteLength: number,
  ): void {
    const { submissions } = io
    const entry = writeHeader(io, tag, opcode)
    const { addressHigh, addressLow } = this.#memory
    const at = addressLow + tag * PIECE_BYTES
    submissions.write(entry + SQE_BLOCK_LOW, block | 0)
    submissions.write(entry + SQE_BLOCK_HIGH, Math.floor(block / TWO_32))
    submissions.write(entry + SQE_BLOCKS, (byteLength >>> NVME_BLOCK_SHIFT) - 1)
    submissions.write(entry + SQE_PRP1, at)
    submissions.write(entry + SQE_PRP1 + 1, addressHigh)
    // The second page's address, or that of the list; a single page needs neither.
    const isList = byteLength > 2 * NVME_PAGE_BYTES
    const second = isList ? this.#lists.addressLow + tag * LIST_WORDS * 4 : at + NVME_PAGE_BYTES
    submissions.write(entry + SQE_PRP2, second)
    submissions.write(entry + SQE_PRP2 + 1, addressHigh)
  }

  writeFlush(io: NvmeQueuePair, tag: number): void {
    writeHeader(io, tag, NVME_FLUSH)
  }

  #writeList(tag: number): void {
    const { addressHigh, addressLow } = this.#memory
    for (let page = 1; page < PIECE_PAGES; page++) {
      const word = tag * LIST_WORDS + 2 * (page - 1)
      this.#lists.write(word, addressLow + tag * PIECE_BYTES + page * NVME_PAGE_BYTES)
      this.#lists.write(word + 1, addressHigh)
    }
  }
}

/** Returns the entry's first word. */
function writeHeader(
  { submissions, nextEntry }: NvmeQueuePair,
  tag: number,
  opcode: number,
): number {
  submissions.write(nextEntry + SQE_OPCODE, opcode | (tag << SQE_ID_SHIFT))
  submissions.write(nextEntry + SQE_NAMESPACE, 1)
  return nextEntry
}
