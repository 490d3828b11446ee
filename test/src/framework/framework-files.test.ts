/** Files: CREATE, CLEANUP and CLOSE, the driver's callbacks for them, and file objects. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import { attachChannel } from '../../../src/manager/channel.js'
import type { FileObjectConfig } from '../../../src/framework/device-init.js'
import type { FileObject } from '../../../src/framework/file-object.js'
import type { Request } from '../../../src/framework/request.js'
import { deviceDriver, driverUrl } from '../../harness/inline-driver.js'
import { statusOf } from '../../harness/status.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

/** A device with those file callbacks; its reads are noted with their file object, and succeed. */
async function deviceWith(config: FileObjectConfig, trace: unknown[] = []): Promise<SteppedEngine> {
  const engine = new SteppedEngine()
  const driver = driverUrl({
    EvtDriverDeviceAdd(_driver, init) {
      init.setFileObjectConfig(config)
      init.createDevice().createIoQueue({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoRead(_queue, request) {
          trace.push(['read', request.fileObject])
          request.complete(nt.STATUS_SUCCESS)
        },
      })
    },
  })
  await engine.addDevice(driver, { name: 'disk' })
  return engine
}

describe('without callbacks', () => {
  it('every open and close succeeds', async () => {
    const engine = await deviceWith({})
    const file = await engine.until(engine.channel.open('disk'))
    await engine.until(file.close())
    expect(engine.channel.ledger()).toMatchObject({ accepted: 3, success: 3, inFlight: 0 })
    expect(engine.framework().outstanding).toBe(0)
  })
})

describe('with callbacks', () => {
  it('they run in the order create, cleanup, close, about one file object', async () => {
    const trace: unknown[] = []
    const engine = await deviceWith(
      {
        EvtDeviceFileCreate(device, request, file) {
          trace.push(['create', file])
          expect(device.name).toBe('disk')
          expect(request.fileObject).toBe(file)
          file.context['opened'] = true
          request.completeWithInformation(nt.STATUS_SUCCESS, 1)
        },
        EvtFileCleanup: (file) => void trace.push(['cleanup', file]),
        EvtFileClose: (file) => void trace.push(['close', file]),
      },
      trace,
    )
    const file = await engine.until(engine.channel.open('disk'))
    await engine.until(file.read(new Uint8Array(8)))
    await engine.until(file.close())
    const events = trace as [string, FileObject][]
    expect(events.map(([event]) => event)).toEqual(['create', 'read', 'cleanup', 'close'])
    expect(new Set(events.map(([, object]) => object)).size).toBe(1)
    expect(events[0]?.[1]).toMatchObject({
      channelId: engine.channel.id,
      fileId: file.fileId,
      context: { opened: true },
    })
  })

  it('a close waits for the file’s own requests, and they are cancelled before', async () => {
    const trace: string[] = []
    const engine = new SteppedEngine()
    const driver = driverUrl({
      EvtDriverDeviceAdd(_driver, init) {
        init.setFileObjectConfig({
          EvtFileCleanup: () => void trace.push('cleanup'),
          EvtFileClose: () => void trace.push('close'),
        })
        init.createDevice().createIoQueue({
          dispatchType: 'parallel',
          defaultQueue: true,
          EvtIoRead: (_queue, request) =>
            request.markCancelable((same: Request) => {
              trace.push('cancel')
              setImmediate(() => {
                trace.push('completed')
                same.complete(nt.STATUS_CANCELLED)
              })
            }),
        })
      },
    })
    await engine.addDevice(driver)
    const file = await engine.until(engine.channel.open('device0'))
    const read = file.read(new Uint8Array(8), { rejectOnFailure: false })
    await engine.until(file.close())
    expect(await read).toMatchObject({ status: nt.STATUS_CANCELLED })
    expect(trace).toEqual(['cancel', 'cleanup', 'completed', 'close'])
  })

  it.each([
    [
      'completes it with a failure',
      (r: Request) => r.complete(nt.STATUS_ACCESS_DENIED),
      'STATUS_ACCESS_DENIED',
    ],
    [
      'throws',
      () => {
        throw new Error('no')
      },
      'STATUS_DRIVER_INTERNAL_ERROR',
    ],
    ['rejects', () => Promise.reject(new Error('no')), 'STATUS_DRIVER_INTERNAL_ERROR'],
  ] as const)('an open fails when EvtDeviceFileCreate %s', async (_how, create, code) => {
    const engine = await deviceWith({ EvtDeviceFileCreate: (_device, request) => create(request) })
    await expect(engine.until(engine.channel.open('disk'))).rejects.toMatchObject({
      name: 'IrpError',
      code,
      ntstatus: statusOf(code),
      operation: 'open of disk',
    })
    expect(engine.framework().outstanding).toBe(0)
  })

  it('a create may be answered later', async () => {
    const engine = await deviceWith({
      EvtDeviceFileCreate: (_device, request) => void setImmediate(() => request.complete(0)),
    })
    const file = await engine.until(engine.channel.open('disk'))
    expect(file.isOpen).toBe(true)
  })

  it.each(['EvtFileCleanup', 'EvtFileClose'] as const)(
    'a throwing %s is told and the handle closes all the same',
    async (name) => {
      const trace: string[] = []
      const note = (event: string) => (): void => {
        trace.push(event)
        if (event === name) throw new Error('no')
      }
      const engine = await deviceWith({
        EvtFileCleanup: note('EvtFileCleanup'),
        EvtFileClose: note('EvtFileClose'),
      })
      const file = await engine.until(engine.channel.open('disk'))
      await engine.until(file.close())
      expect(trace).toEqual(['EvtFileCleanup', 'EvtFileClose'])
      expect(engine.faults).toMatchObject([{ device: 'disk', error: { message: 'no' } }])
      expect(engine.channel.inFlight).toBe(0)
    },
  )
})

describe('CREATE sent to a queue', () => {
  it('goes to its EvtIoDefault, never to a default queue', async () => {
    const engine = new SteppedEngine()
    const seen: string[] = []
    await engine.addDevice(
      deviceDriver((device) => {
        const queue = (name: string, defaultQueue: boolean) =>
          device.createIoQueue({
            dispatchType: 'sequential',
            defaultQueue,
            EvtIoDefault(_queue, request) {
              seen.push(`${name} ${request.majorFunction}`)
              request.complete(nt.STATUS_SUCCESS)
            },
          })
        queue('default', true)
        device.configureRequestDispatching(queue('creates', false), 'create')
      }),
    )
    const file = await engine.until(engine.channel.open('device0'))
    await engine.until(file.read(new Uint8Array(4)))
    expect(seen).toEqual(['creates 0', 'default 3'])
  })
})

describe('file objects', () => {
  it('are one a handle', async () => {
    const files: FileObject[] = []
    const engine = await deviceWith({
      EvtDeviceFileCreate(_device, request, file) {
        files.push(file)
        request.complete(nt.STATUS_SUCCESS)
      },
    })
    for (let i = 0; i < 2; i++) await engine.until(engine.channel.open('disk'))
    expect(files[0]).not.toBe(files[1])
    expect(files[0]?.fileId).not.toBe(files[1]?.fileId)
  })

  it('are new for a channel’s next owner, whatever failed before', async () => {
    const devices: string[] = []
    const create = (status: number) =>
      driverUrl({
        EvtDriverDeviceAdd(_driver, init) {
          init.setFileObjectConfig({
            EvtDeviceFileCreate(_device, request, file) {
              devices.push(file.device.name)
              request.complete(status)
            },
          })
          init.createDevice()
        },
      })
    const engine = new SteppedEngine()
    await engine.addDevice(create(nt.STATUS_ACCESS_DENIED), { name: 'locked' })
    await engine.addDevice(create(nt.STATUS_SUCCESS), { name: 'open' })
    await expect(engine.until(engine.channel.open('locked'))).rejects.toThrow(
      'STATUS_ACCESS_DENIED',
    )
    engine.channel = attachChannel(engine.channel.transfer())
    await engine.until(engine.channel.open('open'))
    expect(devices).toEqual(['locked', 'open'])
  })

  it('are new for a channel’s next owner on every worker', async () => {
    const opens: unknown[] = []
    /** Home is worker 0; writes go to the second queue, which lives on worker 1. */
    const driver = deviceDriver(
      (device) => {
        device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
        const writes = device.createIoQueue({
          dispatchType: 'sequential',
          EvtIoWrite(_queue, request) {
            const { context } = request.fileObject
            opens.push(context['earlier'])
            context['earlier'] = true
            request.complete(nt.STATUS_SUCCESS)
          },
        })
        device.configureRequestDispatching(writes, 'write')
      },
      { synchronizationScope: 'queue' },
    )
    const engine = new SteppedEngine({ workers: 2 })
    await engine.addDevice(driver)
    for (let owner = 0; owner < 2; owner++) {
      const file = await engine.until(engine.channel.open('device0'))
      await engine.until(file.write(Uint8Array.of(1)))
      await engine.until(file.close())
      engine.channel = attachChannel(engine.channel.transfer())
    }
    expect(opens).toEqual([undefined, undefined])
    expect(engine.frameworks.map((framework) => framework?.files.size)).toEqual([0, 0])
  })
})

describe('a device that goes while a handle is open', () => {
  it('gets its cleanup and close, and leaves no file object behind', async () => {
    const trace: unknown[] = []
    const engine = await deviceWith({
      EvtFileCleanup: () => void trace.push('cleanup'),
      EvtFileClose: () => void trace.push('close'),
    })
    const file = await engine.until(engine.channel.open('disk'))
    await engine.until(engine.framework().stopDevice(0))
    expect(trace).toEqual(['cleanup', 'close'])
    expect(engine.framework().files.size).toBe(0)
    await engine.until(file.close())
    expect(trace).toHaveLength(2)
    expect(engine.framework().files.size).toBe(0)
  })
})
