// Ranges of whole 512-byte blocks: checks byte positions and sizes, and turns them into block numbers.
// Runs on: any thread; no state.

import { BLOCK_BYTES } from './block-pattern.js'
import { SimulationError } from './errors.js'

/** The number of blocks of a size; `option` is what the error names. @throws SimulationError */
export function blockCount(option: string, bytes: number, mostBytes: number): number {
  if (!(bytes >= BLOCK_BYTES && bytes <= mostBytes) || bytes % BLOCK_BYTES !== 0) {
    const expected = `a multiple of ${BLOCK_BYTES} from ${BLOCK_BYTES} to ${mostBytes}`
    throw new SimulationError(option, bytes, expected)
  }
  return bytes / BLOCK_BYTES
}

/** The block at a byte position, which must leave room for the size below 2^53. @throws SimulationError */
export function firstBlock(offsetBytes: number, sizeBytes: number): number {
  if (
    !(offsetBytes >= 0 && offsetBytes <= 2 ** 53 - sizeBytes) ||
    offsetBytes % BLOCK_BYTES !== 0
  ) {
    const expected = `a multiple of ${BLOCK_BYTES}, with sizeBytes at most 2^53`
    throw new SimulationError('offsetBytes', offsetBytes, expected)
  }
  return offsetBytes / BLOCK_BYTES
}
