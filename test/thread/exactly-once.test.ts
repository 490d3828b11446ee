/**
 * Exactly once and in order: sequence numbers through a sequential queue, on the batch API.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine as EngineType, IrpFile } from '../../src/index.js'
import { Engine, fixture } from './built.js'
import { BALANCED, closedLoop, CompletionCount } from './helpers.js'

const LOG_NOT_BEHIND = 0
const LOG_NESTED = 1
const LOG_SEEN = 2
const LOG_GAPS = 3

describe('a sequential queue on the batch API', () => {
  let engine: EngineType

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1, slots: 1024 })
  })

  afterAll(() => engine.stop())

  const withDevice = async (
    name: string,
    parameters: Record<string, unknown>,
    use: (file: IrpFile) => Promise<void>,
  ): Promise<void> => {
    await engine.addDevice({ name, driver: fixture('sequence-log'), parameters })
    const file = await engine.open(name)
    await use(file)
    await file.close()
    await engine.removeDevice(name)
  }

  for (const [depth, count] of [
    [1, 60_000],
    [64, 1_000_000],
    [1024, 2_000_000],
  ] as const) {
    for (const api of ['reap', 'reapBatch'] as const) {
      it(`completes ${count} writes once and in order, ${depth} in flight, ${api}`, async () => {
        const log = new SharedArrayBuffer(256)
        await withDevice(`sequence-${depth}-${api}`, { log }, async (file) => {
          const { channel } = engine
          const buffer = channel.allocate(8)
          const completions = new CompletionCount(count)
          await closedLoop({ channel, file, buffer, count, depth, completions, api })
          channel.free(buffer)
          expect(completions.wrong).toBe(0)
          expect(completions.outOfOrder).toBe(0)
          expect([...completions.statuses]).toEqual([[0, count]])
          const words = new Int32Array(log)
          expect(words[LOG_SEEN]).toBe(count)
          expect(words[LOG_NOT_BEHIND]).toBe(0)
          expect(words[LOG_GAPS]).toBe(0)
          expect(words[LOG_NESTED]).toBe(0)
        })
      })
    }
  }

  it('presents one request at a time, also when the driver completes some of them later', async () => {
    const count = 40_000
    const log = new SharedArrayBuffer(256)
    await withDevice('sequence-deferred', { log, deferEvery: 256 }, async (file) => {
      const { channel } = engine
      const buffer = channel.allocate(8)
      const completions = new CompletionCount(count)
      await closedLoop({ channel, file, buffer, count, depth: 256, completions })
      channel.free(buffer)
      expect(completions.wrong).toBe(0)
      expect(completions.outOfOrder).toBe(0)
      const words = new Int32Array(log)
      expect([...words.subarray(0, 4)]).toEqual([0, 0, count, 0])
    })
  })

  it('refuses what has no slot, at once and with a status, and takes it later', async () => {
    await withDevice('sequence-full', {}, async (file) => {
      const { channel } = engine
      const buffer = channel.allocate(8)
      const handles: number[] = []
      const prepare = (): number =>
        channel.prepareWrite(file, buffer, 8, handles.length, handles.length)
      while (handles.length < 1024) handles.push(prepare())
      expect(handles.filter((handle) => handle < 0)).toEqual([])
      expect(prepare()).toBe(0xc000009a | 0)
      expect(new Set(handles).size).toBe(1024)
      expect(channel.submit()).toBe(1024)
      const completed: number[] = []
      while (completed.length < 1024) {
        const reaped = channel.reap(1024, (context, status, information, handle) => {
          expect([status, information, handle]).toEqual([0, 8, handles[context]])
          completed.push(context)
        })
        if (reaped === 0) await channel.waitAsync(1000)
      }
      expect(completed).toEqual(handles.map((_, i) => i))
      expect(channel.prepareWrite(file, buffer, 8, 1024, 0)).toBeGreaterThanOrEqual(0)
      expect(channel.submit()).toBe(1)
      while (channel.reap(1, () => {}) === 0) await channel.waitAsync(1000)
      channel.free(buffer)
    })
  })

  it('keeps what a throwing callback left for the next reap', async () => {
    await withDevice('sequence-throwing-callback', {}, async (file) => {
      const { channel } = engine
      const buffer = channel.allocate(8)
      for (let i = 0; i < 100; i++) channel.prepareWrite(file, buffer, 8, i, i)
      expect(channel.submit()).toBe(100)
      const seen: number[] = []
      let thrown = 0
      while (seen.length < 100) {
        try {
          const reaped = channel.reap(1000, (context) => {
            seen.push(context)
            if (context % 10 === 3) throw new Error('the callback threw on purpose')
          })
          if (reaped === 0) await channel.waitAsync(1000)
        } catch {
          thrown++
        }
      }
      expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i))
      expect(thrown).toBe(10)
      channel.free(buffer)
    })
  })

  it('hears of requests that a callback submits', async () => {
    await withDevice('sequence-nested-submit', {}, async (file) => {
      const { channel } = engine
      const buffer = channel.allocate(8)
      const count = 5000
      let next = 0
      const seen: number[] = []
      const send = (): void => {
        expect(channel.prepareWrite(file, buffer, 8, next, next)).toBeGreaterThanOrEqual(0)
        next++
      }
      for (let i = 0; i < 32; i++) send()
      channel.submit()
      while (seen.length < count) {
        const reaped = channel.reap(64, (context) => {
          seen.push(context)
          if (next < count) {
            send()
            channel.submit()
          }
        })
        if (reaped === 0) await channel.waitAsync(1000)
      }
      expect(seen).toEqual(Array.from({ length: count }, (_, i) => i))
      channel.free(buffer)
    })
  })

  it('ends with a balanced ledger, and no ring entry that was no request', async () => {
    await engine.stop()
    expect(engine.ledger()).toMatchObject(BALANCED)
    expect(engine.statistics()[0]?.rejected).toBe(0)
  })
})
