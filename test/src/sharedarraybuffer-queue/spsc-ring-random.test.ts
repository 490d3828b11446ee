/**
 * The ring beside an array, 100,000 random operations each; and the order of its accesses, which decides
 * whether it is right on every processor.
 */
import { beforeEach, expect, it, vi } from 'vitest'
import { Random } from '../../../native-sim/random.js'
import {
  RING_HEAD,
  RING_MASK,
  RING_SLOTS,
  RING_TAIL,
  ringWords,
} from '../../../src/abi/ring-layout.js'
import {
  initializeRing,
  SpscConsumer,
  SpscProducer,
} from '../../../src/sharedarraybuffer-queue/spsc-ring.js'
import { startRecording, stopRecording } from '../../harness/recorded-access.js'

vi.mock(import('../../../src/sharedarraybuffer-queue/access.js'), async (original) => {
  const { recordedAccess } = await import('../../harness/recorded-access.js')
  return recordedAccess(await original())
})
beforeEach(() => {
  stopRecording()
})

const OPERATIONS = 100_000

/** Walks a ring and its model; returns how many values went through. */
function walk(seed: number, capacity: number, start: number): number {
  const random = new Random(seed)
  const words = new Int32Array(new SharedArrayBuffer(ringWords(capacity) * 4))
  initializeRing(words, 0, capacity, start)
  const producer = new SpscProducer(words)
  const consumer = new SpscConsumer(words)
  const target = new Int32Array(capacity)
  /** Values in the ring, oldest first: taken but not released, published, staged. */
  const held: number[] = []
  let taken = 0
  let published = 0
  let through = 0
  for (let step = 0; step < OPERATIONS; step++) {
    const at = `seed ${seed}, step ${step}`
    switch (random.nextBelow(5)) {
      case 0: {
        const value = random.nextInt32()
        const hasRoom = held.length < capacity
        if (producer.tryStage(value) !== hasRoom) throw new Error(`${at}: tryStage`)
        if (hasRoom) held.push(value)
        break
      }
      case 1: {
        const values = Array.from({ length: random.nextBelow(capacity + 2) }, () =>
          random.nextInt32(),
        )
        const room = Math.min(values.length, capacity - held.length)
        if (producer.stageBatch(values) !== room) throw new Error(`${at}: stageBatch`)
        held.push(...values.slice(0, room))
        break
      }
      case 2:
        if (producer.publish() !== held.length - published) throw new Error(`${at}: publish`)
        published = held.length
        break
      case 3: {
        const limit = random.nextBelow(capacity + 1)
        const count = consumer.takeBatch(target, limit)
        // It may stop at what it knew; it may not find nothing when there is something, or too much.
        const due = Math.min(limit, published - taken)
        if (count > due || (count === 0 && due > 0)) throw new Error(`${at}: ${count} of ${due}`)
        for (let i = 0; i < count; i++) {
          if (target[i] !== held[taken + i]) throw new Error(`${at}: value ${i}`)
        }
        taken += count
        through += count
        break
      }
      default:
        consumer.release()
        held.splice(0, taken)
        published -= taken
        taken = 0
    }
  }
  return through
}

it.each([
  [1, 1, 0],
  [2, 1, 2 ** 31 - 2],
  [3, 2, 2 ** 32 - 5],
  [4, 8, 2 ** 31 - 100],
  [5, 64, 2 ** 32 - 1000],
])('does what an array does: seed %i, capacity %i, from position %i', (...walkOf) => {
  expect(walk(...walkOf)).toBeGreaterThan(2000)
})

it('writes a value before the tail that covers it, and reads it before the head that frees it', () => {
  const words = new Int32Array(new SharedArrayBuffer(ringWords(4) * 4))
  initializeRing(words, 0, 4, 2 ** 31 - 2)
  const producer = new SpscProducer(words)
  const consumer = new SpscConsumer(words)
  const accesses = startRecording(words)
  producer.stageBatch([7, 8, 9])
  producer.publish()
  consumer.drain(9, () => {})
  producer.free(4)
  // The values' places, from position 2^31 - 2 on.
  const [a, b, c] = [RING_SLOTS + 2, RING_SLOTS + 3, RING_SLOTS]
  expect(accesses).toEqual([
    ...[a, b, c].map((word) => `write ${word}`),
    `store ${RING_TAIL}`,
    `load ${RING_TAIL}`,
    ...[a, b, c].map((word) => `read ${word}`),
    `store ${RING_HEAD}`,
    `load ${RING_HEAD}`,
  ])
})

it('costs one Atomics call a batch on either side', () => {
  const words = new Int32Array(new SharedArrayBuffer(ringWords(64) * 4))
  initializeRing(words, 0, 64)
  const producer = new SpscProducer(words)
  const consumer = new SpscConsumer(words)
  const accesses = startRecording(words)
  for (let i = 0; i < 40; i++) producer.tryStage(i)
  producer.publish()
  while (consumer.available(8) !== 0) consumer.drain(8, () => {})
  const atomics = accesses.filter((access) => !/^(read|write) /.test(access))
  // The last look, that found nothing, is a load of its own; a drain of 8 frees its places.
  expect(atomics.filter((access) => access === `store ${RING_TAIL}`)).toHaveLength(1)
  expect(atomics.filter((access) => access === `load ${RING_TAIL}`)).toHaveLength(2)
  expect(atomics.filter((access) => access === `store ${RING_HEAD}`)).toHaveLength(5)
  expect(atomics).toHaveLength(8)
  expect(accesses).not.toContain(`read ${RING_MASK}`)
})
