/**
 * Completing: once, by the owner, with a final status, and with no more bytes than the caller gave room for.
 * What KMDF answers with a bug check is thrown in the driver's own callback here, and fails that request.
 */
import { describe, expect, it } from 'vitest'
import * as nt from '../../../src/abi/ntstatus.js'
import { WdfViolation } from '../../../src/dispatch/wdf-violation.js'
import type { Request } from '../../../src/framework/request.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { Requester, SOME_CODE, statuses } from '../../harness/requester.js'
import { statusOf } from '../../harness/status.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

/** A device that does that with every request; what a call threw is in `thrown`. */
async function deviceThat(
  handle: (request: Request) => void,
): Promise<{ engine: SteppedEngine; requester: Requester }> {
  const engine = new SteppedEngine()
  const EvtIoDefault = (_queue: unknown, request: Request): void => handle(request)
  await engine.addDevice(
    queueDriver({ dispatchType: 'parallel', defaultQueue: true, EvtIoDefault }),
  )
  return { engine, requester: new Requester(engine) }
}

const FATAL = expect.objectContaining({ name: 'WdfViolation', code: 'WDF_REQUEST_FATAL_ERROR' })

describe('complete', () => {
  it.each([
    'STATUS_SUCCESS',
    'STATUS_OBJECT_NAME_EXISTS',
    'STATUS_END_OF_FILE',
    'STATUS_CANCELLED',
  ] as const)('ends the request with %s and Information 0', async (name) => {
    const { engine, requester } = await deviceThat((request) => request.complete(statusOf(name)))
    expect(requester.reads(5)).toMatchObject([
      { context: 5, status: statusOf(name), information: 0 },
    ])
    expect(engine.faults).toEqual([])
  })

  it.each([
    ['STATUS_WDF_PAUSED', 'STATUS_DEVICE_BUSY'],
    ['STATUS_WDF_BUSY', 'STATUS_DEVICE_BUSY'],
    ['STATUS_WDF_INTERNAL_ERROR', 'STATUS_INTERNAL_ERROR'],
    ['STATUS_WDF_TOO_FRAGMENTED', 'STATUS_INVALID_DEVICE_REQUEST'],
    ['STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS', 'STATUS_INSUFFICIENT_RESOURCES'],
    ['STATUS_WDF_NO_CALLBACK', 'STATUS_INVALID_DEVICE_REQUEST'],
  ] as const)('shows the requester %s as %s', async (wdf, seen) => {
    const { requester } = await deviceThat((request) => request.complete(statusOf(wdf)))
    expect(statuses(requester.reads(1))).toEqual([[1, statusOf(seen)]])
  })

  it.each([nt.STATUS_PENDING, 0.5, NaN])('refuses %d, which is no final status', async (status) => {
    const { engine, requester } = await deviceThat((request) => {
      expect(() => request.complete(status)).toThrow(WdfViolation)
      request.complete(status)
    })
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
    expect(engine.faults).toMatchObject([{ device: 'device0', error: FATAL }])
  })

  it('takes a status as an unsigned number too', async () => {
    const { requester } = await deviceThat((request) => request.complete(0xc0000120))
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_CANCELLED]])
  })

  it('throws the second time, and the request has ended once, as the first time said', async () => {
    const { engine, requester } = await deviceThat((request) => {
      request.complete(nt.STATUS_NOT_FOUND)
      request.complete(nt.STATUS_SUCCESS)
    })
    expect(statuses(requester.reads(1, 2))).toEqual([
      [1, nt.STATUS_NOT_FOUND],
      [2, nt.STATUS_NOT_FOUND],
    ])
    expect(engine.faults).toMatchObject([{ error: FATAL }, { error: FATAL }])
    expect(engine.channel.ledger()).toEqual({
      accepted: 2,
      completed: 2,
      success: 0,
      error: 2,
      cancelled: 0,
      workerDied: 0,
      inFlight: 0,
      duplicates: 0,
      lost: 0,
    })
  })

  it('says which request of which channel was misused, and how', async () => {
    const { engine, requester } = await deviceThat((request) => {
      request.complete(nt.STATUS_SUCCESS)
      request.completeWithInformation(nt.STATUS_SUCCESS, 1)
    })
    requester.reads(1)
    expect(engine.faults[0]?.error.message).toMatch(
      /^request in slot \d+ of channel 1: the driver does not own it: it was completed before/,
    )
  })
})

describe('completeWithInformation', () => {
  it.each([
    ['read', 16],
    ['write', 16],
    ['ioctl', 8],
    ['internalIoctl', 8],
  ] as const)('of a %s may report up to %i bytes', async (send, length) => {
    const { engine, requester } = await deviceThat((request) =>
      request.completeWithInformation(nt.STATUS_SUCCESS, length),
    )
    if (send === 'read' || send === 'write') requester[send](1, length)
    else requester[send](1, SOME_CODE, 99, length)
    expect(engine.run()).toMatchObject([{ status: nt.STATUS_SUCCESS, information: length }])
  })

  it.each([17, -1, 2 ** 31, 2 ** 32 - 1])(
    'of a read of 16 bytes fails the request when %d bytes are reported',
    async (information) => {
      const { engine, requester } = await deviceThat((request) =>
        request.completeWithInformation(nt.STATUS_SUCCESS, information),
      )
      expect(requester.reads(1)).toMatchObject([
        { status: nt.STATUS_DRIVER_INTERNAL_ERROR, information: 0 },
      ])
      expect(engine.faults).toMatchObject([{ error: FATAL }])
      expect(engine.faults[0]?.error.message).toMatch(/Information is larger/)
    },
  )

  it.each([2 ** 32, 1.5, NaN])('of a read fails the request for %d bytes', async (bytes) => {
    const { requester } = await deviceThat((request) =>
      request.completeWithInformation(nt.STATUS_SUCCESS, bytes),
    )
    expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
  })

  it('lets a failure carry any Information', async () => {
    const { requester } = await deviceThat((request) =>
      request.completeWithInformation(nt.STATUS_BUFFER_OVERFLOW, 4096),
    )
    expect(requester.reads(1)).toMatchObject([
      { status: nt.STATUS_BUFFER_OVERFLOW, information: 4096 },
    ])
  })

  it('checks an informational status as the success it is', async () => {
    const { engine, requester } = await deviceThat((request) =>
      request.completeWithInformation(nt.STATUS_WDF_QUEUED, 17),
    )
    requester.reads(1)
    expect(engine.faults).toMatchObject([{ error: FATAL }])
  })
})

describe('a misused request', () => {
  it('does not keep the others of its batch from being served', async () => {
    const { engine, requester } = await deviceThat((request) => {
      if (request.deviceOffset === 2) request.completeWithInformation(nt.STATUS_SUCCESS, 99)
      else request.complete(nt.STATUS_SUCCESS)
    })
    for (const number of [1, 2, 3]) requester.read(number, 16, number)
    expect(statuses(engine.run())).toEqual([
      [1, nt.STATUS_SUCCESS],
      [2, nt.STATUS_DRIVER_INTERNAL_ERROR],
      [3, nt.STATUS_SUCCESS],
    ])
  })
})
