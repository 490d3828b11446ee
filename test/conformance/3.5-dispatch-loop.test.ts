/** 3.5: the invariants I1 to I8 of the dispatch loop, one by one, and what it does first when much is due. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { Request } from '../../src/framework/request.js'
import { eventLoopTurn } from '../harness/event-loop-turn.js'
import { deviceDriver, queueDriver } from '../harness/inline-driver.js'
import { contexts, Requester, statuses } from '../harness/requester.js'
import { SteppedEngine } from '../harness/stepped-engine.js'
import { numbersOf, singleQueue } from './single-queue.js'
import { stackOf } from './stack.js'
import { named } from './named.js'

const succeed = (request: Request | undefined): void => request?.complete(nt.STATUS_SUCCESS)

// I1

it('3.5 I1: requests are presented in the order in which they came', async () => {
  const { requester, engine, held } = await singleQueue()
  for (const number of [1, 2, 3, 4]) requester.read(number, 16, number)
  engine.run()
  expect(numbersOf(held)).toEqual([1, 2, 3, 4])
})

it('3.5 I1: a request that comes while others wait is put behind them, even if there is room', async () => {
  const { requester, engine, queue, held } = await singleQueue({ numberOfPresentedRequests: 1 })
  for (const number of [1, 2, 3]) requester.read(number, 16, number)
  engine.run()
  succeed(held[0])
  requester.read(4, 16, 4)
  engine.channel.submit()
  // One turn: the newcomer is taken from the ring while the queue has room and 2 waits.
  engine.step()
  expect(numbersOf(held)).toEqual([1, 2])
  expect(queue.getState().queueRequests).toBe(2)
})

it('3.5 I1: a request that comes while something else is due is put behind it', async () => {
  const { requester, engine, queue } = await singleQueue()
  const order: string[] = []
  queue.stop(() => void order.push('stopped'))
  queue.start()
  requester.read(1)
  engine.channel.submit()
  engine.settle()
  order.push(`${queue.getState().driverRequests} owned`)
  expect(order).toEqual(['stopped', '1 owned'])
})

it('3.5 I1: types do not overtake each other in one queue', async () => {
  const { requester, engine, held } = await singleQueue({ dispatchType: 'sequential' })
  requester.read(1)
  requester.write(2)
  requester.ioctl(3)
  engine.run()
  const order: number[] = []
  while (held.length > 0) {
    order.push(held[0]?.majorFunction ?? 0)
    succeed(held.shift())
    engine.settle()
  }
  expect(order).toEqual([3, 4, 14])
})

// I2

const LEAVES: { how: string; leave: (request: Request, other: IoQueue) => void }[] = [
  { how: 'completed', leave: (request) => request.complete(nt.STATUS_SUCCESS) },
  { how: 'completed with an error', leave: (request) => request.complete(nt.STATUS_UNSUCCESSFUL) },
  { how: 'forwarded', leave: (request, other) => void request.forwardToIoQueue(other) },
  {
    how: 'sent and forgotten',
    leave(request) {
      const target = request.ioQueue?.device.ioTarget
      if (target !== undefined) request.send(target, { sendAndForget: true })
    },
  },
]

it.each(named(LEAVES, '3.5 I2: a sequential queue goes on when its request was $how'))(
  '%s',
  async (_name, { leave }) => {
    const held: Request[] = []
    let other: IoQueue | undefined
    const top = deviceDriver((device) => {
      other = device.createIoQueue({ dispatchType: 'manual' })
      device.createIoQueue({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoDefault: (_queue, request) => void held.push(request),
      })
    })
    const bottom = queueDriver({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoDefault: (_queue, request) => succeed(request),
    })
    const { engine, requester } = await stackOf([top, bottom])
    for (const number of [1, 2]) requester.read(number, 16, number)
    engine.run()
    expect(numbersOf(held)).toEqual([1])
    leave(held[0] as Request, other as IoQueue)
    engine.settle()
    expect(numbersOf(held).at(-1)).toBe(2)
  },
)

it('3.5 I2: returning from the handler is not enough', async () => {
  const { requester, engine, held } = await singleQueue({ dispatchType: 'sequential' })
  expect(requester.reads(1, 2, 3)).toEqual([])
  engine.settle()
  expect(held).toHaveLength(1)
})

it('3.5 I2: a request that is sent and comes back does not open a sequential queue meanwhile', async () => {
  const below: Request[] = []
  const presented: number[] = []
  const top = queueDriver({
    dispatchType: 'sequential',
    defaultQueue: true,
    EvtIoDefault(queue, request) {
      presented.push(request.deviceOffset)
      request.formatRequestUsingCurrentType()
      request.setCompletionRoutine((same) => same.complete(nt.STATUS_SUCCESS))
      request.send(queue.device.ioTarget)
    },
  })
  const bottom = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault: (_queue, request) => void below.push(request),
  })
  const { engine, requester } = await stackOf([top, bottom])
  for (const number of [1, 2]) requester.read(number, 16, number)
  engine.run()
  expect(presented).toEqual([1])
  succeed(below[0])
  engine.settle()
  expect(presented).toEqual([1, 2])
})

it('3.5 I2: a queue that is retrieved from goes on when all of it is back', async () => {
  const { requester, engine, queue, held } = await singleQueue({ dispatchType: 'sequential' })
  for (const number of [1, 2, 3]) requester.read(number, 16, number)
  engine.run()
  const second = queue.retrieveNextRequest()
  succeed(held[0])
  engine.settle()
  expect(numbersOf(held)).toEqual([1])
  succeed(second ?? undefined)
  engine.settle()
  expect(numbersOf(held)).toEqual([1, 3])
})

// I3

it.each([1, 2, 3, 5])(
  '3.5 I3: a parallel queue of limit %i never has more presented',
  async (limit) => {
    const { requester, engine, queue, held } = await singleQueue({
      numberOfPresentedRequests: limit,
    })
    requester.reads(1, 2, 3, 4, 5, 6, 7, 8)
    const ends: number[] = []
    while (held.length > 0) {
      expect(held).toHaveLength(Math.min(limit, 8 - ends.length))
      expect(queue.getState().driverRequests).toBe(held.length)
      succeed(held.shift())
      engine.settle()
      ends.push(...contexts(engine.reap()))
    }
    expect(ends).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  },
)

// I4

it.each(['sequential', 'parallel'] as const)(
  '3.5 I4: completing inside a handler of a %s queue does not nest the next one',
  async (dispatchType) => {
    let depth = 0
    let deepest = 0
    const { requester, engine } = await singleQueue({
      dispatchType,
      EvtIoDefault(_queue, request) {
        depth++
        deepest = Math.max(deepest, depth)
        request.complete(nt.STATUS_SUCCESS)
        depth--
      },
    })
    for (let round = 0; round < 100; round++) requester.reads(1, 2, 3, 4, 5, 6, 7, 8)
    expect([deepest, engine.channel.ledger().success]).toEqual([1, 800])
  },
)

it('3.5 I4: a routine that sends again does not grow the stack', async () => {
  let sends = 0
  let stack = 0
  let deepest = 0
  const top = queueDriver({
    dispatchType: 'sequential',
    defaultQueue: true,
    EvtIoDefault(queue, request) {
      const again = (): void => {
        stack++
        deepest = Math.max(deepest, stack)
        if (sends++ < 20_000) {
          request.formatRequestUsingCurrentType()
          request.setCompletionRoutine(again)
          request.send(queue.device.ioTarget)
        } else {
          request.complete(nt.STATUS_SUCCESS)
        }
        stack--
      }
      again()
    },
  })
  const bottom = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault: (_queue, request) => succeed(request),
  })
  const { engine, requester } = await stackOf([top, bottom])
  requester.read(1)
  engine.channel.submit()
  while (engine.step() > 0) continue
  expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_SUCCESS]])
  expect(deepest).toBeLessThanOrEqual(2)
})

it('3.5 I4: forwarding round two queues does not grow the stack', async () => {
  let moves = 0
  let depth = 0
  let deepest = 0
  const queues: IoQueue[] = []
  const engine = new SteppedEngine()
  await engine.addDevice(
    deviceDriver((device) => {
      for (const defaultQueue of [true, false]) {
        const queue = device.createIoQueue({
          dispatchType: 'sequential',
          defaultQueue,
          EvtIoDefault(same, request) {
            deepest = Math.max(deepest, ++depth)
            const other = queues.find((candidate) => candidate !== same)
            if (moves++ < 1000 && other !== undefined) request.forwardToIoQueue(other)
            else succeed(request)
            depth--
          },
        })
        queues.push(queue)
      }
    }),
  )
  const requester = new Requester(engine)
  expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
  expect([moves, deepest]).toEqual([1001, 1])
})

// I5

it('3.5 I5: a request is delivered once for each time it is put into a queue', async () => {
  const deliveries = new Map<number, number>()
  const engine = new SteppedEngine()
  await engine.addDevice(
    deviceDriver((device) => {
      const second = device.createIoQueue({
        dispatchType: 'parallel',
        EvtIoDefault(_queue, request) {
          deliveries.set(request.deviceOffset, (deliveries.get(request.deviceOffset) ?? 0) + 1)
          succeed(request)
        },
      })
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoDefault(_queue, request) {
          deliveries.set(request.deviceOffset, (deliveries.get(request.deviceOffset) ?? 0) + 1)
          request.forwardToIoQueue(second)
        },
      })
    }),
  )
  const requester = new Requester(engine)
  for (const number of [1, 2, 3]) requester.read(number, 16, number)
  expect(contexts(engine.run())).toEqual([1, 2, 3])
  expect([...deliveries]).toEqual([
    [1, 2],
    [2, 2],
    [3, 2],
  ])
})

it('3.5 I5: a request that was cancelled in its queue is not delivered', async () => {
  const { requester, engine, held } = await singleQueue({ dispatchType: 'sequential' })
  requester.read(1)
  const handle = requester.read(2)
  engine.run()
  engine.channel.cancel(handle)
  succeed(held[0])
  engine.settle()
  expect(held).toHaveLength(1)
  expect(engine.channel.ledger().duplicates).toBe(0)
})

it('3.5 I5: a handler that forwards and rejects later leaves the request to its new owner', async () => {
  const held: Request[] = []
  const engine = new SteppedEngine()
  await engine.addDevice(
    deviceDriver((device) => {
      const second = device.createIoQueue({
        dispatchType: 'parallel',
        EvtIoDefault: (_queue, request) => void held.push(request),
      })
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        async EvtIoDefault(_queue, request) {
          request.forwardToIoQueue(second)
          await Promise.resolve()
          throw new Error('too late')
        },
      })
    }),
  )
  new Requester(engine).reads(1)
  await eventLoopTurn()
  expect(engine.run()).toEqual([])
  succeed(held[0])
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  expect(engine.faults).toMatchObject([{ error: { message: 'too late' } }])
})

it('3.5 I5: a handler that completes and rejects later does not fail what is sent to it next', async () => {
  const below: Request[] = []
  let sends = 0
  const top = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault(queue, request) {
      const again = (): void => {
        if (sends++ === 2) return succeed(request)
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine(again)
        request.send(queue.device.ioTarget)
      }
      again()
    },
  })
  const bottom = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    async EvtIoDefault(_queue, request) {
      if (sends > 1) {
        below.push(request)
        return
      }
      succeed(request)
      await Promise.resolve()
      throw new Error('too late')
    },
  })
  const { engine, requester } = await stackOf([top, bottom])
  requester.reads(1)
  await eventLoopTurn()
  expect([below.length, engine.run()]).toEqual([1, []])
  succeed(below[0])
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
})

// I6

it('3.5 I6: callbacks come after the last owned request has left, and not inside its handler', async () => {
  const order: string[] = []
  const { requester, engine, queue } = await singleQueue({
    EvtIoDefault(same, request) {
      same.stop(() => void order.push('stopped'))
      same.drain(() => void order.push('drained'))
      succeed(request)
      order.push('handler returns')
    },
  })
  requester.read(1)
  engine.channel.submit()
  engine.settle()
  expect(order).toEqual(['handler returns', 'stopped', 'drained'])
  queue.start()
  engine.settle()
  expect(order).toHaveLength(3)
})

it('3.5 I6: a queue whose driver hands its requests on one by one is drained once', async () => {
  const { requester, engine, device, queue, held } = await singleQueue({
    dispatchType: 'sequential',
  })
  const parked = device.createIoQueue({ dispatchType: 'manual' })
  requester.reads(1, 2, 3)
  let calls = 0
  queue.drain(() => void calls++)
  for (let i = 0; i < 3; i++) {
    expect(calls).toBe(0)
    held.shift()?.forwardToIoQueue(parked)
    engine.settle()
  }
  expect(calls).toBe(1)
})

// I7

type Callback = 'handler' | 'EvtRequestCancel' | 'EvtIoCanceledOnQueue' | 'state callback'
const CALLBACKS: Callback[] = [
  'handler',
  'EvtRequestCancel',
  'EvtIoCanceledOnQueue',
  'state callback',
]
const OPERATIONS = ['start', 'stop', 'stopAndPurge', 'drain', 'purge', 'getState'] as const

describe.each(CALLBACKS)('inside %s', (callback) => {
  it.each(OPERATIONS)(
    `3.5 I7: no lock is held inside ${callback}: %s may be called`,
    async (operation) => {
      let calls = 0
      const call = (queue: IoQueue): void => {
        calls++
        queue[operation]()
        queue.start()
      }
      const held: Request[] = []
      const { requester, engine, queue } = await singleQueue({
        EvtIoDefault(same, request) {
          held.push(request)
          if (callback === 'handler') call(same)
        },
        EvtIoCanceledOnQueue(same, request) {
          call(same)
          request.complete(nt.STATUS_CANCELLED)
        },
      })
      const handle = requester.read(1)
      engine.run()
      const [request] = held
      switch (callback) {
        case 'EvtRequestCancel':
          request?.markCancelable((same: Request) => {
            call(queue)
            same.complete(nt.STATUS_CANCELLED)
          })
          engine.channel.cancel(handle)
          break
        case 'EvtIoCanceledOnQueue': {
          const parked = queue.device.createIoQueue({ dispatchType: 'manual' })
          queue.stop()
          request?.forwardToIoQueue(parked)
          parked.retrieveNextRequest()?.forwardToIoQueue(queue)
          engine.channel.cancel(handle)
          break
        }
        case 'state callback':
          queue.stop(call)
          succeed(request)
          break
        default:
          succeed(request)
      }
      expect(contexts(engine.run())).toEqual([1])
      expect([calls, engine.faults]).toEqual([1, []])
      requester.reads(2)
      expect(queue.getState().driverRequests).toBe(1)
    },
  )
})

// I8

it('3.5 I8: what a handler makes possible is done before the worker rests', async () => {
  const { requester, engine, device, held } = await singleQueue({ dispatchType: 'sequential' })
  const late: Request[] = []
  const second = device.createIoQueue({
    dispatchType: 'sequential',
    EvtIoDefault(_queue, request) {
      late.push(request)
      for (const other of held.splice(0)) succeed(other)
    },
  })
  for (const number of [1, 2, 3]) requester.read(number, 16, number)
  engine.run()
  held.shift()?.forwardToIoQueue(second)
  engine.settle()
  // 1 was forwarded; 2 and then 3 took its place, unless 1's handler found them first.
  expect(numbersOf(late)).toEqual([1])
  expect(numbersOf(held).concat(contexts(engine.reap()))).toEqual([3, 2])
})

it('3.5 I8: a completion outside a turn opens the queue and wakes the worker', async () => {
  const { requester, engine, held } = await singleQueue({ dispatchType: 'sequential' })
  requester.reads(1, 2)
  const { wakes } = engine
  succeed(held[0])
  expect(engine.wakes).toBeGreaterThan(wakes)
  expect(engine.framework().turn.hasWork()).toBe(true)
  engine.settle()
  expect(held).toHaveLength(2)
})

// Precedence

it('3.5 precedence: EvtRequestCancel, EvtIoCanceledOnQueue, stop, drain, then new requests', async () => {
  const order: string[] = []
  const { requester, engine, device, queue, held } = await singleQueue({
    EvtIoDefault(_queue, request) {
      held.push(request)
      order.push(`handler ${request.deviceOffset}`)
    },
    EvtIoCanceledOnQueue(_queue, request) {
      order.push('EvtIoCanceledOnQueue')
      request.complete(nt.STATUS_CANCELLED)
    },
  })
  const parked = device.createIoQueue({ dispatchType: 'manual' })
  for (const number of [1, 2]) requester.read(number, 16, number)
  engine.run()
  const [armed, moved] = held
  armed?.markCancelable((request: Request) => {
    order.push('EvtRequestCancel')
    request.complete(nt.STATUS_CANCELLED)
  })
  queue.stop()
  moved?.forwardToIoQueue(parked)
  parked.retrieveNextRequest()?.forwardToIoQueue(queue)
  order.length = 0
  queue.drain(() => void order.push('drained'))
  queue.stopAndPurge(() => void order.push('stopped'))
  queue.start()
  requester.read(3, 16, 3)
  engine.channel.submit()
  engine.settle()
  expect(order).toEqual(['EvtRequestCancel', 'EvtIoCanceledOnQueue', 'stopped', 'handler 3'])
  succeed(held.at(-1))
  engine.settle()
  expect(order.at(-1)).toBe('drained')
})

it('3.5 precedence: stop before drain when both are due', async () => {
  const order: string[] = []
  const { engine, queue } = await singleQueue()
  queue.drain(() => void order.push('drain'))
  queue.stop(() => void order.push('stop'))
  engine.settle()
  expect(order).toEqual(['stop', 'drain'])
})

it('3.5 precedence: EvtIoCanceledOnQueue comes although the one place of a sequential queue is taken', async () => {
  const got: number[] = []
  const { requester, engine, device, queue, held } = await singleQueue({
    dispatchType: 'sequential',
    EvtIoCanceledOnQueue(_queue, request) {
      got.push(request.deviceOffset)
      request.complete(nt.STATUS_CANCELLED)
    },
  })
  const parked = device.createIoQueue({ dispatchType: 'manual' })
  device.configureRequestDispatching(parked, 'write')
  const handle = requester.write(1, 16, 1)
  requester.read(2, 16, 2)
  engine.run()
  parked.retrieveNextRequest()?.forwardToIoQueue(queue)
  expect(numbersOf(held)).toEqual([2])
  engine.channel.cancel(handle)
  engine.run()
  expect(got).toEqual([1])
  expect(queue.getState().driverRequests).toBe(1)
})

it('3.5 precedence: cancel callbacks wait while a power change tells the driver about its requests', async () => {
  const order: string[] = []
  const { requester, engine, queue, held } = await singleQueue({
    EvtIoStop(same, request) {
      order.push(`EvtIoStop ${request.deviceOffset}`)
      if (request.deviceOffset === 1) same.purge()
    },
  })
  for (const number of [1, 2]) requester.read(number, 16, number)
  engine.run()
  held[1]?.markCancelable((request: Request) => {
    order.push('EvtRequestCancel 2')
    request.complete(nt.STATUS_CANCELLED)
  })
  queue.power.hold()
  const done = queue.power.notify(1)
  expect(order).toEqual(['EvtIoStop 1'])
  engine.settle()
  expect(order).toEqual(['EvtIoStop 1', 'EvtRequestCancel 2'])
  succeed(held[0])
  engine.settle()
  await done
})

it('3.5 precedence: a queue that is stopped leaves what waits alone', async () => {
  const { requester, engine, queue, held } = await singleQueue({ dispatchType: 'sequential' })
  requester.reads(1, 2)
  queue.stop()
  succeed(held[0])
  engine.settle()
  expect([held.length, queue.getState().queueRequests]).toEqual([1, 1])
})
