/**
 * Doorbell scenarios: threads that publish and ring, a thread that takes and sleeps.
 * Judge: nobody sleeps beside work, everything arrives in its ring's order.
 */
import { DOORBELL_WORDS } from '../../../src/abi/doorbell-layout.js'
import { RING_TAIL, ringWords } from '../../../src/abi/ring-layout.js'
import type { Ringer, Sleeper } from '../../../src/sharedarraybuffer-queue/doorbell.js'
import type { SpscConsumer, SpscProducer } from '../../../src/sharedarraybuffer-queue/spsc-ring.js'
import { type Actor, actor } from '../engine/actor.js'
import { must, type Rest, type Run, type Scenario } from '../engine/scenario.js'
import { awaitWord, store } from '../engine/stepping-access.js'
import type { Source } from '../shipped.js'
import { EDGES, WRAP } from './edges.js'

interface Ringing {
  readonly producer: SpscProducer
  readonly bell: Ringer
  sent: number
}

interface Sleeping {
  readonly consumers: SpscConsumer[]
  sleeper: Sleeper | undefined
  readonly got: number[]
}

interface Shape {
  readonly producers: number
  /** Values of each producer, published one by one. */
  readonly values: number
  /** The consumer may die; another one takes its place. */
  readonly dies?: boolean
}

const CAPACITY = 4
/** Word of `notes` that lets the successor in. */
const STARTED = 16
const FOREVER = 2 ** 31

const nothing = (): Sleeping => ({ consumers: [], sleeper: undefined, got: [] })

function doorbellRun(source: Source, start: number, shape: Shape): Run {
  const { producers, values, dies = false } = shape
  const rings = Array.from(
    { length: producers },
    () => new Int32Array(new SharedArrayBuffer(ringWords(CAPACITY) * 4)),
  )
  for (const words of rings) source.initializeRing(words, 0, CAPACITY, start)
  const bell = new Int32Array(new SharedArrayBuffer(DOORBELL_WORDS * 4))
  const notes = new Int32Array(new SharedArrayBuffer(128))
  const total = producers * values

  const ringer = (words: Int32Array, number: number): Actor =>
    actor(
      `producer ${number}`,
      () => ({
        producer: new source.SpscProducer(words),
        bell: new source.Ringer(bell, 0),
        sent: 0,
      }),
      [
        (self: Ringing) => {
          self.producer.stage(100 * number + self.sent++)
          self.producer.publish()
          self.bell.ring()
          return self.sent < values ? 0 : undefined
        },
      ],
    )

  const wakeUp = (self: Sleeping): void => {
    self.sleeper = new source.Sleeper(bell, 0)
    for (const words of rings) self.consumers.push(new source.SpscConsumer(words))
  }

  const takeOrSleep = (self: Sleeping): number | undefined => {
    let count = 0
    for (const consumer of self.consumers) {
      for (let left = consumer.available(CAPACITY); left > 0; left--, count++) {
        self.got.push(consumer.take())
      }
      consumer.release()
    }
    if (self.got.length >= total && !dies) return undefined
    const hasWork = (): boolean => self.consumers.some((consumer) => consumer.available(1) !== 0)
    if (count === 0) self.sleeper?.park(FOREVER, hasWork)
    return undefined
  }

  const sleeping: Actor = actor(
    'consumer',
    () => {
      const self = nothing()
      wakeUp(self)
      return self
    },
    [
      (self: Sleeping) => {
        takeOrSleep(self)
        return self.got.length >= total && !dies ? undefined : 0
      },
    ],
    dies ? ({ got }: Sleeping) => got : undefined,
  )
  // Main starts it without waiting for the dead one's place in the queue of sleepers to be cleared.
  const main = actor('main', () => ({}), [
    () => void awaitWord(notes, producers, (ended) => ended !== 0),
    () => store(notes, STARTED, 1),
  ])
  const successor: Actor = actor('successor', nothing, [
    (self: Sleeping) => {
      awaitWord(notes, STARTED, (started) => started !== 0)
      wakeUp(self)
    },
    (self: Sleeping) => {
      takeOrSleep(self)
      return 1
    },
  ])

  const last = (rests: readonly Rest[]): Rest =>
    (dies && rests[producers]?.status === 'dead' ? rests[producers + 2] : rests[producers]) as Rest

  return {
    regions: [
      ...rings.map((words, i) => ({ words, name: `ring${i}` })),
      { words: bell, name: 'bell' },
      { words: notes, name: 'notes' },
    ],
    actors: [...rings.map(ringer), sleeping, ...(dies ? [main, successor] : [])],
    ...(dies ? { ended: notes } : {}),
    judge(rests, load) {
      const { status, root } = last(rests)
      const self = root as Sleeping
      const left = rings.filter((words, i) => load(words, RING_TAIL) !== self.consumers[i]?.head)
      must('lost wake-up', status !== 'asleep' || left.length === 0, 'a sleeper beside work')
      const first = dies ? (rests[producers] as { root: Sleeping }).root.got : []
      for (let number = 0; number < producers; number++) {
        const mine = [...new Set([...first, ...self.got])].filter(
          (value) => Math.floor(value / 100) === number,
        )
        const isWhole = mine.length === values && mine.every((value, i) => value % 100 === i)
        must('lost', isWhole, `producer ${number}: ${mine.join(', ')} arrived`)
      }
      const rescues = self.sleeper?.rescues ?? 0
      must('lost wake-up', rescues === 0, `${rescues} rescues`)
    },
  }
}

function doorbell(
  name: string,
  shape: Shape,
  budgets: Pick<Scenario<Source>, 'deaths' | 'timeouts' | 'pushStarts'> = {},
): Scenario<Source> {
  return {
    name,
    starts: EDGES,
    ...budgets,
    begin: (source, start) => doorbellRun(source, start, shape),
  }
}

export const doorbellScenarios: readonly Scenario<Source>[] = [
  doorbell('doorbell', { producers: 1, values: 4 }),
  doorbell('doorbell, two ringers', { producers: 2, values: 2 }, { pushStarts: WRAP }),
  doorbell('doorbell, three ringers', { producers: 3, values: 1 }, { pushStarts: WRAP }),
  // It may come while a ring is on its way; that is not a rescue.
  doorbell('doorbell, a time-out', { producers: 1, values: 2 }, { timeouts: 1 }),
  doorbell('doorbell, sleeper dies', { producers: 1, values: 2, dies: true }, { deaths: 1 }),
]
