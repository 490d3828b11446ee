/**
 * Shared cell of 64 bits, never torn: the value lies in two words twice, and SEQUENCE says which copy is valid
 * (shared-context-layout). Only 32-bit Atomics, so nothing depends on how a processor or V8 moves 64 bits, and
 * no BigInt is made for a number. Runs on: any worker that has a part of the device.
 *
 *   read    load SEQUENCE, the two words of its copy, SEQUENCE again; the same: done. Else a write was published
 *           meanwhile, and it reads again. It waits for nobody.
 *   write   take CLAIM (owner-word), fill the copy that is not valid, store SEQUENCE + 1, give CLAIM back. A read
 *           of the old copy goes wrong only if a second write has begun, and that one begins after SEQUENCE
 *           has moved: the second load sees it.
 *
 * Holding CLAIM makes read-modify-write one step too; only writers wait for each other, a fraction of a
 * microsecond each. A read costs 4 Atomics calls, a write 6, an `add` 10.
 *
 * A writer that dies before it stored SEQUENCE leaves the old value, afterwards the new one; never a mixture. The
 * next writer takes CLAIM from it. SEQUENCE may come round between the two loads of a reader: after 2^32 writes.
 */
import {
  CELL_CLAIM,
  CELL_EVEN_HI,
  CELL_EVEN_LO,
  CELL_ODD_HI,
  CELL_ODD_LO,
  CELL_SEQUENCE,
} from '../abi/shared-context-layout.js'
import { load, store } from '../sharedarraybuffer-queue/access.js'
import type { LockParty } from './lock-party.js'
import { OwnerWord } from './owner-word.js'
import type { AtomicNumberField } from './shared-scalar.js'

/** A write is over before a sleep would have begun. */
const SPINS = 256

/** The value on its way between words and number: this thread's own memory. */
const scratch = new Int32Array(2)
const scratchFloat64 = new Float64Array(scratch.buffer)
const scratchBigint64 = new BigInt64Array(scratch.buffer)

/** Moves 64 bits between the scratch and the shared words. */
export class Cell64 {
  readonly words: Int32Array
  readonly base: number
  readonly #claim: OwnerWord

  constructor(words: Int32Array, base: number, party: LockParty, spins = SPINS) {
    this.words = words
    this.base = base
    this.#claim = new OwnerWord(words, base + CELL_CLAIM, party, spins)
  }

  claim(): void {
    this.#claim.take(Infinity)
  }

  unclaim(): void {
    this.#claim.give()
  }

  /** Words → scratch. */
  fetch(): void {
    const { words, base } = this
    for (;;) {
      const sequence = load(words, base + CELL_SEQUENCE)
      const isOdd = (sequence & 1) !== 0
      scratch[0] = load(words, base + (isOdd ? CELL_ODD_LO : CELL_EVEN_LO))
      scratch[1] = load(words, base + (isOdd ? CELL_ODD_HI : CELL_EVEN_HI))
      if (load(words, base + CELL_SEQUENCE) === sequence) return
    }
  }

  /** Scratch → words. Only while this thread holds the claim. */
  publish(): void {
    const { words, base } = this
    const sequence = load(words, base + CELL_SEQUENCE)
    const isOdd = (sequence & 1) !== 0
    store(words, base + (isOdd ? CELL_EVEN_LO : CELL_ODD_LO), scratch[0] as number)
    store(words, base + (isOdd ? CELL_EVEN_HI : CELL_ODD_HI), scratch[1] as number)
    store(words, base + CELL_SEQUENCE, (sequence + 1) | 0)
  }
}

/** Read, write and read-modify-write of a cell; how 64 bits are a number is up to the two below. */
abstract class Shared64<T extends number | bigint> implements AtomicNumberField<T> {
  readonly cell: Cell64

  constructor(cell: Cell64) {
    this.cell = cell
  }

  /** What will be stored for `value`. Throws here, before anything is claimed. */
  protected abstract convert(value: T): T
  protected abstract sum(a: T, b: T): T
  protected abstract toScratch(value: T): void
  protected abstract fromScratch(): T

  get value(): T {
    this.cell.fetch()
    return this.fromScratch()
  }

  set value(value: T) {
    const { cell } = this
    const converted = this.convert(value)
    cell.claim()
    this.toScratch(converted)
    cell.publish()
    cell.unclaim()
  }

  add(value: T): T {
    const { cell } = this
    const converted = this.convert(value)
    cell.claim()
    cell.fetch()
    const before = this.fromScratch()
    this.toScratch(this.sum(before, converted))
    cell.publish()
    cell.unclaim()
    return before
  }

  exchange(value: T): T {
    const { cell } = this
    const converted = this.convert(value)
    cell.claim()
    cell.fetch()
    const before = this.fromScratch()
    this.toScratch(converted)
    cell.publish()
    cell.unclaim()
    return before
  }

  /** Compares as `Object.is` does: NaN is NaN, and 0 is not -0. */
  compareExchange(expected: T, value: T): T {
    const { cell } = this
    const converted = this.convert(value)
    cell.claim()
    cell.fetch()
    const before = this.fromScratch()
    if (Object.is(before, expected)) {
      this.toScratch(converted)
      cell.publish()
    }
    cell.unclaim()
    return before
  }
}

/** A 'float64' field. */
export class SharedFloat64 extends Shared64<number> {
  protected convert(value: number): number {
    // What is no number becomes one here; a bigint throws here.
    return value - 0
  }

  protected sum(a: number, b: number): number {
    return a + b
  }

  protected toScratch(value: number): void {
    scratchFloat64[0] = value
  }

  protected fromScratch(): number {
    return scratchFloat64[0] as number
  }
}

/** A 'bigint64' field: a signed 64-bit integer; what does not fit wraps round. */
export class SharedBigint64 extends Shared64<bigint> {
  protected convert(value: bigint): bigint {
    return BigInt.asIntN(64, value)
  }

  protected sum(a: bigint, b: bigint): bigint {
    return a + b
  }

  protected toScratch(value: bigint): void {
    scratchBigint64[0] = value
  }

  protected fromScratch(): bigint {
    return scratchBigint64[0] as bigint
  }
}
