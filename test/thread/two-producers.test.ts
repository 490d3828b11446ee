/**
 * Two producers at once on one sequential queue: main, and a thread of the user's own with a channel that
 * main let go. Order is per producer.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine as EngineType } from '../../src/index.js'
import { attachChannel, Engine, fixture } from './built.js'
import {
  BALANCED,
  closedLoop,
  CompletionCount,
  errorOf,
  expectBalanced,
  within,
} from './helpers.js'
import { runProducer } from './producer-thread.js'

describe('two producers', () => {
  let engine: EngineType
  const log = new SharedArrayBuffer(256)
  const words = new Int32Array(log)

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1, slots: 256 })
    await engine.addDevice({
      name: 'sequence',
      driver: fixture('sequence-log'),
      parameters: { log },
    })
  })

  afterAll(() => engine.stop())

  for (const api of ['batch', 'promise'] as const) {
    it(`keeps each producer's order; the other thread uses the ${api} API`, async () => {
      words.fill(0)
      const count = api === 'batch' ? 400_000 : 60_000
      const channel = await engine.openChannel({ slots: 256, bufferBytes: 65536 })
      const descriptor = channel.transfer()
      const producing = runProducer({
        descriptor,
        device: 'sequence',
        producer: 1,
        count,
        depth: 64,
        api,
      })
      const file = await engine.open('sequence')
      const buffer = engine.channel.allocate(8)
      const completions = new CompletionCount(count)
      await closedLoop({ channel: engine.channel, file, buffer, count, depth: 64, completions })
      const report = await within(30_000, 'the other producer', producing)
      engine.channel.free(buffer)
      await file.close()

      expect(report).toMatchObject({ wrong: 0, outOfOrder: 0, statuses: [[0, count]] })
      expectBalanced(report.ledger)
      // Its own count, and CREATE, CLEANUP, CLOSE.
      expect(report.ledger.accepted).toBe(count + 3)
      expect([completions.wrong, completions.outOfOrder]).toEqual([0, 0])
      expect([...words.subarray(0, 4)]).toEqual([0, 0, 2 * count, 0])
      expect([words[8], words[9]]).toEqual([count, count])
    })
  }

  it('closes the channel object that was let go', async () => {
    const channel = await engine.openChannel({ slots: 16, bufferBytes: 4096 })
    const buffer = channel.allocate(8)
    const file = await channel.open('sequence')
    expect(await errorOf(() => channel.transfer())).toMatchObject({ code: 'ERR_IRP_CHANNEL_MOVED' })
    await file.close()
    const descriptor = channel.transfer()
    expect(channel.isClosed).toBe(true)
    expect(await errorOf(() => channel.open('sequence'))).toMatchObject({
      code: 'ERR_IRP_CHANNEL_MOVED',
    })
    expect(channel.submit()).toBe(0xc0000008 | 0)
    expect(channel.prepareWrite(file, buffer, 8, 0, 0)).toBeLessThan(0)

    // It works on the same thread as well.
    const attached = attachChannel(descriptor)
    const again = await attached.open('sequence')
    expect(await again.write(new Uint8Array(8), { offset: 2 ** 40 * 3 })).toMatchObject({
      status: 0,
    })
    await attached.close()
    expectBalanced(attached.ledger())
  })

  it('attaches a channel whose worker died while nobody owned it', async () => {
    const channel = await engine.openChannel({ slots: 16, bufferBytes: 4096 })
    const descriptor = channel.transfer()
    const replaced = new Promise((resolve) => engine.once('workerReplaced', resolve))
    await engine.terminateWorker(0)
    await replaced
    const attached = attachChannel(descriptor)
    const file = await within(
      30_000,
      'open on a channel attached after a death',
      attached.open('sequence'),
    )
    expect(await file.write(new Uint8Array(8), { offset: 2 ** 40 * 4 })).toMatchObject({
      status: 0,
    })
    await attached.close()
    expectBalanced(attached.ledger())
  })

  it('ends with a balanced ledger', async () => {
    await engine.stop()
    expect(engine.ledger()).toMatchObject(BALANCED)
  })
})
