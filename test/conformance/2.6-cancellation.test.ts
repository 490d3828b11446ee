/** 2.6: what a cancel does, wherever it finds the request. A cancel is a hint; the request ends once. */
import { expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Request } from '../../src/framework/request.js'
import { statuses } from '../harness/requester.js'
import { singleQueue } from './single-queue.js'

const complete = (request: Request): void => request.complete(nt.STATUS_CANCELLED)

it('2.6 in a queue: it ends with STATUS_CANCELLED and no driver sees it', async () => {
  const { engine, requester, queue } = await singleQueue({ dispatchType: 'manual' })
  const handle = requester.read(1)
  requester.read(2)
  engine.run()
  engine.channel.cancel(handle)
  expect(engine.run()).toMatchObject([{ context: 1, status: nt.STATUS_CANCELLED, information: 0 }])
  expect(queue.retrieveNextRequest()?.deviceOffset).toBe(0)
})

it('2.6 with a cancel routine: the routine is called once, and completes', async () => {
  const { engine, requester, held } = await singleQueue()
  const handle = requester.read(1)
  engine.run()
  let calls = 0
  held[0]?.markCancelable((request: Request) => {
    calls++
    complete(request)
  })
  engine.channel.cancel(handle)
  engine.channel.cancel(handle)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
  expect(calls).toBe(1)
})

it('2.6 without a cancel routine: only the flag is set; the driver ends it as it likes', async () => {
  const { engine, requester, held } = await singleQueue()
  const handle = requester.read(1)
  engine.run()
  expect(held[0]?.isCanceled()).toBe(false)
  engine.channel.cancel(handle)
  expect(engine.run()).toEqual([])
  expect(held[0]?.isCanceled()).toBe(true)
  held[0]?.completeWithInformation(nt.STATUS_SUCCESS, 3)
  expect(engine.run()).toMatchObject([{ status: nt.STATUS_SUCCESS, information: 3 }])
})

it('2.6 a cancel routine may end its request with any status', async () => {
  const { engine, requester, held } = await singleQueue()
  const handle = requester.read(1)
  engine.run()
  held[0]?.markCancelable((request: Request) => request.complete(nt.STATUS_SUCCESS))
  engine.channel.cancel(handle)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
})

it('2.6 taking the routine away wins: the driver owns it, and the routine never runs', async () => {
  const { engine, requester, held } = await singleQueue()
  const handle = requester.read(1)
  engine.run()
  held[0]?.markCancelable(() => {
    throw new Error('not this one')
  })
  expect(held[0]?.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
  engine.channel.cancel(handle)
  engine.run()
  expect(held[0]?.isCanceled()).toBe(true)
  held[0]?.complete(nt.STATUS_CANCELLED)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
  expect(engine.faults).toEqual([])
})

it('2.6 taking the routine away loses: STATUS_CANCELLED, and the routine completes', async () => {
  const { engine, requester, held } = await singleQueue()
  const handle = requester.read(1)
  engine.run()
  const canceling: Request[] = []
  held[0]?.markCancelable((request: Request) => void canceling.push(request))
  engine.channel.cancel(handle)
  engine.run()
  expect(held[0]?.unmarkCancelable()).toBe(nt.STATUS_CANCELLED)
  canceling[0]?.complete(nt.STATUS_CANCELLED)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
})

it('2.6 cancelled before the routine was set: the routine is called, or its setter is told', async () => {
  const { engine, requester, held } = await singleQueue()
  const handles = [requester.read(1), requester.read(2)]
  engine.run()
  for (const handle of handles) engine.channel.cancel(handle)
  engine.run()
  held[0]?.markCancelable(complete)
  expect(held[1]?.markCancelableEx(complete)).toBe(nt.STATUS_CANCELLED)
  held[1]?.complete(nt.STATUS_NOT_FOUND)
  expect(statuses(engine.run())).toEqual([
    [1, nt.STATUS_CANCELLED],
    [2, nt.STATUS_NOT_FOUND],
  ])
})

it('2.6 put into a queue after its cancel: it ends there as if it had waited', async () => {
  const { engine, requester, held, device } = await singleQueue()
  const later = device.createIoQueue({ dispatchType: 'manual' })
  const handle = requester.read(1)
  engine.run()
  engine.channel.cancel(handle)
  engine.settle()
  expect(held[0]?.forwardToIoQueue(later)).toBe(nt.STATUS_SUCCESS)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
  expect(later.getState().queueRequests).toBe(0)
})

it('2.6 of a request that has ended: STATUS_NOT_FOUND, and nothing is ended twice', async () => {
  const { engine, requester, held } = await singleQueue()
  const handle = requester.read(1)
  engine.run()
  held[0]?.complete(nt.STATUS_SUCCESS)
  // Completed, and not yet reaped: the cancel comes too late, and hurts nobody.
  expect(engine.channel.cancel(handle)).toBe(nt.STATUS_SUCCESS)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  expect(engine.channel.cancel(handle)).toBe(nt.STATUS_NOT_FOUND)
  expect(statuses(requester.reads(2))).toEqual([])
  held[1]?.complete(nt.STATUS_SUCCESS)
  expect(statuses(engine.run())).toEqual([[2, nt.STATUS_SUCCESS]])
  expect(engine.channel.ledger()).toMatchObject({ completed: 2, duplicates: 0, inFlight: 0 })
})
