/**
 * A worker dies, step by step: what it had completed keeps its status, what a handler had seen ends with
 * STATUS_DRIVER_PROCESS_TERMINATED, the rest goes to the successor in order, each exactly once.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import type { Request } from '../../../src/framework/request.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { contexts, Requester, statuses } from '../../harness/requester.js'
import { type SteppedOptions, SteppedEngine } from '../../harness/stepped-engine.js'

const { STATUS_CANCELLED, STATUS_SUCCESS } = nt
const DIED = nt.STATUS_DRIVER_PROCESS_TERMINATED
/** Around the wrap of positions, and of sequences, which are positions times two. */
const STARTS = [0, -1, 2 ** 30 - 3, 2 ** 31 - 3, 2 ** 32 - 4]

interface Bench {
  readonly engine: SteppedEngine
  readonly requester: Requester
  /** Numbers of the requests that handlers saw, in order, over all incarnations. */
  readonly seen: number[]
  readonly held: Request[]
  /** Sends reads and lets the workers see them. */
  readonly send: (...numbers: number[]) => number[]
}

/** Reads of numbers from 100 on are held, the others complete at once. */
async function bench(
  dispatchType: 'sequential' | 'parallel',
  options: SteppedOptions = {},
  synchronizationScope: 'device' | 'none' = 'device',
): Promise<Bench> {
  const engine = new SteppedEngine({ slots: 16, ...options })
  const seen: number[] = []
  const held: Request[] = []
  await engine.addDevice(
    queueDriver({
      dispatchType,
      synchronizationScope,
      defaultQueue: true,
      EvtIoRead(_queue, request) {
        seen.push(request.deviceOffset)
        if (request.deviceOffset < 100) request.complete(STATUS_SUCCESS)
        else held.push(request)
      },
    }),
  )
  const requester = new Requester(engine)
  const send = (...numbers: number[]): number[] => {
    const handles = numbers.map((number) => requester.read(number, 16, number))
    engine.channel.submit()
    return handles
  }
  return { engine, requester, seen, held, send }
}

/** Replaces worker 0, completes what its successor holds, returns everything that is reaped. */
async function succeed({ engine, held }: Bench): Promise<[number, number][]> {
  held.length = 0
  await engine.replace()
  const ended: [number, number][] = []
  for (let round = 0; round < 50; round++) {
    engine.settle()
    for (const request of held.splice(0)) request.complete(STATUS_SUCCESS)
    ended.push(...statuses(engine.run()))
  }
  return ended
}

function expectBalanced(engine: SteppedEngine, accepted: number): void {
  const ledger = engine.channel.ledger()
  expect(ledger).toMatchObject({
    accepted,
    completed: accepted,
    inFlight: 0,
    duplicates: 0,
    lost: 0,
  })
}

describe.each(STARTS)('a worker that dies, from position %i', (firstPosition) => {
  it('with completed, presented, waiting and unread requests', async () => {
    const at = await bench('sequential', { firstPosition })
    const { engine, seen, send } = at
    send(1, 100, 2, 3)
    engine.step()
    send(4, 5)
    engine.kill()
    // 1 was completed and not reaped, 100 is owned; 2 and 3 wait in its queue, 4 and 5 in its ring.
    expect(statuses(engine.reap())).toEqual([
      [1, STATUS_SUCCESS],
      [100, DIED],
    ])
    expect(seen).toEqual([1, 100])
    expect(await succeed(at)).toEqual([2, 3, 4, 5].map((number) => [number, STATUS_SUCCESS]))
    expect(seen).toEqual([1, 100, 2, 3, 4, 5])
    expectBalanced(engine, 6)
  })

  it('with nothing in flight', async () => {
    const at = await bench('parallel', { firstPosition })
    const { engine, send } = at
    send(1, 2)
    expect(contexts(engine.run())).toEqual([1, 2])
    engine.kill()
    expect(engine.reap()).toEqual([])
    expect(engine.isAdopted()).toBe(true)
    await engine.replace()
    send(3)
    expect(contexts(engine.run())).toEqual([3])
    expectBalanced(engine, 3)
  })

  it('with cancelled requests of every kind', async () => {
    const at = await bench('sequential', { firstPosition })
    const { engine, seen, send } = at
    const [completed = -1, owned = -1, waiting = -1] = send(1, 100, 2, 3)
    engine.step()
    const [unread = -1] = send(4, 5)
    for (const handle of [completed, owned, waiting, unread]) engine.channel.cancel(handle)
    engine.kill()
    expect(statuses(engine.reap()).toSorted(([a], [b]) => a - b)).toEqual([
      [1, STATUS_SUCCESS],
      [2, STATUS_CANCELLED],
      [4, STATUS_CANCELLED],
      [100, DIED],
    ])
    expect(await succeed(at)).toEqual([
      [3, STATUS_SUCCESS],
      [5, STATUS_SUCCESS],
    ])
    expect(seen).toEqual([1, 100, 3, 5])
    expectBalanced(engine, 6)
  })

  it('many times, with as many slots as the rings can hold', async () => {
    const at = await bench('sequential', { slots: 4, firstPosition })
    const { engine, seen, send } = at
    const all: number[] = []
    for (let death = 0; death < 20; death++) {
      const numbers = [100, 101, 102, 103].map((number) => number + 10 * death)
      send(...numbers)
      all.push(...numbers)
      engine.step()
      engine.kill()
      // One is seen by each incarnation; the fourth one dies with the third successor.
      for (const number of numbers) {
        expect(statuses(engine.reap())).toEqual([[number, DIED]])
        await engine.replace()
        engine.settle()
        engine.kill()
      }
      expect(engine.reap()).toEqual([])
      await engine.replace()
    }
    expect(seen).toEqual(all)
    expectBalanced(engine, all.length)
    expect(engine.channel.ledger().workerDied).toBe(all.length)
  })
})

describe('a host that does not look at once', () => {
  it('sweeps once, for all deaths since', async () => {
    const at = await bench('sequential')
    const { engine, send } = at
    send(1, 100, 2)
    engine.step()
    engine.kill()
    engine.kill()
    engine.kill()
    expect(engine.isAdopted()).toBe(false)
    expect(statuses(engine.reap())).toEqual([
      [1, STATUS_SUCCESS],
      [100, DIED],
    ])
    expect(engine.isAdopted()).toBe(true)
    expect(await succeed(at)).toEqual([[2, STATUS_SUCCESS]])
    expectBalanced(engine, 3)
  })

  it('is told by hasCompletions, and by waiting', async () => {
    const { engine, send } = await bench('sequential')
    send(100)
    engine.step()
    expect(engine.channel.hasCompletions()).toBe(false)
    engine.kill()
    expect(engine.channel.hasCompletions()).toBe(true)
    expect(engine.channel.wait(0)).toBe(true)
    expect(contexts(engine.reap())).toEqual([100])
    expect(engine.channel.hasCompletions()).toBe(false)
  })

  it('takes what is only prepared along: it is accepted a little early', async () => {
    const at = await bench('sequential')
    const { engine, requester } = at
    requester.read(1, 16, 1)
    requester.read(2, 16, 2)
    engine.kill()
    expect(engine.reap()).toEqual([])
    expect(engine.channel.submit()).toBe(0)
    expect(await succeed(at)).toEqual([
      [1, STATUS_SUCCESS],
      [2, STATUS_SUCCESS],
    ])
    expectBalanced(engine, 2)
  })

  it('gets batches of it by reapBatch, too', async () => {
    const at = await bench('sequential')
    const { engine, send } = at
    send(1, 100, 2)
    engine.step()
    engine.kill()
    const told: number[][] = []
    for (let i = 0; i < 3; i++) {
      engine.channel.reapBatch(99, (batch, count) => {
        for (let at4 = 0; at4 < 4 * count; at4 += 4) told.push([...batch.subarray(at4, at4 + 2)])
      })
    }
    expect(told).toEqual([
      [1, STATUS_SUCCESS],
      [100, DIED],
    ])
    expect(await succeed(at)).toEqual([[2, STATUS_SUCCESS]])
  })
})

describe('callbacks of a sweep', () => {
  it('may submit: what they send comes behind what is handed over', async () => {
    const at = await bench('sequential')
    const { engine, requester, seen, send } = at
    send(1, 100, 2, 3)
    engine.step()
    engine.kill()
    let next = 10
    engine.channel.reap(99, () => {
      requester.read(next, 16, next++)
      engine.channel.submit()
    })
    expect(next).toBe(12)
    await succeed(at)
    expect(seen.slice(2)).toEqual([2, 3, 10, 11])
    expectBalanced(engine, 6)
  })
})

describe('a worker without a successor', () => {
  it('ends everything: what was seen as died, the rest as not connected', async () => {
    const { engine, send } = await bench('sequential')
    send(1, 100, 2)
    engine.step()
    send(3)
    engine.fail()
    expect(statuses(engine.reap())).toEqual([
      [1, STATUS_SUCCESS],
      [100, DIED],
      [2, nt.STATUS_DEVICE_NOT_CONNECTED],
      [3, nt.STATUS_DEVICE_NOT_CONNECTED],
    ])
    send(4)
    expect(engine.channel.hasCompletions()).toBe(true)
    expect(statuses(engine.reap())).toEqual([[4, nt.STATUS_DEVICE_NOT_CONNECTED]])
    expect(engine.channel.hasCompletions()).toBe(false)
    expectBalanced(engine, 5)
  })

  it('leaves the others alone', async () => {
    const { engine, held, send } = await bench('parallel', { workers: 2 }, 'none')
    send(100, 101, 102, 103)
    engine.step()
    engine.fail(1)
    const died = contexts(engine.reap())
    expect(died).toHaveLength(2)
    for (const request of held) {
      if (!died.includes(request.deviceOffset)) request.complete(STATUS_SUCCESS)
    }
    engine.step()
    expect(statuses(engine.reap()).map(([, status]) => status)).toEqual([0, 0])
    expectBalanced(engine, 4)
  })
})

describe('calls of the promise API', () => {
  it('are rejected with the status, or go on at the successor', async () => {
    const { engine } = await bench('sequential')
    const file = await engine.until(engine.channel.open('device0'))
    const seen = file.read(new Uint8Array(8), { offset: 100 })
    const unseen = file.read(new Uint8Array(8), { offset: 1 })
    await Promise.resolve()
    engine.channel.submit()
    engine.settle()
    engine.kill()
    await expect(engine.until(seen)).rejects.toMatchObject({
      code: 'STATUS_DRIVER_PROCESS_TERMINATED',
    })
    await engine.replace()
    expect(await engine.until(unseen)).toMatchObject({ status: STATUS_SUCCESS })
    expect(engine.channel.ledger()).toMatchObject({ workerDied: 1, inFlight: 0, lost: 0 })
  })
})
