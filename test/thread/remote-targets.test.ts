/**
 * I/O targets by device name: the other device on the same worker, on another one, gone, or dead.
 */
import { describe, expect, it } from 'vitest'
import { ctlCode, METHOD_BUFFERED } from '../../src/abi/ctl-code.js'
import type { Engine as EngineType } from '../../src/index.js'
import {
  LOG_CANCELLED,
  LOG_CLEANUPS,
  LOG_CLOSES,
  LOG_HELD,
  LOG_HELD_AT_CLOSE,
} from '../fixtures/drivers/file-log.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import { errorOf, eventually, expectBalanced, within } from './helpers.js'

const { STATUS_DRIVER_PROCESS_TERMINATED, STATUS_SUCCESS, STATUS_NO_SUCH_DEVICE } = irpool
const UNKNOWN_CODE = ctlCode(0x22, 0x801, METHOD_BUFFERED, 0)

/** Worker 1 has the disk; a forwarder lives on each worker. */
async function started(): Promise<EngineType> {
  return Engine.start({
    workers: 2,
    devices: [
      { name: 'disk', driver: drivers.ramdisk, worker: 1 },
      { name: 'near', driver: fixture('forwarder'), worker: 1, parameters: { to: 'disk' } },
      { name: 'far', driver: fixture('forwarder'), worker: 0, parameters: { to: 'disk' } },
    ],
  })
}

describe('remote I/O targets', () => {
  for (const name of ['near', 'far']) {
    it(`${name}: data, statuses and lengths come through, ${name === 'far' ? 'from another worker' : 'on one worker'}`, async () => {
      const engine = await started()
      const file = await engine.open(name)
      const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i * 7)
      expect(await file.write(bytes, { offset: 3000 })).toMatchObject({ information: 5000 })
      const back = new Uint8Array(6000).fill(255)
      const { information } = await file.read(back, { offset: 3000 })
      expect(information).toBe(6000)
      expect(back.subarray(0, 5000)).toEqual(bytes)
      expect(back.subarray(5000).every((byte) => byte === 0)).toBe(true)
      const refused = await file.ioctl(UNKNOWN_CODE, bytes.subarray(0, 8), back.subarray(0, 8), {
        rejectOnFailure: false,
      })
      expect(refused.status).toBe(irpool.STATUS_INVALID_DEVICE_REQUEST)
      await engine.stop()
      expectBalanced(engine.ledger())
    })
  }

  it('more requests at once than the worker’s channel has slots all come back', async () => {
    const engine = await started()
    const channel = await engine.openChannel({ slots: 4096, bufferBytes: 1 << 22 })
    const file = await channel.open('far')
    const results = await Promise.all(
      Array.from({ length: 3000 }, () => file.read(new Uint8Array(64))),
    )
    expect(results.every(({ status, information }) => status === 0 && information === 64)).toBe(
      true,
    )
    await channel.close()
    await engine.stop()
  })

  it('several targets that a driver opens at once all open', async () => {
    const to = ['near', 'disk', 'far', 'disk']
    await using engine = await started()
    await engine.addDevice({ name: 'many', driver: fixture('opens-many'), parameters: { to } })
    const alone = await Engine.start({
      workers: 2,
      devices: [
        { name: 'disk', driver: drivers.ramdisk, worker: 1 },
        {
          name: 'many',
          driver: fixture('opens-many'),
          worker: 0,
          parameters: { to: ['disk', 'disk'] },
        },
      ],
    })
    for (const [one, count] of [
      [engine, 4],
      [alone, 2],
    ] as const) {
      const file = await one.open('many')
      expect(await file.read(new Uint8Array(8))).toMatchObject({ information: count })
    }
    await alone.stop()
  })

  it('a transfer that the worker’s channel can never carry fails, and nothing else does', async () => {
    const engine = await started()
    const channel = await engine.openChannel({ slots: 16, bufferBytes: 1 << 26 })
    const file = await channel.open('far')
    const { status } = await file.read(new Uint8Array(1 << 25), { rejectOnFailure: false })
    expect(status).toBe(irpool.STATUS_INSUFFICIENT_RESOURCES)
    expect(await file.read(new Uint8Array(64))).toMatchObject({ information: 64 })
    await channel.close()
    await engine.stop()
  })

  it('a target that does not exist fails the device that opens it, by name', async () => {
    const engine = await Engine.start({ workers: 1 })
    const error = await errorOf(() =>
      engine.addDevice({
        name: 'lost',
        driver: fixture('forwarder'),
        parameters: { to: 'nobody' },
      }),
    )
    expect(error.message).toContain('nobody')
    expect(error.ntstatus).toBe(STATUS_NO_SUCH_DEVICE)
    await engine.stop()
  })

  it('both workers die at once: each successor starts, though one device waits for the other', async () => {
    const engine = await started()
    let replaced = 0
    engine.on('workerDied', () => {})
    engine.on('workerReplaced', () => replaced++)
    const file = await engine.open('far')
    for (let round = 1; round <= 3; round++) {
      await Promise.all([engine.terminateWorker(0), engine.terminateWorker(1)])
      await eventually(() => replaced === 2 * round, 'both successors')
      const { status } = await within(30_000, 'a read', file.read(new Uint8Array(8)))
      expect(status).toBe(STATUS_SUCCESS)
    }
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('both workers die at once: a chain of starts from worker to worker and back comes up again', async () => {
    const engine = await Engine.start({
      workers: 2,
      devices: [
        { name: 'disk', driver: drivers.ramdisk, worker: 0 },
        { name: 'there', driver: fixture('forwarder'), worker: 1, parameters: { to: 'disk' } },
        { name: 'back', driver: fixture('forwarder'), worker: 0, parameters: { to: 'there' } },
        { name: 'again', driver: fixture('forwarder'), worker: 1, parameters: { to: 'back' } },
      ],
    })
    const lost: string[] = []
    engine.on('workerDied', () => {})
    engine.on('deviceLost', (name, error) => lost.push(`${name}: ${error.message}`))
    const file = await engine.open('again')
    for (let round = 1; round <= 3; round++) {
      await Promise.all([engine.terminateWorker(0), engine.terminateWorker(1)])
      const { status } = await within(30_000, 'a read', file.read(new Uint8Array(8)))
      expect(status).toBe(STATUS_SUCCESS)
    }
    expect(lost).toEqual([])
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('a death of the lower worker ends what is there, also at the worker above', async () => {
    const log = new Int32Array(new SharedArrayBuffer(64))
    const engine = await Engine.start({
      workers: 2,
      devices: [
        { name: 'log', driver: fixture('file-log'), worker: 1, parameters: { log: log.buffer } },
        { name: 'far', driver: fixture('forwarder'), worker: 0, parameters: { to: 'log' } },
      ],
    })
    engine.on('workerDied', () => {})
    const channel = await engine.openChannel({ slots: 1024 })
    const file = await channel.open('far')
    // More than a worker takes in one go.
    const held = Array.from({ length: 600 }, () =>
      file.read(new Uint8Array(8), { rejectOnFailure: false }),
    )
    await eventually(() => Atomics.load(log, LOG_HELD) === 600, 'the reads at the other worker')
    await engine.terminateWorker(1)
    const ends = await within(30_000, 'the ends', Promise.all(held))
    expect(new Set(ends.map(({ status }) => status))).toEqual(
      new Set([STATUS_DRIVER_PROCESS_TERMINATED]),
    )
    await channel.close()
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('a worker that dies as a host is cleaned up as one: requests cancelled, cleanup, close', async () => {
    const log = new Int32Array(new SharedArrayBuffer(64))
    const engine = await Engine.start({
      workers: 2,
      devices: [
        { name: 'log', driver: fixture('file-log'), worker: 1, parameters: { log: log.buffer } },
        { name: 'far', driver: fixture('forwarder'), worker: 0, parameters: { to: 'log' } },
      ],
    })
    engine.on('workerDied', () => {})
    const file = await engine.open('far')
    const held = Array.from({ length: 10 }, () =>
      file.read(new Uint8Array(8), { rejectOnFailure: false }),
    )
    await eventually(() => Atomics.load(log, LOG_HELD) === 10, 'the reads at the other worker')
    await engine.terminateWorker(0)
    const statuses = (await Promise.all(held)).map(({ status }) => status)
    expect(statuses).toEqual(held.map(() => STATUS_DRIVER_PROCESS_TERMINATED))
    await eventually(() => Atomics.load(log, LOG_CLOSES) === 1, 'the close of its file')
    expect(Atomics.load(log, LOG_CLEANUPS)).toBe(1)
    expect(Atomics.load(log, LOG_CANCELLED)).toBe(10)
    expect(Atomics.load(log, LOG_HELD_AT_CLOSE)).toBe(0)
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('survives the death of either worker under load', async () => {
    const engine = await started()
    let replaced = 0
    engine.on('workerReplaced', () => replaced++)
    const file = await engine.open('far')
    const allowed = new Set([STATUS_SUCCESS, STATUS_DRIVER_PROCESS_TERMINATED])
    for (const [round, worker] of [1, 0, 1, 0].entries()) {
      const reads = Array.from({ length: 300 }, () =>
        file.read(new Uint8Array(64), { rejectOnFailure: false }),
      )
      await engine.terminateWorker(worker)
      const statuses = (await Promise.all(reads)).map(({ status }) => status)
      expect(statuses.filter((status) => !allowed.has(status))).toEqual([])
      await eventually(() => replaced === round + 1, 'the successor')
      expect(await file.read(new Uint8Array(8))).toMatchObject({ status: STATUS_SUCCESS })
    }
    await engine.stop()
    expectBalanced(engine.ledger())
  })
})
