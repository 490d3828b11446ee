/** 3.1: the way of a request from its arrival to a handler of its driver. */
import { expect, it } from 'vitest'
import * as major from '../../src/abi/major-function.js'
import * as nt from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type { DeviceInit } from '../../src/framework/device-init.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'
import type { Request } from '../../src/framework/request.js'
import { deviceDriver, driverUrl, queueDriver } from '../harness/inline-driver.js'
import { Requester, statuses } from '../harness/requester.js'
import { SteppedEngine } from '../harness/stepped-engine.js'
import { singleQueue } from './single-queue.js'
import { stackOf } from './stack.js'
import { named } from './named.js'

const wrongHandler = (): void => {
  throw new Error('the wrong handler')
}
const succeed = (_queue: unknown, request: Request): void => request.complete(nt.STATUS_SUCCESS)

interface Type {
  readonly type: string
  readonly major: number
  readonly handler: 'EvtIoRead' | 'EvtIoWrite' | 'EvtIoDeviceControl' | 'EvtIoInternalDeviceControl'
  readonly send: (requester: Requester, context: number) => unknown
}

const TYPES: Type[] = [
  {
    type: 'READ',
    major: major.IRP_MJ_READ,
    handler: 'EvtIoRead',
    send: (requester, context) => requester.read(context, 24),
  },
  {
    type: 'WRITE',
    major: major.IRP_MJ_WRITE,
    handler: 'EvtIoWrite',
    send: (requester, context) => requester.write(context, 24),
  },
  {
    type: 'DEVICE_CONTROL',
    major: major.IRP_MJ_DEVICE_CONTROL,
    handler: 'EvtIoDeviceControl',
    send: (requester, context) => requester.ioctl(context, 0x222004, 3, 24),
  },
  {
    type: 'INTERNAL_DEVICE_CONTROL',
    major: major.IRP_MJ_INTERNAL_DEVICE_CONTROL,
    handler: 'EvtIoInternalDeviceControl',
    send: (requester, context) => requester.internalIoctl(context, 0x222004, 3, 24),
  },
]

it.each(named(TYPES, '3.1 $type goes to $handler, with its parameters'))(
  '%s',
  async (_name, { handler, send }) => {
    const calls: unknown[][] = []
    const note = (queue: IoQueue, request: Request, ...parameters: number[]): void => {
      calls.push([queue.isDefault, request.length, ...parameters])
      request.complete(nt.STATUS_SUCCESS)
    }
    const { requester, engine } = await singleQueue({
      EvtIoDefault: wrongHandler,
      EvtIoRead: wrongHandler,
      EvtIoWrite: wrongHandler,
      EvtIoDeviceControl: wrongHandler,
      EvtIoInternalDeviceControl: wrongHandler,
      [handler]: note,
    })
    send(requester, 1)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
    const isControl = handler.endsWith('Control')
    expect(calls).toEqual([[true, 24, 24, ...(isControl ? [3, 0x222004] : [])]])
  },
)

it.each(named(TYPES, '3.1 $type without $handler goes to EvtIoDefault'))(
  '%s',
  async (_name, { send, major: code }) => {
    const { requester, engine, held } = await singleQueue()
    send(requester, 1)
    engine.run()
    expect(held.map((request) => request.majorFunction)).toEqual([code])
  },
)

it.each(named(TYPES, '3.1 $type with neither: INVALID_DEVICE_REQUEST, Information 0'))(
  '%s',
  async (_name, { send, handler }) => {
    const only = TYPES.find((type) => type.handler !== handler)?.handler ?? 'EvtIoRead'
    const engine = new SteppedEngine()
    const config = { dispatchType: 'parallel', defaultQueue: true, [only]: succeed } as const
    await engine.addDevice(queueDriver(config))
    send(new Requester(engine), 1)
    expect(engine.run()).toMatchObject([
      { context: 1, status: nt.STATUS_INVALID_DEVICE_REQUEST, information: 0 },
    ])
  },
)

it.each(named(TYPES, '3.1 $type at a device without queues: INVALID_DEVICE_REQUEST'))(
  '%s',
  async (_name, { send }) => {
    const engine = new SteppedEngine()
    await engine.addDevice(deviceDriver(() => {}))
    send(new Requester(engine), 1)
    expect(engine.run()).toMatchObject([
      { status: nt.STATUS_INVALID_DEVICE_REQUEST, information: 0 },
    ])
  },
)

// CREATE

it('3.1 CREATE goes to EvtDeviceFileCreate', async () => {
  const engine = new SteppedEngine()
  const seen: string[] = []
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.setFileObjectConfig({
        EvtDeviceFileCreate(device, request) {
          seen.push(device.name)
          request.complete(nt.STATUS_ACCESS_DENIED)
        },
      })
      const succeedAll = {
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoDefault: succeed,
      } as const
      init.createDevice().createIoQueue(succeedAll)
    },
  })
  await engine.addDevice(driver)
  new Requester(engine).bare(1, major.IRP_MJ_CREATE)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_ACCESS_DENIED]])
  expect(seen).toEqual(['device0'])
})

it('3.1 CREATE configured to a queue goes to its EvtIoDefault, and to nothing else', async () => {
  const engine = new SteppedEngine()
  const majors: number[] = []
  const driver = deviceDriver((device) => {
    const queue = device.createIoQueue({
      dispatchType: 'sequential',
      EvtIoRead: succeed,
      EvtIoDefault(_queue, request) {
        majors.push(request.majorFunction)
        request.completeWithInformation(nt.STATUS_SUCCESS, 1)
      },
    })
    device.configureRequestDispatching(queue, 'create')
  })
  await engine.addDevice(driver)
  await engine.until(engine.channel.open('device0'))
  expect(majors).toEqual([major.IRP_MJ_CREATE])
})

it('3.1 CREATE never goes to a default queue by itself', async () => {
  const { requester, engine, held } = await singleQueue()
  requester.bare(1, major.IRP_MJ_CREATE)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  expect(held).toEqual([])
})

// Filters

const FLUSH = major.IRP_MJ_FLUSH_BUFFERS

/** A bottom level that succeeds with Information 77 whatever it gets. */
const answersAll = driverUrl({
  EvtDriverDeviceAdd(_driver, init) {
    for (const code of [FLUSH, major.IRP_MJ_QUERY_SECURITY]) {
      init.assignWdmIrpPreprocessCallback(code, (_device, request) =>
        request.completeWithInformation(nt.STATUS_SUCCESS, 7),
      )
    }
    init.createDevice().createIoQueue({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoDefault: (_queue, request) => request.completeWithInformation(nt.STATUS_SUCCESS, 7),
    })
  },
})

it.each(named(TYPES, '3.1 a filter without queues passes $type down untouched'))(
  '%s',
  async (_name, { send }) => {
    const { engine, requester } = await stackOf(
      [deviceDriver(() => {}), answersAll],
      ['filter', 'bus'],
    )
    send(requester, 1)
    expect(engine.run()).toMatchObject([{ status: nt.STATUS_SUCCESS, information: 7 }])
  },
)

it('3.1 a filter passes major functions down that only the level below knows', async () => {
  const { engine, requester } = await stackOf(
    [deviceDriver(() => {}), answersAll],
    ['filter', 'bus'],
  )
  requester.bare(1, FLUSH)
  requester.bare(2, major.IRP_MJ_QUERY_SECURITY)
  requester.bare(3, major.IRP_MJ_QUERY_QUOTA)
  expect(statuses(engine.run())).toEqual([
    [1, nt.STATUS_SUCCESS],
    [2, nt.STATUS_SUCCESS],
    [3, nt.STATUS_INVALID_DEVICE_REQUEST],
  ])
})

it('3.1 a function device passes nothing down by itself', async () => {
  const { engine, requester } = await stackOf([deviceDriver(() => {}), answersAll])
  requester.read(1)
  requester.bare(2, FLUSH)
  expect(statuses(engine.run())).toEqual([
    [1, nt.STATUS_INVALID_DEVICE_REQUEST],
    [2, nt.STATUS_INVALID_DEVICE_REQUEST],
  ])
})

it('3.1 a filter’s default queue keeps what it has a handler for; the rest goes down', async () => {
  const seen: number[] = []
  const filter = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoRead(queue, request) {
      seen.push(request.majorFunction)
      request.send(queue.device.ioTarget, { sendAndForget: true })
    },
  })
  const { engine, requester } = await stackOf([filter, answersAll], ['filter', 'bus'])
  requester.read(1)
  requester.write(2)
  requester.ioctl(3, 0x222000, 0, 16)
  const answers = engine.run()
  expect(answers.map(({ status, information }) => [status, information])).toEqual([
    [nt.STATUS_SUCCESS, 7],
    [nt.STATUS_SUCCESS, 7],
    [nt.STATUS_SUCCESS, 7],
  ])
  expect(seen).toEqual([major.IRP_MJ_READ])
})

it('3.1 a filter with nothing below refuses what it does not handle', async () => {
  const engine = new SteppedEngine()
  await engine.addDevice(
    deviceDriver(() => {}),
    { role: 'filter' },
  )
  const requester = new Requester(engine)
  expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_INVALID_DEVICE_REQUEST]])
})

// What comes before the queue

interface Before {
  readonly engine: SteppedEngine
  readonly requester: Requester
  readonly trace: string[]
}

async function before(
  prepare: (init: DeviceInit, trace: string[]) => void,
  configure: (device: Device, trace: string[]) => void = () => {},
): Promise<Before> {
  const engine = new SteppedEngine()
  const trace: string[] = []
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      prepare(init, trace)
      const device = init.createDevice()
      device.createIoQueue({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoDefault(_queue, request) {
          trace.push(`default queue ${request.deviceOffset}`)
          request.complete(nt.STATUS_SUCCESS)
        },
      })
      configure(device, trace)
    },
  })
  await engine.addDevice(driver)
  return { engine, requester: new Requester(engine), trace }
}

it('3.1 the order is: preprocess, dynamic dispatch, EvtIoInCallerContext, queue', async () => {
  const { requester, trace } = await before(
    (init, log) => {
      init.assignWdmIrpPreprocessCallback(major.IRP_MJ_READ, (device, request) => {
        log.push('preprocess')
        device.dispatchPreprocessedIrp(request)
      })
      init.setIoInCallerContextCallback((device, request) => {
        log.push('in caller context')
        device.enqueueRequest(request)
      })
    },
    (device, log) => {
      device.configureWdmIrpDispatchCallback(
        'read',
        (same, request, context, position) => {
          log.push(`dispatch with ${String(context)}`)
          same.wdmDispatchIrp(request, position)
        },
        'its context',
      )
    },
  )
  expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
  expect(trace).toEqual([
    'preprocess',
    'dispatch with its context',
    'in caller context',
    'default queue 0',
  ])
})

it('3.1 a preprocess callback may complete the request: nothing else sees it', async () => {
  const { requester, trace } = await before((init) => {
    init.assignWdmIrpPreprocessCallback(major.IRP_MJ_READ, (_device, request) =>
      request.completeWithInformation(nt.STATUS_SUCCESS, 5),
    )
  })
  expect(requester.reads(1)).toMatchObject([{ status: nt.STATUS_SUCCESS, information: 5 }])
  expect(trace).toEqual([])
})

it('3.1 a preprocess callback is for its major function only', async () => {
  const { requester, engine, trace } = await before((init, log) => {
    init.assignWdmIrpPreprocessCallback(major.IRP_MJ_READ, (_device, request) => {
      log.push('preprocess')
      request.complete(nt.STATUS_SUCCESS)
    })
  })
  requester.write(1)
  engine.run()
  expect(trace).toEqual(['default queue 0'])
})

it('3.1 dynamic dispatch callbacks run in order of their configuration', async () => {
  const { requester, trace } = await before(
    () => {},
    (device, log) => {
      for (const name of ['class extension', 'client']) {
        device.configureWdmIrpDispatchCallback('read', (same, request, _context, position) => {
          log.push(name)
          same.wdmDispatchIrp(request, position)
        })
      }
    },
  )
  requester.reads(1)
  expect(trace).toEqual(['class extension', 'client', 'default queue 0'])
})

it('3.1 a dynamic dispatch callback may hand the request to a queue that it names', async () => {
  const { requester, trace } = await before(
    () => {},
    (device, log) => {
      const chosen = device.createIoQueue({
        dispatchType: 'parallel',
        EvtIoDefault(_queue, request) {
          log.push('named queue')
          request.complete(nt.STATUS_SUCCESS)
        },
      })
      device.configureWdmIrpDispatchCallback('read', (same, request) => {
        expect(same.wdmDispatchIrpToIoQueue(request, chosen)).toBe(nt.STATUS_SUCCESS)
      })
    },
  )
  expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
  expect(trace).toEqual(['named queue'])
})

/** A device that hands its reads to a manual queue by dynamic dispatch. */
async function dispatchingTo(canceled: number[]): Promise<Before & { queue: IoQueue }> {
  let queue: IoQueue | undefined
  const bench = await before(
    () => {},
    (device) => {
      const chosen = device.createIoQueue({
        dispatchType: 'manual',
        EvtIoCanceledOnQueue(_queue, request) {
          canceled.push(request.deviceOffset)
          request.complete(nt.STATUS_CANCELLED)
        },
      })
      queue = chosen
      device.configureWdmIrpDispatchCallback('read', (same, request) => {
        same.wdmDispatchIrpToIoQueue(request, chosen)
      })
    },
  )
  if (queue === undefined) throw new Error('no queue')
  return { ...bench, queue }
}

it('3.1 what dynamic dispatch hands to a queue is new there: its cancel is the Framework’s', async () => {
  const canceled: number[] = []
  const { engine, requester, queue } = await dispatchingTo(canceled)
  const handle = requester.read(1)
  engine.run()
  expect(queue.getState().queueRequests).toBe(1)
  engine.channel.cancel(handle)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
  expect(canceled).toEqual([])
})

it('3.1 what dynamic dispatch hands to a queue that does not accept ends like every new IRP', async () => {
  const { engine, requester, queue } = await dispatchingTo([])
  queue.drain()
  engine.settle()
  expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_INVALID_DEVICE_STATE]])
})

it('3.1 a dynamic dispatch callback may finish the request', async () => {
  const { requester, trace } = await before(
    () => {},
    (device) => {
      device.configureWdmIrpDispatchCallback('read', (_device, request) =>
        request.complete(nt.STATUS_NOT_SUPPORTED),
      )
    },
  )
  expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_NOT_SUPPORTED]])
  expect(trace).toEqual([])
})

const DISPATCHED = ['read', 'write', 'deviceControl', 'deviceControlInternal'] as const

it.each(
  named(
    DISPATCHED.map((type, i) => ({ type, send: TYPES[i]?.send })),
    '3.1 dynamic dispatch exists for $type',
  ),
)('%s', async (_name, { type, send }) => {
  const { requester, engine, trace } = await before(
    () => {},
    (device, log) => {
      device.configureWdmIrpDispatchCallback(type, (_device, request) => {
        log.push('dispatch')
        request.complete(nt.STATUS_SUCCESS)
      })
    },
  )
  send?.(requester, 1)
  engine.run()
  expect(trace).toEqual(['dispatch'])
})

it('3.1 dynamic dispatch does not exist for create', async () => {
  let thrown: unknown
  await before(
    () => {},
    (device) => {
      try {
        device.configureWdmIrpDispatchCallback('create' as 'read', () => {})
      } catch (error) {
        thrown = error
      }
    },
  )
  expect(thrown).toMatchObject({ code: 'STATUS_INVALID_PARAMETER' })
})

it('3.1 EvtIoInCallerContext may complete the request', async () => {
  const { requester, trace } = await before((init) => {
    init.setIoInCallerContextCallback((_device, request) =>
      request.complete(nt.STATUS_ACCESS_DENIED),
    )
  })
  expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_ACCESS_DENIED]])
  expect(trace).toEqual([])
})

it('3.1 EvtIoInCallerContext owns the request: it may enqueue it later', async () => {
  const kept: Request[] = []
  let owner: Device | undefined
  const { requester, engine, trace } = await before((init) => {
    init.setIoInCallerContextCallback((device, request) => {
      owner = device
      kept.push(request)
    })
  })
  expect(requester.reads(1)).toEqual([])
  expect(trace).toEqual([])
  owner?.enqueueRequest(kept[0] as Request)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  expect(trace).toEqual(['default queue 0'])
})

it('3.1 EvtIoInCallerContext sees a request for which there is no queue', async () => {
  const engine = new SteppedEngine()
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.setIoInCallerContextCallback((device, request) => {
        if (request.majorFunction === major.IRP_MJ_READ) request.complete(nt.STATUS_SUCCESS)
        else device.enqueueRequest(request)
      })
      init.createDevice()
    },
  })
  await engine.addDevice(driver)
  const requester = new Requester(engine)
  requester.read(1)
  requester.write(2)
  expect(statuses(engine.run())).toEqual([
    [1, nt.STATUS_SUCCESS],
    [2, nt.STATUS_INVALID_DEVICE_REQUEST],
  ])
})

it('3.1 requests keep their order through EvtIoInCallerContext', async () => {
  const { requester, engine, trace } = await before((init) => {
    init.setIoInCallerContextCallback((device, request) => device.enqueueRequest(request))
  })
  for (const number of [1, 2, 3]) requester.read(number, 16, number)
  engine.run()
  expect(trace).toEqual(['default queue 1', 'default queue 2', 'default queue 3'])
})

// Transfers of no bytes

interface Empty {
  readonly what: string
  readonly config: Partial<IoQueueConfig>
  readonly write: boolean
}

const EMPTY: Empty[] = [
  { what: 'read at EvtIoRead', config: { EvtIoRead: succeed }, write: false },
  { what: 'write at EvtIoWrite', config: { EvtIoWrite: succeed }, write: true },
  { what: 'read at EvtIoDefault', config: {}, write: false },
  { what: 'write at EvtIoDefault', config: {}, write: true },
]

it.each(named(EMPTY, '3.1 an empty $what is completed by the Framework: SUCCESS, 0'))(
  '%s',
  async (_name, row) => {
    const { requester, engine, held } = await singleQueue({
      dispatchType: 'sequential',
      ...row.config,
    })
    requester[row.write ? 'write' : 'read'](1, 0)
    expect(engine.run()).toMatchObject([{ status: nt.STATUS_SUCCESS, information: 0 }])
    expect(held).toEqual([])
  },
)

it.each(named(EMPTY, '3.1 an empty $what is presented if the queue allows it'))(
  '%s',
  async (_name, row) => {
    const lengths: number[] = []
    const note = (_queue: unknown, request: Request): void => {
      lengths.push(request.length)
      request.complete(nt.STATUS_SUCCESS)
    }
    const handlers = Object.keys(row.config).map((name) => [name, note])
    const { requester, engine } = await singleQueue({
      EvtIoDefault: note,
      ...Object.fromEntries(handlers),
      allowZeroLengthRequests: true,
    })
    requester[row.write ? 'write' : 'read'](1, 0)
    engine.run()
    expect(lengths).toEqual([0])
  },
)

it('3.1 retrieving skips empty transfers, which end with SUCCESS, 0', async () => {
  const { requester, engine, queue } = await singleQueue({ dispatchType: 'manual' })
  requester.read(1, 0)
  requester.write(2, 0)
  requester.read(3, 16, 3)
  engine.run()
  expect(queue.retrieveNextRequest()?.deviceOffset).toBe(3)
  engine.settle()
  expect(engine.reap()).toMatchObject([
    { context: 1, status: nt.STATUS_SUCCESS, information: 0 },
    { context: 2, status: nt.STATUS_SUCCESS, information: 0 },
  ])
})

it('3.1 an IOCTL without buffers is no empty transfer', async () => {
  const { requester, engine, held } = await singleQueue()
  requester.ioctl(1)
  engine.run()
  expect(held).toHaveLength(1)
})

it('3.1 an empty transfer does not hold up a sequential queue: the next one is presented', async () => {
  const { requester, held } = await singleQueue({ dispatchType: 'sequential' })
  requester.read(1, 0)
  requester.reads(2)
  expect(held).toHaveLength(1)
})

it('3.1 an empty transfer keeps its place: it does not overtake what waits', async () => {
  const { requester, engine, held } = await singleQueue({ dispatchType: 'sequential' })
  requester.read(1)
  requester.read(2, 0)
  expect(engine.run()).toEqual([])
  held[0]?.complete(nt.STATUS_SUCCESS)
  engine.settle()
  expect(statuses(engine.reap())).toEqual([
    [1, nt.STATUS_SUCCESS],
    [2, nt.STATUS_SUCCESS],
  ])
})
