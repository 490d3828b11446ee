/** 2.4: a completed request walks up its stack; what must hold when it starts to. */
import { expect, it } from 'vitest'
import * as nt from '../../src/abi/ntstatus.js'
import type { EvtRequestCompletionRoutine } from '../../src/framework/io-target.js'
import type { Request } from '../../src/framework/request.js'
import { queueDriver } from '../harness/inline-driver.js'
import { statuses } from '../harness/requester.js'
import { singleQueue } from './single-queue.js'
import { type Stack, stackOf } from './stack.js'
import { named } from './named.js'

/** A level that sends everything down with that routine. */
function sender(routine: EvtRequestCompletionRoutine): string {
  return queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault(queue, request) {
      request.formatRequestUsingCurrentType()
      request.setCompletionRoutine(routine)
      request.send(queue.device.ioTarget)
    },
  })
}

/** A level that sends everything down and forgets it. */
const forgetter = queueDriver({
  dispatchType: 'parallel',
  defaultQueue: true,
  EvtIoDefault(queue, request) {
    request.send(queue.device.ioTarget, { sendAndForget: true })
  },
})

function ending(status: number, information: number): string {
  return queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault: (_queue, request) => request.completeWithInformation(status, information),
  })
}

const passOn: EvtRequestCompletionRoutine = (request, _target, { status, information }) => {
  request.completeWithInformation(status, information)
}

async function readThrough(stack: Promise<Stack>): Promise<unknown[]> {
  const { requester } = await stack
  return requester.reads(1).map(({ status, information }) => [status, information])
}

const OUTCOMES = [
  { what: 'a success', status: nt.STATUS_SUCCESS, information: 7 },
  { what: 'a warning', status: nt.STATUS_BUFFER_OVERFLOW, information: 16 },
  { what: 'an error', status: nt.STATUS_DEVICE_NOT_READY, information: 0 },
  { what: 'a cancellation', status: nt.STATUS_CANCELLED, information: 0 },
]

it.each(
  named(OUTCOMES, '2.4 $what reaches the routine of the level above with status and Information'),
)('%s', async (_name, { status, information }) => {
  const seen: unknown[] = []
  const top = sender((request, target, params, context) => {
    seen.push([params.status, params.information, context])
    passOn(request, target, params, context)
  })
  const told = await readThrough(stackOf([top, ending(status, information)]))
  expect(seen).toEqual([[status, information, undefined]])
  expect(told).toEqual([[status, information]])
})

it.each(named(OUTCOMES, '2.4 $what passes levels without a routine unchanged'))(
  '%s',
  async (_name, { status, information }) => {
    const roles = ['function', 'function', 'bus'] as const
    const stack = stackOf([forgetter, forgetter, ending(status, information)], roles)
    expect(await readThrough(stack)).toEqual([[status, information]])
  },
)

it('2.4 routines run from the bottom upwards, each once', async () => {
  const order: string[] = []
  const level = (name: string): string =>
    sender((request, target, params, context) => {
      order.push(name)
      passOn(request, target, params, context)
    })
  const roles = ['function', 'function', 'function', 'bus'] as const
  const drivers = [level('top'), level('middle'), level('low'), ending(nt.STATUS_SUCCESS, 4)]
  expect(await readThrough(stackOf(drivers, roles))).toEqual([[nt.STATUS_SUCCESS, 4]])
  expect(order).toEqual(['low', 'middle', 'top'])
})

it('2.4 a routine may end the request with a status of its own', async () => {
  const top = sender((request) => request.completeWithInformation(nt.STATUS_SUCCESS, 2))
  const told = await readThrough(stackOf([top, ending(nt.STATUS_NO_SUCH_DEVICE, 0)]))
  expect(told).toEqual([[nt.STATUS_SUCCESS, 2]])
})

it('2.4 a routine may stop the walk and keep the request', async () => {
  const kept: Request[] = []
  const top = sender((request) => void kept.push(request))
  const { engine, requester } = await stackOf([top, ending(nt.STATUS_SUCCESS, 0)])
  expect(requester.reads(1)).toEqual([])
  kept[0]?.complete(nt.STATUS_END_OF_FILE)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_END_OF_FILE]])
})

it('2.4 the routine is cleared before it is called: a resend without one is refused', async () => {
  const answers: unknown[] = []
  const top = sender((request, target) => {
    request.formatRequestUsingCurrentType()
    answers.push(request.send(target), request.getStatus())
    request.complete(nt.STATUS_SUCCESS)
  })
  await readThrough(stackOf([top, ending(nt.STATUS_SUCCESS, 0)]))
  expect(answers).toEqual([false, nt.STATUS_INVALID_DEVICE_REQUEST])
})

it('2.4 a routine can run before the send that it belongs to returns', async () => {
  const order: string[] = []
  const top = queueDriver({
    dispatchType: 'parallel',
    defaultQueue: true,
    EvtIoDefault(queue, request) {
      request.formatRequestUsingCurrentType()
      request.setCompletionRoutine((same) => {
        order.push('routine')
        same.complete(nt.STATUS_SUCCESS)
      })
      request.send(queue.device.ioTarget)
      order.push('send returned')
    },
  })
  await readThrough(stackOf([top, ending(nt.STATUS_SUCCESS, 0)]))
  expect(order).toEqual(['routine', 'send returned'])
})

it('2.4 a routine that throws fails its request, and the level below is none the wiser', async () => {
  const top = sender(() => {
    throw new Error('no')
  })
  const { engine, requester } = await stackOf([top, ending(nt.STATUS_SUCCESS, 0)])
  expect(statuses(requester.reads(1))).toEqual([[1, nt.STATUS_DRIVER_INTERNAL_ERROR]])
  expect(engine.faults).toMatchObject([{ device: 'device0', error: { message: 'no' } }])
})

const NOT_FINAL = [
  { name: 'STATUS_PENDING', status: nt.STATUS_PENDING },
  { name: '-1', status: -1 },
  { name: 'no number', status: Number.NaN },
]

it.each(
  named(NOT_FINAL, '2.4 $name is no final status: WDF_VIOLATION, the driver keeps the request'),
)('%s', async (_name, { status }) => {
  const { engine, requester, held } = await singleQueue()
  requester.reads(1)
  expect(() => held[0]?.complete(status)).toThrow(
    expect.objectContaining({ name: 'WdfViolation', code: 'WDF_REQUEST_FATAL_ERROR' }),
  )
  held[0]?.complete(nt.STATUS_SUCCESS)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
})

it('2.4 completing with a cancel routine set is a WDF_VIOLATION', async () => {
  const { engine, requester, held } = await singleQueue()
  requester.reads(1)
  held[0]?.markCancelable(() => {})
  expect(() => held[0]?.complete(nt.STATUS_SUCCESS)).toThrow(
    expect.objectContaining({ code: 'WDF_REQUEST_FATAL_ERROR' }),
  )
  expect(held[0]?.unmarkCancelable()).toBe(nt.STATUS_SUCCESS)
  held[0]?.complete(nt.STATUS_SUCCESS)
  expect(statuses(engine.run())).toEqual([[1, nt.STATUS_SUCCESS]])
})

it('2.4 a read hands back the bytes that its driver wrote', async () => {
  const { engine, requester } = await singleQueue({
    EvtIoRead(_queue, request) {
      request.retrieveOutputBuffer().set([1, 2, 3])
      request.completeWithInformation(nt.STATUS_SUCCESS, 3)
    },
  })
  requester.read(1)
  const [{ information } = { information: 0 }] = engine.run()
  expect([...requester.buffer.bytes.subarray(0, information)]).toEqual([1, 2, 3])
})
