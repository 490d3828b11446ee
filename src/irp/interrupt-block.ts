/**
 * Interrupt block memory: made once a worker, handed to the worker and to whatever hardware raises its lines.
 * Layout: abi/interrupt-layout. Runs on: any thread; `InterruptLines` on main, which gives lines out.
 */
import {
  INTERRUPT_COUNT,
  INTERRUPT_IDENTITY,
  INTERRUPT_MAGIC,
  INTERRUPT_MAGIC_VALUE,
  LINE_ASSERTED,
  LINE_MASK,
  LINE_RAISED,
  LINE_TAKEN,
  MAX_INTERRUPT_LINES,
  interruptBlockWords,
  interruptLineWord,
} from '../abi/interrupt-layout.js'
import { load, read, store, write } from '../sharedarraybuffer-queue/access.js'
import { allocateShared } from '../sharedarraybuffer-queue/arena.js'
import { QueueError } from '../sharedarraybuffer-queue/errors.js'

/** Where a doorbell lies; structured-cloneable. */
export interface DoorbellPlace {
  readonly buffer: SharedArrayBuffer
  readonly word: number
}

/** One interrupt line, as hardware and worker both need it; structured-cloneable. */
export interface LineDescriptor {
  /** Interrupt block of the worker that services the line. */
  readonly block: SharedArrayBuffer
  readonly line: number
  /** The worker's doorbell. */
  readonly doorbell: DoorbellPlace
}

/** Takes and initialises a block. Every line is masked until a worker connects it. */
export function createInterruptBlock(lineCount: number): SharedArrayBuffer {
  if (!Number.isInteger(lineCount) || lineCount < 1 || lineCount > MAX_INTERRUPT_LINES) {
    throw new QueueError(
      'ERR_IRP_CAPACITY',
      `a worker has 1 to ${MAX_INTERRUPT_LINES} interrupt lines, not ${String(lineCount)}`,
      lineCount,
    )
  }
  const buffer = allocateShared(interruptBlockWords(lineCount) * 4)
  const words = new Int32Array(buffer)
  write(words, INTERRUPT_MAGIC, INTERRUPT_MAGIC_VALUE)
  write(words, INTERRUPT_COUNT, lineCount)
  write(words, INTERRUPT_IDENTITY, crypto.getRandomValues(new Int32Array(1))[0] as number)
  for (let line = 0; line < lineCount; line++) store(words, interruptLineWord(line) + LINE_MASK, 1)
  return buffer
}

/** Whether the memory is a block. */
export function isInterruptBlock(buffer: SharedArrayBuffer): boolean {
  const isLarge = buffer.byteLength >= interruptBlockWords(1) * 4
  return isLarge && read(new Int32Array(buffer), INTERRUPT_MAGIC) === INTERRUPT_MAGIC_VALUE
}

/** The words of a block. @throws QueueError ERR_IRP_NOT_A_RING when the buffer is something else. */
export function interruptBlockOf(buffer: SharedArrayBuffer): Int32Array {
  if (!isInterruptBlock(buffer)) {
    throw new QueueError(
      'ERR_IRP_NOT_A_RING',
      'the buffer holds no interrupt block: make one with createInterruptBlock',
      buffer.byteLength,
    )
  }
  return new Int32Array(buffer)
}

/** Tells blocks apart in any thread: each has its own wrapper around the same memory. */
export function identityOfBlock(buffer: SharedArrayBuffer): number {
  return read(interruptBlockOf(buffer), INTERRUPT_IDENTITY)
}

/** Gives the lines of one worker's block to devices, and takes them back. */
export class InterruptLines {
  readonly block: SharedArrayBuffer
  readonly #doorbell: DoorbellPlace
  readonly #free: number[]

  constructor(block: SharedArrayBuffer, doorbell: DoorbellPlace) {
    this.block = block
    this.#doorbell = doorbell
    const count = read(interruptBlockOf(block), INTERRUPT_COUNT)
    this.#free = Array.from({ length: count }, (_, i) => count - 1 - i)
  }

  /** A line that nobody has. @throws QueueError ERR_IRP_CAPACITY when all are given out. */
  allocate(): LineDescriptor {
    const line = this.#free.pop()
    if (line === undefined) {
      const count = read(interruptBlockOf(this.block), INTERRUPT_COUNT)
      throw new QueueError(
        'ERR_IRP_CAPACITY',
        `all ${count} interrupt lines of the worker are in use: release some, or use another worker`,
        count,
      )
    }
    return { block: this.block, line, doorbell: this.#doorbell }
  }

  /**
   * Takes a line back, once its hardware has stopped and its device has gone. What is still pending is forgotten: main
   * stands in for the hardware (rule 7 of the layout).
   */
  release({ line }: LineDescriptor): void {
    const words = interruptBlockOf(this.block)
    const at = interruptLineWord(line)
    store(words, at + LINE_RAISED, load(words, at + LINE_TAKEN))
    store(words, at + LINE_ASSERTED, 0)
    this.#free.push(line)
  }
}
