import { describe, expect, it } from 'vitest'
import { drivers, InterruptProducer } from './built.js'
import { faultyDisk, ramdisk, startEngine } from './producer-runs.js'

/** Until the producer surely sends. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 50))
const balanced = { inFlight: 0, duplicates: 0, lost: 0 }

describe('InterruptProducer ends', () => {
  it('when it is stopped, with everything completed', async () => {
    const engine = await startEngine(ramdisk)
    const producer = await InterruptProducer.start(engine, { device: 'disk0', verify: true })
    await aWhile()
    producer.stop()
    const report = await producer.finished
    expect(report).toMatchObject({ endedBy: 'stop', mismatches: 0, ledger: balanced })
    expect(report.requests).toBeGreaterThan(0)
    expect(report.ledger.completed).toBe(report.requests + 3)
  })

  it('when it is stopped while it waits for an arrival', async () => {
    const engine = await startEngine(ramdisk)
    const arrival = { kind: 'fixed-rate', rateHz: 0.001 } as const
    const producer = await InterruptProducer.start(engine, { device: 'disk0', arrival })
    producer.stop()
    expect(await producer.finished).toMatchObject({ endedBy: 'stop', requests: 0 })
  })

  it('when its time is over', async () => {
    const engine = await startEngine(ramdisk)
    const producer = await InterruptProducer.start(engine, { device: 'disk0', durationMs: 30 })
    const report = await producer.finished
    expect(report).toMatchObject({ endedBy: 'duration', ledger: balanced })
    expect(report.seconds).toBeGreaterThanOrEqual(0.03)
  })

  it('when it is disposed of', async () => {
    const engine = await startEngine(ramdisk)
    const producer = await InterruptProducer.start(engine, { device: 'disk0' })
    await producer[Symbol.asyncDispose]()
    expect(await producer.finished).toMatchObject({ endedBy: 'stop' })
  })

  it.each([
    { what: 'sends', arrival: { kind: 'closed-loop' } },
    { what: 'waits', arrival: { kind: 'fixed-rate', rateHz: 0.001 } },
  ] as const)('when the engine stops while it $what', { timeout: 20_000 }, async ({ arrival }) => {
    const engine = await startEngine(ramdisk)
    const producer = await InterruptProducer.start(engine, { device: 'disk0', arrival })
    await aWhile()
    await engine.stop()
    const { endedBy, ledger } = await producer.finished
    expect({ endedBy, ...ledger }).toMatchObject({ endedBy: 'engine-stopped', ...balanced })
    expect(ledger.completed).toBe(ledger.accepted)
  })

  it('after a worker died and was replaced: every request is accounted for', async () => {
    const engine = await startEngine({ name: 'null0', driver: drivers.null })
    const producer = await InterruptProducer.start(engine, { device: 'null0' })
    await aWhile()
    const replaced = new Promise((resolve) => engine.once('workerReplaced', resolve))
    await engine.terminateWorker(0)
    await replaced
    await aWhile()
    producer.stop()
    const report = await producer.finished
    expect(report.ledger).toMatchObject(balanced)
    expect(report.ledger.workerDied).toBe(report.failures)
    expect(report.ledger.completed).toBe(report.requests + 3)
  })

  it('with a clear error when its thread dies; the engine goes on', async () => {
    const engine = await startEngine(ramdisk)
    const producer = await InterruptProducer.start(engine, { device: 'disk0' })
    await producer.terminate()
    await expect(producer.finished).rejects.toMatchObject({
      name: 'ProducerDiedError',
      code: 'ERR_IRP_PRODUCER_DIED',
      device: 'disk0',
      message: expect.stringContaining('ended without a report') as unknown,
    })
    const next = await InterruptProducer.start(engine, { device: 'disk0', requests: 1000 })
    expect(await next.finished).toMatchObject({ requests: 1000, ledger: balanced })
  })
})

describe('InterruptProducer refuses to start', () => {
  it('on a device that does not exist, with the error of the engine', async () => {
    const engine = await startEngine(ramdisk)
    const channels = engine.memory().length
    await expect(InterruptProducer.start(engine, { device: 'disk1' })).rejects.toMatchObject({
      name: 'EngineError',
      code: 'ERR_IRP_NO_SUCH_DEVICE',
      message: expect.stringContaining('disk0') as unknown,
    })
    expect(engine.memory()).toHaveLength(channels)
  })

  it('on a device whose driver refuses the open, with its status', async () => {
    const engine = await startEngine(faultyDisk({ refuseOpen: true }))
    await expect(InterruptProducer.start(engine, { device: 'disk0' })).rejects.toMatchObject({
      name: 'IrpError',
      code: 'STATUS_ACCESS_DENIED',
      operation: 'open of disk0',
    })
  })

  it('with impossible options, before it takes memory', async () => {
    const engine = await startEngine(ramdisk)
    const channels = engine.memory().length
    const options = { device: 'disk0', depth: 64, channel: { slots: 32 } }
    await expect(InterruptProducer.start(engine, options)).rejects.toMatchObject({
      code: 'ERR_IRP_SIMULATION_OPTION',
      message: 'depth must be at most 32, the slots of the channel, got 64',
    })
    expect(engine.memory()).toHaveLength(channels)
  })

  it('on an engine that has stopped', async () => {
    const engine = await startEngine(ramdisk)
    await engine.stop()
    await expect(InterruptProducer.start(engine, { device: 'disk0' })).rejects.toMatchObject({
      code: 'ERR_IRP_CLOSED',
    })
  })
})
