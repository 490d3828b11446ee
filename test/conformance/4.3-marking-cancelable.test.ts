/** Marking cancelable, and every race with a cancel. Source: kmdf.md 4.3. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { EvtRequestCancel } from '../../src/dispatch/dispatched-request.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'
import type { Request } from '../../src/framework/request.js'
import { QueueBench } from './queue-bench.js'

const VIOLATION = expect.objectContaining({ code: 'WDF_REQUEST_FATAL_ERROR' })
const canceled: EvtRequestCancel = (request: Request) => request.complete(nt.STATUS_CANCELLED)
const unreachable: EvtRequestCancel = () => expect.unreachable('the cancel callback was called')

/** A parallel queue whose driver keeps what it gets, and a manual one. */
function benchOf(config: Partial<IoQueueConfig> = {}): Promise<QueueBench> {
  return new QueueBench().add((device, { hold }) => {
    device.createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead: hold,
      ...config,
    })
    device.createIoQueue({ dispatchType: 'manual' })
  })
}

/** The driver holds request 1, and with `isCanceled` its cancel has come. */
async function held(
  isCanceled = false,
): Promise<{ bench: QueueBench; request: Request; handle: number }> {
  const bench = await benchOf()
  const handle = bench.sendOne(1)
  if (isCanceled) bench.cancel(handle)
  return { bench, request: bench.oldest(), handle }
}

describe('markCancelable', () => {
  it('4.3 not cancelled yet: armed, EvtRequestCancel is called when the cancel comes', async () => {
    const { bench, request, handle } = await held()
    let calls = 0
    request.markCancelable((same: Request) => {
      calls++
      expect(same).toBe(request)
      same.complete(nt.STATUS_CANCELLED)
    })
    expect(bench.ended()).toEqual([])
    bench.cancel(handle)
    expect(calls).toBe(1)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('4.3 already cancelled: EvtRequestCancel is called before the call returns', async () => {
    const { bench, request } = await held(true)
    let calls = 0
    request.markCancelable((same: Request) => {
      calls++
      same.complete(nt.STATUS_CANCELLED)
    })
    expect(calls).toBe(1)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it.each(['purge', 'stopAndPurge'] as const)(
    '4.3 while the queue has been told to %s: EvtRequestCancel is called',
    async (change) => {
      const { bench, request } = await held()
      bench.queue()[change]()
      request.markCancelable(canceled)
      expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
    },
  )

  it('4.3 already armed: a violation, and the first callback stands', async () => {
    const { bench, request, handle } = await held()
    request.markCancelable(canceled)
    expect(() => request.markCancelable(unreachable)).toThrow(VIOLATION)
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('4.3 not owned: a violation', async () => {
    const { bench, request } = await held()
    request.forwardToIoQueue(bench.queue(1))
    expect(() => request.markCancelable(unreachable)).toThrow(VIOLATION)
  })
})

describe('markCancelableEx', () => {
  it('4.3 not cancelled yet: STATUS_SUCCESS, armed', async () => {
    const { bench, request, handle } = await held()
    expect(request.markCancelableEx(canceled)).toBe(nt.STATUS_SUCCESS)
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('4.3 already cancelled: STATUS_CANCELLED, the callback is never called, the caller completes', async () => {
    const { bench, request } = await held(true)
    expect(request.markCancelableEx(unreachable)).toBe(nt.STATUS_CANCELLED)
    bench.engine.settle()
    request.complete(nt.STATUS_CANCELLED)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it.each(['purge', 'stopAndPurge'] as const)(
    '4.3 while the queue has been told to %s: STATUS_CANCELLED, the caller completes',
    async (change) => {
      const { bench, request } = await held()
      bench.queue()[change]()
      expect(request.markCancelableEx(unreachable)).toBe(nt.STATUS_CANCELLED)
      request.complete(nt.STATUS_NOT_FOUND)
      expect(bench.ended()).toEqual([[1, nt.STATUS_NOT_FOUND]])
    },
  )

  it('4.3 already armed: STATUS_INVALID_DEVICE_REQUEST, and the first callback stands', async () => {
    const { bench, request, handle } = await held()
    request.markCancelableEx(canceled)
    expect(request.markCancelableEx(unreachable)).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('4.3 not owned: STATUS_INVALID_DEVICE_REQUEST', async () => {
    const { bench, request } = await held()
    request.forwardToIoQueue(bench.queue(1))
    expect(request.markCancelableEx(unreachable)).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
  })

  it('4.3 after the queue has been started again it arms as before', async () => {
    const { bench, request, handle } = await held()
    bench.queue().stopAndPurge()
    bench.queue().start()
    expect(request.markCancelableEx(canceled)).toBe(nt.STATUS_SUCCESS)
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })
})

describe('unmarkCancelable', () => {
  it('4.3 not cancelled: STATUS_SUCCESS, disarmed, the caller owns it', async () => {
    const { bench, request, handle } = await held()
    request.markCancelable(unreachable)
    expect(request.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
    bench.cancel(handle)
    expect(request.isCanceled()).toBe(true)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.3 its callback has run and completed: STATUS_CANCELLED', async () => {
    const { bench, request, handle } = await held()
    request.markCancelable(canceled)
    bench.cancel(handle)
    expect(request.unmarkCancelable()).toBe(nt.STATUS_CANCELLED)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('4.3 its callback has run and will complete later: STATUS_CANCELLED', async () => {
    const { bench, request, handle } = await held()
    request.markCancelable(() => {})
    bench.cancel(handle)
    expect(request.unmarkCancelable()).toBe(nt.STATUS_CANCELLED)
    request.complete(nt.STATUS_CANCELLED)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('4.3 its callback will run: STATUS_CANCELLED, and it runs', async () => {
    const { bench, request } = await held()
    request.markCancelable(canceled)
    bench.queue().purge()
    expect(request.unmarkCancelable()).toBe(nt.STATUS_CANCELLED)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('4.3 not armed: STATUS_INVALID_DEVICE_REQUEST, and the caller still owns it', async () => {
    const { bench, request } = await held()
    expect(request.unmarkCancelable()).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.3 not owned: STATUS_INVALID_DEVICE_REQUEST', async () => {
    const { bench, request } = await held()
    request.forwardToIoQueue(bench.queue(1))
    expect(request.unmarkCancelable()).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
  })

  it('4.3 a request can be armed, disarmed and armed again', async () => {
    const { bench, request, handle } = await held()
    for (let round = 0; round < 3; round++) {
      expect(request.markCancelableEx(unreachable)).toBe(nt.STATUS_SUCCESS)
      expect(request.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
    }
    request.markCancelable(canceled)
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })
})

describe('what requires disarmed', () => {
  it.each<[string, (request: Request, bench: QueueBench) => unknown]>([
    ['forwardToIoQueue', (request, bench) => request.forwardToIoQueue(bench.queue(1))],
    ['requeue', (request) => request.requeue()],
    ['send', (request, bench) => request.send(bench.device.ioTarget)],
    [
      'send-and-forget',
      (request, bench) => request.send(bench.device.ioTarget, { sendAndForget: true }),
    ],
    ['complete', (request) => request.complete(nt.STATUS_SUCCESS)],
    ['completeWithInformation', (request) => request.completeWithInformation(nt.STATUS_SUCCESS, 1)],
  ])(
    '4.3 %s of an armed request is a violation, and its cancel still works',
    async (_name, call) => {
      const { bench, request, handle } = await held()
      request.markCancelable(canceled)
      expect(() => call(request, bench)).toThrow(VIOLATION)
      bench.cancel(handle)
      expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
      expect(bench.isBalanced).toBe(true)
    },
  )
})

describe('isCanceled', () => {
  it('4.3 polls an owned request that is not armed', async () => {
    const { bench, request, handle } = await held()
    expect(request.isCanceled()).toBe(false)
    bench.engine.channel.cancel(handle)
    // The flag is there before the worker has had a turn.
    expect(request.isCanceled()).toBe(true)
    request.complete(nt.STATUS_CANCELLED)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('4.3 of an armed request is a violation', async () => {
    const { request } = await held()
    request.markCancelable(unreachable)
    expect(() => request.isCanceled()).toThrow(VIOLATION)
  })
})

describe('EvtRequestCancel', () => {
  it('4.3 may end the request with any status: cancelling is a hint', async () => {
    const { bench, request, handle } = await held()
    request.markCancelable((same: Request) => same.completeWithInformation(nt.STATUS_SUCCESS, 16))
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.3 is called once, however often the cancel is asked for', async () => {
    const { bench, request, handle } = await held()
    let calls = 0
    request.markCancelable(() => void calls++)
    for (let times = 0; times < 3; times++) bench.cancel(handle)
    bench.queue().stopAndPurge()
    bench.engine.settle()
    expect(calls).toBe(1)
    request.complete(nt.STATUS_CANCELLED)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('4.3 that throws fails its request', async () => {
    const { bench, request, handle } = await held()
    request.markCancelable(() => {
      throw new Error('cannot cancel')
    })
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
    expect(bench.engine.faults).toHaveLength(1)
  })

  it('4.3 does not run inside another callback of its queue: a purge in a handler calls it after', async () => {
    const bench = await new QueueBench().add((device, { held: requests, log }) => {
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead(queue, request) {
          log.push(`begin ${request.deviceOffset}`)
          if (request.deviceOffset === 1) {
            requests.push(request)
            request.markCancelable((same: Request) => {
              log.push('cancel 1')
              same.complete(nt.STATUS_CANCELLED)
            })
          } else {
            queue.purge()
            request.complete(nt.STATUS_SUCCESS)
          }
          log.push(`end ${request.deviceOffset}`)
        },
      })
    })
    bench.send(1)
    bench.send(2)
    expect(bench.log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'cancel 1'])
    expect(bench.ended()).toHaveLength(2)
  })

  it('4.3 a handler that stores, arms and leaves: whoever unmarks with success completes', async () => {
    const { bench, request, handle } = await held()
    request.markCancelable(canceled)
    // A timer comes first.
    if (request.unmarkCancelable() === nt.STATUS_SUCCESS) request.complete(nt.STATUS_SUCCESS)
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(bench.isBalanced).toBe(true)
  })

  it('4.3 a cancel that comes with the request, before its handler: markCancelableEx sees it', async () => {
    const seen: number[] = []
    const bench = await benchOf({
      EvtIoRead(_queue, request) {
        const status = request.markCancelableEx(unreachable)
        seen.push(status)
        request.complete(status)
      },
    })
    const handle = bench.requester.read(1, 16, 1)
    bench.engine.channel.cancel(handle)
    bench.engine.channel.submit()
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
    expect(seen).toEqual([nt.STATUS_CANCELLED])
  })
})
