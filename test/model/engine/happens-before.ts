/**
 * Happens-before: who knows of which plain access. Finds data races. Runs on: the checker's own thread.
 *
 * For the last write of each shared plain cell, and the last read of it by each actor since, there is a
 * set of holders that know of it. Holders are the actors and the atomic words: an Atomics store leaves in
 * its word what the actor knows, an Atomics load takes what the word holds; nothing else hands knowledge
 * on (a wake-up does not). This is the specification's happens-before, without clocks that run on, so
 * that states merge. A write needs to know the last write and all reads, a read the last write; else
 * the two are a data race. A cell that is ever accessed plainly is checked at every access.
 *
 * A program without races is sequentially consistent on every processor (ECMA-262, "Memory Model").
 * The sets are kept inverted: a bit says that the holder does not know, so that zero means "all know".
 */
import type { Cells } from './cells.js'

const MAX_HOLDERS = 32

export class HappensBefore {
  /** Bit h of an event's word: holder h does not know of it. */
  unknown = new Int32Array(0)
  readonly #cells: Cells
  readonly #actors: number
  /** Events of a cell: its last write, then the last read by each actor. */
  readonly #width: number

  constructor(cells: Cells, actors: number) {
    this.#cells = cells
    this.#actors = actors
    this.#width = 1 + actors
  }

  /** Forgets everything; the cells have been classified anew. Without `isOn` nothing is kept or found. */
  reset(isOn: boolean): void {
    const holders = this.#actors + this.#cells.atomic.length
    if (holders > MAX_HOLDERS) {
      throw new RangeError(`${holders} actors and shared atomic words, at most ${MAX_HOLDERS}`)
    }
    this.unknown = new Int32Array(isOn ? this.#cells.plain.length * this.#width : 0)
  }

  /** A plain write, or any write to a cell that is accessed plainly. False when it races. */
  write(actor: number, plainIndex: number): boolean {
    if (this.unknown.length === 0) return true
    const at = plainIndex * this.#width
    const bit = 1 << actor
    let isOrdered = true
    for (let event = at; event < at + this.#width; event++) {
      if (((this.unknown[event] as number) & bit) !== 0) isOrdered = false
      this.unknown[event] = 0
    }
    this.unknown[at] = ~bit
    return isOrdered
  }

  /** As `write`, for a read. */
  read(actor: number, plainIndex: number): boolean {
    if (this.unknown.length === 0) return true
    const at = plainIndex * this.#width
    const bit = 1 << actor
    this.unknown[at + 1 + actor] = ~bit
    return ((this.unknown[at] as number) & bit) === 0
  }

  /** The actor loads an atomic word: it knows what the word holds. */
  acquire(actor: number, atomicIndex: number): void {
    this.#pass(this.#actors + atomicIndex, actor)
  }

  /** The actor stores to an atomic word: the word holds what the actor knows, and nothing else. */
  release(actor: number, atomicIndex: number): void {
    const { unknown } = this
    const word = this.#actors + atomicIndex
    for (let event = 0; event < unknown.length; event++) {
      const events = unknown[event] as number
      const doesNotKnow = (events >>> actor) & 1
      unknown[event] = (events & ~(1 << word)) | (doesNotKnow << word)
    }
  }

  /**
   * Forgets accesses that everybody knows who may still touch their cell. `readers` and `writers` have a bit
   * for each actor that may still read or write the cell.
   */
  forget(plainIndex: number, readers: number, writers: number): void {
    const { unknown } = this
    const at = plainIndex * this.#width
    if (((unknown[at] as number) & (readers | writers)) === 0) unknown[at] = 0
    for (let event = at + 1; event < at + this.#width; event++) {
      if (((unknown[event] as number) & writers) === 0) unknown[event] = 0
    }
  }

  #pass(from: number, to: number): void {
    const { unknown } = this
    for (let event = 0; event < unknown.length; event++) {
      const events = unknown[event] as number
      if (((events >>> from) & 1) === 0) unknown[event] = events & ~(1 << to)
    }
  }
}
