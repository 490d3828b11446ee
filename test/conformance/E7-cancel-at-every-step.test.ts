/**
 * Acceptance case E7: a cancel at every step of a request's life: in a queue, armed, forwarded, sent, while
 * its queue is stopped, purged or drained, while power goes down and comes back, while its device goes away.
 * Each life is a list of steps of host, worker and driver; the cancel goes into every gap, once with and once
 * without a turn of the worker right behind it. Whatever happens: exactly one completion. Source: kmdf.md 10.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import {
  WdfRequestStopActionPurge,
  WdfRequestStopActionSuspend,
} from '../../src/framework/io-queue-config.js'
import type { Device } from '../../src/framework/device.js'
import type { Request } from '../../src/framework/request.js'
import { eventLoopTurn } from '../harness/event-loop-turn.js'
import { deviceDriver } from '../harness/inline-driver.js'
import { Keeper } from './keeper.js'
import { QueueBench } from './queue-bench.js'

type Step = () => unknown

interface Life {
  readonly bench: QueueBench
  readonly driver: Keeper
  /** The driver of the level below, where there is one. */
  readonly lower?: Keeper
  readonly steps: readonly Step[]
}

type Make = () => Promise<Life>

/** Two requests, so that the neighbour of the cancelled one is seen to be left alone. */
const VICTIM = 1
const NEIGHBOUR = 2

const turnOf =
  (bench: QueueBench): Step =>
  () =>
    bench.engine.step()

/** A queue of each kind: parallel, which the driver's keeper serves, and manual. */
async function device(driver = new Keeper(), lower?: string): Promise<QueueBench> {
  return new QueueBench().add(
    (made) => {
      made.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead: driver.keep,
      })
      made.createIoQueue({ dispatchType: 'manual' })
    },
    () => {},
    lower,
  )
}

const inQueue: Make = async () => {
  const driver = new Keeper()
  const bench = await new QueueBench().add(
    (made) => void made.createIoQueue({ dispatchType: 'manual', defaultQueue: true }),
  )
  const turn = turnOf(bench)
  const retrieve = (): void => driver.retrieve(bench.queue())
  const requeue = (): void => driver.giveAway((request) => request.requeue())
  return {
    bench,
    driver,
    steps: [turn, retrieve, requeue, turn, retrieve, () => driver.complete()],
  }
}

const behindASequentialQueue: Make = async () => {
  const driver = new Keeper()
  const bench = await new QueueBench().add((made) => {
    made.createIoQueue({ dispatchType: 'sequential', defaultQueue: true, EvtIoRead: driver.keep })
  })
  const turn = turnOf(bench)
  const complete = (): void => driver.complete()
  return { bench, driver, steps: [turn, complete, turn, complete, turn] }
}

const armed =
  (how: 'arm' | 'armEx' | 'late'): Make =>
  async () => {
    const driver = new Keeper()
    const bench = await device(driver)
    const turn = turnOf(bench)
    const arm = (): void => (how === 'armEx' ? driver.armEx() : driver.arm(how === 'late'))
    const late = (): void => driver.completeLate()
    const disarm = (): void => driver.disarm()
    const complete = (): void => driver.complete()
    return { bench, driver, steps: [turn, arm, turn, disarm, arm, late, disarm, complete, turn] }
  }

const forwarded =
  (isWatched: boolean): Make =>
  async () => {
    const driver = new Keeper()
    const bench = await new QueueBench().add((made) => {
      made.createIoQueue({ dispatchType: 'parallel', defaultQueue: true, EvtIoRead: driver.keep })
      made.createIoQueue({
        dispatchType: 'manual',
        ...(isWatched ? { EvtIoCanceledOnQueue: driver.keep } : {}),
      })
    })
    const turn = turnOf(bench)
    const forward = (): void =>
      driver.giveAway((request) => request.forwardToIoQueue(bench.queue(1)))
    const retrieve = (): void => driver.retrieve(bench.queue(1))
    return {
      bench,
      driver,
      steps: [turn, forward, turn, retrieve, () => driver.arm(), turn, () => driver.disarm(), turn],
    }
  }

/** Sends what the driver owns down; the routine completes it as the level below ended it. */
function sendDown(bench: QueueBench, driver: Keeper): void {
  driver.giveAway((request) => {
    request.formatRequestUsingCurrentType()
    request.setCompletionRoutine((same, _target, { status }) => same.complete(status))
    request.send(bench.device.ioTarget)
  })
}

const sent =
  (where: 'waiting below' | 'armed below' | 'kept by the target' | 'forgotten'): Make =>
  async () => {
    const [driver, lower] = [new Keeper(), new Keeper()]
    let below: Device | undefined
    const lowerDriver = deviceDriver((made) => {
      below = made
      made.createIoQueue(
        where === 'armed below'
          ? { dispatchType: 'parallel', defaultQueue: true, EvtIoRead: lower.keep }
          : { dispatchType: 'manual', defaultQueue: true },
      )
    })
    const bench = await device(driver, lowerDriver)
    const turn = turnOf(bench)
    const send = (): void => {
      if (where === 'forgotten') {
        driver.giveAway((request) => request.send(bench.device.ioTarget, { sendAndForget: true }))
      } else sendDown(bench, driver)
    }
    const retrieve = (): void => {
      const queue = below?.queues[0]
      if (where !== 'armed below' && queue !== undefined) lower.retrieve(queue)
    }
    const stop = (): void => {
      if (where === 'kept by the target') void bench.device.ioTarget.stop('leaveSentIoPending')
    }
    const start = (): unknown => bench.device.ioTarget.start()
    const arm = (): void => lower.arm()
    const disarm = (): void => lower.disarm()
    return {
      bench,
      driver,
      lower,
      steps: [turn, stop, send, turn, start, turn, retrieve, arm, turn, disarm, turn],
    }
  }

const stopping =
  (change: 'stop' | 'stopAndPurge' | 'drain' | 'purge', isArmed: boolean): Make =>
  async () => {
    const driver = new Keeper()
    const bench = await device(driver)
    const turn = turnOf(bench)
    const arm = (): void => {
      if (isArmed) driver.arm()
    }
    const begin = (): void => bench.queue()[change](() => bench.log.push(change))
    const start = (): void => bench.queue().start()
    const disarm = (): void => {
      if (isArmed) driver.disarm()
    }
    const complete = (): void => driver.complete()
    return { bench, driver, steps: [turn, arm, begin, turn, disarm, complete, turn, start, turn] }
  }

const poweringDown =
  (answer: 'keep' | 'requeue' | 'complete' | 'nothing', isArmed: boolean): Make =>
  async () => {
    const driver = new Keeper()
    const evtIoStop = (_queue: unknown, request: Request): void => {
      if (answer === 'nothing') return
      if (answer === 'keep') {
        request.stopAcknowledge(false)
        return
      }
      if (isArmed && request.unmarkCancelable() === nt.STATUS_CANCELLED) return
      driver.owned.delete(request)
      if (answer === 'requeue') request.stopAcknowledge(true)
      else request.complete(nt.STATUS_SUCCESS)
    }
    const bench = await new QueueBench().add((made) => {
      made.createIoQueue({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoRead: driver.keep,
        EvtIoStop: evtIoStop,
      })
    })
    const turn = turnOf(bench)
    const { power } = bench.queue()
    const arm = (): void => {
      if (isArmed) driver.arm()
    }
    const notify = (): void => void power.notify(WdfRequestStopActionSuspend)
    return {
      bench,
      driver,
      steps: [turn, arm, () => power.hold(), notify, turn, () => power.resume(), turn],
    }
  }

const goingAway =
  (isArmed: boolean): Make =>
  async () => {
    const driver = new Keeper()
    const bench = await new QueueBench().add((made) => {
      made.createIoQueue({
        dispatchType: 'parallel',
        numberOfPresentedRequests: 1,
        defaultQueue: true,
        EvtIoRead: driver.keep,
        EvtIoStop: (_queue, request) => request.stopAcknowledge(false),
      })
    })
    const turn = turnOf(bench)
    const { state, power } = bench.queue()
    const arm = (): void => {
      if (isArmed) driver.arm()
    }
    const notify = (): void => void power.notify(WdfRequestStopActionPurge)
    return {
      bench,
      driver,
      steps: [turn, arm, () => state.shutDown(), () => state.attend(), notify, turn],
    }
  }

const LIVES: [name: string, make: Make][] = [
  ['in a manual queue', inQueue],
  ['behind a sequential queue', behindASequentialQueue],
  ['armed', armed('arm')],
  ['armed with the Ex form', armed('armEx')],
  ['armed, with a callback that completes later', armed('late')],
  ['forwarded', forwarded(false)],
  ['forwarded to a queue with EvtIoCanceledOnQueue', forwarded(true)],
  ['sent, and waiting at the level below', sent('waiting below')],
  ['sent, and armed at the level below', sent('armed below')],
  ['sent, and kept by the stopped target', sent('kept by the target')],
  ['sent and forgotten', sent('forgotten')],
  ...(['stop', 'stopAndPurge', 'drain', 'purge'] as const).flatMap((change): [string, Make][] => [
    [`owned during ${change}`, stopping(change, false)],
    [`armed during ${change}`, stopping(change, true)],
  ]),
  ...(['keep', 'requeue', 'complete', 'nothing'] as const).flatMap((answer): [string, Make][] => [
    [`owned at power-down, EvtIoStop: ${answer}`, poweringDown(answer, false)],
    [`armed at power-down, EvtIoStop: ${answer}`, poweringDown(answer, true)],
  ]),
  ['owned while the device goes away', goingAway(false)],
  ['armed while the device goes away', goingAway(true)],
]

/** Lets drivers finish what they have, and returns how often each request has completed. */
async function finish(life: Life): Promise<Map<number, number[]>> {
  const { bench, driver, lower } = life
  for (let round = 0; round < 4; round++) {
    bench.engine.settle()
    await eventLoopTurn()
    for (const keeper of [lower, driver]) {
      if (keeper === undefined) continue
      for (const request of keeper.owned) {
        if (request.isOwned) continue
        if (request.unmarkCancelable() !== nt.STATUS_SUCCESS) keeper.owned.delete(request)
      }
      keeper.complete()
      keeper.completeLate()
    }
    for (const queue of bench.device.queues) {
      if (queue.dispatchType === 'manual' && queue.state.dispatches) driver.retrieve(queue)
    }
    const below = bench.device.lower?.queues[0]
    if (below?.dispatchType === 'manual') lower?.retrieve(below)
  }
  const ends = new Map<number, number[]>()
  for (const [number, status] of bench.ended()) {
    ends.set(number, [...(ends.get(number) ?? []), status])
  }
  return ends
}

/** One life with the cancel in that gap. */
async function live(make: Make, gap: number, turnsAfter: number): Promise<boolean> {
  const life = await make()
  const { bench, steps } = life
  const { channel } = bench.engine
  const victim = bench.requester.read(VICTIM, 16, VICTIM)
  bench.requester.read(NEIGHBOUR, 16, NEIGHBOUR)
  channel.submit()
  for (const [at, step] of [...steps, () => {}].entries()) {
    if (at === gap) {
      channel.cancel(victim)
      channel.submit()
      for (let turn = 0; turn < turnsAfter; turn++) bench.engine.step()
    }
    step()
  }
  const ends = await finish(life)
  const states = bench.device.queues.map((queue) => queue.getState())
  expect({
    gap,
    turnsAfter,
    ends: [ends.get(VICTIM)?.length, ends.get(NEIGHBOUR)?.length],
    faults: bench.engine.faults,
    isBalanced: bench.isBalanced,
    left: states.filter((state) => state.queueRequests + state.driverRequests !== 0),
  }).toEqual({ gap, turnsAfter, ends: [1, 1], faults: [], isBalanced: true, left: [] })
  return ends.get(VICTIM)?.[0] === nt.STATUS_CANCELLED
}

describe('E7 a cancel at every step', () => {
  it.each(LIVES)('E7 %s: exactly one completion', async (_name, make) => {
    const { steps } = await make()
    let cancelled = 0
    for (let gap = 0; gap <= steps.length; gap++) {
      for (const turnsAfter of [0, 1]) {
        if (await live(make, gap, turnsAfter)) cancelled++
      }
    }
    // A sweep in which the cancel never wins has not tried anything.
    expect(cancelled).toBeGreaterThan(0)
  })
})
