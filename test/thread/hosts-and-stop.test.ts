/**
 * Host threads of the user's own that outlive the engine, or die before it.
 */
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { ProducerData } from '../fixtures/threads/producer.js'
import type { UntilRefusedReport } from '../fixtures/threads/until-refused.js'
import { drivers, Engine, fixture, irpool, threadScript } from './built.js'
import { BALANCED, eventually, expectBalanced, pause, within } from './helpers.js'

describe('another host thread', () => {
  it('hears of the stop: what it sends is refused, what it has in flight ends', async () => {
    const engine = await Engine.start({ workers: 2 })
    await engine.addDevice({
      name: 'holder',
      driver: fixture('holder'),
      parameters: { cancel: 'ignore' },
    })
    await engine.addDevice({ name: 'null', driver: drivers.null })
    const channel = await engine.openChannel({ slots: 16, bufferBytes: 4096 })
    const thread = new Worker(threadScript('until-refused'), {
      workerData: { descriptor: channel.transfer(), holder: 'holder', device: 'null' },
    })
    const messages: unknown[] = []
    thread.on('message', (message: unknown) => messages.push(message))
    const exited = new Promise((resolve) => thread.once('exit', resolve))
    try {
      await eventually(() => messages.includes('ready'), 'the other host')
      await pause(50)
      await within(15_000, 'stop', engine.stop({ timeoutMs: 100 }))
      await within(20_000, 'the end of the other host', exited)
    } finally {
      await thread.terminate()
    }
    const report = messages[1] as UntilRefusedReport
    expect(report.written).toBeGreaterThan(0)
    expect(report.refusal).toBe(irpool.STATUS_DEVICE_NOT_READY)
    expect(report.held).toBe(irpool.STATUS_DEVICE_REMOVED)
    expectBalanced(report.ledger)
    expect(engine.ledger()).toMatchObject(BALANCED)
  })

  it('dies in mid-stream: the engine goes on, and stops in time', async () => {
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'sequence', driver: fixture('sequence-log') })
    const file = await engine.open('sequence')
    for (let round = 0; round < 5; round++) {
      const channel = await engine.openChannel({ slots: 64, bufferBytes: 4096 })
      const progress = new SharedArrayBuffer(4)
      const data: ProducerData = {
        descriptor: channel.transfer(),
        device: 'sequence',
        producer: 1,
        count: 10_000_000,
        depth: 64,
        progress,
      }
      const thread = new Worker(threadScript('producer'), { workerData: data })
      await eventually(() => Atomics.load(new Int32Array(progress), 0) > 1000, 'the producer')
      await thread.terminate()
      const writing = file.write(new Uint8Array(8), { offset: round })
      expect((await within(20_000, 'a write of main', writing)).status).toBe(0)
    }
    // What the dead hosts had sent is done or in nobody's way; no deadline has to pass for it.
    await within(50_000, 'stop', engine.stop({ timeoutMs: 100_000 }))
    expect(engine.ledger()).toMatchObject(BALANCED)
  })
})

describe('a death while the engine stops', () => {
  it('does not keep it from stopping, at any moment', async () => {
    for (let round = 0; round < 10; round++) {
      const engine = await Engine.start({ workers: 2 })
      engine.on('workerDied', () => {})
      await engine.addDevice({ name: 'null', driver: drivers.null, parameters: { spinUs: 10 } })
      const file = await engine.open('null')
      const calls = Array.from({ length: 300 }, () =>
        file.read(new Uint8Array(8), { rejectOnFailure: false }),
      )
      await new Promise((resolve) => setImmediate(resolve))
      const stopping = engine.stop({ timeoutMs: 2000 })
      await pause(round)
      await engine.terminateWorker(0)
      await within(30_000, `stop, with a death after ${round} ms`, stopping)
      const results = await within(20_000, 'the calls', Promise.all(calls))
      expect(results).toHaveLength(300)
      expectBalanced(engine.ledger())
    }
  })
})
