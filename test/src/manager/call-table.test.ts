/** The promise API's half of a channel: publishing together, time-outs, signals, and batch requests beside it. */
import { describe, expect, it, vi } from 'vitest'
import { ENGINE_ACCEPTING } from '../../../src/abi/engine-layout.js'
import * as nt from '../../../src/abi/ntstatus.js'
import { store } from '../../../src/sharedarraybuffer-queue/access.js'
import type { Request } from '../../../src/framework/request.js'
import type { IrpFile } from '../../../src/manager/irp-file.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { Requester, statuses } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

interface Bench {
  readonly engine: SteppedEngine
  readonly file: IrpFile
  readonly held: Request[]
}

/** Reads from offset 100 on are held and cancelable, the others complete at once. */
async function bench(slots = 8): Promise<Bench> {
  const engine = new SteppedEngine({ slots })
  const held: Request[] = []
  await engine.addDevice(
    queueDriver({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead(_queue, request) {
        if (request.deviceOffset < 100) {
          request.complete(nt.STATUS_SUCCESS)
          return
        }
        held.push(request)
        request.markCancelable((same: Request) => same.complete(nt.STATUS_CANCELLED))
      },
    }),
  )
  const file = await engine.until(engine.channel.open('device0'))
  return { engine, file, held }
}
const bytes = () => new Uint8Array(8)
/** Calls are sent by a nextTick of their turn. */
const published = () => new Promise<void>((resolve) => process.nextTick(resolve))

describe('calls', () => {
  it('of one turn are sent together', async () => {
    const { engine, file } = await bench()
    const before = engine.channel.ledger().accepted
    const reads = [1, 2, 3].map((offset) => file.read(bytes(), { offset }))
    expect(engine.channel.ledger().accepted).toBe(before)
    expect(engine.channel.calls.outstanding).toBe(3)
    await Promise.resolve()
    expect(engine.step()).toBe(0)
    await published()
    expect(engine.channel.ledger().accepted).toBe(before + 3)
    expect(engine.step()).toBe(3)
    await engine.until(Promise.all(reads))
    expect(engine.channel.calls.outstanding).toBe(0)
  })

  it('settle in halves where they are many, and what the first half leads to is sent before the second', async () => {
    const { engine, file } = await bench(128)
    const { channel } = engine
    const before = channel.ledger().accepted
    const acceptedAtEnd: number[] = []
    const more: Promise<unknown>[] = []
    const reads = Array.from({ length: 64 }, async (_, i) => {
      await file.read(bytes())
      acceptedAtEnd.push(channel.ledger().accepted - before)
      if (i < 10) more.push(file.read(bytes()))
    })
    await published()
    expect(engine.step()).toBe(64)
    await engine.until(Promise.all(reads))
    expect(acceptedAtEnd).toEqual([...Array(32).fill(64), ...Array(32).fill(74)])
    await engine.until(Promise.all(more))
    expect(channel.ledger()).toMatchObject({ accepted: before + 74, completed: before + 74 })
  })

  it('settle by themselves when the first half leads to nothing', async () => {
    const { engine, file } = await bench(128)
    const reads = Array.from({ length: 128 }, () => file.read(bytes()))
    await engine.until(Promise.all(reads))
    expect(engine.channel.calls.outstanding).toBe(0)
  })

  it('are refused with a status when all slots are in flight', async () => {
    const { engine, file } = await bench(2)
    const reads = [1, 2, 3].map((offset) => file.read(bytes(), { offset, rejectOnFailure: false }))
    const results = await engine.until(Promise.all(reads))
    expect(results.map(({ status }) => status)).toEqual([0, 0, nt.STATUS_INSUFFICIENT_RESOURCES])
  })

  it('that were not sent before the engine stopped end with STATUS_DEVICE_NOT_READY', async () => {
    const { engine, file } = await bench()
    const read = file.read(bytes())
    store(engine.words, ENGINE_ACCEPTING, 0)
    await expect(engine.until(read)).rejects.toMatchObject({ code: 'STATUS_DEVICE_NOT_READY' })
    expect(engine.channel).toMatchObject({ inFlight: 0, calls: { outstanding: 0 } })
  })
})

describe('a time-out', () => {
  it('ends the request with STATUS_IO_TIMEOUT', async () => {
    const { engine, file } = await bench()
    const read = file.read(bytes(), { offset: 100, timeoutMs: 1 })
    await expect(engine.until(read)).rejects.toMatchObject({
      code: 'STATUS_IO_TIMEOUT',
      ntstatus: nt.STATUS_IO_TIMEOUT,
      operation: 'read of device0',
    })
    expect(engine.channel.ledger()).toMatchObject({ cancelled: 1, inFlight: 0, lost: 0 })
  })

  it('that comes too late changes nothing: the result is the request’s own', async () => {
    const { engine, file, held } = await bench()
    const read = file.read(bytes(), { offset: 100, timeoutMs: 5 })
    await published()
    engine.settle()
    // The driver takes it back, and answers after the time.
    expect(held[0]?.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
    await new Promise((resolve) => setTimeout(resolve, 10))
    engine.step()
    held[0]?.completeWithInformation(nt.STATUS_SUCCESS, 2)
    expect(await engine.until(read)).toEqual({ status: nt.STATUS_SUCCESS, information: 2 })
  })

  it('is forgotten when the request ends, and does not touch the slot’s next one', async () => {
    const { engine, file } = await bench(1)
    await engine.until(file.read(bytes(), { timeoutMs: 5 }))
    const next = file.read(bytes(), { offset: 100, rejectOnFailure: false })
    await new Promise((resolve) => setTimeout(resolve, 15))
    engine.step()
    expect(engine.channel.calls.outstanding).toBe(1)
    engine.channel.cancelAll()
    expect(await engine.until(next)).toMatchObject({ status: nt.STATUS_CANCELLED })
  })
})

describe('a signal', () => {
  it('cancels, and its reason is the cause', async () => {
    const { engine, file } = await bench()
    const controller = new AbortController()
    const read = file.read(bytes(), { offset: 100, signal: controller.signal })
    await published()
    engine.settle()
    const reason = new Error('enough')
    controller.abort(reason)
    await expect(engine.until(read)).rejects.toMatchObject({
      code: 'STATUS_CANCELLED',
      cause: reason,
    })
  })

  it('that was aborted before sends nothing', async () => {
    const { engine, file } = await bench()
    const { accepted } = engine.channel.ledger()
    const read = file.read(bytes(), { signal: AbortSignal.abort('before') })
    await expect(read).rejects.toMatchObject({ code: 'STATUS_CANCELLED', cause: 'before' })
    expect(engine.channel.ledger().accepted).toBe(accepted)
  })

  it('has no listener left when the request has ended', async () => {
    const { engine, file } = await bench()
    const controller = new AbortController()
    const { signal } = controller
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    await engine.until(file.read(bytes(), { signal }))
    expect(added).toHaveBeenCalledOnce()
    expect(removed.mock.calls).toEqual([added.mock.calls[0]?.slice(0, 2)])
  })
})

describe('batch requests beside calls', () => {
  it('that come by while a call is pumped are kept for reap', async () => {
    const { engine, file } = await bench()
    const requester = new Requester(engine)
    requester.read(7, 8, 1)
    requester.read(8, 8, 2)
    await engine.until(file.read(bytes()))
    expect(engine.channel.calls.outstanding).toBe(0)
    expect(statuses(engine.reap(1))).toEqual([[7, 0]])
    expect(statuses(engine.reap())).toEqual([[8, 0]])
  })

  it('do not see calls, which settle when a batch is reaped', async () => {
    const { engine, file } = await bench()
    const requester = new Requester(engine)
    const read = file.read(bytes())
    requester.read(7, 8, 1)
    engine.channel.submit()
    engine.settle()
    expect(statuses(engine.reap())).toEqual([[7, 0]])
    await expect(read).resolves.toMatchObject({ status: 0 })
  })
})
