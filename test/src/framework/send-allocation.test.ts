/** A million requests through a stack of three levels, stepped on one thread: nothing may grow with them. */
import { expect, it } from 'vitest'
import type { IoQueue } from '../../../src/framework/io-queue.js'
import type { CompletionParams, IoTarget } from '../../../src/framework/io-target.js'
import type { Request } from '../../../src/framework/request.js'
import { completing, type Level, stackOf } from '../../harness/device-stack.js'
import { NOTHING_GREW, readMillion } from '../../harness/million-reads.js'

const BATCH = 256
const SEND_AND_FORGET = { sendAndForget: true } as const

function forget(queue: IoQueue, request: Request): void {
  request.send(queue.device.ioTarget, SEND_AND_FORGET)
}

function passUp(request: Request, _target: IoTarget, params: CompletionParams): void {
  request.completeWithInformation(params.status, params.information)
}

function sendWithRoutine(queue: IoQueue, request: Request): void {
  request.formatRequestUsingCurrentType()
  request.setCompletionRoutine(passUp)
  request.send(queue.device.ioTarget)
}

it.each([
  ['send-and-forget', forget],
  ['a completion routine', sendWithRoutine],
])('three levels with %s allocate nothing a request', async (_name, EvtIoDefault) => {
  const level: Level = { queue: { dispatchType: 'sequential', EvtIoDefault } }
  const { engine, requester } = await stackOf(
    [{ role: 'filter', ...level }, level, completing({ role: 'bus' })],
    { slots: 512 },
  )
  expect(readMillion(engine, requester, BATCH)).toEqual(NOTHING_GREW)
})
