/**
 * Section 4.4: time-outs by fake timers, and synchronous sends. Stepped.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { IoTarget } from '../../src/framework/io-target.js'
import type { Request } from '../../src/framework/request.js'
import type { SendOptions } from '../../src/framework/request-sender.js'
import { acting, completing, holding, relay } from '../harness/device-stack.js'
import { eventLoopTurn } from '../harness/event-loop-turn.js'
import { statuses } from '../harness/requester.js'

async function timed(options: SendOptions, prepare: (target: IoTarget) => unknown = () => {}) {
  const below: Request[] = []
  const seen: number[] = []
  const bench = await acting(
    (request, target) => relay(request, target, ({ status }) => void seen.push(status), options),
    holding(below, { role: 'bus' }),
  )
  await prepare(bench.devices[0]?.ioTarget as IoTarget)
  bench.requester.reads(1)
  return { ...bench, below, seen }
}

describe('4.4 time-outs', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  it('4.4 fires → cancel; the CANCELLED of the level below becomes STATUS_IO_TIMEOUT', async () => {
    const { engine, below, seen } = await timed({ timeoutMs: 50 })
    below[0]?.markCancelable((own: Request) => own.complete(nt.STATUS_CANCELLED))
    vi.advanceTimersByTime(49)
    expect(seen).toEqual([])
    vi.advanceTimersByTime(1)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_IO_TIMEOUT]])
    expect(seen).toEqual([nt.STATUS_IO_TIMEOUT])
  })

  it('4.4 a level below that completes with success in spite of the time-out: success', async () => {
    const { engine, below } = await timed({ timeoutMs: 50 })
    vi.advanceTimersByTime(50)
    expect(below[0]?.isCanceled()).toBe(true)
    below[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.4 while it waits in the queue below: STATUS_IO_TIMEOUT, and the driver there never sees it', async () => {
    const seen: number[] = []
    const below: Request[] = []
    const { requester, engine } = await acting(
      (request, target) =>
        relay(request, target, ({ status }) => void seen.push(status), { timeoutMs: 5 }),
      {
        role: 'bus',
        queue: {
          dispatchType: 'sequential',
          EvtIoDefault: (_queue, request) => void below.push(request),
        },
      },
    )
    requester.reads(1, 2)
    vi.advanceTimersByTime(5)
    expect(statuses(engine.run())).toEqual([[2, nt.STATUS_IO_TIMEOUT]])
    expect(below).toHaveLength(1)
  })

  it('4.4 timed out while still kept by a stopped target: STATUS_WDF_IO_TIMEOUT_NOT_SENT', async () => {
    const { engine, below, seen } = await timed({ timeoutMs: 50 }, (target) => target.stop())
    vi.advanceTimersByTime(50)
    expect(seen).toEqual([nt.STATUS_WDF_IO_TIMEOUT_NOT_SENT])
    expect(below).toEqual([])
    expect(engine.run()).toHaveLength(1)
  })

  it('4.4 0 is no time-out', async () => {
    const { engine, below } = await timed({ timeoutMs: 0 })
    vi.advanceTimersByTime(1_000_000)
    expect(below[0]?.isCanceled()).toBe(false)
    below[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.4 a request that has come back leaves no timer behind', async () => {
    const { below, engine } = await timed({ timeoutMs: 50 })
    expect(vi.getTimerCount()).toBe(1)
    below[0]?.complete(nt.STATUS_SUCCESS)
    engine.run()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('4.4 a request that ends with its device leaves no timer behind', async () => {
    const { engine, below } = await timed({ timeoutMs: 50 })
    await engine.framework().stopDevice(0)
    expect(vi.getTimerCount()).toBe(0)
    expect(engine.run()).toHaveLength(1)
    expect(below).toHaveLength(1)
  })
})

describe('4.4 synchronous', () => {
  it('4.4 sendSynchronously waits for the end, needs no routine, and blocks nobody', async () => {
    const below: Request[] = []
    const seen: unknown[] = []
    const { requester, engine } = await acting(
      async (request, target) => {
        request.formatRequestUsingCurrentType()
        seen.push(await request.sendSynchronously(target), request.getStatus())
        request.completeWithInformation(nt.STATUS_SUCCESS, request.getInformation())
      },
      holding(below, { role: 'bus' }),
    )
    expect(requester.reads(1)).toEqual([])
    expect(requester.reads(2)).toEqual([])
    below[0]?.completeWithInformation(nt.STATUS_SUCCESS, 4)
    await eventLoopTurn()
    expect(engine.run()).toMatchObject([{ context: 1, information: 4 }])
    expect(seen).toEqual([true, nt.STATUS_SUCCESS])
  })

  it('4.4 sendSynchronously to a purged target: false', async () => {
    const seen: unknown[] = []
    const { requester, engine } = await acting(
      async (request, target) => {
        void target.purge()
        request.formatRequestUsingCurrentType()
        seen.push(await request.sendSynchronously(target), request.getStatus())
        request.complete(nt.STATUS_SUCCESS)
      },
      completing({ role: 'bus' }),
    )
    requester.reads(1)
    await eventLoopTurn()
    expect(engine.run()).toHaveLength(1)
    expect(seen).toEqual([false, nt.STATUS_INVALID_DEVICE_STATE])
  })

  it('4.4 the send…Synchronously calls of a target bring status and bytes', async () => {
    const results: unknown[] = []
    const { engine, requester } = await acting(
      async (request, target) => {
        results.push(
          await target.sendReadSynchronously(new Uint8Array(3)),
          await target.sendWriteSynchronously(new Uint8Array(2), 8),
          await target.sendIoctlSynchronously(0x222004, null, new Uint8Array(5)),
          await target.sendInternalIoctlSynchronously(0x222004),
        )
        request.complete(nt.STATUS_SUCCESS)
      },
      completing({ role: 'bus' }),
    )
    requester.read(1)
    engine.channel.submit()
    for (let i = 0; i < 20; i++) {
      engine.step()
      await eventLoopTurn()
    }
    const bytes = [3, 2, 5, 0]
    expect(results).toEqual(bytes.map((information) => ({ status: 0, information })))
    expect(engine.run()).toHaveLength(1)
  })

  it('4.4 a synchronous send that times out: cancelled, then waited for without limit', async () => {
    const below: Request[] = []
    const results: unknown[] = []
    const { engine, requester } = await acting(
      async (request, target) => {
        results.push(await target.sendReadSynchronously(new Uint8Array(3), 0, 1))
        request.complete(nt.STATUS_SUCCESS)
      },
      holding(below, { role: 'bus' }),
    )
    requester.reads(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(results).toEqual([])
    expect(below[0]?.isCanceled()).toBe(true)
    below[0]?.complete(nt.STATUS_CANCELLED)
    await eventLoopTurn()
    expect(results).toEqual([{ status: nt.STATUS_IO_TIMEOUT, information: 0 }])
    expect(engine.run()).toHaveLength(1)
  })
})
