/**
 * buddy-allocator.ts: what a block of a channel's buffers costs, of one size and of many.
 *
 * Runs on: the main thread of bench/micro/main.ts.
 */
import { BuddyAllocator } from '../../src/irp/buddy-allocator.js'
import { expectCount, type Micro } from './micro.js'

const REGION_BYTES = 4 << 20
const BLOCKS = 512
const SMALLEST_BYTES = 64
/** Sizes from 64 bytes to 8 KiB. */
const SIZES = 8

const allocator = new BuddyAllocator(REGION_BYTES)
const blocks = new Int32Array(BLOCKS)

function takeAndFreeAll(sizeOf: (index: number) => number): number {
  let taken = 0
  for (let i = 0; i < BLOCKS; i++) {
    const at = allocator.allocate(sizeOf(i))
    blocks[i] = at
    if (at >= 0) taken++
  }
  for (let i = 0; i < BLOCKS; i++) allocator.free(blocks[i]!)
  return taken
}

function allocatorMicro(what: string, sizeOf: (index: number) => number): Micro {
  return {
    name: `buddy allocator: take and free a block, ${what}`,
    operations: BLOCKS,
    run() {
      expectCount(takeAndFreeAll(sizeOf), BLOCKS, 'blocks')
      expectCount(allocator.usedBytes, 0, 'bytes left in use')
      return undefined
    },
  }
}

export const allocatorMicros: readonly Micro[] = [
  allocatorMicro('512 bytes', () => 512),
  allocatorMicro('64 bytes to 8 KiB', (index) => SMALLEST_BYTES << (index % SIZES)),
]
