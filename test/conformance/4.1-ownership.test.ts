/** Who owns a request, and what others may not do with it. Source: kmdf.md 4.1. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Request } from '../../src/framework/request.js'
import { manualQueue, QueueBench, retrieve } from './queue-bench.js'

const VIOLATION = expect.objectContaining({
  name: 'WdfViolation',
  code: 'WDF_REQUEST_FATAL_ERROR',
  bugCheck: 0x10d,
})

/** What an owner may do, and nobody else. */
const OWNERS_CALLS: [name: string, call: (request: Request, bench: QueueBench) => unknown][] = [
  ['complete', (request) => request.complete(nt.STATUS_SUCCESS)],
  ['completeWithInformation', (request) => request.completeWithInformation(nt.STATUS_SUCCESS, 4)],
  [
    'completeWithPriorityBoost',
    (request) => request.completeWithPriorityBoost(nt.STATUS_SUCCESS, 1),
  ],
  ['forwardToIoQueue', (request, bench) => request.forwardToIoQueue(bench.queue(1))],
  ['requeue', (request) => request.requeue()],
  ['send', (request, bench) => request.send(bench.device.ioTarget)],
  [
    'send-and-forget',
    (request, bench) => request.send(bench.device.ioTarget, { sendAndForget: true }),
  ],
  ['markCancelable', (request) => request.markCancelable(() => {})],
  ['isCanceled', (request) => request.isCanceled()],
  ['stopAcknowledge', (request) => request.stopAcknowledge(false)],
  ['delete', (request) => request.delete()],
]

/** Two manual queues; the first one is the default. */
function twoManual(): Promise<QueueBench> {
  return new QueueBench().add((device) => {
    device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
    device.createIoQueue({ dispatchType: 'manual' })
  })
}

describe('before delivery', () => {
  it.each(OWNERS_CALLS)(
    '4.1 the Framework owns it: %s by the driver is a violation',
    async (_name, call) => {
      const bench = await twoManual()
      bench.send(1)
      const found = bench.queue().findRequest()?.request as Request
      expect(() => call(found, bench)).toThrow(VIOLATION)
      retrieve(bench.queue()).complete(nt.STATUS_SUCCESS)
      expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
    },
  )
})

describe('after the driver has given it away', () => {
  it.each(OWNERS_CALLS)('4.1 after forwarding, %s is a violation', async (_name, call) => {
    const bench = await twoManual()
    bench.send(1)
    const request = retrieve(bench.queue())
    request.forwardToIoQueue(bench.queue(1))
    expect(() => call(request, bench)).toThrow(VIOLATION)
    retrieve(bench.queue(1)).complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it.each(OWNERS_CALLS)('4.1 after requeueing, %s is a violation', async (_name, call) => {
    const bench = await twoManual()
    bench.send(1)
    const request = retrieve(bench.queue())
    request.requeue()
    expect(() => call(request, bench)).toThrow(VIOLATION)
    retrieve(bench.queue()).complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it.each(OWNERS_CALLS)('4.1 after completing, %s is a violation', async (_name, call) => {
    const bench = await twoManual()
    bench.send(1)
    const request = retrieve(bench.queue())
    request.complete(nt.STATUS_NOT_FOUND)
    expect(() => call(request, bench)).toThrow(VIOLATION)
    expect(bench.ended()).toEqual([[1, nt.STATUS_NOT_FOUND]])
    expect(bench.isBalanced).toBe(true)
  })

  it.each(OWNERS_CALLS)(
    '4.1 while it is sent to an I/O target, %s is a violation',
    async (_name, call) => {
      const bench = await twoManual()
      bench.send(1)
      const request = retrieve(bench.queue())
      await bench.device.ioTarget.stop()
      request.formatRequestUsingCurrentType()
      request.setCompletionRoutine((same) => same.complete(nt.STATUS_NOT_FOUND))
      expect(request.send(bench.device.ioTarget)).toBe(true)
      expect(() => call(request, bench)).toThrow(VIOLATION)
      bench.device.ioTarget.start()
      expect(bench.ended()).toEqual([[1, nt.STATUS_NOT_FOUND]])
    },
  )

  it('4.1 after send-and-forget the driver may not complete it', async () => {
    const bench = await twoManual()
    bench.send(1)
    const request = retrieve(bench.queue())
    expect(request.send(bench.device.ioTarget, { sendAndForget: true })).toBe(true)
    expect(() => request.complete(nt.STATUS_SUCCESS)).toThrow(VIOLATION)
    expect(bench.ended()).toEqual([[1, nt.STATUS_INVALID_DEVICE_REQUEST]])
  })
})

describe('from delivery to the end', () => {
  it('4.1 the driver owns it, however long its handler has returned', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    const request = retrieve(queue)
    for (let turn = 0; turn < 3; turn++) bench.engine.step()
    expect(bench.engine.reap()).toEqual([])
    expect(queue.getState().driverRequests).toBe(1)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.1 the handle stays the same through retrieve, requeue and retrieve', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    const request = retrieve(queue)
    request.requeue()
    expect(retrieve(queue)).toBe(request)
  })
})

describe('driver-created requests', () => {
  it('4.1 belong to the driver: completing one is a violation, deleting it is not', async () => {
    const { bench } = await manualQueue()
    const request = bench.device.createRequest()
    expect(() => request.complete(nt.STATUS_SUCCESS)).toThrow(VIOLATION)
    request.delete()
  })

  it('4.1 deleted twice: a violation', async () => {
    const { bench } = await manualQueue()
    const request = bench.device.createRequest()
    request.delete()
    expect(() => request.delete()).toThrow(VIOLATION)
    // The pool has it once: two new ones are two.
    expect(bench.device.createRequest()).not.toBe(bench.device.createRequest())
  })

  it('4.1 deleted while sent: a violation', async () => {
    const { bench } = await manualQueue()
    const request = bench.device.createRequest()
    await bench.device.ioTarget.stop()
    bench.device.ioTarget.formatRequestForRead(request, new Uint8Array(4))
    expect(request.send(bench.device.ioTarget)).toBe(true)
    expect(() => request.delete()).toThrow(VIOLATION)
    bench.device.ioTarget.start()
    request.delete()
  })

  it('4.1 a request that the Framework made is not deleted: a violation', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    const request = retrieve(queue)
    expect(() => request.delete()).toThrow(VIOLATION)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })
})

describe('a violation', () => {
  it('4.1 in a handler fails that request; the next one and the device go on', async () => {
    const bench = await new QueueBench().add((device) => {
      device.createIoQueue({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoRead(_queue, request) {
          if (request.deviceOffset === 1) request.stopAcknowledge(false)
          request.complete(nt.STATUS_SUCCESS)
        },
      })
    })
    bench.send(1, 2)
    expect(bench.ended()).toEqual([
      [1, nt.STATUS_DRIVER_INTERNAL_ERROR],
      [2, nt.STATUS_SUCCESS],
    ])
    expect(bench.engine.faults).toMatchObject([{ error: { code: 'WDF_REQUEST_FATAL_ERROR' } }])
  })
})
