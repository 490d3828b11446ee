/**
 * From an IRP to its handler (the specific one, else EvtIoDefault, else STATUS_INVALID_DEVICE_REQUEST), and
 * what the Framework answers by itself.
 */
import { describe, expect, it } from 'vitest'
import * as major from '../../../src/abi/major-function.js'
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_SUCCESS } from '../../../src/abi/ntstatus.js'
import type { IoQueueConfig } from '../../../src/framework/io-queue-config.js'
import type { Request } from '../../../src/framework/request.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { contexts, Requester, SOME_CODE, statuses } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

type Send = 'read' | 'write' | 'ioctl' | 'internalIoctl'
const KINDS: [send: Send, handler: keyof IoQueueConfig][] = [
  ['read', 'EvtIoRead'],
  ['write', 'EvtIoWrite'],
  ['ioctl', 'EvtIoDeviceControl'],
  ['internalIoctl', 'EvtIoInternalDeviceControl'],
]
const HANDLERS = [...KINDS.map(([, handler]) => handler), 'EvtIoDefault' as const]

/** Sequential queue whose handlers note their name and what they were given, and succeed. */
function noting(calls: unknown[][], handlers: readonly (keyof IoQueueConfig)[]): IoQueueConfig {
  const noted = handlers.map((name) => [
    name,
    (_queue: unknown, request: Request, ...rest: number[]): void => {
      calls.push([name, ...rest])
      request.complete(STATUS_SUCCESS)
    },
  ])
  return { dispatchType: 'sequential', defaultQueue: true, ...Object.fromEntries(noted) }
}

async function engineWith(config: IoQueueConfig): Promise<[SteppedEngine, Requester]> {
  const engine = new SteppedEngine()
  await engine.addDevice(queueDriver(config))
  return [engine, new Requester(engine)]
}

describe('handler choice', () => {
  it.each(KINDS)('%s goes to %s when the queue has it', async (send, handler) => {
    const calls: unknown[][] = []
    const [engine, requester] = await engineWith(noting(calls, HANDLERS))
    requester[send](1)
    expect(statuses(engine.run())).toEqual([[1, STATUS_SUCCESS]])
    expect(calls.map(([name]) => name)).toEqual([handler])
  })

  it.each(KINDS)('%s goes to EvtIoDefault when there is no %s', async (send, handler) => {
    const calls: unknown[][] = []
    const others = HANDLERS.filter((name) => name !== handler)
    const [engine, requester] = await engineWith(noting(calls, others))
    requester[send](1)
    expect(statuses(engine.run())).toEqual([[1, STATUS_SUCCESS]])
    expect(calls.map(([name]) => name)).toEqual(['EvtIoDefault'])
  })

  it.each(KINDS)(
    '%s is refused when there is neither %s nor EvtIoDefault',
    async (send, handler) => {
      const calls: unknown[][] = []
      const others = HANDLERS.filter((name) => name !== handler && name !== 'EvtIoDefault')
      const [engine, requester] = await engineWith(noting(calls, others))
      requester[send](1)
      expect(engine.run()).toMatchObject([
        { context: 1, status: STATUS_INVALID_DEVICE_REQUEST, information: 0 },
      ])
      expect(calls).toEqual([])
      expect(engine.faults).toEqual([])
    },
  )

  it('gives each handler the parameters of its request', async () => {
    const calls: unknown[][] = []
    const [engine, requester] = await engineWith(noting(calls, HANDLERS))
    requester.read(1, 100)
    requester.write(2, 200)
    requester.ioctl(3, SOME_CODE, 30, 40)
    requester.internalIoctl(4, -5, 50, 60)
    engine.run()
    expect(calls).toEqual([
      ['EvtIoRead', 100],
      ['EvtIoWrite', 200],
      ['EvtIoDeviceControl', 40, 30, SOME_CODE],
      ['EvtIoInternalDeviceControl', 60, 50, -5],
    ])
  })
})

describe('what the Framework answers by itself', () => {
  it('refuses what has no queue', async () => {
    const [engine, requester] = await engineWith({ dispatchType: 'manual' })
    for (const [at, [send]] of KINDS.entries()) requester[send](at)
    expect(statuses(engine.run())).toEqual(
      KINDS.map((_, at) => [at, STATUS_INVALID_DEVICE_REQUEST]),
    )
  })

  it.each([
    ['IRP_MJ_FLUSH_BUFFERS', major.IRP_MJ_FLUSH_BUFFERS],
    ['IRP_MJ_SHUTDOWN', major.IRP_MJ_SHUTDOWN],
    ['IRP_MJ_POWER', major.IRP_MJ_POWER],
    ['IRP_MJ_SYSTEM_CONTROL', major.IRP_MJ_SYSTEM_CONTROL],
    ['IRP_MJ_PNP', major.IRP_MJ_PNP],
    ['a major function without a name', 1],
    ['a major function behind the table', 31],
  ])('refuses %s, also of a device with EvtIoDefault', async (_name, code) => {
    const calls: unknown[][] = []
    const [engine, requester] = await engineWith(noting(calls, HANDLERS))
    // A file has a route for each major function there is; the last one is sent by hand.
    if (code === 31) requester.file.workers.fill(0)
    const handle = engine.channel.prepareTransfer(
      code,
      0,
      requester.file,
      requester.buffer,
      0,
      0,
      9,
    )
    expect(handle).toBeGreaterThanOrEqual(0)
    expect(engine.run()).toMatchObject([
      { context: 9, status: STATUS_INVALID_DEVICE_REQUEST, information: 0 },
    ])
    expect(calls).toEqual([])
  })

  it.each([
    ['read', 'EvtIoRead'],
    ['write', 'EvtIoWrite'],
    ['read', 'EvtIoDefault'],
    ['write', 'EvtIoDefault'],
  ] as const)('completes a %s of no bytes before it reaches %s', async (send, handler) => {
    const calls: unknown[][] = []
    const [engine, requester] = await engineWith(noting(calls, [handler]))
    requester[send](1, 0)
    requester[send](2, 1)
    expect(engine.run()).toMatchObject([
      { context: 1, status: STATUS_SUCCESS, information: 0 },
      { context: 2, status: STATUS_SUCCESS },
    ])
    expect(calls).toHaveLength(1)
  })

  it('lets zero bytes through to a queue that asked for them', async () => {
    const calls: unknown[][] = []
    const [engine, requester] = await engineWith({
      ...noting(calls, HANDLERS),
      allowZeroLengthRequests: true,
    })
    requester.read(1, 0)
    requester.write(2, 0)
    engine.run()
    expect(calls).toEqual([
      ['EvtIoRead', 0],
      ['EvtIoWrite', 0],
    ])
  })

  it('presents an IOCTL without buffers in any case', async () => {
    const calls: unknown[][] = []
    const [engine, requester] = await engineWith(noting(calls, HANDLERS))
    requester.ioctl(1, SOME_CODE, 0, 0)
    engine.run()
    expect(calls).toEqual([['EvtIoDeviceControl', 0, 0, SOME_CODE]])
  })
})

describe('a turn', () => {
  it('takes at most so many submissions of a channel, and says how many', async () => {
    const [engine, requester] = await engineWith(noting([], HANDLERS))
    for (let i = 0; i < 5; i++) requester.read(i)
    engine.channel.submit()
    expect(engine.framework().turn.hasWork()).toBe(true)
    expect(engine.step(0, 2)).toBe(2)
    expect(contexts(engine.reap())).toEqual([0, 1])
    expect(engine.step(0, 2)).toBe(2)
    expect(engine.step(0, 2)).toBe(1)
    expect(engine.framework().turn.hasWork()).toBe(false)
    expect(engine.step(0, 2)).toBe(0)
    expect(contexts(engine.reap())).toEqual([2, 3, 4])
  })

  it('serves every channel, and sends what a handler completed of another one', async () => {
    const held: Request[] = []
    const [engine, requester] = await engineWith({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead: (_queue, request) => void held.push(request),
      EvtIoWrite: (_queue, request) => {
        request.complete(STATUS_SUCCESS)
        for (const other of held) other.complete(STATUS_SUCCESS)
      },
    })
    const second = engine.openChannel()
    const file = engine.file('device0', second)
    const buffer = second.allocate(64)
    requester.read(1)
    engine.channel.submit()
    engine.step()
    expect(engine.reap()).toEqual([])
    // The write comes through the second channel, whose port is polled after the first one's.
    second.prepareWrite(file, buffer, 8, 0, 2)
    second.submit()
    expect(engine.step()).toBe(1)
    expect(contexts(engine.reap())).toEqual([1])
    expect(contexts(engine.reap(9, second))).toEqual([2])
  })

  it('asks for a turn when a request is completed outside of one, and sends it then', async () => {
    const held: Request[] = []
    const [engine, requester] = await engineWith({
      dispatchType: 'parallel',
      defaultQueue: true,
      EvtIoRead: (_queue, request) => void held.push(request),
    })
    requester.reads(1)
    const before = engine.wakes
    held[0]?.complete(STATUS_SUCCESS)
    expect(engine.wakes).toBeGreaterThan(before)
    expect(engine.reap()).toEqual([])
    engine.step()
    expect(contexts(engine.reap())).toEqual([1])
  })
})
