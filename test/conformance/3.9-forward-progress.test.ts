/** Guaranteed forward progress: reserved requests. Source: kmdf.md 3.9. */
import { describe, expect, it } from 'vitest'
import { IRP_MJ_CLEANUP } from '../../src/abi/major-function.js'
import * as nt from '../../src/abi/ntstatus.js'
import type { DeviceInit } from '../../src/framework/device-init.js'
import type { ForwardProgressPolicy } from '../../src/framework/forward-progress.js'
import type { Request } from '../../src/framework/request.js'
import { failureOf } from '../harness/status.js'
import { QueueBench } from './queue-bench.js'

const noMemory = (): number => nt.STATUS_INSUFFICIENT_RESOURCES

/** A parallel queue with a policy; its driver keeps what it gets and allocates nothing. */
function scarce(
  policy: Partial<ForwardProgressPolicy> = {},
  init: (deviceInit: DeviceInit) => void = () => {},
): Promise<QueueBench> {
  return new QueueBench().add((device, { hold }) => {
    const queue = device.createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoDefault: hold,
    })
    queue.assignForwardProgressPolicy({
      totalForwardProgressRequests: 2,
      policy: 'alwaysUseReserved',
      EvtIoAllocateRequestResources: noMemory,
      ...policy,
    })
  }, init)
}

/** Which of the held requests are reserved ones. */
const reservedOf = (bench: QueueBench): boolean[] => bench.held.map((request) => request.isReserved)

describe('assigning', () => {
  it('3.9 the policy is assigned once: a second time is STATUS_INVALID_PARAMETER', async () => {
    const bench = await scarce()
    expect(() =>
      bench.queue().assignForwardProgressPolicy({
        totalForwardProgressRequests: 1,
        policy: 'alwaysUseReserved',
      }),
    ).toThrow(failureOf('STATUS_INVALID_PARAMETER'))
  })

  it('3.9 at least one request is reserved: none is STATUS_INVALID_PARAMETER', async () => {
    const bench = new QueueBench()
    await bench.add((device, { hold }) => {
      const queue = device.createIoQueue({ dispatchType: 'parallel', EvtIoDefault: hold })
      const assign = (): void =>
        queue.assignForwardProgressPolicy({
          totalForwardProgressRequests: 0,
          policy: 'alwaysUseReserved',
        })
      expect(assign).toThrow(failureOf('STATUS_INVALID_PARAMETER'))
    })
  })

  it('3.9 EvtIoAllocateResourcesForReservedRequest runs once per reserved request, at once', async () => {
    const allocated = new Set<Request>()
    await scarce({
      totalForwardProgressRequests: 3,
      EvtIoAllocateResourcesForReservedRequest: (_queue, request) => void allocated.add(request),
    })
    expect(allocated.size).toBe(3)
  })

  it('3.9 when it fails for one, its status is the call’s, and nothing is reserved', async () => {
    let calls = 0
    const bench = new QueueBench()
    await bench.add((device, { hold }) => {
      const queue = device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoDefault: hold,
      })
      const assign = (): void =>
        queue.assignForwardProgressPolicy({
          totalForwardProgressRequests: 3,
          policy: 'alwaysUseReserved',
          EvtIoAllocateResourcesForReservedRequest: () =>
            ++calls === 2 ? nt.STATUS_DEVICE_NOT_READY : nt.STATUS_SUCCESS,
          EvtIoAllocateRequestResources: noMemory,
        })
      expect(assign).toThrow(failureOf('STATUS_DEVICE_NOT_READY'))
    })
    expect(calls).toBe(2)
    bench.send(1)
    expect(reservedOf(bench)).toEqual([false])
  })
})

describe('while resources can be allocated', () => {
  it('3.9 EvtIoAllocateRequestResources runs for each ordinary request, before its handler', async () => {
    const bench = await new QueueBench().add((device, { log }) => {
      const queue = device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead(_queue, request) {
          log.push(`read ${request.deviceOffset} ${String(request.context['memory'])}`)
          request.complete(nt.STATUS_SUCCESS)
        },
      })
      queue.assignForwardProgressPolicy({
        totalForwardProgressRequests: 1,
        policy: 'alwaysUseReserved',
        EvtIoAllocateRequestResources(_queue, request) {
          log.push(`allocate ${request.deviceOffset}`)
          request.context['memory'] = request.deviceOffset * 10
        },
      })
    })
    bench.send(1)
    bench.send(2)
    expect(bench.log).toEqual(['allocate 1', 'read 1 10', 'allocate 2', 'read 2 20'])
    expect(bench.ended()).toHaveLength(2)
  })

  it('3.9 an ordinary request is not a reserved one', async () => {
    const bench = await scarce({ EvtIoAllocateRequestResources: () => nt.STATUS_SUCCESS })
    bench.send(1)
    expect(reservedOf(bench)).toEqual([false])
  })
})

describe('policies', () => {
  it('3.9 AlwaysUseReserved: a reserved request stands for the one without resources', async () => {
    const bench = await scarce()
    bench.send(1)
    const [request] = bench.held
    expect([request?.isReserved, request?.deviceOffset, request?.length]).toEqual([true, 1, 16])
    request?.retrieveOutputBuffer().fill(7)
    bench.oldest().completeWithInformation(nt.STATUS_SUCCESS, 16)
    bench.engine.settle()
    expect(bench.engine.reap()).toMatchObject([
      { context: 1, status: nt.STATUS_SUCCESS, information: 16 },
    ])
    expect([...bench.requester.buffer.bytes.subarray(0, 17)]).toEqual([...Array(16).fill(7), 0])
  })

  it('3.9 UseExamine: EvtIoWdmIrpForForwardProgress decides for each request', async () => {
    const bench = await scarce({
      policy: 'useExamine',
      EvtIoWdmIrpForForwardProgress: (_queue, request) =>
        request.deviceOffset === 1 ? 'useReservedRequest' : 'failRequest',
    })
    bench.send(1, 2)
    expect(reservedOf(bench)).toEqual([true])
    expect(bench.ended()).toEqual([[2, nt.STATUS_UNSUCCESSFUL]])
  })

  it('3.9 UseExamine without its callback: STATUS_INVALID_PARAMETER', async () => {
    const bench = new QueueBench()
    await bench.add((device, { hold }) => {
      const queue = device.createIoQueue({ dispatchType: 'parallel', EvtIoDefault: hold })
      const assign = (): void =>
        queue.assignForwardProgressPolicy({ totalForwardProgressRequests: 1, policy: 'useExamine' })
      expect(assign).toThrow(failureOf('STATUS_INVALID_PARAMETER'))
    })
  })

  it('3.9 UseExamine whose callback throws: STATUS_UNSUCCESSFUL, and a fault', async () => {
    const bench = await scarce({
      policy: 'useExamine',
      EvtIoWdmIrpForForwardProgress() {
        throw new Error('cannot decide')
      },
    })
    bench.send(1)
    expect(bench.ended()).toEqual([[1, nt.STATUS_UNSUCCESSFUL]])
    expect(bench.engine.faults).toHaveLength(1)
  })

  it('3.9 PagingIO: a request that is no paging I/O ends with STATUS_UNSUCCESSFUL', async () => {
    const bench = await scarce({ policy: 'pagingIo' })
    bench.send(1)
    expect(bench.ended()).toEqual([[1, nt.STATUS_UNSUCCESSFUL]])
  })

  it('3.9 an allocation callback that throws counts as failed', async () => {
    const bench = await scarce({
      EvtIoAllocateRequestResources() {
        throw new Error('out of memory')
      },
    })
    bench.send(1)
    expect(reservedOf(bench)).toEqual([true])
    expect(bench.engine.faults).toHaveLength(1)
  })
})

describe('when none is free', () => {
  it('3.9 requests wait until a reserved one comes back', async () => {
    const bench = await scarce()
    bench.send(1, 2, 3, 4)
    expect(bench.heldNumbers()).toEqual([1, 2])
    expect(bench.queue().forwardProgress?.waiting).toBe(2)
    bench.oldest().complete(nt.STATUS_SUCCESS)
    bench.engine.settle()
    expect(bench.heldNumbers()).toEqual([2, 3])
    expect(bench.queue().forwardProgress?.waiting).toBe(1)
  })

  it('3.9 each one that comes back serves the next, all of them end once', async () => {
    const bench = await scarce()
    bench.send(1, 2, 3, 4, 5, 6)
    const order: number[] = []
    while (bench.held.length > 0) {
      const request = bench.oldest()
      order.push(request.deviceOffset)
      request.complete(nt.STATUS_SUCCESS)
      bench.engine.settle()
    }
    expect(order).toEqual([1, 2, 3, 4, 5, 6])
    expect(bench.ended()).toHaveLength(6)
    expect(bench.isBalanced).toBe(true)
    expect(bench.queue().getState()).toMatchObject({ queueRequests: 0, driverRequests: 0 })
  })

  it('3.9 a request that waits for a reserved one can be cancelled', async () => {
    const bench = await scarce()
    const handles = bench.send(1, 2, 3, 4)
    bench.cancel(handles[2] ?? -1)
    expect(bench.ended()).toEqual([[3, nt.STATUS_CANCELLED]])
    bench.oldest().complete(nt.STATUS_SUCCESS)
    bench.engine.settle()
    expect(bench.heldNumbers()).toEqual([2, 4])
  })

  it('3.9 cleanup of its file and a purge of the queue cancel it, too', async () => {
    const bench = await scarce({ totalForwardProgressRequests: 1 })
    bench.send(1, 2)
    bench.requester.bare(9, IRP_MJ_CLEANUP)
    bench.engine.channel.submit()
    expect(bench.ended()).toEqual(
      expect.arrayContaining([
        [2, nt.STATUS_CANCELLED],
        [9, nt.STATUS_SUCCESS],
      ]),
    )
    bench.send(3)
    bench.queue().stopAndPurge()
    expect(bench.ended()).toEqual([[3, nt.STATUS_CANCELLED]])
    bench.oldest().complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('3.9 the removal of the device ends those in use and those that wait', async () => {
    const bench = await scarce({ totalForwardProgressRequests: 1 })
    bench.send(1, 2)
    await bench.engine.framework().stopDevice(0)
    expect(bench.ended()).toEqual(
      expect.arrayContaining([
        [1, nt.STATUS_DEVICE_REMOVED],
        [2, nt.STATUS_CANCELLED],
      ]),
    )
    expect(bench.isBalanced).toBe(true)
  })
})

describe('a reserved request', () => {
  it('3.9 is recycled with its context, not destroyed: EvtCleanup is not called per use', async () => {
    const log: string[] = []
    let made = 0
    const bench = await scarce(
      {
        totalForwardProgressRequests: 1,
        EvtIoAllocateResourcesForReservedRequest: (_queue, request) => {
          request.context['memory'] = ++made
        },
      },
      (deviceInit) =>
        deviceInit.setRequestAttributes({
          EvtCleanup: (request) => void log.push(`cleanup ${request.isReserved}`),
          EvtDestroy: (request) => void log.push(`destroy ${String(request.context['memory'])}`),
        }),
    )
    const objects = new Set<Request>()
    for (let number = 1; number <= 3; number++) {
      bench.send(number)
      const request = bench.oldest()
      objects.add(request)
      expect(request.context['memory']).toBe(1)
      request.complete(nt.STATUS_SUCCESS)
      bench.ended()
    }
    expect([objects.size, log]).toEqual([1, []])
    await bench.engine.framework().stopDevice(0)
    expect(log).toEqual(['cleanup true', 'destroy 1'])
  })

  it('3.9 can be armed; a cancel of the IRP reaches it', async () => {
    const bench = await scarce()
    const handle = bench.sendOne(1)
    bench.held[0]?.markCancelable((request: Request) => request.complete(nt.STATUS_CANCELLED))
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
    bench.held.length = 0
    bench.send(2)
    expect(bench.held[0]?.isCanceled()).toBe(false)
  })

  it('3.9 in its queue is cancelled with its IRP', async () => {
    const bench = await scarce()
    bench.queue().stop()
    const handle = bench.sendOne(1)
    expect(bench.queue().getState().queueRequests).toBe(1)
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('3.9 keeps the order of arrival with ordinary requests', async () => {
    const bench = await scarce({
      EvtIoAllocateRequestResources: (_queue, request) =>
        request.deviceOffset % 2 === 0 ? nt.STATUS_SUCCESS : nt.STATUS_INSUFFICIENT_RESOURCES,
    })
    bench.send(1, 2, 3, 4)
    expect(bench.heldNumbers()).toEqual([1, 2, 3, 4])
    expect(reservedOf(bench)).toEqual([true, false, true, false])
  })

  it('3.9 has its caller’s file', async () => {
    const bench = await scarce({
      EvtIoAllocateRequestResources: (_queue, request) =>
        request.deviceOffset === 1 ? nt.STATUS_SUCCESS : nt.STATUS_INSUFFICIENT_RESOURCES,
    })
    bench.send(1, 2)
    expect(reservedOf(bench)).toEqual([false, true])
    expect(bench.held[1]?.fileObject).toBe(bench.held[0]?.fileObject)
  })

  it('3.9 comes past EvtIoInCallerContext, which ordinary requests see after their allocation', async () => {
    const log: string[] = []
    const bench = await scarce(
      {
        EvtIoAllocateRequestResources(_queue, request) {
          log.push(`allocate ${request.deviceOffset}`)
          return request.deviceOffset === 1 ? nt.STATUS_SUCCESS : nt.STATUS_INSUFFICIENT_RESOURCES
        },
      },
      (deviceInit) =>
        deviceInit.setIoInCallerContextCallback((device, request) => {
          log.push(`in caller context ${request.deviceOffset}`)
          device.enqueueRequest(request)
        }),
    )
    bench.send(1, 2)
    expect(log).toEqual(['allocate 1', 'in caller context 1', 'allocate 2'])
    expect(reservedOf(bench)).toEqual([false, true])
    while (bench.held.length > 0) bench.oldest().complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toHaveLength(2)
  })

  it('3.9 whose handler throws fails its IRP, and comes back', async () => {
    const bench = await new QueueBench().add((device) => {
      const queue = device.createIoQueue({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoRead() {
          throw new Error('cannot read')
        },
      })
      queue.assignForwardProgressPolicy({
        totalForwardProgressRequests: 1,
        policy: 'alwaysUseReserved',
        EvtIoAllocateRequestResources: noMemory,
      })
    })
    bench.send(1, 2, 3)
    const failed = nt.STATUS_DRIVER_INTERNAL_ERROR
    expect(bench.ended()).toEqual([1, 2, 3].map((number) => [number, failed]))
  })

  it('3.9 that is sent down comes back to its driver, then to the caller', async () => {
    const bench = await scarce()
    bench.send(1)
    const request = bench.oldest()
    request.formatRequestUsingCurrentType()
    request.setCompletionRoutine((same) => same.complete(nt.STATUS_NOT_FOUND))
    expect(request.send(bench.device.ioTarget)).toBe(true)
    expect(bench.ended()).toEqual([[1, nt.STATUS_NOT_FOUND]])
  })

  it('3.9 that is sent and forgotten ends its IRP as the level below does', async () => {
    const bench = await scarce({ totalForwardProgressRequests: 1 })
    for (let number = 1; number <= 2; number++) {
      bench.send(number)
      expect(bench.oldest().send(bench.device.ioTarget, { sendAndForget: true })).toBe(true)
      expect(bench.ended()).toEqual([[number, nt.STATUS_INVALID_DEVICE_REQUEST]])
    }
  })
})

describe('where it applies', () => {
  it('3.9 to requests that arrive at the queue, not to those forwarded into it', async () => {
    const bench = await new QueueBench().add((device, { hold }) => {
      const second = device.createIoQueue({ dispatchType: 'parallel', EvtIoDefault: hold })
      second.assignForwardProgressPolicy({
        totalForwardProgressRequests: 1,
        policy: 'alwaysUseReserved',
        EvtIoAllocateRequestResources: noMemory,
      })
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead: (_queue, request) => void request.forwardToIoQueue(second),
      })
    })
    bench.send(1)
    expect(reservedOf(bench)).toEqual([false])
  })

  it('3.9 a queue that does not accept refuses a request before it looks for resources', async () => {
    let calls = 0
    const bench = await scarce({
      EvtIoAllocateRequestResources() {
        calls++
        return nt.STATUS_SUCCESS
      },
    })
    bench.queue().drain()
    bench.send(1)
    expect(bench.ended()).toEqual([[1, nt.STATUS_INVALID_DEVICE_STATE]])
    expect(calls).toBe(0)
  })
})
