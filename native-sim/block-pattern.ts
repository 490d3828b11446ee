// The content of one version of one 512-byte block: 128 words that count up, in steps of an odd constant, from
// a base which mixes seed, block and version.
// Runs on: any thread; no state.
// Invariants: for one block, two versions have two bases, so they differ in every word (stale or torn data
// shows); within 2 TiB, two blocks of one version have two bases (a misplaced block shows); within a block no
// two words are equal (shifted data shows). Elsewhere a wrong word passes once in 2^32.

export const BLOCK_BYTES = 512
export const BLOCK_WORDS = BLOCK_BYTES / 4
const WORD_STEP = 0x9e37_79b9 | 0
const VERSION_STEP = 0x85eb_ca6b | 0
const HIGH_STEP = 0xc2b2_ae35 | 0
const TWO_32 = 2 ** 32

/**
 * The first word of a block.
 * @param key int32, the mixed seed
 * @param block number of the block, 0 .. 2^44
 * @param version int32
 */
export function blockBase(key: number, block: number, version: number): number {
  const high = Math.floor(block / TWO_32) | 0
  const place = mix32((block | 0) ^ mix32((key + Math.imul(high, HIGH_STEP)) | 0))
  return mix32((place + Math.imul(version, VERSION_STEP)) | 0)
}

/** Word `index` of a block with this base. */
export function blockWord(base: number, index: number): number {
  return (base + Math.imul(index, WORD_STEP)) | 0
}

/** Writes a block from words[start] on. Four words a turn: 0.6 ns a word against 0.9 singly. */
export function fillBlock(words: Int32Array, start: number, base: number): void {
  // `| 0` tells the compiler that the sum stays an integer; without it each word costs 5 ns.
  let word = base | 0
  for (let i = start; i < start + BLOCK_WORDS; i += 4) {
    words[i] = word
    words[i + 1] = (word + WORD_STEP) | 0
    words[i + 2] = (word + 2 * WORD_STEP) | 0
    words[i + 3] = (word + 3 * WORD_STEP) | 0
    word = (word + 4 * WORD_STEP) | 0
  }
}

/** Index in `words` of the first word that is not the block's; -1: all are. */
export function firstWrongWord(words: Int32Array, start: number, base: number): number {
  let word = base | 0
  let difference = 0
  for (let i = start; i < start + BLOCK_WORDS; i += 4) {
    difference |=
      ((words[i] ?? 0) ^ word) |
      ((words[i + 1] ?? 0) ^ (word + WORD_STEP)) |
      ((words[i + 2] ?? 0) ^ (word + 2 * WORD_STEP)) |
      ((words[i + 3] ?? 0) ^ (word + 3 * WORD_STEP))
    word = (word + 4 * WORD_STEP) | 0
  }
  if (difference === 0) return -1
  // Bounded, because a driver that still writes may put the word right between the two looks.
  let index = 0
  while (index < BLOCK_WORDS - 1 && words[start + index] === blockWord(base, index)) index++
  return start + index
}

/** Index in `words` of the first word that is not zero; -1: all are, as of a block never written. */
export function firstNonZeroWord(words: Int32Array, start: number): number {
  let difference = 0
  for (let i = start; i < start + BLOCK_WORDS; i += 4) {
    difference |= (words[i] ?? 0) | (words[i + 1] ?? 0) | (words[i + 2] ?? 0) | (words[i + 3] ?? 0)
  }
  if (difference === 0) return -1
  let index = 0
  while (index < BLOCK_WORDS - 1 && words[start + index] === 0) index++
  return start + index
}

/** MurmurHash3's finalizer: a bijection of 32 bits, which the invariants rest on. */
export function mix32(value: number): number {
  const first = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2_ae35)
  return second ^ (second >>> 16)
}
