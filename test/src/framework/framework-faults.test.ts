/** A handler that throws or rejects fails its own request and nothing else. */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import { WdfStatusError } from '../../../src/framework/errors.js'
import type { IoQueueConfig } from '../../../src/framework/io-queue-config.js'
import type { Request } from '../../../src/framework/request.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { Requester, statuses } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

/** A device whose reads of offset 2 go wrong in that way; the others succeed. */
async function deviceThat(
  goWrong: (request: Request) => void | Promise<void>,
  dispatchType: IoQueueConfig['dispatchType'] = 'sequential',
): Promise<{ engine: SteppedEngine; requester: Requester }> {
  const engine = new SteppedEngine()
  await engine.addDevice(
    queueDriver({
      dispatchType,
      defaultQueue: true,
      EvtIoRead(_queue, request) {
        if (request.deviceOffset === 2) return goWrong(request)
        return request.complete(nt.STATUS_SUCCESS)
      },
    }),
    { name: 'disk' },
  )
  return { engine, requester: new Requester(engine, 'disk') }
}

/** Three reads of which the second goes wrong. */
async function three(engine: SteppedEngine, requester: Requester): Promise<[number, number][]> {
  for (const number of [1, 2, 3]) requester.read(number, 16, number)
  const completions = engine.run()
  await eventLoopTurn()
  return statuses([...completions, ...engine.run()])
}

type Fail = (error: unknown) => void | Promise<void>

function throwing(error: unknown): void {
  throw error
}
async function rejecting(reason: unknown): Promise<void> {
  throw reason
}
async function rejectingLater(reason: unknown): Promise<void> {
  await Promise.resolve()
  throw reason
}
const HOW: [how: string, fail: Fail][] = [
  ['throws', throwing],
  ['rejects', rejecting],
  ['rejects later', rejectingLater],
]

describe.each(HOW)('a handler that %s', (_how, fail) => {
  it.each(['sequential', 'parallel'] as const)(
    'fails its request, and those before and after it in a %s queue succeed',
    async (dispatchType) => {
      const { engine, requester } = await deviceThat(() => fail(new Error('broken')), dispatchType)
      expect((await three(engine, requester)).toSorted(([a], [b]) => a - b)).toEqual([
        [1, nt.STATUS_SUCCESS],
        [2, nt.STATUS_DRIVER_INTERNAL_ERROR],
        [3, nt.STATUS_SUCCESS],
      ])
      expect(engine.faults).toMatchObject([
        { device: 'disk', callback: 'the handler of major 3', error: { message: 'broken' } },
      ])
      expect(engine.framework()).toMatchObject({ outstanding: 0, pendingAsync: 0 })
      expect(engine.channel.ledger()).toMatchObject({ success: 2, error: 1, inFlight: 0, lost: 0 })
    },
  )

  it.each([
    ['its failure status', new WdfStatusError(nt.STATUS_END_OF_FILE, 'x'), nt.STATUS_END_OF_FILE],
    [
      'any object’s ntstatus',
      Object.assign(new Error('x'), { ntstatus: nt.STATUS_DEVICE_NOT_READY }),
      nt.STATUS_DEVICE_NOT_READY,
    ],
    [
      'not a success status',
      Object.assign(new Error('x'), { ntstatus: nt.STATUS_PENDING }),
      nt.STATUS_DRIVER_INTERNAL_ERROR,
    ],
    ['not a text', 'thrown text', nt.STATUS_DRIVER_INTERNAL_ERROR],
    ['not nothing', undefined, nt.STATUS_DRIVER_INTERNAL_ERROR],
  ])('ends its request with %s', async (_what, error, status) => {
    const { engine, requester } = await deviceThat(() => fail(error))
    expect(await three(engine, requester)).toContainEqual([2, status])
    expect(engine.faults).toHaveLength(1)
  })

  it('tells of the fault and changes nothing when the request has been completed', async () => {
    const { engine, requester } = await deviceThat((request) => {
      request.complete(nt.STATUS_NOT_FOUND)
      return fail(new Error('afterwards'))
    })
    expect(await three(engine, requester)).toEqual([
      [1, nt.STATUS_SUCCESS],
      [2, nt.STATUS_NOT_FOUND],
      [3, nt.STATUS_SUCCESS],
    ])
    expect(engine.faults).toMatchObject([{ error: { message: 'afterwards' } }])
  })
})

describe('an asynchronous handler', () => {
  it('that rejects when its slot carries another request leaves that one alone', async () => {
    const engine = new SteppedEngine({ slots: 1 })
    const rejects: ((error: Error) => void)[] = []
    const held: Request[] = []
    await engine.addDevice(
      queueDriver({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead(_queue, request) {
          held.push(request)
          if (request.deviceOffset === 1) request.complete(nt.STATUS_SUCCESS)
          return new Promise((_resolve, reject) => void rejects.push(reject))
        },
      }),
    )
    const requester = new Requester(engine)
    for (const number of [1, 2]) {
      requester.read(number, 16, number)
      engine.run()
    }
    expect(held[0]).toBe(held[1])
    rejects[0]?.(new Error('late'))
    await eventLoopTurn()
    expect(engine.faults).toHaveLength(1)
    expect(engine.run()).toEqual([])
    held[1]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[2, nt.STATUS_SUCCESS]])
    expect(engine.framework().pendingAsync).toBe(1)
  })

  it('is counted until it has settled, whatever becomes of its request', async () => {
    const { engine, requester } = await deviceThat(() => eventLoopTurn())
    requester.read(2, 16, 2)
    engine.run()
    expect(engine.framework()).toMatchObject({ pendingAsync: 1, outstanding: 1 })
    await eventLoopTurn()
    await eventLoopTurn()
    expect(engine.framework()).toMatchObject({ pendingAsync: 0, outstanding: 1 })
  })
})

describe('a handler that returns something else than a promise', () => {
  it('is as good as one that returns nothing', async () => {
    const { engine, requester } = await deviceThat(((request: Request) => {
      request.complete(nt.STATUS_SUCCESS)
      return [1, 2]
    }) as unknown as (request: Request) => void)
    expect(await three(engine, requester)).toContainEqual([2, nt.STATUS_SUCCESS])
    expect(engine.framework().pendingAsync).toBe(0)
  })
})
