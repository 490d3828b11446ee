/**
 * Misuse of requests and queues: each is answered with KMDF's status, or, where KMDF would stop the machine,
 * with a WdfViolation in the driver's own callback, which fails that request and nothing else: the device's
 * next request and another device's work as before. Source: kmdf.md 8.1, 8.3.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import { WdfStatusError } from '../../src/framework/errors.js'
import type { Request } from '../../src/framework/request.js'
import { queueDriver } from '../harness/inline-driver.js'
import { type StatusName, statusOf } from '../harness/status.js'
import { QueueBench } from './queue-bench.js'

type Act = (request: Request, bench: QueueBench) => unknown
type ViolationCode = 'WDF_REQUEST_FATAL_ERROR' | 'WDF_QUEUE_FATAL_ERROR'

const nothing = (): void => {}
/** Queues of the device: sequential and default, parallel, manual. */
const PARALLEL = 1
const MANUAL = 2

function armed(act: Act): Act {
  return (request, bench) => {
    request.markCancelable(nothing)
    return act(request, bench)
  }
}

/** Sent to a target that keeps it; it comes back when the target is started. */
function sent(act: Act): Act {
  return (request, bench) => {
    const { ioTarget } = bench.device
    void ioTarget.stop('leaveSentIoPending')
    request.formatRequestUsingCurrentType()
    request.setCompletionRoutine((same) => same.complete(nt.STATUS_SUCCESS))
    if (!request.send(ioTarget)) throw new Error('the target did not take it')
    try {
      return act(request, bench)
    } finally {
      ioTarget.start()
    }
  }
}

/** The status that a refused send leaves behind. */
function sendStatus(format: (request: Request) => void, sendAndForget: boolean): Act {
  return (request, bench) => {
    format(request)
    const wasSent = request.send(bench.device.ioTarget, sendAndForget ? { sendAndForget } : {})
    return wasSent ? nt.STATUS_SUCCESS : request.getStatus()
  }
}

const FATAL: [misuse: string, code: ViolationCode, act: Act][] = [
  [
    'completed twice',
    'WDF_REQUEST_FATAL_ERROR',
    (request) => {
      request.complete(nt.STATUS_SUCCESS)
      request.complete(nt.STATUS_SUCCESS)
    },
  ],
  [
    'completed while cancelable',
    'WDF_REQUEST_FATAL_ERROR',
    armed((request) => request.complete(nt.STATUS_SUCCESS)),
  ],
  [
    'forwarded while cancelable',
    'WDF_REQUEST_FATAL_ERROR',
    armed((request, bench) => request.forwardToIoQueue(bench.queue(MANUAL))),
  ],
  ['requeued while cancelable', 'WDF_REQUEST_FATAL_ERROR', armed((request) => request.requeue())],
  [
    'sent while cancelable',
    'WDF_REQUEST_FATAL_ERROR',
    armed((request, bench) => request.send(bench.device.ioTarget)),
  ],
  [
    'polled with isCanceled while cancelable',
    'WDF_REQUEST_FATAL_ERROR',
    armed((request) => request.isCanceled()),
  ],
  [
    'marked cancelable when it is marked, with the form that returns nothing',
    'WDF_REQUEST_FATAL_ERROR',
    armed((request) => request.markCancelable(nothing)),
  ],
  [
    'used after completion',
    'WDF_REQUEST_FATAL_ERROR',
    (request, bench) => {
      request.complete(nt.STATUS_SUCCESS)
      request.forwardToIoQueue(bench.queue(MANUAL))
    },
  ],
  [
    'completed by who is not its owner: it has been sent',
    'WDF_REQUEST_FATAL_ERROR',
    sent((request) => request.complete(nt.STATUS_SUCCESS)),
  ],
  [
    'sent when it is sent already',
    'WDF_REQUEST_FATAL_ERROR',
    sent((request, bench) => request.send(bench.device.ioTarget)),
  ],
  [
    'completed with Information larger than its buffer',
    'WDF_REQUEST_FATAL_ERROR',
    (request) => request.completeWithInformation(nt.STATUS_SUCCESS, request.length + 1),
  ],
  [
    'completed with STATUS_PENDING',
    'WDF_REQUEST_FATAL_ERROR',
    (request) => request.complete(nt.STATUS_PENDING),
  ],
  [
    'deleted although the Framework made it',
    'WDF_REQUEST_FATAL_ERROR',
    (request) => request.delete(),
  ],
  [
    'acknowledged outside EvtIoStop',
    'WDF_REQUEST_FATAL_ERROR',
    (request) => request.stopAcknowledge(false),
  ],
  [
    'a second stop while the first one’s callback is outstanding',
    'WDF_QUEUE_FATAL_ERROR',
    (_request, bench) => {
      bench.queue().stop(() => bench.queue().start())
      bench.queue().stop(nothing)
    },
  ],
  [
    'a second purge while the first one’s callback is outstanding',
    'WDF_QUEUE_FATAL_ERROR',
    (_request, bench) => {
      bench.queue().purge(() => bench.queue().start())
      bench.queue().purge(nothing)
    },
  ],
]

const REFUSED: [misuse: string, status: StatusName, act: Act][] = [
  [
    'marked cancelable when it is marked',
    'STATUS_INVALID_DEVICE_REQUEST',
    armed((request) => request.markCancelableEx(nothing)),
  ],
  [
    'unmarked when it is not marked',
    'STATUS_INVALID_DEVICE_REQUEST',
    (request) => request.unmarkCancelable(),
  ],
  [
    'requeued on a queue that is not manual',
    'STATUS_INVALID_DEVICE_REQUEST',
    (request) => request.requeue(),
  ],
  [
    'forwarded to the queue that it is of',
    'STATUS_INVALID_DEVICE_REQUEST',
    (request, bench) => request.forwardToIoQueue(bench.queue()),
  ],
  [
    'sent unformatted',
    'STATUS_REQUEST_NOT_ACCEPTED',
    sendStatus((request) => request.setCompletionRoutine(nothing), false),
  ],
  [
    'sent without completion routine',
    'STATUS_INVALID_DEVICE_REQUEST',
    sendStatus((request) => request.formatRequestUsingCurrentType(), false),
  ],
  [
    'sent and forgotten with formatting',
    'STATUS_INVALID_DEVICE_REQUEST',
    sendStatus((request) => request.formatRequestUsingCurrentType(), true),
  ],
  [
    'sent and forgotten with a completion routine',
    'STATUS_INVALID_DEVICE_REQUEST',
    sendStatus((request) => request.setCompletionRoutine(nothing), true),
  ],
  [
    'reused while it is sent',
    'STATUS_WDF_REQUEST_INVALID_STATE',
    sent((request) => request.reuse()),
  ],
  [
    'retrieve from a parallel queue',
    'STATUS_INVALID_DEVICE_STATE',
    (_request, bench) => bench.queue(PARALLEL).retrieveNextRequest(),
  ],
  [
    'find on a queue that is not manual',
    'STATUS_INVALID_DEVICE_REQUEST',
    (_request, bench) => bench.queue().findRequest(),
  ],
  [
    'ready notification on a queue that is not manual',
    'STATUS_INVALID_DEVICE_REQUEST',
    (_request, bench) => bench.queue().readyNotify(nothing),
  ],
  [
    'a second ready notification',
    'STATUS_INVALID_DEVICE_REQUEST',
    (_request, bench) => {
      bench.queue(MANUAL).readyNotify(nothing)
      return bench.queue(MANUAL).readyNotify(nothing)
    },
  ],
  [
    'a ready notification taken away while the queue dispatches',
    'STATUS_INVALID_DEVICE_REQUEST',
    (_request, bench) => {
      bench.queue(MANUAL).readyNotify(nothing)
      return bench.queue(MANUAL).readyNotify(null)
    },
  ],
]

const MISUSER = 1
const NEXT = 2

/** A device whose driver does `act` with the first read, and a second device. */
async function misuse(act: (request: Request, bench: QueueBench) => void): Promise<QueueBench> {
  const bench = await new QueueBench().add((device, self) => {
    device.createIoQueue({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead(_queue, request) {
        if (request.deviceOffset === MISUSER) act(request, self)
        else request.complete(nt.STATUS_SUCCESS)
      },
    })
    device.createIoQueue({ dispatchType: 'parallel', EvtIoDefault: self.hold })
    device.createIoQueue({ dispatchType: 'manual' })
  })
  await bench.engine.addDevice(
    queueDriver({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead: (_queue, request) => request.complete(nt.STATUS_SUCCESS),
    }),
    { name: 'bystander' },
  )
  return bench
}

/** The device's next request and another device's work. */
function expectUnharmed(bench: QueueBench): void {
  bench.send(NEXT)
  const { engine, requester } = bench
  engine.channel.prepareRead(engine.file('bystander'), requester.buffer, 16, 0, 100)
  engine.channel.submit()
  expect(bench.ended()).toEqual([
    [NEXT, nt.STATUS_SUCCESS],
    [100, nt.STATUS_SUCCESS],
  ])
  expect(bench.isBalanced).toBe(true)
}

describe('where KMDF stops the machine', () => {
  it.each(FATAL)('8.3 %s: %s, and nobody else is harmed', async (_name, code, act) => {
    const bench = await misuse((request, self) => void act(request, self))
    bench.send(MISUSER)
    expect(bench.engine.faults).toMatchObject([{ device: 'device0', error: { code } }])
    const ended = bench.ended()
    expect(ended).toHaveLength(1)
    expect(ended[0]?.[0]).toBe(MISUSER)
    expectUnharmed(bench)
  })

  it('8.3 a request that was not ended before the misuse ends with STATUS_DRIVER_INTERNAL_ERROR', async () => {
    const bench = await misuse((request) => request.delete())
    bench.send(MISUSER)
    expect(bench.ended()).toEqual([[MISUSER, nt.STATUS_DRIVER_INTERNAL_ERROR]])
  })

  it('8.3 retrieve on a sequential queue that the driver owns nothing of: WDF_QUEUE_FATAL_ERROR', async () => {
    const bench = await misuse(() => {})
    expect(() => bench.queue().retrieveNextRequest()).toThrow(
      expect.objectContaining({ code: 'WDF_QUEUE_FATAL_ERROR', bugCheck: 0x10d }),
    )
  })
})

describe('where KMDF returns a status', () => {
  it.each(REFUSED)('8.3 %s: %s, and the driver goes on', async (_name, status, act) => {
    const seen: unknown[] = []
    const bench = await misuse((request, self) => {
      try {
        seen.push(act(request, self))
      } catch (error) {
        if (!(error instanceof WdfStatusError)) throw error
        seen.push(error.ntstatus)
      }
      if (request.isOwned) request.complete(nt.STATUS_SUCCESS)
      else if (request.unmarkCancelable() === nt.STATUS_SUCCESS) request.complete(nt.STATUS_SUCCESS)
    })
    bench.send(MISUSER)
    expect(seen).toEqual([statusOf(status)])
    expect(bench.engine.faults).toEqual([])
    expect(bench.ended()).toEqual([[MISUSER, nt.STATUS_SUCCESS]])
    expectUnharmed(bench)
  })
})
