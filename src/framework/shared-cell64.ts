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

/** Registers of 64 bits: values on their way between words and number. This thread's own memory. */
const registers = new Int32Array(6)
const float64 = new Float64Array(registers.buffer)
const bigint64 = new BigInt64Array(registers.buffer)
/** What was read from the cell. */
const FOUND = 0
/** What is to be written, or added. */
const GIVEN = 1
const EXPECTED = 2

/**
 * Moves 64 bits between the registers and the shared words. No number passes through these calls: V8 would have
 * to box it wherever it does not inline them.
 */
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

  /** Words → FOUND. */
  fetch(): void {
    const { words, base } = this
    for (;;) {
      const sequence = load(words, base + CELL_SEQUENCE)
      const isOdd = (sequence & 1) !== 0
      registers[2 * FOUND] = load(words, base + (isOdd ? CELL_ODD_LO : CELL_EVEN_LO))
      registers[2 * FOUND + 1] = load(words, base + (isOdd ? CELL_ODD_HI : CELL_EVEN_HI))
      if (load(words, base + CELL_SEQUENCE) === sequence) return
    }
  }

  /** GIVEN → words. Only while this thread holds the claim. */
  publish(): void {
    const { words, base } = this
    const sequence = load(words, base + CELL_SEQUENCE)
    const isOdd = (sequence & 1) !== 0
    store(words, base + (isOdd ? CELL_EVEN_LO : CELL_ODD_LO), registers[2 * GIVEN] as number)
    store(words, base + (isOdd ? CELL_EVEN_HI : CELL_ODD_HI), registers[2 * GIVEN + 1] as number)
    store(words, base + CELL_SEQUENCE, (sequence + 1) | 0)
  }

  /** GIVEN → words. */
  put(): void {
    this.claim()
    this.publish()
    this.unclaim()
  }

  /** FOUND ← words ← GIVEN. */
  exchange(): void {
    this.claim()
    this.fetch()
    this.publish()
    this.unclaim()
  }
}

/** A 'float64' field. */
export class SharedFloat64 implements AtomicNumberField<number> {
  readonly cell: Cell64

  constructor(cell: Cell64) {
    this.cell = cell
  }

  get value(): number {
    this.cell.fetch()
    return float64[FOUND] as number
  }

  // What is no number becomes one, or throws, on its way into the register: before anything is claimed.
  set value(value: number) {
    float64[GIVEN] = value
    this.cell.put()
  }

  add(value: number): number {
    float64[GIVEN] = value
    this.#addGiven()
    return float64[FOUND] as number
  }

  exchange(value: number): number {
    float64[GIVEN] = value
    this.cell.exchange()
    return float64[FOUND] as number
  }

  /** Compares as `Object.is` does: NaN is NaN, and 0 is not -0. */
  compareExchange(expected: number, value: number): number {
    const { cell } = this
    float64[GIVEN] = value
    float64[EXPECTED] = expected
    cell.claim()
    cell.fetch()
    if (Object.is(float64[FOUND], float64[EXPECTED])) cell.publish()
    cell.unclaim()
    return float64[FOUND] as number
  }

  #addGiven(): void {
    const { cell } = this
    cell.claim()
    cell.fetch()
    float64[GIVEN] = (float64[GIVEN] as number) + (float64[FOUND] as number)
    cell.publish()
    cell.unclaim()
  }
}

/** A 'bigint64' field: a signed 64-bit integer; what does not fit wraps round. */
export class SharedBigint64 implements AtomicNumberField<bigint> {
  readonly cell: Cell64

  constructor(cell: Cell64) {
    this.cell = cell
  }

  get value(): bigint {
    this.cell.fetch()
    return bigint64[FOUND] as bigint
  }

  // What is no bigint throws on its way into the register: before anything is claimed.
  set value(value: bigint) {
    bigint64[GIVEN] = value
    this.cell.put()
  }

  add(value: bigint): bigint {
    const { cell } = this
    bigint64[GIVEN] = value
    cell.claim()
    cell.fetch()
    bigint64[GIVEN] = bigint64[GIVEN] + (bigint64[FOUND] as bigint)
    cell.publish()
    cell.unclaim()
    return bigint64[FOUND] as bigint
  }

  exchange(value: bigint): bigint {
    bigint64[GIVEN] = value
    this.cell.exchange()
    return bigint64[FOUND] as bigint
  }

  compareExchange(expected: bigint, value: bigint): bigint {
    const { cell } = this
    bigint64[GIVEN] = value
    bigint64[EXPECTED] = expected
    cell.claim()
    cell.fetch()
    if (bigint64[FOUND] === bigint64[EXPECTED]) cell.publish()
    cell.unclaim()
    return bigint64[FOUND] as bigint
  }
}
