/** I/O queues as objects: what they take, where they live, manual retrieval, opening and holding. */
import { describe, expect, it } from 'vitest'
import * as major from '../../../src/abi/major-function.js'
import * as nt from '../../../src/abi/ntstatus.js'
import type { Device } from '../../../src/framework/device.js'
import type { IoQueue } from '../../../src/framework/io-queue.js'
import type { IoQueueConfig } from '../../../src/framework/io-queue-config.js'
import type { Request } from '../../../src/framework/request.js'
import { deviceDriver, queueDriver } from '../../harness/inline-driver.js'
import { contexts, Requester, statuses } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const MAJORS = [
  major.IRP_MJ_CREATE,
  major.IRP_MJ_READ,
  major.IRP_MJ_WRITE,
  major.IRP_MJ_DEVICE_CONTROL,
  major.IRP_MJ_INTERNAL_DEVICE_CONTROL,
]
const handler = (): void => {}

async function queueOf(config: IoQueueConfig): Promise<{ engine: SteppedEngine; queue: IoQueue }> {
  const engine = new SteppedEngine()
  let queue: IoQueue | undefined
  await engine.addDevice(deviceDriver((device) => void (queue = device.createIoQueue(config))))
  if (queue === undefined) throw new Error('no queue')
  return { engine, queue }
}

describe('handles', () => {
  it.each<[what: string, config: IoQueueConfig, takes: number[]]>([
    ['a manual queue', { dispatchType: 'manual' }, MAJORS],
    ['EvtIoDefault', { dispatchType: 'parallel', EvtIoDefault: handler }, MAJORS],
    ['EvtIoRead', { dispatchType: 'parallel', EvtIoRead: handler }, [major.IRP_MJ_READ]],
    ['EvtIoWrite', { dispatchType: 'parallel', EvtIoWrite: handler }, [major.IRP_MJ_WRITE]],
    [
      'EvtIoDeviceControl',
      { dispatchType: 'parallel', EvtIoDeviceControl: handler },
      [major.IRP_MJ_DEVICE_CONTROL],
    ],
    [
      'EvtIoInternalDeviceControl',
      { dispatchType: 'parallel', EvtIoInternalDeviceControl: handler },
      [major.IRP_MJ_INTERNAL_DEVICE_CONTROL],
    ],
  ])('%s takes its types, and a create only by EvtIoDefault', async (_what, config, takes) => {
    const { queue } = await queueOf(config)
    expect(MAJORS.filter((code) => queue.handles(code))).toEqual(takes)
  })
})

describe('a manual queue', () => {
  it('presents nothing; the driver takes the oldest, as many as it wants', async () => {
    const { engine, queue } = await queueOf({ dispatchType: 'manual', defaultQueue: true })
    const requester = new Requester(engine)
    expect(queue.retrieveNextRequest()).toBeNull()
    expect(requester.reads(1, 2, 3)).toEqual([])
    const [first, second] = [queue.retrieveNextRequest(), queue.retrieveNextRequest()]
    second?.complete(nt.STATUS_SUCCESS)
    first?.complete(nt.STATUS_NOT_FOUND)
    engine.step()
    expect(statuses(engine.reap())).toEqual([
      [2, nt.STATUS_SUCCESS],
      [1, nt.STATUS_NOT_FOUND],
    ])
    queue.retrieveNextRequest()?.complete(nt.STATUS_SUCCESS)
    expect(queue.retrieveNextRequest()).toBeNull()
    engine.step()
    expect(contexts(engine.reap())).toEqual([3])
  })

  it('has cancelled requests taken out of it', async () => {
    const { engine, queue } = await queueOf({ dispatchType: 'manual', defaultQueue: true })
    const requester = new Requester(engine)
    const handles = [1, 2, 3].map((context) => requester.read(context))
    engine.run()
    engine.channel.cancel(handles[0] ?? -1)
    engine.channel.cancel(handles[2] ?? -1)
    expect(statuses(engine.run())).toEqual([
      [1, nt.STATUS_CANCELLED],
      [3, nt.STATUS_CANCELLED],
    ])
    queue.retrieveNextRequest()?.complete(nt.STATUS_SUCCESS)
    expect(contexts(engine.run())).toEqual([2])
  })

  it('gives a retrieved request to the driver: it can be polled and marked cancelable', async () => {
    const { engine, queue } = await queueOf({ dispatchType: 'manual', defaultQueue: true })
    const requester = new Requester(engine)
    const handle = requester.read(1)
    engine.run()
    const request = queue.retrieveNextRequest()
    expect(request?.isCanceled()).toBe(false)
    request?.markCancelable((same: Request) => same.complete(nt.STATUS_CANCELLED))
    engine.channel.cancel(handle)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('does not hand out a read of no bytes', async () => {
    const { engine, queue } = await queueOf({ dispatchType: 'manual', defaultQueue: true })
    const requester = new Requester(engine)
    requester.read(1, 0)
    requester.read(2, 8)
    engine.run()
    expect(queue.retrieveNextRequest()?.length).toBe(8)
    engine.step()
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_SUCCESS]])
  })
})

describe('retrieveNextRequest', () => {
  it('is refused by a parallel queue', async () => {
    const { queue } = await queueOf({ dispatchType: 'parallel', EvtIoDefault: handler })
    expect(() => queue.retrieveNextRequest()).toThrow(
      expect.objectContaining({ code: 'STATUS_INVALID_DEVICE_STATE' }),
    )
  })

  it('takes another one from a sequential queue while the driver owns one', async () => {
    const held: Request[] = []
    const { engine, queue } = await queueOf({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead: (_queue, request) => void held.push(request),
    })
    new Requester(engine).reads(1, 2, 3)
    const second = queue.retrieveNextRequest()
    held[0]?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    // The driver still owns the second one, so the third one waits.
    expect([contexts(engine.reap()), held.length]).toEqual([[1], 1])
    second?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    expect([contexts(engine.reap()), held.length]).toEqual([[2], 2])
  })
})

describe('a queue of a device that is not in D0', () => {
  it('keeps what comes, in order, and presents it when the device starts', async () => {
    const engine = new SteppedEngine()
    const order: number[] = []
    const { id } = await engine.addDeviceStopped(
      queueDriver({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead(_queue, request) {
          order.push(request.deviceOffset)
          request.complete(nt.STATUS_SUCCESS)
        },
      }),
    )
    const requester = new Requester(engine)
    for (const number of [1, 2, 3]) requester.read(number, 16, number)
    expect(engine.run()).toEqual([])
    expect(engine.framework().outstanding).toBe(3)
    const before = engine.wakes
    await engine.framework().startDevice(id)
    expect(engine.wakes).toBeGreaterThan(before)
    requester.read(4, 16, 4)
    expect(contexts(engine.run())).toEqual([1, 2, 3, 4])
    expect(order).toEqual([1, 2, 3, 4])
    expect(engine.framework().outstanding).toBe(0)
  })
})

/** Where the queues of such a device live, seen from each of three workers. */
async function places(
  configs: IoQueueConfig[],
  scope: Device['synchronizationScope'],
): Promise<number[]> {
  const engine = new SteppedEngine({ workers: 3 })
  const description = await engine.addDevice(
    deviceDriver(
      (device) => {
        for (const config of configs) device.createIoQueue(config)
      },
      { synchronizationScope: scope },
    ),
    { homeWorker: 1 },
  )
  return description.queues.map((queue) => queue.worker)
}
const parallel = (limit: number): IoQueueConfig => ({
  dispatchType: 'parallel',
  numberOfPresentedRequests: limit,
  EvtIoDefault: handler,
})

describe('places', () => {
  it('are home, round the pool, or everywhere', async () => {
    const three = [parallel(0), parallel(0), parallel(0)]
    expect(await places(three, 'device')).toEqual([1, 1, 1])
    expect(await places(three, 'queue')).toEqual([1, 2, 0])
    expect(await places(three, 'none')).toEqual([-1, -1, -1])
    expect(await places(three, 'inherit')).toEqual([1, 1, 1])
  })

  it('are home for a limit that does not reach round the pool', async () => {
    expect(await places([parallel(2), parallel(3), parallel(4)], 'none')).toEqual([1, -1, -1])
  })

  it('keep the limit over all workers together', async () => {
    const engine = new SteppedEngine({ workers: 3, slots: 16 })
    const held: Request[] = []
    await engine.addDevice(
      deviceDriver(
        (device) => {
          device.createIoQueue({
            ...parallel(4),
            defaultQueue: true,
            EvtIoRead: (_queue, request) => void held.push(request),
          })
        },
        { synchronizationScope: 'none' },
      ),
    )
    const requester = new Requester(engine)
    for (let i = 0; i < 12; i++) requester.read(i)
    engine.run()
    // The host spreads them evenly; the shares of the limit are 2, 1 and 1.
    expect(held).toHaveLength(4)
    for (let round = 0; round < 20; round++) {
      for (const request of held.splice(0)) request.complete(nt.STATUS_SUCCESS)
      engine.settle()
      expect(held.length).toBeLessThanOrEqual(4)
    }
    expect(engine.reap()).toHaveLength(12)
  })
})
