/**
 * Section 4.4: what WdfRequestSend refuses, what the level below gets, and the completion routine. Stepped.
 */
import { beforeEach, describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { CompletionParams, IoTarget } from '../../src/framework/io-target.js'
import type { Request } from '../../src/framework/request.js'
import { acting, completing, holding, type Level, relay } from '../harness/device-stack.js'
import { statuses } from '../harness/requester.js'
import { failureOf } from '../harness/status.js'

const noRoutine = (): void => {}

describe('4.4 what send refuses', () => {
  it('4.4 without completion routine: false, STATUS_INVALID_DEVICE_REQUEST', async () => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target) => {
        request.formatRequestUsingCurrentType()
        seen.push(request.send(target), request.getStatus())
        request.complete(nt.STATUS_SUCCESS)
      },
      completing({ role: 'bus' }),
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(seen).toEqual([false, nt.STATUS_INVALID_DEVICE_REQUEST])
  })

  it('4.4 unformatted: false, STATUS_REQUEST_NOT_ACCEPTED, the routine does not run', async () => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target) => {
        request.setCompletionRoutine(() => void seen.push('routine'))
        seen.push(request.send(target), request.getStatus())
        request.complete(nt.STATUS_SUCCESS)
      },
      completing({ role: 'bus' }),
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(seen).toEqual([false, nt.STATUS_REQUEST_NOT_ACCEPTED])
  })

  it('4.4 already sent: WdfViolation WDF_REQUEST_FATAL_ERROR, and the first send is not harmed', async () => {
    const seen: unknown[] = []
    const below: Request[] = []
    const { requester, engine } = await acting(
      (request, target) => {
        relay(request, target)
        try {
          request.send(target)
        } catch (error) {
          seen.push(error)
        }
      },
      holding(below, { role: 'bus' }),
    )
    expect(requester.reads(1)).toEqual([])
    expect(seen).toEqual([
      expect.objectContaining({ name: 'WdfViolation', code: 'WDF_REQUEST_FATAL_ERROR' }),
    ])
    below[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.4 already sent: completing it is a violation of the same kind', async () => {
    const below: Request[] = []
    const { requester, engine } = await acting(
      (request, target) => {
        relay(request, target)
        request.complete(nt.STATUS_SUCCESS)
      },
      holding(below, { role: 'bus' }),
    )
    expect(requester.reads(1)).toEqual([])
    expect(engine.faults[0]?.error).toMatchObject({ code: 'WDF_REQUEST_FATAL_ERROR' })
    below[0]?.complete(nt.STATUS_END_OF_FILE)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_END_OF_FILE]])
  })

  it('4.4 marked cancelable: a violation, and the request can go on', async () => {
    const { requester, engine } = await acting(
      (request, target) => {
        request.markCancelable(noRoutine)
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine(noRoutine)
        request.send(target)
      },
      completing({ role: 'bus' }),
    )
    requester.reads(1)
    expect(engine.faults[0]?.error).toMatchObject({ code: 'WDF_REQUEST_FATAL_ERROR' })
  })

  it('4.4 completed: a violation', async () => {
    const { requester, engine } = await acting(
      (request, target) => {
        request.complete(nt.STATUS_SUCCESS)
        request.send(target, { sendAndForget: true })
      },
      completing({ role: 'bus' }),
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(engine.faults[0]?.error).toMatchObject({ code: 'WDF_REQUEST_FATAL_ERROR' })
  })

  it.each([-1, Number.NaN, Infinity, 2 ** 31])(
    '4.4 a time-out of %s ms is STATUS_INVALID_PARAMETER',
    async (timeoutMs) => {
      const { requester, engine } = await acting(
        (request, target) => {
          request.formatRequestUsingCurrentType()
          request.setCompletionRoutine(noRoutine)
          request.send(target, { timeoutMs })
        },
        completing({ role: 'bus' }),
      )
      expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_INVALID_PARAMETER]])
      expect(engine.faults[0]?.error).toMatchObject({ code: 'STATUS_INVALID_PARAMETER' })
    },
  )
})

describe('4.4 what the level below gets', () => {
  const seen: unknown[] = []
  const looking: Level = {
    role: 'bus',
    queue: {
      EvtIoRead(_queue, request, length) {
        const bytes = request.retrieveOutputBuffer()
        seen.push(['read', length, request.deviceOffset, bytes.length])
        bytes.fill(7)
        request.completeWithInformation(nt.STATUS_SUCCESS, length)
      },
      EvtIoWrite(_queue, request, length) {
        seen.push(['write', length, request.deviceOffset, ...request.retrieveInputBuffer()])
        request.completeWithInformation(nt.STATUS_SUCCESS, length)
      },
      EvtIoDeviceControl(_queue, request, outputLength, inputLength, code) {
        seen.push(['control', code, inputLength, outputLength, ...request.retrieveInputBuffer()])
        request.retrieveOutputBuffer().set([9, 8])
        request.completeWithInformation(nt.STATUS_SUCCESS, 2)
      },
      EvtIoInternalDeviceControl(_queue, request, outputLength, inputLength, code) {
        seen.push(['internal', code, inputLength, outputLength])
        request.complete(nt.STATUS_SUCCESS)
      },
    },
  }
  beforeEach(() => void seen.splice(0))

  /** Runs `format` on a request of the host, sends it, and tells what the routine saw. */
  async function sent(format: (request: Request, target: IoTarget) => number) {
    const back: CompletionParams[] = []
    const { requester } = await acting((request, target) => {
      expect(format(request, target)).toBe(nt.STATUS_SUCCESS)
      request.setCompletionRoutine((own, _target, params) => {
        back.push({ status: params.status, information: params.information })
        own.complete(params.status)
      })
      expect(request.send(target)).toBe(true)
    }, looking)
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    return back
  }

  it('4.4 formatRequestUsingCurrentType: its own parameters and buffers', async () => {
    const { requester, engine } = await acting((request, target) => relay(request, target), looking)
    requester.read(1, 3, 2 ** 40 + 5)
    expect(engine.run()).toMatchObject([{ status: 0, information: 3 }])
    expect(seen).toEqual([['read', 3, 2 ** 40 + 5, 3]])
    expect([...requester.buffer.bytes.subarray(0, 4)]).toEqual([7, 7, 7, 0])
  })

  it('4.4 formatRequestForRead: that buffer and that offset', async () => {
    const buffer = new Uint8Array(4)
    const back = await sent((request, target) =>
      target.formatRequestForRead(request, buffer, 2 ** 33),
    )
    expect(seen).toEqual([['read', 4, 2 ** 33, 4]])
    expect([...buffer]).toEqual([7, 7, 7, 7])
    expect(back).toEqual([{ status: 0, information: 4 }])
  })

  it('4.4 formatRequestForWrite', async () => {
    await sent((request, target) =>
      target.formatRequestForWrite(request, new Uint8Array([1, 2]), 6),
    )
    expect(seen).toEqual([['write', 2, 6, 1, 2]])
  })

  it('4.4 formatRequestForIoctl', async () => {
    const output = new Uint8Array(3)
    await sent((request, target) =>
      target.formatRequestForIoctl(request, 0x222004, new Uint8Array([5]), output),
    )
    expect(seen).toEqual([['control', 0x222004, 1, 3, 5]])
    expect([...output]).toEqual([9, 8, 0])
  })

  it('4.4 formatRequestForInternalIoctl', async () => {
    await sent((request, target) => target.formatRequestForInternalIoctl(request, 0x222008))
    expect(seen).toEqual([['internal', 0x222008, 0, 0]])
  })

  it('4.4 a level below may not report more bytes than it was given room for', async () => {
    const back: number[] = []
    const { requester, engine } = await acting(
      (request, target) => {
        target.formatRequestForRead(request, new Uint8Array(4))
        request.setCompletionRoutine((own, _target, { status }) => {
          back.push(status)
          own.complete(nt.STATUS_SUCCESS)
        })
        request.send(target)
      },
      {
        role: 'bus',
        queue: { EvtIoRead: (_queue, request) => request.completeWithInformation(0, 5) },
      },
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(back).toEqual([nt.STATUS_DRIVER_INTERNAL_ERROR])
    expect(engine.faults[0]).toMatchObject({ device: 'device0/1' })
  })

  it('4.4 formatting a request that is sent: STATUS_WDF_REQUEST_INVALID_STATE', async () => {
    const below: Request[] = []
    const results: number[] = []
    const { requester } = await acting(
      (request, target) => {
        relay(request, target)
        results.push(
          target.formatRequestForRead(request, null),
          target.formatRequestForIoctl(request, 0),
        )
      },
      holding(below, { role: 'bus' }),
    )
    requester.reads(1)
    expect(results).toEqual([
      nt.STATUS_WDF_REQUEST_INVALID_STATE,
      nt.STATUS_WDF_REQUEST_INVALID_STATE,
    ])
  })

  it.each([
    ['a buffer that is none', (t: IoTarget, r: Request) => t.formatRequestForRead(r, [] as never)],
    ['an offset below 0', (t: IoTarget, r: Request) => t.formatRequestForWrite(r, null, -1)],
    ['half an offset', (t: IoTarget, r: Request) => t.formatRequestForRead(r, null, 0.5)],
  ])('4.4 %s: STATUS_INVALID_PARAMETER', async (_name, format) => {
    const errors: unknown[] = []
    const { requester } = await acting((request, target) => {
      try {
        format(target, request)
      } catch (error) {
        errors.push(error)
      }
      request.complete(nt.STATUS_SUCCESS)
    }, looking)
    requester.reads(1)
    expect(errors).toEqual([failureOf('STATUS_INVALID_PARAMETER')])
  })
})

describe('4.4 completion routine', () => {
  it('4.4 runs exactly once, with the status and bytes of the level below', async () => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target) => relay(request, target, (params) => void seen.push(params)),
      {
        role: 'bus',
        queue: {
          EvtIoDefault: (_queue, request) =>
            request.completeWithInformation(nt.STATUS_BUFFER_OVERFLOW, 6),
        },
      },
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_BUFFER_OVERFLOW]])
    expect(seen).toEqual([{ status: nt.STATUS_BUFFER_OVERFLOW, information: 6 }])
  })

  it('4.4 gets the request, the target and the context', async () => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target) => {
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine((back, at, params, context) => {
          seen.push(back === request, at === target, params.status, context)
          back.complete(nt.STATUS_SUCCESS)
        }, 'context')
        request.send(target)
      },
      completing({ role: 'bus' }),
    )
    requester.reads(1)
    expect(seen).toEqual([true, true, nt.STATUS_SUCCESS, 'context'])
  })

  it('4.4 its slot is cleared before the call: sent again it must be set again', async () => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target) => {
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine((back) => {
          back.formatRequestUsingCurrentType()
          seen.push(back.send(target), back.getStatus())
          back.complete(nt.STATUS_SUCCESS)
        })
        request.send(target)
      },
      completing({ role: 'bus' }),
    )
    requester.reads(1)
    expect(seen).toEqual([false, nt.STATUS_INVALID_DEVICE_REQUEST])
  })

  it('4.4 may format and send the same request again', async () => {
    let left = 3
    const lengths: number[] = []
    const { requester } = await acting(
      (request, target) => {
        const again = (back: Request): void => {
          if (left-- === 0) {
            back.complete(nt.STATUS_SUCCESS)
            return
          }
          target.formatRequestForRead(back, new Uint8Array(left + 1))
          back.setCompletionRoutine(again)
          expect(back.send(target)).toBe(true)
        }
        again(request)
      },
      {
        role: 'bus',
        queue: {
          EvtIoRead(_queue, request, length) {
            lengths.push(length)
            request.complete(nt.STATUS_SUCCESS)
          },
        },
      },
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    expect(lengths).toEqual([3, 2, 1])
  })

  it('4.4 getStatus and getInformation tell how the last send ended', async () => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target) => {
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine((back) => {
          seen.push(back.getStatus(), back.getInformation())
          back.complete(nt.STATUS_SUCCESS)
        })
        request.send(target)
      },
      {
        role: 'bus',
        queue: { EvtIoDefault: (_queue, request) => request.completeWithInformation(0, 9) },
      },
    )
    requester.reads(1)
    expect(seen).toEqual([nt.STATUS_SUCCESS, 9])
  })
})

describe('4.4 cancelSentRequest', () => {
  it('4.4 of a request that is not sent: false', async () => {
    const seen: boolean[] = []
    const { requester } = await acting(
      (request) => {
        seen.push(request.cancelSentRequest())
        request.complete(nt.STATUS_SUCCESS)
      },
      completing({ role: 'bus' }),
    )
    requester.reads(1)
    expect(seen).toEqual([false])
  })

  it('4.4 true says that it was tried: the level below may succeed all the same', async () => {
    const below: Request[] = []
    const own: Request[] = []
    const { requester, engine } = await acting(
      (request, target) => {
        own.push(request)
        relay(request, target)
      },
      holding(below, { role: 'bus' }),
    )
    requester.reads(1)
    expect(own[0]?.cancelSentRequest()).toBe(true)
    expect(below[0]?.isCanceled()).toBe(true)
    below[0]?.complete(nt.STATUS_SUCCESS)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
  })

  it('4.4 of a request that a stopped target keeps: it comes back cancelled, and start does not send it', async () => {
    const own: Request[] = []
    const below: Request[] = []
    const { requester, engine, devices } = await acting(
      (request, target) => {
        own.push(request)
        relay(request, target)
      },
      holding(below, { role: 'bus' }),
    )
    await devices[0]?.ioTarget.stop()
    requester.reads(1)
    expect(own[0]?.cancelSentRequest()).toBe(true)
    expect(statuses(engine.run())).toEqual([[1, nt.STATUS_CANCELLED]])
    devices[0]?.ioTarget.start()
    engine.settle()
    expect(below).toEqual([])
  })

  it('4.4 of a request that has come back: false', async () => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target) => {
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine((back) => {
          seen.push(back.cancelSentRequest())
          back.complete(nt.STATUS_SUCCESS)
        })
        request.send(target)
      },
      completing({ role: 'bus' }),
    )
    requester.reads(1)
    expect(seen).toEqual([false])
  })
})

describe('4.4 reuse', () => {
  it('4.4 while it is sent: STATUS_WDF_REQUEST_INVALID_STATE', async () => {
    const seen: number[] = []
    const below: Request[] = []
    const { requester } = await acting(
      (request, target) => {
        relay(request, target)
        seen.push(request.reuse())
      },
      holding(below, { role: 'bus' }),
    )
    requester.reads(1)
    expect(seen).toEqual([nt.STATUS_WDF_REQUEST_INVALID_STATE])
  })

  it('4.4 clears routine, formatting and status', async () => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target) => {
        request.formatRequestUsingCurrentType()
        request.setCompletionRoutine(noRoutine)
        seen.push(request.reuse(nt.STATUS_RETRY), request.getStatus(), request.getInformation())
        seen.push(request.send(target), request.getStatus())
        request.complete(nt.STATUS_SUCCESS)
      },
      completing({ role: 'bus' }),
    )
    requester.reads(1)
    expect(seen).toEqual([
      nt.STATUS_SUCCESS,
      nt.STATUS_RETRY,
      0,
      false,
      nt.STATUS_INVALID_DEVICE_REQUEST,
    ])
  })
})
