import { expect, it } from 'vitest'
import {
  STATUS_BUFFER_OVERFLOW,
  STATUS_INVALID_DEVICE_REQUEST,
} from '../../../../src/abi/ntstatus.js'
import type { IrpFile } from '../../../../src/manager/irp-file.js'
import echo from '../../../../src/pairs/kmdf/echo.js'
import { moduleUrl } from '../../../harness/inline-driver.js'
import { SteppedEngine } from '../../../harness/stepped-engine.js'

async function opened(): Promise<{ engine: SteppedEngine; file: IrpFile }> {
  const engine = new SteppedEngine({ bufferBytes: 1 << 18 })
  await engine.addDevice(moduleUrl(echo))
  return { engine, file: await engine.until(engine.channel.open('device0')) }
}

it('returns what was stored last, as much of it as is asked for', async () => {
  const { engine, file } = await opened()
  const read = async (length: number): Promise<number[]> => {
    const target = new Uint8Array(length).fill(9)
    const { information } = await engine.until(file.read(target))
    return [information, ...target]
  }
  expect(await read(2)).toEqual([0, 9, 9])
  await engine.until(file.write(Uint8Array.of(1, 2, 3)))
  expect(await read(2)).toEqual([2, 1, 2])
  expect(await read(5)).toEqual([3, 1, 2, 3, 9, 9])
  await engine.until(file.write(Uint8Array.of(7)))
  expect(await read(3)).toEqual([1, 7, 9, 9])
})

it('takes 40 KiB and not a byte more, and keeps what it had then', async () => {
  const { engine, file } = await opened()
  const most = new Uint8Array(40 * 1024).fill(5)
  expect(await engine.until(file.write(most))).toMatchObject({ information: most.length })
  const more = file.write(new Uint8Array(40 * 1024 + 1), { rejectOnFailure: false })
  expect(await engine.until(more)).toEqual({ status: STATUS_BUFFER_OVERFLOW, information: 0 })
  const target = new Uint8Array(50_000)
  expect(await engine.until(file.read(target))).toMatchObject({ information: most.length })
  expect(target.subarray(0, most.length).every((byte) => byte === 5)).toBe(true)
})

it('keeps one store a device, and has no control codes', async () => {
  const { engine, file } = await opened()
  await engine.addDevice(moduleUrl(echo), { name: 'other' })
  const other = await engine.until(engine.channel.open('other'))
  await engine.until(file.write(Uint8Array.of(1)))
  expect(await engine.until(other.read(new Uint8Array(1)))).toMatchObject({ information: 0 })
  expect(await engine.until(file.ioctl(1, null, null, { rejectOnFailure: false }))).toMatchObject({
    status: STATUS_INVALID_DEVICE_REQUEST,
  })
})
