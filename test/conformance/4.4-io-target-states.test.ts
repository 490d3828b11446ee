/**
 * Section 4.4: the states of an I/O target, and what becomes of requests in each. Stepped: no threads, no clock.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Device } from '../../src/framework/device.js'
import type {
  CompletionParams,
  IoTarget,
  IoTargetState,
  PurgeIoAction,
  SentIoAction,
} from '../../src/framework/io-target.js'
import type { Request } from '../../src/framework/request.js'
import { completing, holding, mustSend, relay, stackOf } from '../harness/device-stack.js'
import { eventLoopTurn } from '../harness/event-loop-turn.js'
import { contexts, type Requester, statuses } from '../harness/requester.js'
import type { SteppedEngine } from '../harness/stepped-engine.js'

interface Bench {
  readonly engine: SteppedEngine
  readonly requester: Requester
  readonly device: Device
  readonly target: IoTarget
  /** What the lower level has. */
  readonly below: Request[]
  /** What the upper level's completion routines saw, in order. */
  readonly seen: CompletionParams[]
  /** A relayed read from the host. */
  readonly send: (context: number) => void
}

/** A function level that relays over a bus level that holds. */
async function relayed(ignoreTargetState = false): Promise<Bench> {
  const below: Request[] = []
  const seen: CompletionParams[] = []
  const note = (params: CompletionParams): void => void seen.push(params)
  const top = {
    queue: {
      EvtIoDefault(queue: { readonly device: Device }, request: Request) {
        relay(request, queue.device.ioTarget, note, { ignoreTargetState })
      },
    },
  }
  const { engine, requester, devices } = await stackOf([top, holding(below, { role: 'bus' })])
  const device = devices[0] as Device
  return {
    engine,
    requester,
    device,
    target: device.ioTarget,
    below,
    seen,
    send(context) {
      requester.read(context)
      engine.channel.submit()
      engine.settle()
    },
  }
}

/** Every state but `started`, and how a target comes to it. */
const STATES: [IoTargetState, (target: IoTarget) => unknown][] = [
  ['stopped', (target) => target.stop('leaveSentIoPending')],
  ['purged', (target) => target.purge('purgeIo')],
  ['closed', (target) => target.close()],
  ['deleted', (target) => target.dispose()],
]

describe('4.4 sending in each state', () => {
  it('4.4 started: a local target is started from the first, and sends', async () => {
    const { target, send, below, engine } = await relayed()
    expect(target.state).toBe('started')
    send(1)
    expect(below).toHaveLength(1)
    below[0]?.completeWithInformation(nt.STATUS_SUCCESS, 5)
    expect(engine.run()).toMatchObject([{ context: 1, status: 0, information: 5 }])
  })

  it('4.4 stopped: send returns true, the request is kept and nobody sees it', async () => {
    const { target, send, below, seen, engine } = await relayed()
    await target.stop()
    send(1)
    expect(target.state).toBe('stopped')
    expect([below, seen, engine.run()]).toEqual([[], [], []])
    expect(engine.framework().outstanding).toBe(1)
  })

  it.each(['purged', 'closed', 'deleted'] as const)(
    '4.4 %s: send returns false, STATUS_INVALID_DEVICE_STATE, and the routine never runs',
    async (state) => {
      const { target, send, seen, engine } = await relayed()
      await STATES.find(([name]) => name === state)?.[1](target)
      expect(target.state).toBe(state)
      send(1)
      expect(statuses(engine.run())).toEqual([[1, nt.STATUS_INVALID_DEVICE_STATE]])
      expect(seen).toEqual([])
    },
  )

  it.each(['stopped', 'purged'] as const)(
    '4.4 ignoreTargetState: sends although the target is %s',
    async (state) => {
      const { target, send, below, engine } = await relayed(true)
      await STATES.find(([name]) => name === state)?.[1](target)
      send(1)
      expect(below).toHaveLength(1)
      below[0]?.complete(nt.STATUS_SUCCESS)
      expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
    },
  )

  it.each(['closed', 'deleted'] as const)(
    '4.4 ignoreTargetState: a %s target refuses all the same, STATUS_INVALID_DEVICE_STATE',
    async (state) => {
      const { target, send, engine } = await relayed(true)
      await STATES.find(([name]) => name === state)?.[1](target)
      send(1)
      expect(statuses(engine.run())).toEqual([[1, nt.STATUS_INVALID_DEVICE_STATE]])
    },
  )
})

describe('4.4 start', () => {
  it('4.4 start resubmits what was kept, in order, and sends from then on', async () => {
    const { target, send, below, engine } = await relayed()
    await target.stop()
    for (const context of [1, 2, 3]) send(context)
    expect(target.start()).toBe(nt.STATUS_SUCCESS)
    engine.settle()
    send(4)
    expect(below).toHaveLength(4)
    for (const request of below) request.complete(nt.STATUS_SUCCESS)
    expect(contexts(engine.run())).toEqual([1, 2, 3, 4])
  })

  it('4.4 start brings a purged target back', async () => {
    const { target, send, below } = await relayed()
    await target.purge()
    expect(target.start()).toBe(nt.STATUS_SUCCESS)
    send(1)
    expect(below).toHaveLength(1)
  })

  it.each(['closed', 'deleted'] as const)(
    '4.4 start of a %s target: STATUS_INVALID_DEVICE_STATE',
    async (state) => {
      const { target } = await relayed()
      await STATES.find(([name]) => name === state)?.[1](target)
      expect(target.start()).toBe(nt.STATUS_INVALID_DEVICE_STATE)
      expect(target.state).toBe(state)
    },
  )

  it('4.4 start: a routine that stops the target again keeps the rest, in order', async () => {
    const order: number[] = []
    const { engine, requester, devices } = await stackOf([
      {
        queue: {
          EvtIoDefault(queue, request) {
            relay(request, queue.device.ioTarget, () => void queue.device.ioTarget.stop())
          },
          EvtIoDeviceControl(queue, request) {
            queue.device.ioTarget.start()
            request.complete(nt.STATUS_SUCCESS)
          },
        },
      },
      {
        role: 'bus',
        queue: {
          EvtIoDefault(_queue, request) {
            order.push(request.deviceOffset)
            request.complete(nt.STATUS_SUCCESS)
          },
        },
      },
    ])
    await devices[0]?.ioTarget.stop()
    for (const offset of [1, 2, 3]) requester.read(offset, 16, offset)
    expect(engine.run()).toEqual([])
    for (const count of [1, 2, 3]) {
      requester.ioctl(9)
      expect(contexts(engine.run()).toSorted((a, b) => a - b)).toEqual([count, 9])
      expect([devices[0]?.ioTarget.state, order.length]).toEqual(['stopped', count])
    }
    expect(order).toEqual([1, 2, 3])
  })
})

const STOPS: [SentIoAction, cancelled: boolean, waits: boolean][] = [
  ['cancelSentIo', true, true],
  ['waitForSentIoToComplete', false, true],
  ['leaveSentIoPending', false, false],
]

describe('4.4 stop', () => {
  it.each(STOPS)('4.4 stop %s: cancels %s, waits %s', async (action, cancelled, waits) => {
    const { target, send, below, engine } = await relayed()
    send(1)
    const [request] = below
    let isCancelled = false
    request?.markCancelable(() => {
      isCancelled = true
    })
    let isDone = false
    void target.stop(action).then(() => {
      isDone = true
    })
    await eventLoopTurn()
    expect([isCancelled, isDone]).toEqual([cancelled, !waits])
    if (!cancelled) request?.unmarkCancelable()
    request?.complete(cancelled ? nt.STATUS_CANCELLED : nt.STATUS_SUCCESS)
    const [completion] = engine.run()
    await eventLoopTurn()
    expect(isDone).toBe(true)
    expect(completion?.status).toBe(cancelled ? nt.STATUS_CANCELLED : nt.STATUS_SUCCESS)
  })

  it('4.4 stop leaves what is kept where it is', async () => {
    const { target, send, engine, below } = await relayed()
    await target.stop()
    send(1)
    await target.stop('cancelSentIo')
    expect(engine.run()).toEqual([])
    target.start()
    engine.settle()
    expect(below).toHaveLength(1)
  })

  it.each(['closed', 'deleted'] as const)(
    '4.4 stop of a %s target changes nothing',
    async (state) => {
      const { target } = await relayed()
      await STATES.find(([name]) => name === state)?.[1](target)
      await target.stop()
      expect(target.state).toBe(state)
    },
  )
})

const PURGES: [PurgeIoAction, waits: boolean][] = [
  ['purgeIoAndWait', true],
  ['purgeIo', false],
]

describe('4.4 purge', () => {
  it.each(PURGES)('4.4 purge %s: cancels what was sent, waits %s', async (action, waits) => {
    const { target, send, below, engine } = await relayed()
    send(1)
    below[0]?.markCancelable(() => {})
    let isDone = false
    void target.purge(action).then(() => {
      isDone = true
    })
    await eventLoopTurn()
    expect(isDone).toBe(!waits)
    below[0]?.complete(nt.STATUS_CANCELLED)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
    await eventLoopTurn()
    expect(isDone).toBe(true)
  })

  it('4.4 purge: what was kept fails with STATUS_WDF_DEVICE_REMOVED_NOT_SENT', async () => {
    const { target, send, seen, below, engine } = await relayed()
    await target.stop()
    send(1)
    send(2)
    await target.purge()
    const status = nt.STATUS_WDF_DEVICE_REMOVED_NOT_SENT
    expect(seen.map((params) => params.status)).toEqual([status, status])
    expect(below).toEqual([])
    // A framework status that reaches a host is translated.
    expect(contexts(engine.run())).toEqual([1, 2])
  })

  it('4.4 close: as purge, and the target leads nowhere', async () => {
    const { target, send, below, engine } = await relayed()
    send(1)
    const closed = target.close()
    below[0]?.complete(nt.STATUS_SUCCESS)
    await engine.until(closed)
    expect([target.state, target.route]).toEqual(['closed', null])
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })
})

describe('4.4 a target whose device goes away', () => {
  it('4.4 delete: a routine of a kept request cannot send it again', async () => {
    const answers: boolean[] = []
    const { engine, requester, devices } = await stackOf([
      {
        queue: {
          EvtIoDefault(queue, request) {
            const again = (back: Request): void => {
              back.formatRequestUsingCurrentType()
              back.setCompletionRoutine(again)
              answers.push(back.send(queue.device.ioTarget))
              back.complete(back.getStatus())
            }
            request.formatRequestUsingCurrentType()
            request.setCompletionRoutine(again)
            mustSend(request, queue.device.ioTarget)
          },
        },
      },
      completing({ role: 'bus' }),
    ])
    await devices[0]?.ioTarget.stop()
    expect(requester.reads(1)).toEqual([])
    devices[0]?.ioTarget.dispose()
    expect(answers).toEqual([false])
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_INVALID_DEVICE_STATE]])
  })
})
