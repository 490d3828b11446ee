import { RingBuffer } from 'ringbuf.js'
import { describe, expect, it } from 'vitest'
import { RingbufProducer } from '../../../bench/rivals/ringbuf.js'

describe('RingbufProducer', () => {
  it('sends every number once and in order, also where a batch did not fit', () => {
    const ring = new RingBuffer(RingBuffer.getStorageForCapacity(100, Int32Array), Int32Array)
    const producer = new RingbufProducer(ring, 32)
    const taken = new Int32Array(70)
    const found: number[] = []
    for (let turn = 0; turn < 5; turn++) {
      producer.turns()
      found.push(...taken.subarray(0, ring.pop(taken)))
    }
    expect(found.length).toBe(350)
    expect(found).toEqual(Array.from({ length: 350 }, (_, i) => i))
    expect(producer.sent).toBe(350 + ring.available_read())
  })
})
