/** A request's bytes as memory objects: what they are, how long they are good for, and what I/O targets do with them. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import type { Device } from '../../../src/framework/device.js'
import type { Request } from '../../../src/framework/request.js'
import type { RequestMemory } from '../../../src/framework/request-memory.js'
import { QueueBench, retrieve } from '../../conformance/queue-bench.js'
import { type Act, acting, completing, forgetting, holding } from '../../harness/device-stack.js'
import { statuses } from '../../harness/requester.js'
import { codeOf } from '../../harness/status.js'

/** A bench with a manual queue, and the request of what `send` prepared. */
async function retrieved(send: (bench: QueueBench) => void): Promise<[Request, QueueBench]> {
  const bench = await new QueueBench().add(
    (device) => void device.createIoQueue({ dispatchType: 'manual', defaultQueue: true }),
  )
  return [next(bench, send), bench]
}

function next(bench: QueueBench, send: (bench: QueueBench) => void): Request {
  send(bench)
  bench.engine.channel.submit()
  bench.engine.settle()
  return retrieve(bench.queue())
}

function read({ requester }: QueueBench): void {
  requester.read(1, 16)
}

function write({ requester }: QueueBench): void {
  requester.write(1, 16)
}

function ioctlWithoutOutput({ requester }: QueueBench): void {
  requester.ioctl(1, undefined, 8, 0)
}

describe('memory of a request', () => {
  it('of a read is what it fills; the same object each time', async () => {
    const [request, bench] = await retrieved(read)
    const memory = request.retrieveOutputMemory()
    expect(request.retrieveOutputMemory()).toBe(memory)
    expect([memory.byteLength, memory.object.parent]).toEqual([16, request.object])
    memory.copyFrom(Uint8Array.of(1, 2, 3), 4)
    request.completeWithInformation(nt.STATUS_SUCCESS, 16)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
    expect([...bench.requester.buffer.bytes.subarray(0, 8)]).toEqual([0, 0, 0, 0, 1, 2, 3, 0])
  })

  it('of a write is what it sends', async () => {
    const [request, bench] = await retrieved((self) => {
      self.requester.buffer.bytes.set([5, 6, 7])
      write(self)
    })
    const memory = request.retrieveInputMemory()
    const target = new Uint8Array(2)
    memory.copyTo(target, 1)
    expect([...target]).toEqual([6, 7])
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.isBalanced || bench.ended().length === 1).toBe(true)
  })

  it('of an IOCTL: input and output, each with its own length', async () => {
    const [request] = await retrieved(({ requester }) => void requester.ioctl(1, undefined, 8, 24))
    const input = request.retrieveInputMemory()
    const output = request.retrieveOutputMemory()
    expect([input.byteLength, output.byteLength, input === output]).toEqual([8, 24, false])
  })

  it.each([
    ['the input of a read', read, 'retrieveInputMemory', 'STATUS_INVALID_DEVICE_REQUEST'],
    ['the output of a write', write, 'retrieveOutputMemory', 'STATUS_INVALID_DEVICE_REQUEST'],
    [
      'the output of an IOCTL that has none',
      ioctlWithoutOutput,
      'retrieveOutputMemory',
      'STATUS_BUFFER_TOO_SMALL',
    ],
  ] as const)('%s is refused', async (_what, send, method, code) => {
    const [request] = await retrieved(send)
    expect(codeOf(() => request[method]())).toBe(code)
  })

  it('is not its driver’s to delete', async () => {
    const [request] = await retrieved(read)
    const { object } = request.retrieveOutputMemory()
    expect(codeOf(() => object.delete())).toBe('WDF_OBJECT_ERROR')
    expect(object.state).toBe('created')
  })
})

describe('memory of a request that has ended', () => {
  it('refuses, and is never the next request’s', async () => {
    const [request, bench] = await retrieved(read)
    const memory = request.retrieveOutputMemory()
    request.complete(nt.STATUS_SUCCESS)
    expect(codeOf(() => request.retrieveOutputMemory())).toBe('WDF_REQUEST_FATAL_ERROR')
    bench.ended()
    // The same slots again: as many requests as the channel has of them.
    for (let i = 0; i < 40; i++) {
      const other = next(bench, read)
      const others = other.retrieveOutputMemory()
      expect(others).not.toBe(memory)
      expect(others.byteLength).toBe(16)
      expect(codeOf(() => memory.bytes)).toBe('WDF_INVALID_HANDLE')
      other.complete(nt.STATUS_SUCCESS)
      bench.ended()
    }
    expect(codeOf(() => memory.copyFrom(Uint8Array.of(1)))).toBe('WDF_INVALID_HANDLE')
    expect(codeOf(() => memory.copyTo(new Uint8Array(1)))).toBe('WDF_INVALID_HANDLE')
    expect(codeOf(() => memory.part(0, 1))).toBe('WDF_INVALID_HANDLE')
  })

  it('a reference keeps the handle, not the bytes', async () => {
    const [request, bench] = await retrieved(read)
    const memory = request.retrieveOutputMemory()
    memory.object.reference('mine')
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
    expect([memory.object.state, codeOf(() => memory.bytes)]).toEqual([
      'disposed',
      'WDF_INVALID_HANDLE',
    ])
    memory.object.dereference('mine')
    expect(memory.object.state).toBe('destroyed')
  })

  it('ends before the request’s EvtCleanup', async () => {
    const seen: unknown[] = []
    let memory: RequestMemory | undefined
    const bench = await new QueueBench().add(
      (device) => void device.createIoQueue({ dispatchType: 'manual', defaultQueue: true }),
      (init) =>
        init.setRequestAttributes({
          EvtCleanup: () => void seen.push(codeOf(() => memory?.bytes)),
        }),
    )
    const request = next(bench, read)
    memory = request.retrieveOutputMemory()
    request.complete(nt.STATUS_SUCCESS)
    expect(seen).toEqual(['WDF_INVALID_HANDLE'])
  })

  it('ends when its driver hands the request on; the level below has its own', async () => {
    const seen: unknown[] = []
    const memories: RequestMemory[] = []
    const act: Act = (request, target) => {
      memories.push(request.retrieveOutputMemory())
      request.send(target, { sendAndForget: true })
    }
    const below: Request[] = []
    const { requester, engine } = await acting(act, holding(below, { role: 'bus' }))
    requester.reads(1)
    const [request] = below
    seen.push(codeOf(() => memories[0]?.bytes))
    request?.retrieveOutputMemory().copyFrom(Uint8Array.of(9))
    request?.completeWithInformation(nt.STATUS_SUCCESS, 16)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
    expect([seen, requester.buffer.bytes[0]]).toEqual([['WDF_INVALID_HANDLE'], 9])
  })

  it('of a reserved request: each request that it stands for has its own', async () => {
    const memories: RequestMemory[] = []
    const bench = await new QueueBench().add((device) => {
      const queue = device.createIoQueue({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoRead(_queue, request) {
          memories.push(request.retrieveOutputMemory())
          request.complete(nt.STATUS_SUCCESS)
        },
      })
      queue.assignForwardProgressPolicy({
        totalForwardProgressRequests: 1,
        policy: 'alwaysUseReserved',
        EvtIoAllocateRequestResources: () => nt.STATUS_INSUFFICIENT_RESOURCES,
      })
    })
    bench.send(1, 2)
    expect(bench.ended()).toHaveLength(2)
    expect(new Set(memories).size).toBe(2)
    expect(memories.map((memory) => codeOf(() => memory.bytes))).toEqual([
      'WDF_INVALID_HANDLE',
      'WDF_INVALID_HANDLE',
    ])
  })
})

/** Sends a read of the driver's own into a part of the host's request, and completes that with its result. */
const split =
  (offset: number, length: number): Act =>
  (request, target, device) => {
    const memory = request.retrieveOutputMemory()
    const own = device.createRequest()
    target.formatRequestForRead(own, { memory, offset, length })
    own.setCompletionRoutine((back, _target, { status, information }) => {
      back.delete()
      request.completeWithInformation(status, information)
    })
    own.send(target)
  }

describe('an I/O target', () => {
  const filling = {
    role: 'bus' as const,
    queue: {
      EvtIoDefault: (_queue: unknown, request: Request) => {
        request.retrieveOutputBuffer().fill(7)
        request.completeWithInformation(nt.STATUS_SUCCESS, request.length)
      },
    },
  }

  it('fills a part of a request’s memory', async () => {
    const { requester } = await acting(split(4, 8), filling)
    expect(requester.reads(1)).toMatchObject([{ status: 0, information: 8 }])
    const bytes = [...requester.buffer.bytes.subarray(0, 16)]
    expect(bytes).toEqual([0, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7, 0, 0, 0, 0])
  })

  it('holds the memory until the request has come back', async () => {
    const below: Request[] = []
    const held: unknown[] = []
    let memory: RequestMemory | undefined
    const act: Act = (request, target, device) => {
      memory = request.retrieveOutputMemory()
      split(0, 16)(request, target, device)
      held.push(memory.object.heldBy)
    }
    const { requester, engine } = await acting(act, holding(below, { role: 'bus' }))
    requester.reads(1)
    expect(held).toEqual([[{ tag: 'formatted request', count: 1 }]])
    below[0]?.completeWithInformation(nt.STATUS_SUCCESS, 16)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(memory?.object.state).toBe('destroyed')
  })

  it('lets it go when the request is formatted anew, reused, or deleted', async () => {
    const counts: number[] = []
    const act: Act = (request, target, device: Device) => {
      const memory = device.driver.createMemory(16)
      const { object } = memory
      const own = device.createRequest()
      target.formatRequestForWrite(own, memory)
      target.formatRequestForIoctl(own, 4, memory, { memory, offset: 8 })
      counts.push(object.referenceCount)
      target.formatRequestForRead(own, new Uint8Array(1))
      counts.push(object.referenceCount)
      target.formatRequestForRead(own, memory)
      own.reuse()
      counts.push(object.referenceCount)
      target.formatRequestForRead(own, memory)
      own.delete()
      counts.push(object.referenceCount)
      request.complete(nt.STATUS_SUCCESS)
    }
    const { requester } = await acting(act, completing({ role: 'bus' }))
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(counts).toEqual([3, 1, 1, 1])
  })

  it('a filter that lets a formatted request go for good holds nothing', async () => {
    const kept: number[] = []
    const act: Act = (request, target, device: Device) => {
      const memory = device.driver.createMemory(16)
      target.formatRequestForRead(request, memory)
      request.formatRequestUsingCurrentType()
      kept.push(memory.object.referenceCount)
      request.send(target, { sendAndForget: true })
    }
    const { requester } = await acting(act, forgetting({ role: 'filter' }))
    requester.reads(1)
    expect(kept).toEqual([1])
  })
})
