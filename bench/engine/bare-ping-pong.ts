/**
 * bare-ping-pong.ts: the hand-over alone: a word there, a word back, nothing else. What an engine adds to a
 * round trip is the difference.
 *
 * Runs on: the main thread of a child process; the other side is bare-ping-pong-thread.ts.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { allocateShared } from '../../src/sharedarraybuffer-queue/index.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { type BareJob, PING, PONG, STOP_NUMBER } from './bare-ping-pong-thread.js'
import { LATENCY_GROUP } from './groups.js'
import { measureTrips } from './measure-trips.js'
import { RoundTrips } from './round-trips.js'

const WAIT_MS = 1000

/** Both look all the time. */
function spinTrip(words: Int32Array): (number: number) => boolean {
  return function bareSpinTrip(number) {
    const ping = (number & 0x3fff_ffff) + 1
    Atomics.store(words, PING, ping)
    while (Atomics.load(words, PONG) !== ping);
    return true
  }
}

/** Both sleep, and wake each other. */
function waitTrip(words: Int32Array): (number: number) => boolean {
  return function bareWaitTrip(number) {
    const ping = (number & 0x3fff_ffff) + 1
    const before = Atomics.load(words, PONG)
    Atomics.store(words, PING, ping)
    Atomics.notify(words, PING)
    // The notify of an earlier answer may come only now: what counts is that the word has changed.
    while (Atomics.load(words, PONG) === before) {
      if (Atomics.wait(words, PONG, before, WAIT_MS) === 'timed-out') return false
    }
    return Atomics.load(words, PONG) === ping
  }
}

async function run(how: BareJob['how'], context: ScenarioContext): Promise<Measurement | Skipped> {
  if (availableParallelism() < 2) return { skipped: 'needs two cores' }
  const words = new Int32Array(allocateShared(4 * (PONG + 1)))
  const script = new URL('./bare-ping-pong-thread.js', import.meta.url)
  const workerData: BareJob = { words, how }
  const thread = new Worker(script, { workerData })
  await once(thread, 'message')
  const trip = how === 'spin' ? spinTrip(words) : waitTrip(words)
  const trips = new RoundTrips(trip, how === 'spin' ? 'none' : 'sleep')
  const measurement = await measureTrips(trips, context)
  Atomics.store(words, PING, STOP_NUMBER)
  Atomics.notify(words, PING)
  await once(thread, 'exit')
  return measurement
}

export const bareScenarios: readonly Scenario[] = [
  {
    name: 'latency/bare/spin',
    unit: 'trips/s',
    group: LATENCY_GROUP,
    title: 'no engine: a word there and back, both sides spin',
    run: (context) => run('spin', context),
  },
  {
    name: 'latency/bare/wait',
    unit: 'trips/s',
    group: LATENCY_GROUP,
    title: 'no engine: a word there and back, both sides in Atomics.wait',
    run: (context) => run('wait', context),
  },
]
