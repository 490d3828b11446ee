import { describe, expect, it } from 'vitest'
import { Random } from '../../../../native-sim/random.js'
import { IRP_MJ_FLUSH_BUFFERS } from '../../../../src/abi/major-function.js'
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../../../../src/abi/ntstatus.js'
import { startNvme } from './nvme-bench.js'

/** The largest transfer of the device. */
const MAX_TRANSFER = 131_072

describe('nvme driver', () => {
  it('finds the size of the disk', async () => {
    const { adapter } = await startNvme({ blocks: 12_345 })
    expect(adapter.sizeBytes).toBe(12_345 * 512)
  })

  it('reads what it wrote, and zeros elsewhere', async () => {
    const { requester, stepped } = await startNvme()
    const { bytes } = requester.buffer
    bytes.fill(7)
    requester.write(1, 4096, 512 * 1000)
    expect(stepped.run()).toMatchObject([{ status: STATUS_SUCCESS, information: 4096 }])
    requester.read(2, 1024, 512 * 999)
    expect(stepped.run()).toMatchObject([{ status: STATUS_SUCCESS, information: 1024 }])
    expect(new Set(bytes.subarray(0, 512))).toEqual(new Set([0]))
    expect(new Set(bytes.subarray(512, 1024))).toEqual(new Set([7]))
  })

  it.each([
    ['one page', 0, 4096],
    ['two pages', 2048, 4096],
    ['a list of pages', 512, 65_536],
    ['the largest transfer', 100, MAX_TRANSFER],
    ['more than one transfer', 1024, 3 * MAX_TRANSFER + 512],
  ])('moves %s to and from memory that begins anywhere', async (_name, offset, length) => {
    const { requester, stepped } = await startNvme()
    const { channel, file } = requester
    const buffer = channel.allocate(524_288)
    const bytes = buffer.bytes.subarray(offset, offset + length)
    const place = buffer.move(buffer.byteOffset + offset, length)
    const random = new Random(length)
    for (let i = 0; i < length; i += 101) bytes[i] = random.nextBelow(256)
    const written = bytes.slice()
    channel.prepareWrite(file, place, length, 512 * 77, 1)
    expect(stepped.run()).toMatchObject([{ status: STATUS_SUCCESS, information: length }])
    buffer.bytes.fill(0xee)
    channel.prepareRead(file, place, length, 512 * 77, 2)
    expect(stepped.run()).toMatchObject([{ status: STATUS_SUCCESS, information: length }])
    expect(Buffer.compare(bytes, written)).toBe(0)
    expect(buffer.bytes[offset + length]).toBe(0xee)
    expect(stepped.device?.report().dmaFaults).toBe(0)
  })

  it('keeps depth commands under way, and answers each once', async () => {
    const { requester, stepped, adapter } = await startNvme({ latencyUs: 100 }, { depth: 4 })
    for (let i = 0; i < 40; i++) requester.read(i, 512, i * 512)
    requester.engine.channel.submit()
    stepped.turn()
    expect(adapter.outstanding).toBe(4)
    const done = stepped.run()
    expect(done.map(({ context }) => context)).toEqual(Array.from({ length: 40 }, (_, i) => i))
    expect(done.every(({ status }) => status === STATUS_SUCCESS)).toBe(true)
    expect(adapter.outstanding).toBe(0)
    // Commands that end together share an interrupt.
    expect(adapter.interrupt.statistics?.services).toBe(10)
    expect(adapter.interrupt.dpcRuns).toBe(10)
  })

  it('goes round its queues many times', async () => {
    const { requester, stepped, adapter } = await startNvme({}, { depth: 3 })
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 7; i++) requester.write(i, 512, i * 512)
      expect(stepped.run()).toHaveLength(7)
    }
    expect(adapter.lostInterrupts).toBe(0)
  })

  it('flushes', async () => {
    const { requester, stepped } = await startNvme()
    requester.bare(5, IRP_MJ_FLUSH_BUFFERS)
    expect(stepped.run()).toMatchObject([{ context: 5, status: STATUS_SUCCESS, information: 0 }])
  })

  it('refuses what is no whole block, or beyond the end', async () => {
    const { requester, stepped } = await startNvme({ blocks: 100 })
    for (const [length, offset] of [
      [511, 0],
      [512, 1],
      [1024, 99 * 512],
    ] as const) {
      requester.read(1, length, offset)
      expect(stepped.run()).toMatchObject([{ status: STATUS_INVALID_PARAMETER, information: 0 }])
    }
    requester.read(1, 512, 99 * 512)
    expect(stepped.run()).toMatchObject([{ status: STATUS_SUCCESS }])
  })
})
