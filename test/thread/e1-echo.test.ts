/**
 * Acceptance case E1: the WDK's echo sample in its AutoSync form, on real threads: 100 asynchronous reads and
 * 100 writes of 40 KiB, each completed by a timer, exactly one owned at any time, every pattern checked.
 * Source: kmdf.md 10.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine as EngineType, IrpFile } from '../../src/index.js'
import { BOOKS, IOCTL_BOOKS, MAX_WRITE_LENGTH } from '../fixtures/drivers/auto-sync-echo.js'
import { Engine, fixture, irpool } from './built.js'
import { expectBalanced, within } from './helpers.js'

const { STATUS_BUFFER_OVERFLOW, STATUS_CANCELLED, STATUS_SUCCESS } = irpool
const COUNT = 100
const PERIOD_MS = 1
const PATIENCE_MS = 30_000

/** Bytes that tell which write they are of, and whether they lie where they should. */
function pattern(number: number, length = MAX_WRITE_LENGTH): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at++) bytes[at] = (number * 31 + at + (at >>> 8)) & 0xff
  return bytes
}

async function booksOf(file: IrpFile): Promise<Record<(typeof BOOKS)[number], number>> {
  const answer = new Int32Array(BOOKS.length)
  await file.ioctl(IOCTL_BOOKS, null, answer)
  const [owned = 0, mostOwned = 0, presented = 0, canceled = 0, leftAlone = 0] = answer
  return { owned, mostOwned, presented, canceled, leftAlone }
}

describe('E1 echo', () => {
  let engine: EngineType
  let serial = 0

  beforeAll(async () => {
    engine = await Engine.start({ workers: 2, slots: 256, bufferBytes: 16 << 20 })
  })

  afterAll(() => engine.stop())

  const open = async (): Promise<IrpFile> => {
    const name = `echo-${serial++}`
    const parameters = { periodMs: PERIOD_MS }
    await engine.addDevice({ name, driver: fixture('auto-sync-echo'), parameters })
    return engine.open(name)
  }

  it('E1 a write and a read: the pattern comes back', async () => {
    const file = await open()
    const empty = await file.read(new Uint8Array(16))
    expect(empty).toEqual({ status: STATUS_SUCCESS, information: 0 })
    expect(await file.write(pattern(1, 512))).toEqual({ status: STATUS_SUCCESS, information: 512 })
    const buffer = new Uint8Array(1024)
    expect(await file.read(buffer)).toEqual({ status: STATUS_SUCCESS, information: 512 })
    expect(buffer.subarray(0, 512)).toEqual(pattern(1, 512))
    const short = new Uint8Array(100)
    expect(await file.read(short)).toMatchObject({ information: 100 })
    expect(short).toEqual(pattern(1, 100))
    await file.close()
  })

  it('E1 a write of more than 40 KiB: STATUS_BUFFER_OVERFLOW, 0 bytes', async () => {
    const file = await open()
    const result = await file.write(new Uint8Array(MAX_WRITE_LENGTH + 1), {
      rejectOnFailure: false,
    })
    expect(result).toEqual({ status: STATUS_BUFFER_OVERFLOW, information: 0 })
    await file.close()
  })

  it('E1 100 asynchronous writes and 100 reads of 40 KiB, one owned at a time', async () => {
    const file = await open()
    const buffers = Array.from({ length: COUNT }, () => new Uint8Array(MAX_WRITE_LENGTH))
    const order: string[] = []
    const calls = buffers.flatMap((buffer, number) => [
      file.write(pattern(number)).then((result) => {
        order.push(`write ${number}`)
        return result
      }),
      file.read(buffer).then((result) => {
        order.push(`read ${number}`)
        return result
      }),
    ])
    const results = await within(PATIENCE_MS, 'the echo', Promise.all(calls))
    const whole = { status: STATUS_SUCCESS, information: MAX_WRITE_LENGTH }
    expect(results).toEqual(calls.map(() => whole))
    // The queue is a FIFO: each read gives back the write before it.
    for (const [number, buffer] of buffers.entries()) {
      expect(Buffer.compare(buffer, pattern(number)), `pattern ${number}`).toBe(0)
    }
    expect(order).toEqual(buffers.flatMap((_, number) => [`write ${number}`, `read ${number}`]))
    expect(await booksOf(file)).toEqual({
      owned: 0,
      mostOwned: 1,
      presented: 2 * COUNT,
      canceled: 0,
      leftAlone: 0,
    })
    await file.close()
    expectBalanced(engine.ledger())
  })

  it('E1 reads and writes from two files, half of them aborted: each ends once, one owned at a time', async () => {
    const files = [await open()]
    const [first] = files as [IrpFile]
    files.push(await engine.open(first.device.name))
    await first.write(pattern(0))
    const outcomes = { success: 0, cancelled: 0 }
    const calls = Array.from({ length: 2 * COUNT }, async (_, number) => {
      const file = files[number % 2] as IrpFile
      const controller = new AbortController()
      const options = { signal: controller.signal, rejectOnFailure: false }
      const call =
        number % 4 < 2
          ? file.write(pattern(0), options)
          : file.read(new Uint8Array(MAX_WRITE_LENGTH), options)
      // At once, or at some time while the timer goes: queued, armed, or done.
      if (number % 8 === 0) controller.abort()
      else if (number % 2 === 0) setTimeout(() => controller.abort(), number)
      const { status } = await call
      expect([STATUS_SUCCESS, STATUS_CANCELLED]).toContain(status)
      outcomes[status === STATUS_SUCCESS ? 'success' : 'cancelled']++
    })
    await within(PATIENCE_MS, 'the echo with aborts', Promise.all(calls))
    expect(outcomes.success + outcomes.cancelled).toBe(2 * COUNT)
    expect(outcomes.cancelled).toBeGreaterThan(0)
    const books = await booksOf(first)
    expect(books).toMatchObject({ owned: 0, mostOwned: 1 })
    for (const file of files) await file.close()
    expectBalanced(engine.ledger())
  })

  it('E1 the host closes its file with everything in flight: all of it ends cancelled', async () => {
    const file = await open()
    await file.write(pattern(0, 64))
    const reads = Array.from({ length: COUNT }, () =>
      file.read(new Uint8Array(64), { rejectOnFailure: false }),
    )
    await within(PATIENCE_MS, 'close', file.close())
    const ends = await Promise.all(reads)
    const cancelled = ends.filter(({ status }) => status === STATUS_CANCELLED)
    // A tick or two of the timer may have come first.
    expect(cancelled.length).toBeGreaterThan(COUNT / 2)
    expectBalanced(engine.ledger())
  })
})
