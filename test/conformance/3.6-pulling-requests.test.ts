/** Pulling requests: retrieve, find, ready-notify. Source: kmdf.md 3.6. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import { failureOf } from '../harness/status.js'
import { manualQueue, QueueBench, retrieve } from './queue-bench.js'

const handler = (): void => {}

describe('retrieveNextRequest', () => {
  it('3.6 RetrieveNext takes the oldest first and makes it driver-owned', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1, 2, 3)
    const numbers = [1, 2, 3].map(() => retrieve(queue).deviceOffset)
    expect(numbers).toEqual([1, 2, 3])
    expect(queue.getState()).toMatchObject({ queueRequests: 0, driverRequests: 3 })
  })

  it('3.6 RetrieveNext on an empty queue has nothing (STATUS_NO_MORE_ENTRIES is null)', async () => {
    const { queue } = await manualQueue()
    expect(queue.retrieveNextRequest()).toBeNull()
  })

  it('3.6 RetrieveNext on a parallel queue: STATUS_INVALID_DEVICE_STATE', async () => {
    const bench = await new QueueBench().add((device) => {
      device.createIoQueue({ dispatchType: 'parallel', EvtIoDefault: handler })
    })
    const failure = failureOf('STATUS_INVALID_DEVICE_STATE')
    expect(() => bench.queue().retrieveNextRequest()).toThrow(failure)
  })

  it('3.6 RetrieveNext while the queue does not dispatch: STATUS_WDF_PAUSED', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    queue.stop()
    expect(() => queue.retrieveNextRequest()).toThrow(failureOf('STATUS_WDF_PAUSED'))
    queue.start()
    expect(retrieve(queue).deviceOffset).toBe(1)
  })

  it('3.6 RetrieveNext while power is off: STATUS_WDF_PAUSED', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    queue.power.hold()
    await queue.power.notify(1)
    expect(() => queue.retrieveNextRequest()).toThrow(failureOf('STATUS_WDF_PAUSED'))
    queue.power.resume()
    expect(retrieve(queue).deviceOffset).toBe(1)
  })

  it('3.6 RetrieveNext is allowed while the queue goes down: in EvtIoStop', async () => {
    const bench = await new QueueBench().add((device, { held }) => {
      device.createIoQueue({
        dispatchType: 'manual',
        defaultQueue: true,
        EvtIoStop: (queue, request) => {
          held.push(retrieve(queue))
          request.stopAcknowledge(false)
        },
      })
    })
    bench.send(1, 2)
    retrieve(bench.queue())
    bench.queue().power.hold()
    void bench.queue().power.notify(1)
    expect(bench.heldNumbers()).toEqual([2])
    expect(bench.engine.faults).toEqual([])
  })

  it('3.6 RetrieveNext on a sequential queue while the driver owns one of it', async () => {
    const bench = await new QueueBench().add((device, { hold }) => {
      device.createIoQueue({ dispatchType: 'sequential', defaultQueue: true, EvtIoRead: hold })
    })
    bench.send(1, 2, 3)
    expect(retrieve(bench.queue()).deviceOffset).toBe(2)
    expect(bench.queue().getState()).toMatchObject({ queueRequests: 1, driverRequests: 2 })
  })

  it('3.6 RetrieveNext on a sequential queue of which the driver owns nothing: WDF_QUEUE_FATAL_ERROR', async () => {
    const bench = await new QueueBench().add((device, { hold }) => {
      device.createIoQueue({ dispatchType: 'sequential', defaultQueue: true, EvtIoRead: hold })
    })
    expect(() => bench.queue().retrieveNextRequest()).toThrow(
      expect.objectContaining({ name: 'WdfViolation', code: 'WDF_QUEUE_FATAL_ERROR' }),
    )
  })

  it('3.6 RetrieveNext while all entries are being cancelled finds none, and the next arrival still notifies', async () => {
    const { bench, queue } = await manualQueue()
    const notified: (number | undefined)[] = []
    queue.readyNotify((ready) => notified.push(ready.retrieveNextRequest()?.deviceOffset))
    bench.engine.settle()
    const handle = bench.requester.read(1, 16, 1)
    bench.engine.channel.cancel(handle)
    bench.engine.channel.submit()
    bench.engine.settle()
    expect(queue.retrieveNextRequest()).toBeNull()
    bench.send(2)
    expect(notified).toEqual([2])
  })
})

describe('retrieveRequestByFileObject', () => {
  it('3.6 RetrieveByFileObject takes the first of that file only', async () => {
    const { bench, queue } = await manualQueue()
    const { engine, requester } = bench
    bench.send(1)
    const other = engine.file()
    engine.channel.prepareRead(other, requester.buffer, 16, 7, 7)
    engine.channel.prepareRead(other, requester.buffer, 16, 8, 8)
    engine.run()
    const found = queue.findRequest(queue.findRequest())
    const file = found?.request.fileObject
    if (file === undefined) throw new Error('no second file')
    expect(queue.retrieveRequestByFileObject(file)?.deviceOffset).toBe(7)
    expect(queue.retrieveRequestByFileObject(file)?.deviceOffset).toBe(8)
    expect(queue.retrieveRequestByFileObject(file)).toBeNull()
    expect(retrieve(queue).deviceOffset).toBe(1)
  })

  it('3.6 RetrieveByFileObject goes on past a transfer of no bytes', async () => {
    const { bench, queue } = await manualQueue()
    bench.requester.read(1, 0, 1)
    bench.requester.read(2, 16, 2)
    bench.engine.run()
    const file = queue.findRequest()?.request.fileObject
    if (file === undefined) throw new Error('nothing waits')
    expect(queue.retrieveRequestByFileObject(file)?.deviceOffset).toBe(2)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('3.6 RetrieveByFileObject is paused as RetrieveNext is', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    const file = queue.findRequest()?.request.fileObject
    if (file === undefined) throw new Error('nothing waits')
    queue.stop()
    expect(() => queue.retrieveRequestByFileObject(file)).toThrow(failureOf('STATUS_WDF_PAUSED'))
  })
})

describe('findRequest and retrieveFoundRequest', () => {
  it.each(['sequential', 'parallel'] as const)(
    '3.6 Find on a %s queue: STATUS_INVALID_DEVICE_REQUEST',
    async (dispatchType) => {
      const bench = await new QueueBench().add((device, { hold }) => {
        device.createIoQueue({ dispatchType, defaultQueue: true, EvtIoRead: hold })
      })
      const failure = failureOf('STATUS_INVALID_DEVICE_REQUEST')
      expect(() => bench.queue().findRequest()).toThrow(failure)
    },
  )

  it('3.6 Find looks at requests, leaves them in the queue, and goes on behind a tag', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1, 2, 3)
    const seen: number[] = []
    for (let found = queue.findRequest(); found !== null; found = queue.findRequest(found)) {
      seen.push(found.request.deviceOffset)
    }
    expect(seen).toEqual([1, 2, 3])
    expect(queue.getState()).toMatchObject({ queueRequests: 3, driverRequests: 0 })
  })

  it('3.6 Find gives a request that the driver does not own: completing it is a violation', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    const found = queue.findRequest()
    expect(() => found?.request.complete(nt.STATUS_SUCCESS)).toThrow(
      expect.objectContaining({ code: 'WDF_REQUEST_FATAL_ERROR' }),
    )
    expect(queue.getState()).toMatchObject({ queueRequests: 1 })
  })

  it('3.6 Find by file skips the others', async () => {
    const { bench, queue } = await manualQueue()
    const { engine, requester } = bench
    bench.send(1)
    engine.channel.prepareRead(engine.file(), requester.buffer, 16, 7, 7)
    engine.run()
    const file = queue.findRequest(queue.findRequest())?.request.fileObject ?? null
    expect(queue.findRequest(null, file)?.request.deviceOffset).toBe(7)
  })

  it('3.6 Find behind a tag that has vanished: STATUS_NOT_FOUND, and a new scan works', async () => {
    const { bench, queue } = await manualQueue()
    const [first = -1] = bench.send(1, 2)
    const tag = queue.findRequest()
    bench.cancel(first)
    expect(() => queue.findRequest(tag)).toThrow(failureOf('STATUS_NOT_FOUND'))
    expect(queue.findRequest()?.request.deviceOffset).toBe(2)
  })

  it('3.6 RetrieveFound takes the one that was found, out of order', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1, 2, 3)
    const second = queue.findRequest(queue.findRequest())
    if (second === null) throw new Error('nothing found')
    queue.retrieveFoundRequest(second).complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[2, nt.STATUS_SUCCESS]])
    expect(retrieve(queue).deviceOffset).toBe(1)
  })

  it('3.6 RetrieveFound that lost the race: STATUS_NOT_FOUND', async () => {
    const { bench, queue } = await manualQueue()
    const handle = bench.sendOne(1)
    const tag = queue.findRequest()
    if (tag === null) throw new Error('nothing found')
    bench.cancel(handle)
    expect(() => queue.retrieveFoundRequest(tag)).toThrow(failureOf('STATUS_NOT_FOUND'))
  })

  it('3.6 RetrieveFound: a tag does not stand for the next request of its slot', async () => {
    const { bench, queue } = await manualQueue()
    bench.cancel(bench.sendOne(1))
    bench.ended()
    const handle = bench.sendOne(2)
    const tag = queue.findRequest()
    if (tag === null) throw new Error('nothing found')
    bench.cancel(handle)
    bench.ended()
    for (let number = 3; number < 40; number++) {
      const next = bench.sendOne(number)
      if (queue.findRequest()?.request === tag.request) break
      bench.cancel(next)
      bench.ended()
    }
    expect(queue.findRequest()?.request).toBe(tag.request)
    expect(() => queue.retrieveFoundRequest(tag)).toThrow(failureOf('STATUS_NOT_FOUND'))
  })

  it.each(['sequential', 'parallel'] as const)(
    '3.6 RetrieveFound on a %s queue: STATUS_INVALID_DEVICE_REQUEST',
    async (dispatchType) => {
      const bench = await new QueueBench().add((device, { hold }) => {
        device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
        device.createIoQueue({ dispatchType, EvtIoRead: hold })
      })
      bench.send(1)
      const tag = bench.queue().findRequest()
      if (tag === null) throw new Error('nothing found')
      const failure = failureOf('STATUS_INVALID_DEVICE_REQUEST')
      expect(() => bench.queue(1).retrieveFoundRequest(tag)).toThrow(failure)
    },
  )

  it('3.6 RetrieveFound while the queue is stopped: STATUS_WDF_PAUSED', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    const tag = queue.findRequest()
    if (tag === null) throw new Error('nothing found')
    queue.stop()
    expect(() => queue.retrieveFoundRequest(tag)).toThrow(failureOf('STATUS_WDF_PAUSED'))
  })
})

/** A manual queue that counts its notifications. */
async function notifying(): Promise<{ bench: QueueBench; queue: IoQueue; count: () => number }> {
  const made = await manualQueue()
  let calls = 0
  expect(made.queue.readyNotify(() => void calls++)).toBe(nt.STATUS_SUCCESS)
  made.bench.engine.settle()
  return { ...made, count: () => calls }
}

describe('readyNotify', () => {
  it.each(['sequential', 'parallel'] as const)(
    '3.6 ReadyNotify on a %s queue: STATUS_INVALID_DEVICE_REQUEST',
    async (dispatchType) => {
      const bench = await new QueueBench().add((device, { hold }) => {
        device.createIoQueue({ dispatchType, defaultQueue: true, EvtIoRead: hold })
      })
      expect(bench.queue().readyNotify(handler)).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
    },
  )

  it('3.6 ReadyNotify registered twice: STATUS_INVALID_DEVICE_REQUEST', async () => {
    const { queue } = await notifying()
    expect(queue.readyNotify(handler)).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
  })

  it('3.6 ReadyNotify is unregistered only while Dispatch is clear', async () => {
    const { bench, queue, count } = await notifying()
    expect(queue.readyNotify(null)).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
    queue.stop()
    expect(queue.readyNotify(null)).toBe(nt.STATUS_SUCCESS)
    queue.start()
    bench.send(1)
    expect(count()).toBe(0)
    expect(queue.readyNotify(handler)).toBe(nt.STATUS_SUCCESS)
  })

  it('3.6 ReadyNotify unregistered without a registration: STATUS_INVALID_DEVICE_REQUEST', async () => {
    const { queue } = await manualQueue()
    queue.stop()
    expect(queue.readyNotify(null)).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
  })

  it('3.6 ReadyNotify while the queue goes away: STATUS_DELETE_PENDING', async () => {
    const { bench, queue } = await manualQueue()
    await bench.engine.framework().stopDevice(0)
    expect(queue.readyNotify(handler)).toBe(nt.STATUS_DELETE_PENDING)
  })

  it('3.6 ReadyNotify: one event per empty to non-empty edge', async () => {
    const { bench, queue, count } = await notifying()
    bench.send(1, 2)
    bench.send(3)
    expect(count()).toBe(1)
    while (queue.retrieveNextRequest() !== null);
    bench.send(4)
    expect(count()).toBe(2)
  })

  it('3.6 ReadyNotify registered on a queue that is not empty fires', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    let calls = 0
    queue.readyNotify(() => void calls++)
    bench.engine.settle()
    expect(calls).toBe(1)
  })

  it('3.6 ReadyNotify: a requeue into the empty queue is an edge, too', async () => {
    const { bench, queue, count } = await notifying()
    bench.send(1)
    const request = retrieve(queue)
    bench.engine.settle()
    expect(count()).toBe(1)
    request.requeue()
    bench.engine.settle()
    expect(count()).toBe(2)
  })

  it('3.6 ReadyNotify: a forward into the empty queue is an edge, too', async () => {
    let calls = 0
    const bench = await new QueueBench().add((device) => {
      const manual = device.createIoQueue({ dispatchType: 'manual' })
      manual.readyNotify(() => void calls++)
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead: (_queue, request) => void request.forwardToIoQueue(manual),
      })
    })
    bench.send(1, 2)
    expect(calls).toBe(1)
  })

  it('3.6 ReadyNotify is armed again by Start when the queue is not empty', async () => {
    const { bench, queue, count } = await notifying()
    bench.send(1)
    queue.stop()
    bench.engine.settle()
    expect(count()).toBe(1)
    queue.start()
    bench.engine.settle()
    expect(count()).toBe(2)
  })

  it('3.6 ReadyNotify waits while the queue is stopped', async () => {
    const { bench, queue, count } = await notifying()
    queue.stop()
    bench.send(1)
    expect(count()).toBe(0)
    queue.start()
    bench.engine.settle()
    expect(count()).toBe(1)
  })

  it('3.6 ReadyNotify waits while power is off, and comes when the device is up again', async () => {
    const { bench, queue, count } = await notifying()
    queue.power.hold()
    await queue.power.notify(1)
    bench.send(1)
    expect(count()).toBe(0)
    queue.power.resume()
    bench.engine.settle()
    expect(count()).toBe(1)
  })

  it('3.6 ReadyNotify that throws is a fault of its device and costs no request', async () => {
    const { bench, queue } = await manualQueue()
    queue.readyNotify(() => {
      throw new Error('not ready')
    })
    bench.send(1)
    expect(bench.engine.faults).toMatchObject([{ callback: 'the ready notification callback' }])
    retrieve(queue).complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })
})

describe('a transfer of no bytes', () => {
  it('3.6 is never handed out: RetrieveNext completes it and takes the next one', async () => {
    const { bench, queue } = await manualQueue()
    bench.requester.read(1, 0, 1)
    bench.requester.write(2, 0, 2)
    bench.requester.read(3, 16, 3)
    bench.engine.run()
    expect(retrieve(queue).deviceOffset).toBe(3)
    expect(bench.ended()).toEqual([
      [1, nt.STATUS_SUCCESS],
      [2, nt.STATUS_SUCCESS],
    ])
  })
})
