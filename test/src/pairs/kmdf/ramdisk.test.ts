import { describe, expect, it } from 'vitest'
import * as nt from '../../../../src/abi/ntstatus.js'
import type { IrpFile } from '../../../../src/manager/irp-file.js'
import ramdisk from '../../../../src/pairs/kmdf/ramdisk.js'
import { moduleUrl } from '../../../harness/inline-driver.js'
import { SteppedEngine } from '../../../harness/stepped-engine.js'

async function opened(
  parameters: Record<string, unknown>,
): Promise<{ engine: SteppedEngine; file: IrpFile }> {
  const engine = new SteppedEngine({ bufferBytes: 1 << 18 })
  await engine.addDevice(moduleUrl(ramdisk), { parameters })
  return { engine, file: await engine.until(engine.channel.open('device0')) }
}
const quietly = { rejectOnFailure: false }

describe('RAM disk', () => {
  it('keeps what is written, and is zero elsewhere', async () => {
    const { engine, file } = await opened({ bytes: 2 ** 40 })
    const offset = 2 ** 39 + 5
    await engine.until(file.write(Uint8Array.of(1, 2, 3), { offset }))
    const target = new Uint8Array(5).fill(9)
    const read = file.read(target, { offset: offset - 1 })
    expect(await engine.until(read)).toEqual({ status: 0, information: 5 })
    expect([...target]).toEqual([0, 1, 2, 3, 0])
  })

  it.each([
    [1020, 5],
    [1024, 1],
    [Number.MAX_SAFE_INTEGER, 1],
  ])('refuses what ends behind its end: offset %d, %d bytes', async (offset, length) => {
    const { engine, file } = await opened({ bytes: 1024 })
    for (const send of ['read', 'write'] as const) {
      const sent = file[send](new Uint8Array(length), { offset, ...quietly })
      expect(await engine.until(sent)).toMatchObject({ status: nt.STATUS_INVALID_PARAMETER })
    }
    const last = file.write(new Uint8Array(4), { offset: 1020 })
    expect(await engine.until(last)).toMatchObject({ information: 4 })
  })

  it('holds no more than its limit', async () => {
    const { engine, file } = await opened({ bytes: 2 ** 30, memoryLimitBytes: 300_000 })
    const statuses: number[] = []
    for (let page = 0; page < 6; page++) {
      const write = file.write(new Uint8Array(8), { offset: page * 65_536, ...quietly })
      statuses.push((await engine.until(write)).status)
    }
    expect(statuses[0]).toBe(0)
    expect(statuses.at(-1)).toBe(nt.STATUS_INSUFFICIENT_RESOURCES)
    expect(await engine.until(file.read(new Uint8Array(8), { offset: 0 }))).toMatchObject({
      status: 0,
    })
  })

  it('flushes at once', async () => {
    const { engine, file } = await opened({})
    expect(await engine.until(file.flush())).toMatchObject({ status: 0 })
  })

  it.each([0, -1, 1.5, 'much', 2 ** 53])('cannot have %s bytes', async (bytes) => {
    await expect(opened({ bytes })).rejects.toMatchObject({
      code: 'ERR_IRP_DEVICE_ADD',
      ntstatus: nt.STATUS_INVALID_PARAMETER,
    })
  })
})
