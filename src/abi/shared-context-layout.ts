/**
 * The shared device context: the fields that a driver declared once, for all workers of one device.
 * Runs on: any thread. Numbers only.
 *
 *   line 0      word 0   SHAPE     hash of the declaration; whoever binds first stores it (Atomics)
 *               words 1-15         stay zero
 *   then        locks              a line each (lock-layout), in order of declaration
 *   then        32-bit scalars     a word each, in order of declaration (Atomics)
 *   then        64-bit scalars     a cell of 6 words each, in order of declaration (Atomics):
 *     +0  CLAIM     OWNER word of whoever writes the cell (lock-layout)
 *     +1  SEQUENCE  the writer adds 1 to publish; runs free in 32 bits; bit 0 says which half is valid
 *     +2  EVEN_LO   the value while SEQUENCE is even
 *     +3  EVEN_HI
 *     +4  ODD_LO    the value while SEQUENCE is odd
 *     +5  ODD_HI
 *   then        arrays             each from a new line on, in order of declaration (plain)
 *
 * The whole is rounded up to lines. Zero everywhere is a context whose fields are all zero.
 */
export const CONTEXT_LINE_WORDS = 16
export const CONTEXT_LINE_BYTES = 4 * CONTEXT_LINE_WORDS
export const CONTEXT_SHAPE = 0
export const CONTEXT_HEADER_WORDS = CONTEXT_LINE_WORDS

export const CELL_CLAIM = 0
export const CELL_SEQUENCE = 1
export const CELL_EVEN_LO = 2
export const CELL_EVEN_HI = 3
export const CELL_ODD_LO = 4
export const CELL_ODD_HI = 5
export const CELL_WORDS = 6

/** Words rounded up to whole lines. */
export function wholeLines(words: number): number {
  return Math.ceil(words / CONTEXT_LINE_WORDS) * CONTEXT_LINE_WORDS
}
