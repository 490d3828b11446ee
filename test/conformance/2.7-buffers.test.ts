/** 2.7: which buffers a request has, by type and transfer method. */
import { expect, it } from 'vitest'
import {
  ctlCode,
  METHOD_BUFFERED,
  METHOD_IN_DIRECT,
  METHOD_NEITHER,
  METHOD_OUT_DIRECT,
} from '../../src/abi/ctl-code.js'
import * as nt from '../../src/abi/ntstatus.js'
import type { Request } from '../../src/framework/request.js'
import type { Requester } from '../harness/requester.js'
import { failureOf, type StatusName } from '../harness/status.js'
import { singleQueue } from './single-queue.js'
import { named } from './named.js'

interface Refusal {
  readonly what: string
  readonly status: StatusName
  readonly send: (requester: Requester) => unknown
  readonly take: (request: Request) => unknown
}

const REFUSALS: Refusal[] = [
  {
    what: 'the input buffer of a read',
    status: 'STATUS_INVALID_DEVICE_REQUEST',
    send: (requester) => requester.read(1),
    take: (request) => request.retrieveInputBuffer(),
  },
  {
    what: 'the output buffer of a write',
    status: 'STATUS_INVALID_DEVICE_REQUEST',
    send: (requester) => requester.write(1),
    take: (request) => request.retrieveOutputBuffer(),
  },
  {
    what: 'more output than a read has',
    status: 'STATUS_BUFFER_TOO_SMALL',
    send: (requester) => requester.read(1, 8),
    take: (request) => request.retrieveOutputBuffer(9),
  },
  {
    what: 'more input than a write has',
    status: 'STATUS_BUFFER_TOO_SMALL',
    send: (requester) => requester.write(1, 8),
    take: (request) => request.retrieveInputBuffer(9),
  },
  {
    what: 'the input of an IOCTL without any',
    status: 'STATUS_BUFFER_TOO_SMALL',
    send: (requester) => requester.ioctl(1, undefined, 0, 8),
    take: (request) => request.retrieveInputBuffer(),
  },
  {
    what: 'the output of an IOCTL without any',
    status: 'STATUS_BUFFER_TOO_SMALL',
    send: (requester) => requester.ioctl(1, undefined, 8, 0),
    take: (request) => request.retrieveOutputBuffer(),
  },
  {
    what: 'the buffer of an empty read',
    status: 'STATUS_BUFFER_TOO_SMALL',
    send: (requester) => requester.read(1, 0),
    take: (request) => request.retrieveOutputBuffer(),
  },
]

it.each(named(REFUSALS, '2.7 $what: $status'))('%s', async (_name, { status, send, take }) => {
  const { engine, requester, held } = await singleQueue({ allowZeroLengthRequests: true })
  send(requester)
  engine.run()
  const [request] = held
  if (request === undefined) throw new Error('nothing was presented')
  expect(() => take(request)).toThrow(failureOf(status))
})

it('2.7 a handler that does not catch the refusal fails its request with it', async () => {
  const { requester } = await singleQueue({
    EvtIoRead: (_queue, request) => void request.retrieveOutputBuffer(1000),
  })
  expect(requester.reads(1)).toMatchObject([{ status: nt.STATUS_BUFFER_TOO_SMALL, information: 0 }])
})

it('2.7 a buffer has the length that the caller gave, whatever minimum the driver asked', async () => {
  const { engine, requester, held } = await singleQueue()
  requester.write(1, 24)
  engine.run()
  expect(held[0]?.retrieveInputBuffer(8).byteLength).toBe(24)
})

const METHODS = [
  { name: 'METHOD_BUFFERED', method: METHOD_BUFFERED, isOne: true },
  { name: 'METHOD_IN_DIRECT', method: METHOD_IN_DIRECT, isOne: false },
  { name: 'METHOD_OUT_DIRECT', method: METHOD_OUT_DIRECT, isOne: false },
  { name: 'METHOD_NEITHER', method: METHOD_NEITHER, isOne: false },
]

it.each(named(METHODS, '2.7 $name: the driver sees the input and fills the output'))(
  '%s',
  async (_name, { method }) => {
    const { engine } = await singleQueue({
      EvtIoDeviceControl(_queue, request, outputLength, inputLength) {
        expect([outputLength, inputLength]).toEqual([4, 2])
        const [a = 0, b = 0] = request.retrieveInputBuffer()
        request.retrieveOutputBuffer().set([a + 1, b + 1, 3, 4])
        request.completeWithInformation(nt.STATUS_SUCCESS, 4)
      },
    })
    const file = await engine.until(engine.channel.open('device0'))
    const output = new Uint8Array(4)
    const code = ctlCode(0x22, 0x801, method, 0)
    await engine.until(file.ioctl(code, Uint8Array.of(10, 20), output))
    expect([...output]).toEqual([11, 21, 3, 4])
  },
)

it.each(named(METHODS, '2.7 $name: one system buffer for both is $isOne'))(
  '%s',
  async (_name, { method, isOne }) => {
    let same: boolean | undefined
    const { engine } = await singleQueue({
      EvtIoDeviceControl(_queue, request) {
        const input = request.retrieveInputBuffer()
        same = input.byteOffset === request.retrieveOutputBuffer().byteOffset
        request.complete(nt.STATUS_SUCCESS)
      },
    })
    const file = await engine.until(engine.channel.open('device0'))
    const code = ctlCode(0x22, 0x801, method, 0)
    await engine.until(file.ioctl(code, Uint8Array.of(1), new Uint8Array(4)))
    expect(same).toBe(isOne)
  },
)

it('2.7 METHOD_IN_DIRECT: the second buffer brings more data to the driver', async () => {
  const seen: number[] = []
  const { engine } = await singleQueue({
    EvtIoDeviceControl(_queue, request) {
      seen.push(...request.retrieveInputBuffer(), ...request.retrieveOutputBuffer())
      request.complete(nt.STATUS_SUCCESS)
    },
  })
  const file = await engine.until(engine.channel.open('device0'))
  const code = ctlCode(0x22, 0x801, METHOD_IN_DIRECT, 0)
  await engine.until(file.ioctl(code, Uint8Array.of(1), Uint8Array.of(2, 3)))
  expect(seen).toEqual([1, 2, 3])
})

it('2.7 a caller gets as many bytes as Information says, not more', async () => {
  const { engine } = await singleQueue({
    EvtIoDeviceControl(_queue, request) {
      request.retrieveOutputBuffer().fill(9)
      request.completeWithInformation(nt.STATUS_SUCCESS, 2)
    },
  })
  const file = await engine.until(engine.channel.open('device0'))
  const output = new Uint8Array(4)
  const code = ctlCode(0x22, 0x801, METHOD_BUFFERED, 0)
  const { information } = await engine.until(file.ioctl(code, null, output))
  expect([information, ...output]).toEqual([2, 9, 9, 0, 0])
})
