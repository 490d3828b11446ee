import { expect, it } from 'vitest'
import {
  STATUS_CANCELLED,
  STATUS_IO_DEVICE_ERROR,
  STATUS_SUCCESS,
} from '../../../../src/abi/ntstatus.js'
import type { IrpFile } from '../../../../src/manager/irp-file.js'
import fault from '../../../../src/pairs/filters/fault.js'
import type { FaultRule } from '../../../../src/pairs/filters/fault-rules.js'
import ramdisk from '../../../../src/pairs/kmdf/ramdisk.js'
import storagePort from '../../../../src/pairs/storage/port-driver.js'
import { moduleUrl } from '../../../harness/inline-driver.js'
import { SteppedEngine } from '../../../harness/stepped-engine.js'

const QUIETLY = { rejectOnFailure: false } as const
const BYTES = 1 << 20

async function opened(
  rules: readonly FaultRule[],
  bottom: unknown = ramdisk,
): Promise<{ engine: SteppedEngine; file: IrpFile }> {
  const engine = new SteppedEngine({ bufferBytes: 1 << 16 })
  await engine.addDevice(moduleUrl(fault), {
    role: 'filter',
    parameters: { rules },
    below: [
      {
        id: 1,
        driver: moduleUrl(bottom),
        role: 'function',
        parameters: { miniport: 'ram', bytes: BYTES },
      },
    ],
  })
  return { engine, file: await engine.until(engine.channel.open('device0')) }
}

it('fails what its rules hit, and passes all else on', async () => {
  const { engine, file } = await opened([
    { on: 'read', status: STATUS_IO_DEVICE_ERROR, from: 4096, to: 8192 },
  ])
  const read = async (offset: number) =>
    engine.until(file.read(new Uint8Array(512), { offset, ...QUIETLY }))
  await engine.until(file.write(new Uint8Array(8192).fill(3)))
  expect(await read(0)).toEqual({ status: STATUS_SUCCESS, information: 512 })
  expect(await read(4096)).toEqual({ status: STATUS_IO_DEVICE_ERROR, information: 0 })
  expect(await read(8192)).toEqual({ status: STATUS_SUCCESS, information: 512 })
})

it('delays, and then the request goes down or ends', async () => {
  const { engine, file } = await opened([
    { on: 'write', delayMs: 1, count: 1 },
    { on: 'write', delayMs: 1, status: STATUS_IO_DEVICE_ERROR, count: 1 },
  ])
  const data = Uint8Array.of(1, 2, 3)
  expect(await engine.until(file.write(data))).toEqual({ status: STATUS_SUCCESS, information: 3 })
  expect((await engine.until(file.write(data, QUIETLY))).status).toBe(STATUS_IO_DEVICE_ERROR)
  const target = new Uint8Array(3)
  await engine.until(file.read(target))
  expect(target).toEqual(data)
})

it('a request that waits can be cancelled, and the next one is not touched by it', async () => {
  const { engine, file } = await opened([{ on: 'read', delayMs: 60_000, count: 1 }])
  const abort = new AbortController()
  const waiting = file.read(new Uint8Array(8), { signal: abort.signal, ...QUIETLY })
  await engine.until(file.write(Uint8Array.of(1)))
  abort.abort()
  expect((await engine.until(waiting)).status).toBe(STATUS_CANCELLED)
  expect((await engine.until(file.read(new Uint8Array(8)))).status).toBe(STATUS_SUCCESS)
})

it('flushes fail too, above the storage pair', async () => {
  const { engine, file } = await opened(
    [{ on: 'flush', status: STATUS_IO_DEVICE_ERROR, after: 1, count: 1 }],
    storagePort,
  )
  const flush = async () => (await engine.until(file.flush(QUIETLY))).status
  expect(await flush()).toBe(STATUS_SUCCESS)
  expect(await flush()).toBe(STATUS_IO_DEVICE_ERROR)
  expect(await flush()).toBe(STATUS_SUCCESS)
})

it('a wrong rule stops the device, and the error says which', async () => {
  await expect(opened([{ on: 'read' }])).rejects.toThrow('rule 0: status is undefined')
})
