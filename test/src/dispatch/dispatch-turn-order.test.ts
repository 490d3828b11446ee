/**
 * Order and number: what each queue type promises about requests that wait. Source: KMDF's dispatch loop,
 * invariants I1 (FIFO), I2 (sequential), I3 (parallel limit), I4 (completing inside a handler does not nest).
 */
import { describe, expect, it } from 'vitest'
import { Random } from '../../../native-sim/random.js'
import { STATUS_SUCCESS } from '../../../src/abi/ntstatus.js'
import type { IoQueueConfig } from '../../../src/framework/io-queue-config.js'
import type { Request } from '../../../src/framework/request.js'
import { eventLoopTurn } from '../../harness/event-loop-turn.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { contexts, Requester } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

/** The test's number of a request travels as its offset, so that the driver sees it. */
const numberOf = (request: Request) => request.deviceOffset

/** A device whose reads are held, in order of arrival. */
async function holding(
  config: Pick<IoQueueConfig, 'dispatchType' | 'numberOfPresentedRequests'>,
  slots = 16,
): Promise<{ engine: SteppedEngine; requester: Requester; held: Request[]; read: Read }> {
  const engine = new SteppedEngine({ slots })
  const held: Request[] = []
  await engine.addDevice(
    queueDriver({
      ...config,
      defaultQueue: true,
      EvtIoRead: (_queue, request) => void held.push(request),
    }),
  )
  const requester = new Requester(engine)
  const read: Read = (...numbers) => {
    for (const number of numbers) requester.read(number, 16, number)
    engine.channel.submit()
    engine.settle()
  }
  return { engine, requester, held, read }
}
type Read = (...numbers: number[]) => void

describe('a sequential queue', () => {
  it('never has two owned requests, however late they are completed', async () => {
    const { engine, held, read } = await holding({ dispatchType: 'sequential' })
    read(1, 2, 3)
    for (const number of [1, 2, 3]) {
      expect(held.map(numberOf)).toEqual([number])
      held.shift()?.complete(STATUS_SUCCESS)
      // Returning from the handler was not enough, and completing outside a turn presents nothing yet.
      expect(held).toEqual([])
      engine.settle()
    }
    expect(contexts(engine.reap())).toEqual([1, 2, 3])
  })

  it('never has two owned requests with asynchronous handlers', async () => {
    const engine = new SteppedEngine()
    let owned = 0
    let most = 0
    const order: number[] = []
    await engine.addDevice(
      queueDriver({
        dispatchType: 'sequential',
        defaultQueue: true,
        async EvtIoRead(_queue, request) {
          most = Math.max(most, ++owned)
          order.push(numberOf(request))
          await eventLoopTurn()
          owned--
          request.complete(STATUS_SUCCESS)
        },
      }),
    )
    const file = await engine.until(engine.channel.open('device0'))
    const reads = [1, 2, 3, 4].map((offset) => file.read(new Uint8Array(8), { offset }))
    await engine.until(Promise.all(reads))
    expect([order, most]).toEqual([[1, 2, 3, 4], 1])
    expect(engine.framework().pendingAsync).toBe(0)
  })

  it('lets nothing overtake what waits', async () => {
    const { engine, held, read } = await holding({ dispatchType: 'sequential' })
    read(1, 2)
    held.shift()?.complete(STATUS_SUCCESS)
    // The gate is open now and request 2 waits at it; 3 arrives in the turn that would present 2.
    read(3)
    expect(held.map(numberOf)).toEqual([2])
    held.shift()?.complete(STATUS_SUCCESS)
    engine.settle()
    expect(held.map(numberOf)).toEqual([3])
  })

  it('presents thousands that are completed in their handlers in one row, without nesting', async () => {
    const engine = new SteppedEngine({ slots: 4096 })
    let depth = 0
    const order: number[] = []
    await engine.addDevice(
      queueDriver({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoRead(_queue, request) {
          expect(++depth).toBe(1)
          order.push(numberOf(request))
          request.complete(STATUS_SUCCESS)
          depth--
        },
      }),
    )
    const requester = new Requester(engine)
    const numbers = Array.from({ length: 4096 }, (_, i) => i)
    for (const number of numbers) requester.read(number, 16, number)
    expect(contexts(engine.run())).toEqual(numbers)
    expect(order).toEqual(numbers)
  })

  it('does not nest when the handler completes an older request of the same queue first', async () => {
    const engine = new SteppedEngine()
    const held: Request[] = []
    const trace: string[] = []
    await engine.addDevice(
      queueDriver({
        dispatchType: 'parallel',
        numberOfPresentedRequests: 2,
        defaultQueue: true,
        EvtIoRead(_queue, request) {
          trace.push(`+${numberOf(request)}`)
          for (const older of held.splice(0)) older.complete(STATUS_SUCCESS)
          held.push(request)
          trace.push(`-${request.deviceOffset}`)
        },
      }),
    )
    const requester = new Requester(engine)
    for (const number of [1, 2, 3, 4]) requester.read(number, 16, number)
    expect(contexts(engine.run())).toEqual([1, 2, 3])
    expect(trace).toEqual(['+1', '-1', '+2', '-2', '+3', '-3', '+4', '-4'])
  })
})

describe('a parallel queue', () => {
  it('has no limit when none is given', async () => {
    const { held, read } = await holding({ dispatchType: 'parallel' })
    read(...Array.from({ length: 16 }, (_, i) => i))
    expect(held).toHaveLength(16)
  })

  it('never has more owned requests than its limit, and presents the next for each that goes', async () => {
    const { engine, held, read } = await holding({
      dispatchType: 'parallel',
      numberOfPresentedRequests: 3,
    })
    read(1, 2, 3, 4, 5, 6)
    expect(held.map(numberOf)).toEqual([1, 2, 3])
    held.splice(1, 1)[0]?.complete(STATUS_SUCCESS)
    engine.settle()
    expect(held.map(numberOf)).toEqual([1, 3, 4])
    for (const request of held.splice(0)) request.complete(STATUS_SUCCESS)
    engine.settle()
    expect(held.map(numberOf)).toEqual([5, 6])
    expect(contexts(engine.reap())).toEqual([2, 1, 3, 4])
  })
})

describe('two queues of a device', () => {
  it('do not hold each other up, and each keeps its order', async () => {
    const engine = new SteppedEngine()
    const held: Request[] = []
    const written: number[] = []
    await engine.addDevice(
      queueDriver({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoRead: (_queue, request) => void held.push(request),
      }),
      { name: 'slow' },
    )
    await engine.addDevice(
      queueDriver({
        dispatchType: 'sequential',
        defaultQueue: true,
        EvtIoWrite(_queue, request) {
          written.push(numberOf(request))
          request.complete(STATUS_SUCCESS)
        },
      }),
      { name: 'quick' },
    )
    const slow = new Requester(engine, 'slow')
    const quick = new Requester(engine, 'quick')
    slow.read(1, 16, 1)
    slow.read(2, 16, 2)
    quick.write(3, 16, 3)
    quick.write(4, 16, 4)
    expect(contexts(engine.run())).toEqual([3, 4])
    expect(held.map(numberOf)).toEqual([1])
    expect(written).toEqual([3, 4])
  })
})

describe('any queue, at random', () => {
  it.each([
    [31, 'sequential', 1, 0],
    [32, 'parallel', 4, 2 ** 31 - 500],
    [33, 'parallel', 2, 2 ** 32 - 500],
  ] as const)(
    'seed %i, %s, limit %i, from position %i: FIFO, in bounds, each once',
    async (seed, dispatchType, limit, firstPosition) => {
      const random = new Random(seed)
      const engine = new SteppedEngine({ slots: 32, firstPosition })
      const held: Request[] = []
      const presented: number[] = []
      await engine.addDevice(
        queueDriver({
          dispatchType,
          ...(dispatchType === 'parallel' ? { numberOfPresentedRequests: limit } : {}),
          defaultQueue: true,
          EvtIoRead(_queue, request) {
            presented.push(numberOf(request))
            if (random.nextBelow(2) === 0) request.complete(STATUS_SUCCESS)
            else held.push(request)
          },
        }),
      )
      const { channel } = engine
      const requester = new Requester(engine)
      const done: number[] = []
      let sent = 0
      for (let step = 0; step < 3000; step++) {
        switch (random.nextBelow(4)) {
          case 0:
            if (channel.inFlight < 32) requester.read(sent, 16, sent++)
            break
          case 1:
            channel.submit()
            break
          case 2:
            engine.step(0, 1 + random.nextBelow(8))
            break
          default:
            held.splice(random.nextBelow(held.length + 1), 1)[0]?.complete(STATUS_SUCCESS)
            done.push(...contexts(engine.reap(1 + random.nextBelow(8))))
        }
        if (held.length > limit) throw new Error(`step ${step}: ${held.length} owned`)
      }
      for (let i = 0; i < 100; i++) {
        for (const request of held.splice(0)) request.complete(STATUS_SUCCESS)
        done.push(...contexts(engine.run()))
      }
      expect(sent).toBeGreaterThan(300)
      const all = Array.from({ length: sent }, (_, i) => i)
      expect(presented).toEqual(all)
      expect(done.toSorted((a, b) => a - b)).toEqual(all)
      // A sequential queue's answers come in order, too.
      const expected = dispatchType === 'sequential' ? all : done
      expect(done).toEqual(expected)
      expect(channel.ledger()).toMatchObject({
        accepted: sent,
        success: sent,
        inFlight: 0,
        lost: 0,
      })
    },
  )
})
