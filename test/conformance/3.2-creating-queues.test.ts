/** 3.2: what a queue may be configured as, and which requests come to it. */
import { expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Device, RequestType } from '../../src/framework/device.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'
import {
  WdfIoQueueAcceptRequests,
  WdfIoQueueDispatchRequests,
  WdfIoQueueDriverNoRequests,
  WdfIoQueueNoRequests,
  WdfIoQueuePnpHeld,
} from '../../src/framework/io-queue-state.js'
import type { Request } from '../../src/framework/request.js'
import { deviceDriver, driverUrl } from '../harness/inline-driver.js'
import { Requester, statuses } from '../harness/requester.js'
import { failureOf, type StatusName } from '../harness/status.js'
import { SteppedEngine } from '../harness/stepped-engine.js'
import { singleQueue } from './single-queue.js'
import { named } from './named.js'

const handler = (): void => {}

/** Calls `build` in EvtDriverDeviceAdd; what it throws comes back. */
async function thrownBy(build: (device: Device) => void): Promise<unknown> {
  let thrown: unknown
  const engine = new SteppedEngine()
  await engine.addDevice(
    deviceDriver((device) => {
      try {
        build(device)
      } catch (error) {
        thrown = error
      }
    }),
  )
  return thrown
}

const REFUSED: { what: string; status: StatusName; config: unknown }[] = [
  {
    what: 'an unknown dispatch type',
    status: 'STATUS_INVALID_PARAMETER',
    config: { dispatchType: 'concurrent', EvtIoDefault: handler },
  },
  {
    what: 'a sequential queue without a handler',
    status: 'STATUS_WDF_NO_CALLBACK',
    config: { dispatchType: 'sequential' },
  },
  {
    what: 'a parallel queue without a handler',
    status: 'STATUS_WDF_NO_CALLBACK',
    config: { dispatchType: 'parallel' },
  },
  {
    what: 'a parallel queue with EvtIoCanceledOnQueue only',
    status: 'STATUS_WDF_NO_CALLBACK',
    config: { dispatchType: 'parallel', EvtIoCanceledOnQueue: handler },
  },
  ...[
    'EvtIoDefault',
    'EvtIoRead',
    'EvtIoWrite',
    'EvtIoDeviceControl',
    'EvtIoInternalDeviceControl',
  ].map((name) => ({
    what: `a manual queue with ${name}`,
    status: 'STATUS_INVALID_PARAMETER' as const,
    config: { dispatchType: 'manual', [name]: handler },
  })),
  {
    what: 'NumberOfPresentedRequests on a sequential queue',
    status: 'STATUS_INVALID_PARAMETER',
    config: { dispatchType: 'sequential', numberOfPresentedRequests: 1, EvtIoDefault: handler },
  },
  {
    what: 'NumberOfPresentedRequests on a manual queue',
    status: 'STATUS_INVALID_PARAMETER',
    config: { dispatchType: 'manual', numberOfPresentedRequests: 1 },
  },
]

it.each(named(REFUSED, '3.2 $what: $status'))('%s', async (_name, { status, config }) => {
  const thrown = await thrownBy((device) => {
    device.createIoQueue(config as IoQueueConfig)
  })
  expect(thrown).toEqual(failureOf(status))
})

it('3.2 a manual queue may have EvtIoCanceledOnQueue, EvtIoStop and EvtIoResume', async () => {
  const thrown = await thrownBy((device) => {
    device.createIoQueue({
      dispatchType: 'manual',
      EvtIoCanceledOnQueue: handler,
      EvtIoStop: handler,
      EvtIoResume: handler,
    })
  })
  expect(thrown).toBeUndefined()
})

it('3.2 a second default queue: STATUS_UNSUCCESSFUL', async () => {
  const thrown = await thrownBy((device) => {
    for (let i = 0; i < 2; i++) device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
  })
  expect(thrown).toEqual(failureOf('STATUS_UNSUCCESSFUL'))
})

it('3.2 a default queue after EvtDriverDeviceAdd: STATUS_INVALID_DEVICE_STATE', async () => {
  let thrown: unknown
  const engine = new SteppedEngine()
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.setPnpPowerEventCallbacks({
        EvtDevicePrepareHardware(device) {
          try {
            device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
          } catch (error) {
            thrown = error
          }
        },
      })
      init.createDevice()
    },
  })
  await engine.addDevice(driver)
  expect(thrown).toEqual(failureOf('STATUS_INVALID_DEVICE_STATE'))
})

it('3.2 a refused default queue leaves the place to a correct one', async () => {
  const thrown = await thrownBy((device) => {
    expect(() => device.createIoQueue({ dispatchType: 'parallel', defaultQueue: true })).toThrow(
      failureOf('STATUS_WDF_NO_CALLBACK'),
    )
    device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
  })
  expect(thrown).toBeUndefined()
})

// Defaults

it('3.2 a parallel queue without a limit presents everything', async () => {
  const { requester, held } = await singleQueue()
  requester.reads(1, 2, 3, 4, 5, 6, 7, 8)
  expect(held).toHaveLength(8)
})

it('3.2 NumberOfPresentedRequests 0 on a parallel queue means unlimited', async () => {
  const { requester, held } = await singleQueue({ numberOfPresentedRequests: 0 })
  requester.reads(1, 2, 3)
  expect(held).toHaveLength(3)
})

const POWER = [
  { role: 'function' as const, asked: undefined, managed: true },
  { role: 'filter' as const, asked: undefined, managed: false },
  { role: 'bus' as const, asked: undefined, managed: true },
  { role: 'function' as const, asked: false, managed: false },
  { role: 'filter' as const, asked: true, managed: true },
]

it.each(named(POWER, '3.2 PowerManaged $asked in a $role device makes $managed'))(
  '%s',
  async (_name, row) => {
    const engine = new SteppedEngine()
    let queue: IoQueue | undefined
    const driver = deviceDriver((device) => {
      queue = device.createIoQueue({
        dispatchType: 'manual',
        ...(row.asked === undefined ? {} : { powerManaged: row.asked }),
      })
    })
    await engine.addDevice(driver, { role: row.role })
    expect(queue?.powerManaged).toBe(row.managed)
  },
)

const NEW = WdfIoQueueAcceptRequests | WdfIoQueueDispatchRequests
const EMPTY = WdfIoQueueNoRequests | WdfIoQueueDriverNoRequests

it('3.2 a new queue accepts and dispatches; held while its device is not in D0', async () => {
  const flags: (number | undefined)[] = []
  const engine = new SteppedEngine()
  const queues: IoQueue[] = []
  const { id } = await engine.addDeviceStopped(
    deviceDriver((device) => {
      queues.push(device.createIoQueue({ dispatchType: 'manual' }))
      queues.push(device.createIoQueue({ dispatchType: 'manual', powerManaged: false }))
      flags.push(...queues.map((queue) => queue.getState().flags))
    }),
  )
  await engine.framework().startDevice(id)
  flags.push(...queues.map((queue) => queue.getState().flags))
  expect(flags).toEqual([NEW | EMPTY | WdfIoQueuePnpHeld, NEW | EMPTY, NEW | EMPTY, NEW | EMPTY])
})

it('3.2 a queue that is not power-managed presents before the device is in D0', async () => {
  const engine = new SteppedEngine()
  const held: Request[] = []
  await engine.addDeviceStopped(
    deviceDriver((device) => {
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        powerManaged: false,
        EvtIoDefault: (_queue, request) => void held.push(request),
      })
    }),
  )
  new Requester(engine).reads(1)
  expect(held).toHaveLength(1)
})

it('3.2 a queue made while its device is in D0 is not held', async () => {
  const { device, requester, held } = await singleQueue()
  const late: Request[] = []
  const queue = device.createIoQueue({
    dispatchType: 'parallel',
    EvtIoDefault: (_queue, request) => void late.push(request),
  })
  expect(queue.getState().flags).toBe(NEW | EMPTY)
  requester.reads(1)
  expect(held[0]?.forwardToIoQueue(queue)).toBe(nt.STATUS_SUCCESS)
  requester.engine.settle()
  expect(late).toHaveLength(1)
})

// Routing

type Named = Record<string, IoQueue>

/** Builds a device and says which queue gets a read, a write, an IOCTL and an internal IOCTL. */
async function routesOf(build: (device: Device) => Named): Promise<string[]> {
  const engine = new SteppedEngine()
  let queues: Named = {}
  await engine.addDevice(deviceDriver((device) => void (queues = build(device))))
  const requester = new Requester(engine)
  const got: string[] = []
  const sends = ['read', 'write', 'ioctl', 'internalIoctl'] as const
  for (const send of sends) {
    requester[send](1)
    const [refused] = engine.run()
    const name = Object.keys(queues).find((key) => queues[key]?.getState().queueRequests === 1)
    got.push(refused === undefined ? (name ?? 'nowhere') : 'refused')
    if (name !== undefined) queues[name]?.retrieveNextRequest()?.complete(nt.STATUS_SUCCESS)
    engine.run()
  }
  return got
}

const manual = (device: Device): IoQueue => device.createIoQueue({ dispatchType: 'manual' })
const fallback = (device: Device): IoQueue =>
  device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })

it('3.2 a default queue gets every type that has no queue', async () => {
  expect(await routesOf((device) => ({ fallback: fallback(device) }))).toEqual([
    'fallback',
    'fallback',
    'fallback',
    'fallback',
  ])
})

it('3.2 a queue gets the types it was configured for; the default queue gets the rest', async () => {
  const got = await routesOf((device) => {
    const queues = {
      fallback: fallback(device),
      writes: manual(device),
      controls: manual(device),
    }
    device.configureRequestDispatching(queues.writes, 'write')
    device.configureRequestDispatching(queues.controls, 'deviceControl')
    return queues
  })
  expect(got).toEqual(['fallback', 'writes', 'controls', 'fallback'])
})

it('3.2 a default queue that comes later leaves configured types alone', async () => {
  const got = await routesOf((device) => {
    const reads = manual(device)
    device.configureRequestDispatching(reads, 'read')
    return { reads, fallback: fallback(device) }
  })
  expect(got).toEqual(['reads', 'fallback', 'fallback', 'fallback'])
})

it('3.2 without a default queue other types are refused', async () => {
  const got = await routesOf((device) => {
    const internals = manual(device)
    device.configureRequestDispatching(internals, 'deviceControlInternal')
    return { internals }
  })
  expect(got).toEqual(['refused', 'refused', 'refused', 'internals'])
})

it('3.2 a queue that was configured for nothing gets nothing by itself', async () => {
  const got = await routesOf((device) => ({ idle: manual(device), fallback: fallback(device) }))
  expect(got).not.toContain('idle')
})

it('3.2 one queue may be configured for several types', async () => {
  const got = await routesOf((device) => {
    const both = manual(device)
    device.configureRequestDispatching(both, 'read')
    device.configureRequestDispatching(both, 'write')
    return { both }
  })
  expect(got).toEqual(['both', 'both', 'refused', 'refused'])
})

const TYPES: { type: RequestType; own: string }[] = [
  { type: 'read', own: 'EvtIoRead' },
  { type: 'write', own: 'EvtIoWrite' },
  { type: 'deviceControl', own: 'EvtIoDeviceControl' },
  { type: 'deviceControlInternal', own: 'EvtIoInternalDeviceControl' },
]

/** What configuring such a queue for that type throws. */
function configuring(type: RequestType, config: IoQueueConfig): Promise<unknown> {
  return thrownBy((device) => {
    device.configureRequestDispatching(device.createIoQueue(config), type)
  })
}

it.each(named(TYPES, '3.2 configuring $type needs $own, EvtIoDefault or a manual queue'))(
  '%s',
  async (_name, row) => {
    const other = TYPES.find(({ own }) => own !== row.own)?.own ?? 'EvtIoRead'
    expect(
      await configuring(row.type, { dispatchType: 'parallel', [row.own]: handler }),
    ).toBeUndefined()
    expect(
      await configuring(row.type, { dispatchType: 'parallel', EvtIoDefault: handler }),
    ).toBeUndefined()
    expect(await configuring(row.type, { dispatchType: 'manual' })).toBeUndefined()
    expect(await configuring(row.type, { dispatchType: 'parallel', [other]: handler })).toEqual(
      failureOf('STATUS_INVALID_DEVICE_REQUEST'),
    )
  },
)

it('3.2 configuring create needs EvtIoDefault', async () => {
  const all = Object.fromEntries(TYPES.map(({ own }) => [own, handler]))
  expect(
    await configuring('create', { dispatchType: 'parallel', EvtIoDefault: handler }),
  ).toBeUndefined()
  expect(await configuring('create', { dispatchType: 'parallel', ...all })).toEqual(
    failureOf('STATUS_INVALID_DEVICE_REQUEST'),
  )
})

it('3.2 configuring the default queue: STATUS_INVALID_DEVICE_REQUEST', async () => {
  const thrown = await thrownBy((device) => {
    device.configureRequestDispatching(fallback(device), 'read')
  })
  expect(thrown).toEqual(failureOf('STATUS_INVALID_DEVICE_REQUEST'))
})

it('3.2 configuring a type that has a queue: STATUS_WDF_BUSY, and the first one keeps it', async () => {
  let thrown: unknown
  const got = await routesOf((device) => {
    const queues = { first: manual(device), second: manual(device) }
    device.configureRequestDispatching(queues.first, 'read')
    try {
      device.configureRequestDispatching(queues.second, 'read')
    } catch (error) {
      thrown = error
    }
    return queues
  })
  expect(thrown).toEqual(failureOf('STATUS_WDF_BUSY'))
  expect(got[0]).toBe('first')
})

it('3.2 a queue configured while the device runs gets the type from then on', async () => {
  const { device, requester, held } = await singleQueue()
  const late: Request[] = []
  const queue = device.createIoQueue({
    dispatchType: 'parallel',
    EvtIoRead: (_queue, request) => void late.push(request),
  })
  requester.reads(1)
  device.configureRequestDispatching(queue, 'read')
  requester.reads(2)
  expect([held.length, late.length]).toEqual([1, 1])
  late[0]?.complete(nt.STATUS_SUCCESS)
  expect(statuses(requester.engine.run())).toEqual([[2, nt.STATUS_SUCCESS]])
})
