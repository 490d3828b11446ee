/**
 * ring.ts: what the ring costs by itself: both halves on one thread, nothing to wait for.
 *
 * Runs on: the main thread of bench/micro/main.ts.
 */
import { SpscConsumer, SpscProducer, createRing } from '../../src/sharedarraybuffer-queue/index.js'
import { expectCount, type Micro } from './micro.js'

const OPERATIONS = 4096

const { buffer, base } = createRing(1024)
const words = new Int32Array(buffer)
const producer = new SpscProducer(words, base)
const consumer = new SpscConsumer(words, base)

/** Sends and takes OPERATIONS numbers, `batch` per publish and release. Returns their sum. */
function ringSendAndTake(batch: number): number {
  let sum = 0
  for (let sent = 0; sent < OPERATIONS; sent += batch) {
    if (producer.free(batch) < batch) break
    for (let i = 0; i < batch; i++) producer.stage(i)
    producer.publish()
    const count = consumer.available(batch)
    for (let i = 0; i < count; i++) sum += consumer.take()
    consumer.release()
  }
  return sum
}

function ringMicro(batch: number): Micro {
  return {
    name: `ring: a number in and out, ${batch} per publish`,
    operations: OPERATIONS,
    run() {
      const sum = ringSendAndTake(batch)
      expectCount(sum, ((batch - 1) * OPERATIONS) / 2, 'as the sum')
      return undefined
    },
  }
}

export const ringMicros: readonly Micro[] = [1, 32, 128].map(ringMicro)
