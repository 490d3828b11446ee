/**
 * A million requests through a stack of three levels, stepped on one thread: neither the heap nor the shared
 * memory may grow with them. The bound is wide: a single small object a request would be 16 MB and more.
 */
import { expect, it } from 'vitest'
import type { IoQueue } from '../../../src/framework/io-queue.js'
import type { CompletionParams, IoTarget } from '../../../src/framework/io-target.js'
import type { Request } from '../../../src/framework/request.js'
import { completing, type Level, stackOf } from '../../harness/device-stack.js'
import { HeapGrowth } from '../../harness/heap-growth.js'

const REQUESTS = 1_000_000
const BATCH = 256
const SAMPLE_EVERY = 16
const MAX_BYTES = 4_000_000
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
  const { channel } = engine
  const { file, buffer } = requester
  const { turn } = engine.framework()
  const told = { done: 0, bytes: 0 }
  const onBatch = (batch: Int32Array, count: number): void => {
    for (let i = 0; i < count; i++) told.bytes += batch[4 * i + 2] ?? 0
    told.done += count
  }
  const round = (): void => {
    for (let i = 0; i < BATCH; i++) channel.prepareRead(file, buffer, 16, 0, 1)
    channel.submit()
    while (turn.poll(BATCH) !== 0);
    channel.reapBatch(BATCH, onBatch)
  }
  // First until the code is compiled.
  while (told.done < REQUESTS / 4) round()
  const growth = new HeapGrowth()
  const shared = process.memoryUsage().arrayBuffers
  for (let rounds = 1; rounds <= REQUESTS / BATCH; rounds++) {
    round()
    if (rounds % SAMPLE_EVERY === 0) growth.sample()
  }
  growth.sample()
  expect(growth.bytes).toBeLessThan(MAX_BYTES)
  expect(process.memoryUsage().arrayBuffers).toBeLessThanOrEqual(shared + 65_536)
  const { done } = told
  expect(done).toBeGreaterThan(REQUESTS)
  expect(told.bytes).toBe(16 * done)
  expect(channel.ledger()).toMatchObject({ accepted: done, success: done, inFlight: 0, lost: 0 })
})
