/**
 * Ring scenarios: one producer, one consumer, a ring of one to four places.
 * Judge: what was taken is what was staged, in order; nobody says full or empty when it is not.
 */
import { RING_HEAD, RING_TAIL, ringWords } from '../../../src/abi/ring-layout.js'
import type { SpscConsumer, SpscProducer } from '../../../src/sharedarraybuffer-queue/spsc-ring.js'
import { actor } from '../engine/actor.js'
import { must, type Run, type Scenario } from '../engine/scenario.js'
import { awaitWord } from '../engine/stepping-access.js'
import type { Source } from '../shipped.js'
import { EDGES } from './edges.js'

interface Producing {
  readonly producer: SpscProducer
  staged: number
}

interface Consuming {
  readonly consumer: SpscConsumer
  readonly target: Int32Array
  readonly got: number[]
}

/** Value number `i`; never equal to a position. */
const valueOf = (i: number): number => 1000 + i

interface Shape {
  readonly capacity: number
  /** Values the producer offers at once, batch after batch. */
  readonly batches: readonly number[]
  /** Values the consumer takes at most before it releases. */
  readonly limit: number
  /** By `stage` and `take`, not by `stageBatch` and `takeBatch`. */
  readonly singly?: boolean
}

function stageSingly(producer: SpscProducer, values: readonly number[]): number {
  const count = Math.min(values.length, producer.free(values.length))
  for (let i = 0; i < count; i++) producer.stage(values[i] as number)
  return count
}

function takeSingly(consumer: SpscConsumer, target: Int32Array, limit: number): number {
  const count = consumer.available(limit)
  for (let i = 0; i < count; i++) target[i] = consumer.take()
  return count
}

function ringRun(source: Source, start: number, shape: Shape): Run {
  const { capacity, batches, limit, singly = false } = shape
  const words = new Int32Array(new SharedArrayBuffer(ringWords(capacity) * 4))
  source.initializeRing(words, 0, capacity, start)
  const total = batches.reduce((sum, size) => sum + size, 0)
  const ends = batches.map((_, i) => batches.slice(0, i + 1).reduce((sum, size) => sum + size, 0))

  const produce = (self: Producing): number | undefined => {
    const { producer } = self
    const end = ends.find((candidate) => candidate > self.staged) as number
    const values = Array.from({ length: end - self.staged }, (_, i) => valueOf(self.staged + i))
    const count = singly ? stageSingly(producer, values) : producer.stageBatch(values)
    self.staged += count
    producer.publish()
    if (self.staged === total) return undefined
    if (count < values.length) {
      const { headCache } = producer
      awaitWord(words, RING_HEAD, (head) => head !== headCache)
      must('stuck', producer.free(1) > 0, 'a place was freed and the producer says full')
    }
    return 0
  }

  const consume = (self: Consuming): number | undefined => {
    const { consumer, target, got } = self
    const count = singly ? takeSingly(consumer, target, limit) : consumer.takeBatch(target, limit)
    consumer.release()
    for (let i = 0; i < count; i++) {
      must('content', target[i] === valueOf(got.length), `value ${got.length} is ${target[i]}`)
      got.push(target[i] as number)
    }
    must('duplicate', got.length <= total, `${got.length} values taken, ${total} staged`)
    if (got.length === total) return undefined
    if (count === 0) {
      const { head } = consumer
      awaitWord(words, RING_TAIL, (tail) => tail !== head)
      must(
        'stuck',
        consumer.available(1) === 1,
        'a value was published and the consumer says empty',
      )
    }
    return 0
  }

  return {
    regions: [{ words, name: 'ring' }],
    actors: [
      actor('producer', () => ({ producer: new source.SpscProducer(words), staged: 0 }), [produce]),
      actor(
        'consumer',
        () => ({
          consumer: new source.SpscConsumer(words),
          target: new Int32Array(limit),
          got: [],
        }),
        [consume],
      ),
    ],
    judge(rests) {
      const { got } = (rests[1] as { root: Consuming }).root
      must('lost', got.length === total, `${got.length} of ${total} values arrived`)
    },
  }
}

function ring(name: string, shape: Shape): Scenario<Source> {
  return { name, starts: EDGES, begin: (source, start) => ringRun(source, start, shape) }
}

export const ringScenarios: readonly Scenario<Source>[] = [
  ring('ring of 1, one by one', { capacity: 1, batches: [1, 1, 1], limit: 1, singly: true }),
  ring('ring of 2, one by one', { capacity: 2, batches: [1, 1, 1, 1, 1], limit: 2, singly: true }),
  ring('ring of 2, batches', { capacity: 2, batches: [3, 2, 3], limit: 2 }),
  ring('ring of 4, batches', { capacity: 4, batches: [3, 4, 2, 3], limit: 3 }),
]
