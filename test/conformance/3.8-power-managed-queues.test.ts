/** Power-managed queues: EvtIoStop, EvtIoResume, stopAcknowledge. Source: kmdf.md 3.8. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import {
  type IoQueueConfig,
  WdfRequestStopActionPurge as PURGE,
  WdfRequestStopActionSuspend as SUSPEND,
  WdfRequestStopRequestCancelable as CANCELABLE,
} from '../../src/framework/io-queue-config.js'
import { WdfIoQueuePnpHeld } from '../../src/framework/io-queue-state.js'
import { eventLoopTurn } from '../harness/event-loop-turn.js'
import { failureOf } from '../harness/status.js'
import { QueueBench, retrieve } from './queue-bench.js'

const VIOLATION = expect.objectContaining({ code: 'WDF_REQUEST_FATAL_ERROR' })

/** A parallel default queue whose driver keeps what it gets. */
function powered(config: Partial<IoQueueConfig> = {}): Promise<QueueBench> {
  return new QueueBench().add((device, { hold }) => {
    device.createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead: hold,
      ...config,
    })
  })
}

/** Takes all queues of a device down as leaving D0 does: two passes. The result says when all is quiet. */
function goDown(device: Device): { isQuiet: boolean } {
  const power = { isQuiet: false }
  for (const queue of device.queues) queue.power.hold()
  void Promise.all(device.queues.map((queue) => queue.power.notify(SUSPEND))).then(() => {
    power.isQuiet = true
  })
  return power
}

function comeUp(bench: QueueBench): void {
  for (const queue of bench.device.queues) queue.power.resume()
  bench.engine.settle()
}

describe('going down', () => {
  it('3.8 a held queue keeps what comes, in order, and delivers it when power is back', async () => {
    const bench = await powered()
    goDown(bench.device)
    bench.send(1, 2)
    expect(bench.held).toEqual([])
    expect(bench.queue().getState()).toMatchObject({ queueRequests: 2, driverRequests: 0 })
    expect(bench.queue().getState().flags & WdfIoQueuePnpHeld).toBe(WdfIoQueuePnpHeld)
    comeUp(bench)
    expect(bench.heldNumbers()).toEqual([1, 2])
    expect(bench.queue().getState().flags & WdfIoQueuePnpHeld).toBe(0)
  })

  it('3.8 EvtIoStop is called once per owned request, with Suspend', async () => {
    const stops: [number, number][] = []
    const bench = await powered({
      EvtIoStop: (_queue, request, flags) => void stops.push([request.deviceOffset, flags]),
    })
    bench.send(1, 2)
    goDown(bench.device)
    bench.engine.settle()
    expect(stops).toEqual([
      [1, SUSPEND],
      [2, SUSPEND],
    ])
  })

  it('3.8 EvtIoStop says when the request is marked cancelable', async () => {
    const stops: number[] = []
    const bench = await powered({ EvtIoStop: (_queue, _request, flags) => void stops.push(flags) })
    bench.send(1)
    bench.held[0]?.markCancelable(() => {})
    goDown(bench.device)
    expect(stops).toEqual([SUSPEND | CANCELABLE])
  })

  it('3.8 EvtIoStop is not called for a request that has been cancelled', async () => {
    const stops: number[] = []
    const bench = await powered({
      EvtIoStop: (_queue, request) => void stops.push(request.deviceOffset),
    })
    const [first = -1] = bench.send(1, 2)
    bench.cancel(first)
    goDown(bench.device)
    expect(stops).toEqual([2])
  })

  it('3.8 EvtIoStop is not called for a request that waits', async () => {
    const stops: number[] = []
    const bench = await powered({
      dispatchType: 'sequential',
      EvtIoStop: (_queue, request) => void stops.push(request.deviceOffset),
    })
    bench.send(1, 2)
    goDown(bench.device)
    expect(stops).toEqual([1])
  })

  it('3.8 EvtIoStop is called for a request that was sent to an I/O target: it counts as owned', async () => {
    const stops: number[] = []
    const bench = await powered({
      EvtIoStop: (_queue, request) => {
        stops.push(request.deviceOffset)
        request.stopAcknowledge(false)
      },
    })
    bench.send(1)
    const request = bench.oldest()
    await bench.device.ioTarget.stop()
    request.formatRequestUsingCurrentType()
    request.setCompletionRoutine((same) => same.complete(nt.STATUS_SUCCESS))
    expect(request.send(bench.device.ioTarget)).toBe(true)
    const power = goDown(bench.device)
    await eventLoopTurn()
    expect([stops, power.isQuiet]).toEqual([[1], true])
    bench.device.ioTarget.start()
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('3.8 every queue has stopped dispatching before the first EvtIoStop', async () => {
    const held: boolean[] = []
    const bench = await new QueueBench().add((device, { hold }) => {
      const EvtIoStop = (): void => {
        for (const { state } of device.queues) held.push(state.isHeld)
      }
      const types = ['read', 'write'] as const
      for (const type of types) {
        const queue = device.createIoQueue({
          dispatchType: 'parallel',
          EvtIoDefault: hold,
          EvtIoStop,
        })
        device.configureRequestDispatching(queue, type)
      }
    })
    bench.send(1)
    goDown(bench.device)
    expect(held).toEqual([true, true])
  })
})

describe('waiting for the driver', () => {
  it.each([
    ['completes it', 'complete'],
    ['forwards it', 'forward'],
    ['acknowledges it and keeps it', 'keep'],
    ['acknowledges it and requeues it', 'requeue'],
  ] as const)('3.8 going down ends when the driver %s in EvtIoStop', async (_what, how) => {
    const bench = await new QueueBench().add((device, { hold }) => {
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead: hold,
        EvtIoStop: (_queue, request) => {
          if (how === 'complete') request.complete(nt.STATUS_CANCELLED)
          else if (how === 'forward') request.forwardToIoQueue(bench.queue(1))
          else request.stopAcknowledge(how === 'requeue')
        },
      })
      device.createIoQueue({ dispatchType: 'manual', powerManaged: false })
    })
    bench.send(1)
    const power = goDown(bench.device)
    bench.engine.settle()
    await eventLoopTurn()
    expect(power.isQuiet).toBe(true)
  })

  it('3.8 without EvtIoStop it waits until the driver has completed what it owns', async () => {
    const bench = await powered()
    bench.send(1, 2)
    const power = goDown(bench.device)
    bench.oldest().complete(nt.STATUS_SUCCESS)
    bench.engine.settle()
    await eventLoopTurn()
    expect(power.isQuiet).toBe(false)
    bench.oldest().complete(nt.STATUS_SUCCESS)
    bench.engine.settle()
    await eventLoopTurn()
    expect(power.isQuiet).toBe(true)
  })

  it('3.8 an EvtIoStop that does nothing is waited for until the request is completed', async () => {
    const bench = await powered({ EvtIoStop: () => {} })
    bench.send(1)
    const power = goDown(bench.device)
    bench.engine.settle()
    await eventLoopTurn()
    expect(power.isQuiet).toBe(false)
    bench.oldest().complete(nt.STATUS_SUCCESS)
    bench.engine.settle()
    await eventLoopTurn()
    expect(power.isQuiet).toBe(true)
  })

  it('3.8 an EvtIoStop that throws fails its request and nothing else', async () => {
    const bench = await powered({
      EvtIoStop: (_queue, request) => {
        if (request.deviceOffset === 1) throw new Error('cannot stop')
        request.stopAcknowledge(false)
      },
    })
    bench.send(1, 2)
    const power = goDown(bench.device)
    await eventLoopTurn()
    expect(power.isQuiet).toBe(true)
    expect(bench.ended()).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
    expect(bench.engine.faults).toHaveLength(1)
  })
})

describe('stopAcknowledge', () => {
  it('3.8 outside EvtIoStop is a violation', async () => {
    const bench = await powered()
    bench.send(1)
    expect(() => bench.held[0]?.stopAcknowledge(false)).toThrow(VIOLATION)
  })

  it('3.8 after EvtIoStop has returned is a violation', async () => {
    const bench = await powered({ EvtIoStop: () => {} })
    bench.send(1)
    goDown(bench.device)
    expect(() => bench.held[0]?.stopAcknowledge(false)).toThrow(VIOLATION)
  })

  it('3.8 twice is a violation', async () => {
    const errors: unknown[] = []
    const bench = await powered({
      EvtIoStop: (_queue, request) => {
        request.stopAcknowledge(false)
        try {
          request.stopAcknowledge(false)
        } catch (error) {
          errors.push(error)
        }
      },
    })
    bench.send(1)
    goDown(bench.device)
    expect(errors).toEqual([VIOLATION])
  })

  it('3.8 with requeue of a cancelable request is a violation; after unmark it is not', async () => {
    const errors: unknown[] = []
    const bench = await powered({
      EvtIoStop: (_queue, request) => {
        try {
          request.stopAcknowledge(true)
        } catch (error) {
          errors.push(error)
        }
        expect(request.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
        request.stopAcknowledge(true)
      },
    })
    bench.send(1)
    bench.held[0]?.markCancelable(() => {})
    goDown(bench.device)
    expect(errors).toEqual([VIOLATION])
    expect(bench.engine.faults).toEqual([])
    expect(bench.queue().getState()).toMatchObject({ queueRequests: 1, driverRequests: 0 })
  })

  it('3.8 with requeue: back to the head, delivered again by the normal handler', async () => {
    const bench = await powered({
      dispatchType: 'sequential',
      EvtIoStop: (_queue, request) => request.stopAcknowledge(true),
    })
    bench.send(1, 2)
    goDown(bench.device)
    bench.oldest()
    comeUp(bench)
    expect(bench.heldNumbers()).toEqual([1])
    bench.oldest().complete(nt.STATUS_SUCCESS)
    bench.engine.settle()
    expect(bench.heldNumbers()).toEqual([2])
  })

  it('3.8 with requeue of several: each goes to the head, so the last told comes first', async () => {
    const bench = await powered({
      EvtIoStop: (_queue, request) => request.stopAcknowledge(true),
    })
    bench.send(1, 2, 3)
    goDown(bench.device)
    bench.held.length = 0
    comeUp(bench)
    expect(bench.heldNumbers()).toEqual([3, 2, 1])
  })

  it('3.8 without requeue: the driver keeps it and gets EvtIoResume before anything new', async () => {
    const bench = await new QueueBench().add((device, { log }) => {
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead: (_queue, request) => void log.push(`read ${request.deviceOffset}`),
        EvtIoStop: (_queue, request) => request.stopAcknowledge(false),
        EvtIoResume: (_queue, request) => {
          log.push(`resume ${request.deviceOffset}`)
          request.complete(nt.STATUS_SUCCESS)
        },
      })
    })
    bench.send(1)
    goDown(bench.device)
    bench.send(2)
    comeUp(bench)
    expect(bench.log).toEqual(['read 1', 'resume 1', 'read 2'])
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('3.8 a kept request that is completed while power is down gets no EvtIoResume', async () => {
    const resumed: number[] = []
    const bench = await powered({
      EvtIoStop: (_queue, request) => request.stopAcknowledge(false),
      EvtIoResume: (_queue, request) => void resumed.push(request.deviceOffset),
    })
    bench.send(1)
    goDown(bench.device)
    const kept = bench.oldest()
    let last = -1
    kept.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
    // Its slot is used again, so that the same object stands for another request.
    for (let number = 2; bench.queue().head !== kept; number++) {
      if (number > 2) bench.cancel(last)
      bench.ended()
      last = bench.sendOne(number)
    }
    comeUp(bench)
    expect(resumed).toEqual([])
  })

  it('3.8 all queues are told of their kept requests before any of them dispatches', async () => {
    const bench = await new QueueBench().add((device, { log }) => {
      for (const type of ['read', 'write'] as const) {
        const queue = device.createIoQueue({
          dispatchType: 'sequential',
          EvtIoDefault: (_queue, request) => void log.push(`${type} ${request.deviceOffset}`),
          EvtIoStop: (_queue, request) => request.stopAcknowledge(false),
          EvtIoResume: (_queue, request) => {
            log.push(`resume ${type}`)
            request.complete(nt.STATUS_SUCCESS)
          },
        })
        device.configureRequestDispatching(queue, type)
      }
    })
    bench.requester.write(10, 16, 10)
    bench.send(1)
    goDown(bench.device)
    bench.requester.write(20, 16, 20)
    bench.send(2)
    comeUp(bench)
    expect(bench.log.slice(0, 2)).toEqual(expect.arrayContaining(['read 1', 'write 10']))
    expect(bench.log.slice(2, 4)).toEqual(['resume read', 'resume write'])
    expect(bench.log.slice(4)).toEqual(expect.arrayContaining(['read 2', 'write 20']))
  })
})

describe('cancelling meanwhile', () => {
  it('3.8 cancel callbacks are deferred during the notification pass, so nothing completes twice', async () => {
    const bench = await new QueueBench().add((device, { hold, log }) => {
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead: hold,
        EvtIoStop: (queue, request) => {
          log.push(`stop ${request.deviceOffset}`)
          queue.stopAndPurge()
          log.push(`unmark ${request.unmarkCancelable() === nt.STATUS_CANCELLED}`)
        },
      })
    })
    bench.send(1, 2)
    for (const request of bench.held) {
      request.markCancelable((same: typeof request) => {
        bench.log.push(`cancel ${same.deviceOffset}`)
        same.complete(nt.STATUS_CANCELLED)
      })
    }
    const power = goDown(bench.device)
    bench.engine.settle()
    await eventLoopTurn()
    expect(bench.log).toEqual(['stop 1', 'unmark true', 'cancel 1', 'cancel 2'])
    expect(bench.ended()).toHaveLength(2)
    expect([bench.isBalanced, power.isQuiet]).toEqual([true, true])
  })

  it('3.8 a request kept by its driver can be cancelled while power is down', async () => {
    const bench = await powered({
      EvtIoStop: (_queue, request) => request.stopAcknowledge(false),
    })
    const handle = bench.sendOne(1)
    bench.held[0]?.markCancelable((request: { complete(status: number): void }) =>
      request.complete(nt.STATUS_CANCELLED),
    )
    goDown(bench.device)
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('3.8 a request requeued by EvtIoStop can be cancelled while power is down', async () => {
    const bench = await powered({
      EvtIoStop: (_queue, request) => request.stopAcknowledge(true),
    })
    const handle = bench.sendOne(1)
    goDown(bench.device)
    bench.cancel(handle)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })
})

describe('queues that are not power-managed', () => {
  it('3.8 keep running while the device leaves D0', async () => {
    const stops: number[] = []
    const bench = await powered({
      powerManaged: false,
      EvtIoStop: (_queue, request) => void stops.push(request.deviceOffset),
    })
    bench.send(1)
    const power = goDown(bench.device)
    bench.send(2)
    await eventLoopTurn()
    expect(bench.heldNumbers()).toEqual([1, 2])
    expect([stops, power.isQuiet]).toEqual([[], true])
  })

  it('3.8 get EvtIoStop with Purge when the device is removed', async () => {
    const stops: number[] = []
    const bench = await powered({
      powerManaged: false,
      EvtIoStop: (_queue, request, flags) => {
        stops.push(flags)
        request.complete(nt.STATUS_CANCELLED)
      },
    })
    bench.send(1)
    await bench.engine.framework().stopDevice(0)
    expect(stops).toEqual([PURGE])
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })
})

describe('removal', () => {
  it('3.8 EvtIoStop gets Purge, with RequestCancelable where it applies', async () => {
    const stops: number[] = []
    const bench = await powered({
      EvtIoStop: (_queue, request, flags) => {
        stops.push(flags)
        request.complete(nt.STATUS_CANCELLED)
      },
    })
    bench.send(1)
    await bench.engine.framework().stopDevice(0)
    expect(stops).toEqual([PURGE])
    expect(bench.isBalanced || bench.ended().length === 1).toBe(true)
  })

  it('3.8 a requeue by EvtIoStop at removal cancels the request', async () => {
    const bench = await powered({
      EvtIoStop: (_queue, request) => request.stopAcknowledge(true),
    })
    bench.send(1)
    await bench.engine.framework().stopDevice(0)
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('3.8 what waits is cancelled, what is armed gets its cancel callback', async () => {
    const bench = await powered({ dispatchType: 'sequential' })
    bench.send(1, 2)
    bench.held[0]?.markCancelable((request: { complete(status: number): void }) =>
      request.complete(nt.STATUS_CANCELLED),
    )
    await bench.engine.framework().stopDevice(0)
    expect(bench.ended()).toEqual(
      expect.arrayContaining([
        [1, nt.STATUS_CANCELLED],
        [2, nt.STATUS_CANCELLED],
      ]),
    )
  })
})

describe('retrieving', () => {
  it('3.8 a manual queue hands out nothing while power is off: STATUS_WDF_PAUSED', async () => {
    const bench = await new QueueBench().add(
      (device) => void device.createIoQueue({ dispatchType: 'manual', defaultQueue: true }),
    )
    goDown(bench.device)
    bench.send(1)
    const failure = failureOf('STATUS_WDF_PAUSED')
    expect(() => bench.queue().retrieveNextRequest()).toThrow(failure)
    comeUp(bench)
    expect(retrieve(bench.queue()).deviceOffset).toBe(1)
  })
})
