/**
 * Stopping: everything accepted ends, whatever the driver does, and nothing new is taken.
 */
import { describe, expect, it } from 'vitest'
import { IOCTL_LOOP_FOREVER, LOG_LOOPING } from '../fixtures/drivers/mortal-ioctl.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import {
  BALANCED,
  errorOf,
  eventually,
  expectBalanced,
  pause,
  runScript,
  untilHeld,
  within,
} from './helpers.js'

const {
  STATUS_CANCELLED,
  STATUS_DEVICE_REMOVED,
  STATUS_DRIVER_PROCESS_TERMINATED,
  STATUS_SUCCESS,
} = irpool

describe('stop', () => {
  it('lets everything accepted complete, batch and promise', async () => {
    const engine = await Engine.start({ workers: 2, slots: 1024 })
    await engine.addDevice({ name: 'null', driver: drivers.null, parameters: { spinUs: 20 } })
    const file = await engine.open('null')
    const { channel } = engine
    const buffer = channel.allocate(8)
    for (let i = 0; i < 500; i++) channel.prepareWrite(file, buffer, 8, 0, i)
    expect(channel.submit()).toBe(500)
    const calls = Array.from({ length: 400 }, () => file.read(new Uint8Array(8)))
    await new Promise((resolve) => setImmediate(resolve))
    await engine.stop()
    const results = await Promise.all(calls)
    expect(results.every(({ status }) => status === STATUS_SUCCESS)).toBe(true)
    const seen: number[] = []
    channel.reap(1000, (context, status) => {
      expect(status).toBe(STATUS_SUCCESS)
      seen.push(context)
    })
    expect(seen).toEqual(Array.from({ length: 500 }, (_, i) => i))
    expect(engine.ledger()).toMatchObject({ ...BALANCED, error: 0, cancelled: 0, workerDied: 0 })
  })

  it('lets asynchronous handlers finish', async () => {
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({
      name: 'where',
      driver: fixture('where'),
      parameters: { queues: [{ type: 'default', dispatchType: 'parallel' }], holdMs: 150 },
    })
    const file = await engine.open('where')
    const calls = Array.from({ length: 20 }, () => file.read(new Int32Array(2)))
    await pause(10)
    await engine.stop()
    expect((await Promise.all(calls)).every(({ status }) => status === 0)).toBe(true)
  })

  it('cancels after the deadline what a driver holds', async () => {
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'holder', driver: fixture('holder') })
    const file = await engine.open('holder')
    const calls = Array.from({ length: 20 }, () =>
      file.read(new Uint8Array(4), { rejectOnFailure: false }),
    )
    await untilHeld(file, 20)
    await within(30_000, 'stop', engine.stop({ timeoutMs: 100 }))
    const statuses = (await within(20_000, 'the held calls', Promise.all(calls))).map(
      ({ status }) => status,
    )
    expect(new Set(statuses)).toEqual(new Set([STATUS_CANCELLED]))
    expect(engine.ledger()).toMatchObject({ ...BALANCED, cancelled: 20 })
  })

  it('ends what a driver never completes, with a status, within its deadline', async () => {
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({
      name: 'holder',
      driver: fixture('holder'),
      parameters: { cancel: 'ignore', dispatchType: 'sequential' },
    })
    const file = await engine.open('holder')
    const { channel } = engine
    const buffer = channel.allocate(8)
    const calls = Array.from({ length: 4 }, () =>
      file.read(new Uint8Array(4), { rejectOnFailure: false }),
    )
    for (let i = 0; i < 4; i++) channel.prepareRead(file, buffer, 8, 0, i)
    channel.submit()
    await untilHeld(file, 1)
    // 100 ms, and the grace periods for cancelling and for closing files.
    await within(30_000, 'stop', engine.stop({ timeoutMs: 100 }))
    const results = await within(20_000, 'the held calls', Promise.all(calls))
    expect(results.map(({ status }) => status)).toEqual([
      STATUS_DEVICE_REMOVED,
      STATUS_CANCELLED,
      STATUS_CANCELLED,
      STATUS_CANCELLED,
    ])
    const seen: number[] = []
    channel.reap(10, (_context, status) => seen.push(status))
    expect(seen).toEqual(Array.from({ length: 4 }, () => STATUS_CANCELLED))
    await within(20_000, 'close of the file', file.close())
    expectBalanced(engine.ledger())
  })

  it('ends although a handler never returns', async () => {
    const engine = await Engine.start({ workers: 1 })
    const log = new Int32Array(new SharedArrayBuffer(4 * 128))
    const parameters = { log: log.buffer }
    await engine.addDevice({ name: 'mortal', driver: fixture('sequence-log'), parameters })
    const file = await engine.open('mortal')
    const stuck = file.ioctl(IOCTL_LOOP_FOREVER, null, null, { rejectOnFailure: false })
    await eventually(() => Atomics.load(log, LOG_LOOPING) === 1, 'the endless loop')
    try {
      await within(
        30_000,
        'stop with a handler that never returns',
        engine.stop({ timeoutMs: 100 }),
      )
    } finally {
      await engine.terminateWorker(0)
    }
    const { status } = await within(20_000, 'the stuck call', stuck)
    expect(status).toBe(STATUS_DRIVER_PROCESS_TERMINATED)
    expect(engine.ledger()).toMatchObject(BALANCED)
  })

  it('ends although EvtDeviceD0Exit never settles', async () => {
    const engine = await Engine.start({ workers: 1 })
    const parameters = { log: new SharedArrayBuffer(4096), hangAt: 'EvtDeviceD0Exit' }
    await engine.addDevice({ name: 'pnp', driver: fixture('pnp-log'), parameters })
    try {
      await within(30_000, 'stop with a D0 exit that never ends', engine.stop({ timeoutMs: 100 }))
    } finally {
      await engine.terminateWorker(0)
    }
    expect(engine.ledger()).toMatchObject(BALANCED)
  })

  it('twice is one stop', async () => {
    const engine = await Engine.start({ workers: 1 })
    const stopping = engine.stop()
    expect(engine.stop()).toBe(stopping)
    await stopping
    await engine.stop()
  })

  it('happens at the end of a block', async () => {
    let inner
    {
      await using engine = await Engine.start({ workers: 1 })
      await engine.addDevice({ name: 'null', driver: drivers.null })
      inner = engine
    }
    expect(await errorOf(() => inner.open('null'))).toMatchObject({ code: 'ERR_IRP_CLOSED' })
  })

  it('refuses everything afterwards, with an error or a status', async () => {
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'null', driver: drivers.null })
    const file = await engine.open('null')
    const { channel } = engine
    const buffer = channel.allocate(8)
    await engine.stop()
    const closed = { name: 'EngineError', code: 'ERR_IRP_CLOSED' }
    expect(await errorOf(() => file.read(new Uint8Array(4)))).toMatchObject(closed)
    expect(await errorOf(() => file.flush())).toMatchObject(closed)
    expect(await errorOf(() => engine.open('null'))).toMatchObject(closed)
    expect(await errorOf(() => engine.openChannel())).toMatchObject(closed)
    expect(
      await errorOf(() => engine.addDevice({ name: 'other', driver: drivers.null })),
    ).toMatchObject({ ...closed, value: 'other' })
    expect(await errorOf(() => engine.removeDevice('null'))).toMatchObject(closed)
    expect(await errorOf(() => engine.suspend())).toMatchObject(closed)
    expect(await errorOf(() => engine.resume())).toMatchObject(closed)
    const control = engine.device('null')
    expect(await errorOf(() => control.setPower('D3'))).toMatchObject(closed)
    expect(channel.prepareWrite(file, buffer, 8, 0, 0)).toBe(0xc0000008 | 0)
    expect(channel.prepareFlush(file, 0)).toBe(0xc0000008 | 0)
    expect(channel.submit()).toBe(0xc0000008 | 0)
    await file.close()
    await channel.close()
    expect(engine.ledger()).toMatchObject(BALANCED)
  })

  it('refuses new requests while it drains, and takes back what was prepared', async () => {
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'holder', driver: fixture('holder') })
    const file = await engine.open('holder')
    const { channel } = engine
    const buffer = channel.allocate(8)
    const held = file.read(new Uint8Array(4), { rejectOnFailure: false })
    await pause(10)
    const prepared = channel.prepareWrite(file, buffer, 8, 0, 1)
    expect(prepared).toBeGreaterThanOrEqual(0)
    const stopping = engine.stop({ timeoutMs: 150 })
    const { accepted } = engine.ledger()
    expect(channel.submit()).toBe(0xc00000a3 | 0)
    expect(channel.prepareWrite(file, buffer, 8, 0, 2)).toBeGreaterThanOrEqual(0)
    expect(channel.submit()).toBe(0xc00000a3 | 0)
    const error = await errorOf(() => file.write(new Uint8Array(4)))
    expect(error).toMatchObject({ name: 'IrpError', code: 'STATUS_DEVICE_NOT_READY' })
    expect(engine.ledger().accepted).toBe(accepted)
    await stopping
    expect((await held).status).toBe(STATUS_CANCELLED)
    expectBalanced(engine.ledger())
  })

  it('with a time-out that is no number is refused', async () => {
    const engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'holder', driver: fixture('holder') })
    const file = await engine.open('holder')
    const held = file.read(new Uint8Array(4), { rejectOnFailure: false })
    await pause(5)
    const error = await within(
      30_000,
      'stop({ timeoutMs: NaN })',
      errorOf(() => engine.stop({ timeoutMs: NaN })),
    )
    expect(error).toMatchObject({ code: 'ERR_IRP_OPTION', value: NaN })
    await engine.stop({ timeoutMs: 1 })
    expect((await held).status).toBe(STATUS_CANCELLED)
  })

  it('lets the process end by itself', async () => {
    const script = `
      import { drivers, Engine } from 'irpool'
      const engine = await Engine.start({ workers: 2 })
      await engine.addDevice({ name: 'null', driver: drivers.null })
      const file = await engine.open('null')
      await file.read(new Uint8Array(4))
      await engine.stop()
      console.log('stopped')
    `
    expect(await runScript(script)).toEqual({ exitCode: 0, lines: ['stopped'] })
  })
})
