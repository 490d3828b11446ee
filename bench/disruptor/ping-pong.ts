/**
 * ping-pong.ts: the Disruptor's latency test: a number through one ring and back through another, a pause of
 * 1 µs after each answer, and a histogram that counts what a long trip kept from starting; over our rings,
 * and the same through the engine.
 *
 * Runs on: the main thread of a child process; the other side is ping-pong-thread.ts.
 * Its own test blocks on locks; here both sides spin, which is the shortest of the strategies.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { measurePingPong } from '../engine/ping-pong.js'
import { measureTrips } from '../engine/measure-trips.js'
import { RoundTrips } from '../engine/round-trips.js'
import { SpscConsumer, SpscProducer, createRing } from '../../src/sharedarraybuffer-queue/index.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { DISRUPTOR_GROUP } from './topology.js'
import { type PingPongJob, STOP_NUMBER } from './ping-pong-thread.js'

const CAPACITY = 1024

async function run(context: ScenarioContext): Promise<Measurement | Skipped> {
  if (availableParallelism() < 2) return { skipped: 'needs two cores: both sides spin' }
  const pings = createRing(CAPACITY)
  const pongs = createRing(CAPACITY)
  const workerData: PingPongJob = { pings, pongs }
  const thread = new Worker(new URL('./ping-pong-thread.js', import.meta.url), { workerData })
  await once(thread, 'message')
  const sender = new SpscProducer(new Int32Array(pings.buffer), pings.base)
  const receiver = new SpscConsumer(new Int32Array(pongs.buffer), pongs.base)
  const trip = function ringRoundTrip(number: number): boolean {
    const ping = number & 0x3fff_ffff
    sender.stage(ping)
    sender.publish()
    while (receiver.available(1) === 0);
    const pong = receiver.take()
    receiver.release()
    return pong === ping
  }
  const measurement = await measureTrips(new RoundTrips(trip, 'microsecond'), context)
  sender.stage(STOP_NUMBER)
  sender.publish()
  await once(thread, 'exit')
  return measurement
}

export const disruptorPingPongScenarios: readonly Scenario[] = [
  {
    name: 'disruptor/ping-pong',
    unit: 'trips/s',
    group: DISRUPTOR_GROUP,
    title: 'a number there and back, 1 µs pause, latencies with expected interval',
    isExtra: true,
    run,
  },
  {
    name: 'disruptor/ping-pong/engine',
    unit: 'IRP/s',
    group: DISRUPTOR_GROUP,
    title: 'the same through the engine: a read of the null driver',
    isExtra: true,
    latencyOf: 'disruptor/ping-pong',
    run: (context) =>
      measurePingPong(
        { waitStrategy: 'busy-spin', hostWait: 'spin', pause: 'microsecond' },
        context,
      ),
  },
]
