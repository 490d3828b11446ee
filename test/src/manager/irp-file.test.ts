/** A file's promise API: what the driver sees of the caller's buffers, and what comes back. */
import { describe, expect, it } from 'vitest'
import {
  ctlCode,
  METHOD_BUFFERED,
  METHOD_IN_DIRECT,
  METHOD_NEITHER,
  METHOD_OUT_DIRECT,
} from '../../../src/abi/ctl-code.js'
import * as nt from '../../../src/abi/ntstatus.js'
import type { Request } from '../../../src/framework/request.js'
import type { IrpFile } from '../../../src/manager/irp-file.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

async function opened(
  handle: (request: Request) => void,
): Promise<{ engine: SteppedEngine; file: IrpFile }> {
  const engine = new SteppedEngine()
  const EvtIoDefault = (_queue: unknown, request: Request): void => handle(request)
  await engine.addDevice(
    queueDriver({ dispatchType: 'parallel', defaultQueue: true, EvtIoDefault }),
  )
  const file = await engine.until(engine.channel.open('device0'))
  return { engine, file }
}

const METHODS: [name: string, method: number][] = [
  ['METHOD_BUFFERED', METHOD_BUFFERED],
  ['METHOD_IN_DIRECT', METHOD_IN_DIRECT],
  ['METHOD_OUT_DIRECT', METHOD_OUT_DIRECT],
  ['METHOD_NEITHER', METHOD_NEITHER],
]

describe.each(METHODS)('an IOCTL of %s', (_name, method) => {
  const code = ctlCode(0x22, 0x801, method, 0)

  it.each(['ioctl', 'internalIoctl'] as const)('by %s: input in, output out', async (send) => {
    const { engine, file } = await opened((request) => {
      const doubled = [...request.retrieveInputBuffer()].map((byte) => 2 * byte)
      request.retrieveOutputBuffer().set(doubled)
      request.completeWithInformation(nt.STATUS_SUCCESS, doubled.length)
    })
    const input = Uint8Array.of(1, 2, 3)
    const output = new Uint8Array(5).fill(9)
    const result = await engine.until(file[send](code, input, output))
    expect(result).toEqual({ status: nt.STATUS_SUCCESS, information: 3 })
    expect([...output]).toEqual([2, 4, 6, 9, 9])
    expect([...input]).toEqual([1, 2, 3])
  })

  it('has one system buffer when buffered, two buffers otherwise', async () => {
    const same: boolean[] = []
    const { engine, file } = await opened((request) => {
      const input = request.retrieveInputBuffer()
      const output = request.retrieveOutputBuffer()
      same.push(input.byteOffset === output.byteOffset)
      const overlap =
        input.byteOffset < output.byteOffset + output.length &&
        output.byteOffset < input.byteOffset + input.length
      expect(overlap).toBe(method === METHOD_BUFFERED)
      request.complete(nt.STATUS_SUCCESS)
    })
    for (const [inLength, outLength] of [
      [3, 100],
      [100, 3],
      [64, 64],
    ] as const) {
      await engine.until(file.ioctl(code, new Uint8Array(inLength), new Uint8Array(outLength)))
    }
    expect(same).toEqual(Array(3).fill(method === METHOD_BUFFERED))
  })

  it('carries the second buffer’s bytes to the driver, if it is direct', async () => {
    let seen: number[] = []
    const { engine, file } = await opened((request) => {
      seen = [...request.retrieveOutputBuffer()]
      request.complete(nt.STATUS_SUCCESS)
    })
    await engine.until(file.ioctl(code, Uint8Array.of(1, 1), Uint8Array.of(7, 8)))
    expect(seen).toEqual(method === METHOD_BUFFERED ? [1, 1] : [7, 8])
  })

  it('uses buffers of the channel where they lie, unless it is buffered', async () => {
    const offsets: number[][] = []
    const { engine, file } = await opened((request) => {
      const [input, output] = [request.retrieveInputBuffer(), request.retrieveOutputBuffer()]
      offsets.push([input.byteOffset, output.byteOffset])
      output.fill(5)
      request.completeWithInformation(nt.STATUS_SUCCESS, output.length)
    })
    const [input, output] = [engine.channel.allocate(64), engine.channel.allocate(64)]
    await engine.until(file.ioctl(code, input.bytes, output.bytes))
    const direct = offsets.map(([inAt, outAt]) => [
      inAt === input.byteOffset,
      outAt === output.byteOffset,
    ])
    const isDirect = method !== METHOD_BUFFERED
    expect(direct).toEqual([[isDirect, isDirect]])
    expect(output.bytes.every((byte) => byte === 5)).toBe(true)
  })

  it('needs neither buffer', async () => {
    const { engine, file } = await opened((request) => {
      const tooSmall = expect.objectContaining({ code: 'STATUS_BUFFER_TOO_SMALL' })
      expect(() => request.retrieveInputBuffer()).toThrow(tooSmall)
      expect(() => request.retrieveOutputBuffer()).toThrow(tooSmall)
      request.complete(nt.STATUS_SUCCESS)
    })
    for (const nothing of [undefined, null, new Uint8Array(0)]) {
      expect(await engine.until(file.ioctl(code, nothing, nothing))).toMatchObject({ status: 0 })
    }
  })
})

describe('read and write', () => {
  it('take any view, at any offset up to 2^53 - 1', async () => {
    const seen: [number, number, number[]][] = []
    const { engine, file } = await opened((request) => {
      const bytes = request.retrieveInputBuffer()
      seen.push([request.deviceOffset, request.length, [...bytes]])
      request.completeWithInformation(nt.STATUS_SUCCESS, bytes.length)
    })
    const data = Uint16Array.of(0x0102, 0x0304, 0x0506).subarray(1)
    await engine.until(file.write(data, { offset: Number.MAX_SAFE_INTEGER }))
    expect(seen).toEqual([[Number.MAX_SAFE_INTEGER, 4, [0x04, 0x03, 0x06, 0x05]]])
  })

  it('copy back only what the driver reported', async () => {
    const { engine, file } = await opened((request) => {
      request.retrieveOutputBuffer().fill(1)
      request.completeWithInformation(nt.STATUS_SUCCESS, 2)
    })
    const target = new Uint8Array(4).fill(9)
    await engine.until(file.read(target))
    expect([...target]).toEqual([1, 1, 9, 9])
  })

  it('give every block of the buffers back, whatever the end', async () => {
    const statuses = [nt.STATUS_SUCCESS, nt.STATUS_NOT_FOUND]
    const { engine, file } = await opened((request) =>
      request.complete(statuses[request.deviceOffset] ?? 0),
    )
    for (let round = 0; round < 40; round++) {
      const read = file.read(new Uint8Array(40_000), { offset: round % 2, rejectOnFailure: false })
      await engine.until(read)
    }
    expect(engine.channel.allocate(65_536).byteLength).toBe(65_536)
  })

  it('say what failed where', async () => {
    const { engine, file } = await opened((request) => request.complete(nt.STATUS_END_OF_FILE))
    await expect(engine.until(file.read(new Uint8Array(4)))).rejects.toMatchObject({
      name: 'IrpError',
      code: 'STATUS_END_OF_FILE',
      operation: 'read of device0',
    })
    await expect(engine.until(file.ioctl(0x222000))).rejects.toMatchObject({
      operation: 'ioctl 0x222000 of device0',
    })
  })

  it('resolve with the status of a failure when asked to', async () => {
    const { engine, file } = await opened((request) => request.complete(nt.STATUS_END_OF_FILE))
    const read = file.read(new Uint8Array(4), { rejectOnFailure: false })
    expect(await engine.until(read)).toEqual({ status: nt.STATUS_END_OF_FILE, information: 0 })
  })
})

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no rejection',
    (error: unknown) => error,
  )

const PLACES: [string, (engine: SteppedEngine) => Uint8Array][] = [
  ['in memory of the caller', () => new Uint8Array(8)],
  ['in the channel', (engine) => engine.channel.allocate(8).bytes],
]

describe.each(PLACES)('a read into bytes %s', (_where, allocate) => {
  it('rejects, and never throws, for what it was given wrongly', async () => {
    const { engine, file } = await opened((request) => request.complete(nt.STATUS_SUCCESS))
    const bytes = allocate(engine)
    for (const offset of [-1, 0.5, NaN, 2 ** 53, '0', null]) {
      const options = { offset } as { offset: number }
      const error = await rejection(file.read(bytes, options))
      expect(error).toMatchObject({ name: 'EngineError', code: 'ERR_IRP_OFFSET', value: offset })
    }
    for (const options of [null, 'soon', 7, { timeoutMs: 0 }, { signal: 1 }]) {
      const error = await rejection(file.read(bytes, options as unknown as object))
      expect(error).toMatchObject({ name: 'EngineError', code: 'ERR_IRP_OPTION' })
    }
    expect(engine.channel).toMatchObject({ staged: 0 })
    expect(await engine.until(file.read(bytes))).toMatchObject({ status: nt.STATUS_SUCCESS })
  })

  it('ends as its options say', async () => {
    const { engine, file } = await opened((request) => request.complete(nt.STATUS_END_OF_FILE))
    const bytes = allocate(engine)
    expect(await engine.until(rejection(file.read(bytes, { offset: 3 })))).toMatchObject({
      code: 'STATUS_END_OF_FILE',
      operation: 'read of device0',
    })
    const told = file.read(bytes, { rejectOnFailure: false })
    expect(await engine.until(told)).toMatchObject({ status: nt.STATUS_END_OF_FILE })
    const aborted = file.read(bytes, { signal: AbortSignal.abort() })
    expect(await rejection(aborted)).toMatchObject({ code: 'STATUS_CANCELLED' })
  })

  it('is refused with a status when all slots are in flight, and rejected when the file is closed', async () => {
    const { engine, file } = await opened((request) => request.complete(nt.STATUS_SUCCESS))
    const bytes = allocate(engine)
    const { slotCount } = engine.channel.slots
    const reads = Array.from({ length: slotCount }, () => file.read(bytes))
    expect(await rejection(file.read(bytes))).toMatchObject({
      code: 'STATUS_INSUFFICIENT_RESOURCES',
    })
    await engine.until(Promise.all(reads))
    const closing = file.close()
    expect(await rejection(file.read(bytes))).toMatchObject({ code: 'ERR_IRP_CLOSED' })
    await engine.until(closing)
  })
})

describe('flush', () => {
  it('is answered by the Framework when no driver takes it', async () => {
    const { engine, file } = await opened(() => {})
    expect(await engine.until(file.flush({ rejectOnFailure: false }))).toMatchObject({
      status: nt.STATUS_INVALID_DEVICE_REQUEST,
    })
  })
})

describe('a closed file', () => {
  it('rejects everything, closes once, and lets its channel move', async () => {
    const { engine, file } = await opened((request) => request.complete(nt.STATUS_SUCCESS))
    const closing = file.close()
    expect(file.close()).toBe(closing)
    const bytes = new Uint8Array(4)
    const calls = [file.read(bytes), file.write(bytes), file.ioctl(0), file.flush()]
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ name: 'EngineError', code: 'ERR_IRP_CLOSED' })
    }
    await engine.until(closing)
    expect(() => engine.channel.transfer()).not.toThrow()
  })
})
