/** Preparing, submitting, refusing, counting: the batch API of a channel. */
import { describe, expect, it } from 'vitest'
import { ENGINE_ACCEPTING } from '../../../src/abi/engine-layout.js'
import * as nt from '../../../src/abi/ntstatus.js'
import { store } from '../../../src/sharedarraybuffer-queue/access.js'
import type { Request } from '../../../src/framework/request.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { contexts, Requester, SOME_CODE, statuses } from '../../harness/requester.js'
import { type SteppedOptions, SteppedEngine } from '../../harness/stepped-engine.js'

async function bench(
  options: SteppedOptions = {},
  handle: (request: Request) => void = (request) => request.complete(nt.STATUS_SUCCESS),
): Promise<{ engine: SteppedEngine; requester: Requester }> {
  const engine = new SteppedEngine(options)
  const EvtIoDefault = (_queue: unknown, request: Request): void => handle(request)
  await engine.addDevice(
    queueDriver({
      dispatchType: 'parallel',
      synchronizationScope: 'none',
      defaultQueue: true,
      EvtIoDefault,
    }),
  )
  return { engine, requester: new Requester(engine) }
}
const stopAccepting = (engine: SteppedEngine) => store(engine.words, ENGINE_ACCEPTING, 0)

describe('prepare', () => {
  it('gives a handle and sends nothing before submit', async () => {
    const { engine, requester } = await bench()
    expect(requester.read(1)).toBeGreaterThanOrEqual(0)
    expect(engine.step()).toBe(0)
    expect(engine.channel.ledger()).toMatchObject({ accepted: 0, inFlight: 0, lost: 0 })
    expect(engine.channel).toMatchObject({ inFlight: 1, staged: 1 })
    expect(engine.channel.submit()).toBe(1)
    expect(engine.channel.ledger()).toMatchObject({ accepted: 1, inFlight: 1, lost: 0 })
    expect(engine.channel.submit()).toBe(0)
  })

  it('gives the handle back with the completion, and the context as an int32', async () => {
    const { engine, requester } = await bench()
    const handles = [-1, 2 ** 31, 7.9].map((context) => requester.read(context))
    expect(engine.run()).toMatchObject([
      { context: -1, handle: handles[0] },
      { context: -(2 ** 31), handle: handles[1] },
      { context: 7, handle: handles[2] },
    ])
  })

  it('refuses at once when all slots are in flight, and goes on when one is free', async () => {
    const { engine, requester } = await bench({ slots: 2 })
    const { channel } = engine
    requester.read(1)
    requester.read(2)
    const { file, buffer } = requester
    expect([
      channel.prepareRead(file, buffer, 1, 0, 3),
      channel.prepareWrite(file, buffer, 1, 0, 3),
      channel.prepareIoctl(file, SOME_CODE, null, 0, null, 0, 3),
      channel.prepareInternalIoctl(file, SOME_CODE, null, 0, null, 0, 3),
      channel.prepareFlush(file, 3),
    ]).toEqual(Array(5).fill(nt.STATUS_INSUFFICIENT_RESOURCES))
    expect(channel.submit()).toBe(2)
    engine.settle()
    expect(channel.prepareRead(file, buffer, 1, 0, 3)).toBe(nt.STATUS_INSUFFICIENT_RESOURCES)
    expect(contexts(engine.reap())).toEqual([1, 2])
    expect(contexts(requester.reads(3))).toEqual([3])
  })

  it.each([
    ['a length below 0', -1, 0],
    ['a length above the buffer', 4097, 0],
    ['a length that is no number', NaN, 0],
    ['a fraction of a byte', 1.5, 0],
    ['an offset below 0', 1, -1],
    ['an offset between two bytes', 1, 0.5],
    ['an offset above 2^53 - 1', 1, 2 ** 53],
    ['an offset that is no number', 1, NaN],
    ['an endless offset', 1, Infinity],
  ])('refuses %s and takes no slot', async (_what, length, offset) => {
    const { engine, requester } = await bench()
    const { file, buffer } = requester
    for (const prepare of ['prepareRead', 'prepareWrite'] as const) {
      const refused = engine.channel[prepare](file, buffer, length, offset, 1)
      expect(refused).toBe(nt.STATUS_INVALID_PARAMETER)
    }
    expect(engine.channel.inFlight).toBe(0)
  })

  it('refuses IOCTL lengths that do not fit their buffers', async () => {
    const { engine, requester } = await bench()
    const { channel } = engine
    const { file, buffer } = requester
    const bad = [
      channel.prepareIoctl(file, 1, buffer, 4097, null, 0, 1),
      channel.prepareIoctl(file, 1, null, 0, buffer, 4097, 1),
      channel.prepareIoctl(file, 1, null, 1, null, 0, 1),
      channel.prepareIoctl(file, 1, null, 0, null, 1, 1),
      channel.prepareIoctl(file, 1, buffer, -1, null, 0, 1),
      channel.prepareInternalIoctl(file, 1, buffer, NaN, null, 0, 1),
      channel.prepareInternalIoctl(file, 1, null, 0, buffer, 0.5, 1),
    ]
    expect(bad).toEqual(bad.map(() => nt.STATUS_INVALID_PARAMETER))
    expect(channel.inFlight).toBe(0)
  })

  it('refuses a file or a buffer of another channel', async () => {
    const { engine, requester } = await bench()
    const other = engine.openChannel()
    const theirs = other.allocate(64)
    const { channel } = engine
    const { file, buffer } = requester
    const theirFile = engine.file('device0', other)
    expect([
      channel.prepareRead(theirFile, buffer, 1, 0, 1),
      channel.prepareFlush(theirFile, 1),
      channel.prepareIoctl(theirFile, 1, null, 0, null, 0, 1),
    ]).toEqual(Array(3).fill(nt.STATUS_INVALID_HANDLE))
    expect([
      channel.prepareRead(file, theirs, 1, 0, 1),
      channel.prepareIoctl(file, 1, theirs, 1, null, 0, 1),
      channel.prepareIoctl(file, 1, null, 0, theirs, 1, 1),
    ]).toEqual(Array(3).fill(nt.STATUS_INVALID_PARAMETER))
  })

  it('refuses a file that is being closed', async () => {
    const { engine, requester } = await bench()
    const { file, buffer } = requester
    file.openOn = 0
    expect([
      engine.channel.prepareRead(file, buffer, 1, 0, 1),
      engine.channel.prepareIoctl(file, 1, null, 0, null, 0, 1),
      engine.channel.prepareFlush(file, 1),
    ]).toEqual(Array(3).fill(nt.STATUS_FILE_CLOSED))
  })

  it('refuses everything once the channel is closed', async () => {
    const { engine, requester } = await bench()
    const { channel } = engine
    const { file, buffer } = requester
    await engine.until(channel.close())
    expect([
      channel.prepareRead(file, buffer, 1, 0, 1),
      channel.prepareWrite(file, buffer, 1, 0, 1),
      channel.prepareIoctl(file, 1, null, 0, null, 0, 1),
      channel.prepareFlush(file, 1),
      channel.submit(),
    ]).toEqual(Array(5).fill(nt.STATUS_INVALID_HANDLE))
  })
})

describe('an engine that is stopping', () => {
  it('gets nothing more: what was prepared is taken back, and its slots are free', async () => {
    const { engine, requester } = await bench({ workers: 2, slots: 4 })
    requester.reads(1)
    for (const number of [2, 3, 4, 5]) requester.read(number)
    stopAccepting(engine)
    expect(engine.channel.submit()).toBe(nt.STATUS_DEVICE_NOT_READY)
    expect(engine.step()).toBe(0)
    expect(engine.channel.ledger()).toMatchObject({
      accepted: 1,
      completed: 1,
      inFlight: 0,
      lost: 0,
    })
    store(engine.words, ENGINE_ACCEPTING, 1)
    expect(contexts(requester.reads(6, 7, 8, 9)).toSorted((a, b) => a - b)).toEqual([6, 7, 8, 9])
  })

  it('still completes and cancels what it accepted', async () => {
    const held: Request[] = []
    const { engine, requester } = await bench({}, (request) => {
      held.push(request)
      request.markCancelable((same: Request) => same.complete(nt.STATUS_CANCELLED))
    })
    const handle = requester.read(1)
    engine.run()
    stopAccepting(engine)
    expect(engine.channel.cancel(handle)).toBe(nt.STATUS_SUCCESS)
    engine.settle()
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('is not sent what was prepared by a cancel of something else', async () => {
    const { engine, requester } = await bench({}, () => {})
    const handle = requester.read(1)
    engine.run()
    requester.read(2)
    stopAccepting(engine)
    engine.channel.cancel(handle)
    expect(engine.channel.ledger().accepted).toBe(1)
  })
})

describe('cancel', () => {
  it('does not know a handle that is stale or invented', async () => {
    const { engine, requester } = await bench()
    const handle = requester.read(1)
    engine.run()
    for (const unknown of [handle, -1, 2 ** 31 - 1, NaN, 0.5]) {
      expect(engine.channel.cancel(unknown)).toBe(nt.STATUS_NOT_FOUND)
    }
    const next = requester.read(2)
    expect(engine.channel.cancel(handle)).toBe(nt.STATUS_NOT_FOUND)
    expect(engine.channel.cancel(next)).toBe(nt.STATUS_SUCCESS)
  })
})

describe('routes to any worker', () => {
  it('spread evenly over workers that are slow, and towards the quick one otherwise', async () => {
    const held: Request[] = []
    const { engine, requester } = await bench({ workers: 3, slots: 16 }, (request) => {
      held.push(request)
    })
    for (let i = 0; i < 12; i++) requester.read(i)
    engine.run()
    const perPort = engine.frameworks.map((framework) => framework?.outstanding)
    expect(perPort).toEqual([4, 4, 4])
    const quick = held.filter((request) => request.port === engine.framework(1).turn.ports[0])
    for (const request of quick) request.complete(nt.STATUS_SUCCESS)
    engine.run()
    for (let i = 0; i < 4; i++) requester.read(20 + i)
    engine.run()
    expect(engine.frameworks.map((framework) => framework?.outstanding)).toEqual([4, 4, 4])
  })
})

describe('waiting', () => {
  it('ends at once when there is something, and says when there is not', async () => {
    const { engine, requester } = await bench()
    const { channel } = engine
    expect(channel.wait(1)).toBe(false)
    expect(await channel.waitAsync(1)).toBe(false)
    requester.read(1)
    channel.submit()
    engine.settle()
    expect(channel.wait(20_000)).toBe(true)
    expect(await channel.waitAsync(20_000)).toBe(true)
    expect(contexts(engine.reap())).toEqual([1])
    expect(channel.sleeper.rescues).toBe(0)
  })

  it('takes no strategy that a blocked thread cannot have, and keeps the one it has', async () => {
    const { channel } = (await bench()).engine
    for (const name of ['event-loop', 'sleep', undefined]) {
      expect(() => {
        channel.waitStrategy = name as 'park'
      }).toThrow(expect.objectContaining({ code: 'ERR_IRP_OPTION', value: name }))
    }
    expect(channel.waitStrategy).toBe('adaptive')
    channel.waitStrategy = 'park'
    expect(channel.waitStrategy).toBe('park')
  })
})

describe('the ledger', () => {
  it('is balanced at every step, and tells each way to end', async () => {
    const { engine, requester } = await bench({}, (request) => {
      const results = [
        nt.STATUS_SUCCESS,
        nt.STATUS_WDF_QUEUED,
        nt.STATUS_NOT_FOUND,
        nt.STATUS_CANCELLED,
        nt.STATUS_BUFFER_OVERFLOW,
      ]
      request.complete(results[request.deviceOffset] ?? 0)
    })
    for (let number = 0; number < 5; number++) requester.read(number, 16, number)
    const { channel } = engine
    const check = (expected: object): void => {
      const ledger = channel.ledger()
      expect(ledger).toMatchObject({ lost: 0, duplicates: 0, ...expected })
      expect(ledger.accepted).toBe(ledger.completed + ledger.inFlight)
    }
    check({ accepted: 0, inFlight: 0 })
    channel.submit()
    check({ accepted: 5, inFlight: 5 })
    engine.step()
    check({ inFlight: 5 })
    engine.reap(2)
    check({ success: 2, inFlight: 3 })
    engine.reap()
    check({ success: 2, error: 2, cancelled: 1, workerDied: 0, completed: 5, inFlight: 0 })
  })
})
