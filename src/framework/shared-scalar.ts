/**
 * Shared scalars of 32 bits: a word each, of which every access is one Atomics call. Here are the ones that
 * read and modify; plain reads and writes of a field go to its word directly (shared-context).
 * Runs on: any worker that has a part of the device.
 */
import { add, compareExchange, exchange } from '../sharedarraybuffer-queue/access.js'

/** Read-modify-write on a field, as one step that no other worker can come between. */
export interface AtomicField<T> {
  /** Puts `value` there; returns the value before. */
  exchange(value: T): T
  /** Puts `value` there if `expected` is there; returns the value before. */
  compareExchange(expected: T, value: T): T
}

export interface AtomicNumberField<T extends number | bigint> extends AtomicField<T> {
  /** Adds; returns the value before. Integers wrap round. */
  add(value: T): T
}

/** An 'int32' field. What is no 32-bit integer is converted as `| 0` does. */
export class SharedInt32 implements AtomicNumberField<number> {
  readonly words: Int32Array
  readonly index: number

  constructor(words: Int32Array, index: number) {
    this.words = words
    this.index = index
  }

  add(value: number): number {
    return add(this.words, this.index, value)
  }

  exchange(value: number): number {
    return exchange(this.words, this.index, value)
  }

  compareExchange(expected: number, value: number): number {
    return compareExchange(this.words, this.index, expected, value)
  }
}

/** A 'boolean' field: 0 or 1. */
export class SharedBoolean implements AtomicField<boolean> {
  readonly words: Int32Array
  readonly index: number

  constructor(words: Int32Array, index: number) {
    this.words = words
    this.index = index
  }

  exchange(value: boolean): boolean {
    return exchange(this.words, this.index, value ? 1 : 0) !== 0
  }

  compareExchange(expected: boolean, value: boolean): boolean {
    return compareExchange(this.words, this.index, expected ? 1 : 0, value ? 1 : 0) !== 0
  }
}
