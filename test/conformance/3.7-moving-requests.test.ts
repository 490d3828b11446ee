/** Moving requests: forward, requeue, EvtIoCanceledOnQueue, flush at cleanup. Source: kmdf.md 3.7. */
import { describe, expect, it } from 'vitest'
import { IRP_MJ_CLEANUP } from '../../src/abi/major-function.js'
import * as nt from '../../src/abi/ntstatus.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'
import type { Request } from '../../src/framework/request.js'
import { deviceDriver } from '../harness/inline-driver.js'
import { manualQueue, QueueBench, retrieve } from './queue-bench.js'

const VIOLATION = expect.objectContaining({ code: 'WDF_REQUEST_FATAL_ERROR' })

/** A default queue whose driver keeps what it gets (queue 0), and a second one (queue 1). */
function twoQueues(
  second: Partial<IoQueueConfig> = {},
  first: Partial<IoQueueConfig> = {},
): Promise<QueueBench> {
  return new QueueBench().add((device, { hold }) => {
    device.createIoQueue({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead: hold,
      ...first,
    })
    device.createIoQueue({ dispatchType: 'manual', ...second })
  })
}

describe('forwardToIoQueue', () => {
  it('3.7 Forward to the same queue: STATUS_INVALID_DEVICE_REQUEST, and the driver keeps it', async () => {
    const bench = await twoQueues()
    bench.send(1)
    const request = bench.oldest()
    expect(request.forwardToIoQueue(bench.queue())).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('3.7 Forward to another device: STATUS_INVALID_DEVICE_REQUEST, and the driver keeps it', async () => {
    const bench = await twoQueues()
    let foreign: IoQueue | undefined
    await bench.engine.addDevice(
      deviceDriver((device) => void (foreign = device.createIoQueue({ dispatchType: 'manual' }))),
    )
    bench.send(1)
    const request = bench.oldest()
    expect(request.forwardToIoQueue(foreign as IoQueue)).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('3.7 Forward of a cancelable request is a violation, and changes nothing', async () => {
    const bench = await twoQueues()
    bench.send(1)
    const request = bench.oldest()
    request.markCancelable(() => {})
    expect(() => request.forwardToIoQueue(bench.queue(1))).toThrow(VIOLATION)
    expect(request.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
    expect(request.forwardToIoQueue(bench.queue(1))).toBe(nt.STATUS_SUCCESS)
  })

  it('3.7 Forward of a request that the driver does not own is a violation', async () => {
    const bench = await twoQueues()
    bench.send(1)
    const request = bench.oldest()
    request.forwardToIoQueue(bench.queue(1))
    expect(() => request.forwardToIoQueue(bench.queue(1))).toThrow(VIOLATION)
    expect(bench.queue(1).getState()).toMatchObject({ queueRequests: 1 })
  })

  it('3.7 Forward into a queue that does not accept: STATUS_WDF_BUSY, and the driver keeps it', async () => {
    const bench = await twoQueues()
    bench.send(1)
    const request = bench.oldest()
    bench.queue(1).drain()
    expect(request.forwardToIoQueue(bench.queue(1))).toBe(nt.STATUS_WDF_BUSY)
    expect(bench.queue().getState().driverRequests).toBe(1)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('3.7 Forward into a stopped queue: it waits there', async () => {
    const bench = await twoQueues({ dispatchType: 'parallel', EvtIoRead: () => {} })
    bench.queue(1).stop()
    bench.send(1)
    expect(bench.oldest().forwardToIoQueue(bench.queue(1))).toBe(nt.STATUS_SUCCESS)
    bench.engine.settle()
    expect(bench.queue(1).getState()).toMatchObject({ queueRequests: 1, driverRequests: 0 })
  })

  it('3.7 Forward appends to the tail of the other queue', async () => {
    const bench = await twoQueues({}, { dispatchType: 'parallel' })
    bench.send(1, 2, 3)
    const [first, second, third] = bench.held
    for (const request of [third, first, second]) request?.forwardToIoQueue(bench.queue(1))
    const order = [0, 0, 0].map(() => retrieve(bench.queue(1)).deviceOffset)
    expect(order).toEqual([3, 1, 2])
  })

  it('3.7 Forward frees the place in the source, and its loop runs', async () => {
    const bench = await twoQueues()
    bench.send(1, 2)
    expect(bench.heldNumbers()).toEqual([1])
    bench.oldest().forwardToIoQueue(bench.queue(1))
    bench.engine.settle()
    expect(bench.heldNumbers()).toEqual([2])
  })

  it('3.7 Forward keeps the identity of the request', async () => {
    const bench = await twoQueues()
    bench.send(1)
    const request = bench.oldest()
    request.forwardToIoQueue(bench.queue(1))
    expect(retrieve(bench.queue(1))).toBe(request)
    expect(request.ioQueue).toBe(bench.queue(1))
  })

  it('3.7 A drain of the source ends once the request has been forwarded, not before', async () => {
    const bench = await twoQueues()
    bench.send(1)
    let drained = 0
    bench.queue().drain(() => void drained++)
    bench.engine.settle()
    expect(drained).toBe(0)
    bench.oldest().forwardToIoQueue(bench.queue(1))
    bench.engine.settle()
    expect(drained).toBe(1)
  })

  it('3.7 Forward of a request that was cancelled before: STATUS_SUCCESS, it ends there as if queued', async () => {
    const bench = await twoQueues()
    bench.cancel(bench.sendOne(1))
    expect(bench.oldest().forwardToIoQueue(bench.queue(1))).toBe(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('3.7 Forward of a request that was cancelled before calls EvtIoCanceledOnQueue of the other queue', async () => {
    const canceled: number[] = []
    const bench = await twoQueues({
      EvtIoCanceledOnQueue(_queue, request) {
        canceled.push(request.deviceOffset)
        request.complete(nt.STATUS_CANCELLED)
      },
    })
    bench.cancel(bench.sendOne(1))
    bench.oldest().forwardToIoQueue(bench.queue(1))
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
    expect(canceled).toEqual([1])
  })

  it('3.7 Forward of a driver-created request: STATUS_SUCCESS; presented there, its driver deletes it', async () => {
    const seen: Request[] = []
    const bench = await twoQueues({
      dispatchType: 'sequential',
      EvtIoDefault(_queue, request) {
        seen.push(request)
      },
    })
    for (let round = 1; round <= 2; round++) {
      const request = bench.device.createRequest()
      expect(request.forwardToIoQueue(bench.queue(1))).toBe(nt.STATUS_SUCCESS)
      expect(() => request.delete()).toThrow(VIOLATION)
      bench.engine.settle()
      expect(seen).toHaveLength(round)
      request.delete()
    }
    expect(bench.queue(1).getState()).toMatchObject({ queueRequests: 0, driverRequests: 0 })
  })
})

describe('requeue', () => {
  it('3.7 Requeue goes to the head of its manual queue', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1, 2)
    expect(retrieve(queue).requeue()).toBe(nt.STATUS_SUCCESS)
    expect([retrieve(queue), retrieve(queue)].map((r) => r.deviceOffset)).toEqual([1, 2])
  })

  it.each(['sequential', 'parallel'] as const)(
    '3.7 Requeue on a %s queue: STATUS_INVALID_DEVICE_REQUEST, and the driver keeps it',
    async (dispatchType) => {
      const bench = await twoQueues({}, { dispatchType })
      bench.send(1)
      const request = bench.oldest()
      expect(request.requeue()).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
      request.complete(nt.STATUS_SUCCESS)
      expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
    },
  )

  it('3.7 Requeue of a cancelable request is a violation', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    const request = retrieve(queue)
    request.markCancelable(() => {})
    expect(() => request.requeue()).toThrow(VIOLATION)
    expect(request.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
  })

  it('3.7 Requeue of a request that was cancelled meanwhile: still STATUS_SUCCESS, it ends cancelled', async () => {
    const { bench, queue } = await manualQueue()
    const handle = bench.sendOne(1)
    const request = retrieve(queue)
    bench.cancel(handle)
    expect(request.requeue()).toBe(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('3.7 Requeue while the queue is purged: still STATUS_SUCCESS, it ends cancelled', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    const request = retrieve(queue)
    queue.stopAndPurge()
    expect(request.requeue()).toBe(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })
})

/** A manual queue that logs the callback and completes with its own status. */
async function watched(): Promise<{ bench: QueueBench; queue: IoQueue; canceled: number[] }> {
  const canceled: number[] = []
  const bench = await new QueueBench().add((device) => {
    device.createIoQueue({
      dispatchType: 'manual',
      defaultQueue: true,
      EvtIoCanceledOnQueue(_queue, request) {
        canceled.push(request.deviceOffset)
        request.complete(nt.STATUS_NOT_FOUND)
      },
    })
  })
  return { bench, queue: bench.queue(), canceled }
}

describe('EvtIoCanceledOnQueue', () => {
  it('3.7 A request that was never presented is completed by the Framework: CANCELLED, 0, no callback', async () => {
    const { bench, canceled } = await watched()
    bench.cancel(bench.sendOne(1))
    expect(bench.engine.reap()).toMatchObject([
      { context: 1, status: nt.STATUS_CANCELLED, information: 0 },
    ])
    expect(canceled).toEqual([])
  })

  it('3.7 A request that was presented once is the driver’s again, who completes it', async () => {
    const { bench, queue, canceled } = await watched()
    const handle = bench.sendOne(1)
    retrieve(queue).requeue()
    bench.cancel(handle)
    expect(canceled).toEqual([1])
    expect(bench.ended()).toEqual([[1, nt.STATUS_NOT_FOUND]])
  })

  it('3.7 Without the callback a presented request is completed by the Framework', async () => {
    const { bench, queue } = await manualQueue()
    const handle = bench.sendOne(1)
    retrieve(queue).requeue()
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('3.7 It is called even when the sequential queue’s one place is taken', async () => {
    const canceled: number[] = []
    const bench = await twoQueues({
      dispatchType: 'sequential',
      EvtIoRead: () => {},
      EvtIoCanceledOnQueue(_queue, request) {
        canceled.push(request.deviceOffset)
        request.complete(nt.STATUS_CANCELLED)
      },
    })
    const [, second = -1] = bench.send(1, 2)
    bench.oldest().forwardToIoQueue(bench.queue(1))
    bench.engine.settle()
    bench.oldest().forwardToIoQueue(bench.queue(1))
    bench.engine.settle()
    expect(bench.queue(1).getState()).toMatchObject({ queueRequests: 1, driverRequests: 1 })
    bench.cancel(second)
    expect(canceled).toEqual([2])
    expect(bench.ended()).toEqual([[2, nt.STATUS_CANCELLED]])
  })

  it('3.7 A request that it puts back is completed by the Framework, not told again', async () => {
    let calls = 0
    const bench = await new QueueBench().add((device) => {
      device.createIoQueue({
        dispatchType: 'manual',
        defaultQueue: true,
        EvtIoCanceledOnQueue(_queue, request) {
          calls++
          request.requeue()
        },
      })
    })
    const handle = bench.sendOne(1)
    retrieve(bench.queue()).requeue()
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
    expect(calls).toBe(1)
  })

  it('3.7 A purge calls it for what the driver has had, and ends the rest', async () => {
    const { bench, queue, canceled } = await watched()
    bench.send(1, 2)
    retrieve(queue).requeue()
    let purged = 0
    queue.purge(() => void purged++)
    expect(bench.ended()).toEqual(
      expect.arrayContaining([
        [1, nt.STATUS_NOT_FOUND],
        [2, nt.STATUS_CANCELLED],
      ]),
    )
    expect([canceled, purged]).toEqual([[1], 1])
  })
})

describe('cleanup of a file', () => {
  it('3.7 flushes that file’s entries from all queues of the device, and no other’s', async () => {
    const bench = await twoQueues({}, { dispatchType: 'parallel', numberOfPresentedRequests: 2 })
    const { engine, requester } = bench
    const other = engine.file()
    // Of the closing file: one forwarded, one owned, one waiting; of the other file: one waiting.
    bench.send(1, 2, 3)
    bench.oldest().forwardToIoQueue(bench.queue(1))
    engine.settle()
    engine.channel.prepareRead(other, requester.buffer, 16, 4, 4)
    bench.send(5)
    requester.bare(9, IRP_MJ_CLEANUP)
    engine.channel.submit()
    expect(bench.ended()).toEqual(
      expect.arrayContaining([
        [1, nt.STATUS_CANCELLED],
        [5, nt.STATUS_CANCELLED],
        [9, nt.STATUS_SUCCESS],
      ]),
    )
    expect(bench.heldNumbers()).toEqual([2, 3])
    expect(bench.queue().getState().queueRequests).toBe(1)
  })

  it('3.7 calls EvtFileCleanup before it flushes', async () => {
    const seen: number[] = []
    const bench = await new QueueBench().add(
      (device) => void device.createIoQueue({ dispatchType: 'manual', defaultQueue: true }),
      (deviceInit) =>
        deviceInit.setFileObjectConfig({
          EvtFileCleanup: () => void seen.push(bench.queue().getState().queueRequests),
        }),
    )
    bench.send(1)
    bench.requester.bare(9, IRP_MJ_CLEANUP)
    bench.engine.channel.submit()
    expect(bench.ended()).toEqual([
      [1, nt.STATUS_CANCELLED],
      [9, nt.STATUS_SUCCESS],
    ])
    expect(seen).toEqual([1])
  })

  it('3.7 gives a request that was presented once to EvtIoCanceledOnQueue', async () => {
    const canceled: number[] = []
    const bench = await new QueueBench().add((device) => {
      device.createIoQueue({
        dispatchType: 'manual',
        defaultQueue: true,
        EvtIoCanceledOnQueue(_queue, request) {
          canceled.push(request.deviceOffset)
          request.complete(nt.STATUS_CANCELLED)
        },
      })
    })
    bench.send(1)
    retrieve(bench.queue()).requeue()
    bench.requester.bare(9, IRP_MJ_CLEANUP)
    bench.engine.channel.submit()
    expect(bench.ended()).toHaveLength(2)
    expect(canceled).toEqual([1])
    expect(bench.isBalanced).toBe(true)
  })
})
