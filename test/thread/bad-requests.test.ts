/**
 * Bad input to the promise API: an EngineError with the value, or an IrpError with a status; another
 * request works afterwards.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type {
  Engine as EngineType,
  EngineErrorCode,
  IrpFile,
  TransferOptions,
} from '../../src/index.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import { BALANCED, errorOf } from './helpers.js'

const view = (value: unknown): ArrayBufferView => value as ArrayBufferView
const refusal = (code: EngineErrorCode, value: unknown): object => ({
  name: 'EngineError',
  code,
  value,
})

const CODE = irpool.ctlCode(0x22, 0x810, irpool.METHOD_BUFFERED, 0)

describe('the promise API refuses', () => {
  let engine: EngineType
  let file: IrpFile

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1, slots: 16, bufferBytes: 4096 })
    await engine.addDevice({ name: 'methods', driver: fixture('methods') })
    await engine.addDevice({ name: 'null', driver: drivers.null })
    file = await engine.open('methods')
  })

  afterAll(() => engine.stop())

  const stillWorks = async (): Promise<void> => {
    const bytes = new Uint8Array(4096)
    expect(await file.read(bytes, { offset: 1 })).toEqual({ status: 0, information: 4096 })
    expect([bytes[0], bytes[4095]]).toEqual([1, 0])
    expect(engine.ledger()).toMatchObject(BALANCED)
    // No block has been lost: the whole region is there.
    engine.channel.free(engine.channel.allocate(4096))
  }

  afterEach(() => stillWorks())

  for (const [name, value] of [
    ['a string', 'bytes'],
    ['a number', 8],
    ['null', null],
    ['undefined', undefined],
    ['an ArrayBuffer', new ArrayBuffer(8)],
    ['a SharedArrayBuffer', new SharedArrayBuffer(8)],
    ['an array', [1, 2, 3]],
    ['an object that looks like one', { byteLength: 4, byteOffset: 0, buffer: new ArrayBuffer(8) }],
  ] as const) {
    it(`${name} as a buffer`, async () => {
      expect(await errorOf(() => file.read(view(value)))).toMatchObject(
        refusal('ERR_IRP_BUFFER', value),
      )
      expect(await errorOf(() => file.write(view(value)))).toMatchObject(
        refusal('ERR_IRP_BUFFER', value),
      )
    })
  }

  for (const [name, value] of [
    ['a string', 'bytes'],
    ['a number', 8],
    ['an ArrayBuffer', new ArrayBuffer(8)],
  ] as const) {
    it(`${name} as an ioctl's buffer`, async () => {
      expect(await errorOf(() => file.ioctl(CODE, view(value)))).toMatchObject(
        refusal('ERR_IRP_BUFFER', value),
      )
      expect(await errorOf(() => file.ioctl(CODE, null, view(value)))).toMatchObject(
        refusal('ERR_IRP_BUFFER', value),
      )
    })
  }

  it('a buffer that is larger than all buffers of the channel', async () => {
    expect(await errorOf(() => file.read(new Uint8Array(4097)))).toMatchObject(
      refusal('ERR_IRP_BUFFER', 4097),
    )
    expect(await errorOf(() => file.write(new Float64Array(1000)))).toMatchObject(
      refusal('ERR_IRP_BUFFER', 8000),
    )
    const large = new Uint8Array(4097)
    expect(await errorOf(() => file.ioctl(CODE, large))).toMatchObject(
      refusal('ERR_IRP_BUFFER', 4097),
    )
    expect(await errorOf(() => file.ioctl(CODE, null, large))).toMatchObject(
      refusal('ERR_IRP_BUFFER', 4097),
    )
  })

  it('more buffers at once than there are, with a status', async () => {
    const reads = Array.from({ length: 8 }, () =>
      file.read(new Uint8Array(1024), { rejectOnFailure: false }),
    )
    const statuses = (await Promise.all(reads)).map(({ status }) => status)
    const none = irpool.STATUS_INSUFFICIENT_RESOURCES
    expect(statuses).toEqual([0, 0, 0, 0, none, none, none, none])
    const held = file.read(new Uint8Array(4096))
    const error = await errorOf(() => file.read(new Uint8Array(1)))
    expect(error).toMatchObject({ name: 'IrpError', code: 'STATUS_INSUFFICIENT_RESOURCES' })
    expect((await held).status).toBe(0)
  })

  it('more requests at once than there are slots, with a status', async () => {
    const calls = Array.from({ length: 20 }, () =>
      file.write(new Uint8Array(0), { rejectOnFailure: false }),
    )
    const statuses = (await Promise.all(calls)).map(({ status }) => status)
    expect(statuses.filter((status) => status === 0)).toHaveLength(16)
    expect(new Set(statuses.slice(16))).toEqual(new Set([irpool.STATUS_INSUFFICIENT_RESOURCES]))
  })

  it('a detached buffer', async () => {
    for (const make of [
      (): ArrayBufferView => new Uint8Array(8),
      (): ArrayBufferView => new DataView(new ArrayBuffer(8)),
      (): ArrayBufferView => new Float64Array(2),
    ]) {
      const gone = make()
      structuredClone(gone.buffer, { transfer: [gone.buffer as ArrayBuffer] })
      for (const call of [() => file.read(gone), () => file.write(gone)]) {
        const error = await errorOf(call)
        expect([error.name, error.code]).toEqual(['EngineError', 'ERR_IRP_BUFFER'])
        expect(error.value === gone).toBe(true)
      }
    }
  })

  it('a buffer that is detached meanwhile', async () => {
    const bytes = new Uint8Array(8)
    const reading = errorOf(() => file.read(bytes))
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] })
    const error = await reading
    expect([error.name, error.code]).toEqual(['EngineError', 'ERR_IRP_BUFFER'])
    expect(error.value === bytes).toBe(true)
  })

  it('a view of the control part of the channel', async () => {
    const { buffer } = engine.channel.memory
    const { bufferByteOffset } = engine.channel.memory.geometry
    for (const offset of [0, 64, bufferByteOffset - 16, bufferByteOffset - 8]) {
      const control = new Uint8Array(buffer, offset, 16)
      expect(await errorOf(() => file.read(control))).toMatchObject(
        refusal('ERR_IRP_BUFFER', offset),
      )
      expect(await errorOf(() => file.write(control))).toMatchObject(
        refusal('ERR_IRP_BUFFER', offset),
      )
      for (const method of [irpool.METHOD_OUT_DIRECT, irpool.METHOD_BUFFERED]) {
        const code = irpool.ctlCode(0x22, 0x810, method, 0)
        expect(await errorOf(() => file.ioctl(code, null, control))).toMatchObject(
          refusal('ERR_IRP_BUFFER', offset),
        )
      }
    }
  })

  for (const offset of [-1, 0.5, NaN, Infinity, -Infinity, 2 ** 53, '0', null, 1n]) {
    it(`the offset ${typeof offset === 'string' ? `'${offset}'` : String(offset)}`, async () => {
      const options = { offset } as unknown as TransferOptions
      const bytes = new Uint8Array(4)
      expect(await errorOf(() => file.read(bytes, options))).toMatchObject(
        refusal('ERR_IRP_OFFSET', offset),
      )
      expect(await errorOf(() => file.write(bytes, options))).toMatchObject(
        refusal('ERR_IRP_OFFSET', offset),
      )
    })
  }

  for (const timeoutMs of [-1, 0, NaN, Infinity, 2 ** 31, '5', null]) {
    const name = typeof timeoutMs === 'string' ? `'${timeoutMs}'` : String(timeoutMs)
    it(`the time-out ${name}`, async () => {
      const options = { timeoutMs } as unknown as TransferOptions
      const bytes = new Uint8Array(4)
      expect(await errorOf(() => file.read(bytes, options))).toMatchObject(
        refusal('ERR_IRP_OPTION', timeoutMs),
      )
      expect(await errorOf(() => file.ioctl(CODE, null, null, options))).toMatchObject(
        refusal('ERR_IRP_OPTION', timeoutMs),
      )
      expect(await errorOf(() => file.flush(options))).toMatchObject(
        refusal('ERR_IRP_OPTION', timeoutMs),
      )
    })
  }

  it('a signal that is none', async () => {
    for (const signal of [{}, 'abort', 5, new AbortController(), null]) {
      const options = { signal } as unknown as TransferOptions
      expect(await errorOf(() => file.read(new Uint8Array(4), options))).toMatchObject(
        refusal('ERR_IRP_OPTION', signal),
      )
    }
  })

  it('options that are none', async () => {
    for (const options of [null, 5, 'offset']) {
      const error = await errorOf(() =>
        file.read(new Uint8Array(4), options as unknown as TransferOptions),
      )
      expect(error).toMatchObject(refusal('ERR_IRP_OPTION', options))
    }
  })

  for (const code of [NaN, 0.5, 2 ** 32, -(2 ** 31) - 1, Infinity, 'read', null, undefined, 1n]) {
    const name = typeof code === 'string' ? `'${code}'` : String(code)
    it(`the control code ${name}, by a rejection`, async () => {
      let promise: Promise<unknown> | undefined
      const error = await errorOf(() => {
        promise = file.ioctl(code as unknown as number)
        return promise
      })
      expect(promise, 'thrown at once, not rejected').toBeInstanceOf(Promise)
      expect(error).toMatchObject(refusal('ERR_IRP_IOCTL', code))
    })
  }

  it('an unknown control code, with the status of the driver', async () => {
    const none = await engine.open('null')
    const unknown = irpool.ctlCode(0x22, 0xabc, irpool.METHOD_NEITHER, 0)
    expect(await errorOf(() => file.ioctl(unknown))).toMatchObject({
      name: 'IrpError',
      code: 'STATUS_INVALID_DEVICE_REQUEST',
      ntstatus: 0xc0000010 | 0,
    })
    await none.close()
  })

  it('calls on a closed file', async () => {
    const other = await engine.open('methods')
    await other.close()
    for (const call of [
      () => other.read(new Uint8Array(4)),
      () => other.write(new Uint8Array(4)),
      () => other.ioctl(CODE),
      () => other.internalIoctl(CODE),
      () => other.flush(),
    ]) {
      expect(await errorOf(call)).toMatchObject(refusal('ERR_IRP_CLOSED', 'methods'))
    }
  })

  it('calls on a file of a closed channel', async () => {
    const channel = await engine.openChannel({ slots: 4, bufferBytes: 4096 })
    const other = await channel.open('methods')
    await channel.close()
    expect(await errorOf(() => other.read(new Uint8Array(4)))).toMatchObject(
      refusal('ERR_IRP_CLOSED', 'methods'),
    )
    expect(await errorOf(() => channel.open('methods'))).toMatchObject(
      refusal('ERR_IRP_CLOSED', 'methods'),
    )
    await channel.close()
    await other.close()
  })

  it('a buffer of another channel is copied, not used where it lies', async () => {
    const channel = await engine.openChannel({ slots: 4, bufferBytes: 4096 })
    const foreign = channel.allocate(16)
    foreign.bytes.fill(0)
    expect((await file.read(foreign.bytes, { offset: 5 })).information).toBe(16)
    expect([...foreign.bytes.subarray(0, 3)]).toEqual([5, 6, 7])
    await channel.close()
  })
})
