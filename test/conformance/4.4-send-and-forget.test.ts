/**
 * Section 4.4: send-and-forget. Stepped.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Request } from '../../src/framework/request.js'
import type { SendOptions } from '../../src/framework/request-sender.js'
import { type Act, acting, completing, holding, stackOf } from '../harness/device-stack.js'
import { statuses } from '../harness/requester.js'

const noRoutine = (): void => {}

describe('4.4 send-and-forget', () => {
  it('4.4 the level below completes the request itself, and the queue slot above is released', async () => {
    const below: Request[] = []
    const owned: number[] = []
    const { engine, requester } = await stackOf([
      {
        queue: {
          dispatchType: 'sequential',
          EvtIoDefault(queue, request) {
            expect(request.send(queue.device.ioTarget, { sendAndForget: true })).toBe(true)
            owned.push(queue.getState().driverRequests)
          },
        },
      },
      holding(below, { role: 'bus' }),
    ])
    // A sequential queue above presents the next one although the first has not ended.
    expect(requester.reads(1, 2)).toEqual([])
    expect(owned).toEqual([0, 0])
    expect(below.map((request) => request.ioQueue?.device.name)).toEqual(['device0/1', 'device0/1'])
    below[1]?.completeWithInformation(nt.STATUS_SUCCESS, 3)
    below[0]?.complete(nt.STATUS_END_OF_FILE)
    expect(statuses(engine.run())).toEqual([
      [2, nt.STATUS_SUCCESS],
      [1, nt.STATUS_END_OF_FILE],
    ])
  })

  it('4.4 the driver above may not touch it any more', async () => {
    const { requester, engine } = await acting(
      (request, target) => {
        request.send(target, { sendAndForget: true })
        request.complete(nt.STATUS_UNSUCCESSFUL)
      },
      completing({ role: 'bus' }),
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(engine.faults).toMatchObject([
      { device: 'device0', error: { code: 'WDF_REQUEST_FATAL_ERROR' } },
    ])
  })

  const REFUSED: [string, Act, SendOptions, number][] = [
    ['with a time-out', noRoutine, { timeoutMs: 10 }, nt.STATUS_INVALID_PARAMETER],
    ['with ignoreTargetState', noRoutine, { ignoreTargetState: true }, nt.STATUS_INVALID_PARAMETER],
    [
      'with a completion routine',
      (request) => request.setCompletionRoutine(noRoutine),
      {},
      nt.STATUS_INVALID_DEVICE_REQUEST,
    ],
    [
      'of a formatted request',
      (request) => request.formatRequestUsingCurrentType(),
      {},
      nt.STATUS_INVALID_DEVICE_REQUEST,
    ],
    [
      'to a stopped target',
      (_request, target) => void target.stop(),
      {},
      nt.STATUS_INVALID_DEVICE_STATE,
    ],
    [
      'to a purged target',
      (_request, target) => void target.purge(),
      {},
      nt.STATUS_INVALID_DEVICE_STATE,
    ],
  ]
  it.each(REFUSED)('4.4 %s it is refused', async (_name, before, options, status) => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target, device) => {
        before(request, target, device)
        seen.push(request.send(target, { ...options, sendAndForget: true }), request.getStatus())
        request.complete(nt.STATUS_SUCCESS)
      },
      completing({ role: 'bus' }),
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(seen).toEqual([false, status])
  })

  it('4.4 of a request that the driver created it is refused', async () => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target, device) => {
        const own = device.createRequest()
        seen.push(own.send(target, { sendAndForget: true }), own.getStatus())
        own.delete()
        request.complete(nt.STATUS_SUCCESS)
      },
      completing({ role: 'bus' }),
    )
    requester.reads(1)
    expect(seen).toEqual([false, nt.STATUS_INVALID_DEVICE_REQUEST])
  })

  it('4.4 a request context ends with the level that made it', async () => {
    const contexts: unknown[] = []
    const { requester } = await acting(
      (request, target) => {
        request.context['secret'] = 1
        request.send(target, { sendAndForget: true })
      },
      {
        role: 'bus',
        queue: {
          EvtIoDefault(_queue, request) {
            contexts.push({ ...request.context })
            request.complete(nt.STATUS_SUCCESS)
          },
        },
      },
    )
    requester.reads(1)
    expect(contexts).toEqual([{}])
  })

  it('4.4 EvtCleanup and EvtDestroy of the level above are called when it lets go', async () => {
    const trace: string[] = []
    const attributes = (level: string) => ({
      EvtCleanup: () => void trace.push(`${level} cleanup`),
      EvtDestroy: () => void trace.push(`${level} destroy`),
    })
    const { requester } = await stackOf([
      {
        init: (init) => init.setRequestAttributes(attributes('upper')),
        queue: {
          EvtIoDefault(queue, request) {
            request.send(queue.device.ioTarget, { sendAndForget: true })
          },
        },
      },
      {
        role: 'bus',
        init: (init) => init.setRequestAttributes(attributes('lower')),
        queue: {
          EvtIoDefault(_queue, request) {
            trace.push('lower handler')
            request.complete(nt.STATUS_SUCCESS)
          },
        },
      },
    ])
    expect(requester.reads(1)).toHaveLength(1)
    expect(trace).toEqual([
      'upper cleanup',
      'upper destroy',
      'lower handler',
      'lower cleanup',
      'lower destroy',
    ])
  })
})
