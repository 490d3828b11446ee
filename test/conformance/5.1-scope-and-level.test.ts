/** 5.1: synchronization scopes and execution levels: their defaults, what they inherit, where they put queues. */
import { expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type { DeviceAttributes, RequestAttributes } from '../../src/framework/device-init.js'
import type { IoQueue } from '../../src/framework/io-queue.js'
import type { IoQueueConfig } from '../../src/framework/io-queue-config.js'
import { ANY_WORKER } from '../../src/irp/device-description.js'
import { deviceDriver, driverUrl } from '../harness/inline-driver.js'
import { failureOf, type StatusName, statusOf } from '../harness/status.js'
import { SteppedEngine } from '../harness/stepped-engine.js'
import { named } from './named.js'

const handler = (): void => {}
const WORKERS = 3
const HOME = 1

interface Made {
  readonly device: Device
  readonly queues: IoQueue[]
}

/** A device with those attributes and queues, as its home worker sees it. */
async function make(
  attributes: DeviceAttributes,
  configs: readonly Partial<IoQueueConfig>[] = [{}],
): Promise<Made> {
  const engine = new SteppedEngine({ workers: WORKERS })
  let made: Made | undefined
  await engine.addDevice(
    deviceDriver((device) => {
      const queues = configs.map((config) =>
        device.createIoQueue({ dispatchType: 'parallel', EvtIoDefault: handler, ...config }),
      )
      if (device.isHome) made = { device, queues }
    }, attributes),
    { homeWorker: HOME },
  )
  if (made === undefined) throw new Error('no device')
  return made
}

/** The status with which adding a device of that kind fails. */
async function failureOfAdding(
  attributes: unknown,
  config: unknown = {},
  requests?: unknown,
): Promise<unknown> {
  const engine = new SteppedEngine()
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      if (requests !== undefined) init.setRequestAttributes(requests as RequestAttributes)
      const device = init.createDevice(attributes as DeviceAttributes)
      const base = { dispatchType: 'parallel', EvtIoDefault: handler } as const
      device.createIoQueue({ ...base, ...(config as Partial<IoQueueConfig>) })
    },
  })
  const added = await engine.addDevice(driver).then(
    () => undefined,
    (error: unknown) => error,
  )
  return (added as { ntstatus?: number } | undefined)?.ntstatus
}

// Defaults and inheritance

it('5.1 a device inherits its scope by default, and its driver’s level, dispatch', async () => {
  const { device } = await make({})
  expect([device.synchronizationScope, device.executionLevel]).toEqual(['inherit', 'dispatch'])
})

it('5.1 an inherited scope is none in effect: nothing is held back, and the device stays home', async () => {
  const { queues } = await make({})
  expect(queues.map(({ synchronizationScope, worker }) => [synchronizationScope, worker])).toEqual([
    ['inherit', HOME],
  ])
})

it('5.1 a queue inherits scope and level of its device', async () => {
  const { queues } = await make({ synchronizationScope: 'device', executionLevel: 'passive' })
  expect([queues[0]?.synchronizationScope, queues[0]?.executionLevel]).toEqual([
    'device',
    'passive',
  ])
})

it('5.1 a queue may have a scope of its own', async () => {
  const { queues } = await make({ synchronizationScope: 'none' }, [
    { synchronizationScope: 'queue' },
  ])
  expect(queues[0]?.synchronizationScope).toBe('queue')
})

it.each(['queue', 'none'] as const)(
  '5.1 a queue of scope %s may have a level of its own',
  async (scope) => {
    const own = { synchronizationScope: scope, executionLevel: 'passive' } as const
    const { device, queues } = await make({ executionLevel: 'dispatch' }, [own])
    expect([device.executionLevel, queues[0]?.executionLevel]).toEqual(['dispatch', 'passive'])
  },
)

// What a scope means

const SCOPES = [
  { scope: 'device', where: 'all of its queues on one worker', workers: [HOME, HOME, HOME] },
  { scope: 'queue', where: 'each queue on a worker of its own', workers: [1, 2, 0] },
  {
    scope: 'none',
    where: 'its queues on every worker',
    workers: [ANY_WORKER, ANY_WORKER, ANY_WORKER],
  },
] as const

it.each(named(SCOPES, '5.1 scope $scope: $where'))('%s', async (_name, { scope, workers }) => {
  const { queues } = await make({ synchronizationScope: scope }, [{}, {}, {}])
  expect(queues.map((queue) => queue.worker)).toEqual(workers)
})

it('5.1 scope none: a sequential queue is on one worker all the same', async () => {
  const { queues } = await make({ synchronizationScope: 'none' }, [{ dispatchType: 'sequential' }])
  expect(queues[0]?.worker).toBe(HOME)
})

// Refusals

const REFUSED: {
  what: string
  attributes?: unknown
  config?: unknown
  requests?: unknown
  status: StatusName
}[] = [
  {
    what: 'a queue of device scope with another level than its device',
    attributes: { synchronizationScope: 'device', executionLevel: 'passive' },
    config: { executionLevel: 'dispatch' },
    status: 'STATUS_INVALID_PARAMETER',
  },
  {
    what: 'a queue that asks for device scope and another level',
    attributes: { executionLevel: 'dispatch' },
    config: { synchronizationScope: 'device', executionLevel: 'passive' },
    status: 'STATUS_INVALID_PARAMETER',
  },
  {
    what: 'a device with a scope that is none',
    attributes: { synchronizationScope: 'worker' },
    status: 'STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID',
  },
  {
    what: 'a queue with a scope that is none',
    config: { synchronizationScope: 2 },
    status: 'STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID',
  },
  {
    what: 'a device with a level that is none',
    attributes: { executionLevel: 'dirql' },
    status: 'STATUS_WDF_EXECUTION_LEVEL_INVALID',
  },
  {
    what: 'a queue with a level that is none',
    config: { executionLevel: 'high' },
    status: 'STATUS_WDF_EXECUTION_LEVEL_INVALID',
  },
  {
    what: 'requests with a scope: they support none',
    requests: { synchronizationScope: 'queue' },
    status: 'STATUS_WDF_SYNCHRONIZATION_SCOPE_INVALID',
  },
  {
    what: 'requests with a level: they support none',
    requests: { executionLevel: 'passive' },
    status: 'STATUS_WDF_EXECUTION_LEVEL_INVALID',
  },
]

it.each(named(REFUSED, '5.1 $what: $status'))('%s', async (_name, row) => {
  const status = await failureOfAdding(row.attributes ?? {}, row.config, row.requests)
  expect(status).toBe(statusOf(row.status))
})

it('5.1 the same level said twice is no other level', async () => {
  const both = { synchronizationScope: 'device', executionLevel: 'passive' }
  expect(await failureOfAdding(both, { executionLevel: 'passive' })).toBeUndefined()
})

it('5.1 requests may inherit both', async () => {
  const inherit = { synchronizationScope: 'inherit', executionLevel: 'inherit' }
  expect(await failureOfAdding({}, {}, inherit)).toBeUndefined()
})

it('5.1 a refused queue is not there: its device works on', async () => {
  let refused: unknown
  const { device, queues } = await make({ synchronizationScope: 'device' }, [])
  try {
    device.createIoQueue({ dispatchType: 'manual', executionLevel: 'passive' })
  } catch (error) {
    refused = error
  }
  expect(refused).toEqual(failureOf('STATUS_INVALID_PARAMETER'))
  expect([device.queues, queues]).toEqual([[], []])
  expect(device.createIoQueue({ dispatchType: 'manual' }).getState().queueRequests).toBe(0)
})

it('5.1 an asynchronous handler is fine at either level', async () => {
  for (const executionLevel of ['passive', 'dispatch'] as const) {
    const engine = new SteppedEngine()
    await engine.addDevice(
      deviceDriver(
        (device) => {
          device.createIoQueue({
            dispatchType: 'sequential',
            defaultQueue: true,
            async EvtIoDefault(_queue, request) {
              await Promise.resolve()
              request.complete(nt.STATUS_SUCCESS)
            },
          })
        },
        { executionLevel },
      ),
    )
    const file = await engine.until(engine.channel.open('device0'))
    expect((await engine.until(file.read(new Uint8Array(4)))).status).toBe(nt.STATUS_SUCCESS)
  }
})
