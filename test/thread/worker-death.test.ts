/**
 * Death of a worker under load: nothing is lost, nothing comes twice, order is kept for the survivors, the
 * successor works.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engine as EngineType, IrpFile } from '../../src/index.js'
import {
  IOCTL_EXIT,
  IOCTL_LOOP_FOREVER,
  LOG_LOOPING,
  IOCTL_REJECT_LATER,
  IOCTL_THROW_LATER,
} from '../fixtures/drivers/mortal-ioctl.js'
import { drivers, Engine, fixture, irpool } from './built.js'
import {
  BALANCED,
  closedLoop,
  CompletionCount,
  eventually,
  expectBalanced,
  within,
  untilHeld,
} from './helpers.js'

const { STATUS_DRIVER_PROCESS_TERMINATED, STATUS_SUCCESS } = irpool
const LOG_NOT_BEHIND = 0
const LOG_SEEN = 2
const LOG_PRESENTED = 64

/** Kills, and the successors that came. */
class Deaths {
  died = 0
  replaced = 0
  reasons: Error[] = []

  watch(engine: EngineType): void {
    engine.on('workerDied', (_worker, reason) => {
      this.died++
      this.reasons.push(reason)
    })
    engine.on('workerReplaced', () => {
      this.replaced++
    })
  }

  async settled(): Promise<void> {
    await eventually(() => this.died === this.replaced, 'the successor')
  }
}

describe('terminateWorker in mid-stream', () => {
  for (const workers of [1, 2]) {
    it(`${workers} worker(s), batch API, 20 deaths`, async () => {
      const count = 12_000
      const log = new SharedArrayBuffer(4 * (LOG_PRESENTED + count))
      const words = new Int32Array(log)
      let seen = 0
      let lost = 0
      // An engine of its own for every five: a worker that dies more often in a short time is given up.
      for (let round = 0; round < 4; round++) {
        const engine = await Engine.start({ workers, slots: 256 })
        const deaths = new Deaths()
        deaths.watch(engine)
        await engine.addDevice({
          name: 'sequence',
          driver: fixture('sequence-log'),
          // What is in flight takes longer than a time slice: a death finds some of it presented on one processor, too.
          parameters: { log, spinUs: 40 },
          worker: workers - 1,
        })
        words.fill(0)
        const file = await engine.open('sequence')
        const { channel } = engine
        const buffer = channel.allocate(8)
        const completions = new CompletionCount(count)
        let kills = 0
        const between = (completed: number): void => {
          // Only a worker that is there can be killed.
          if (kills === 5 || deaths.replaced < kills) return
          if (completed < ((kills + 1) * count) / 7) return
          kills++
          // It has just been sent some: wait until it is in the middle of them.
          const before = Atomics.load(words, LOG_SEEN)
          const until = performance.now() + 50
          while (Atomics.load(words, LOG_SEEN) === before && performance.now() < until);
          // Not awaited: it dies while more is being sent.
          void engine.terminateWorker(workers - 1)
        }
        await within(
          100_000,
          'the stream across five deaths',
          closedLoop({ channel, file, buffer, count, depth: 200, completions, between }),
        )
        await deaths.settled()
        expect(kills).toBe(5)
        expect(deaths.died).toBe(5)
        expect(completions.wrong).toBe(0)
        expect(words[LOG_NOT_BEHIND]).toBe(0)
        const died = completions.statuses.get(STATUS_DRIVER_PROCESS_TERMINATED) ?? 0
        expect(completions.statuses.get(STATUS_SUCCESS)).toBe(count - died)
        lost += died
        for (let i = 0; i < count; i++) {
          const presented = words[LOG_PRESENTED + i] as number
          if (presented > 1) throw new Error(`request ${i} was presented ${presented} times`)
          seen += presented
        }
        expect(channel.ledger().workerDied).toBe(died)
        await file.close()
        await engine.stop()
        expectBalanced(engine.ledger())
      }
      // The deaths hit requests that a handler had seen, or this test would prove little.
      expect(lost).toBeGreaterThan(0)
      // Whatever succeeded was presented once; what died may or may not have been.
      expect(seen).toBeGreaterThanOrEqual(4 * count - lost)
      expect(seen).toBeLessThanOrEqual(4 * count)
    })
  }

  it('promise API, 7 deaths', async () => {
    const engine = await Engine.start({ workers: 1, slots: 256 })
    const deaths = new Deaths()
    deaths.watch(engine)
    const log = new SharedArrayBuffer(256)
    await engine.addDevice({
      name: 'sequence',
      driver: fixture('sequence-log'),
      parameters: { log },
    })
    const file = await engine.open('sequence')
    const count = 50_000
    const times = new Uint8Array(count)
    const statuses = new Map<number, number>()
    let next = 0
    let settled = 0
    let kills = 0
    const bytes = new Uint8Array(8)
    const lane = async (): Promise<void> => {
      while (next < count) {
        const offset = next++
        const { status } = await file.write(bytes, { offset, rejectOnFailure: false })
        times[offset] = (times[offset] as number) + 1
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        settled++
        const due = settled >= ((kills + 1) * count) / 9
        if (due && kills < 7 && deaths.replaced === kills) {
          kills++
          void engine.terminateWorker(0)
        }
      }
    }
    await within(100_000, 'the calls', Promise.all(Array.from({ length: 100 }, lane)))
    await deaths.settled()
    expect([kills, deaths.died]).toEqual([7, 7])
    expect(times.every((n) => n === 1)).toBe(true)
    const died = statuses.get(STATUS_DRIVER_PROCESS_TERMINATED) ?? 0
    expect(statuses.get(STATUS_SUCCESS)).toBe(count - died)
    expect(new Int32Array(log)[LOG_NOT_BEHIND]).toBe(0)
    expect((await file.write(bytes, { offset: count })).status).toBe(0)
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('a parallel queue on all workers loses nothing', async () => {
    const engine = await Engine.start({ workers: 2, slots: 256 })
    const deaths = new Deaths()
    deaths.watch(engine)
    await engine.addDevice({
      name: 'null',
      driver: drivers.null,
      parameters: { dispatchType: 'parallel', synchronizationScope: 'none', spinUs: 2 },
    })
    const file = await engine.open('null')
    const { channel } = engine
    const buffer = channel.allocate(8)
    const count = 150_000
    const completions = new CompletionCount(count)
    let kills = 0
    const between = async (completed: number): Promise<void> => {
      if (kills === 6 || completed < ((kills + 1) * count) / 8) return
      // Only a worker that is there can be killed; the other one would be done before it came.
      await eventually(() => deaths.replaced === kills, 'the successor')
      void engine.terminateWorker(kills++ % 2)
    }
    await within(
      100_000,
      'the stream across six deaths',
      closedLoop({ channel, file, buffer, count, depth: 200, completions, between }),
    )
    await deaths.settled()
    expect(deaths.died).toBe(6)
    expect(completions.wrong).toBe(0)
    await engine.stop()
    expectBalanced(engine.ledger())
  })

  it('what waits behind a presented request goes on to the successor, in order', async () => {
    const engine = await Engine.start({ workers: 1, slots: 64 })
    await engine.addDevice({
      name: 'holder',
      driver: fixture('holder'),
      parameters: { dispatchType: 'sequential', cancel: 'ignore' },
    })
    const file = await engine.open('holder')
    const { channel } = engine
    const buffer = channel.allocate(8)
    channel.prepareRead(file, buffer, 8, 0, 100)
    for (let i = 0; i < 40; i++) channel.prepareWrite(file, buffer, 8, 0, i)
    channel.submit()
    await untilHeld(file, 1)
    // The last ten are cancelled: they end as cancelled, not as dead.
    const late = Array.from({ length: 10 }, (_, i) =>
      channel.prepareRead(file, buffer, 8, 0, 200 + i),
    )
    channel.submit()
    await engine.terminateWorker(0)
    for (const handle of late) channel.cancel(handle)
    const seen: [number, number][] = []
    while (seen.length < 51) {
      const reaped = channel.reap(100, (context, status) => seen.push([context, status]))
      if (reaped === 0) {
        if (!(await channel.waitAsync(5000))) throw new Error('no completions after a death')
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const statusOf = new Map(seen)
    expect(statusOf.get(100)).toBe(STATUS_DRIVER_PROCESS_TERMINATED)
    const survivors = seen.filter(([context]) => context < 100)
    expect(survivors).toEqual(Array.from({ length: 40 }, (_, i) => [i, STATUS_SUCCESS]))
    for (let i = 0; i < 10; i++) expect(statusOf.get(200 + i)).toBe(irpool.STATUS_CANCELLED)
    await engine.stop()
    expectBalanced(engine.ledger())
  })
})

describe('the batch API across a death', () => {
  for (const api of ['reap', 'reapBatch'] as const) {
    it(`${api} returns how many it told of`, async () => {
      const engine = await Engine.start({ workers: 1, slots: 64 })
      const parameters = { dispatchType: 'parallel', cancel: 'ignore' }
      await engine.addDevice({ name: 'holder', driver: fixture('holder'), parameters })
      const file = await engine.open('holder')
      const { channel } = engine
      const buffer = channel.allocate(8)
      // Twenty complete, thirty die with the worker, the rest was not sent when it died.
      for (let i = 0; i < 20; i++) channel.prepareWrite(file, buffer, 8, 0, i)
      for (let i = 20; i < 50; i++) channel.prepareRead(file, buffer, 8, 0, i)
      channel.submit()
      await untilHeld(file, 30)
      await engine.terminateWorker(0)
      for (let i = 50; i < 60; i++) channel.prepareWrite(file, buffer, 8, 0, i)
      channel.submit()
      const seen = new Map<number, number>()
      let returned = 0
      const deadline = performance.now() + 30_000
      while (seen.size < 60) {
        if (performance.now() > deadline) throw new Error(`only ${seen.size} of 60 ended`)
        returned +=
          api === 'reap'
            ? channel.reap(100, (context, status) => seen.set(context, status))
            : channel.reapBatch(100, (batch, count) => {
                for (let i = 0; i < count; i++) {
                  seen.set(batch[4 * i] as number, batch[4 * i + 1] as number)
                }
              })
        await channel.waitAsync(10)
      }
      const died = [...seen].filter(([, status]) => status === STATUS_DRIVER_PROCESS_TERMINATED)
      expect(died).toHaveLength(30)
      expect(returned).toBe(60)
      await engine.stop()
      expectBalanced(engine.ledger())
    })
  }
})

describe('a driver that ends its own thread', () => {
  let engine: EngineType
  let file: IrpFile
  const deaths = new Deaths()
  const log = new Int32Array(new SharedArrayBuffer(4 * (LOG_PRESENTED + 1)))

  beforeAll(async () => {
    engine = await Engine.start({ workers: 1, slots: 64 })
    deaths.watch(engine)
    const parameters = { log: log.buffer }
    await engine.addDevice({ name: 'mortal', driver: fixture('sequence-log'), parameters })
    file = await engine.open('mortal')
  })

  afterAll(() => engine.stop())

  const soft = { rejectOnFailure: false } as const
  const works = async (): Promise<void> => {
    const writing = file.write(new Uint8Array(8), { offset: 2 ** 40 })
    expect((await within(20_000, 'a write after the death', writing)).status).toBe(0)
  }

  it('process.exit in a handler: its request ends with a status, the next ones work', async () => {
    const call = file.ioctl(IOCTL_EXIT, null, null, soft)
    const behind = Array.from({ length: 10 }, () => file.write(new Uint8Array(8), soft))
    const { status } = await within(20_000, 'the fatal call', call)
    expect(status).toBe(STATUS_DRIVER_PROCESS_TERMINATED)
    const results = await within(20_000, 'the calls behind it', Promise.all(behind))
    expect(results.map((result) => result.status)).toEqual(behind.map(() => 0))
    await deaths.settled()
    expect(deaths.died).toBe(1)
    expect(deaths.reasons[0]).toBeInstanceOf(Error)
    await works()
  })

  for (const [what, code, message] of [
    ['a throw outside of a handler', IOCTL_THROW_LATER, 'thrown outside of a handler'],
    ['an unhandled rejection', IOCTL_REJECT_LATER, 'rejected outside of a handler'],
  ] as const) {
    it(`${what}: the worker is replaced, and the reason is told`, async () => {
      const { died } = deaths
      await file.ioctl(code, null, null, soft)
      await eventually(() => deaths.died === died + 1, 'the death')
      await deaths.settled()
      expect(deaths.reasons.at(-1)?.message).toContain(message)
      await works()
    })
  }

  it('a handler that never returns can be terminated', async () => {
    const call = file.ioctl(IOCTL_LOOP_FOREVER, null, null, soft)
    await eventually(() => Atomics.load(log, LOG_LOOPING) === 1, 'the endless loop')
    const behind = file.write(new Uint8Array(8), { offset: 2 ** 40, ...soft })
    await engine.terminateWorker(0)
    const { status } = await within(20_000, 'the endless call', call)
    expect(status).toBe(STATUS_DRIVER_PROCESS_TERMINATED)
    expect((await within(20_000, 'the call behind it', behind)).status).toBe(0)
    await deaths.settled()
    await works()
  })

  it('counts the incarnations, and ends with a balanced ledger', async () => {
    expect(engine.statistics()[0]?.incarnation).toBe(deaths.died + 1)
    await engine.stop()
    expect(engine.ledger()).toMatchObject(BALANCED)
    expect(engine.ledger().workerDied).toBe(2)
  })
})
