/**
 * Ring history: one side of a ring, operation by operation, timed. Runs on: both threads of a litmus run.
 */
import {
  initializeRing,
  SpscConsumer,
  SpscProducer,
} from '../../../src/sharedarraybuffer-queue/spsc-ring.js'
import { ringWords } from '../../../src/abi/ring-layout.js'
import type { Operation } from './history.js'
import type { TwoThreads } from './two-threads.js'

export const CAPACITY = 2
/** Operations of each side in a history. */
export const OPERATIONS = 12

/** Words for the rings of that many histories. */
export function ringsWords(histories: number): number {
  return histories * ringWords(CAPACITY)
}

export function initializeRings(words: Int32Array, histories: number): void {
  for (let i = 0; i < histories; i++) {
    // Every other one crosses the largest number.
    initializeRing(words, i * ringWords(CAPACITY), CAPACITY, i % 2 === 0 ? 0 : 2 ** 31 - 3)
  }
}

/** All histories, on one side. */
export function recordHistories(
  threads: TwoThreads,
  words: Int32Array,
  histories: number,
): Operation[][] {
  return Array.from({ length: histories }, (_, i) => {
    const base = i * ringWords(CAPACITY)
    threads.meet()
    return threads.side === 0 ? produce(threads, words, base) : consume(threads, words, base)
  })
}

function produce(threads: TwoThreads, words: Int32Array, base: number): Operation[] {
  const producer = new SpscProducer(words, base)
  const operations: Operation[] = []
  let value = 1
  for (let i = 0; i < OPERATIONS; i++) {
    const start = threads.tick()
    const isDone = producer.tryStage(value)
    producer.publish()
    operations.push([start, threads.tick(), isDone ? 1 : 0])
    if (isDone) value++
  }
  return operations
}

function consume(threads: TwoThreads, words: Int32Array, base: number): Operation[] {
  const consumer = new SpscConsumer(words, base)
  const operations: Operation[] = []
  for (let i = 0; i < OPERATIONS; i++) {
    const start = threads.tick()
    const value = consumer.available(1) === 1 ? consumer.take() : 0
    consumer.release()
    operations.push([start, threads.tick(), value])
  }
  return operations
}
