/** Completing: preconditions, Information, contexts and the order of callbacks. Source: kmdf.md 4.2. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { RequestAttributes } from '../../src/framework/device-init.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'
import type { Request } from '../../src/framework/request.js'
import { driverUrl, queueDriver } from '../harness/inline-driver.js'
import { Requester, SOME_CODE, statuses } from '../harness/requester.js'
import { SteppedEngine } from '../harness/stepped-engine.js'
import { QueueBench, retrieve } from './queue-bench.js'

const VIOLATION = expect.objectContaining({ code: 'WDF_REQUEST_FATAL_ERROR' })

/** One queue whose driver keeps what it gets; `attributes` for its requests. */
function benchOf(
  config: Partial<IoQueueConfig> = {},
  attributes: (bench: QueueBench) => RequestAttributes = () => ({}),
): Promise<QueueBench> {
  const bench = new QueueBench()
  return bench.add(
    (device, { hold }) => {
      const isManual = config.dispatchType === 'manual'
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        ...(isManual ? {} : { EvtIoDefault: hold }),
        ...config,
      })
    },
    (deviceInit) => deviceInit.setRequestAttributes(attributes(bench)),
  )
}

/** Logs the end of each request. */
function logging(bench: QueueBench): RequestAttributes {
  return {
    EvtCleanup: (request) => void bench.log.push(`cleanup ${request.deviceOffset}`),
    EvtDestroy: (request) => void bench.log.push(`destroy ${String(request.context['number'])}`),
  }
}

describe('preconditions', () => {
  it('4.2 completed twice: a violation, and the first result stands', async () => {
    const bench = await benchOf()
    bench.send(1)
    const request = bench.oldest()
    request.complete(nt.STATUS_NOT_FOUND)
    expect(() => request.complete(nt.STATUS_SUCCESS)).toThrow(VIOLATION)
    expect(bench.ended()).toEqual([[1, nt.STATUS_NOT_FOUND]])
    expect(bench.isBalanced).toBe(true)
  })

  it('4.2 cancelable: a violation, and the request can still be unmarked and completed', async () => {
    const bench = await benchOf()
    bench.send(1)
    const request = bench.oldest()
    request.markCancelable(() => {})
    expect(() => request.complete(nt.STATUS_SUCCESS)).toThrow(VIOLATION)
    expect(request.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.2 cancelable, but its cancel callback is running: allowed', async () => {
    const bench = await benchOf()
    const handle = bench.sendOne(1)
    bench.oldest().markCancelable((request: Request) => request.complete(nt.STATUS_CANCELLED))
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it.each([
    ['STATUS_PENDING', nt.STATUS_PENDING],
    ['no integer', 1.5],
    ['NaN', Number.NaN],
  ])('4.2 the status is final: %s is a violation', async (_name, status) => {
    const bench = await benchOf()
    bench.send(1)
    const request = bench.oldest()
    expect(() => request.complete(status)).toThrow(VIOLATION)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })
})

describe('Information', () => {
  it.each(['read', 'write', 'ioctl'] as const)(
    '4.2 larger than the buffer of a %s with a success status: WDF_REQUEST_FATAL_ERROR',
    async (kind) => {
      const bench = await benchOf()
      const { requester } = bench
      if (kind === 'ioctl') requester.ioctl(1, SOME_CODE, 4, 16)
      else requester[kind](1, 16)
      bench.engine.run()
      const request = bench.oldest()
      expect(() => request.completeWithInformation(nt.STATUS_SUCCESS, 17)).toThrow(VIOLATION)
      request.completeWithInformation(nt.STATUS_SUCCESS, 16)
      expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
    },
  )

  it('4.2 larger than the buffer of an internal IOCTL: allowed, drivers agree among themselves', async () => {
    const bench = await benchOf()
    bench.requester.internalIoctl(1, SOME_CODE, 4, 16)
    bench.engine.run()
    bench.oldest().completeWithInformation(nt.STATUS_SUCCESS, 1000)
    bench.engine.settle()
    expect(bench.engine.reap()).toMatchObject([{ information: 1000, status: nt.STATUS_SUCCESS }])
  })

  it.each([
    ['an error', nt.STATUS_BUFFER_TOO_SMALL],
    ['a warning', nt.STATUS_BUFFER_OVERFLOW],
  ])(
    '4.2 larger than the buffer with %s: allowed, it says how much there is',
    async (_name, status) => {
      const bench = await benchOf()
      bench.send(1)
      bench.oldest().completeWithInformation(status, 4096)
      bench.engine.settle()
      expect(bench.engine.reap()).toMatchObject([{ status, information: 4096 }])
    },
  )

  it('4.2 complete means Information 0', async () => {
    const bench = await benchOf()
    bench.send(1)
    bench.oldest().complete(nt.STATUS_SUCCESS)
    bench.engine.settle()
    expect(bench.engine.reap()).toMatchObject([{ information: 0 }])
  })

  it('4.2 completeWithPriorityBoost completes; the boost is a hint', async () => {
    const bench = await benchOf()
    bench.send(1, 2)
    bench.oldest().completeWithPriorityBoost(nt.STATUS_SUCCESS, 2)
    // Published at once, without a turn.
    expect(bench.engine.reap()).toMatchObject([{ context: 1, status: nt.STATUS_SUCCESS }])
    bench.oldest().completeWithPriorityBoost(nt.STATUS_NOT_FOUND, 0)
    expect(bench.ended()).toEqual([[2, nt.STATUS_NOT_FOUND]])
  })
})

describe('order', () => {
  it('4.2 EvtCleanup with the request still valid, then the queue is told, then EvtDestroy with the context', async () => {
    const states: number[] = []
    const bench = await benchOf({ dispatchType: 'sequential' }, (self) => ({
      EvtCleanup(request) {
        states.push(self.queue().getState().driverRequests)
        self.log.push(
          `cleanup ${request.deviceOffset} ${request.retrieveOutputBuffer().byteLength}`,
        )
      },
      EvtDestroy(request) {
        states.push(self.queue().getState().driverRequests)
        self.log.push(`destroy ${String(request.context['number'])}`)
      },
    }))
    bench.send(1, 2)
    for (const number of [1, 2]) {
      const request = bench.oldest()
      request.context['number'] = number
      request.complete(nt.STATUS_SUCCESS)
      bench.engine.settle()
    }
    expect(bench.log).toEqual(['cleanup 1 16', 'destroy 1', 'cleanup 2 16', 'destroy 2'])
    expect(states).toEqual([1, 0, 1, 0])
    expect(bench.ended()).toHaveLength(2)
    expect(bench.engine.faults).toEqual([])
  })

  it('4.2 the result is on its way before EvtDestroy', async () => {
    const seen: unknown[] = []
    const bench = await benchOf({}, (self) => ({
      EvtCleanup: () => {
        self.engine.framework().turn.ports[0]?.publish()
        seen.push(self.engine.reap().length)
      },
      EvtDestroy: () => {
        self.engine.framework().turn.ports[0]?.publish()
        seen.push(self.engine.reap().length)
      },
    }))
    bench.send(1)
    bench.oldest().complete(nt.STATUS_SUCCESS)
    expect(seen).toEqual([0, 1])
  })

  it('4.2 each request has a context of its own, empty at first, also the next one of its slot', async () => {
    const bench = await benchOf({}, logging)
    for (let number = 1; number <= 40; number++) {
      bench.send(number)
      const request = bench.oldest()
      expect(request.context).toEqual({})
      request.context['number'] = number
      request.complete(nt.STATUS_SUCCESS)
      bench.ended()
    }
    expect(bench.log.slice(-2)).toEqual(['cleanup 40', 'destroy 40'])
  })

  it('4.2 a context works without attributes', async () => {
    const bench = await new QueueBench().add((device, { hold }) => {
      device.createIoQueue({ dispatchType: 'parallel', defaultQueue: true, EvtIoRead: hold })
    })
    bench.send(1)
    const request = bench.oldest()
    request.context['mine'] = 7
    expect(request.context['mine']).toBe(7)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.2 a callback that throws is a fault of the device, and the request ends all the same', async () => {
    const bench = await benchOf({}, () => ({
      EvtCleanup() {
        throw new Error('cannot clean up')
      },
      EvtDestroy() {
        throw new Error('cannot destroy')
      },
    }))
    bench.send(1)
    bench.oldest().complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(bench.engine.faults).toHaveLength(2)
  })

  it('4.2 a lower level’s EvtDestroy comes after the level above has its request back', async () => {
    const log: string[] = []
    const engine = new SteppedEngine()
    const lower = driverUrl({
      EvtDriverDeviceAdd(_driver, deviceInit) {
        deviceInit.setRequestAttributes({
          EvtCleanup: () => void log.push('lower cleanup'),
          EvtDestroy: () => void log.push('lower destroy'),
        })
        deviceInit.createDevice().createIoQueue({
          dispatchType: 'parallel',
          defaultQueue: true,
          EvtIoRead: (_queue, request) => request.complete(nt.STATUS_SUCCESS),
        })
      },
    })
    const upper = queueDriver({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead({ device }, request) {
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine((same, _target, { status }) => {
          log.push('routine')
          same.complete(status)
        })
        request.send(device.ioTarget)
      },
    })
    await engine.addDevice(upper, {
      below: [{ id: 1, role: 'bus', driver: lower, parameters: {} }],
    })
    expect(statuses(new Requester(engine).reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(log).toEqual(['lower cleanup', 'routine', 'lower destroy'])
  })
})

describe('a request that the driver never saw', () => {
  it('4.2 cancelled in the queue: no EvtCleanup, no EvtDestroy', async () => {
    const bench = await benchOf({ dispatchType: 'manual' }, logging)
    bench.cancel(bench.sendOne(1))
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
    expect(bench.log).toEqual([])
  })

  it('4.2 seen once and requeued, then cancelled: both', async () => {
    const bench = await benchOf({ dispatchType: 'manual' }, logging)
    const handle = bench.sendOne(1)
    const request = retrieve(bench.queue())
    request.context['number'] = 1
    request.requeue()
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
    expect(bench.log).toEqual(['cleanup 1', 'destroy 1'])
  })

  it.each(['parallel', 'manual'] as const)(
    '4.2 a transfer of no bytes on a %s queue: neither',
    async (dispatchType) => {
      const bench = await benchOf({ dispatchType }, logging)
      bench.requester.read(1, 0, 1)
      bench.engine.run()
      const retrieved = dispatchType === 'manual' ? bench.queue().retrieveNextRequest() : null
      expect(retrieved).toBeNull()
      bench.engine.settle()
      expect(bench.log).toEqual([])
      expect(bench.engine.channel.ledger().inFlight - bench.engine.reap().length).toBe(0)
    },
  )

  it('4.2 refused by a draining queue: neither', async () => {
    const bench = await benchOf({}, logging)
    bench.queue().drain()
    bench.send(1)
    expect(bench.ended()).toEqual([[1, nt.STATUS_INVALID_DEVICE_STATE]])
    expect(bench.log).toEqual([])
  })

  it('4.2 purged while it waited: neither', async () => {
    const bench = await benchOf({ dispatchType: 'manual' }, logging)
    bench.send(1)
    bench.queue().purge()
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
    expect(bench.log).toEqual([])
  })
})
