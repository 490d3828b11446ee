/**
 * native-scenarios.ts: the limit: ring, slab round trip and null-driver path in C++, in the same interleaved
 * run as ours.
 *
 * Runs on: the main thread of a child process; the work is done by the program of native-program.ts.
 */
import { availableParallelism } from 'node:os'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { runNative } from './native-program.js'

export const NATIVE_GROUP = 'limit: the same in C++, without an engine around it'

async function run(
  twin: string,
  options: Readonly<Record<string, number>>,
  { warmupMs, durationMs }: ScenarioContext,
): Promise<Measurement | Skipped> {
  if (availableParallelism() < 2) return { skipped: 'needs two cores: both sides spin' }
  return runNative(twin, { ...options, 'warmup-ms': warmupMs, 'duration-ms': durationMs })
}

function ringTwin(batch: number): Scenario {
  return {
    name: `native/ring/batch-${batch}`,
    unit: 'items/s',
    group: NATIVE_GROUP,
    title: batch === 1 ? 'ring, a publish per number' : `ring, ${batch} numbers per publish`,
    ...(batch === 32 ? {} : { isExtra: true }),
    run: (context) => run('ring', { batch }, context),
  }
}

function nullDriverTwin(depth: number, batch: number): Scenario {
  return {
    name: `native/null-driver/depth-${depth}`,
    unit: 'IRP/s',
    group: NATIVE_GROUP,
    title: `null driver by way of slots, gate and handler, ${depth} in flight`,
    run: (context) => run('null-driver', { batch, depth }, context),
  }
}

export const nativeScenarios: readonly Scenario[] = [
  ...[1, 32, 128].map(ringTwin),
  {
    name: 'native/slab/batch-256',
    unit: 'IRP/s',
    group: NATIVE_GROUP,
    title: 'slab round trip: submit, touch, complete, reap, 256 each',
    run: (context) => run('slab', { batch: 256, depth: 1024 }, context),
  },
  nullDriverTwin(1024, 128),
  nullDriverTwin(1, 1),
]
