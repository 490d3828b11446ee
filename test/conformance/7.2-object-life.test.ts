/** References, contexts, deletion, and the order of EvtCleanup and EvtDestroy. Source: kmdf.md 7.2. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import { declareContext } from '../../src/framework/context-type.js'
import type { Device } from '../../src/framework/device.js'
import type { GeneralObject } from '../../src/framework/general-object.js'
import type { ChildAttributes, ObjectHandle } from '../../src/framework/framework-object.js'
import { deviceDriver } from '../harness/inline-driver.js'
import { codeOf } from '../harness/status.js'
import { QueueBench, retrieve } from './queue-bench.js'

const COUNTS = declareContext('COUNTS', () => ({ reads: 0 }))
const NAMES = declareContext('NAMES', () => ({ last: '' }))

/** A bench whose device has a manual default queue. */
function manual(
  build: (device: Device, bench: QueueBench) => void = () => {},
): Promise<QueueBench> {
  return new QueueBench().add((device, bench) => {
    device.createIoQueue({ dispatchType: 'manual', defaultQueue: true })
    build(device, bench)
  })
}

/** Attributes that log the end of an object. */
function logged<Handle>(
  { log }: QueueBench,
  name: string,
  parent?: ObjectHandle,
): ChildAttributes<Handle> {
  return {
    EvtCleanup: () => void log.push(`cleanup ${name}`),
    EvtDestroy: () => void log.push(`destroy ${name}`),
    ...(parent === undefined ? {} : { parent }),
  }
}

/** A named general object. */
function general(bench: QueueBench, name: string, parent?: ObjectHandle): GeneralObject {
  return bench.device.driver.createObject(logged(bench, name, parent))
}

function remove(bench: QueueBench, patienceMs = 0): Promise<void> {
  return bench.engine.until(bench.engine.framework().stopDevice(bench.device.id, patienceMs))
}

function withRequests(attributes: object): Promise<QueueBench> {
  return new QueueBench().add(
    (device) => void device.createIoQueue({ dispatchType: 'manual', defaultQueue: true }),
    (init) => init.setRequestAttributes(attributes),
  )
}

/** A callback that throws. */
function fail(): never {
  throw new Error('no')
}

describe('references', () => {
  it('7.2 the count starts at 1', async () => {
    const bench = await manual()
    expect(general(bench, 'a').object.referenceCount).toBe(1)
  })

  it('7.2 a deleted object is destroyed when the last reference goes', async () => {
    const bench = await manual()
    const { object } = general(bench, 'a')
    object.reference()
    object.delete()
    expect([bench.log, object.state]).toEqual([['cleanup a'], 'disposed'])
    object.dereference()
    expect([bench.log, object.state]).toEqual([['cleanup a', 'destroy a'], 'destroyed'])
  })

  it('7.2 references may be dropped before the deletion, too', async () => {
    const bench = await manual()
    const { object } = general(bench, 'a')
    object.reference('io')
    object.dereference('io')
    expect(object.referenceCount).toBe(1)
    object.delete()
    expect(bench.log).toEqual(['cleanup a', 'destroy a'])
  })

  it.each([
    ['without one', (): void => {}, ''],
    [
      'more often than it added',
      (object: GeneralObject['object']): void => {
        object.reference()
        object.dereference()
      },
      '',
    ],
    ['with another tag', (object: GeneralObject['object']): void => object.reference('io'), 'dma'],
    ['without the tag', (object: GeneralObject['object']): void => object.reference('io'), ''],
  ])('7.2 a driver that dereferences %s: WDF_OBJECT_ERROR', async (_name, prepare, tag) => {
    const bench = await manual()
    const { object } = general(bench, 'a')
    prepare(object)
    const count = object.referenceCount
    expect(codeOf(() => object.dereference(tag))).toBe('WDF_OBJECT_ERROR')
    expect([object.state, object.referenceCount]).toEqual(['created', count])
  })

  it('7.2 tags are counted apart', async () => {
    const { object } = general(await manual(), 'a')
    for (const tag of ['io', 'dma', 'io', '']) object.reference(tag)
    expect(object.heldBy).toEqual([
      { tag: '', count: 1 },
      { tag: 'io', count: 2 },
      { tag: 'dma', count: 1 },
    ])
    object.dereference('io')
    object.dereference('dma')
    expect(object.heldBy).toEqual([
      { tag: '', count: 1 },
      { tag: 'io', count: 1 },
    ])
  })

  it('7.2 the handle and its contexts are valid until the object is destroyed', async () => {
    const { object } = general(await manual(), 'a')
    const { context } = object.allocateContext(COUNTS)
    object.reference()
    object.delete()
    expect(object.getTypedContext(COUNTS)).toBe(context)
    object.reference()
    object.dereference()
    object.dereference()
    for (const call of [
      () => object.getTypedContext(COUNTS),
      () => object.allocateContext(NAMES),
      () => object.reference(),
      () => object.dereference(),
      () => object.delete(),
    ]) {
      expect(codeOf(call)).toBe('WDF_INVALID_HANDLE')
    }
  })

  it('7.2 an object in a collection is referenced by it', async () => {
    const bench = await manual()
    const collection = bench.device.driver.createCollection()
    const item = general(bench, 'a')
    collection.add(item)
    item.object.delete()
    expect([bench.log, collection.first]).toEqual([['cleanup a'], item])
    collection.remove(item)
    expect([bench.log, collection.count]).toEqual([['cleanup a', 'destroy a'], 0])
  })
})

describe('deletion', () => {
  it('7.2 every EvtCleanup of a subtree comes before the root’s; children in order, depth first', async () => {
    const bench = await manual()
    const root = general(bench, 'root')
    const left = general(bench, 'left', root)
    general(bench, 'left child', left)
    general(bench, 'right', root)
    root.object.delete()
    expect(bench.log.slice(0, 4)).toEqual([
      'cleanup left child',
      'cleanup left',
      'cleanup right',
      'cleanup root',
    ])
    expect(bench.log.slice(4)).toEqual([
      'destroy left child',
      'destroy left',
      'destroy right',
      'destroy root',
    ])
  })

  it('7.2 EvtDestroy follows the references, not the tree', async () => {
    const bench = await manual()
    const root = general(bench, 'root')
    const child = general(bench, 'child', root)
    child.object.reference()
    root.object.delete()
    expect(bench.log).toEqual(['cleanup child', 'cleanup root', 'destroy root'])
    child.object.dereference()
    expect(bench.log.at(-1)).toBe('destroy child')
  })

  it('7.2 twice: WDF_OBJECT_ERROR, and the first one counts', async () => {
    const bench = await manual()
    const { object } = general(bench, 'a')
    object.reference()
    object.delete()
    expect(codeOf(() => object.delete())).toBe('WDF_OBJECT_ERROR')
    object.dereference()
    expect(bench.log).toEqual(['cleanup a', 'destroy a'])
  })

  it('7.2 of a child, then of its parent: each ends once', async () => {
    const bench = await manual()
    const root = general(bench, 'root')
    general(bench, 'child', root).object.delete()
    root.object.delete()
    expect(bench.log).toEqual(['cleanup child', 'destroy child', 'cleanup root', 'destroy root'])
  })

  it('7.2 of a child by its parent’s deletion is one: the driver’s own comes too late', async () => {
    const bench = await manual()
    const root = general(bench, 'root')
    const child = general(bench, 'child', root)
    child.object.reference()
    root.object.delete()
    expect(codeOf(() => child.object.delete())).toBe('WDF_OBJECT_ERROR')
    child.object.dereference()
    expect(bench.log.filter((line) => line.endsWith('child'))).toEqual([
      'cleanup child',
      'destroy child',
    ])
  })

  it('7.2 of the parent by a child’s EvtCleanup is the same deletion: nothing ends twice', async () => {
    const bench = await manual()
    const { driver } = bench.device
    const root = general(bench, 'root')
    driver.createObject({
      parent: root,
      EvtCleanup: () => bench.log.push(codeOf(deleteRoot) ?? ''),
    })
    function deleteRoot(): void {
      root.object.delete()
    }
    root.object.delete()
    expect(bench.log).toEqual(['WDF_OBJECT_ERROR', 'cleanup root', 'destroy root'])
  })

  it('7.2 a new child under an object that is being deleted: DELETE_PENDING', async () => {
    const bench = await manual()
    const { driver } = bench.device
    const codes: unknown[] = []
    const parent = driver.createObject({
      EvtCleanup: (self) => void codes.push(codeOf(() => driver.createMemory(4, { parent: self }))),
    })
    parent.object.reference()
    parent.object.delete()
    codes.push(codeOf(() => driver.createMemory(4, { parent })))
    codes.push(codeOf(() => parent.object.allocateContext(COUNTS)))
    expect(codes).toEqual(Array.from({ length: 3 }, () => 'STATUS_DELETE_PENDING'))
    parent.object.dereference()
  })

  it('7.2 callbacks that throw are reported, and the rest goes on', async () => {
    const bench = await manual()
    const { driver } = bench.device
    const root = general(bench, 'root')
    driver.createObject({ parent: root, EvtCleanup: fail, EvtDestroy: fail })
    root.object.delete()
    expect(bench.log).toEqual(['cleanup root', 'destroy root'])
    expect(bench.engine.faults.map(({ callback }) => callback)).toEqual([
      'EvtCleanup of a general object',
      'EvtDestroy of a general object',
    ])
  })

  it('7.2 a queue ends what it holds before its EvtCleanup', async () => {
    const bench = await manual((device, self) => {
      const parked = device.createIoQueue({ dispatchType: 'manual', ...logged(self, 'queue') })
      self.log.push(String(device.queues.indexOf(parked)))
    })
    bench.send(1)
    expect(retrieve(bench.queue()).forwardToIoQueue(bench.queue(1))).toBe(nt.STATUS_SUCCESS)
    bench.queue(1).object.delete()
    expect(bench.log).toEqual(['1'])
    expect(bench.ended()).toEqual([[1, nt.STATUS_CANCELLED]])
    await bench.engine.until(Promise.resolve())
    expect(bench.log).toEqual(['1', 'cleanup queue', 'destroy queue'])
  })

  it('7.2 of a remote target: requests to it are refused from then on', async () => {
    const { device } = await manual()
    const target = device.createIoTarget()
    target.object.delete()
    expect([target.state, target.start()]).toEqual(['deleted', nt.STATUS_INVALID_DEVICE_STATE])
  })

  it('7.2 of a DMA transaction in transfer: WDF_DMA_FATAL_ERROR, and it is not deleted', async () => {
    const { device } = await manual()
    const enabler = device.hardware.createDmaEnabler({ profile: 'packet', maximumLength: 4096 })
    const transaction = enabler.createTransaction()
    transaction.initialize(() => true, 'read-from-device', 0, 0, 64)
    transaction.execute()
    expect(codeOf(() => transaction.object.delete())).toBe('WDF_DMA_FATAL_ERROR')
    expect(transaction.dmaCompleted()).toBe(true)
    transaction.object.delete()
    expect(transaction.object.state).toBe('destroyed')
  })

  it('7.2 of a request of the driver’s own while it is sent: a violation, and it is not deleted', async () => {
    const { device } = await manual()
    const request = device.createRequest({ parent: device })
    await device.ioTarget.stop()
    device.ioTarget.formatRequestForRead(request, new Uint8Array(4))
    expect(request.send(device.ioTarget)).toBe(true)
    expect(codeOf(() => request.object.delete())).toBe('WDF_REQUEST_FATAL_ERROR')
    device.ioTarget.start()
    request.object.delete()
    expect(codeOf(() => request.delete())).toBe('WDF_REQUEST_FATAL_ERROR')
  })
})

describe('from above PASSIVE_LEVEL', () => {
  it('7.2 what waits for its callbacks goes from the passive part of the turn', async () => {
    const bench = await manual()
    const { hardware } = bench.device
    const timer = hardware.createTimer({
      EvtTimerFunc: () => {},
      ...logged(bench, 'timer'),
      parent: bench.device,
    })
    const dpc = hardware.createDpc({
      parent: bench.device,
      EvtDpcFunc: () => {
        timer.object.delete()
        bench.log.push(`deleted at ${hardware.levels.irql}: ${timer.object.state}`)
      },
    })
    dpc.enqueue()
    bench.engine.settle()
    expect(bench.log).toEqual(['deleted at 2: created', 'cleanup timer', 'destroy timer'])
  })

  it('7.2 what does not, at once', async () => {
    const bench = await manual()
    const item = general(bench, 'a')
    const EvtDpcFunc = (): void => {
      item.object.delete()
      bench.log.push('deleted')
    }
    bench.device.hardware.createDpc({ parent: bench.device, EvtDpcFunc }).enqueue()
    bench.engine.settle()
    expect(bench.log).toEqual(['cleanup a', 'destroy a', 'deleted'])
  })

  it('7.2 a work item that is queued goes after it ran; one that runs, after it returned', async () => {
    const bench = await manual()
    const { device } = bench
    const made = (name: string, run: () => unknown): ObjectHandle & { enqueue(): void } =>
      device.hardware.createWorkItem({
        ...logged(bench, name),
        parent: device,
        automaticSerialization: false,
        EvtWorkItemFunc: async () => {
          run()
          bench.log.push(`${name} begins`)
          await Promise.resolve()
          bench.log.push(`${name} ends`)
        },
      })
    const queued = made('queued', () => {})
    queued.enqueue()
    queued.object.delete()
    const running = made('running', () => running.object.delete())
    running.enqueue()
    queued.enqueue()
    bench.engine.settle()
    await bench.engine.until(new Promise((resolve) => setTimeout(resolve, 5)))
    for (const name of ['queued', 'running']) {
      expect(bench.log.filter((line) => line.includes(name))).toEqual([
        `${name} begins`,
        `${name} ends`,
        `cleanup ${name}`,
        `destroy ${name}`,
      ])
    }
  })
})

describe('contexts', () => {
  it('7.2 are empty at first, and of any number of types an object', async () => {
    const { object } = general(await manual(), 'a')
    const counts = object.allocateContext(COUNTS)
    const names = object.allocateContext(NAMES)
    expect([counts, names]).toEqual([
      { status: nt.STATUS_SUCCESS, context: { reads: 0 } },
      { status: nt.STATUS_SUCCESS, context: { last: '' } },
    ])
    expect(object.getTypedContext(COUNTS)).toBe(counts.context)
    expect(object.getTypedContext(NAMES)).toBe(names.context)
  })

  it('7.2 of a type that is there: OBJECT_NAME_EXISTS and the old one', async () => {
    const { object } = general(await manual(), 'a')
    const { context } = object.allocateContext(COUNTS)
    context.reads = 7
    const again = object.allocateContext(COUNTS)
    expect(again).toEqual({ status: nt.STATUS_OBJECT_NAME_EXISTS, context: { reads: 7 } })
    expect(again.context).toBe(context)
  })

  it('7.2 of a type that is not there: null; types are told apart by declaration, not by name', async () => {
    const { object } = general(await manual(), 'a')
    object.allocateContext(COUNTS)
    const other = declareContext('COUNTS', () => ({ reads: 0 }))
    expect(object.getTypedContext(other)).toBe(null)
  })

  it('7.2 the attributes’ own comes with the object', async () => {
    const { device } = await manual()
    const { object } = device.driver.createObject({ contextType: COUNTS })
    expect(object.getTypedContext(COUNTS)).toEqual({ reads: 0 })
    expect(object.allocateContext(COUNTS).status).toBe(nt.STATUS_OBJECT_NAME_EXISTS)
  })

  it('7.2 each has its own EvtCleanup and EvtDestroy, and is valid until that has returned', async () => {
    const bench = await manual()
    const { object } = general(bench, 'a')
    const note = (name: string) => (context: { last: string }) =>
      void bench.log.push(`${name} ${context.last} ${object.getTypedContext(NAMES)?.last}`)
    const { context } = object.allocateContext(NAMES, {
      EvtCleanup: note('context cleanup'),
      EvtDestroy: note('context destroy'),
    })
    context.last = 'x'
    object.delete()
    expect(bench.log).toEqual([
      'cleanup a',
      'context cleanup x x',
      'destroy a',
      'context destroy x x',
    ])
  })

  it('7.2 of every kind of handle: devices, queues, timers, files, targets', async () => {
    const bench = await manual()
    const { device } = bench
    const timer = device.hardware.createTimer({ parent: device, EvtTimerFunc: () => {} })
    for (const { object } of [device, bench.queue(), timer, device.ioTarget, device.driver]) {
      expect(object.allocateContext(COUNTS).status).toBe(nt.STATUS_SUCCESS)
    }
  })

  it('7.2 a context type without a function that makes one is refused', () => {
    expect(() => declareContext('X', {} as never)).toThrow(TypeError)
  })
})

describe('requests', () => {
  const TAGS = declareContext(
    'TAGS',
    () => ({ tag: 0 }),
    (context) => {
      context.tag = 0
    },
  )

  it('7.2 cleanup at completion, destroy after it; contexts are valid in both', async () => {
    const bench = new QueueBench()
    const note = (name: string) => (request: { object: ObjectHandle['object'] }) =>
      void bench.log.push(`${name} ${request.object.getTypedContext(TAGS)?.tag}`)
    const attributes = {
      contextType: TAGS,
      EvtCleanup: note('cleanup'),
      EvtDestroy: note('destroy'),
    }
    await bench.add(
      (device) => void device.createIoQueue({ dispatchType: 'manual', defaultQueue: true }),
      (init) => init.setRequestAttributes(attributes),
    )
    bench.send(1)
    const request = retrieve(bench.queue())
    const context = request.object.getTypedContext(TAGS)
    if (context !== null) context.tag = 5
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.log).toEqual(['cleanup 5', 'destroy 5'])
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('7.2 the next request through the same place gets the same context, empty again', async () => {
    const bench = await withRequests({ contextType: TAGS })
    const seen: unknown[] = []
    const slots = new Set<unknown>()
    for (let i = 1; i <= 40; i++) {
      bench.send(i)
      const request = retrieve(bench.queue())
      const context = request.object.getTypedContext(TAGS)
      seen.push(context?.tag)
      slots.add(context)
      if (context !== null) context.tag = i
      request.complete(nt.STATUS_SUCCESS)
      bench.ended()
    }
    expect(seen).toEqual(Array.from({ length: 40 }, () => 0))
    expect(slots.size).toBeLessThanOrEqual(32)
  })

  it('7.2 what hangs from a request goes with it, before its own EvtCleanup', async () => {
    const bench = new QueueBench()
    await bench.add(
      (device) => void device.createIoQueue({ dispatchType: 'manual', defaultQueue: true }),
      (init) => init.setRequestAttributes(logged(bench, 'request')),
    )
    bench.send(1)
    const request = retrieve(bench.queue())
    bench.device.driver.createMemory(8, logged(bench, 'memory', request))
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.log).toEqual([
      'cleanup memory',
      'cleanup request',
      'destroy memory',
      'destroy request',
    ])
  })

  it('7.2 one that is still referenced keeps its contexts; its place goes on with another object', async () => {
    const bench = await withRequests({ contextType: TAGS })
    bench.send(1)
    const request = retrieve(bench.queue())
    const { object } = request
    object.reference('mine')
    const context = object.getTypedContext(TAGS)
    request.complete(nt.STATUS_SUCCESS)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
    for (let i = 2; i < 40; i++) {
      bench.send(i)
      const next = retrieve(bench.queue())
      expect(next).not.toBe(request)
      expect(next.object.getTypedContext(TAGS)).not.toBe(context)
      next.complete(nt.STATUS_SUCCESS)
      expect(bench.ended()).toEqual([[i, nt.STATUS_SUCCESS]])
    }
    expect(object.getTypedContext(TAGS)).toBe(context)
    expect(codeOf(() => request.complete(nt.STATUS_SUCCESS))).toBe('WDF_REQUEST_FATAL_ERROR')
    object.dereference('mine')
    expect([object.state, bench.isBalanced]).toEqual(['destroyed', true])
  })

  it('7.2 at a level below, each level’s request has an object of its own', async () => {
    const bench = new QueueBench()
    const lower = deviceDriver((device) => {
      device.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead: (_queue, request) => {
          request.object.allocateContext(NAMES, logged(bench, 'lower'))
          request.complete(nt.STATUS_SUCCESS)
        },
      })
    })
    await bench.add(
      (device) => {
        device.createIoQueue({
          dispatchType: 'parallel',
          defaultQueue: true,
          EvtIoRead: (_queue, request) => {
            request.object.allocateContext(NAMES, logged(bench, 'upper'))
            request.formatRequestUsingCurrentType()
            request.setCompletionRoutine((same) => same.complete(nt.STATUS_SUCCESS))
            request.send(device.ioTarget)
          },
        })
      },
      () => {},
      lower,
    )
    bench.send(1)
    expect(bench.ended()).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(bench.log.filter((line) => line.startsWith('cleanup'))).toEqual([
      'cleanup lower',
      'cleanup upper',
    ])
    expect(bench.log.filter((line) => line.startsWith('destroy')).toSorted()).toEqual([
      'destroy lower',
      'destroy upper',
    ])
  })
})

describe('removal', () => {
  it('7.2 everything below the device ends before it; its own EvtDestroy comes last', async () => {
    const bench = new QueueBench()
    await bench.add((device, self) => {
      device.createIoQueue({
        dispatchType: 'manual',
        defaultQueue: true,
        ...logged(self, 'queue'),
      })
      general(self, 'general', device)
    })
    bench.device.object.allocateContext(COUNTS, logged(bench, 'device'))
    await remove(bench)
    expect(bench.log).toEqual([
      'cleanup queue',
      'cleanup general',
      'cleanup device',
      'destroy queue',
      'destroy general',
      'destroy device',
    ])
  })

  it('7.2 the device’s EvtCleanup comes after the last power callback', async () => {
    const bench = new QueueBench()
    const { log } = bench
    await bench.add(
      (device) => {
        device.object.allocateContext(COUNTS, logged(bench, 'device'))
      },
      (init) =>
        init.setPnpPowerEventCallbacks({
          EvtDeviceReleaseHardware: () => void log.push('EvtDeviceReleaseHardware'),
          EvtDeviceSelfManagedIoCleanup: () => void log.push('EvtDeviceSelfManagedIoCleanup'),
        }),
    )
    await remove(bench)
    expect(log.filter((line) => !line.startsWith('destroy')).at(-1)).toBe('cleanup device')
    expect(log[0]).toBe('EvtDeviceReleaseHardware')
  })

  it('7.2 a device whose EvtDriverDeviceAdd fails ends, too', async () => {
    const bench = new QueueBench()
    const added = bench.add((device) => {
      device.object.allocateContext(COUNTS, logged(bench, 'device'))
      throw new Error('no')
    })
    await expect(added).rejects.toThrow('no')
    expect(bench.log).toEqual(['cleanup device', 'destroy device'])
  })

  it('7.2 a closed handle: EvtFileClose, then EvtCleanup and EvtDestroy of the file object', async () => {
    const bench = new QueueBench()
    await bench.add(
      () => {},
      (init) =>
        init.setFileObjectConfig(
          { EvtFileClose: () => void bench.log.push('EvtFileClose') },
          logged(bench, 'file'),
        ),
    )
    const file = await bench.engine.until(bench.engine.channel.open('device0'))
    await bench.engine.until(file.close())
    expect(bench.log).toEqual(['EvtFileClose', 'cleanup file', 'destroy file'])
  })
})

describe('leaks', () => {
  it('7.2 what is still referenced when its device has gone is reported: what, where from, by whom', async () => {
    const bench = await manual((device) => {
      device.driver.createMemory(4, { parent: device }).object.reference('transfer')
      device.driver.createMemory(4, { parent: device })
      device.object.reference()
    })
    await remove(bench)
    expect(bench.engine.leaks).toEqual([
      {
        owner: 'device device0',
        kind: 'memory object',
        created: expect.stringMatching(/7\.2-object-life\.test\.ts:\d+:\d+$/),
        references: [{ tag: 'transfer', count: 1 }],
      },
      {
        owner: 'device device0',
        kind: 'device',
        created: expect.stringMatching(/queue-bench\.ts:\d+:\d+$/),
        references: [{ tag: '', count: 1 }],
      },
    ])
  })

  it('7.2 one that was deleted while it was referenced is a leak until it is dereferenced', async () => {
    const held: ObjectHandle[] = []
    const bench = await manual((device) => {
      for (const tag of ['kept', 'given back']) {
        const memory = device.driver.createMemory(4, { parent: device })
        memory.object.reference(tag)
        memory.object.delete()
        held.push(memory)
      }
    })
    held[1]?.object.dereference('given back')
    await remove(bench)
    expect(bench.engine.leaks.map(({ references }) => references)).toEqual([
      [{ tag: 'kept', count: 1 }],
    ])
  })

  it('7.2 the driver’s own are reported when it is unloaded; those that it did not hold just go', async () => {
    const bench = await manual(({ driver }, self) => {
      driver.createMemory(4, logged(self, 'memory'))
      driver.createLookaside(64).object.reference('pool')
    })
    await remove(bench)
    expect([bench.engine.leaks, bench.log]).toEqual([[], []])
    await bench.engine.framework().unload()
    expect(bench.log).toEqual(['cleanup memory', 'destroy memory'])
    expect(bench.engine.leaks).toMatchObject([
      { kind: 'lookaside list', references: [{ tag: 'pool', count: 1 }] },
    ])
    expect(bench.engine.leaks[0]?.owner).toMatch(/^driver data:/)
  })
})
