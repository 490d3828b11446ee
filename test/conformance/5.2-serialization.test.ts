/** 5.2: which callbacks never overlap, which may, and that no driver is entered again from inside itself. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { CallbackParent } from '../../src/framework/callback-parent.js'
import type { Device } from '../../src/framework/device.js'
import { Dpc } from '../../src/framework/dpc.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'
import type { Request } from '../../src/framework/request.js'
import { Timer } from '../../src/framework/timer.js'
import { WorkItem } from '../../src/framework/work-item.js'
import { deviceDriver, driverUrl, queueDriver } from '../harness/inline-driver.js'
import { Requester, statuses } from '../harness/requester.js'
import { SteppedEngine } from '../harness/stepped-engine.js'
import { newLevels } from '../harness/levels.js'
import { violationOf } from '../harness/violation.js'
import { named } from './named.js'
import { singleQueue } from './single-queue.js'
import { stackOf } from './stack.js'

const succeed = (request: Request | null | undefined): void => request?.complete(nt.STATUS_SUCCESS)

// Scopes decide on which worker a callback runs.

it('5.2 device scope: all callbacks of queues and files run on one worker', async () => {
  const engine = new SteppedEngine({ workers: 3 })
  const ran = new Set<string>()
  const note = (device: Device, what: string): void => {
    ran.add(`${what} on ${device.placement.thisWorker}`)
  }
  const held: Request[] = []
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.setFileObjectConfig({
        EvtDeviceFileCreate(device, request) {
          note(device, 'create')
          succeed(request)
        },
        EvtFileCleanup: ({ device }) => note(device, 'cleanup'),
        EvtFileClose: ({ device }) => note(device, 'close'),
      })
      const device = init.createDevice({ synchronizationScope: 'device' })
      for (const type of ['read', 'write'] as const) {
        const queue = device.createIoQueue({
          dispatchType: 'parallel',
          EvtIoDefault(same, request) {
            note(same.device, type)
            if (type === 'read') succeed(request)
            else {
              held.push(request)
              request.markCancelable((canceled: Request) => {
                note(same.device, 'cancel')
                canceled.complete(nt.STATUS_CANCELLED)
              })
            }
          },
        })
        device.configureRequestDispatching(queue, type)
      }
    },
  })
  await engine.addDevice(driver, { homeWorker: 2 })
  const file = await engine.until(engine.channel.open('device0'))
  await engine.until(file.read(new Uint8Array(4)))
  const abort = new AbortController()
  const write = file.write(new Uint8Array(4), { signal: abort.signal }).catch(() => {})
  for (let turns = 0; turns < 3; turns++) {
    engine.step()
    await new Promise((resolve) => setImmediate(resolve))
  }
  abort.abort()
  await engine.until(write)
  await engine.until(file.close())
  expect([...ran].toSorted()).toEqual(
    ['cancel', 'cleanup', 'close', 'create', 'read', 'write'].map((what) => `${what} on 2`),
  )
})

const inOrder = (workers: Set<number>): number[] => [...workers].toSorted((a, b) => a - b)

/** Workers on which the handlers of a device's read and write queues ran. */
async function workersOf(scope: 'queue' | 'none'): Promise<[reads: number[], writes: number[]]> {
  const engine = new SteppedEngine({ workers: 2, slots: 16 })
  const ran: [Set<number>, Set<number>] = [new Set(), new Set()]
  await engine.addDevice(
    deviceDriver(
      (device) => {
        for (const [i, type] of (['read', 'write'] as const).entries()) {
          const queue = device.createIoQueue({
            dispatchType: 'parallel',
            EvtIoDefault(same, request) {
              ran[i]?.add(same.device.placement.thisWorker)
              succeed(request)
            },
          })
          device.configureRequestDispatching(queue, type)
        }
      },
      { synchronizationScope: scope },
    ),
  )
  const requester = new Requester(engine)
  for (let i = 0; i < 6; i++) requester.read(i)
  for (let i = 0; i < 6; i++) requester.write(i)
  engine.run()
  return [inOrder(ran[0]), inOrder(ran[1])]
}

it('5.2 queue scope: a queue’s callbacks run on one worker, another queue’s on another', async () => {
  expect(await workersOf('queue')).toEqual([[0], [1]])
})

it('5.2 scope none: handlers of one queue run on several workers at once', async () => {
  expect(await workersOf('none')).toEqual([
    [0, 1],
    [0, 1],
  ])
})

// Nothing that a handler causes runs inside it.

interface Cause {
  readonly callback: string
  readonly config?: Partial<IoQueueConfig>
  /** Called in the handler of request 2, while the driver holds 1. */
  readonly cause: (room: Room) => void
}

interface Room {
  readonly queue: IoQueue
  readonly request: Request
  readonly first: Request
  readonly parked: IoQueue
  readonly other: IoQueue
  readonly note: (what: string) => void
}

const CAUSES: Cause[] = [
  {
    callback: 'the handler of the queue that it forwards to',
    cause: ({ request, other }) => void request.forwardToIoQueue(other),
  },
  {
    callback: 'the handler of a stopped queue that it starts',
    cause({ request, other }) {
      other.stop()
      request.forwardToIoQueue(other)
      other.start()
    },
  },
  {
    callback: 'the ready notification of a queue that it forwards to',
    cause({ request, parked, note }) {
      parked.readyNotify(() => note('called'))
      request.forwardToIoQueue(parked)
    },
  },
  {
    callback: 'EvtRequestCancel, when it purges',
    cause({ first, queue, note }) {
      first.markCancelable((same: Request) => {
        note('called')
        same.complete(nt.STATUS_CANCELLED)
      })
      queue.purge()
    },
  },
  {
    callback: 'EvtIoCanceledOnQueue, when it purges',
    cause({ request, other }) {
      other.stop()
      request.forwardToIoQueue(other)
      other.purge()
    },
  },
  {
    callback: 'a stop callback',
    cause: ({ first, request, queue, note }) => {
      queue.stop(() => note('called'))
      succeed(first)
      succeed(request)
    },
  },
  {
    callback: 'a purge callback',
    cause: ({ first, request, queue, note }) => {
      queue.purge(() => note('called'))
      succeed(first)
      succeed(request)
    },
  },
  {
    callback: 'a drain callback',
    cause: ({ first, request, queue, note }) => {
      queue.drain(() => note('called'))
      succeed(first)
      succeed(request)
    },
  },
]

describe.each(['device', 'queue', 'none', 'inherit'] as const)(
  'scope %s',
  (synchronizationScope) => {
    it.each(
      named(
        CAUSES,
        `5.2 scope ${synchronizationScope}: $callback does not run inside the handler that caused it`,
      ),
    )('%s', async (_name, { cause }) => {
      const order: string[] = []
      const note = (what: string): void => void order.push(what)
      const engine = new SteppedEngine()
      let first: Request | undefined
      await engine.addDevice(
        deviceDriver(
          (device) => {
            const parked = device.createIoQueue({ dispatchType: 'manual' })
            const other = device.createIoQueue({
              dispatchType: 'parallel',
              EvtIoDefault(_queue, request) {
                note('called')
                succeed(request)
              },
              EvtIoCanceledOnQueue(_queue, request) {
                note('called')
                request.complete(nt.STATUS_CANCELLED)
              },
            })
            device.createIoQueue({
              dispatchType: 'parallel',
              defaultQueue: true,
              EvtIoDefault(queue, request) {
                if (first === undefined) {
                  first = request
                  return
                }
                note('handler begins')
                cause({ queue, request, first, parked, other, note })
                note('handler returns')
              },
            })
          },
          { synchronizationScope },
        ),
      )
      const requester = new Requester(engine)
      requester.reads(1, 2)
      expect(order).toEqual(['handler begins', 'handler returns', 'called'])
      expect(engine.faults).toEqual([])
    })
  },
)

it('5.2 a handler that sends to its own device does not enter it again', async () => {
  const order: string[] = []
  const engine = new SteppedEngine()
  await engine.addDevice(
    deviceDriver((device) => {
      const target = device.createIoTarget()
      let isSent = false
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        async EvtIoWrite(_queue, request) {
          await target.open('device0')
          succeed(request)
        },
        EvtIoRead(_queue, request) {
          order.push(`begins ${request.length}`)
          if (!isSent) {
            isSent = true
            const own = device.createRequest()
            target.formatRequestForRead(own, new Uint8Array(3))
            own.send(target)
          }
          succeed(request)
          order.push(`returns ${request.length}`)
        },
      })
    }),
  )
  const file = await engine.until(engine.channel.open('device0'))
  await engine.until(file.write(new Uint8Array(1)))
  await engine.until(file.read(new Uint8Array(4)))
  engine.settle()
  expect(order).toEqual(['begins 4', 'returns 4', 'begins 3', 'returns 3'])
})

// What is not serialized

it('5.2 a completion routine is not serialized: it may run inside a handler of its own device', async () => {
  const order: string[] = []
  const top = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault(queue, request) {
      order.push('handler begins')
      request.formatRequestUsingCurrentType()
      request.setCompletionRoutine((same) => {
        order.push('routine')
        succeed(same)
      })
      request.send(queue.device.ioTarget)
      order.push('handler returns')
    },
  })
  const bottom = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault: (_queue, request) => succeed(request),
  })
  const { requester } = await stackOf([top, bottom])
  requester.reads(1)
  expect(order).toEqual(['handler begins', 'routine', 'handler returns'])
})

it('5.2 EvtCleanup and EvtDestroy of a request are not serialized: they run where it is completed', async () => {
  const order: string[] = []
  const engine = new SteppedEngine()
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.setRequestAttributes({
        EvtCleanup: () => void order.push('cleanup'),
        EvtDestroy: () => void order.push('destroy'),
      })
      init.createDevice({ synchronizationScope: 'device' }).createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoDefault(_queue, request) {
          order.push('handler begins')
          succeed(request)
          order.push('handler returns')
        },
      })
    },
  })
  await engine.addDevice(driver)
  new Requester(engine).reads(1)
  expect(order).toEqual(['handler begins', 'cleanup', 'destroy', 'handler returns'])
})

it('5.2 markCancelable of a cancelled request may call EvtRequestCancel before it returns', async () => {
  const order: string[] = []
  const { engine, requester, held } = await singleQueue()
  const handle = requester.read(1)
  engine.run()
  engine.channel.cancel(handle)
  engine.settle()
  held[0]?.markCancelable((request: Request) => {
    order.push('EvtRequestCancel')
    request.complete(nt.STATUS_CANCELLED)
  })
  order.push('returned')
  expect(order).toEqual(['EvtRequestCancel', 'returned'])
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
})

it('5.2 a handler that awaits lets others of its device run: only the callback itself is serialized', async () => {
  const order: string[] = []
  const { engine } = await singleQueue(
    {
      async EvtIoRead(_queue, request) {
        order.push(`begins ${request.length}`)
        await new Promise((resolve) => setImmediate(resolve))
        order.push(`goes on ${request.length}`)
        succeed(request)
      },
    },
    { synchronizationScope: 'device' },
  )
  const file = await engine.until(engine.channel.open('device0'))
  const reads = [1, 2].map((length) => file.read(new Uint8Array(length)))
  await engine.until(Promise.all(reads))
  expect(order).toEqual(['begins 1', 'begins 2', 'goes on 1', 'goes on 2'])
})

// Objects that are serialized with their parent

type Level = 'passive' | 'dispatch'

interface Serialized {
  readonly object: string
  readonly level: Level
  readonly make: (parent: CallbackParent, automaticSerialization: boolean) => unknown
}

const { levels } = newLevels()
const OBJECTS: Serialized[] = [
  {
    object: 'a DPC',
    level: 'dispatch',
    make: (parent, automaticSerialization) =>
      new Dpc(levels, { parent, automaticSerialization, EvtDpcFunc: () => {} }),
  },
  {
    object: 'a dispatch timer',
    level: 'dispatch',
    make: (parent, automaticSerialization) =>
      new Timer(levels, { parent, automaticSerialization, EvtTimerFunc: () => {} }),
  },
  {
    object: 'a passive timer',
    level: 'passive',
    make: (parent, automaticSerialization) =>
      new Timer(levels, {
        parent,
        automaticSerialization,
        executionLevel: 'passive',
        EvtTimerFunc: () => {},
      }),
  },
  {
    object: 'a work item',
    level: 'passive',
    make: (parent, automaticSerialization) =>
      new WorkItem(levels, { parent, automaticSerialization, EvtWorkItemFunc: () => {} }),
  },
]
const INCOMPATIBLE = 'STATUS_WDF_INCOMPATIBLE_EXECUTION_LEVEL'
const PARENTS = (['passive', 'dispatch'] as const).flatMap((parentLevel) =>
  OBJECTS.map((row) => {
    const isRight = row.level === parentLevel
    const answer = isRight ? 'is made' : INCOMPATIBLE
    return { ...row, parentLevel, isRight, answer }
  }),
)

/** Code of what it throws, undefined if it throws nothing. */
function codeOf(make: () => unknown): unknown {
  try {
    make()
    return undefined
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

it.each(named(PARENTS, '5.2 $object under a $parentLevel device: $answer'))(
  '%s',
  async (_name, { make, parentLevel, isRight }) => {
    const attributes = { synchronizationScope: 'device', executionLevel: parentLevel } as const
    const { device, queue } = await singleQueue({}, attributes)
    for (const parent of [device, queue]) {
      expect(codeOf(() => make(parent, true))).toBe(isRight ? undefined : INCOMPATIBLE)
      expect(() => make(parent, false)).not.toThrow()
    }
  },
)

it.each(named(OBJECTS, '5.2 $object under a parent of scope none: there is no lock to suit'))(
  '%s',
  async (_name, { make }) => {
    for (const executionLevel of ['passive', 'dispatch'] as const) {
      const { device } = await singleQueue({}, { synchronizationScope: 'none', executionLevel })
      expect(() => make(device, true)).not.toThrow()
    }
  },
)

// The callback lock

it('5.2 the callback lock of a device: taken twice on one thread is WDF_RECURSIVE_LOCK', async () => {
  const { device } = await singleQueue({}, { synchronizationScope: 'device' })
  device.acquireLock()
  expect(() => device.acquireLock()).toThrow(
    violationOf('WDF_RECURSIVE_LOCK', 'callback lock of device "device0"'),
  )
  device.releaseLock()
  expect(() => device.releaseLock()).toThrow(
    violationOf('WDF_INVALID_LOCK_OPERATION', 'callback lock of device "device0"'),
  )
})

it('5.2 a device without device scope has no callback lock', async () => {
  const { device } = await singleQueue({}, { synchronizationScope: 'none' })
  expect(() => device.acquireLock()).toThrow(violationOf('WDF_INVALID_LOCK_OPERATION', 'none'))
})

const QUEUE_LOCK = 'callback lock of a queue of device "device0"'

it('5.2 the callback lock of a queue: its own with queue scope', async () => {
  const { device, queue } = await singleQueue({ synchronizationScope: 'queue' })
  const other = device.createIoQueue({ dispatchType: 'manual', synchronizationScope: 'queue' })
  queue.acquireLock()
  other.acquireLock()
  expect(() => queue.acquireLock()).toThrow(violationOf('WDF_RECURSIVE_LOCK', QUEUE_LOCK))
  queue.releaseLock()
  other.releaseLock()
  expect(() => queue.releaseLock()).toThrow(violationOf('WDF_INVALID_LOCK_OPERATION', QUEUE_LOCK))
})

it('5.2 the callback lock of a queue: its device’s with device scope, none with scope none', async () => {
  const { device, queue } = await singleQueue({}, { synchronizationScope: 'device' })
  queue.acquireLock()
  expect(() => device.acquireLock()).toThrow(
    violationOf('WDF_RECURSIVE_LOCK', 'callback lock of device "device0"'),
  )
  device.releaseLock()
  const free = await singleQueue({}, { synchronizationScope: 'none' })
  expect(() => free.queue.acquireLock()).toThrow(violationOf('WDF_INVALID_LOCK_OPERATION', 'none'))
})

it('5.2 a violation in a handler fails its request, and no other', async () => {
  const { requester, engine } = await singleQueue(
    {
      EvtIoRead(queue, request) {
        if (request.length === 1) queue.device.releaseLock()
        succeed(request)
      },
    },
    { synchronizationScope: 'device' },
  )
  requester.read(1, 1)
  requester.read(2, 2)
  expect(statuses(engine.run())).toEqual([
    [1, nt.STATUS_DRIVER_INTERNAL_ERROR],
    [2, nt.STATUS_SUCCESS],
  ])
  expect(engine.faults).toMatchObject([{ error: { code: 'WDF_INVALID_LOCK_OPERATION' } }])
})
