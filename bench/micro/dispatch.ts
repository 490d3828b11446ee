/**
 * dispatch.ts: the three steps of a request's way, each by itself: the host prepares and publishes, the
 * worker routes, presents and completes, the host takes the completion.
 *
 * Runs on: the main thread of bench/micro/main.ts.
 */
import { drivers } from '../../src/pairs/drivers.js'
import { expectCount, type Micro } from './micro.js'
import { DEPTH, SteppedHost } from './stepped-host.js'

const STEPS = [
  'dispatch: prepare a read and publish (1024 a publish)',
  'dispatch: route, present, complete (null driver)',
  'dispatch: reap a completion (up to 256 a callback)',
]

const batches = { contexts: 0, failures: 0 }

function sumUp(batch: Int32Array, count: number): void {
  for (let i = 0; i < count; i++) {
    batches.contexts += batch[4 * i]!
    if (batch[4 * i + 1] !== 0) batches.failures++
  }
}

/** All requests the whole way; returns how long the step took, milliseconds. */
export function timeStep(host: SteppedHost, step: number): number {
  const startMs = performance.now()
  expectCount(host.submitAll(), DEPTH, 'requests accepted')
  const submittedMs = performance.now()
  expectCount(host.pollAll(), DEPTH, 'requests dispatched')
  const completedMs = performance.now()
  batches.contexts = 0
  expectCount(host.reapAll(sumUp), DEPTH, 'completions')
  const reapedMs = performance.now()
  expectCount(batches.contexts, (DEPTH * (DEPTH - 1)) / 2, 'as the sum of contexts')
  expectCount(batches.failures, 0, 'failures')
  const times = [submittedMs - startMs, completedMs - submittedMs, reapedMs - completedMs]
  return times[step]!
}

export async function dispatchMicros(): Promise<readonly Micro[]> {
  const host = await SteppedHost.start(drivers.null)
  return STEPS.map((name, step) => ({
    name,
    operations: DEPTH,
    run: () => timeStep(host, step),
  }))
}
