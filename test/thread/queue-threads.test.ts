/**
 * The sharedarraybuffer-queue entry alone, between real threads: rings and doorbells.
 */
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { PingPongData, PingPongReport } from '../fixtures/threads/ping-pong.js'
import type { RingProducerData } from '../fixtures/threads/ring-producer.js'
import type { ShoutingProducerData } from '../fixtures/threads/shouting-producer.js'
import { queue, threadScript } from './built.js'
import { within } from './helpers.js'

const { Arena, DOORBELL_WORDS, initializeRing, Ringer, ringWords, Sleeper, SpscConsumer } = queue

/** Starts a thread; resolves with its one message once it has ended. */
function run(script: string, workerData: unknown): { result: Promise<unknown>; thread: Worker } {
  const thread = new Worker(threadScript(script), { workerData })
  const result = new Promise<unknown>((resolve, reject) => {
    let message: unknown
    thread.on('message', (value: unknown) => {
      message = value
    })
    thread.on('error', reject)
    thread.on('exit', () => resolve(message))
  })
  return { result, thread }
}

describe('a ring between two threads', () => {
  const COUNT = 10_000_000
  for (const [batch, capacity, start] of [
    [1, 8192, 0],
    [32, 8192, 2 ** 31 - COUNT / 2],
    [128, 1024, -COUNT / 2],
  ] as const) {
    it(`10 million numbers, ${batch} a batch, positions from ${start}`, async () => {
      const arena = new Arena(ringWords(capacity) * 4)
      const base = arena.take('ring', ringWords(capacity))
      initializeRing(arena.words, base, capacity, start)
      const consumer = new SpscConsumer(arena.words, base)
      const data: RingProducerData = { buffer: arena.buffer, base, count: COUNT, batch }
      const { result } = run('ring-producer', data)
      const values = new Int32Array(256)
      let taken = 0
      let sum = 0
      let wrong = 0
      const drain = (): void => {
        // A stretch at a time, so that this thread's event loop goes on, and the producer gets a core.
        for (let polls = 0, empty = 0; polls < 200_000; polls++) {
          if (taken === COUNT || empty > 2000) return
          const count = consumer.takeBatch(values)
          if (count === 0) empty++
          for (let i = 0; i < count; i++) {
            if (values[i] !== taken++) wrong++
            sum += values[i] as number
          }
          consumer.release()
        }
      }
      for (;;) {
        drain()
        if (taken === COUNT) break
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(await result).toBe('sent')
      expect([taken, wrong]).toEqual([COUNT, 0])
      expect(sum).toBe((COUNT * (COUNT - 1)) / 2)
      expect(consumer.available(1)).toBe(0)
    })
  }
})

describe('a doorbell between two threads', () => {
  for (const [ping, pong, rounds, jitter] of [
    ['park', 'park', 20_000, 0],
    ['park', 'park', 20_000, 400],
    ['park', 'event-loop', 20_000, 0],
    ['event-loop', 'event-loop', 10_000, 300],
  ] as const) {
    const how = jitter === 0 ? '' : ', with random pauses'
    it(`${rounds} rounds, ${ping} and ${pong}${how}: no wake-up is lost`, async () => {
      const arena = new Arena(4 * (2 * ringWords(16) + 2 * DOORBELL_WORDS))
      const pings = arena.take('pings', ringWords(16))
      const pongs = arena.take('pongs', ringWords(16))
      const pingBell = arena.take('bell of ping', DOORBELL_WORDS)
      const pongBell = arena.take('bell of pong', DOORBELL_WORDS)
      initializeRing(arena.words, pings, 16)
      initializeRing(arena.words, pongs, 16)
      const common = { buffer: arena.buffer, rounds, pings, pongs, pingBell, pongBell, jitter }
      const threads = [
        run('ping-pong', { ...common, role: 'pong', sleep: pong } satisfies PingPongData),
        run('ping-pong', { ...common, role: 'ping', sleep: ping } satisfies PingPongData),
      ]
      const reports = (await within(
        100_000,
        'ping-pong',
        Promise.all(threads.map(({ result }) => result)),
      ).finally(() =>
        Promise.all(threads.map(({ thread }) => thread.terminate())),
      )) as PingPongReport[]
      expect(reports.map(({ wrong, rescues }) => [wrong, rescues])).toEqual([
        [0, 0],
        [0, 0],
      ])
      // They really slept.
      for (const { parks } of reports) expect(parks).toBeGreaterThan(rounds / 20)
    })
  }

  for (const sleep of ['park', 'event-loop'] as const) {
    it(`a ringing thread and a sleeper (${sleep}): every value arrives, none by the net`, async () => {
      const count = 100_000
      const capacity = 256
      const arena = new Arena(4 * (ringWords(capacity) + DOORBELL_WORDS))
      const ring = arena.take('ring', ringWords(capacity))
      const bell = arena.take('bell', DOORBELL_WORDS)
      initializeRing(arena.words, ring, capacity)
      const consumer = new SpscConsumer(arena.words, ring)
      const sleeper = new Sleeper(arena.words, bell)
      const data: ShoutingProducerData = { buffer: arena.buffer, ring, bell, count }
      const { result } = run('shouting-producer', data)
      const hasWork = (): boolean => consumer.available(1) !== 0
      let next = 0
      let wrong = 0
      const receive = async (): Promise<void> => {
        for (;;) {
          if (next === count) return
          const drained = consumer.drain(64, (value) => {
            if (value !== next++) wrong++
          })
          if (drained > 0) continue
          if (sleep === 'park') sleeper.park(20_000, hasWork)
          else await sleeper.sleepOnEventLoop(20_000, hasWork, 'ref')
        }
      }
      await within(15_000, 'the sleeper', receive())
      const rings = (await result) as number
      expect([next, wrong, sleeper.rescues]).toEqual([count, 0, 0])
      expect(sleeper.parks).toBeGreaterThan(0)
      expect(rings).toBeGreaterThan(0)
    })
  }

  it('a sleeper that nobody rings wakes up by its net, and that is no rescue', async () => {
    const arena = new Arena(4 * DOORBELL_WORDS)
    const sleeper = new Sleeper(arena.words, arena.take('bell', DOORBELL_WORDS))
    sleeper.park(5, () => false)
    await sleeper.sleepOnEventLoop(5, () => false, 'ref')
    expect([sleeper.parks, sleeper.rescues]).toEqual([2, 0])
    // Work that nobody rang for is a rescue.
    let asked = 0
    sleeper.park(5, () => asked++ > 0)
    expect([sleeper.parks, sleeper.rescues]).toEqual([3, 1])
  })

  it('work that was rung for while the net went off is no rescue', async () => {
    const arena = new Arena(4 * DOORBELL_WORDS)
    const bell = arena.take('bell', DOORBELL_WORDS)
    const sleeper = new Sleeper(arena.words, bell)
    const ringer = new Ringer(arena.words, bell)
    // The ringer's publish and ring fall between the time-out and the second look.
    const hasWork = (): boolean => {
      if (asked++ === 0) return false
      ringer.ring()
      return true
    }
    let asked = 0
    sleeper.park(5, hasWork)
    asked = 0
    await sleeper.sleepOnEventLoop(5, hasWork, 'ref')
    expect([ringer.rings, sleeper.rescues]).toEqual([2, 0])
  })

  it('code of the same thread ends a sleep on the event loop', async () => {
    const arena = new Arena(4 * DOORBELL_WORDS)
    const sleeper = new Sleeper(arena.words, arena.take('bell', DOORBELL_WORDS))
    const sleeping = sleeper.sleepOnEventLoop(20_000, () => false, 'ref')
    setTimeout(() => sleeper.wakeLocally(), 5)
    await within(20_000, 'the sleep', sleeping)
    expect(sleeper.rescues).toBe(0)
  })
})
