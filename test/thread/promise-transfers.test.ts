/**
 * Promise API: read, write, flush and close, and where the bytes lie: direct or copied.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine as EngineType, IrpFile } from '../../src/index.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import { BALANCED, errorOf } from './helpers.js'
import { IOCTL_FLUSHES, IOCTL_RECALL } from '../fixtures/drivers/methods.js'

const bytesFrom = (offset: number, length: number): number[] =>
  Array.from({ length }, (_, i) => (offset + i) % 256)

describe('read and write', () => {
  let engine: EngineType
  let file: IrpFile

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1, bufferBytes: 1 << 20 })
    await engine.addDevice({ name: 'methods', driver: fixture('methods') })
    file = await engine.open('methods')
  })

  afterAll(() => engine.stop())

  const recall = async (length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(length)
    const { information } = await file.ioctl(IOCTL_RECALL, null, bytes)
    expect(information).toBe(length)
    return bytes
  }

  it('reads into a Uint8Array', async () => {
    const bytes = new Uint8Array(100)
    expect(await file.read(bytes, { offset: 7 })).toEqual({ status: 0, information: 100 })
    expect([...bytes]).toEqual(bytesFrom(7, 100))
  })

  for (const [name, make] of [
    ['Buffer', () => Buffer.alloc(24)],
    ['Buffer from the pool', () => Buffer.from('0123456789abcdefghijklmn')],
    ['DataView', () => new DataView(new ArrayBuffer(40), 8, 24)],
    ['Float64Array', () => new Float64Array(3)],
    ['Float32Array of a part', () => new Float32Array(new ArrayBuffer(64), 16, 6)],
    ['Uint8ClampedArray', () => new Uint8ClampedArray(24)],
    ['BigInt64Array', () => new BigInt64Array(3)],
    ['view of a plain SharedArrayBuffer', () => new Uint8Array(new SharedArrayBuffer(24))],
  ] as const) {
    it(`takes a ${name}, and leaves its surroundings alone`, async () => {
      const view = make()
      const whole = new Uint8Array(view.buffer)
      const before = [...whole]
      expect((await file.read(view, { offset: 50 })).information).toBe(24)
      const expected = [...before]
      expected.splice(view.byteOffset, 24, ...bytesFrom(50, 24))
      expect([...whole]).toEqual(expected)
      expect((await file.write(view)).information).toBe(24)
      expect([...(await recall(24))]).toEqual(bytesFrom(50, 24))
    })
  }

  it('reads and writes zero bytes', async () => {
    expect(await file.read(new Uint8Array(0))).toEqual({ status: 0, information: 0 })
    expect(await file.write(new DataView(new ArrayBuffer(0)))).toEqual({
      status: 0,
      information: 0,
    })
  })

  it('passes offsets up to 2^53 - 1 exactly', async () => {
    const last = Number.MAX_SAFE_INTEGER
    for (const offset of [
      0,
      1,
      2 ** 31 - 1,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 52 + 3,
      last - 4,
    ]) {
      const bytes = new Uint8Array(4)
      await file.read(bytes, { offset })
      expect([...bytes]).toEqual(bytesFrom(offset % 256, 4))
    }
    expect((await file.read(new Uint8Array(1), { offset: last })).information).toBe(1)
  })

  it('uses a buffer of the channel where it lies', async () => {
    const buffer = engine.channel.allocate(64)
    buffer.bytes.fill(0)
    const view = buffer.bytes.subarray(16, 32)
    const used = engine.channel
    const before = used.inFlight
    await file.read(view, { offset: 3 })
    expect([...view]).toEqual(bytesFrom(3, 16))
    expect([...buffer.bytes.subarray(0, 16)]).toEqual(Array.from({ length: 16 }, () => 0))
    await file.write(view)
    expect([...(await recall(16))]).toEqual(bytesFrom(3, 16))
    expect(used.inFlight).toBe(before)
    engine.channel.free(buffer)
  })

  it('shows a direct read before it has completed, and a buffered one only after', async () => {
    await engine.addDevice({ name: 'filling', driver: fixture('filling-holder') })
    const filling = await engine.open('filling')
    const direct = engine.channel.allocate(8)
    direct.bytes.fill(0)
    const copied = new Uint8Array(8)
    const reads = [filling.read(direct.bytes), filling.read(copied)]
    await filling.ioctl(irpool.ctlCode(0x22, 0x830, 0, 0))
    // Both are held: the driver has written into the memory it was given.
    expect([...direct.bytes]).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
    expect([...copied]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
    await filling.ioctl(irpool.ctlCode(0x22, 0x831, 0, 0))
    await Promise.all(reads)
    expect([...copied]).toEqual([1, 1, 1, 1, 1, 1, 1, 1])
    engine.channel.free(direct)
    await filling.close()
  })

  it('copies what is written at the call: the caller may change it afterwards', async () => {
    const bytes = Uint8Array.of(1, 2, 3, 4)
    const written = file.write(bytes)
    bytes.fill(0)
    await written
    expect([...(await recall(4))]).toEqual([1, 2, 3, 4])
  })

  it('copies only as many bytes back as the driver reported', async () => {
    await engine.addDevice({ name: 'echo', driver: drivers.echo })
    const echo = await engine.open('echo')
    await echo.write(Uint8Array.of(5, 6, 7))
    const bytes = new Uint8Array(8).fill(255)
    expect((await echo.read(bytes)).information).toBe(3)
    expect([...bytes]).toEqual([5, 6, 7, 255, 255, 255, 255, 255])
    await echo.close()
  })

  it('publishes the calls of one turn together', async () => {
    const { channel } = engine
    const before = channel.ledger().accepted
    const calls = Array.from({ length: 100 }, (_, i) => file.read(new Uint8Array(4), { offset: i }))
    await Promise.resolve()
    calls.push(file.read(new Uint8Array(4)))
    expect(channel.staged).toBe(101)
    expect(channel.ledger().accepted).toBe(before)
    await new Promise((resolve) => setImmediate(resolve))
    expect(channel.staged).toBe(0)
    expect(channel.ledger().accepted).toBe(before + 101)
    await Promise.all(calls)
  })

  it('answers calls of a sequential queue in the order in which they were made', async () => {
    const order: number[] = []
    const calls = Array.from({ length: 500 }, async (_, i) => {
      await (i % 2 === 0 ? file.read(new Uint8Array(4)) : file.write(new Uint8Array(4)))
      order.push(i)
    })
    await Promise.all(calls)
    expect(order).toEqual(Array.from({ length: 500 }, (_, i) => i))
  })

  it('flushes', async () => {
    const count = new Uint8Array(1)
    expect(await file.flush()).toEqual({ status: 0, information: 0 })
    expect(await file.flush()).toEqual({ status: 0, information: 0 })
    await file.ioctl(IOCTL_FLUSHES, null, count)
    expect(count[0]).toBe(2)
    await engine.addDevice({ name: 'null', driver: drivers.null })
    const none = await engine.open('null')
    // KMDF: nobody takes it.
    expect(await errorOf(() => none.flush())).toMatchObject({
      name: 'IrpError',
      code: 'STATUS_INVALID_DEVICE_REQUEST',
      ntstatus: 0xc0000010 | 0,
    })
    await none.close()
  })

  it('closes a file once, however often it is asked', async () => {
    const other = await engine.open('methods')
    expect(other.isOpen).toBe(true)
    const closing = other.close()
    expect(other.isOpen).toBe(false)
    expect(other.close()).toBe(closing)
    await closing
    const error = await errorOf(() => other.read(new Uint8Array(4)))
    expect(error).toMatchObject({ name: 'EngineError', code: 'ERR_IRP_CLOSED', value: 'methods' })
    // The other open file is as before.
    expect((await file.read(new Uint8Array(4))).status).toBe(0)
  })

  it('closes a file at the end of its block', async () => {
    let inner: IrpFile
    {
      await using opened = await engine.open('methods')
      inner = opened
      expect((await opened.read(new Uint8Array(4))).information).toBe(4)
    }
    expect(inner.isOpen).toBe(false)
  })

  it('names the operation, the status and the device in an IrpError', async () => {
    await engine.addDevice({ name: 'disk', driver: drivers.ramdisk, parameters: { bytes: 4096 } })
    const disk = await engine.open('disk')
    const error = await errorOf(() => disk.read(new Uint8Array(8), { offset: 4092 }))
    expect(error).toBeInstanceOf(irpool.IrpError)
    expect(error).toMatchObject({
      code: 'STATUS_INVALID_PARAMETER',
      ntstatus: 0xc000000d | 0,
      information: 0,
      operation: 'read of disk',
    })
    expect(error.message).toBe('read of disk ended with STATUS_INVALID_PARAMETER (0xC000000D)')
    const soft = await disk.read(new Uint8Array(8), { offset: 4092, rejectOnFailure: false })
    expect(soft).toEqual({ status: 0xc000000d | 0, information: 0 })
    await disk.close()
  })

  it('gives every block of the buffers back', async () => {
    // The whole region in one piece is only there when nothing is in use.
    const whole = engine.channel.allocate(1 << 20)
    engine.channel.free(whole)
    expect(whole.byteLength).toBe(1 << 20)
  })

  it('ends with a balanced ledger', async () => {
    await engine.stop()
    expect(engine.ledger()).toMatchObject(BALANCED)
  })
})
