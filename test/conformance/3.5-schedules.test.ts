/**
 * 3.5, acceptance case E2: the invariants under schedules that are drawn from seeds. More of them:
 * `npm run conformance:schedules -- --count 100000`.
 */
import { afterEach, expect, it } from 'vitest'
import { DispatchedRequest } from '../../src/dispatch/dispatched-request.js'
import { DispatchTurn } from '../../src/dispatch/dispatch-turn.js'
import { QueueGate } from '../../src/dispatch/queue-gate.js'
import { type EvtIoQueueState, IoQueueState } from '../../src/framework/io-queue-state.js'
import { RequestSender } from '../../src/framework/request-sender.js'
import { runSchedule } from './schedules/schedule.js'
import { named } from './named.js'

const SCHEDULES = 3000
/** Enough to meet every kind of event. */
const ENOUGH = 400

async function firstFailure(count: number): Promise<unknown> {
  for (let seed = 1; seed <= count; seed++) {
    const { failure, events } = await runSchedule(seed)
    if (failure !== null)
      return `schedule ${seed}: ${(failure as Error).message}\n${events.join('\n')}`
  }
  return null
}

it(`3.5 E2: every rule holds in ${SCHEDULES} schedules`, async () => {
  expect(await firstFailure(SCHEDULES)).toBeNull()
})

it('3.5 E2: a seed gives the same schedule again', async () => {
  const runs = [await runSchedule(12), await runSchedule(12), await runSchedule(13)]
  expect(runs[0]?.events.length).toBeGreaterThan(10)
  expect(runs[1]).toEqual(runs[0])
  expect(runs[2]).not.toEqual(runs[0])
})

/** Replaces a method for one test: `broken` gets the object, the method's arguments, and the method. */
function spoil<T extends object>(
  prototype: T,
  name: keyof T,
  broken: (self: T, args: unknown[], original: () => unknown) => unknown,
): void {
  const method = Reflect.get(prototype, name) as (...args: unknown[]) => unknown
  Reflect.set(prototype, name, function (this: T, ...args: unknown[]) {
    return broken(this, args, () => method.apply(this, args))
  })
  repairs.push(() => Reflect.set(prototype, name, method))
}

const repairs: (() => void)[] = []

afterEach(() => {
  for (const repair of repairs.splice(0)) repair()
})

/** Every seventh call goes wrong. */
function seldom(): () => boolean {
  let calls = 0
  return () => ++calls % 7 === 0
}

/** Engines that are broken in one place: the schedules must notice each. */
const BROKEN: { what: string; spoilIt: () => void }[] = [
  {
    what: 'a queue that is last in, first out',
    spoilIt: () =>
      spoil(QueueGate.prototype, 'append', (gate, [request]) => {
        gate.prepend(request as DispatchedRequest)
      }),
  },
  {
    what: 'a queue that takes what it should refuse',
    spoilIt: () => spoil(IoQueueState.prototype, 'admits', () => true),
  },
  {
    what: 'a request that leaves and opens nothing',
    spoilIt: () =>
      spoil(DispatchTurn.prototype, 'leave', (_turn, [gate]) => {
        ;(gate as QueueGate).owned--
      }),
  },
  {
    what: 'a forwarded request that is still counted',
    spoilIt: () =>
      spoil(DispatchTurn.prototype, 'leave', (_turn, [gate], leave) => {
        leave()
        ;(gate as QueueGate).owned++
      }),
  },
  {
    what: 'a completion that opens two places',
    spoilIt: () =>
      spoil(DispatchedRequest.prototype, 'finish', ({ gate }, _args, finish) => {
        finish()
        if (gate.owned > 0) gate.owned--
      }),
  },
  {
    what: 'a cancel that does not reach the level below',
    spoilIt: () => spoil(RequestSender.prototype, 'cancelSent', () => true),
  },
  {
    what: 'a gate that is not looked at again',
    spoilIt() {
      const isWrong = seldom()
      spoil(DispatchTurn.prototype, 'makeReady', (_turn, _args, makeReady) => {
        if (!isWrong()) makeReady()
      })
    },
  },
  {
    what: 'a request that is presented twice',
    spoilIt() {
      const isWrong = seldom()
      spoil(DispatchTurn.prototype, 'present', (_turn, _args, present) => {
        present()
        if (isWrong()) present()
      })
    },
  },
  {
    what: 'a state callback that comes twice',
    spoilIt: () =>
      spoil(IoQueueState.prototype, 'stop', (state, [done, cancels], stop) => {
        const twice = done as EvtIoQueueState | null
        stop()
        if (twice === null || cancels === true) return
        state.drain((queue) => twice(queue))
      }),
  },
]

it.each(named(BROKEN, '3.5 E2: the schedules notice $what'))('%s', async (_name, { spoilIt }) => {
  spoilIt()
  expect(await firstFailure(ENOUGH)).not.toBeNull()
})
