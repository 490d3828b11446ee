/**
 * IOCTLs with the four transfer methods: which buffers the driver sees, and where.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine as EngineType, IrpFile } from '../../src/index.js'
import {
  IOCTL_RECALL,
  ioctlCollect,
  ioctlIncrement,
  ioctlPlaces,
} from '../fixtures/drivers/methods.js'
import { Engine, fixture, irpool } from './built.js'
import { BALANCED, errorOf } from './helpers.js'

const { METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_NEITHER, METHOD_OUT_DIRECT } = irpool
const METHODS = [
  ['METHOD_BUFFERED', METHOD_BUFFERED],
  ['METHOD_IN_DIRECT', METHOD_IN_DIRECT],
  ['METHOD_OUT_DIRECT', METHOD_OUT_DIRECT],
  ['METHOD_NEITHER', METHOD_NEITHER],
] as const

describe('ioctl', () => {
  let engine: EngineType
  let file: IrpFile

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1, bufferBytes: 65536 })
    await engine.addDevice({ name: 'methods', driver: fixture('methods') })
    file = await engine.open('methods')
  })

  afterAll(() => engine.stop())

  const recall = async (length: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = new Uint8Array(length)
    const { information } = await file.ioctl(IOCTL_RECALL, null, bytes)
    expect(information).toBe(length)
    return bytes
  }

  for (const [name, method] of METHODS) {
    for (const kind of ['ioctl', 'internalIoctl'] as const) {
      it(`${name}: ${kind} takes an input and returns an output`, async () => {
        const input = Uint8Array.of(1, 2, 3)
        const output = new Uint8Array(5).fill(200)
        const result = await file[kind](ioctlIncrement(method), input, output)
        expect(result).toEqual({ status: 0, information: 3 })
        expect([...output]).toEqual([2, 3, 4, 200, 200])
        expect([...input]).toEqual([1, 2, 3])
      })
    }

    it(`${name}: takes buffers of the channel`, async () => {
      const input = engine.channel.allocate(100)
      const output = engine.channel.allocate(100)
      input.bytes.fill(7)
      output.bytes.fill(0)
      const result = await file.ioctl(ioctlIncrement(method), input.bytes, output.bytes)
      expect(result.information).toBe(100)
      expect(output.bytes.every((byte) => byte === 8)).toBe(true)
      engine.channel.free(input)
      engine.channel.free(output)
    })

    it(`${name}: works without input, without output, and without both`, async () => {
      const increment = ioctlIncrement(method)
      expect(await file.ioctl(increment, Uint8Array.of(1))).toEqual({ status: 0, information: 0 })
      expect(await file.ioctl(increment, null, new Uint8Array(3))).toEqual({
        status: 0,
        information: 0,
      })
      expect(await file.ioctl(increment)).toEqual({ status: 0, information: 0 })
      expect(await file.ioctl(increment, new Uint8Array(0), new Uint8Array(0))).toEqual({
        status: 0,
        information: 0,
      })
    })
  }

  it('METHOD_BUFFERED has one system buffer for input and output', async () => {
    await file.ioctl(ioctlPlaces(METHOD_BUFFERED), new Uint8Array(8), new Uint8Array(16))
    const [input, output] = new Float64Array((await recall(16)).buffer)
    expect(input).toBe(output)
  })

  for (const [name, method] of METHODS.slice(1)) {
    it(`${name} has two buffers, and uses those of the channel where they lie`, async () => {
      await file.ioctl(ioctlPlaces(method), new Uint8Array(8), new Uint8Array(16))
      const [copiedInput = 0, copiedOutput = 0] = new Float64Array((await recall(16)).buffer)
      expect(Math.abs(copiedInput - copiedOutput)).toBeGreaterThanOrEqual(8)
      const input = engine.channel.allocate(8)
      const output = engine.channel.allocate(16)
      await file.ioctl(ioctlPlaces(method), input.bytes, output.bytes)
      const places = [...new Float64Array((await recall(16)).buffer)]
      expect(places).toEqual([input.byteOffset, output.byteOffset])
      engine.channel.free(input)
      engine.channel.free(output)
    })
  }

  it("METHOD_IN_DIRECT's second buffer carries data to the driver", async () => {
    await file.ioctl(ioctlCollect(METHOD_IN_DIRECT), Uint8Array.of(1, 2), Uint8Array.of(3, 4, 5))
    expect([...(await recall(5))]).toEqual([1, 2, 3, 4, 5])
  })

  it('refuses an unknown control code with the status of the driver', async () => {
    const code = irpool.ctlCode(0x22, 0x999, METHOD_BUFFERED, 0)
    const error = await errorOf(() => file.ioctl(code))
    expect(error).toMatchObject({
      name: 'IrpError',
      code: 'STATUS_INVALID_DEVICE_REQUEST',
      operation: `ioctl 0x${code.toString(16)} of methods`,
    })
  })

  it('passes control codes with the top bit set', async () => {
    const code = 0xdeadbeef
    const error = await errorOf(() => file.ioctl(code))
    expect(error).toMatchObject({ code: 'STATUS_INVALID_DEVICE_REQUEST' })
    expect(await errorOf(() => file.ioctl(code | 0))).toMatchObject({
      operation: 'ioctl 0xdeadbeef of methods',
    })
  })

  it('answers a driver that asks for more bytes than there are with its status', async () => {
    await file.write(new Uint8Array(100))
    const error = await errorOf(() => file.ioctl(IOCTL_RECALL, null, new Uint8Array(99)))
    expect(error).toMatchObject({ code: 'STATUS_BUFFER_TOO_SMALL', ntstatus: 0xc0000023 | 0 })
  })

  it('batch: both methods of buffers', async () => {
    const { channel } = engine
    const input = channel.allocate(8)
    const output = channel.allocate(8)
    input.bytes.fill(4)
    output.bytes.fill(0)
    const code = ioctlIncrement(METHOD_OUT_DIRECT)
    const handles = [
      channel.prepareIoctl(file, code, input, 8, output, 8, 11),
      channel.prepareInternalIoctl(file, code, input, 4, output, 8, 12),
      channel.prepareIoctl(file, code, null, 0, null, 0, 13),
      channel.prepareFlush(file, 14),
    ]
    expect(handles.every((handle) => handle >= 0)).toBe(true)
    expect(channel.submit()).toBe(4)
    const seen: number[][] = []
    while (seen.length < 4) {
      const reaped = channel.reap(10, (context, status, information) =>
        seen.push([context, status, information]),
      )
      if (reaped === 0) await channel.waitAsync(1000)
    }
    expect(seen).toEqual([
      [11, 0, 8],
      [12, 0, 4],
      [13, 0, 0],
      [14, 0, 0],
    ])
    expect([...output.bytes]).toEqual([5, 5, 5, 5, 5, 5, 5, 5])
    channel.free(input)
    channel.free(output)
  })

  it('gives every block back, and ends with a balanced ledger', async () => {
    engine.channel.free(engine.channel.allocate(65536))
    await engine.stop()
    expect(engine.ledger()).toMatchObject(BALANCED)
  })
})
