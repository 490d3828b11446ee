/** Reaping: forged completions, limits, batches, callbacks that reap, submit or throw. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import type { Request } from '../../../src/framework/request.js'
import { SpscProducer } from '../../../src/sharedarraybuffer-queue/spsc-ring.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { contexts, Requester, statuses } from '../../harness/requester.js'
import { type SteppedOptions, SteppedEngine } from '../../harness/stepped-engine.js'

/** Reads of numbers from 100 on are held, the others complete at once. */
async function bench(
  options: SteppedOptions = {},
): Promise<{ engine: SteppedEngine; requester: Requester; held: Request[] }> {
  const engine = new SteppedEngine(options)
  const held: Request[] = []
  await engine.addDevice(
    queueDriver({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead(_queue, request) {
        if (request.deviceOffset >= 100) held.push(request)
        else request.completeWithInformation(nt.STATUS_SUCCESS, 3)
      },
    }),
  )
  return { engine, requester: new Requester(engine), held }
}

/** A worker that says it completed those slots. Its own half of the ring knows nothing of it. */
function forge(engine: SteppedEngine, worker: number, ...slots: number[]): void {
  const ring = new SpscProducer(engine.memory.words, engine.memory.completionRing(worker))
  for (const slot of slots) ring.stage(slot)
  ring.publish()
}

describe('forged completions', () => {
  it.each([
    ['of free slots', [0, 3, 7]],
    ['of slots that are not there', [8, 2 ** 31 - 1, -1, -(2 ** 31)]],
  ])('%s are rejected, counted, and harm nothing', async (_what, slots) => {
    const { engine, requester } = await bench()
    const held = requester.read(1, 16, 100)
    engine.run()
    const slot = held & 7
    forge(engine, 0, ...slots.filter((forged) => forged !== slot))
    expect(engine.reap()).toEqual([])
    const forgedCount = slots.filter((forged) => forged !== slot).length
    expect(engine.channel.ledger()).toMatchObject({
      accepted: 1,
      completed: 0,
      inFlight: 1,
      duplicates: forgedCount,
      lost: 0,
    })
    // All eight slots are still there, each once.
    for (let i = 0; i < 7; i++) requester.read(10 + i, 16, 100)
    expect(engine.channel.prepareRead(requester.file, requester.buffer, 1, 0, 0)).toBe(
      nt.STATUS_INSUFFICIENT_RESOURCES,
    )
  })

  it('of another worker’s slot are rejected', async () => {
    const { engine, requester, held } = await bench({ workers: 2 })
    const handle = requester.read(1, 16, 100)
    engine.run()
    forge(engine, 1, handle & 7)
    expect(engine.reap()).toEqual([])
    expect(engine.channel.ledger()).toMatchObject({ duplicates: 1, inFlight: 1, lost: 0 })
    held[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('a second time, beside the real one: the first counts', async () => {
    const { engine, requester } = await bench()
    const handle = requester.read(1)
    engine.channel.submit()
    engine.settle()
    forge(engine, 0, handle & 7, handle & 7)
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(engine.channel.ledger()).toMatchObject({
      success: 1,
      duplicates: 2,
      inFlight: 0,
      lost: 0,
    })
  })

  it('between real ones do not disturb their order', async () => {
    const { engine, requester } = await bench()
    for (const number of [1, 2, 3]) requester.read(number)
    engine.channel.submit()
    engine.step(0, 2)
    // The worker's own half stages its next completion where this one lies: only the tail is ahead.
    expect(contexts(engine.reap())).toEqual([1, 2])
    engine.step()
    forge(engine, 0, 99)
    expect(contexts(engine.reap())).toEqual([3])
    expect(engine.channel.duplicates).toBe(1)
  })
})

describe('limits', () => {
  it('are kept over all workers, and what is left comes next time', async () => {
    const engine = new SteppedEngine({ workers: 3, slots: 32 })
    await engine.addDevice(
      queueDriver({
        dispatchType: 'parallel',
        synchronizationScope: 'none',
        defaultQueue: true,
        EvtIoRead: (_queue, request) => request.complete(nt.STATUS_SUCCESS),
      }),
    )
    const requester = new Requester(engine)
    for (let i = 0; i < 30; i++) requester.read(i)
    engine.channel.submit()
    engine.settle()
    const told: number[] = []
    const keep = (context: number): void => void told.push(context)
    expect(engine.channel.reap(0, keep)).toBe(0)
    expect(engine.channel.reap(7, keep)).toBe(7)
    expect(engine.channel.reap(16, keep)).toBe(16)
    expect(engine.channel.reap(99, keep)).toBe(7)
    expect(engine.channel.reap(99, keep)).toBe(0)
    expect(told.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i))
  })

  it('of a batch are 256, and it says context, status, Information and handle', async () => {
    const { engine, requester } = await bench({ slots: 1024 })
    const handles = Array.from({ length: 600 }, (_, i) => requester.read(i))
    engine.channel.submit()
    engine.settle()
    const sizes: number[] = []
    const told: number[][] = []
    const total = engine.channel.reapBatch(600, (batch, count) => {
      sizes.push(count)
      for (let i = 0; i < count; i++) told.push([...batch.subarray(4 * i, 4 * i + 4)])
    })
    expect(total).toBe(600)
    expect(Math.max(...sizes)).toBe(256)
    expect(told).toEqual(handles.map((handle, i) => [i, nt.STATUS_SUCCESS, 3, handle]))
  })
})

describe('callbacks', () => {
  it('may prepare and submit, also into the slots that have just come back', async () => {
    const { engine, requester } = await bench({ slots: 2 })
    let left = 100
    const told: number[] = []
    requester.read(left--)
    requester.read(left--)
    for (let i = 0; i < 200; i++) {
      engine.channel.submit()
      engine.step()
      engine.channel.reap(2, (context) => {
        told.push(context)
        if (left > 0) requester.read(left--)
      })
    }
    expect(told).toEqual(Array.from({ length: 100 }, (_, i) => 100 - i))
  })

  it('may reap: an inner reap takes nothing of what the outer one still tells', async () => {
    const { engine, requester } = await bench({ slots: 16 })
    for (const number of [1, 2, 3]) requester.read(number)
    engine.channel.submit()
    engine.settle()
    const told: number[] = []
    engine.channel.reap(99, (context) => {
      told.push(context)
      if (context < 10) {
        requester.read(context + 10)
        engine.channel.submit()
        engine.settle()
        told.push(...contexts(engine.reap()))
      }
    })
    expect(told).toEqual([1, 11, 2, 12, 3, 13])
  })

  it('that throw lose nothing but their own: the rest is told by the next reap', async () => {
    const { engine, requester } = await bench()
    for (const number of [1, 2, 3]) requester.read(number)
    engine.channel.submit()
    engine.settle()
    const told: number[] = []
    const throwing = (context: number): void => {
      told.push(context)
      throw new Error('the callback’s own')
    }
    for (let i = 0; i < 3; i++) expect(() => engine.channel.reap(9, throwing)).toThrow('own')
    expect(engine.channel.reap(9, throwing)).toBe(0)
    expect(told).toEqual([1, 2, 3])
    expect(engine.channel.ledger()).toMatchObject({ completed: 3, inFlight: 0, lost: 0 })
  })

  it('that threw leave the rest to reapBatch, too', async () => {
    const { engine, requester } = await bench()
    for (const number of [1, 2, 3]) requester.read(number)
    engine.channel.submit()
    engine.settle()
    expect(() =>
      engine.channel.reap(9, () => {
        throw new Error('own')
      }),
    ).toThrow('own')
    const told: number[] = []
    const note = (batch: Int32Array, count: number): void => {
      for (let i = 0; i < count; i++) told.push(batch[4 * i] ?? -1)
    }
    expect(engine.channel.reapBatch(1, note)).toBe(1)
    expect(engine.channel.reapBatch(9, note)).toBe(1)
    expect(told).toEqual([2, 3])
  })

  it('that threw leave something to wait for', async () => {
    const { engine, requester } = await bench()
    for (const number of [1, 2]) requester.read(number)
    engine.channel.submit()
    engine.settle()
    expect(() =>
      engine.channel.reap(9, () => {
        throw new Error('own')
      }),
    ).toThrow('own')
    expect(engine.channel.hasCompletions()).toBe(true)
  })

  it('of a batch may reap', async () => {
    const { engine, requester } = await bench({ slots: 16 })
    for (const number of [1, 2, 3]) requester.read(number)
    engine.channel.submit()
    engine.settle()
    const told: number[] = []
    engine.channel.reapBatch(99, (batch, count) => {
      for (let i = 0; i < count; i++) {
        const context = batch[4 * i] ?? -1
        told.push(context)
        if (context !== 1) continue
        for (const number of [11, 12, 13]) requester.read(number)
        engine.channel.submit()
        engine.settle()
        told.push(...contexts(engine.reap()))
      }
    })
    expect(told).toEqual([1, 11, 12, 13, 2, 3])
  })
})
