/**
 * Section 4.4: requests that a driver creates, sends and deletes. Stepped.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { Request } from '../../src/framework/request.js'
import { acting, completing, holding } from '../harness/device-stack.js'
import { statuses } from '../harness/requester.js'

describe('4.4 requests that a driver created', () => {
  it('4.4 is sent again and again, and deleted', async () => {
    const own: { request?: Request; count: number } = { count: 0 }
    const bench = await acting(
      (request, target, device) => {
        const created = (own.request ??= device.createRequest())
        const again = (back: Request): void => {
          if (++own.count === 100) {
            request.complete(nt.STATUS_SUCCESS)
            return
          }
          expect(back.reuse()).toBe(nt.STATUS_SUCCESS)
          target.formatRequestForRead(back, new Uint8Array(1))
          back.setCompletionRoutine(again)
          expect(back.send(target)).toBe(true)
        }
        target.formatRequestForRead(created, new Uint8Array(1))
        created.setCompletionRoutine(again)
        created.send(target)
      },
      completing({ role: 'bus' }),
    )
    expect(bench.requester.reads(1)).toHaveLength(1)
    own.request?.delete()
    expect(own.count).toBe(100)
    expect(() => own.request?.delete()).toThrow('only requests that a driver created')
  })

  it('4.4 without completion routine it may be sent', async () => {
    const below: Request[] = []
    const { requester } = await acting(
      (request, target, device) => {
        const own = device.createRequest()
        target.formatRequestForRead(own, new Uint8Array(2))
        expect(own.send(target)).toBe(true)
        request.complete(nt.STATUS_SUCCESS)
      },
      holding(below, { role: 'bus' }),
    )
    expect(requester.reads(1)).toHaveLength(1)
    expect(below[0]?.length).toBe(2)
    below[0]?.complete(nt.STATUS_SUCCESS)
  })

  it('4.4 completing one is a violation, and so is deleting one of a queue', async () => {
    const errors: unknown[] = []
    const attempt = (call: () => void): void => {
      try {
        call()
      } catch (error) {
        errors.push(error)
      }
    }
    const { requester } = await acting(
      (request, _target, device) => {
        const own = device.createRequest()
        attempt(() => own.complete(nt.STATUS_SUCCESS))
        attempt(() => request.delete())
        own.delete()
        request.complete(nt.STATUS_SUCCESS)
      },
      completing({ role: 'bus' }),
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_SUCCESS]])
    const violation = expect.objectContaining({
      name: 'WdfViolation',
      code: 'WDF_REQUEST_FATAL_ERROR',
    })
    expect(errors).toEqual([violation, violation])
  })

  it('4.4 it has no current type to format: a violation', async () => {
    const { requester, engine } = await acting(
      (request, _target, device) => {
        request.complete(nt.STATUS_SUCCESS)
        device.createRequest().formatRequestUsingCurrentType()
      },
      completing({ role: 'bus' }),
    )
    expect(requester.reads(1)).toHaveLength(1)
    expect(engine.faults[0]?.error).toMatchObject({ code: 'WDF_REQUEST_FATAL_ERROR' })
  })

  it('4.4 one that is sent cannot be deleted', async () => {
    const below: Request[] = []
    const { requester, engine } = await acting(
      (request, target, device) => {
        const own = device.createRequest()
        target.formatRequestForRead(own, new Uint8Array(2))
        own.send(target)
        request.complete(nt.STATUS_SUCCESS)
        own.delete()
      },
      holding(below, { role: 'bus' }),
    )
    expect(requester.reads(1)).toHaveLength(1)
    expect(engine.faults[0]?.error).toMatchObject({ code: 'WDF_REQUEST_FATAL_ERROR' })
  })

  it('4.4 it has no parameters of a request before it', async () => {
    const seen: unknown[] = []
    const { requester } = await acting(
      (request, target, device) => {
        const own = device.createRequest()
        const other = device.createRequest()
        for (const { majorFunction, length, deviceOffset } of [own, other]) {
          seen.push([majorFunction, length, deviceOffset])
        }
        other.delete()
        target.formatRequestForWrite(own, new Uint8Array(7), 99)
        own.setCompletionRoutine((back) => {
          back.delete()
          request.complete(nt.STATUS_SUCCESS)
        })
        own.send(target)
      },
      completing({ role: 'bus' }),
    )
    requester.reads(1)
    requester.reads(2)
    expect(seen).toEqual(Array.from({ length: 4 }, () => [0, 0, 0]))
  })
})
