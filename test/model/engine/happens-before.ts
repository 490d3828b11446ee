/**
 * Happens-before: who knows of which plain access. Finds data races. Runs on: the checker's own thread.
 *
 * For the last write of each shared plain cell, and the last read of it by each actor since, there is a
 * set of holders that know of it. Holders are the actors and the atomic words: an Atomics store leaves in
 * its word what the actor knows, an Atomics load takes what the word holds; nothing else hands knowledge
 * on (a wake-up does not). This is the specification's happens-before, without clocks that run on, so
 * that states merge. A write needs to know the last write and all reads, a read the last write; else
 * the two are a data race. A cell that is ever accessed plainly is checked at every access. Of one that is accessed
 * with Atomics, too, the last of those accesses by each actor are kept beside: a plain access needs to know them, while
 * two Atomics never race.
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
  /** Plain events of a cell: its last write, then the last read by each actor. */
  readonly #width: number
  /** Where the atomic events of mixed cells begin: of each the last write by each actor, then the last reads. */
  #mixedBase = 0

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
    this.#mixedBase = this.#cells.plain.length * this.#width
    const total = this.#mixedBase + this.#cells.mixed.length * 2 * this.#actors
    this.unknown = new Int32Array(isOn ? total : 0)
  }

  /** A plain write to a cell, `mixedIndex` -1: all its accesses are plain. False when it races. */
  write(actor: number, plainIndex: number, mixedIndex: number): boolean {
    if (this.unknown.length === 0) return true
    const at = plainIndex * this.#width
    let isOrdered = this.#settles(actor, at, this.#width)
    if (mixedIndex >= 0) {
      const atomics = this.#atomicsOf(mixedIndex)
      isOrdered = this.#settles(actor, atomics, 2 * this.#actors) && isOrdered
    }
    this.unknown[at] = ~(1 << actor)
    return isOrdered
  }

  /** As `write`, for a plain read. */
  read(actor: number, plainIndex: number, mixedIndex: number): boolean {
    if (this.unknown.length === 0) return true
    const at = plainIndex * this.#width
    this.unknown[at + 1 + actor] = ~(1 << actor)
    if (!this.#knows(actor, at, 1)) return false
    return mixedIndex < 0 || this.#knows(actor, this.#atomicsOf(mixedIndex), this.#actors)
  }

  /** An atomic access to a mixed cell, after what it acquired. False when it races with a plain one. */
  atomic(actor: number, plainIndex: number, mixedIndex: number, isWrite: boolean): boolean {
    if (this.unknown.length === 0) return true
    const at = this.#atomicsOf(mixedIndex) + (isWrite ? 0 : this.#actors) + actor
    this.unknown[at] = ~(1 << actor)
    return this.#knows(actor, plainIndex * this.#width, isWrite ? this.#width : 1)
  }

  #atomicsOf(mixedIndex: number): number {
    return this.#mixedBase + mixedIndex * 2 * this.#actors
  }

  #knows(actor: number, from: number, count: number): boolean {
    for (let event = from; event < from + count; event++) {
      if ((((this.unknown[event] as number) >>> actor) & 1) !== 0) return false
    }
    return true
  }

  /** As #knows; whoever knows of what comes after these events knows of them, so they are forgotten. */
  #settles(actor: number, from: number, count: number): boolean {
    const isKnown = this.#knows(actor, from, count)
    this.unknown.fill(0, from, from + count)
    return isKnown
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
  forget(plainIndex: number, mixedIndex: number, readers: number, writers: number): void {
    const { unknown } = this
    if (mixedIndex >= 0) {
      const atomics = this.#atomicsOf(mixedIndex)
      for (let event = atomics; event < atomics + 2 * this.#actors; event++) {
        if (((unknown[event] as number) & (readers | writers)) === 0) unknown[event] = 0
      }
    }
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
