/**
 * Promise API and batch API on one channel at the same time: each completion goes to the one who asked.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine as EngineType } from '../../src/index.js'
import { Engine, fixture } from './built.js'
import { IOCTL_RELEASE } from '../fixtures/drivers/holder.js'
import {
  BALANCED,
  closedLoop,
  CompletionCount,
  eventually,
  pause,
  untilHeld,
  within,
} from './helpers.js'

describe('both APIs on one channel', () => {
  let engine: EngineType
  const log = new SharedArrayBuffer(256)

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1, slots: 256 })
    await engine.addDevice({
      name: 'sequence',
      driver: fixture('sequence-log'),
      parameters: { log },
    })
    await engine.addDevice({ name: 'holder', driver: fixture('holder') })
  })

  afterAll(() => engine.stop())

  for (const api of ['reap', 'reapBatch'] as const) {
    it(`tells completions apart while both are busy (${api})`, async () => {
      new Int32Array(log).fill(0)
      const { channel } = engine
      const file = await engine.open('sequence')
      const buffer = channel.allocate(8)
      const count = 100_000
      const calls = 20_000
      const completions = new CompletionCount(count)
      const bytes = new Uint8Array(16)
      let call = 0
      const settled: number[] = []
      const lane = async (): Promise<void> => {
        while (call < calls) {
          const sequence = call++
          const result = await file.write(bytes, { offset: 2 ** 40 + sequence })
          if (result.status === 0 && result.information === 16) settled.push(sequence)
        }
      }
      const lanes = Promise.all(Array.from({ length: 32 }, lane))
      await closedLoop({ channel, file, buffer, count, depth: 64, completions, api })
      await within(20_000, 'the promise lanes', lanes)
      channel.free(buffer)
      await file.close()
      expect([completions.wrong, completions.outOfOrder]).toEqual([0, 0])
      expect(settled).toEqual(Array.from({ length: calls }, (_, i) => i))
      expect([...new Int32Array(log).subarray(0, 4)]).toEqual([0, 0, count + calls, 0])
    })
  }

  it('finds batch completions that came by while a promise was pumped', async () => {
    const { channel } = engine
    const file = await engine.open('sequence')
    const holder = await engine.open('holder')
    const buffer = channel.allocate(8)
    // A call that stays out keeps the promise API pumping; it takes the batch completions off the ring.
    const signal = new AbortController()
    const held = holder.read(new Uint8Array(4), { signal: signal.signal, rejectOnFailure: false })
    await pause(5)
    for (let i = 0; i < 10; i++) channel.prepareWrite(file, buffer, 8, i, i)
    expect(channel.submit()).toBe(10)
    await eventually(() => channel.hasCompletions(), 'the completions')
    expect(await within(30_000, 'waitAsync', channel.waitAsync(50_000))).toBe(true)
    const seen: number[] = []
    channel.reap(100, (context) => seen.push(context))
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    signal.abort()
    expect((await held).status).toBe(0xc0000120 | 0)
    channel.free(buffer)
    await holder.close()
    await file.close()
  })

  it('a blocking wait that found nothing leaves the promise API awake', async () => {
    // For threads of the user's own; here on main, for a few milliseconds.
    const channel = await engine.openChannel({ slots: 16, bufferBytes: 4096 })
    const file = await channel.open('holder')
    const other = await engine.open('holder')
    for (let i = 0; i < 5; i++) {
      const reading = file.read(new Uint8Array(4))
      await untilHeld(other, 1)
      expect(channel.wait(10)).toBe(false)
      await other.ioctl(IOCTL_RELEASE, null, new Uint8Array(4))
      expect((await within(30_000, 'the read', reading)).status).toBe(0)
    }
    expect(channel.sleeper.rescues).toBe(0)
    await other.close()
    await channel.close()
  })

  it('ends with a balanced ledger and no rescued sleep', async () => {
    await engine.stop({ timeoutMs: 500 })
    expect(engine.ledger()).toMatchObject(BALANCED)
    expect(engine.channel.sleeper.rescues).toBe(0)
    expect(engine.statistics().map((worker) => worker.rescues)).toEqual([0])
  })
})
