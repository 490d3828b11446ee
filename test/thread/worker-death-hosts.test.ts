/**
 * Deaths that concern more than one host, more than one device, or the control plane; and a worker that
 * dies too often.
 */
import { describe, expect, it } from 'vitest'
import { IOCTL_EXIT } from '../fixtures/drivers/mortal-ioctl.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import {
  BALANCED,
  closedLoop,
  CompletionCount,
  errorOf,
  eventually,
  expectBalanced,
  within,
} from './helpers.js'
import { runProducer } from './producer-thread.js'

const { STATUS_DRIVER_PROCESS_TERMINATED, STATUS_SUCCESS } = irpool

describe('a death while two hosts are active', () => {
  for (const api of ['batch', 'promise'] as const) {
    it(`each sweeps its own requests (the other one: ${api})`, async () => {
      const engine = await Engine.start({ workers: 1, slots: 128 })
      let replaced = 0
      engine.on('workerReplaced', () => replaced++)
      const log = new SharedArrayBuffer(256)
      await engine.addDevice({
        name: 'sequence',
        driver: fixture('sequence-log'),
        parameters: { log, spinUs: 2 },
      })
      const count = api === 'batch' ? 100_000 : 50_000
      const channel = await engine.openChannel({ slots: 128, bufferBytes: 4096 })
      const progress = new SharedArrayBuffer(4)
      const producing = runProducer({
        descriptor: channel.transfer(),
        device: 'sequence',
        producer: 1,
        count,
        depth: 64,
        api,
        progress,
      })
      const done = new Int32Array(progress)
      const file = await engine.open('sequence')
      const buffer = engine.channel.allocate(8)
      const completions = new CompletionCount(count)
      let kills = 0
      const between = (): void => {
        const theirs = Atomics.load(done, 0)
        // Only a worker that is there can be killed.
        if (kills === 6 || replaced < kills || theirs < ((kills + 1) * count) / 9) return
        kills++
        void engine.terminateWorker(0)
      }
      const mine = closedLoop({
        channel: engine.channel,
        file,
        buffer,
        count,
        depth: 64,
        completions,
        between,
      })
      await within(30_000, 'the stream of main', mine)
      while (Atomics.load(done, 0) < count) {
        between()
        await new Promise((resolve) => setImmediate(resolve))
      }
      const report = await within(30_000, 'the other host', producing)
      await eventually(() => replaced === kills, 'all successors')
      expect(kills).toBeGreaterThan(0)
      expect(completions.wrong).toBe(0)
      expect(report.wrong).toBe(0)
      expectBalanced(report.ledger)
      const died = new Map(report.statuses).get(STATUS_DRIVER_PROCESS_TERMINATED) ?? 0
      expect(new Map(report.statuses).get(STATUS_SUCCESS)).toBe(count - died)
      // Nobody was overtaken: sequence numbers of both producers only ever grew.
      expect(new Int32Array(log)[0]).toBe(0)
      await engine.stop()
      expectBalanced(engine.ledger())
    })
  }
})

describe('a death in the control plane', () => {
  it('brings all devices and channels of the worker back, in order', async () => {
    await using engine = await Engine.start({ workers: 2 })
    for (const name of ['a', 'b', 'c']) {
      await engine.addDevice({ name, driver: drivers.echo, worker: 0 })
    }
    const second = await engine.openChannel({ slots: 16, bufferBytes: 4096 })
    const files = [await engine.open('a'), await second.open('b'), await engine.open('c')]
    const replaced = new Promise((resolve) => engine.once('workerReplaced', resolve))
    await engine.terminateWorker(0)
    await within(20_000, 'the successor', replaced)
    for (const file of files) {
      await within(20_000, 'a write', file.write(Uint8Array.of(9)))
      const answer = new Uint8Array(1)
      await file.read(answer)
      expect(answer[0]).toBe(9)
    }
    expect(engine.devices().map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  })

  it('a channel opened and a device added while the successor starts work', async () => {
    await using engine = await Engine.start({ workers: 1 })
    await engine.terminateWorker(0)
    const [channel] = await within(
      30_000,
      'openChannel and addDevice around a death',
      Promise.all([
        engine.openChannel({ slots: 16, bufferBytes: 4096 }),
        engine.addDevice({ name: 'echo', driver: drivers.echo }),
      ]),
    )
    const file = await within(20_000, 'open', channel.open('echo'))
    expect((await file.write(Uint8Array.of(1))).status).toBe(0)
  })

  it('process.exit in EvtDriverDeviceAdd fails addDevice with a code; the engine goes on', async () => {
    await using engine = await Engine.start({ workers: 1 })
    const replaced = new Promise((resolve) => engine.once('workerReplaced', resolve))
    const error = await within(
      30_000,
      'addDevice',
      errorOf(() =>
        engine.addDevice({
          name: 'bad',
          driver: fixture('bad-device-add'),
          parameters: { how: 'exits' },
        }),
      ),
    )
    await within(20_000, 'the successor', replaced)
    expect(engine.devices()).toEqual([])
    await engine.addDevice({ name: 'echo', driver: drivers.echo })
    const file = await engine.open('echo')
    expect((await file.write(Uint8Array.of(1))).status).toBe(0)
    expect(error.code).toBe('ERR_IRP_WORKER_LOST')
  })

  it('a device that cannot be brought back is told, and its requests end with a status', async () => {
    await using engine = await Engine.start({ workers: 1 })
    const lost: string[] = []
    engine.on('deviceLost', (device) => lost.push(device))
    const once = new SharedArrayBuffer(4)
    await engine.addDevice({ name: 'once', driver: fixture('only-once'), parameters: { once } })
    await engine.addDevice({ name: 'echo', driver: drivers.echo })
    const file = await engine.open('once')
    const echo = await engine.open('echo')
    const replaced = new Promise((resolve) => engine.once('workerReplaced', resolve))
    await engine.terminateWorker(0)
    await within(20_000, 'the successor', replaced)
    expect(lost).toEqual(['once'])
    const { status } = await within(
      30_000,
      'a read of a lost device',
      file.read(new Uint8Array(4), { rejectOnFailure: false }),
    )
    expect(status).toBe(irpool.STATUS_NO_SUCH_DEVICE)
    expect((await echo.write(Uint8Array.of(1))).status).toBe(0)
  })

  it('terminating a worker that does not exist is refused', async () => {
    await using engine = await Engine.start({ workers: 1 })
    for (const worker of [-1, 1, 0.5, NaN]) {
      const error = await errorOf(() => engine.terminateWorker(worker))
      expect(error).toMatchObject({ code: 'ERR_IRP_OPTION', value: worker })
    }
  })
})

describe('a worker that dies too often', () => {
  it('is given up: what it has and gets ends with a status, other workers go on', async () => {
    // A window that no machine is too slow for.
    const restart = { windowMs: 600_000, backoffMs: 1 }
    const engine = await Engine.start({ workers: 2, slots: 64, restart })
    let died = 0
    engine.on('workerDied', () => died++)
    await engine.addDevice({ name: 'mortal', driver: fixture('sequence-log'), worker: 0 })
    await engine.addDevice({ name: 'echo', driver: drivers.echo, worker: 1 })
    const file = await engine.open('mortal')
    const echo = await engine.open('echo')
    const soft = { rejectOnFailure: false } as const
    // Each of these kills the worker that gets it; the last ones find none.
    const calls = Array.from({ length: 20 }, () => file.ioctl(IOCTL_EXIT, null, null, soft))
    const results = await within(100_000, 'the fatal calls', Promise.all(calls))
    const statuses = results.map(({ status }) => status)
    expect(statuses.filter((s) => s === STATUS_DRIVER_PROCESS_TERMINATED)).toHaveLength(died)
    expect(statuses.filter((s) => s === irpool.STATUS_DEVICE_NOT_CONNECTED)).toHaveLength(20 - died)
    expect(died).toBe(9)
    const { status } = await within(20_000, 'a later call', file.write(new Uint8Array(8), soft))
    expect(status).toBe(irpool.STATUS_DEVICE_NOT_CONNECTED)
    expect((await echo.write(Uint8Array.of(1))).status).toBe(0)

    const adding = errorOf(() =>
      engine.addDevice({ name: 'late', driver: drivers.echo, worker: 0 }),
    )
    expect(await within(20_000, 'addDevice', adding)).toMatchObject({ code: 'ERR_IRP_WORKER_LOST' })
    await within(20_000, 'close of a file at a lost worker', file.close())
    await within(30_000, 'stop', engine.stop())
    expect(engine.ledger()).toMatchObject(BALANCED)
  })
})
