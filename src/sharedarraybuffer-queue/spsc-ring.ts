/**
 * SPSC ring: two halves, two types, because a ring has exactly one writing and one reading thread.
 * Layout: abi/ring-layout. Lock-free and wait-free; publishing costs one Atomics.store a batch.
 * Runs on: SpscProducer on the one producing thread, SpscConsumer on the one consuming thread.
 *
 * Invariants: a value is written before the tail that covers it is published (`publish` pairs with
 * `available`), and read before the head that frees it is published (`release` pairs with `free`).
 * A death of either thread between any two lines leaves a whole ring: what was not published was
 * never sent, what was not released is seen again.
 */
import {
  RING_HEAD,
  RING_MAGIC,
  RING_MAGIC_VALUE,
  RING_MASK,
  RING_SLOTS,
  RING_TAIL,
  ringWords,
} from '../abi/ring-layout.js'
import { load, read as sharedRead, store, write as sharedWrite } from './access.js'
import { Arena } from './arena.js'
import { QueueError } from './errors.js'

// What is imported is loaded and checked at every use; a module's own constants are folded into the code.
const read = sharedRead
const write = sharedWrite

const MAX_CAPACITY = 2 ** 28

/** Throws unless `capacity` is a power of two that a ring can have. */
export function checkCapacity(capacity: number): void {
  const isPowerOfTwo = Number.isInteger(capacity) && (capacity & (capacity - 1)) === 0
  if (!isPowerOfTwo || capacity < 1 || capacity > MAX_CAPACITY) {
    throw new QueueError(
      'ERR_IRP_CAPACITY',
      `a capacity of ${String(capacity)} is not a power of two from 1 to ${MAX_CAPACITY}`,
      capacity,
    )
  }
}

/** Writes an empty ring at `base`. `start` is the first position (tests start near the wrap). */
export function initializeRing(words: Int32Array, base: number, capacity: number, start = 0): void {
  checkCapacity(capacity)
  write(words, base + RING_MASK, capacity - 1)
  write(words, base + RING_MAGIC, RING_MAGIC_VALUE)
  store(words, base + RING_HEAD, start | 0)
  store(words, base + RING_TAIL, start | 0)
}

/** Whether what initializeRing wrote once is there as it was. */
export function isRing(words: Int32Array, base: number, capacity: number): boolean {
  return words[base + RING_MAGIC] === RING_MAGIC_VALUE && words[base + RING_MASK] === capacity - 1
}

/** A ring in memory of its own; hand `buffer` to the other thread and attach the other half there. */
export function createRing(capacity: number): { buffer: SharedArrayBuffer; base: number } {
  checkCapacity(capacity)
  const arena = new Arena(ringWords(capacity) * 4)
  const base = arena.take(`ring of ${capacity} values`, ringWords(capacity))
  initializeRing(arena.words, base, capacity)
  return { buffer: arena.buffer, base }
}

function attach(words: Int32Array, base: number): number {
  if (words[base + RING_MAGIC] !== RING_MAGIC_VALUE) {
    throw new QueueError(
      'ERR_IRP_NOT_A_RING',
      `there is no ring at word ${base}: initialise it with initializeRing or createRing first`,
      base,
    )
  }
  return read(words, base + RING_MASK)
}

/** The writing half. */
export class SpscProducer {
  readonly words: Int32Array
  readonly base: number
  readonly mask: number
  readonly slots: number
  /** Next position to stage; private to this thread. */
  tail: number
  /** What the consumer may already see. */
  published: number
  /** Last head observed: the ring has at least `capacity - (tail - headCache)` free values. */
  headCache: number

  constructor(words: Int32Array, base = 0) {
    this.words = words
    this.base = base
    this.mask = attach(words, base)
    this.slots = base + RING_SLOTS
    this.tail = load(words, base + RING_TAIL)
    this.published = this.tail
    this.headCache = load(words, base + RING_HEAD)
  }

  get capacity(): number {
    return this.mask + 1
  }

  /** Values that can be staged now. Looks at the consumer's head only if fewer than `wanted` are known. */
  free(wanted: number): number {
    const known = this.mask + 1 - ((this.tail - this.headCache) | 0)
    if (known >= wanted) return known
    this.headCache = load(this.words, this.base + RING_HEAD)
    return this.mask + 1 - ((this.tail - this.headCache) | 0)
  }

  /**
   * Writes a value that `publish` will send. The caller knows that there is room.
   * @returns the value's place in the ring, 0 to capacity - 1: for records kept beside it.
   */
  stage(value: number): number {
    const tail = this.tail
    const place = tail & this.mask
    write(this.words, this.slots + place, value)
    this.tail = (tail + 1) | 0
    return place
  }

  /** Stages a value if there is room. */
  tryStage(value: number): boolean {
    if (this.free(1) <= 0) return false
    this.stage(value)
    return true
  }

  /**
   * Stages as many of the first `count` of `values` as there is room for; returns how many.
   * The fastest way for many, best from an Int32Array: the position stays in a register, where `stage` loads
   * and stores it each time.
   */
  stageBatch(values: ArrayLike<number>, count = values.length): number {
    const wanted = count < values.length ? count : values.length
    const free = this.free(wanted)
    const room = free < wanted ? free : wanted
    const { words, slots, mask, tail } = this
    for (let i = 0; i < room; i++) write(words, slots + ((tail + i) & mask), values[i] as number)
    this.tail = (tail + room) | 0
    return room
  }

  /** Sends everything staged. One Atomics.store, none if nothing was staged. Returns how many. */
  publish(): number {
    const count = (this.tail - this.published) | 0
    if (count !== 0) {
      store(this.words, this.base + RING_TAIL, this.tail)
      this.published = this.tail
    }
    return count
  }
}

/** The reading half. */
export class SpscConsumer {
  readonly words: Int32Array
  readonly base: number
  readonly mask: number
  readonly slots: number
  /** Next position to take; private to this thread. */
  head: number
  /** What the producer may already reuse. */
  released: number
  /** Last tail observed: `tailCache - head` values are known to be there. */
  tailCache: number

  constructor(words: Int32Array, base = 0) {
    this.words = words
    this.base = base
    this.mask = attach(words, base)
    this.slots = base + RING_SLOTS
    this.head = load(words, base + RING_HEAD)
    this.released = this.head
    this.tailCache = load(words, base + RING_TAIL)
  }

  get capacity(): number {
    return this.mask + 1
  }

  /** Values that can be taken now, at most `limit`. Looks at the producer's tail only if none are known. */
  available(limit: number): number {
    let known = (this.tailCache - this.head) | 0
    if (known === 0) {
      this.tailCache = load(this.words, this.base + RING_TAIL)
      known = (this.tailCache - this.head) | 0
    }
    return known < limit ? known : limit
  }

  /** Place in the ring of the next value, 0 to capacity - 1. */
  get place(): number {
    return this.head & this.mask
  }

  /** Takes the next value. The caller knows from `available` that there is one. */
  take(): number {
    const head = this.head
    const value = read(this.words, this.slots + (head & this.mask))
    this.head = (head + 1) | 0
    return value
  }

  /** The value that `take` returned last. */
  last(): number {
    return read(this.words, this.slots + ((this.head - 1) & this.mask))
  }

  /**
   * Takes up to `limit` values into `target`; returns how many. `release` is still to be called.
   * The fastest way for many, as `stageBatch` is.
   */
  takeBatch(target: Int32Array, limit = target.length): number {
    const count = this.available(limit < target.length ? limit : target.length)
    const { words, slots, mask, head } = this
    for (let i = 0; i < count; i++) target[i] = read(words, slots + ((head + i) & mask))
    this.head = (head + count) | 0
    return count
  }

  /** Hands every value up to `limit` to `consume`, then frees their places. Returns how many. */
  drain(limit: number, consume: (value: number) => void): number {
    const count = this.available(limit)
    for (let i = 0; i < count; i++) consume(this.take())
    this.release()
    return count
  }

  /** Gives the places of everything taken back to the producer. One Atomics.store. */
  release(): void {
    if (this.released !== this.head) {
      store(this.words, this.base + RING_HEAD, this.head)
      this.released = this.head
    }
  }
}
