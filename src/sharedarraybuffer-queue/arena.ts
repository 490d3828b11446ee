/**
 * Arena: aligned shared memory of a fixed size, and who takes how much of it.
 * Runs on: the thread that creates it; the buffer then goes anywhere.
 *
 * A plain SharedArrayBuffer is not cache-line aligned, and a growable one makes every access slow. The
 * buffer of a shared WebAssembly.Memory whose initial and maximum size are equal is page-aligned and
 * fixed, so "word 32" really is another line pair than "word 0".
 */
import { LINE_PAIR_WORDS } from '../abi/ring-layout.js'
import { QueueError } from './errors.js'

/** The one part of WebAssembly used here; TypeScript has it only in its browser library. */
interface SharedMemoryConstructor {
  new (limits: { initial: number; maximum: number; shared: true }): { buffer: SharedArrayBuffer }
}
const { Memory } = (globalThis as unknown as { WebAssembly: { Memory: SharedMemoryConstructor } })
  .WebAssembly

const WASM_PAGE_BYTES = 65536
const MAX_ARENA_BYTES = 2 ** 31 - WASM_PAGE_BYTES
const ALIGNMENT_BYTES = LINE_PAIR_WORDS * 4

/** One commented line of the sum that an arena is. */
export interface ArenaShare {
  readonly name: string
  readonly byteOffset: number
  readonly byteLength: number
}

/** Allocates aligned, zeroed shared memory, rounded up to 64 KiB. */
export function allocateShared(byteLength: number): SharedArrayBuffer {
  if (!Number.isSafeInteger(byteLength) || byteLength <= 0 || byteLength > MAX_ARENA_BYTES) {
    throw new QueueError(
      'ERR_IRP_MEMORY',
      `shared memory of ${byteLength} bytes cannot be taken: ask for 1 to ${MAX_ARENA_BYTES} bytes`,
      byteLength,
    )
  }
  const pages = Math.ceil(byteLength / WASM_PAGE_BYTES)
  try {
    return new Memory({ initial: pages, maximum: pages, shared: true }).buffer
  } catch (cause) {
    throw new QueueError(
      'ERR_IRP_MEMORY',
      `the system refused ${byteLength} bytes of shared memory: ${(cause as Error).message}`,
      byteLength,
    )
  }
}

/** Hands out consecutive, line-pair-aligned pieces of one buffer and can print the sum. */
export class Arena {
  readonly buffer: SharedArrayBuffer
  readonly words: Int32Array
  readonly shares: ArenaShare[] = []
  #usedBytes = 0

  /** Takes at least `byteLength` bytes of shared memory. */
  constructor(byteLength: number) {
    this.buffer = allocateShared(byteLength)
    this.words = new Int32Array(this.buffer)
  }

  /** Reserves `wordCount` words for `name`; returns the index of the first. */
  take(name: string, wordCount: number): number {
    const byteLength = Math.ceil((wordCount * 4) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES
    const byteOffset = this.#usedBytes
    if (byteOffset + byteLength > this.buffer.byteLength) {
      throw new QueueError(
        'ERR_IRP_ARENA_FULL',
        `the arena has ${this.buffer.byteLength - byteOffset} bytes left and "${name}" needs ` +
          `${byteLength}: make the arena larger`,
        wordCount,
      )
    }
    this.shares.push({ name, byteOffset, byteLength })
    this.#usedBytes += byteLength
    return byteOffset / 4
  }

  /** The sum, a line a share. */
  describe(): string {
    const lines = this.shares.map(
      (share) => `${share.byteLength.toLocaleString('en').padStart(14)}  ${share.name}`,
    )
    const total = this.#usedBytes.toLocaleString('en').padStart(14)
    return [...lines, `${total}  bytes in all`].join('\n')
  }
}
