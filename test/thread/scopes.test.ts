/**
 * Synchronization scope is a place: which worker a queue's handlers run on, seen from inside the handlers.
 */
import { describe, expect, it } from 'vitest'
import type { DeviceDescription, Engine as EngineType, IrpFile } from '../../src/index.js'
import type { WhereParameters, WhereQueue } from '../fixtures/drivers/where.js'
import { Engine, fixture, irpool } from './built.js'
import { BALANCED } from './helpers.js'

const { ctlCode } = irpool
const IOCTL_WHERE = ctlCode(0x22, 0x800, irpool.METHOD_BUFFERED, 0)
const WORKERS = 3

/** Threads and workers that the answers name, in order of first appearance. */
class Places {
  readonly threads = new Set<number>()
  readonly workers = new Set<number>()

  add(answer: Int32Array): void {
    this.threads.add(answer[0] as number)
    this.workers.add(answer[1] as number)
  }
}

async function readsOf(file: IrpFile, count: number): Promise<Places> {
  const places = new Places()
  const calls = Array.from({ length: count }, async () => {
    const answer = new Int32Array(2)
    await file.read(answer)
    places.add(answer)
  })
  await Promise.all(calls)
  return places
}

async function ioctlsOf(file: IrpFile, count: number): Promise<Places> {
  const places = new Places()
  const calls = Array.from({ length: count }, async () => {
    const answer = new Int32Array(2)
    await file.ioctl(IOCTL_WHERE, null, answer)
    places.add(answer)
  })
  await Promise.all(calls)
  return places
}

async function withDevice(
  parameters: WhereParameters,
  use: (file: IrpFile, device: DeviceDescription, engine: EngineType) => Promise<void>,
  worker?: number,
): Promise<void> {
  const engine = await Engine.start({ workers: WORKERS, slots: 256 })
  try {
    const device = await engine.addDevice({
      name: 'where',
      driver: fixture('where'),
      parameters: parameters as unknown as Record<string, unknown>,
      ...(worker === undefined ? {} : { worker }),
    })
    const file = await engine.open('where')
    await use(file, device, engine)
    await file.close()
  } finally {
    await engine.stop()
  }
  expect(engine.ledger()).toMatchObject(BALANCED)
}

const READ: WhereQueue = { type: 'read', dispatchType: 'parallel' }
const CONTROL: WhereQueue = { type: 'deviceControl', dispatchType: 'parallel' }
const DEFAULT: WhereQueue = { type: 'default', dispatchType: 'sequential' }

describe('synchronization scope', () => {
  it('device: all queues on one worker, also the parallel ones', async () => {
    await withDevice(
      { synchronizationScope: 'device', queues: [DEFAULT, READ, CONTROL] },
      async (file, device) => {
        const reads = await readsOf(file, 200)
        const controls = await ioctlsOf(file, 200)
        expect([...reads.workers]).toEqual([1])
        expect([...controls.workers]).toEqual([1])
        expect([...controls.threads]).toEqual([...reads.threads])
        expect(device.homeWorker).toBe(1)
        expect(device.queues.map(({ worker }) => worker)).toEqual([1, 1, 1])
      },
      1,
    )
  })

  it('queue: each queue on one worker, and different ones on different workers', async () => {
    await withDevice(
      { synchronizationScope: 'queue', queues: [DEFAULT, READ, CONTROL] },
      async (file, device) => {
        const reads = await readsOf(file, 200)
        const controls = await ioctlsOf(file, 200)
        expect(reads.workers.size).toBe(1)
        expect(controls.workers.size).toBe(1)
        expect([...reads.threads]).not.toEqual([...controls.threads])
        const places = device.queues.map(({ worker }) => worker)
        expect(new Set(places)).toEqual(new Set([0, 1, 2]))
        expect([...reads.workers]).toEqual([places[1]])
        expect([...controls.workers]).toEqual([places[2]])
      },
    )
  })

  it('none: a parallel queue really runs on every worker', async () => {
    await withDevice(
      {
        synchronizationScope: 'none',
        queues: [{ type: 'default', dispatchType: 'parallel' }],
        spinMs: 0.2,
      },
      async (file, device) => {
        const reads = await readsOf(file, 240)
        expect(reads.workers).toEqual(new Set([0, 1, 2]))
        expect(reads.threads.size).toBe(WORKERS)
        expect(device.queues[0]?.worker).toBe(-1)
      },
    )
  })

  it('none: a sequential queue stays on one worker', async () => {
    await withDevice({ synchronizationScope: 'none', queues: [DEFAULT] }, async (file) => {
      expect((await readsOf(file, 200)).workers.size).toBe(1)
    })
  })

  it('inherit: nobody asked for threads, so everything stays home', async () => {
    await withDevice({ queues: [DEFAULT, READ, CONTROL] }, async (file, device) => {
      const reads = await readsOf(file, 100)
      const controls = await ioctlsOf(file, 100)
      expect([...reads.workers]).toEqual([device.homeWorker])
      expect([...controls.workers]).toEqual([device.homeWorker])
    })
  })

  it("a queue's own scope comes before the device's", async () => {
    await withDevice(
      {
        synchronizationScope: 'device',
        queues: [DEFAULT, { ...READ, scope: 'none' }, { ...CONTROL, scope: 'queue' }],
        spinMs: 0.2,
      },
      async (file, device) => {
        expect((await readsOf(file, 240)).workers.size).toBe(WORKERS)
        expect((await ioctlsOf(file, 100)).workers.size).toBe(1)
        expect(device.queues.map((queue) => queue.synchronizationScope)).toEqual([
          'device',
          'none',
          'queue',
        ])
      },
    )
  })
})

describe('numberOfPresentedRequests', () => {
  for (const [presented, scope] of [
    [1, 'none'],
    [2, 'none'],
    [3, 'none'],
    [7, 'none'],
    [5, 'device'],
  ] as const) {
    it(`${presented}, scope ${scope}: never more are owned, and so many are`, async () => {
      const owned = new SharedArrayBuffer(8)
      await withDevice(
        {
          synchronizationScope: scope,
          queues: [{ type: 'default', dispatchType: 'parallel', presented }],
          holdMs: 2,
          owned,
        },
        async (file) => {
          const reads = await readsOf(file, 120)
          expect(reads.workers.size).toBe(scope === 'none' && presented >= WORKERS ? WORKERS : 1)
          expect([...new Int32Array(owned)]).toEqual([0, presented])
        },
      )
    })
  }

  it('unlimited: as many as there are', async () => {
    const owned = new SharedArrayBuffer(8)
    await withDevice(
      {
        synchronizationScope: 'none',
        queues: [{ type: 'default', dispatchType: 'parallel' }],
        holdMs: 200,
        owned,
      },
      async (file) => {
        await readsOf(file, 120)
        expect([...new Int32Array(owned)]).toEqual([0, 120])
      },
    )
  })

  it('a sequential queue owns one, also while it waits for a timer', async () => {
    const owned = new SharedArrayBuffer(8)
    await withDevice({ queues: [DEFAULT], holdMs: 1, owned }, async (file) => {
      await readsOf(file, 40)
      expect([...new Int32Array(owned)]).toEqual([0, 1])
    })
  })
})
