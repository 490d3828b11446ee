import { describe, expect, it } from 'vitest'
import {
  RING_HEAD,
  RING_MAGIC,
  RING_MASK,
  RING_TAIL,
  ringWords,
} from '../../../src/abi/ring-layout.js'
import { QueueError } from '../../../src/sharedarraybuffer-queue/errors.js'
import {
  checkCapacity,
  createRing,
  initializeRing,
  isRing,
  SpscConsumer,
  SpscProducer,
} from '../../../src/sharedarraybuffer-queue/spsc-ring.js'

/** Both halves of a new ring. `base` is not 0, so that a forgotten base shows. */
function halves(capacity: number, start = 0, base = 32): [SpscProducer, SpscConsumer] {
  const words = new Int32Array(new SharedArrayBuffer((base + ringWords(capacity)) * 4))
  initializeRing(words, base, capacity, start)
  return [new SpscProducer(words, base), new SpscConsumer(words, base)]
}

function takeAll(consumer: SpscConsumer): number[] {
  const taken: number[] = []
  // A drain ends at the tail that was known before; the next one looks again.
  while (consumer.drain(0x7fffffff, (value) => taken.push(value)) !== 0);
  return taken
}

/** Around each sign change and wrap of a 32-bit counter. */
const STARTS = [0, -1, 2 ** 31 - 3, 2 ** 31 - 1, 2 ** 32 - 3, 2 ** 32 - 1]

describe('SPSC ring', () => {
  it('hands values over in order', () => {
    const [producer, consumer] = halves(8)
    expect(producer.stageBatch([3, -1, 2 ** 31 - 1, 0])).toBe(4)
    expect(producer.publish()).toBe(4)
    expect(takeAll(consumer)).toEqual([3, -1, 2 ** 31 - 1, 0])
    expect(takeAll(consumer)).toEqual([])
  })

  it('is known by what was written once, not by what moves', () => {
    const [producer] = halves(8)
    producer.stage(1)
    producer.publish()
    const { words, base } = producer
    expect([isRing(words, base, 8), isRing(words, base, 16)]).toEqual([true, false])
    for (const word of [RING_MASK, RING_MAGIC]) {
      words[base + word]! ^= 1
      expect(isRing(words, base, 8)).toBe(false)
      words[base + word]! ^= 1
    }
    expect(isRing(words, base, 8)).toBe(true)
  })

  it('shows nothing before publish, and frees nothing before release', () => {
    const [producer, consumer] = halves(2)
    producer.stage(1)
    producer.stage(2)
    expect(consumer.available(9)).toBe(0)
    expect(producer.publish()).toBe(2)
    expect(consumer.available(9)).toBe(2)
    expect(consumer.take()).toBe(1)
    expect(consumer.last()).toBe(1)
    expect(producer.free(1)).toBe(0)
    consumer.release()
    expect(producer.free(1)).toBe(1)
    expect(producer.tryStage(3)).toBe(true)
    expect(producer.tryStage(4)).toBe(false)
  })

  it('publishes nothing when nothing was staged', () => {
    const [producer, consumer] = halves(4)
    const before = Int32Array.from(producer.words)
    expect(producer.publish()).toBe(0)
    consumer.release()
    expect(producer.words).toEqual(before)
  })

  it('is full at its capacity, and takes again what was drained', () => {
    const [producer, consumer] = halves(4)
    expect(producer.capacity).toBe(4)
    expect(consumer.capacity).toBe(4)
    expect(producer.stageBatch([1, 2, 3, 4, 5, 6])).toBe(4)
    expect(producer.free(1)).toBe(0)
    producer.publish()
    expect(consumer.drain(3, () => {})).toBe(3)
    expect(producer.stageBatch([5, 6, 7, 8])).toBe(3)
    producer.publish()
    expect(takeAll(consumer)).toEqual([4, 5, 6, 7])
  })

  it('takes at most what was asked for', () => {
    const [producer, consumer] = halves(8)
    producer.stageBatch([1, 2, 3, 4, 5])
    producer.publish()
    const target = new Int32Array(3)
    expect(consumer.available(2)).toBe(2)
    expect(consumer.takeBatch(target, 2)).toBe(2)
    expect(consumer.takeBatch(target)).toBe(3)
    expect([...target]).toEqual([3, 4, 5])
    expect(consumer.takeBatch(target)).toBe(0)
    expect([...target]).toEqual([3, 4, 5])
  })

  it('tells the place of a value to both sides', () => {
    const [producer, consumer] = halves(4)
    for (let round = 0; round < 9; round++) {
      const place = producer.stage(round)
      producer.publish()
      expect(consumer.available(1)).toBe(1)
      expect(consumer.place).toBe(place)
      expect(place).toBe(round % 4)
      expect(consumer.take()).toBe(round)
      consumer.release()
    }
  })

  it.each(STARTS)('goes on over the wrap of its counters, from position %i', (start) => {
    for (const capacity of [1, 2, 8]) {
      const [producer, consumer] = halves(capacity, start)
      let next = 0
      let expected = 0
      for (let round = 0; round < 40; round++) {
        const count = 1 + (round % capacity)
        expect(producer.free(capacity)).toBe(capacity)
        for (let i = 0; i < count; i++) producer.stage(next++)
        expect(producer.free(1)).toBe(capacity - count)
        expect(producer.publish()).toBe(count)
        expect(consumer.available(0x7fffffff)).toBe(count)
        for (const value of takeAll(consumer)) expect(value).toBe(expected++)
      }
      expect(expected).toBe(next)
    }
  })

  it.each(STARTS)('is full and empty at the right counts, from position %i', (start) => {
    const [producer, consumer] = halves(4, start)
    expect(producer.stageBatch([1, 2, 3, 4, 5])).toBe(4)
    producer.publish()
    expect(producer.tryStage(9)).toBe(false)
    expect(takeAll(consumer)).toEqual([1, 2, 3, 4])
    expect(consumer.available(1)).toBe(0)
  })

  it('goes on where the halves before it stopped', () => {
    const [producer, consumer] = halves(4, -2)
    producer.stageBatch([1, 2, 3])
    producer.publish()
    consumer.takeBatch(new Int32Array(2))
    consumer.release()
    // Never published and never released: as if the threads had died here.
    producer.stage(99)
    consumer.take()
    const nextProducer = new SpscProducer(producer.words, producer.base)
    const nextConsumer = new SpscConsumer(producer.words, producer.base)
    expect(nextProducer.free(4)).toBe(3)
    nextProducer.stage(4)
    nextProducer.publish()
    expect(takeAll(nextConsumer)).toEqual([3, 4])
  })

  it('has its positions where the layout says', () => {
    const [producer, consumer] = halves(4, 7)
    producer.stageBatch([1, 2])
    producer.publish()
    consumer.takeBatch(new Int32Array(1))
    consumer.release()
    const { words, base } = producer
    expect([words[base + RING_TAIL], words[base + RING_HEAD]]).toEqual([9, 8])
  })
})

describe('createRing', () => {
  it('makes a ring that two threads can attach to', () => {
    const { buffer, base } = createRing(16)
    const producer = new SpscProducer(new Int32Array(buffer), base)
    const consumer = new SpscConsumer(new Int32Array(buffer), base)
    producer.stage(5)
    producer.publish()
    expect(takeAll(consumer)).toEqual([5])
    expect((base * 4) % 128).toBe(0)
  })
})

describe('errors', () => {
  it.each([0, -1, 3, 1.5, 2 ** 29, NaN, Infinity])('refuses a capacity of %d', (capacity) => {
    expect(() => checkCapacity(capacity)).toThrow(QueueError)
    expect(() => createRing(capacity)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_CAPACITY', value: capacity }),
    )
    const words = new Int32Array(new SharedArrayBuffer(1024))
    expect(() => initializeRing(words, 0, capacity)).toThrow(/power of two from 1/)
    expect([...words].every((word) => word === 0)).toBe(true)
  })

  it.each([1, 2, 1024, 2 ** 28])('takes a capacity of %d', (capacity) => {
    expect(() => checkCapacity(capacity)).not.toThrow()
  })

  it('attaches to nothing that is no ring', () => {
    const words = new Int32Array(new SharedArrayBuffer(4096))
    initializeRing(words, 0, 4)
    const wanted = expect.objectContaining({ code: 'ERR_IRP_NOT_A_RING', value: 32 })
    expect(() => new SpscProducer(words, 32)).toThrow(wanted)
    expect(() => new SpscConsumer(words, 32)).toThrow(wanted)
    words[RING_MAGIC] = 0
    expect(() => new SpscConsumer(words, 0)).toThrow(/initializeRing or createRing/)
  })
})
