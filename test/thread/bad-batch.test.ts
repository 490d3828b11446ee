/**
 * Bad input to the batch API: a negative status, never an exception, and another request works afterwards.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Channel, ChannelBuffer, Engine as EngineType, IrpFile } from '../../src/index.js'
import { drivers, Engine, irpool } from './built.js'
import { BALANCED, errorOf } from './helpers.js'

const {
  STATUS_FILE_CLOSED,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_HANDLE,
  STATUS_INVALID_PARAMETER,
} = irpool

describe('the batch API refuses', () => {
  let engine: EngineType
  let channel: Channel
  let file: IrpFile
  let buffer: ChannelBuffer

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1 })
    await engine.addDevice({ name: 'null', driver: drivers.null })
    channel = await engine.openChannel({ slots: 8, bufferBytes: 8192 })
    file = await channel.open('null')
    buffer = channel.allocate(100)
  })

  afterAll(() => engine.stop())

  /** Nothing that was refused was sent, no slot was lost, and the next requests work. */
  const stillWorks = async (): Promise<void> => {
    expect(channel.inFlight).toBe(0)
    const handles = Array.from({ length: 8 }, (_, i) =>
      channel.prepareWrite(file, buffer, 100, 2 ** 53 - 1, i),
    )
    expect(handles.every((handle) => handle >= 0)).toBe(true)
    expect(channel.submit()).toBe(8)
    const seen: number[][] = []
    while (seen.length < 8) {
      const reaped = channel.reap(8, (_context, status, information) => {
        seen.push([status, information])
      })
      if (reaped === 0) await channel.waitAsync(1000)
    }
    expect(seen).toEqual(handles.map(() => [0, 100]))
    expect(channel.ledger()).toMatchObject(BALANCED)
  }

  /** Takes back what a test should not have been able to prepare. */
  const empty = async (): Promise<void> => {
    channel.submit()
    while (channel.inFlight > 0) {
      if (channel.reap(8, () => {}) === 0) await channel.waitAsync(1000)
    }
  }

  afterEach(async () => {
    await empty()
    await stillWorks()
  })

  for (const offset of [-1, NaN, 0.5, 2 ** 53, Infinity, -Infinity, 1e300]) {
    it(`the offset ${offset}`, () => {
      expect(channel.prepareRead(file, buffer, 8, offset, 0)).toBe(STATUS_INVALID_PARAMETER)
      expect(channel.prepareWrite(file, buffer, 8, offset, 0)).toBe(STATUS_INVALID_PARAMETER)
    })
  }

  for (const length of [-1, 101, NaN, 0.5, Infinity, 2 ** 32, 2 ** 31]) {
    it(`the length ${length}`, () => {
      expect(channel.prepareRead(file, buffer, length, 0, 0)).toBe(STATUS_INVALID_PARAMETER)
      expect(channel.prepareWrite(file, buffer, length, 0, 0)).toBe(STATUS_INVALID_PARAMETER)
    })

    it(`the input or output length ${length}`, () => {
      const handles = [
        channel.prepareIoctl(file, 0, buffer, length, buffer, 8, 0),
        channel.prepareIoctl(file, 0, buffer, 8, buffer, length, 0),
      ]
      expect(handles).toEqual([STATUS_INVALID_PARAMETER, STATUS_INVALID_PARAMETER])
    })
  }

  it('a length without a buffer', () => {
    expect(channel.prepareIoctl(file, 0, null, 8, null, 0, 0)).toBe(STATUS_INVALID_PARAMETER)
    expect(channel.prepareInternalIoctl(file, 0, null, 0, null, 8, 0)).toBe(
      STATUS_INVALID_PARAMETER,
    )
  })

  it('a buffer of another channel', () => {
    const foreign = engine.channel.allocate(100)
    expect(channel.prepareWrite(file, foreign, 8, 0, 0)).toBe(STATUS_INVALID_PARAMETER)
    expect(channel.prepareIoctl(file, 0, foreign, 8, null, 0, 0)).toBe(STATUS_INVALID_PARAMETER)
    expect(channel.prepareIoctl(file, 0, null, 0, foreign, 8, 0)).toBe(STATUS_INVALID_PARAMETER)
    engine.channel.free(foreign)
  })

  it('a file of another channel', async () => {
    const foreign = await engine.open('null')
    expect(channel.prepareWrite(foreign, buffer, 8, 0, 0)).toBe(STATUS_INVALID_HANDLE)
    expect(channel.prepareIoctl(foreign, 0, null, 0, null, 0, 0)).toBe(STATUS_INVALID_HANDLE)
    expect(channel.prepareFlush(foreign, 0)).toBe(STATUS_INVALID_HANDLE)
    await foreign.close()
  })

  it('a closed file', async () => {
    const closed = await channel.open('null')
    await closed.close()
    expect(channel.prepareRead(closed, buffer, 8, 0, 0)).toBe(STATUS_FILE_CLOSED)
    expect(channel.prepareWrite(closed, buffer, 8, 0, 0)).toBe(STATUS_FILE_CLOSED)
    expect(channel.prepareIoctl(closed, 0, null, 0, null, 0, 0)).toBe(STATUS_FILE_CLOSED)
    expect(channel.prepareInternalIoctl(closed, 0, null, 0, null, 0, 0)).toBe(STATUS_FILE_CLOSED)
    expect(channel.prepareFlush(closed, 0)).toBe(STATUS_FILE_CLOSED)
  })

  it('prepare, submit and cancel on a closed channel', async () => {
    const other = await engine.openChannel({ slots: 8, bufferBytes: 4096 })
    const theirs = await other.open('null')
    const bytes = other.allocate(8)
    const handle = other.prepareWrite(theirs, bytes, 8, 0, 0)
    expect(other.submit()).toBe(1)
    await other.close()
    expect(other.prepareWrite(theirs, bytes, 8, 0, 0)).toBe(STATUS_INVALID_HANDLE)
    expect(other.prepareIoctl(theirs, 0, null, 0, null, 0, 0)).toBe(STATUS_INVALID_HANDLE)
    expect(other.prepareFlush(theirs, 0)).toBe(STATUS_INVALID_HANDLE)
    expect(other.submit()).toBe(STATUS_INVALID_HANDLE)
    expect(other.cancel(handle)).toBe(irpool.STATUS_NOT_FOUND)
    expect(other.ledger()).toMatchObject(BALANCED)
  })

  it('what has no slot', () => {
    const handles = Array.from({ length: 8 }, () => channel.prepareWrite(file, buffer, 8, 0, 0))
    expect(handles.every((handle) => handle >= 0)).toBe(true)
    expect(channel.prepareWrite(file, buffer, 8, 0, 0)).toBe(STATUS_INSUFFICIENT_RESOURCES)
    expect(channel.prepareFlush(file, 0)).toBe(STATUS_INSUFFICIENT_RESOURCES)
    channel.submit()
    let reaped = 0
    while (reaped < 8) if (channel.wait(1000)) reaped += channel.reap(8, () => {})
  })

  it('submit with nothing prepared does nothing', () => {
    expect(channel.submit()).toBe(0)
    expect(channel.submit()).toBe(0)
  })

  it('allocations that cannot be', async () => {
    for (const [byteLength, code] of [
      [0, 'ERR_IRP_BUFFERS_FULL'],
      [-1, 'ERR_IRP_BUFFERS_FULL'],
      [0.5, 'ERR_IRP_BUFFERS_FULL'],
      [NaN, 'ERR_IRP_BUFFERS_FULL'],
      ['8', 'ERR_IRP_BUFFERS_FULL'],
      [8192, 'ERR_IRP_BUFFERS_FULL'],
      [8193, 'ERR_IRP_BUFFER'],
      [Infinity, 'ERR_IRP_BUFFERS_FULL'],
    ] as const) {
      const error = await errorOf(() => channel.allocate(byteLength as number))
      expect(error).toBeInstanceOf(irpool.EngineError)
      expect(error).toMatchObject({ code, value: byteLength })
    }
  })

  it('to free what is not allocated, twice, or elsewhere', async () => {
    const own = channel.allocate(50)
    channel.free(own)
    const foreign = engine.channel.allocate(50)
    for (const one of [own, foreign]) {
      const error = await errorOf(() => channel.free(one))
      expect(error).toBeInstanceOf(irpool.EngineError)
      expect(error).toMatchObject({ code: 'ERR_IRP_BUFFER', value: one })
    }
    engine.channel.free(foreign)
  })
})
