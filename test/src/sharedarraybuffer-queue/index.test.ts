import { expect, it } from 'vitest'
import * as queue from '../../../src/sharedarraybuffer-queue/index.js'

it('is a package of its own: everything that a ring and its doorbell need', () => {
  expect(Object.keys(queue).toSorted()).toEqual([
    'AdaptiveSpinThenPark',
    'Arena',
    'BusySpin',
    'DOORBELL_WORDS',
    'EventLoop',
    'IDLE_EVENT_LOOP',
    'IDLE_PARK',
    'IDLE_SPIN',
    'Park',
    'QueueError',
    'Ringer',
    'Sleeper',
    'SpscConsumer',
    'SpscProducer',
    'allocateShared',
    'createIdleStrategy',
    'createRing',
    'initializeRing',
    'ringWords',
  ])
})

it('takes a ring and a doorbell from one arena, and they work together', () => {
  const arena = new queue.Arena(65_536)
  const ring = arena.take('ring', queue.ringWords(8))
  const bell = arena.take('doorbell', queue.DOORBELL_WORDS)
  queue.initializeRing(arena.words, ring, 8)
  const producer = new queue.SpscProducer(arena.words, ring)
  const consumer = new queue.SpscConsumer(arena.words, ring)
  const sleeper = new queue.Sleeper(arena.words, bell)
  const ringer = new queue.Ringer(arena.words, bell)
  producer.stage(1)
  producer.publish()
  ringer.ring()
  sleeper.park(1000, () => consumer.available(1) !== 0)
  expect([ringer.rings, sleeper.parks, consumer.take()]).toEqual([0, 0, 1])
})
