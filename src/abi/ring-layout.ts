/**
 * The ring: one producer, one consumer, 32-bit values, a power of two of them.
 * Runs on: any thread. Numbers only; no other file may write a word offset of a ring.
 *
 *   line pair 0   word  0   TAIL   producer publishes (Atomics.store), consumer observes (Atomics.load)
 *                 words 1-31       stay zero: nothing else shares the producer's lines
 *   line pair 1   word 32   HEAD   consumer publishes, producer observes
 *   line pair 2   word 64   MASK   capacity - 1, set once at creation
 *                 word 65   MAGIC  attaching to anything else fails
 *   line pair 3+  word 96   slots  value of position p is at 96 + (p & MASK)
 *
 * Rules: 1 positions run free in 32 bits and are compared only as (a - b) | 0.
 *        2 0 <= TAIL - HEAD <= capacity.
 *        3 a slot is written (plainly) before TAIL covers it, and read (plainly) before HEAD frees it.
 *        4 each side keeps the other's position in a private field and looks again only when it must.
 */
export const RING_TAIL = 0
export const RING_HEAD = 32
export const RING_MASK = 64
export const RING_MAGIC = 65
export const RING_SLOTS = 96

export const RING_MAGIC_VALUE = 0x53505343

/** Words between two things that different threads write: two 64-byte lines, as prefetchers pair them. */
export const LINE_PAIR_WORDS = 32

/** Words a ring of that capacity takes, rounded up to whole line pairs. */
export function ringWords(capacity: number): number {
  return RING_SLOTS + Math.ceil(capacity / LINE_PAIR_WORDS) * LINE_PAIR_WORDS
}
