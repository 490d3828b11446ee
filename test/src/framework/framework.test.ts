/** The Framework on one worker: adding, starting, stopping and removing devices, and what is left behind. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import type { IoQueueConfig } from '../../../src/framework/io-queue-config.js'
import type { CallbackResult } from '../../../src/framework/driver.js'
import type { Request } from '../../../src/framework/request.js'
import { driverUrl, queueDriver } from '../../harness/inline-driver.js'
import { Requester, statuses } from '../../harness/requester.js'
import { type Completion, SteppedEngine } from '../../harness/stepped-engine.js'

const succeeding: IoQueueConfig = {
  dispatchType: 'parallel',
  defaultQueue: true,
  EvtIoDefault: (_queue, request) => request.complete(nt.STATUS_SUCCESS),
}
function holding(held: Request[], dispatchType: 'sequential' | 'parallel'): IoQueueConfig {
  return {
    dispatchType,
    defaultQueue: true,
    EvtIoRead: (_queue, request) => void held.push(request),
  }
}

describe('addDevice', () => {
  it.each<[what: string, add: () => CallbackResult, message: RegExp, also?: object]>([
    [
      'throws',
      () => {
        throw new RangeError('too small')
      },
      /^EvtDriverDeviceAdd of data:.* for device "disk" threw: too small$/,
      { cause: { name: 'RangeError' } },
    ],
    ['rejects', () => Promise.reject(new Error('late')), /threw: late$/],
    [
      'returns a failure status',
      () => nt.STATUS_INSUFFICIENT_RESOURCES,
      / failed$/,
      { ntstatus: nt.STATUS_INSUFFICIENT_RESOURCES },
    ],
    ['creates no device', () => {}, /created no device: call deviceInit.createDevice\(\)$/],
  ])(
    'refuses a device whose driver %s, and keeps nothing of it',
    async (_what, add, message, also) => {
      const engine = new SteppedEngine()
      const driver = driverUrl({ EvtDriverDeviceAdd: add })
      const added = engine.addDeviceStopped(driver, { name: 'disk' })
      await expect(added).rejects.toThrow(message)
      await expect(added).rejects.toMatchObject({
        name: 'DriverError',
        code: 'ERR_IRP_DEVICE_ADD',
        value: 'disk',
        ...also,
      })
      expect(engine.framework().devices.size).toBe(0)
    },
  )

  it('takes a driver that returns a success status, or a promise of one', async () => {
    const engine = new SteppedEngine()
    for (const result of [nt.STATUS_SUCCESS, Promise.resolve(nt.STATUS_WDF_QUEUED)]) {
      await engine.addDevice(
        driverUrl({
          EvtDriverDeviceAdd(_driver, init) {
            init.createDevice()
            return result
          },
        }),
      )
    }
    expect(engine.framework().devices.size).toBe(2)
  })

  it('gives all devices of a driver one driver object', async () => {
    const engine = new SteppedEngine()
    const drivers = new Set<unknown>()
    const url = driverUrl({
      EvtDriverDeviceAdd(driver, init) {
        drivers.add(driver)
        init.createDevice()
      },
    })
    await engine.addDevice(url)
    await engine.addDevice(url)
    expect(drivers.size).toBe(1)
  })

  it('keeps devices apart: each row of the table leads to its own queue', async () => {
    const engine = new SteppedEngine()
    const served: string[] = []
    for (const name of ['a', 'b', 'c']) {
      const EvtIoRead = (_queue: unknown, request: Request): void => {
        served.push(name)
        request.complete(nt.STATUS_SUCCESS)
      }
      await engine.addDevice(
        queueDriver({ dispatchType: 'sequential', defaultQueue: true, EvtIoRead }),
        { name },
      )
    }
    for (const name of ['c', 'a', 'b', 'a']) new Requester(engine, name).reads(1)
    expect(served).toEqual(['c', 'a', 'b', 'a'])
  })
})

describe('removing a device', () => {
  it('answers later requests with STATUS_NO_SUCH_DEVICE, and others go on', async () => {
    const engine = new SteppedEngine()
    await engine.addDevice(queueDriver(succeeding), { name: 'a' })
    await engine.addDevice(queueDriver(succeeding), { name: 'b' })
    const [a, b] = [new Requester(engine, 'a'), new Requester(engine, 'b')]
    await engine.framework().stopDevice(0)
    expect(statuses(a.reads(1))).toEqual([[1, nt.STATUS_NO_SUCH_DEVICE]])
    expect(statuses(b.reads(2))).toEqual([[2, nt.STATUS_SUCCESS]])
  })

  it('lets the driver complete what it owns during the stop sequence, and ends the rest', async () => {
    const engine = new SteppedEngine()
    const held: Request[] = []
    const driver = driverUrl({
      EvtDriverDeviceAdd(_driver, init) {
        init.setPnpPowerEventCallbacks({
          EvtDeviceD0Exit: () => held[0]?.complete(nt.STATUS_SUCCESS),
        })
        init.createDevice().createIoQueue(holding(held, 'parallel'))
      },
    })
    await engine.addDevice(driver)
    new Requester(engine).reads(1, 2)
    await engine.framework().stopDevice(0)
    engine.step()
    expect(statuses(engine.reap())).toEqual([
      [1, nt.STATUS_SUCCESS],
      [2, nt.STATUS_DEVICE_REMOVED],
    ])
    expect(engine.framework().outstanding).toBe(0)
  })

  it('cancels what its driver marked cancelable', async () => {
    const engine = new SteppedEngine()
    await engine.addDevice(
      queueDriver({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead: (_queue, request) =>
          request.markCancelable((same: Request) => same.complete(nt.STATUS_CANCELLED)),
      }),
    )
    new Requester(engine).reads(1)
    await engine.framework().stopDevice(0)
    engine.step()
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('ends what waits in its queues', async () => {
    const engine = new SteppedEngine()
    const held: Request[] = []
    await engine.addDevice(queueDriver(holding(held, 'sequential')))
    new Requester(engine).reads(1, 2, 3)
    await engine.framework().stopDevice(0)
    engine.settle()
    expect(statuses(engine.reap()).toSorted(([a], [b]) => a - b)).toEqual([
      [1, nt.STATUS_DEVICE_REMOVED],
      [2, nt.STATUS_CANCELLED],
      [3, nt.STATUS_CANCELLED],
    ])
    expect(held).toHaveLength(1)
    expect(engine.channel.ledger()).toMatchObject({ completed: 3, inFlight: 0, lost: 0 })
  })

  it('ends what arrives while it stops, once, and the driver does not see it', async () => {
    const engine = new SteppedEngine()
    const held: Request[] = []
    const during: Completion[] = []
    const driver = driverUrl({
      EvtDriverDeviceAdd(_driver, init) {
        init.setPnpPowerEventCallbacks({
          EvtDeviceD0Exit: () => void during.push(...new Requester(engine).reads(2, 3)),
        })
        init.createDevice().createIoQueue(holding(held, 'parallel'))
      },
    })
    await engine.addDevice(driver)
    new Requester(engine).reads(1)
    await engine.framework().stopDevice(0)
    expect(statuses(during)).toEqual([
      [2, nt.STATUS_INVALID_DEVICE_STATE],
      [3, nt.STATUS_INVALID_DEVICE_STATE],
    ])
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_DEVICE_REMOVED]])
    expect(held).toHaveLength(1)
    expect(engine.framework().turn.hasWork()).toBe(false)
    expect(engine.channel.ledger()).toMatchObject({ completed: 3, inFlight: 0, duplicates: 0 })
  })

  it('is refused for a device that is not there', async () => {
    const { frameworks } = new SteppedEngine()
    const wanted = { code: 'ERR_IRP_DEVICE_START', value: 7 }
    await expect(frameworks[0]?.stopDevice(7)).rejects.toMatchObject(wanted)
    await expect(frameworks[0]?.startDevice(7)).rejects.toMatchObject(wanted)
  })
})

describe('outstanding', () => {
  it('counts what waits, what is owned, and what the Framework holds itself', async () => {
    const engine = new SteppedEngine()
    const held: Request[] = []
    await engine.addDevice(queueDriver(holding(held, 'sequential')))
    const framework = engine.framework()
    expect(framework.outstanding).toBe(0)
    new Requester(engine).reads(1, 2, 3)
    expect(framework.outstanding).toBe(3)
    held[0]?.complete(nt.STATUS_SUCCESS)
    expect(framework.outstanding).toBe(2)
    engine.settle()
    held[1]?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    held[2]?.complete(nt.STATUS_SUCCESS)
    expect(framework.outstanding).toBe(0)
  })
})

describe('detachChannel', () => {
  it('polls the channel no more', async () => {
    const engine = new SteppedEngine()
    await engine.addDevice(queueDriver(succeeding))
    engine.framework().detachChannel(99)
    expect(engine.framework().turn.ports).toHaveLength(1)
    engine.framework().detachChannel(engine.channel.id)
    expect(new Requester(engine).reads(1)).toEqual([])
    expect(engine.framework().turn.ports).toEqual([])
  })
})

describe('unload', () => {
  it('unloads the drivers of this worker', async () => {
    const engine = new SteppedEngine()
    let unloaded = 0
    await engine.addDevice(
      driverUrl({
        EvtDriverDeviceAdd: (_driver, init) => void init.createDevice(),
        EvtDriverUnload: () => void unloaded++,
      }),
    )
    await engine.framework().unload()
    expect(unloaded).toBe(1)
  })
})

describe('a device that changes after it was added', () => {
  it('routes a request type to a queue made in EvtDevicePrepareHardware', async () => {
    const engine = new SteppedEngine()
    const driver = driverUrl({
      EvtDriverDeviceAdd(_driver, init) {
        init.setPnpPowerEventCallbacks({
          EvtDevicePrepareHardware(device) {
            const { EvtIoDefault } = succeeding
            const queue = device.createIoQueue({
              dispatchType: 'sequential',
              ...(EvtIoDefault === undefined ? {} : { EvtIoDefault }),
            })
            device.configureRequestDispatching(queue, 'read')
          },
        })
        init.createDevice()
      },
    })
    await engine.addDevice(driver)
    expect(statuses(new Requester(engine).reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
  })
})
