/**
 * slab.ts: the slab round trip: requests in slots of 8 words, their numbers through two rings: main fills a
 * slot and submits it, a thread touches it and completes it, main reaps. The engine's data structures without
 * the engine, for comparison with bench/native/slab.cpp.
 *
 * Runs on: the main thread of a child process; the other thread is slab-worker.ts.
 */
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { MeasurementWindow } from '../measurement-window.js'
import type { Measurement, Scenario, ScenarioContext, Skipped } from '../scenario.js'
import { RING_GROUP } from './groups.js'
import { SLAB_BATCH, SlabTrips } from './slab-trips.js'
import type { SlabAnswer } from './slab-worker.js'
import { runTimed } from './timed-run.js'

async function run(context: ScenarioContext): Promise<Measurement | Skipped> {
  if (availableParallelism() < 2) return { skipped: 'needs two cores: both sides spin' }
  const trips = new SlabTrips()
  const script = new URL('./slab-worker.js', import.meta.url)
  const worker = new Worker(script, { workerData: trips.job })
  await once(worker, 'message')
  const window = new MeasurementWindow()
  const load = {
    turns: function slabTurns() {
      trips.turns()
    },
    completed: () => trips.completed,
    begin: () => window.begin(),
    end: () => window.end(),
  }
  const figures = await runTimed(load, context)
  const complaints = trips.drain()
  Atomics.store(trips.job.stop, 0, 1)
  const [answer]: SlabAnswer[] = await once(worker, 'message')
  const wrongSum = trips.isSumRight(answer!) ? {} : { wrongSum: answer!.sum }
  const notes = { ...complaints, ...wrongSum }
  return { ...figures, checksumOk: Object.keys(notes).length === 0, notes }
}

export const slabScenarios: readonly Scenario[] = [
  {
    name: `slab/round-trip/batch-${SLAB_BATCH}`,
    unit: 'IRP/s',
    group: RING_GROUP,
    title: `slab round trip: submit, touch, complete, reap, ${SLAB_BATCH} each`,
    native: `native/slab/batch-${SLAB_BATCH}`,
    run,
  },
]
