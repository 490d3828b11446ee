/** Which parent each Framework object has, and which of them a driver may delete. Source: kmdf.md 7.1. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type { DeviceInit } from '../../src/framework/device-init.js'
import type { FileObject } from '../../src/framework/file-object.js'
import { FrameworkObject, type ObjectHandle } from '../../src/framework/framework-object.js'
import { deviceDriver } from '../harness/inline-driver.js'
import { codeOf } from '../harness/status.js'
import { SteppedEngine } from '../harness/stepped-engine.js'
import { named } from './named.js'
import { manualQueue, QueueBench, retrieve } from './queue-bench.js'

interface Chosen {
  readonly parent?: ObjectHandle
}

interface KindRow {
  readonly kind: string
  /** Who the parent is unless another one is chosen. */
  readonly byDefault: 'driver' | 'device' | 'enabler'
  readonly mayChoose: boolean
  readonly make: (device: Device, chosen: Chosen) => ObjectHandle
}

const ENABLER = { profile: 'scatter-gather', maximumLength: 4096 } as const
const EvtInterruptIsr = (): boolean => true

const KINDS: readonly KindRow[] = [
  {
    kind: 'queue',
    byDefault: 'device',
    mayChoose: true,
    make: (device, chosen) => device.createIoQueue({ dispatchType: 'manual', ...chosen }),
  },
  {
    kind: 'I/O target',
    byDefault: 'device',
    mayChoose: true,
    make: (device, chosen) => device.createIoTarget(chosen),
  },
  {
    kind: 'interrupt',
    byDefault: 'device',
    mayChoose: true,
    make: (device, chosen) =>
      device.hardware.createInterrupt({
        EvtInterruptIsr,
        automaticSerialization: true,
        ...chosen,
      }),
  },
  {
    kind: 'DMA enabler',
    byDefault: 'device',
    mayChoose: true,
    make: (device, chosen) => device.hardware.createDmaEnabler({ ...ENABLER, ...chosen }),
  },
  {
    kind: 'DMA transaction',
    byDefault: 'enabler',
    mayChoose: false,
    make: (device, chosen) =>
      device.hardware.createDmaEnabler(ENABLER).createTransaction(chosen as never),
  },
  {
    kind: 'driver-made request',
    byDefault: 'driver',
    mayChoose: true,
    make: (device, chosen) => device.createRequest(chosen),
  },
  {
    kind: 'memory',
    byDefault: 'driver',
    mayChoose: true,
    make: (device, chosen) => device.driver.createMemory(16, chosen),
  },
  {
    kind: 'preallocated memory',
    byDefault: 'driver',
    mayChoose: true,
    make: (device, chosen) => device.driver.createMemoryOf(new Uint8Array(4), chosen),
  },
  {
    kind: 'lookaside list',
    byDefault: 'driver',
    mayChoose: true,
    make: (device, chosen) => device.driver.createLookaside(16, chosen),
  },
  {
    kind: 'collection',
    byDefault: 'driver',
    mayChoose: true,
    make: (device, chosen) => device.driver.createCollection(chosen),
  },
  {
    kind: 'general object',
    byDefault: 'driver',
    mayChoose: true,
    make: (device, chosen) => device.driver.createObject(chosen),
  },
  {
    kind: 'spin lock',
    byDefault: 'device',
    mayChoose: true,
    make: (device, chosen) => device.createSpinLock(chosen),
  },
  {
    kind: 'wait lock',
    byDefault: 'device',
    mayChoose: true,
    make: (device, chosen) => device.createWaitLock(chosen),
  },
]

/** Objects whose parent has no default. */
const REQUIRED: readonly Omit<KindRow, 'byDefault' | 'mayChoose'>[] = [
  {
    kind: 'DPC',
    make: (device, chosen) =>
      device.hardware.createDpc({ EvtDpcFunc: () => {}, ...chosen } as never),
  },
  {
    kind: 'timer',
    make: (device, chosen) =>
      device.hardware.createTimer({ EvtTimerFunc: () => {}, ...chosen } as never),
  },
  {
    kind: 'work item',
    make: (device, chosen) =>
      device.hardware.createWorkItem({
        EvtWorkItemFunc: () => {},
        automaticSerialization: false,
        ...chosen,
      } as never),
  },
]

/** Runs `action` in EvtDriverDeviceAdd, where all of them may be made. */
async function inDeviceAdd(action: (device: Device) => void): Promise<QueueBench> {
  return new QueueBench().add(action)
}

/** As inDeviceAdd, of a device that is not started: it has no interrupt lines to connect. */
async function withoutStart(action: (device: Device) => void): Promise<void> {
  await new SteppedEngine().addDeviceStopped(deviceDriver(action))
}

describe('the default', () => {
  it.each(named(KINDS, '7.1 $kind: its parent is the $byDefault unless another is chosen'))(
    '%s',
    async (_name, { byDefault, make }) => {
      await withoutStart((device) => {
        const { parent } = make(device, {}).object
        const expected = { driver: device.driver.object, device: device.object, enabler: parent }
        expect(parent).toBe(expected[byDefault])
        expect(parent?.kind).toBe(byDefault === 'enabler' ? 'dmaEnabler' : byDefault)
      })
    },
  )

  it('7.1 a device: its driver, which has no parent', async () => {
    const { device } = await inDeviceAdd(() => {})
    expect(device.object.parent).toBe(device.driver.object)
    expect(device.driver.object.parent).toBe(null)
  })

  it('7.1 a file object: its device; a request that the Framework made: none', async () => {
    const bench = await inDeviceAdd((device) => {
      device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
    })
    bench.send(1)
    const request = retrieve(bench.queue())
    expect(request.fileObject.object.parent).toBe(bench.device.object)
    expect(request.object.parent).toBe(null)
    request.complete(nt.STATUS_SUCCESS)
  })

  it('7.1 the memory object of a request: that request, and its driver may not delete it', async () => {
    const { bench, queue } = await manualQueue()
    bench.send(1)
    const request = retrieve(queue)
    const { object } = request.retrieveOutputMemory()
    expect(object.parent).toBe(request.object)
    expect(codeOf(() => object.delete())).toBe('WDF_OBJECT_ERROR')
  })

  it('7.1 the local I/O target: its device', async () => {
    const { device } = await inDeviceAdd(() => {})
    expect(device.ioTarget.object.parent).toBe(device.object)
  })
})

describe('a chosen parent', () => {
  it.each(
    named(
      KINDS.filter(({ mayChoose }) => mayChoose),
      '7.1 $kind: goes with the parent that was chosen',
    ),
  )('%s', async (_name, { make }) => {
    await inDeviceAdd((device) => {
      const parent = device.driver.createObject({ parent: device })
      const { object } = make(device, { parent })
      expect(object.parent).toBe(parent.object)
      parent.object.delete()
      expect(object.state).toBe('destroyed')
    })
  })

  it('7.1 DMA transaction: chosen → PARENT_ASSIGNMENT_NOT_ALLOWED', async () => {
    await inDeviceAdd((device) => {
      const enabler = device.hardware.createDmaEnabler(ENABLER)
      const transaction = (): unknown => enabler.createTransaction({ parent: device } as never)
      expect(codeOf(transaction)).toBe('STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED')
    })
  })

  it('7.1 device: chosen → PARENT_ASSIGNMENT_NOT_ALLOWED, and the device is not added', async () => {
    const inits: DeviceInit[] = []
    const added = new QueueBench().add(
      () => {},
      (init) => {
        inits.push(init)
        init.createDevice({ parent: { object: null } } as never)
      },
    )
    await expect(added).rejects.toMatchObject({
      ntstatus: nt.STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED,
    })
    expect(inits).toHaveLength(1)
  })

  it('7.1 interrupt: chosen without automatic serialization → PARENT_ASSIGNMENT_NOT_ALLOWED', async () => {
    await inDeviceAdd((device) => {
      const make = (): unknown =>
        device.hardware.createInterrupt({ EvtInterruptIsr, parent: device })
      expect(codeOf(make)).toBe('STATUS_WDF_PARENT_ASSIGNMENT_NOT_ALLOWED')
    })
  })

  it.each(named(REQUIRED, '7.1 $kind: has no default: PARENT_NOT_SPECIFIED without one'))(
    '%s',
    async (_name, { make }) => {
      await inDeviceAdd((device) => {
        expect(codeOf(() => make(device, {}))).toBe('STATUS_WDF_PARENT_NOT_SPECIFIED')
        const queue = device.createIoQueue({ dispatchType: 'manual' })
        expect(make(device, { parent: device }).object.parent).toBe(device.object)
        expect(make(device, { parent: queue }).object.parent).toBe(queue.object)
      })
    },
  )

  it('7.1 a DPC below an object of no device is refused', async () => {
    await inDeviceAdd((device) => {
      const parent = device.driver.createMemory(4)
      const make = (): unknown => device.hardware.createDpc({ EvtDpcFunc: () => {}, parent })
      expect(codeOf(make)).toBe('STATUS_INVALID_DEVICE_REQUEST')
    })
  })

  it('7.1 a queue below another device’s object is refused', async () => {
    let first: Device | undefined
    await inDeviceAdd((device) => (first = device))
    await inDeviceAdd((device) => {
      const parent = first as Device
      const make = (): unknown => device.createIoQueue({ dispatchType: 'manual', parent })
      expect(codeOf(make)).toBe('STATUS_INVALID_DEVICE_REQUEST')
    })
  })

  it('7.1 what is no Framework object is no parent: WDF_INVALID_HANDLE', async () => {
    await inDeviceAdd(({ driver }) => {
      for (const parent of [{}, 7, 'device', { object: {} }] as never[]) {
        expect(codeOf(() => driver.createMemory(4, { parent }))).toBe('WDF_INVALID_HANDLE')
      }
    })
  })

  it('7.1 itself → PARENT_IS_SELF; a second one → PARENT_ALREADY_ASSIGNED', () => {
    const root = new FrameworkObject('general', {}, null)
    const child = new FrameworkObject('general', {}, root)
    expect(codeOf(() => root.assignParent(root))).toBe('STATUS_WDF_PARENT_IS_SELF')
    expect(codeOf(() => child.assignParent(root))).toBe('STATUS_WDF_PARENT_ALREADY_ASSIGNED')
  })
})

function fileOf(bench: QueueBench): FileObject {
  const request = retrieve(bench.queue(0))
  const file = request.fileObject
  request.complete(nt.STATUS_SUCCESS)
  return file
}

describe('deleting', () => {
  const NOT_DELETABLE: [what: string, find: (bench: QueueBench) => ObjectHandle][] = [
    ['the driver', ({ device }) => device.driver],
    ['a device', ({ device }) => device],
    ['the default queue', (bench) => bench.queue(0)],
    ['a configured queue', (bench) => bench.queue(1)],
    ['the local I/O target', ({ device }) => device.ioTarget],
    ['a file object', (bench) => fileOf(bench)],
    ['a request that the Framework made', (bench) => retrieve(bench.queue(0))],
  ]

  it.each(NOT_DELETABLE)('7.1 %s is not the driver’s to delete', async (_what, find) => {
    const bench = await inDeviceAdd((device) => {
      device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
      const writes = device.createIoQueue({ dispatchType: 'manual' })
      device.configureRequestDispatching(writes, 'write')
    })
    bench.send(1)
    const { object } = find(bench)
    expect(codeOf(() => object.delete())).toBe('WDF_OBJECT_ERROR')
    expect(object.state).toBe('created')
  })

  const DELETABLE = [
    ...KINDS.filter(({ kind }) => kind !== 'interrupt').map((row) => ({ ...row, parent: false })),
    ...REQUIRED.map((row) => ({ ...row, parent: true })),
  ]

  it.each(named(DELETABLE, '7.1 $kind: its driver may delete it'))('%s', async (_name, row) => {
    await inDeviceAdd((device) => {
      const { object } = row.make(device, row.parent ? { parent: device } : {})
      object.delete()
      expect(object.state).toBe('destroyed')
    })
  })

  it('7.1 an interrupt of EvtDriverDeviceAdd is not the driver’s to delete', async () => {
    await withoutStart((device) => {
      const { object } = device.hardware.createInterrupt({ EvtInterruptIsr })
      expect(codeOf(() => object.delete())).toBe('WDF_OBJECT_ERROR')
    })
  })

  it('7.1 an interrupt of EvtDevicePrepareHardware may be deleted by its driver', async () => {
    const resource = { line: { line: 0 }, trigger: 'message' } as never
    const bench = new QueueBench()
    await bench.add(
      () => {},
      (init) =>
        init.setPnpPowerEventCallbacks({
          EvtDevicePrepareHardware(device) {
            const { object } = device.hardware.createInterrupt({
              EvtInterruptIsr,
              interruptRaw: resource,
              interruptTranslated: resource,
            })
            object.delete()
            bench.log.push(object.state)
          },
        }),
    )
    expect(bench.log).toEqual(['destroyed'])
    expect(bench.device.hardware.interrupts.map(({ isConnected }) => isConnected)).toEqual([false])
  })
})
