/**
 * ring.ts: the ring alone: main sends numbers, a thread takes them; how many a second, by publish size.
 *
 * Runs on: the main thread of a child process; the consumer is ring-consumer.ts.
 *
 * The consumer's sum and count must be the producer's. Both sides spin, so this needs a core for each.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { SpscProducer } from '../../src/sharedarraybuffer-queue/index.js'
import { MeasurementWindow } from '../measurement-window.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { RING_GROUP } from './groups.js'
import type { RingAnswer, RingJob } from './ring-consumer.js'
import { runTimed } from './timed-run.js'

const CAPACITY = 16_384
/** Publishes tried in a turn. */
const ROUNDS_PER_TURN = 256

/** Sends the numbers from `first` on, a batch per publish, as long as there is room. Returns how many. */
function sendSome(producer: SpscProducer, first: number, values: Int32Array): number {
  const batch = values.length
  let next = first
  for (let round = 0; round < ROUNDS_PER_TURN && producer.free(batch) >= batch; round++) {
    next = sendBatch(producer, next, values)
  }
  return (next - first) | 0
}

function sendBatch(producer: SpscProducer, first: number, values: Int32Array): number {
  const batch = values.length
  for (let i = 0; i < batch; i++) values[i] = (first + i) | 0
  producer.stageBatch(values)
  producer.publish()
  return (first + batch) | 0
}

async function run(batch: number, context: ScenarioContext): Promise<Measurement | Skipped> {
  if (availableParallelism() < 2) return { skipped: 'needs two cores: both sides spin' }
  const ring = await import('../../src/sharedarraybuffer-queue/index.js')
  const { buffer, base } = ring.createRing(CAPACITY)
  const stop = new Int32Array(ring.allocateShared(64))
  const workerData: RingJob = { buffer, base, stop }
  const consumer = new Worker(new URL('./ring-consumer.js', import.meta.url), { workerData })
  await once(consumer, 'message')
  const producer = new ring.SpscProducer(new Int32Array(buffer), base)
  const values = new Int32Array(batch)
  let next = 0
  let sent = 0
  const window = new MeasurementWindow()
  const load = {
    turns: function ringProducerTurns() {
      const count = sendSome(producer, next, values)
      next = (next + count) | 0
      sent += count
    },
    completed: () => sent - (CAPACITY - producer.free(CAPACITY)),
    begin: () => window.begin(),
    end: () => window.end(),
  }
  const figures = await runTimed(load, context)
  Atomics.store(stop, 0, 1)
  const [answer]: RingAnswer[] = await once(consumer, 'message')
  const isRight = answer?.count === sent && answer.sum === sumOfFirst(sent)
  return {
    ...figures,
    checksumOk: isRight,
    notes: {
      capacity: CAPACITY,
      ...(isRight ? {} : { sent, taken: answer?.count ?? 0, sum: answer?.sum ?? 0 }),
    },
  }
}

/** 0 + 1 + … + count - 1 in int32 arithmetic; count may pass 2^32. */
export function sumOfFirst(count: number): number {
  const n = BigInt(count)
  return Number(BigInt.asIntN(32, (n * (n - 1n)) / 2n))
}

function scenario(batch: number): Scenario {
  return {
    name: `ring/one-to-one/batch-${batch}`,
    unit: 'items/s',
    group: RING_GROUP,
    title: batch === 1 ? 'a publish per number' : `${batch} numbers per publish`,
    quick: batch === 32,
    ...(batch === 32 ? {} : { isExtra: true }),
    native: `native/ring/batch-${batch}`,
    ...(batch === 1 ? {} : { comparedWith: [`rival/ringbuf-js/batch-${batch}`] }),
    run: (context) => run(batch, context),
  }
}

export const ringScenarios: readonly Scenario[] = [1, 32, 128].map(scenario)
