/**
 * I/O targets by device name: the other device on the same worker, on another one, gone, or dead.
 */
import { describe, expect, it } from 'vitest'
import { ctlCode, METHOD_BUFFERED } from '../../src/abi/ctl-code.js'
import type { Engine as EngineType } from '../../src/index.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import { errorOf, eventually, expectBalanced } from './helpers.js'

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
