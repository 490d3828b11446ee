/**
 * ringbuf.ts: the rival of the ring alone: ringbuf.js, numbers from one thread to another, so many a push.
 *
 * Runs on: the main thread of a child process; the other side is ringbuf-consumer.ts.
 *
 * Capacity, batch and check are those of bench/engine/ring.ts. Its `push` says how many there was room for;
 * the rest of a batch is pushed in the next turn.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { RingBuffer } from 'ringbuf.js'
import { sumOfFirst } from '../engine/ring.js'
import { runTimed } from '../engine/timed-run.js'
import { MeasurementWindow } from '../measurement-window.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { loadRival } from './load-rival.js'
import type { RingbufAnswer, RingbufJob } from './ringbuf-consumer.js'

const CAPACITY = 16_384
const ROUNDS_PER_TURN = 256

/** Sends 0, 1, 2 … in batches. */
export class RingbufProducer {
  /** Numbers pushed. */
  sent = 0
  readonly #ring: RingBuffer
  readonly #batch: Int32Array
  /** How many of the batch have been pushed. */
  #pushed: number

  constructor(ring: RingBuffer, batch: number) {
    this.#ring = ring
    this.#batch = new Int32Array(batch)
    this.#pushed = batch
  }

  turns(): void {
    for (let round = 0; round < ROUNDS_PER_TURN; round++) {
      const batch = this.#batch
      if (this.#pushed === batch.length) {
        for (let i = 0; i < batch.length; i++) batch[i] = (this.sent + i) | 0
        this.#pushed = 0
      }
      const count = this.#ring.push(batch, batch.length - this.#pushed, this.#pushed)
      if (count === 0) return
      this.#pushed += count
      this.sent += count
    }
  }
}

async function run(batch: number, context: ScenarioContext): Promise<Measurement | Skipped> {
  if (availableParallelism() < 2) return { skipped: 'needs two cores: both sides spin' }
  const loaded = await loadRival('ringbuf.js', () => import('ringbuf.js'))
  if ('skipped' in loaded) return loaded
  const buffer = loaded.RingBuffer.getStorageForCapacity(CAPACITY, Int32Array)
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const workerData: RingbufJob = { buffer, stop }
  const consumer = new Worker(new URL('./ringbuf-consumer.js', import.meta.url), { workerData })
  await once(consumer, 'message')
  const ring = new loaded.RingBuffer(buffer, Int32Array)
  const producer = new RingbufProducer(ring, batch)
  const window = new MeasurementWindow()
  const load = {
    turns: function ringbufProducerTurns() {
      producer.turns()
    },
    completed: () => producer.sent - ring.available_read(),
    begin: () => window.begin(),
    end: () => window.end(),
  }
  const figures = await runTimed(load, context)
  const { sent } = producer
  Atomics.store(stop, 0, 1)
  const [answer]: RingbufAnswer[] = await once(consumer, 'message')
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

function scenario(batch: number): Scenario {
  return {
    name: `rival/ringbuf-js/batch-${batch}`,
    unit: 'items/s',
    group: 'rivals: what one would use instead',
    title: `ringbuf.js, ${batch} numbers per push`,
    ...(batch === 32 ? {} : { isExtra: true }),
    run: (context) => run(batch, context),
  }
}

export const ringbufRivals: readonly Scenario[] = [32, 128].map(scenario)
