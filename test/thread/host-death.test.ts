/** A host thread that dies with requests in flight is cleaned up as a process that ends. */
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import {
  LOG_CANCELLED,
  LOG_CLEANUPS,
  LOG_CLOSES,
  LOG_CREATES,
  LOG_HELD,
  LOG_HELD_AT_CLOSE,
} from '../fixtures/drivers/file-log.js'
import { Engine, fixture, threadScript } from './built.js'
import { BALANCED, within } from './helpers.js'

it('its requests are cancelled, its files closed, its memory given back; others notice nothing', async () => {
  const log = new Int32Array(new SharedArrayBuffer(64))
  const engine = await Engine.start({
    workers: 2,
    devices: [{ name: 'log', driver: fixture('file-log'), parameters: { log: log.buffer } }],
  })
  const mine = await engine.open('log')
  const memoryBefore = engine.memory().length
  for (let round = 1; round <= 3; round++) {
    const channel = (await engine.openChannel({ slots: 64 })).transfer()
    const data = { channel, device: 'log', reads: 20 }
    const thread = new Worker(threadScript('held-reads'), { workerData: data })
    engine.watchHost(channel, thread)
    const died = new Promise<number>((resolve) => engine.once('hostDied', resolve))
    await within(30_000, 'the thread', new Promise((resolve) => thread.once('message', resolve)))
    const others = Promise.all(Array.from({ length: 50 }, () => mine.write(new Uint8Array(4))))
    await thread.terminate()
    expect(await within(30_000, 'the clean-up', died)).toBe(channel.memory.id)
    await others
    expect(log[LOG_CREATES]).toBe(1 + round)
    expect([log[LOG_CLEANUPS], log[LOG_CLOSES]]).toEqual([round, round])
    expect([log[LOG_HELD], log[LOG_CANCELLED]]).toEqual([20 * round, 20 * round])
    expect(log[LOG_HELD_AT_CLOSE]).toBe(0)
    expect(engine.memory()).toHaveLength(memoryBefore)
  }
  await mine.close()
  expect(log[LOG_CLOSES]).toBe(4)
  await engine.stop()
  expect(engine.ledger()).toMatchObject(BALANCED)
})

it('a host that closes its channel before it ends is not taken for dead', async () => {
  const engine = await Engine.start({ workers: 1 })
  let deaths = 0
  engine.on('hostDied', () => deaths++)
  const channel = (await engine.openChannel()).transfer()
  const thread = new Worker(
    `const { workerData } = require('node:worker_threads')
     import(workerData.irpool).then(({ attachChannel }) => attachChannel(workerData.channel).close())`,
    {
      eval: true,
      workerData: { channel, irpool: new URL('../../build/src/index.js', import.meta.url).href },
    },
  )
  engine.watchHost(channel, thread)
  await new Promise((resolve) => thread.once('exit', resolve))
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(deaths).toBe(0)
  await engine.stop()
})
