/**
 * A million requests of the batch path, stepped on one thread: neither the heap nor the shared memory may grow
 * with them. The bound is wide: a single small object a request would be 16 MB and more.
 */
import { expect, it } from 'vitest'
import { HeapGrowth } from '../../harness/heap-growth.js'
import { queueDriver } from '../../harness/inline-driver.js'
import { Requester } from '../../harness/requester.js'
import { SteppedEngine } from '../../harness/stepped-engine.js'

const REQUESTS = 1_000_000
const BATCH = 512
const SAMPLE_EVERY = 16
const MAX_BYTES = 4_000_000

it('allocates nothing a request', async () => {
  const engine = new SteppedEngine({ slots: 1024 })
  await engine.addDevice(
    queueDriver({
      dispatchType: 'sequential',
      defaultQueue: true,
      EvtIoRead: (_queue, request, length) => request.completeWithInformation(0, length),
    }),
  )
  const { channel } = engine
  const { file, buffer } = new Requester(engine)
  const { turn } = engine.framework()
  const told = { done: 0, sum: 0 }
  const onBatch = (batch: Int32Array, count: number): void => {
    for (let i = 0; i < count; i++) told.sum += batch[4 * i] ?? 0
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
  expect(told.sum).toBe(told.done)
  const { done } = told
  expect(done).toBeGreaterThan(REQUESTS)
  expect(channel.ledger()).toMatchObject({ accepted: done, success: done, inFlight: 0, lost: 0 })
})
