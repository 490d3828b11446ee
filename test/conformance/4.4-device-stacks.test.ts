/**
 * Sections 2.3, 4.4, 6.1-6.4 for stacks: start and stop by level, cancel at every level, removal under load,
 * the death of the worker. Stepped.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Request } from '../../src/framework/request.js'
import {
  completing,
  forgetting,
  holding,
  type Level,
  mustSend,
  relay,
  relaying,
  stackOf,
  unstartedStack,
} from '../harness/device-stack.js'
import { eventLoopTurn } from '../harness/event-loop-turn.js'
import { contexts, statuses } from '../harness/requester.js'

const filter = { role: 'filter' } as const
const bus = { role: 'bus' } as const

/** A level that writes down what it hears of power; `failing` fails. */
function powered(name: string, trace: string[], level: Level = {}, failing = ''): Level {
  const note = (event: string) => (): number => {
    trace.push(`${name} ${event}`)
    return event === failing ? nt.STATUS_UNSUCCESSFUL : nt.STATUS_SUCCESS
  }
  return {
    ...level,
    init: (init) =>
      init.setPnpPowerEventCallbacks({
        EvtDevicePrepareHardware: note('prepare'),
        EvtDeviceD0Entry: note('d0 entry'),
        EvtDeviceD0Exit: note('d0 exit'),
        EvtDeviceReleaseHardware: note('release'),
      }),
  }
}

describe('2.3 start and stop by level', () => {
  it('2.3 a stack is started from the bottom up and stopped from the top down', async () => {
    const trace: string[] = []
    const { engine } = await stackOf([
      powered('filter', trace, filter),
      powered('function', trace),
      powered('bus', trace, bus),
    ])
    expect(trace.splice(0)).toEqual([
      'bus prepare',
      'bus d0 entry',
      'function prepare',
      'function d0 entry',
      'filter prepare',
      'filter d0 entry',
    ])
    await engine.framework().stopDevice(0)
    expect(trace).toEqual([
      'filter d0 exit',
      'filter release',
      'function d0 exit',
      'function release',
      'bus d0 exit',
      'bus release',
    ])
    expect(engine.framework().devices.size).toBe(0)
  })

  it('2.3 a level that does not start: those below it are stopped again, those above never hear of it', async () => {
    const trace: string[] = []
    const { engine } = await unstartedStack([
      powered('filter', trace, filter),
      powered('function', trace, {}, 'd0 entry'),
      powered('bus', trace, bus),
    ])
    await expect(engine.framework().startDevice(0)).rejects.toMatchObject({
      ntstatus: nt.STATUS_UNSUCCESSFUL,
    })
    expect(trace).toEqual([
      'bus prepare',
      'bus d0 entry',
      'function prepare',
      'function d0 entry',
      'function release',
      'bus d0 exit',
      'bus release',
    ])
  })

  it('2.3 a level that does not stop does not keep the others from it', async () => {
    const trace: string[] = []
    const { engine } = await stackOf([
      powered('function', trace, {}, 'd0 exit'),
      powered('bus', trace, bus),
    ])
    trace.splice(0)
    await expect(engine.framework().stopDevice(0)).rejects.toMatchObject({
      ntstatus: nt.STATUS_UNSUCCESSFUL,
    })
    expect(trace).toEqual(['function d0 exit', 'function release', 'bus d0 exit', 'bus release'])
  })
})

/** A level that arms what comes to it. */
const arming = (held: Request[], level: Level): Level => ({
  ...level,
  queue: {
    EvtIoDefault(_queue, request) {
      held.push(request)
      request.markCancelable((own: Request) => own.complete(nt.STATUS_CANCELLED))
    },
  },
})

describe('4.4 a cancel from the host, wherever the request is', () => {
  type Place = [name: string, levels: (held: Request[]) => Level[], seenBelow: number]
  const sequential: Level = {
    ...bus,
    queue: { dispatchType: 'sequential', EvtIoDefault: () => {} },
  }
  const places: Place[] = [
    ['armed at the top', (held) => [arming(held, {}), completing(bus)], 1],
    ['armed one level down, sent', (held) => [relaying(), arming(held, bus)], 1],
    ['armed one level down, handed on', (held) => [forgetting(), arming(held, bus)], 1],
    ['armed two levels down, sent', (held) => [relaying(), relaying(), arming(held, bus)], 1],
    [
      'armed under a filter, sent then handed on',
      (held) => [relaying(), filter, arming(held, bus)],
      1,
    ],
  ]
  it.each(places)('4.4 %s', async (_name, levels, seenBelow) => {
    const held: Request[] = []
    const { engine, requester } = await stackOf(levels(held))
    const handle = requester.read(1)
    expect(engine.run()).toEqual([])
    expect(held).toHaveLength(seenBelow)
    engine.channel.cancel(handle)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
    expect(engine.framework().outstanding).toBe(0)
  })

  it.each([
    ['sent', relaying()],
    ['handed on', forgetting()],
  ])('4.4 waiting in the queue below, %s: its driver never sees it', async (_name, top) => {
    const { engine, requester } = await stackOf([top, sequential])
    requester.read(1)
    const handle = requester.read(2)
    expect(engine.run()).toEqual([])
    engine.channel.cancel(handle)
    expect(statuses(engine.run())).toEqual([[2, nt.STATUS_CANCELLED]])
  })

  it('4.4 before the level above has sent it: the level below sees it cancelled', async () => {
    const kept: Request[] = []
    const below: Request[] = []
    const { engine, requester, devices } = await stackOf([holding(kept), holding(below, bus)])
    const handle = requester.read(1)
    engine.run()
    engine.channel.cancel(handle)
    expect(engine.run()).toEqual([])
    relay(kept[0] as Request, (devices[0] as (typeof devices)[0]).ioTarget)
    // Sent outside a turn it waits in the queue below, and ends there.
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
    expect(below).toEqual([])
  })

  it('4.4 kept by a stopped target: it comes back cancelled', async () => {
    const { engine, requester, devices } = await stackOf([relaying(), completing(bus)])
    await devices[0]?.ioTarget.stop()
    const handle = requester.read(1)
    engine.run()
    engine.channel.cancel(handle)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
  })
})

/** Hands on for good, or sends and looks, by turns. */
const down = (request: Request): void => {
  const device = request.ioQueue?.device
  if (device === undefined) throw new Error('the request is of no queue')
  if (request.deviceOffset % 3 === 0) mustSend(request, device.ioTarget, { sendAndForget: true })
  else relay(request, device.ioTarget)
}

/** Requests are held or wait at every level when the stack goes. */
function busyLevels(held: Request[][]): Level[] {
  const some = (at: number, level: Level, next: (request: Request) => void): Level => ({
    ...level,
    queue: {
      // So that some wait in the middle.
      ...(at === 1 ? { numberOfPresentedRequests: 12 } : {}),
      EvtIoDefault(queue, request) {
        const mine = request.deviceOffset % 4 === at
        if (mine) {
          held[at]?.push(request)
          if (request.deviceOffset % 8 < 4) {
            request.markCancelable((own: Request) => own.complete(nt.STATUS_CANCELLED))
          }
        } else if (queue.device.lower === null) request.complete(nt.STATUS_SUCCESS)
        else next(request)
      },
    },
  })
  return [some(0, filter, down), some(1, {}, down), some(2, bus, down)]
}

describe('4.4 removal under load', () => {
  it('4.4 everything ends exactly once, with requests at every level', async () => {
    const held: Request[][] = [[], [], []]
    const { engine, requester } = await stackOf(busyLevels(held), { slots: 64 })
    const all = Array.from({ length: 48 }, (_, i) => i)
    for (const i of all) requester.read(i, 16, i)
    const before = engine.run()
    expect(held.every((level) => level.length > 0)).toBe(true)
    await engine.framework().stopDevice(0)
    const after = engine.run()
    const ended = contexts([...before, ...after])
    expect(ended.toSorted((a, b) => a - b)).toEqual(all)
    expect(engine.framework().outstanding).toBe(0)
    const allowed = new Set([nt.STATUS_SUCCESS, nt.STATUS_CANCELLED, nt.STATUS_DEVICE_REMOVED])
    expect(after.filter(({ status }) => !allowed.has(status))).toEqual([])
    expect(statuses(requester.reads(99))).toEqual([[99, nt.STATUS_NO_SUCH_DEVICE]])
  })

  it('4.4 what a driver completes after its device has gone harms nobody', async () => {
    const held: Request[][] = [[], [], []]
    const { engine, requester } = await stackOf(busyLevels(held), { slots: 64 })
    for (let i = 0; i < 48; i++) requester.read(i, 16, i)
    engine.run()
    await engine.framework().stopDevice(0)
    engine.run()
    let violations = 0
    for (const request of held.flat()) {
      try {
        request.complete(nt.STATUS_SUCCESS)
      } catch {
        violations++
      }
    }
    expect(violations).toBeGreaterThan(0)
    expect(engine.run()).toEqual([])
    await engine.addDevice(
      (await import('../harness/inline-driver.js')).queueDriver({
        dispatchType: 'parallel',
        defaultQueue: true,
        EvtIoDefault: (_queue, request) => request.complete(nt.STATUS_SUCCESS),
      }),
      { id: 0 },
    )
    expect(requester.reads(1, 2, 3)).toHaveLength(3)
  })

  it('4.4 stop waits for what was sent until the patience is over', async () => {
    const below: Request[] = []
    const { engine, requester } = await stackOf([relaying(), holding(below, bus)])
    requester.reads(1)
    let isStopped = false
    const stopped = engine.framework().stopDevice(0, 10_000)
    void stopped.then(() => {
      isStopped = true
    })
    await eventLoopTurn()
    expect(isStopped).toBe(false)
    below[0]?.complete(nt.STATUS_SUCCESS)
    await engine.until(stopped)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.4 waiting for a target that never empties ends with its device', async () => {
    const below: Request[] = []
    const { engine, requester, devices } = await stackOf([relaying(), holding(below, bus)])
    requester.reads(1)
    const purged = devices[0]?.ioTarget.purge()
    await engine.framework().stopDevice(0)
    await engine.until(purged ?? Promise.reject(new Error('there is no target')))
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_DEVICE_REMOVED]])
  })
})

describe('4.4 the worker dies with requests at every level', () => {
  it('4.4 each presented one ends as worker-died, once', async () => {
    const below: Request[] = []
    const kept: Request[] = []
    const { engine, requester, devices } = await stackOf([
      {
        queue: {
          EvtIoDefault(queue, request) {
            if (request.deviceOffset === 0) kept.push(request)
            else if (request.deviceOffset === 1) relay(request, queue.device.ioTarget)
            else mustSend(request, queue.device.ioTarget, { sendAndForget: true })
          },
        },
      },
      {
        ...bus,
        queue: {
          dispatchType: 'sequential',
          EvtIoDefault: (_queue, request) => void below.push(request),
        },
      },
    ])
    expect(devices).toHaveLength(2)
    for (const offset of [0, 1, 2, 3]) requester.read(offset, 16, offset)
    expect(engine.run()).toEqual([])
    expect([kept.length, below.length]).toEqual([1, 1])
    engine.kill()
    const ended = engine.reap()
    const died = nt.STATUS_DRIVER_PROCESS_TERMINATED
    expect(statuses(ended).toSorted(([a], [b]) => a - b)).toEqual([
      [0, died],
      [1, died],
      [2, died],
      [3, died],
    ])
    expect(engine.channel.inFlight).toBe(0)
  })
})
