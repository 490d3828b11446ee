/**
 * Cancelling: a request ends cancelled or with its own result, never both and never neither, wherever it is
 * when the cancel reaches its worker: waiting, owned, cancelable, or gone. Source: kmdf.md 4.3.
 */
import { describe, expect, it } from 'vitest'
import { IRP_CANCEL } from '../../../src/abi/irp-layout.js'
import * as nt from '../../../src/abi/ntstatus.js'
import { WdfViolation } from '../../../src/dispatch/wdf-violation.js'
import type { Request } from '../../../src/framework/request.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { contexts, Requester, statuses } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

interface Bench {
  readonly engine: SteppedEngine
  readonly requester: Requester
  readonly held: Request[]
  /** Sends reads, lets the worker see them, returns their handles. */
  readonly send: (...numbers: number[]) => number[]
  readonly cancel: (handle: number) => number
}

async function bench(
  handle: (request: Request) => void,
  dispatchType: 'sequential' | 'parallel' = 'parallel',
  slots = 8,
): Promise<Bench> {
  const engine = new SteppedEngine({ slots })
  const held: Request[] = []
  await engine.addDevice(
    queueDriver({
      dispatchType,
      defaultQueue: true,
      EvtIoRead(_queue, request) {
        held.push(request)
        handle(request)
      },
    }),
  )
  const requester = new Requester(engine)
  return {
    engine,
    requester,
    held,
    send(...numbers) {
      const handles = numbers.map((number) => requester.read(number, 16, number))
      engine.channel.submit()
      engine.settle()
      return handles
    },
    cancel(handleOf) {
      const status = engine.channel.cancel(handleOf)
      engine.settle()
      return status
    },
  }
}
const hold = (): void => {}
const cancelled = (request: Request): void => request.complete(nt.STATUS_CANCELLED)

describe('a request that waits in a queue', () => {
  it.each([
    ['first', 1],
    ['middle', 2],
    ['last', 3],
  ])('is ended without the driver: the %s in line', async (_place, at) => {
    const { engine, held, send, cancel } = await bench(hold, 'sequential')
    const handles = send(10, 11, 12, 13)
    expect(cancel(handles[at] ?? -1)).toBe(nt.STATUS_SUCCESS)
    expect(engine.reap()).toMatchObject([
      { context: 10 + at, status: nt.STATUS_CANCELLED, information: 0 },
    ])
    const order: number[] = []
    while (held.length > 0) {
      const request = held.shift()
      order.push(request?.deviceOffset ?? -1)
      request?.complete(nt.STATUS_SUCCESS)
      engine.settle()
    }
    expect(order).toEqual([10, 11, 12, 13].filter((number) => number !== 10 + at))
    expect(contexts(engine.reap())).toEqual(order)
    expect(engine.channel.ledger()).toMatchObject({
      cancelled: 1,
      success: 3,
      inFlight: 0,
      lost: 0,
    })
  })

  it('opens nothing that is owned: all that wait can be cancelled, and the queue works on', async () => {
    const { engine, held, send, cancel } = await bench(hold, 'sequential')
    const handles = send(10, 11, 12)
    for (const handle of handles.slice(1)) cancel(handle)
    expect(contexts(engine.reap())).toEqual([11, 12])
    expect(held).toHaveLength(1)
    send(13)
    expect(held).toHaveLength(1)
    held[0]?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    expect(held[1]?.deviceOffset).toBe(13)
  })
})

describe('a request that the driver owns', () => {
  it('is asked by a flag, and ends with its own result', async () => {
    const { engine, held, send, cancel } = await bench(hold)
    const [handle = -1] = send(1)
    expect(held[0]?.isCanceled()).toBe(false)
    cancel(handle)
    expect(held[0]?.isCanceled()).toBe(true)
    expect(engine.reap()).toEqual([])
    held[0]?.completeWithInformation(nt.STATUS_SUCCESS, 3)
    engine.settle()
    expect(engine.reap()).toMatchObject([{ context: 1, status: nt.STATUS_SUCCESS, information: 3 }])
  })

  it('leaves no mark on the next request of its slot', async () => {
    const { engine, held, send, cancel } = await bench(hold, 'parallel', 1)
    for (let round = 0; round < 3; round++) {
      const [handle = -1] = send(round)
      expect(held[0]?.isCanceled()).toBe(false)
      cancel(handle)
      expect(held[0]?.isCanceled()).toBe(true)
      held.shift()?.complete(nt.STATUS_CANCELLED)
      engine.settle()
      expect(statuses(engine.reap())).toEqual([[round, nt.STATUS_CANCELLED]])
      expect(engine.memory.words[engine.memory.slotWord(0) + IRP_CANCEL]).toBe(0)
    }
  })

  it('is not hurt by a cancel that comes late: its predecessor had ended', async () => {
    const seen: boolean[] = []
    const { engine, requester } = await bench(
      (request) => {
        seen.push(request.isCanceled())
        request.complete(nt.STATUS_SUCCESS)
      },
      'parallel',
      1,
    )
    const first = requester.read(1)
    engine.channel.submit()
    engine.step()
    expect(engine.channel.cancel(first)).toBe(nt.STATUS_SUCCESS)
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(engine.channel.cancel(first)).toBe(nt.STATUS_NOT_FOUND)
    // In the ring now: the late cancel, then the slot's next request.
    expect(statuses(requester.reads(2))).toEqual([[2, nt.STATUS_SUCCESS]])
    expect(seen).toEqual([false, false])
    expect(engine.framework().turn.ports[0]?.rejected).toBe(0)
  })
})

describe('a cancelable request', () => {
  it('gets its EvtRequestCancel once, which ends it', async () => {
    let calls = 0
    const { engine, send, cancel } = await bench((request) =>
      request.markCancelable((same: Request) => {
        calls++
        expect(same).toBe(request)
        cancelled(same)
      }),
    )
    const [handle = -1] = send(1)
    expect([cancel(handle), cancel(handle)]).toEqual([nt.STATUS_SUCCESS, nt.STATUS_SUCCESS])
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_CANCELLED]])
    expect(calls).toBe(1)
  })

  it('gets it at once, inside markCancelable, when the cancel came first', async () => {
    const { engine, held, send, cancel } = await bench(hold)
    const [handle = -1] = send(1)
    cancel(handle)
    let calls = 0
    held[0]?.markCancelable((request: Request) => {
      calls++
      cancelled(request)
    })
    expect(calls).toBe(1)
    engine.settle()
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('does not get it when markCancelableEx says that the cancel came first', async () => {
    const { engine, held, send, cancel } = await bench(hold)
    const [handle = -1] = send(1)
    cancel(handle)
    expect(held[0]?.markCancelableEx(() => expect.unreachable())).toBe(nt.STATUS_CANCELLED)
    held[0]?.complete(nt.STATUS_NOT_FOUND)
    engine.settle()
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_NOT_FOUND]])
  })

  it('is the driver’s again after unmarkCancelable, and a later cancel only sets the flag', async () => {
    const { engine, held, send, cancel } = await bench(hold)
    const [handle = -1] = send(1)
    expect(held[0]?.markCancelableEx(() => expect.unreachable())).toBe(nt.STATUS_SUCCESS)
    expect(held[0]?.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
    cancel(handle)
    expect(held[0]?.isCanceled()).toBe(true)
    held[0]?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it.each(['has ended it', 'will end it'])(
    'tells unmarkCancelable that EvtRequestCancel %s',
    async (when) => {
      const { engine, held, send, cancel } = await bench((request) =>
        request.markCancelable((same: Request) => {
          if (when === 'has ended it') cancelled(same)
        }),
      )
      const [handle = -1] = send(1)
      cancel(handle)
      expect(held[0]?.unmarkCancelable()).toBe(nt.STATUS_CANCELLED)
      if (when === 'will end it') held[0]?.complete(nt.STATUS_CANCELLED)
      engine.settle()
      expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_CANCELLED]])
    },
  )

  it('may not be completed, polled or marked again before it is unmarked', async () => {
    const { engine, held, send } = await bench(hold)
    send(1)
    const [request] = held
    expect(request?.unmarkCancelable()).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
    request?.markCancelable(() => expect.unreachable())
    expect(() => request?.complete(nt.STATUS_SUCCESS)).toThrow(/unmarkCancelable first/)
    expect(() => request?.isCanceled()).toThrow(WdfViolation)
    expect(request?.markCancelableEx(() => {})).toBe(nt.STATUS_INVALID_DEVICE_REQUEST)
    expect(() => request?.markCancelable(() => {})).toThrow(WdfViolation)
    expect(request?.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
    request?.complete(nt.STATUS_SUCCESS)
    engine.settle()
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it.each(['throws', 'rejects'])('ends with a failure when its callback %s', async (how) => {
    const { engine, send, cancel } = await bench((request) =>
      request.markCancelable(() => {
        if (how === 'rejects') return Promise.reject(new Error('no'))
        throw new Error('no')
      }),
    )
    const [handle = -1] = send(1)
    cancel(handle)
    await eventLoopTurn()
    engine.settle()
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
    expect(engine.faults).toMatchObject([{ device: 'device0', error: { message: 'no' } }])
  })

  it('is not cancelable any more when its handler threw after marking it', async () => {
    const { engine, send, cancel } = await bench((request) => {
      request.markCancelable(() => expect.unreachable())
      throw new Error('no')
    })
    const [handle = -1] = send(1)
    expect(cancel(handle)).toBe(nt.STATUS_SUCCESS)
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
  })
})

describe('a cancel before the worker has seen the request', () => {
  it('sends what was prepared, the cancel behind it', async () => {
    const { engine, held, requester } = await bench((request) =>
      request.markCancelable((same: Request) => same.complete(nt.STATUS_CANCELLED)),
    )
    const handle = requester.read(1)
    engine.channel.cancel(handle)
    engine.settle()
    expect(held).toHaveLength(1)
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_CANCELLED]])
    expect(engine.channel.ledger()).toMatchObject({
      accepted: 1,
      cancelled: 1,
      inFlight: 0,
      lost: 0,
    })
  })

  it('shows in the first handler call', async () => {
    const { engine, requester } = await bench((request) =>
      request.complete(request.isCanceled() ? nt.STATUS_CANCELLED : nt.STATUS_SUCCESS),
    )
    engine.channel.cancel(requester.read(1))
    engine.settle()
    expect(statuses(engine.reap())).toEqual([[1, nt.STATUS_CANCELLED]])
  })
})
