/**
 * ping-pong.ts: how long one request takes there and back, with a worker that looks and with one that sleeps,
 * beside the same hand-over without an engine; and what each wait strategy costs and brings.
 *
 * Runs on: the main thread of a child process.
 *
 * Spinning, the next request follows at once. Parked, there is a pause after each answer, long enough for
 * the worker to have gone to sleep: every request has to wake it; main waits as any host may, in
 * `channel.wait`, which spins a little before it parks.
 */
import { availableParallelism } from 'node:os'
import type { IdleStrategyName } from '../../src/sharedarraybuffer-queue/index.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { EngineWindow } from './engine-window.js'
import { LATENCY_GROUP, WAIT_GROUP } from './groups.js'
import { irpTrip, type HostWait } from './irp-trip.js'
import { measureTrips } from './measure-trips.js'
import { measureOnEngine, nullDevices, slotsFor } from './null-devices.js'
import { type Pause, RoundTrips } from './round-trips.js'

interface Variant {
  readonly waitStrategy: IdleStrategyName
  readonly hostWait: HostWait
  readonly pause: Pause
}

export async function measurePingPong(
  { waitStrategy, hostWait, pause }: Variant,
  context: ScenarioContext,
): Promise<Measurement | Skipped> {
  if (hostWait === 'spin' && availableParallelism() < 2) {
    return { skipped: 'needs two cores: both sides spin' }
  }
  const devices = await nullDevices(1)
  const options = { workers: 1, slots: slotsFor(1), bufferBytes: 4096, waitStrategy, devices }
  return measureOnEngine(options, async function measureIrpTrips(engine) {
    const trip = irpTrip(engine.channel, await engine.open('null0'), hostWait)
    const window = new EngineWindow(engine)
    const measurement = await measureTrips(new RoundTrips(trip, pause), context, window)
    return { ...measurement, counters: window.counters() }
  })
}

/** The figure is the round trip, and the cores that it takes are noted. */
async function measureStrategy(
  waitStrategy: IdleStrategyName,
  context: ScenarioContext,
): Promise<Measurement | Skipped> {
  const variant = { waitStrategy, hostWait: 'wait', pause: 'sleep' } as const
  const measurement = await measurePingPong(variant, context)
  if ('skipped' in measurement) return measurement
  const { latencyNs, cpuSeconds, seconds, notes } = measurement
  const coresUsed = Math.round((cpuSeconds / seconds) * 100) / 100
  return {
    ...measurement,
    value: (latencyNs?.p50 ?? 0) / 1000,
    notes: { ...notes, coresUsed },
  }
}

const TRADES: readonly (readonly [IdleStrategyName, string])[] = [
  ['busy-spin', 'never sleeps'],
  ['adaptive', 'spins a while that follows the load, then parks (default)'],
  ['park', 'parks at once'],
  ['event-loop', 'sleeps on its event loop'],
]

export const pingPongScenarios: readonly Scenario[] = [
  {
    name: 'latency/ping-pong/spin',
    unit: 'IRP/s',
    group: LATENCY_GROUP,
    title: 'both sides spin, the next request at once',
    quick: true,
    latencyOf: 'latency/bare/spin',
    run: (context) =>
      measurePingPong({ waitStrategy: 'busy-spin', hostWait: 'spin', pause: 'none' }, context),
  },
  {
    name: 'latency/ping-pong/parked',
    unit: 'IRP/s',
    group: LATENCY_GROUP,
    title: 'the worker parks and is woken by each request',
    latencyOf: 'latency/bare/wait',
    run: (context) =>
      measurePingPong({ waitStrategy: 'park', hostWait: 'wait', pause: 'sleep' }, context),
  },
]

export const waitStrategyScenarios: readonly Scenario[] = TRADES.map(([strategy, trade]) => ({
  name: `wait/${strategy}`,
  unit: 'µs p50',
  group: WAIT_GROUP,
  title: `worker ${trade}; a request every 50 µs or so`,
  lowerIsBetter: true,
  isExtra: true,
  run: (context) => measureStrategy(strategy, context),
}))
