/** 3.3: every place where a request can be, and what a queue says about it. */
import { expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { Request } from '../../src/framework/request.js'
import { queueDriver } from '../harness/inline-driver.js'
import { statuses } from '../harness/requester.js'
import { singleQueue } from './single-queue.js'
import { stackOf } from './stack.js'

/** Waiting and driver-owned requests. */
function counts(queue: IoQueue): [queued: number, owned: number] {
  const { queueRequests, driverRequests } = queue.getState()
  return [queueRequests, driverRequests]
}

it('3.3 Q, undelivered: counts as queued', async () => {
  const { requester, queue } = await singleQueue({ dispatchType: 'manual' })
  requester.reads(1, 2)
  expect(counts(queue)).toEqual([2, 0])
})

it('3.3 D, driver-owned: counts as the driver’s from delivery to completion', async () => {
  const { requester, queue, held } = await singleQueue()
  requester.reads(1)
  expect(counts(queue)).toEqual([0, 1])
  held[0]?.complete(nt.STATUS_SUCCESS)
  expect(counts(queue)).toEqual([0, 0])
})

it('3.3 D, retrieved: counts as the driver’s', async () => {
  const { requester, queue } = await singleQueue({ dispatchType: 'manual' })
  requester.reads(1, 2)
  queue.retrieveNextRequest()
  expect(counts(queue)).toEqual([1, 1])
})

it('3.3 C, marked cancelable: still counts as the driver’s', async () => {
  const { requester, queue, held } = await singleQueue()
  requester.reads(1)
  held[0]?.markCancelable(() => {})
  expect(counts(queue)).toEqual([0, 1])
})

it('3.3 X, cancelled and waiting for EvtRequestCancel: still counts as the driver’s', async () => {
  const { engine, requester, queue, held } = await singleQueue()
  requester.reads(1)
  const seen: unknown[] = []
  held[0]?.markCancelable((request: Request) => {
    seen.push(counts(queue))
    request.complete(nt.STATUS_CANCELLED)
  })
  queue.purge()
  seen.push(counts(queue))
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
  expect(seen).toEqual([
    [0, 1],
    [0, 1],
  ])
  expect(counts(queue)).toEqual([0, 0])
})

it('3.3 K, cancelled on the queue: queued no more, and the driver’s once EvtIoCanceledOnQueue is called', async () => {
  const seen: unknown[] = []
  const { engine, requester, queue } = await singleQueue({
    dispatchType: 'manual',
    EvtIoCanceledOnQueue(same, request) {
      seen.push(counts(same))
      request.complete(nt.STATUS_CANCELLED)
    },
  })
  const handle = requester.read(1)
  engine.run()
  queue.retrieveNextRequest()?.requeue()
  expect(counts(queue)).toEqual([1, 0])
  engine.channel.cancel(handle)
  engine.run()
  expect(seen).toEqual([[0, 1]])
  expect(counts(queue)).toEqual([0, 0])
})

it('3.3 moving: the source counts it until the destination has it, and then no more', async () => {
  const { requester, device, queue, held } = await singleQueue()
  const later = device.createIoQueue({ dispatchType: 'manual' })
  requester.reads(1)
  expect([counts(queue), counts(later)]).toEqual([
    [0, 1],
    [0, 0],
  ])
  held[0]?.forwardToIoQueue(later)
  expect([counts(queue), counts(later)]).toEqual([
    [0, 0],
    [1, 0],
  ])
})

it('3.3 sent to an I/O target: counts as the driver’s until it comes back and ends', async () => {
  const below: Request[] = []
  const back: Request[] = []
  let queue: IoQueue | undefined
  const top = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault(same, request) {
      queue = same
      request.formatRequestUsingCurrentType()
      request.setCompletionRoutine((returned) => void back.push(returned))
      request.send(same.device.ioTarget)
    },
  })
  const bottom = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault: (_queue, request) => void below.push(request),
  })
  const { requester } = await stackOf([top, bottom])
  requester.reads(1)
  if (queue === undefined) throw new Error('no request came')
  expect(counts(queue)).toEqual([0, 1])
  below[0]?.complete(nt.STATUS_SUCCESS)
  expect(counts(queue)).toEqual([0, 1])
  back[0]?.complete(nt.STATUS_SUCCESS)
  expect(counts(queue)).toEqual([0, 0])
})
