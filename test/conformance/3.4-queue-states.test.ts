/** 3.4: what a queue in each state does with requests, its flags, and when its callbacks come. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import { statusName } from '../../src/abi/ntstatus-name.js'
import type { WdfStatusError } from '../../src/framework/errors.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import {
  WdfRequestStopActionSuspend,
  type IoQueueConfig,
} from '../../src/framework/io-queue-config.js'
import {
  WdfIoQueueAcceptRequests as ACCEPT,
  WdfIoQueueDispatchRequests as DISPATCH,
  WdfIoQueueDriverNoRequests as DRIVER_NONE,
  WdfIoQueueNoRequests as NONE,
  WdfIoQueuePnpHeld as HELD,
} from '../../src/framework/io-queue-state.js'
import type { Request } from '../../src/framework/request.js'
import { statuses } from '../harness/requester.js'
import { numbersOf, type SingleQueue, singleQueue } from './single-queue.js'
import { named } from './named.js'

type Operation = 'start' | 'stop' | 'stopAndPurge' | 'drain' | 'purge'
const IDLE = NONE | DRIVER_NONE

interface Row {
  readonly state: string
  /** What brings a started queue into it. */
  readonly enter: (queue: IoQueue) => void
  readonly newIrp: 'delivered' | 'held' | 'STATUS_INVALID_DEVICE_STATE'
  readonly queued: 'delivered' | 'held' | 'STATUS_CANCELLED'
  readonly armed: 'continues' | 'cancelled'
  readonly retrieve: 'ok' | 'STATUS_WDF_PAUSED' | 'none'
  readonly cancelsLater: boolean
}

const ROWS: Row[] = [
  {
    state: 'started',
    enter: (queue) => queue.start(),
    newIrp: 'delivered',
    queued: 'delivered',
    armed: 'continues',
    retrieve: 'ok',
    cancelsLater: false,
  },
  {
    state: 'stopped',
    enter: (queue) => queue.stop(),
    newIrp: 'held',
    queued: 'held',
    armed: 'continues',
    retrieve: 'STATUS_WDF_PAUSED',
    cancelsLater: false,
  },
  {
    state: 'stop-and-purge',
    enter: (queue) => queue.stopAndPurge(),
    newIrp: 'held',
    queued: 'STATUS_CANCELLED',
    armed: 'cancelled',
    retrieve: 'STATUS_WDF_PAUSED',
    cancelsLater: true,
  },
  {
    state: 'draining',
    enter: (queue) => queue.drain(),
    newIrp: 'STATUS_INVALID_DEVICE_STATE',
    queued: 'delivered',
    armed: 'continues',
    retrieve: 'ok',
    cancelsLater: false,
  },
  {
    state: 'purging',
    enter: (queue) => queue.purge(),
    newIrp: 'STATUS_INVALID_DEVICE_STATE',
    queued: 'STATUS_CANCELLED',
    armed: 'cancelled',
    retrieve: 'none',
    cancelsLater: true,
  },
  {
    state: 'purging, stopped before',
    enter(queue) {
      queue.stop()
      queue.purge()
    },
    newIrp: 'STATUS_INVALID_DEVICE_STATE',
    queued: 'STATUS_CANCELLED',
    armed: 'cancelled',
    retrieve: 'STATUS_WDF_PAUSED',
    cancelsLater: true,
  },
  {
    state: 'power-held',
    enter(queue) {
      queue.power.hold()
      void queue.power.notify(WdfRequestStopActionSuspend)
    },
    newIrp: 'held',
    queued: 'held',
    armed: 'continues',
    retrieve: 'STATUS_WDF_PAUSED',
    cancelsLater: false,
  },
]

/** What a retrieve gives, or the status that it throws. */
function retrieveFrom(queue: IoQueue): unknown {
  try {
    return queue.retrieveNextRequest() === null ? 'none' : 'ok'
  } catch (error) {
    return (error as WdfStatusError).code
  }
}

describe.each(named(ROWS, '$state'))('%s', (_name, row) => {
  it(`3.4 ${row.state}: a new IRP is ${row.newIrp}`, async () => {
    const { requester, engine, queue, held } = await singleQueue()
    row.enter(queue)
    engine.settle()
    const answers = requester.reads(1)
    const place = held.length > 0 ? 'delivered' : 'held'
    const [answer] = answers
    expect(answer === undefined ? place : statusName(answer.status)).toBe(row.newIrp)
    expect(answer?.information ?? 0).toBe(0)
    expect(queue.getState().queueRequests).toBe(row.newIrp === 'held' ? 1 : 0)
  })

  it(`3.4 ${row.state}: what is queued already is ${row.queued}`, async () => {
    const { requester, engine, queue, held } = await singleQueue({ dispatchType: 'sequential' })
    requester.reads(1, 2, 3)
    row.enter(queue)
    held.shift()?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    const answers = engine.reap().filter(({ context }) => context > 1)
    const isCancelled =
      answers.length === 2 && answers.every(({ status }) => status === nt.STATUS_CANCELLED)
    const place = held.length > 0 ? 'delivered' : 'held'
    expect(isCancelled ? 'STATUS_CANCELLED' : place).toBe(row.queued)
  })

  it(`3.4 ${row.state}: what the driver owns and did not arm goes on`, async () => {
    const { requester, engine, queue, held } = await singleQueue()
    requester.reads(1)
    row.enter(queue)
    expect(engine.run()).toEqual([])
    held[0]?.completeWithInformation(nt.STATUS_SUCCESS, 4)
    expect(engine.run()).toMatchObject([{ context: 1, status: nt.STATUS_SUCCESS, information: 4 }])
  })

  it(`3.4 ${row.state}: an armed request is ${row.armed}`, async () => {
    const { requester, engine, queue, held } = await singleQueue()
    requester.reads(1)
    let calls = 0
    held[0]?.markCancelable((request: Request) => {
      calls++
      request.complete(nt.STATUS_CANCELLED)
    })
    row.enter(queue)
    const ends = row.armed === 'cancelled' ? [[1, nt.STATUS_CANCELLED]] : []
    expect(statuses(engine.run())).toEqual(ends)
    expect(calls).toBe(ends.length)
  })

  it(`3.4 ${row.state}: arming afterwards ${row.cancelsLater ? 'cancels' : 'arms'}`, async () => {
    const { requester, engine, queue, held } = await singleQueue()
    requester.reads(1, 2)
    row.enter(queue)
    engine.settle()
    const expected = row.cancelsLater ? nt.STATUS_CANCELLED : nt.STATUS_SUCCESS
    expect(held[0]?.markCancelableEx(() => {})).toBe(expected)
    let calls = 0
    held[1]?.markCancelable(() => void calls++)
    engine.settle()
    expect(calls).toBe(row.cancelsLater ? 1 : 0)
  })

  it(`3.4 ${row.state}: requeueing afterwards ${row.cancelsLater ? 'cancels' : 'waits'}`, async () => {
    const { requester, engine, queue } = await singleQueue({ dispatchType: 'manual' })
    requester.reads(1)
    const request = queue.retrieveNextRequest()
    row.enter(queue)
    engine.settle()
    expect(request?.requeue()).toBe(nt.STATUS_SUCCESS)
    const ends = row.cancelsLater ? [[1, nt.STATUS_CANCELLED]] : []
    expect(statuses(engine.run())).toEqual(ends)
    expect(queue.getState().queueRequests).toBe(1 - ends.length)
  })

  it(`3.4 ${row.state}: retrieve says ${row.retrieve}`, async () => {
    const { requester, engine, queue } = await singleQueue({ dispatchType: 'manual' })
    requester.reads(1)
    row.enter(queue)
    engine.settle()
    expect(retrieveFrom(queue)).toBe(row.retrieve)
  })

  it(`3.4 ${row.state}: forwarding into it ${row.newIrp.startsWith('STATUS') ? 'says STATUS_WDF_BUSY' : 'succeeds'}`, async () => {
    const { requester, engine, device, queue, held } = await singleQueue()
    const source = device.createIoQueue({ dispatchType: 'manual' })
    device.configureRequestDispatching(source, 'write')
    row.enter(queue)
    engine.settle()
    requester.write(1)
    engine.run()
    const request = source.retrieveNextRequest()
    const isRefused = row.newIrp === 'STATUS_INVALID_DEVICE_STATE'
    expect(request?.forwardToIoQueue(queue)).toBe(
      isRefused ? nt.STATUS_WDF_BUSY : nt.STATUS_SUCCESS,
    )
    engine.settle()
    expect(request?.isOwned).toBe(isRefused || held.length === 1)
    // The forwarder still owns what was refused.
    if (isRefused) request?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual(isRefused ? [[1, nt.STATUS_SUCCESS]] : [])
  })
})

it('3.4 stop-and-purge: what arrives afterwards is delivered by start', async () => {
  const { requester, engine, queue, held } = await singleQueue()
  queue.stopAndPurge()
  requester.reads(1)
  queue.start()
  engine.settle()
  expect(held).toHaveLength(1)
})

it('3.4 power-held: EvtIoStop is called for what the driver owns', async () => {
  const stopped: [number, number][] = []
  const { requester, queue, held } = await singleQueue({
    EvtIoStop: (_queue, request, flags) => void stopped.push([request.deviceOffset, flags]),
  })
  requester.reads(1)
  queue.power.hold()
  const done = queue.power.notify(WdfRequestStopActionSuspend)
  expect(stopped).toEqual([[0, WdfRequestStopActionSuspend]])
  held[0]?.complete(nt.STATUS_SUCCESS)
  requester.engine.settle()
  await done
})

it('3.4 power-held: a new IRP wakes the worker, and waits until the device is back', async () => {
  const { requester, engine, queue, held } = await singleQueue()
  queue.power.hold()
  engine.settle()
  requester.reads(1)
  expect(held).toEqual([])
  queue.power.resume()
  engine.settle()
  expect(held).toHaveLength(1)
})

// Flags

const FLAGS: { after: string; operations: Operation[]; flags: number }[] = [
  { after: 'creation', operations: [], flags: ACCEPT | DISPATCH },
  { after: 'stop', operations: ['stop'], flags: ACCEPT },
  { after: 'stop-and-purge', operations: ['stopAndPurge'], flags: ACCEPT },
  { after: 'drain', operations: ['drain'], flags: DISPATCH },
  { after: 'purge', operations: ['purge'], flags: DISPATCH },
  { after: 'stop and purge: dispatching stays off', operations: ['stop', 'purge'], flags: 0 },
  { after: 'stop and drain: dispatching goes on', operations: ['stop', 'drain'], flags: DISPATCH },
  { after: 'drain and stop: it accepts again', operations: ['drain', 'stop'], flags: ACCEPT },
  { after: 'purge and stop: it accepts again', operations: ['purge', 'stop'], flags: ACCEPT },
  { after: 'purge and start', operations: ['purge', 'start'], flags: ACCEPT | DISPATCH },
  { after: 'stop and start', operations: ['stop', 'start'], flags: ACCEPT | DISPATCH },
  { after: 'drain and start', operations: ['drain', 'start'], flags: ACCEPT | DISPATCH },
]

it.each(named(FLAGS, '3.4 flags after $after'))('%s', async (_name, { operations, flags }) => {
  const { engine, queue } = await singleQueue()
  for (const operation of operations) queue[operation]()
  engine.settle()
  expect(queue.getState().flags).toBe(flags | IDLE)
})

it('3.4 flags: NoRequests and DriverNoRequests say what waits and what is owned', async () => {
  const { requester, queue, held } = await singleQueue({ dispatchType: 'sequential' })
  requester.reads(1, 2)
  expect(queue.getState()).toEqual({
    flags: ACCEPT | DISPATCH,
    queueRequests: 1,
    driverRequests: 1,
  })
  held[0]?.complete(nt.STATUS_SUCCESS)
  expect(queue.getState().flags).toBe(ACCEPT | DISPATCH | DRIVER_NONE)
})

it('3.4 flags: PnpHeld while a power-managed queue’s device is not in D0', async () => {
  const { queue } = await singleQueue()
  queue.power.hold()
  expect(queue.getState().flags).toBe(ACCEPT | DISPATCH | IDLE | HELD)
  queue.power.resume()
  expect(queue.getState().flags).toBe(ACCEPT | DISPATCH | IDLE)
})

it('3.4 flags: the power state does not touch a queue that is not power-managed', async () => {
  const { queue } = await singleQueue({ powerManaged: false })
  queue.power.hold()
  expect(queue.getState().flags).toBe(ACCEPT | DISPATCH | IDLE)
})

it('3.4 shutdown: the queue of a removed device cannot accept again', async () => {
  const { engine, queue } = await singleQueue()
  await engine.framework().stopDevice(0)
  queue.start()
  expect(queue.getState().flags & ACCEPT).toBe(0)
})

const PREDICATES: { name: string; operation: Operation; flags: number }[] = [
  { name: 'STOPPED', operation: 'stop', flags: ACCEPT | DRIVER_NONE },
  { name: 'DRAINED', operation: 'drain', flags: DISPATCH | NONE | DRIVER_NONE },
  { name: 'PURGED', operation: 'purge', flags: DISPATCH | NONE | DRIVER_NONE },
]

it.each(named(PREDICATES, '3.4 the callback of $operation sees the queue $name'))(
  '%s',
  async (_name, { operation, flags }) => {
    const { requester, engine, queue, held } = await singleQueue({ dispatchType: 'sequential' })
    requester.reads(1, 2)
    const seen: number[] = []
    const which = operation as Exclude<Operation, 'start'>
    queue[which]((same) => void seen.push(same.getState().flags))
    for (let i = 0; i < 2; i++) {
      held.shift()?.complete(nt.STATUS_SUCCESS)
      engine.settle()
    }
    expect(seen).toEqual([flags])
  },
)

// Callbacks

const CALLBACKS: { operation: Exclude<Operation, 'start'>; left: number }[] = [
  { operation: 'stop', left: 2 },
  { operation: 'stopAndPurge', left: 0 },
  { operation: 'drain', left: 0 },
  { operation: 'purge', left: 0 },
]

/** A sequential queue whose driver holds one request while two wait. */
async function busyQueue(config: Partial<IoQueueConfig> = {}): Promise<SingleQueue> {
  const single = await singleQueue({ dispatchType: 'sequential', ...config })
  for (const number of [1, 2, 3]) single.requester.read(number, 16, number)
  single.engine.run()
  return single
}

describe.each(named(CALLBACKS, '$operation'))('%s', (_name, { operation, left }) => {
  it(`3.4 ${operation}: its callback waits for what the driver owns`, async () => {
    const { engine, queue, held } = await busyQueue()
    const states: unknown[] = []
    queue[operation]((same) => void states.push(same.getState().queueRequests))
    engine.settle()
    expect(states).toEqual([])
    while (held.length > 0) {
      held.shift()?.complete(nt.STATUS_SUCCESS)
      engine.settle()
    }
    expect(states).toEqual([left])
  })

  it(`3.4 ${operation}: its callback comes once, and never inside the call`, async () => {
    const { engine, queue } = await singleQueue()
    let calls = 0
    queue[operation](() => void calls++)
    expect(calls).toBe(0)
    engine.settle()
    queue.start()
    engine.settle()
    expect(calls).toBe(1)
  })

  it(`3.4 ${operation}: a second outstanding callback is a WDF_QUEUE_FATAL_ERROR`, async () => {
    const { engine, queue, held } = await busyQueue()
    let calls = 0
    queue[operation](() => void calls++)
    const isStop = operation.startsWith('stop')
    for (const second of isStop
      ? (['stop', 'stopAndPurge'] as const)
      : (['drain', 'purge'] as const)) {
      expect(() => queue[second](() => void calls++)).toThrow(
        expect.objectContaining({ name: 'WdfViolation', code: 'WDF_QUEUE_FATAL_ERROR' }),
      )
    }
    // The first one is not lost.
    queue.start()
    while (held.length > 0) {
      held.shift()?.complete(nt.STATUS_SUCCESS)
      engine.settle()
    }
    expect(calls).toBe(1)
  })

  it(`3.4 ${operation}: without a callback it may be asked again and again`, async () => {
    const { engine, queue, held } = await busyQueue()
    let calls = 0
    queue[operation](() => void calls++)
    queue[operation]()
    queue[operation](null)
    while (held.length > 0) {
      held.shift()?.complete(nt.STATUS_SUCCESS)
      engine.settle()
    }
    expect(calls).toBe(1)
  })

  it(`3.4 ${operation}: another callback may be given once the first has come`, async () => {
    const { engine, queue } = await singleQueue()
    let calls = 0
    for (let i = 0; i < 3; i++) {
      queue[operation](() => void calls++)
      engine.settle()
    }
    expect(calls).toBe(3)
  })

  it(`3.4 ${operation}: a callback that throws is reported, and the queue goes on`, async () => {
    const { requester, engine, queue, held } = await singleQueue()
    queue[operation](() => {
      throw new Error('no')
    })
    engine.settle()
    expect(engine.faults).toMatchObject([{ device: 'device0', error: { message: 'no' } }])
    queue.start()
    requester.reads(1)
    expect(held).toHaveLength(1)
  })

  it(`3.4 ${operation}: the awaitable form resolves when the callback would come`, async () => {
    const { engine, queue, held } = await busyQueue()
    const form = `${operation}Synchronously` as const
    let isDone = false
    const done = queue[form]().then(() => (isDone = true))
    engine.settle()
    await new Promise((resolve) => setImmediate(resolve))
    expect(isDone).toBe(false)
    while (held.length > 0) {
      held.shift()?.complete(nt.STATUS_SUCCESS)
      engine.settle()
    }
    await done
    expect(isDone).toBe(true)
  })
})

it('3.4 a stop callback and a drain callback may be outstanding together', async () => {
  const { engine, queue, held } = await busyQueue()
  const order: string[] = []
  queue.drain(() => void order.push('drain'))
  queue.stop(() => void order.push('stop'))
  held.shift()?.complete(nt.STATUS_SUCCESS)
  engine.settle()
  expect(order).toEqual(['stop'])
  queue.start()
  for (let i = 0; i < 2; i++) {
    engine.settle()
    held.shift()?.complete(nt.STATUS_SUCCESS)
  }
  engine.settle()
  expect(order).toEqual(['stop', 'drain'])
})

it('3.4 start ends the mode in which what is armed is cancelled', async () => {
  const { requester, engine, queue, held } = await singleQueue()
  requester.reads(1)
  queue.stopAndPurge()
  engine.settle()
  queue.start()
  expect(held[0]?.markCancelableEx(() => {})).toBe(nt.STATUS_SUCCESS)
})

it('3.4 start presents in order what was held', async () => {
  const { requester, engine, queue, held } = await singleQueue()
  queue.stop()
  for (const number of [1, 2, 3]) requester.read(number, 16, number)
  engine.run()
  queue.start()
  requester.read(4, 16, 4)
  engine.run()
  expect(numbersOf(held)).toEqual([1, 2, 3, 4])
})

it('3.4 purge: what it cancels has ended before its callback comes', async () => {
  const { engine, queue, held } = await busyQueue()
  const order: unknown[] = []
  queue.purge(() => {
    order.push(engine.framework().outstanding)
  })
  held.shift()?.complete(nt.STATUS_SUCCESS)
  engine.settle()
  expect(order).toEqual([0])
})

it('3.4 purge asked by a stop callback: its callback waits for what it cancels', async () => {
  const { engine, queue, held } = await busyQueue()
  const order: string[] = []
  queue.stop(() => {
    queue.purge(() => void order.push(`purged, ${engine.framework().outstanding} left`))
  })
  held.shift()?.complete(nt.STATUS_SUCCESS)
  engine.settle()
  expect(order).toEqual(['purged, 0 left'])
})

it('3.4 purge: what a driver had before goes to EvtIoCanceledOnQueue', async () => {
  const got: number[] = []
  const { requester, engine, queue } = await singleQueue({
    dispatchType: 'manual',
    EvtIoCanceledOnQueue(_queue, request) {
      got.push(request.deviceOffset)
      request.complete(nt.STATUS_CANCELLED)
    },
  })
  for (const number of [1, 2]) requester.read(number, 16, number)
  engine.run()
  queue.retrieveNextRequest()?.requeue()
  let isPurged = false
  queue.purge(() => (isPurged = true))
  expect(statuses(engine.run())).toEqual([
    [2, nt.STATUS_CANCELLED],
    [1, nt.STATUS_CANCELLED],
  ])
  expect([got, isPurged]).toEqual([[1], true])
})
