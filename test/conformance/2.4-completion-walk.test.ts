/**
 * Section 2.4: the way of a completion up the stack; exceptions on it; who may be entered meanwhile. Stepped.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { CompletionParams } from '../../src/framework/io-target.js'
import type { Request } from '../../src/framework/request.js'
import {
  acting,
  completing,
  forgetting,
  holding,
  type Level,
  mustSend,
  relay,
  relaying,
  stackOf,
} from '../harness/device-stack.js'
import { eventLoopTurn } from '../harness/event-loop-turn.js'
import { contexts, statuses } from '../harness/requester.js'

const bus = { role: 'bus' } as const

describe('2.4 the walk upward', () => {
  it('2.4 routines run from the bottom to the top, each once, with what the level below said', async () => {
    const trace: [level: string, CompletionParams][] = []
    const level = (name: string, status: number): Level => ({
      queue: {
        EvtIoDefault(queue, request) {
          request.formatRequestUsingCurrentType()
          request.setCompletionRoutine((back, _target, params) => {
            trace.push([name, { status: params.status, information: params.information }])
            back.completeWithInformation(status, params.information + 1)
          })
          mustSend(request, queue.device.ioTarget)
        },
      },
    })
    const { requester } = await stackOf([
      level('top', nt.STATUS_SUCCESS),
      level('middle', nt.STATUS_BUFFER_OVERFLOW),
      {
        ...bus,
        queue: { EvtIoDefault: (_queue, request) => request.completeWithInformation(0, 3) },
      },
    ])
    expect(requester.reads(1)).toMatchObject([{ status: 0, information: 5 }])
    expect(trace).toEqual([
      ['middle', { status: nt.STATUS_SUCCESS, information: 3 }],
      ['top', { status: nt.STATUS_BUFFER_OVERFLOW, information: 4 }],
    ])
  })

  it('2.4 a routine that completes nothing stops the walk (MORE_PROCESSING_REQUIRED)', async () => {
    const kept: Request[] = []
    const { engine, requester } = await acting((request, target) => {
      request.formatRequestUsingCurrentType()
      request.setCompletionRoutine((back) => void kept.push(back))
      request.send(target)
    }, completing(bus))
    expect(requester.reads(1)).toEqual([])
    kept[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('2.4 a level without routine is passed over', async () => {
    const seen: number[] = []
    const { requester } = await stackOf([
      relaying(({ status }) => void seen.push(status)),
      forgetting(),
      forgetting(),
      {
        ...bus,
        queue: { EvtIoDefault: (_queue, request) => request.complete(nt.STATUS_NO_MORE_ENTRIES) },
      },
    ])
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_NO_MORE_ENTRIES]])
    expect(seen).toEqual([nt.STATUS_NO_MORE_ENTRIES])
  })

  it('2.4 completion at the bottom outside a turn walks up as well', async () => {
    const below: Request[] = []
    const { engine, requester } = await stackOf([
      relaying(),
      relaying(),
      forgetting(),
      holding(below, bus),
    ])
    expect(requester.reads(1, 2)).toEqual([])
    const wakes = engine.wakes
    below[1]?.completeWithInformation(nt.STATUS_SUCCESS, 2)
    below[0]?.completeWithInformation(nt.STATUS_SUCCESS, 1)
    expect(engine.wakes).toBeGreaterThan(wakes)
    expect(engine.run()).toMatchObject([
      { context: 2, information: 2 },
      { context: 1, information: 1 },
    ])
  })

  it('2.4 a framework status from below is translated for the level above, as for a host', async () => {
    const seen: number[] = []
    const { requester } = await stackOf([
      relaying(({ status }) => void seen.push(status)),
      {
        ...bus,
        queue: { EvtIoDefault: (_queue, request) => request.complete(nt.STATUS_WDF_PAUSED) },
      },
    ])
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_DEVICE_BUSY]])
    expect(seen).toEqual([nt.STATUS_DEVICE_BUSY])
  })

  it('2.4 the level below completes once: a second time is its own violation', async () => {
    const seen: number[] = []
    const { engine, requester } = await stackOf([
      relaying(({ status }) => void seen.push(status)),
      {
        ...bus,
        queue: {
          EvtIoDefault(_queue, request) {
            request.complete(nt.STATUS_SUCCESS)
            request.complete(nt.STATUS_UNSUCCESSFUL)
          },
        },
      },
    ])
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(seen).toEqual([nt.STATUS_SUCCESS])
    expect(engine.faults).toMatchObject([
      { device: 'device0/1', error: { code: 'WDF_REQUEST_FATAL_ERROR' } },
    ])
  })
})

/** Runs one read that takes more turns than `settle` allows. */
function runLong(requester: {
  readonly engine: Awaited<ReturnType<typeof stackOf>>['engine']
  read(context: number): number
}) {
  const { engine } = requester
  requester.read(1)
  engine.channel.submit()
  while (engine.step() !== 0);
  return engine.reap()
}

describe('2.4 no stack growth, no re-entry', () => {
  it('2.4 a routine that sends again 10,000 times comes back, on a stack that does not grow', async () => {
    let sends = 0
    let deepest = 0
    const { requester } = await acting((request, target) => {
      const again = (back: Request): void => {
        if (sends % 1000 === 0) deepest = Math.max(deepest, stackDepth())
        if (sends++ === 10_000) {
          back.complete(nt.STATUS_SUCCESS)
          return
        }
        back.formatRequestUsingCurrentType()
        back.setCompletionRoutine(again)
        mustSend(back, target)
      }
      again(request)
    }, completing(bus))
    expect(statuses(runLong(requester))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(sends).toBe(10_001)
    expect(deepest).toBeLessThan(60)
  })

  it('2.4 nor through three levels that complete at once', async () => {
    let left = 10_000
    const { requester } = await stackOf([
      {
        queue: {
          EvtIoDefault(queue, request) {
            const again = (back: Request): void => {
              if (--left === 0) back.complete(nt.STATUS_SUCCESS)
              else send(back)
            }
            const send = (own: Request): void => {
              own.formatRequestUsingCurrentType()
              own.setCompletionRoutine(again)
              mustSend(own, queue.device.ioTarget)
            }
            send(request)
          },
        },
      },
      relaying(),
      completing(bus),
    ])
    expect(statuses(runLong(requester))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(left).toBe(0)
  })

  it('2.4 no handler is entered while it runs, whatever its completion path does', async () => {
    const inside = { top: 0, bottom: 0 }
    const deepest = { top: 0, bottom: 0 }
    const guarded = (level: 'top' | 'bottom', body: () => void): void => {
      deepest[level] = Math.max(deepest[level], ++inside[level])
      body()
      inside[level]--
    }
    let resends = 50
    const { requester } = await stackOf([
      {
        queue: {
          dispatchType: 'sequential',
          EvtIoDefault(queue, request) {
            guarded('top', () => {
              const send = (own: Request): void => {
                own.formatRequestUsingCurrentType()
                own.setCompletionRoutine((back) => {
                  if (resends-- > 0) send(back)
                  else back.complete(nt.STATUS_SUCCESS)
                })
                mustSend(own, queue.device.ioTarget)
              }
              send(request)
            })
          },
        },
      },
      {
        ...bus,
        queue: {
          EvtIoDefault: (_queue, request) =>
            guarded('bottom', () => request.complete(nt.STATUS_SUCCESS)),
        },
      },
    ])
    expect(contexts(requester.reads(1, 2, 3, 4))).toHaveLength(4)
    // The top's handler is never entered again; the bottom is entered from it, and never from itself.
    expect(deepest).toEqual({ top: 1, bottom: 1 })
  })
})

describe('2.4 faults stay at their level', () => {
  it('2.4 a throwing handler at the bottom fails the request; the routine above sees the status', async () => {
    const seen: number[] = []
    const { engine, requester } = await stackOf([
      relaying(({ status }) => void seen.push(status)),
      {
        ...bus,
        queue: {
          EvtIoDefault() {
            throw new Error('broken bus')
          },
        },
      },
    ])
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
    expect(seen).toEqual([nt.STATUS_DRIVER_INTERNAL_ERROR])
    expect(engine.faults).toMatchObject([{ device: 'device0/1', error: { message: 'broken bus' } }])
  })

  it('2.4 a throwing handler below is not seen by the send above', async () => {
    const results: unknown[] = []
    const { engine, requester } = await acting(
      (request, target) => results.push(request.send(target, { sendAndForget: true })),
      {
        ...bus,
        queue: {
          EvtIoDefault() {
            throw new Error('broken bus')
          },
        },
      },
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
    expect(results).toEqual([true])
    expect(engine.faults.map(({ device }) => device)).toEqual(['device0/1'])
  })

  it('2.4 a throwing routine fails its own request, and the driver below goes on', async () => {
    const trace: string[] = []
    const { engine, requester } = await acting(
      (request, target) => {
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine(() => {
          throw new Error('broken routine')
        })
        request.send(target)
        trace.push('sent')
      },
      {
        ...bus,
        queue: {
          EvtIoDefault(_queue, request) {
            request.complete(nt.STATUS_SUCCESS)
            trace.push('completed')
          },
        },
      },
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
    expect(trace).toEqual(['completed', 'sent'])
    expect(engine.faults).toMatchObject([
      { device: 'device0', error: { message: 'broken routine' } },
    ])
  })

  it('2.4 a throwing routine of a driver-created request harms nobody', async () => {
    const trace: string[] = []
    const { engine, requester } = await acting(
      (request, target, device) => {
        const own = device.createRequest()
        target.formatRequestForRead(own, new Uint8Array(1))
        own.setCompletionRoutine(() => {
          throw new Error('broken routine')
        })
        own.send(target)
        own.delete()
        request.complete(nt.STATUS_SUCCESS)
      },
      {
        ...bus,
        queue: {
          EvtIoDefault(_queue, request) {
            request.complete(nt.STATUS_SUCCESS)
            trace.push('completed')
          },
        },
      },
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(statuses(requester.reads(2))).toEqual([[2, nt.STATUS_SUCCESS]])
    expect(trace).toEqual(['completed', 'completed'])
    expect(engine.faults.map(({ error }) => error.message)).toEqual([
      'broken routine',
      'broken routine',
    ])
    expect(engine.framework().sender.routines).toBe(0)
  })

  it('2.4 a routine that throws after it completed: reported, completed once', async () => {
    const { engine, requester } = await acting((request, target) => {
      request.formatRequestUsingCurrentType()
      request.setCompletionRoutine((back) => {
        back.complete(nt.STATUS_SUCCESS)
        throw new Error('too late')
      })
      request.send(target)
    }, completing(bus))
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(engine.faults).toHaveLength(1)
  })

  it('2.4 a handler that throws after it sent the request: the send goes on', async () => {
    const below: Request[] = []
    const { engine, requester } = await acting(
      (request, target) => {
        relay(request, target)
        throw new Error('after the send')
      },
      holding(below, bus),
    )
    expect(requester.reads(1)).toEqual([])
    expect(engine.faults).toHaveLength(1)
    below[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('2.4 a handler that throws after it let the request go: the driver below keeps it', async () => {
    const below: Request[] = []
    const { engine, requester } = await acting(
      (request, target) => {
        request.send(target, { sendAndForget: true })
        throw new Error('after the send')
      },
      holding(below, bus),
    )
    expect(requester.reads(1)).toEqual([])
    expect(engine.faults).toMatchObject([{ device: 'device0' }])
    below[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('2.4 an asynchronous handler that rejects after it let the request go: the same', async () => {
    const below: Request[] = []
    const { engine, requester } = await acting(
      async (request, target) => {
        request.send(target, { sendAndForget: true })
        await Promise.resolve()
        throw new Error('after the send')
      },
      holding(below, bus),
    )
    expect(requester.reads(1)).toEqual([])
    await eventLoopTurn()
    expect(engine.run()).toEqual([])
    expect(engine.faults).toMatchObject([{ device: 'device0' }])
    below[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('2.4 one that rejects after it completed does not fail the next request in that place', async () => {
    const below: Request[] = []
    let first = true
    const { engine, requester } = await acting(
      (request, target) => {
        const send = (own: Request): void => {
          own.formatRequestUsingCurrentType()
          own.setCompletionRoutine((back) => {
            if (first) {
              first = false
              send(back)
            } else {
              back.complete(nt.STATUS_SUCCESS)
            }
          })
          mustSend(own, target)
        }
        send(request)
      },
      {
        ...bus,
        queue: {
          async EvtIoDefault(_queue, request) {
            below.push(request)
            if (below.length > 1) return
            request.complete(nt.STATUS_SUCCESS)
            await eventLoopTurn()
            throw new Error('too late')
          },
        },
      },
    )
    expect(requester.reads(1)).toEqual([])
    expect(below[1]).toBe(below[0])
    await eventLoopTurn()
    await eventLoopTurn()
    expect(engine.faults).toMatchObject([{ device: 'device0/1', error: { message: 'too late' } }])
    expect(engine.run()).toEqual([])
    below[1]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('2.4 an asynchronous handler that rejects after its request came back: it fails', async () => {
    const below: Request[] = []
    const { engine, requester } = await acting(
      async (request, target) => {
        request.formatRequestUsingCurrentType()
        await request.sendSynchronously(target)
        throw new Error('after the wait')
      },
      holding(below, bus),
    )
    expect(requester.reads(1)).toEqual([])
    below[0]?.complete(nt.STATUS_SUCCESS)
    await eventLoopTurn()
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
  })

  it('2.4 a throwing cancel callback at the bottom ends the request there', async () => {
    const seen: number[] = []
    const { engine, requester } = await stackOf([
      relaying(({ status }) => void seen.push(status)),
      {
        ...bus,
        queue: {
          EvtIoDefault: (_queue, request) =>
            request.markCancelable(() => {
              throw new Error('broken cancel')
            }),
        },
      },
    ])
    const handle = requester.read(1)
    engine.run()
    engine.channel.cancel(handle)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
    expect(seen).toEqual([nt.STATUS_DRIVER_INTERNAL_ERROR])
    expect(engine.faults).toMatchObject([{ device: 'device0/1' }])
  })
})

/** How many frames the caller stands on. */
function stackDepth(): number {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = Infinity
  const depth = (new Error('here').stack ?? '').split('\n').length
  Error.stackTraceLimit = limit
  return depth
}
