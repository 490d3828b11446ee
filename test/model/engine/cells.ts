/**
 * Cells: the shared words that actors touch, numbered as they are met, with who touches them how.
 * Runs on: the checker's own thread.
 *
 * A cell is local to an actor when no other actor touches it, or when nobody writes it: its accesses
 * commute with everything others do, so the search need not try them in every order. What is local is
 * not declared but found: the search starts with everything local, notes what it sees, and starts again
 * whenever a cell turned out to be shared. It ends when a whole search has seen nothing new.
 */
import { isPlain, writes } from './access-kind.js'

export class Cells {
  readonly names: string[] = []
  readonly initial: number[] = []
  /** Shared cells that somebody accesses plainly: accesses to them are checked for races. */
  readonly plain: number[] = []
  /** Shared cells that somebody accesses with Atomics: they order threads. */
  readonly atomic: number[] = []
  /** Those that are in both. */
  readonly mixed: number[] = []
  /** Grows with everything that is learnt about sharing. */
  version = 0
  readonly #regions: { words: Int32Array; name: string; cells: Int32Array }[] = []
  readonly #readers: number[] = []
  readonly #writers: number[] = []
  readonly #isPlain: boolean[] = []
  readonly #isAtomic: boolean[] = []
  readonly #isShared: boolean[] = []
  #plainIndex: number[] = []
  #atomicIndex: number[] = []
  #mixedIndex: number[] = []

  /** Makes an array known, as `name` in traces. Its present values are the initial ones. */
  addRegion(words: Int32Array, name: string): void {
    this.#regions.push({ words, name, cells: new Int32Array(words.length).fill(-1) })
  }

  get count(): number {
    return this.names.length
  }

  /** Number of that word. */
  idOf(words: Int32Array, index: number): number {
    const region = this.#regions.find((candidate) => candidate.words.buffer === words.buffer)
    const at = (words.byteOffset >> 2) + index
    if (region === undefined || !(at in region.cells)) {
      throw new RangeError(`word ${index} is outside the scenario's shared memory`)
    }
    const known = region.cells[at] as number
    if (known >= 0) return known
    const cell = this.names.length
    region.cells[at] = cell
    this.names.push(`${region.name}[${at}]`)
    this.initial.push(region.words[at] as number)
    this.#readers.push(0)
    this.#writers.push(0)
    this.#isPlain.push(false)
    this.#isAtomic.push(false)
    this.#isShared.push(false)
    return cell
  }

  /** Notes an access; what is learnt counts from the next `reclassify` on. */
  note(cell: number, actor: number, kind: number): void {
    const bit = 1 << actor
    const mask = writes(kind) ? this.#writers : this.#readers
    const before = mask[cell] as number
    const ways = isPlain(kind) ? this.#isPlain : this.#isAtomic
    const isNewWay = ways[cell] === false
    if ((before & bit) !== 0 && !isNewWay) return
    mask[cell] = before | bit
    ways[cell] = true
    const writers = this.#writers[cell] as number
    const all = writers | (this.#readers[cell] as number)
    const isShared = writers !== 0 && (all & (all - 1)) !== 0
    if (isShared && (isNewWay || this.#isShared[cell] === false)) this.version++
    this.#isShared[cell] = isShared
  }

  /** Takes what has been noted into account. */
  reclassify(): void {
    const shared = this.names.flatMap((_, cell) => (this.#isShared[cell] === true ? [cell] : []))
    replace(
      this.plain,
      shared.filter((cell) => this.#isPlain[cell] === true),
    )
    replace(
      this.atomic,
      shared.filter((cell) => this.#isAtomic[cell] === true),
    )
    replace(
      this.mixed,
      this.plain.filter((cell) => this.#isAtomic[cell] === true),
    )
    this.#plainIndex = indexOf(this.plain, this.count)
    this.#atomicIndex = indexOf(this.atomic, this.count)
    this.#mixedIndex = indexOf(this.mixed, this.count)
  }

  /** Place among the plainly accessed shared cells, -1 if it is none. */
  plainIndexOf(cell: number): number {
    return this.#plainIndex[cell] ?? -1
  }

  /** Place among the cells that order threads, -1 if it is none. */
  atomicIndexOf(cell: number): number {
    return this.#atomicIndex[cell] ?? -1
  }

  /** Place among the cells that are accessed both ways, -1 if it is none. */
  mixedIndexOf(cell: number): number {
    return this.#mixedIndex[cell] ?? -1
  }
}

function replace(target: number[], cells: readonly number[]): void {
  target.splice(0, target.length, ...cells)
}

function indexOf(cells: readonly number[], count: number): number[] {
  const places = Array.from({ length: count }, () => -1)
  for (const [place, cell] of cells.entries()) places[cell] = place
  return places
}
