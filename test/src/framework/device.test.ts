/** Device and DeviceInit: creation, queues, routing by request type. Source: kmdf.md 3.2. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import type { Device, RequestType } from '../../../src/framework/device.js'
import type { DeviceInit } from '../../../src/framework/device-init.js'
import type { IoQueue } from '../../../src/framework/io-queue.js'
import type { Request } from '../../../src/framework/request.js'
import { deviceDriver, driverUrl } from '../../harness/inline-driver.js'
import { Requester } from '../../harness/requester.js'
import { failureOf } from '../../harness/status.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const EvtIoDefault = (_queue: unknown, request: Request): void =>
  request.complete(nt.STATUS_SUCCESS)

/** Runs something while a device is being added. */
async function whileAdding(build: (device: Device) => void): Promise<SteppedEngine> {
  const engine = new SteppedEngine()
  await engine.addDevice(deviceDriver(build))
  return engine
}

/** A queue of each kind, by the name of the kind. */
function queues(device: Device): Record<'default' | 'reads' | 'any' | 'manual', IoQueue> {
  return {
    default: device.createIoQueue({ dispatchType: 'sequential', defaultQueue: true, EvtIoDefault }),
    reads: device.createIoQueue({ dispatchType: 'sequential', EvtIoRead: EvtIoDefault }),
    any: device.createIoQueue({ dispatchType: 'parallel', EvtIoDefault }),
    manual: device.createIoQueue({ dispatchType: 'manual' }),
  }
}

describe('createIoQueue', () => {
  it('gives the Framework’s checks to the driver, which may go on', async () => {
    await whileAdding((device) => {
      expect(() => device.createIoQueue({ dispatchType: 'sequential' })).toThrow(
        failureOf('STATUS_WDF_NO_CALLBACK'),
      )
      expect(device.queues).toEqual([])
      const queue = device.createIoQueue({ dispatchType: 'manual' })
      expect(device.queues).toEqual([queue])
      expect(queue.device).toBe(device)
    })
  })

  it('refuses a second default queue', async () => {
    await whileAdding((device) => {
      const { default: first } = queues(device)
      expect(device.defaultQueue).toBe(first)
      expect(() =>
        device.createIoQueue({ dispatchType: 'parallel', defaultQueue: true, EvtIoDefault }),
      ).toThrow(failureOf('STATUS_UNSUCCESSFUL'))
      expect(device.defaultQueue).toBe(first)
    })
  })

  it('refuses a default queue once the device has been added', async () => {
    let later: Device | undefined
    await whileAdding((device) => {
      later = device
    })
    expect(() =>
      later?.createIoQueue({ dispatchType: 'parallel', defaultQueue: true, EvtIoDefault }),
    ).toThrow(failureOf('STATUS_INVALID_DEVICE_STATE'))
    expect(later?.createIoQueue({ dispatchType: 'manual' }).isDefault).toBe(false)
  })
})

describe('configureRequestDispatching', () => {
  it.each<[queue: keyof ReturnType<typeof queues>, type: RequestType]>([
    ['reads', 'write'],
    ['reads', 'deviceControl'],
    ['reads', 'deviceControlInternal'],
    ['reads', 'create'],
    ['default', 'read'],
    ['default', 'create'],
  ])('refuses the %s queue for %s', async (queue, type) => {
    await whileAdding((device) => {
      const of = queues(device)
      expect(() => device.configureRequestDispatching(of[queue], type)).toThrow(
        failureOf('STATUS_INVALID_DEVICE_REQUEST'),
      )
    })
  })

  it('refuses a queue of another device, and a type that is none', async () => {
    const engine = new SteppedEngine()
    let foreign: IoQueue | undefined
    await engine.addDevice(deviceDriver((device) => void (foreign = queues(device).any)))
    await engine.addDevice(
      deviceDriver((device) => {
        const { any } = queues(device)
        expect(() => device.configureRequestDispatching(foreign as IoQueue, 'read')).toThrow(
          failureOf('STATUS_INVALID_DEVICE_REQUEST'),
        )
        expect(() => device.configureRequestDispatching(any, 'flush' as RequestType)).toThrow(
          failureOf('STATUS_INVALID_PARAMETER'),
        )
      }),
    )
  })

  it('refuses a type that has a queue already', async () => {
    await whileAdding((device) => {
      const { any, manual, reads } = queues(device)
      device.configureRequestDispatching(reads, 'read')
      for (const queue of [any, manual, reads]) {
        expect(() => device.configureRequestDispatching(queue, 'read')).toThrow(
          failureOf('STATUS_WDF_BUSY'),
        )
      }
      device.configureRequestDispatching(manual, 'write')
      device.configureRequestDispatching(any, 'create')
    })
  })

  it('routes each type to its queue and the rest to the default queue, in either order', async () => {
    for (const defaultFirst of [true, false]) {
      const served: [type: string, queue: unknown][] = []
      const names = new Map<unknown, string>()
      const note =
        (type: string) =>
        (queue: unknown, request: Request): void => {
          served.push([type, names.get(queue)])
          request.complete(nt.STATUS_SUCCESS)
        }
      const engine = await whileAdding((device) => {
        const handlers = {
          EvtIoRead: note('read'),
          EvtIoWrite: note('write'),
          EvtIoDeviceControl: note('ioctl'),
          EvtIoInternalDeviceControl: note('internal'),
        }
        const make = (name: string, defaultQueue: boolean): IoQueue => {
          const queue = device.createIoQueue({
            dispatchType: 'parallel',
            defaultQueue,
            ...handlers,
          })
          names.set(queue, name)
          return queue
        }
        if (defaultFirst) make('default', true)
        device.configureRequestDispatching(make('a', false), 'write')
        device.configureRequestDispatching(make('b', false), 'deviceControlInternal')
        if (!defaultFirst) make('default', true)
      })
      const requester = new Requester(engine)
      requester.read(1)
      requester.write(2)
      requester.ioctl(3)
      requester.internalIoctl(4)
      engine.run()
      expect(served).toEqual([
        ['read', 'default'],
        ['write', 'a'],
        ['ioctl', 'default'],
        ['internal', 'b'],
      ])
    }
  })
})

/** Runs something with a DeviceInit; the driver then creates its device if it has not. */
async function withInit(use: (init: DeviceInit) => void): Promise<void> {
  const engine = new SteppedEngine()
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      use(init)
      init.createDevice()
    },
  })
  await engine.addDevice(driver, { name: 'disk', parameters: { bytes: 5 } })
}

describe('DeviceInit', () => {
  it('has the name and the parameters that the host gave', async () => {
    await withInit((init) => {
      expect(init).toMatchObject({ name: 'disk', parameters: { bytes: 5 } })
    })
  })

  it('creates one device', async () => {
    const add = withInit((init) => void init.createDevice())
    await expect(add).rejects.toMatchObject({
      code: 'ERR_IRP_DEVICE_ADD',
      cause: { ntstatus: nt.STATUS_INVALID_DEVICE_STATE },
    })
  })

  it.each([-1, 28, 1.5, NaN])('has no preprocess callback for major function %d', async (major) => {
    await withInit((init) => {
      expect(() => init.assignWdmIrpPreprocessCallback(major, () => {})).toThrow(
        failureOf('STATUS_INVALID_PARAMETER'),
      )
    })
  })

  it('gives the device its attributes', async () => {
    const context = { state: 1 }
    const engine = new SteppedEngine()
    await engine.addDevice(
      deviceDriver(
        (device) => {
          expect(device).toMatchObject({
            name: 'device0',
            isHome: true,
            synchronizationScope: 'queue',
          })
          expect(device.context).toBe(context)
        },
        { synchronizationScope: 'queue', context },
      ),
    )
    await engine.addDevice(
      deviceDriver((device) => {
        expect(device).toMatchObject({ synchronizationScope: 'inherit', context: {} })
      }),
    )
  })
})
