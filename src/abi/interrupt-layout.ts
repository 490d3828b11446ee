/**
 * Interrupt block: what simulated hardware and one Framework worker share about the worker's interrupt lines.
 * Runs on: any thread. Numbers only; no other file may write a word offset of a block.
 *
 *   line pair 0    word  0   MAGIC    written once at creation
 *                  word  1   COUNT    lines of the block, written once at creation
 *                  word  2   IDENTITY drawn at creation: the block is the same in whatever thread it is met
 *   line pair 1    word 32   SIGNALS  event count: hardware adds 1 after raising a line (Atomics.add)
 *   line pair 2+   per interrupt line, LINE_WORDS apart:
 *     +0    RAISED     hardware: how often the line was raised, runs free in 32 bits (Atomics)
 *     +1    ASSERTED   hardware: 1 while a level line is active (Atomics), for whoever looks
 *     +32   TAKEN      worker: the value of RAISED that was serviced last, the end of interrupt (Atomics)
 *     +33   MASK       worker: 1 = go on counting, but do not signal (Atomics)
 *
 * Rules: 1 a line has one hardware thread and one worker; every word has one writer, except SIGNALS, to
 *          which the threads of several lines add.
 *        2 pending means RAISED differs from TAKEN. Raises merge: the difference is how many.
 *        3 a raise stores RAISED, then loads MASK, then (0) adds to SIGNALS and rings the worker. An unmask
 *          stores MASK 0, then loads RAISED once more. One of the two sees the other: no raise is lost.
 *        4 a worker that saw no change of SIGNALS and has no masked line to poll has nothing pending.
 *        5 level: after TAKEN has caught up with RAISED, the hardware raises again if the line is still
 *          active, having first executed what the driver wrote before. So a level is never lost, and a
 *          service that quietened the device is not called again.
 *        6 a successor of a dead worker goes on from TAKEN: what was not serviced is still pending.
 *        7 a line that is given back has neither hardware nor device any more: whoever takes it back writes
 *          RAISED = TAKEN and ASSERTED = 0 in the hardware's place, so that the next ones find nothing pending.
 */
import { LINE_PAIR_WORDS } from './ring-layout.js'

export const INTERRUPT_MAGIC = 0
export const INTERRUPT_COUNT = 1
export const INTERRUPT_IDENTITY = 2
export const INTERRUPT_SIGNALS = LINE_PAIR_WORDS
export const INTERRUPT_MAGIC_VALUE = 0x49525149

export const LINE_RAISED = 0
export const LINE_ASSERTED = 1
export const LINE_TAKEN = LINE_PAIR_WORDS
export const LINE_MASK = LINE_PAIR_WORDS + 1
export const LINE_WORDS = 2 * LINE_PAIR_WORDS

const INTERRUPT_LINES = 2 * LINE_PAIR_WORDS

/** Most lines a block may have: a signalled worker looks at all of them. */
export const MAX_INTERRUPT_LINES = 256

/** First word of line `line`. */
export function interruptLineWord(line: number): number {
  return INTERRUPT_LINES + line * LINE_WORDS
}

/** Words of a block with that many lines. */
export function interruptBlockWords(lineCount: number): number {
  return interruptLineWord(lineCount)
}
