/** A request as its driver sees it: parameters, buffers, file. */
import { describe, expect, it } from 'vitest'
import { ctlCode } from '../../../src/abi/ctl-code.js'
import * as nt from '../../../src/abi/ntstatus.js'
import type { Request } from '../../../src/framework/request.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { Requester, SOME_CODE } from '../../harness/requester.js'
import { failureOf } from '../../harness/status.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

/** Hands each request to `look`, then succeeds. */
async function looking(
  look: (request: Request) => void,
): Promise<{ engine: SteppedEngine; requester: Requester }> {
  const engine = new SteppedEngine()
  await engine.addDevice(
    queueDriver({
      dispatchType: 'parallel',
      defaultQueue: true,
      allowZeroLengthRequests: true,
      EvtIoDefault(_queue, request) {
        look(request)
        request.complete(nt.STATUS_SUCCESS)
      },
    }),
  )
  return { engine, requester: new Requester(engine) }
}

describe('parameters', () => {
  it.each([
    0,
    1,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 32 + 1,
    2 ** 40 + 12_345,
    2 ** 52 + 2 ** 31,
    Number.MAX_SAFE_INTEGER,
  ])('carry an offset of %d', async (offset) => {
    const seen: number[] = []
    const { requester, engine } = await looking((request) => void seen.push(request.deviceOffset))
    requester.read(1, 16, offset)
    requester.write(2, 16, offset)
    engine.run()
    expect(seen).toEqual([offset, offset])
  })

  it('carry a length, a control code, both lengths of an IOCTL, and the file', async () => {
    const seen: object[] = []
    const { requester, engine } = await looking((request) => {
      const { length, ioControlCode, inputBufferLength, outputBufferLength, fileId } = request
      seen.push({ length, ioControlCode, inputBufferLength, outputBufferLength, fileId })
    })
    const code = ctlCode(0x8001, 0x900, 3, 0) | 0
    requester.ioctl(1, code, 12, 34)
    engine.run()
    expect(seen).toEqual([
      {
        length: 34,
        ioControlCode: code,
        inputBufferLength: 12,
        outputBufferLength: 34,
        fileId: requester.file.fileId,
      },
    ])
  })

  it('say which major function of which device it is', async () => {
    const seen: number[][] = []
    const { requester, engine } = await looking(
      (request) => void seen.push([request.deviceId, request.majorFunction]),
    )
    requester.read(1)
    requester.internalIoctl(2)
    engine.run()
    expect(seen).toEqual([
      [0, 3],
      [0, 15],
    ])
  })
})

describe('buffers', () => {
  it('of a read: output only', async () => {
    const { requester, engine } = await looking((request) => {
      expect(() => request.retrieveInputBuffer()).toThrow(
        failureOf('STATUS_INVALID_DEVICE_REQUEST'),
      )
      const bytes = request.retrieveOutputBuffer()
      expect(bytes).toHaveLength(16)
      bytes.fill(7)
    })
    requester.read(1)
    expect(engine.run()).toMatchObject([{ status: nt.STATUS_SUCCESS }])
    expect([...requester.buffer.bytes.subarray(0, 17)]).toEqual([...Array(16).fill(7), 0])
  })

  it('of a write: input only', async () => {
    const { requester, engine } = await looking((request) => {
      expect(() => request.retrieveOutputBuffer()).toThrow(
        failureOf('STATUS_INVALID_DEVICE_REQUEST'),
      )
      expect([...request.retrieveInputBuffer()]).toEqual([1, 2, 3])
    })
    requester.buffer.bytes.set([1, 2, 3, 4])
    requester.write(1, 3)
    expect(engine.run()).toMatchObject([{ status: nt.STATUS_SUCCESS }])
  })

  it.each(['ioctl', 'internalIoctl'] as const)('of an %s: both', async (send) => {
    const { requester, engine } = await looking((request) => {
      expect(request.retrieveInputBuffer()).toHaveLength(10)
      expect(request.retrieveOutputBuffer()).toHaveLength(20)
    })
    requester[send](1, SOME_CODE, 10, 20)
    expect(engine.run()).toMatchObject([{ status: nt.STATUS_SUCCESS }])
  })

  it.each([0, 16])('may be asked for at least %i of 16 bytes', async (minimum) => {
    const { requester, engine } = await looking((request) => {
      expect(request.retrieveOutputBuffer(minimum)).toHaveLength(16)
    })
    requester.read(1, 16)
    expect(engine.run()).toMatchObject([{ status: nt.STATUS_SUCCESS }])
  })

  it.each<[what: string, send: (r: Requester) => void, retrieve: (request: Request) => unknown]>([
    ['a read', (r) => r.read(1, 16), (request) => request.retrieveOutputBuffer(17)],
    ['a read of no bytes', (r) => r.read(1, 0), (request) => request.retrieveOutputBuffer()],
    ['a write', (r) => r.write(1, 16), (request) => request.retrieveInputBuffer(17)],
    ['a write of no bytes', (r) => r.write(1, 0), (request) => request.retrieveInputBuffer()],
    [
      'an IOCTL’s output',
      (r) => r.ioctl(1, SOME_CODE, 9, 8),
      (request) => request.retrieveOutputBuffer(9),
    ],
    [
      'an IOCTL’s empty input',
      (r) => r.ioctl(1, SOME_CODE, 0, 8),
      (request) => request.retrieveInputBuffer(),
    ],
  ])('of %s may be too small', async (_what, send, retrieve) => {
    const { requester, engine } = await looking((request) => {
      expect(() => retrieve(request)).toThrow(failureOf('STATUS_BUFFER_TOO_SMALL'))
    })
    send(requester)
    expect(engine.run()).toMatchObject([{ status: nt.STATUS_SUCCESS }])
    expect(engine.faults).toEqual([])
  })

  it('fail the request with their status when the driver does not catch it', async () => {
    const { requester, engine } = await looking((request) => void request.retrieveOutputBuffer(64))
    requester.read(1, 63)
    expect(engine.run()).toMatchObject([{ status: nt.STATUS_BUFFER_TOO_SMALL, information: 0 }])
    expect(engine.faults[0]?.error.message).toMatch(/has 63 bytes, the driver needs 64/)
  })

  it('are the same object when the same buffer comes again', async () => {
    const seen = new Set<Uint8Array>()
    const { requester } = await looking((request) => void seen.add(request.retrieveOutputBuffer()))
    for (let i = 0; i < 5; i++) requester.reads(i)
    expect(seen.size).toBe(1)
  })
})
