import { describe, expect, it } from 'vitest'
import {
  CHANNEL_ID,
  CHANNEL_MAGIC,
  CHANNEL_MAGIC_VALUE,
  CHANNEL_SLOT_COUNT,
  CHANNEL_WORKER_COUNT,
} from '../../../src/abi/channel-layout.js'
import { IRP_SLOT_WORDS } from '../../../src/abi/irp-layout.js'
import { ChannelMemory, createChannelMemory } from '../../../src/irp/channel-memory.js'
import { SpscConsumer, SpscProducer } from '../../../src/sharedarraybuffer-queue/spsc-ring.js'

describe('createChannelMemory', () => {
  it('writes the header and gives each port to its worker’s incarnation', () => {
    const memory = createChannelMemory(7, 16, [1, 5], 4096)
    const { words } = memory
    expect(
      [CHANNEL_MAGIC, CHANNEL_ID, CHANNEL_SLOT_COUNT, CHANNEL_WORKER_COUNT].map((at) => words[at]),
    ).toEqual([CHANNEL_MAGIC_VALUE, 7, 16, 2])
    expect([0, 1].map((worker) => words[memory.incarnationWord(worker)])).toEqual([1, 5])
  })

  it('has empty rings that start where they were told to', () => {
    const memory = createChannelMemory(1, 8, [1, 1], 4096, -3)
    for (const worker of [0, 1]) {
      for (const ring of [memory.submissionRing(worker), memory.completionRing(worker)]) {
        const producer = new SpscProducer(memory.words, ring)
        expect([producer.tail, producer.headCache]).toEqual([-3, -3])
        expect(new SpscConsumer(memory.words, ring).available(9)).toBe(0)
        expect(producer.capacity).toBe(ring === memory.submissionRing(worker) ? 32 : 8)
      }
    }
  })

  it('refuses a number of slots that is no power of two', () => {
    expect(() => createChannelMemory(1, 12, [1], 4096)).toThrow(
      expect.objectContaining({ code: 'ERR_IRP_CAPACITY', value: 12 }),
    )
  })
})

describe('ChannelMemory', () => {
  it('is the same memory for whoever attaches to its description', () => {
    const memory = createChannelMemory(7, 16, [1, 1, 1], 8192)
    const other = new ChannelMemory(structuredClone(memory.descriptor()))
    expect(other.id).toBe(7)
    expect(other.geometry).toEqual(memory.geometry)
    memory.words[memory.slotWord(3)] = 99
    expect(other.words[other.slotWord(3)]).toBe(99)
    expect([0, 1, 2].map((worker) => other.presentedWord(worker))).toEqual(
      [0, 1, 2].map((worker) => memory.presentedWord(worker)),
    )
  })

  it('keeps everything that it names apart', () => {
    const workers = [0, 1, 2]
    const memory = createChannelMemory(1, 8, [1, 1, 1], 4096)
    const g = memory.geometry
    const pieces: [start: number, words: number][] = [
      ...workers.flatMap((worker): [number, number][] => [
        [memory.incarnationWord(worker), 1],
        [memory.submissionRing(worker), g.completionRingOffset - g.submissionRingOffset],
        [memory.completionRing(worker), g.resultsOffset - g.completionRingOffset],
        [memory.resultsWord(worker), 2 * g.completionCapacity],
        [memory.presentedWord(worker), g.slotCount],
      ]),
      ...Array.from({ length: 8 }, (_, slot): [number, number] => [
        memory.slotWord(slot),
        IRP_SLOT_WORDS,
      ]),
    ]
    for (const [i, [start, words]] of pieces.entries()) {
      const [next] = pieces[i + 1] ?? [g.bufferByteOffset / 4]
      expect(start + words, `piece ${i}`).toBeLessThanOrEqual(next)
    }
  })

  it('adds up in its list of shares, to the last byte', () => {
    const memory = createChannelMemory(2, 1024, [1, 1], 1 << 20)
    const shares = memory.shares()
    let at = 0
    for (const share of shares) {
      expect(share.name).toMatch(/^channel 2: /)
      expect(share.byteOffset).toBe(at)
      expect(share.byteLength).toBeGreaterThanOrEqual(0)
      at += share.byteLength
    }
    expect(at).toBe(memory.geometry.totalBytes)
    expect(at).toBeLessThanOrEqual(memory.buffer.byteLength)
  })
})
