/**
 * Cancellation, time-outs and AbortSignals of the promise API, with drivers that hold what they get.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine as EngineType, IrpFile } from '../../src/index.js'
import { IOCTL_HELD, IOCTL_RELEASE } from '../fixtures/drivers/holder.js'
import { Engine, fixture, irpool } from './built.js'
import { BALANCED, errorOf, eventually, expectBalanced, pause, within } from './helpers.js'

const { STATUS_CANCELLED, STATUS_IO_TIMEOUT, STATUS_NOT_FOUND, STATUS_SUCCESS } = irpool

async function ask(file: IrpFile, code: number): Promise<number> {
  const answer = new Int32Array(1)
  await file.ioctl(code, null, answer)
  return answer[0] as number
}

describe('cancellation', () => {
  let engine: EngineType
  let serial = 0

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1, slots: 256 })
  })

  afterAll(() => engine.stop())

  const open = async (parameters: Record<string, unknown>): Promise<IrpFile> => {
    const name = `holder-${serial++}`
    await engine.addDevice({ name, driver: fixture('holder'), parameters })
    return engine.open(name)
  }

  const soft = { rejectOnFailure: false } as const

  describe('AbortSignal', () => {
    it('aborted before: the request is never sent', async () => {
      const file = await open({})
      const { accepted } = engine.ledger()
      const reason = new Error('changed my mind')
      const signal = AbortSignal.abort(reason)
      const error = await errorOf(() => file.read(new Uint8Array(4), { signal }))
      expect(error).toMatchObject({ code: 'STATUS_CANCELLED', ntstatus: STATUS_CANCELLED })
      expect(error.cause).toBe(reason)
      const result = await file.read(new Uint8Array(4), { signal, ...soft })
      expect(result.status).toBe(STATUS_CANCELLED)
      expect(engine.ledger().accepted).toBe(accepted)
      expect(await ask(file, IOCTL_HELD)).toBe(0)
      await file.close()
    })

    it('aborted while the driver holds the request: EvtRequestCancel ends it', async () => {
      const file = await open({})
      const controller = new AbortController()
      const reading = errorOf(() => file.read(new Uint8Array(4), { signal: controller.signal }))
      expect(await ask(file, IOCTL_HELD)).toBe(1)
      controller.abort(new Error('enough'))
      const error = await within(20_000, 'the aborted read', reading)
      expect(error).toMatchObject({ name: 'IrpError', code: 'STATUS_CANCELLED' })
      expect(error.cause).toMatchObject({ message: 'enough' })
      expect(await ask(file, IOCTL_HELD)).toBe(0)
      await file.close()
    })

    it('aborted in the same turn: the request ends once', async () => {
      const file = await open({})
      const controller = new AbortController()
      const reading = file.read(new Uint8Array(4), { signal: controller.signal, ...soft })
      controller.abort()
      expect((await within(20_000, 'the aborted read', reading)).status).toBe(STATUS_CANCELLED)
      await file.close()
    })

    it('aborted while it waits in the queue: the driver never sees it', async () => {
      const file = await open({ dispatchType: 'sequential' })
      const controller = new AbortController()
      const first = file.read(new Uint8Array(4))
      const second = file.read(new Uint8Array(4), { signal: controller.signal, ...soft })
      const third = file.read(new Uint8Array(4))
      expect(await ask(file, IOCTL_HELD)).toBe(1)
      controller.abort()
      expect((await within(20_000, 'the aborted read', second)).status).toBe(STATUS_CANCELLED)
      expect(await ask(file, IOCTL_RELEASE)).toBe(1)
      expect((await first).status).toBe(0)
      await eventually(() => engine.channel.inFlight === 1, 'the third alone is in flight')
      expect(await ask(file, IOCTL_RELEASE)).toBe(1)
      expect((await third).status).toBe(0)
      await file.close()
    })

    it('aborted after the end: nothing happens, and no listener is left', async () => {
      const file = await open({})
      const controller = new AbortController()
      const { signal } = controller
      let listeners = 0
      const add = signal.addEventListener.bind(signal)
      const remove = signal.removeEventListener.bind(signal)
      signal.addEventListener = (...parameters: Parameters<typeof add>) => {
        listeners++
        add(...parameters)
      }
      signal.removeEventListener = (...parameters: Parameters<typeof remove>) => {
        listeners--
        remove(...parameters)
      }
      expect((await file.write(new Uint8Array(4), { signal })).status).toBe(0)
      expect(listeners).toBe(0)
      controller.abort()
      expect((await file.write(new Uint8Array(4))).status).toBe(0)
      await file.close()
    })

    it('a cancelled request that is not cancelable completes with its own result', async () => {
      const file = await open({ cancel: 'ignore' })
      const controller = new AbortController()
      const reading = file.read(new Uint8Array(4), { signal: controller.signal })
      expect(await ask(file, IOCTL_HELD)).toBe(1)
      controller.abort()
      await pause(30)
      expect(await ask(file, IOCTL_RELEASE)).toBe(1)
      expect(await reading).toEqual({ status: STATUS_SUCCESS, information: 4 })
      await file.close()
    })

    it('a driver may poll isCanceled', async () => {
      const file = await open({ cancel: 'poll' })
      const controller = new AbortController()
      const reading = file.read(new Uint8Array(4), { signal: controller.signal, ...soft })
      const other = file.read(new Uint8Array(4))
      expect(await ask(file, IOCTL_HELD)).toBe(2)
      controller.abort()
      expect((await within(20_000, 'the polled read', reading)).status).toBe(STATUS_CANCELLED)
      expect(await ask(file, IOCTL_RELEASE)).toBe(1)
      expect((await other).status).toBe(0)
      await file.close()
    })

    it('one signal cancels many', async () => {
      const file = await open({})
      const controller = new AbortController()
      const options = { signal: controller.signal, ...soft }
      const reads = Array.from({ length: 200 }, () => file.read(new Uint8Array(4), options))
      expect(await ask(file, IOCTL_HELD)).toBe(200)
      controller.abort()
      const results = await within(20_000, '200 aborted reads', Promise.all(reads))
      expect(results.every(({ status }) => status === STATUS_CANCELLED)).toBe(true)
      await file.close()
    })
  })

  describe('timeoutMs', () => {
    it('ends a held request with STATUS_IO_TIMEOUT', async () => {
      const file = await open({})
      const reading = errorOf(() => file.read(new Uint8Array(4), { timeoutMs: 20 }))
      const error = await within(20_000, 'the timed read', reading)
      expect(error).toMatchObject({ code: 'STATUS_IO_TIMEOUT', ntstatus: STATUS_IO_TIMEOUT })
      const result = await file.read(new Uint8Array(4), { timeoutMs: 0.5, ...soft })
      expect(result.status).toBe(STATUS_IO_TIMEOUT)
      await file.close()
    })

    it('ends a request that waits in its queue with STATUS_IO_TIMEOUT', async () => {
      const file = await open({ dispatchType: 'sequential' })
      const first = file.read(new Uint8Array(4))
      const second = await file.read(new Uint8Array(4), { timeoutMs: 20, ...soft })
      expect(second.status).toBe(STATUS_IO_TIMEOUT)
      expect(await ask(file, IOCTL_RELEASE)).toBe(1)
      expect((await first).status).toBe(0)
      await file.close()
    })

    it('keeps the result of a request that completed all the same', async () => {
      const file = await open({ cancel: 'ignore' })
      const reading = file.read(new Uint8Array(4), { timeoutMs: 10 })
      await pause(40)
      expect(await ask(file, IOCTL_RELEASE)).toBe(1)
      expect(await reading).toEqual({ status: STATUS_SUCCESS, information: 4 })
      await file.close()
    })

    it('waits for a driver that answers the cancellation late', async () => {
      const file = await open({ cancel: 'late' })
      const result = await file.read(new Uint8Array(4), { timeoutMs: 10, ...soft })
      expect(result.status).toBe(STATUS_IO_TIMEOUT)
      await file.close()
    })

    it('does nothing to a request that ended in time', async () => {
      const file = await open({})
      expect((await file.write(new Uint8Array(4), { timeoutMs: 10_000 })).status).toBe(0)
      await file.close()
    })
  })

  describe('close', () => {
    it("cancels the file's requests and nobody else's", async () => {
      const file = await open({})
      const other = await engine.open(file.device.name)
      const reads = Array.from({ length: 20 }, () => file.read(new Uint8Array(4), soft))
      const kept = other.read(new Uint8Array(4))
      expect(await ask(other, IOCTL_HELD)).toBe(21)
      await within(20_000, 'close', file.close())
      const results = await Promise.all(reads)
      expect(results.every(({ status }) => status === STATUS_CANCELLED)).toBe(true)
      expect(await ask(other, IOCTL_RELEASE)).toBe(1)
      expect((await kept).status).toBe(0)
      await other.close()
    })

    it('waits for a driver that answers late', async () => {
      const file = await open({ cancel: 'late' })
      const reading = file.read(new Uint8Array(4), soft)
      await within(20_000, 'close', file.close())
      expect((await reading).status).toBe(STATUS_CANCELLED)
    })

    it('of a channel cancels batch requests and ends, also when the driver answers late', async () => {
      for (const cancel of ['callback', 'late'] as const) {
        const name = (await open({ cancel })).device.name
        const channel = await engine.openChannel({ slots: 16, bufferBytes: 4096 })
        const file = await channel.open(name)
        const buffer = channel.allocate(8)
        for (let i = 0; i < 10; i++) channel.prepareRead(file, buffer, 8, 0, i)
        expect(channel.submit()).toBe(10)
        await within(20_000, `close of a channel, cancel: ${cancel}`, channel.close())
        expectBalanced(channel.ledger())
        expect(channel.ledger().cancelled).toBe(10)
      }
    })
  })

  describe('batch', () => {
    it('cancels by handle; a stale handle is refused', async () => {
      const file = await open({})
      const { channel } = engine
      const buffer = channel.allocate(8)
      const handles = [0, 1, 2].map((i) => channel.prepareRead(file, buffer, 8, 0, i))
      channel.submit()
      expect(await ask(file, IOCTL_HELD)).toBe(3)
      expect(channel.cancel(handles[1] as number)).toBe(STATUS_SUCCESS)
      const seen: number[][] = []
      const reap = async (count: number): Promise<void> => {
        while (seen.length < count) {
          const reaped = channel.reap(10, (context, status) => seen.push([context, status]))
          if (reaped === 0) await pause(1)
        }
      }
      await within(20_000, 'the cancelled request', reap(1))
      expect(seen).toEqual([[1, STATUS_CANCELLED]])
      expect(channel.cancel(handles[1] as number)).toBe(STATUS_NOT_FOUND)
      for (const invented of [-1, 0x7fffffff, 12_345_678, NaN, 0.5]) {
        expect(channel.cancel(invented)).toBe(STATUS_NOT_FOUND)
      }
      // Cancelled twice is cancelled once.
      expect(channel.cancel(handles[0] as number)).toBe(STATUS_SUCCESS)
      channel.cancel(handles[0] as number)
      await within(20_000, 'the second cancelled request', reap(2))
      expect(await ask(file, IOCTL_RELEASE)).toBe(1)
      await within(20_000, 'the released request', reap(3))
      expect(seen).toEqual([
        [1, STATUS_CANCELLED],
        [0, STATUS_CANCELLED],
        [2, STATUS_SUCCESS],
      ])
      channel.free(buffer)
      await file.close()
    })

    it('cancels and completes at the same time: each ends once', async () => {
      const file = await open({})
      const { channel } = engine
      const buffer = channel.allocate(8)
      const count = 20_000
      let sent = 0
      const times = new Uint8Array(count)
      let total = 0
      for (;;) {
        if (total === count) break
        const handles: number[] = []
        for (let i = 0; i < 128 && sent < count; i++) {
          const handle = channel.prepareWrite(file, buffer, 8, sent, sent)
          if (handle < 0) break
          handles.push(handle)
          sent++
        }
        channel.submit()
        for (let i = 0; i < handles.length; i += 3) channel.cancel(handles[i] as number)
        const reaped = channel.reap(1000, (context, status) => {
          times[context] = (times[context] as number) + 1
          total++
          if (status !== STATUS_SUCCESS && status !== STATUS_CANCELLED) throw new Error('status')
        })
        if (reaped === 0) await channel.waitAsync(1000)
      }
      expect(times.every((n) => n === 1)).toBe(true)
      channel.free(buffer)
      await file.close()
    })
  })

  it('ends with a balanced ledger and no rescued sleep', async () => {
    await engine.stop()
    expect(engine.ledger()).toMatchObject(BALANCED)
    expect(engine.statistics()[0]).toMatchObject({ rejected: 0, rescues: 0 })
  })
})
