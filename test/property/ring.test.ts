/** Property: a ring on one thread does what an array does, whatever the order of its operations. */
import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { ringWords } from '../../src/abi/ring-layout.js'
import {
  initializeRing,
  SpscConsumer,
  SpscProducer,
} from '../../src/sharedarraybuffer-queue/spsc-ring.js'
import { checkCommands, drawn, plain, START } from './check.js'

interface Bench {
  readonly producer: SpscProducer
  readonly consumer: SpscConsumer
  readonly capacity: number
  /** Values published and not taken, oldest first. */
  readonly there: number[]
  /** Staged, not published. */
  readonly staged: number[]
  /** Taken, their places not given back. */
  held: number
  next: number
}

function begin([capacity, start]: [number, number]): Bench {
  const words = new Int32Array(new SharedArrayBuffer(ringWords(capacity) * 4))
  initializeRing(words, 0, capacity, start)
  const producer = new SpscProducer(words)
  const consumer = new SpscConsumer(words)
  return { producer, consumer, capacity, there: [], staged: [], held: 0, next: 0 }
}

function roomOf({ capacity, there, staged, held }: Bench): number {
  return capacity - there.length - staged.length - held
}

function tryStage(bench: Bench): void {
  const hasRoom = roomOf(bench) > 0
  assert.equal(bench.producer.tryStage(bench.next), hasRoom)
  if (hasRoom) bench.staged.push(bench.next++)
}

function stageBatch(bench: Bench, size: number): void {
  const values = Array.from({ length: size }, (_, i) => bench.next + i)
  const count = Math.min(size, roomOf(bench))
  assert.equal(bench.producer.stageBatch(values), count)
  bench.staged.push(...values.slice(0, count))
  bench.next += count
}

function publish({ producer, there, staged }: Bench): void {
  assert.equal(producer.publish(), staged.length)
  there.push(...staged.splice(0))
}

function take(bench: Bench): void {
  const { consumer, there } = bench
  // What is known is not looked at again: all that was published is there once the known is used up.
  const known = consumer.available(1)
  assert.equal(known, Math.min(1, there.length))
  if (known === 0) return
  const value = there.shift()
  assert.equal(consumer.place, consumer.head & (bench.capacity - 1))
  assert.equal(consumer.take(), value)
  assert.equal(consumer.last(), value)
  bench.held++
}

function takeBatch(bench: Bench, limit: number): void {
  const target = new Int32Array(16)
  const count = bench.consumer.takeBatch(target, limit)
  checkCount(bench, count, limit)
  assert.deepEqual([...target.subarray(0, count)], bench.there.splice(0, count))
  bench.held += count
}

function drain(bench: Bench, limit: number): void {
  const taken: number[] = []
  const count = bench.consumer.drain(limit, (value) => taken.push(value))
  checkCount(bench, count, limit)
  assert.deepEqual(taken, bench.there.splice(0, count))
  bench.held = 0
}

/** A batch may be smaller than what is there, but never empty beside work, and never made up. */
function checkCount({ there }: Bench, count: number, limit: number): void {
  assert.ok(count <= Math.min(limit, there.length), `${count} taken of ${there.length}`)
  assert.ok(count > 0 || there.length === 0, 'empty beside work')
}

function release(bench: Bench): void {
  bench.consumer.release()
  bench.held = 0
}

it('a ring is a queue', () => {
  const size = fc.integer({ min: 1, max: 9 })
  const shape = fc.tuple(fc.constantFrom(1, 2, 4, 8), START)
  const command = fc.oneof(
    plain(tryStage),
    drawn(size, stageBatch),
    plain(publish),
    plain(take),
    drawn(size, takeBatch),
    drawn(size, drain),
    plain(release),
  )
  expect(checkCommands('ring', 400_000, shape, begin, command)).toBeGreaterThan(400_000)
})
